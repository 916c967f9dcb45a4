-- SPDX-License-Identifier: MIT

--- Reads files that people hand in: their text, or a message that says what is wrong with it.
-- @module signoff.offboard.people.file

local core = require "signoff.core"

local source = {}

--- The size of the largest file, in bytes: a list of 100,000 people with tokens everywhere has 50 MiB.
source.limit = 256 * 1024 * 1024

local units = { { 1024 ^ 3, "GiB" }, { 1024 ^ 2, "MiB" }, { 1024, "KiB" } }

local function size_shown(bytes)
  for _, unit in ipairs(units) do
    if bytes >= unit[1] then
      return ("%.4g %s"):format(bytes / unit[1], unit[2])
    end
  end
  return bytes .. " bytes"
end

-- UTF-8 characters above ASCII, as Unicode's table 3-7 has them.
local characters = {
  "^[\194-\223][\128-\191]",
  "^\224[\160-\191][\128-\191]", "^[\225-\236\238\239][\128-\191][\128-\191]", "^\237[\128-\159][\128-\191]",
  "^\240[\144-\191][\128-\191][\128-\191]", "^[\241-\243][\128-\191][\128-\191][\128-\191]",
  "^\244[\128-\143][\128-\191][\128-\191]",
}

local function character_end(text, at)
  for _, pattern in ipairs(characters) do
    local _, last = text:find(pattern, at)
    if last then
      return last
    end
  end
end

-- Where `text` stops being UTF-8; nil when all of it is.
local function not_utf8(text)
  local at = core.utf8(text) ~= text and text:find "[\128-\255]"
  while at do
    local last = character_end(text, at)
    if not last then
      return at
    end
    at = text:find("[\128-\255]", last + 1)
  end
end

-- The number of the line on which byte `at` stands.
local function line_of(text, at)
  return select(2, text:sub(1, at - 1):gsub("\r\n?", "\n"):gsub("\n", "")) + 1
end

-- A file that begins so is no text, whatever its name ends with.
local signatures = {
  { "PK\3\4", "is a workbook (.xlsx, .ods)" }, { "\208\207\17\224", "is an old Excel workbook (.xls)" }, { "%PDF-", "is a PDF" },
  { "<", "is HTML or XML, as some programs write behind the name .xls" }, { "{\\rtf", "is a text with formats (.rtf)" },
  { "\31\139", "is packed (.gz)" },
}

local function signature(text)
  for _, one in ipairs(signatures) do
    if text:sub(1, #one[1]) == one[1] then
      return one[2]
    end
  end
end

local function wide(text)
  local head = text:sub(1, 2)
  return head == "\255\254" or head == "\254\255" or text:find "^[^%z]%z[^%z]%z" or text:find "^%z[^%z]%z[^%z]"
end

-- The reason why a text cannot be read, and the line; nil for none.
local function damage(text)
  if not text:find "[^ \t-\r]" then
    return "is empty"
  elseif signature(text) then
    return signature(text) .. "; open it in a spreadsheet and save it as 'CSV UTF-8'"
  elseif wide(text) then
    return "is UTF-16; save it as UTF-8 (in Excel: 'CSV UTF-8')"
  end
  local nul = text:find("\0", 1, true)
  if nul then
    return "holds a NUL byte; this is no text", line_of(text, nul)
  end
  local at = not_utf8(text)
  if at then
    local what = "is not UTF-8 (byte 0x%02X); save it as UTF-8 (in Excel: 'CSV UTF-8')"
    return what:format(text:byte(at)), line_of(text, at)
  end
end

local function read(file, path, size)
  local pieces, length = {}, 0
  local piece, message = file:read()
  while piece and length <= size do
    pieces[#pieces + 1], length = piece, length + #piece
    piece, message = file:read()
  end
  if message then
    return nil, ("%s: %s"):format(path, message)
  elseif length ~= size then
    return nil, path .. ": changed while it was read; try again"
  end
  return table.concat(pieces)
end

-- The bytes of an open file, and its kind.
local function take(file, path, limit)
  local about = file:about()
  if about.kind ~= "file" then
    return nil, ("%s: is no regular file but a %s"):format(path, about.kind), "not_file", about.kind
  elseif about.size > limit then
    return nil, ("%s: has %s, and at most %s are read; split it"):format(path, size_shown(about.size), size_shown(limit))
  end
  about.distrust = select(2, file:trust())
  local bytes, message = read(file, path, about.size)
  if not bytes then
    return nil, message
  end
  return bytes, about
end

-- Closes the file that something was returned of.
local function close(file, ...)
  file:close()
  return ...
end

--- The text of a file.
-- @tparam string path
-- @tparam[opt] number limit bytes
-- @treturn ?string nil, a message with the path and the reason, the reason's name where it has one (`"missing"`, `"not_file"`
-- and what it is), where the file cannot be read
-- @treturn table `mode`, `size`, and `distrust`: why others may have put it there, a message with the path
function source.bytes(path, limit)
  local file, message, reason = core.file(path)
  if not file then
    return nil, message, reason
  end
  return close(file, take(file, path, limit or source.limit))
end

--- As `bytes`, of a file that is acted upon: it must be trusted. It belongs to root or to the user who runs this, and nobody
-- else may write to it, nor to a folder through which it is found.
-- @tparam string path
-- @tparam[opt] number limit bytes
-- @treturn ?string nil and what `bytes` says; or a message with the path, the reason and what to do, and `"untrusted"`
function source.trusted(path, limit)
  local bytes, about, reason, kind = source.bytes(path, limit)
  if not bytes then
    return nil, about, reason, kind
  elseif about.distrust then
    return nil, about.distrust, "untrusted"
  end
  return bytes
end

-- Whether it is a file of the folder that a service's manager made for this service alone: it may be read by the service's group.
local function is_credential(path, mode)
  local folder = os.getenv "CREDENTIALS_DIRECTORY"
  local inside = folder and folder:sub(1, 1) == "/" and path:match "^(.*)/[^/]*$" == folder
  return inside and math.floor(mode / 8) % 4 == 0 and mode % 8 == 0
end

--- The bytes of standard input, which the one who runs this chose.
-- @tparam number limit bytes
-- @treturn ?string nil and a message
function source.standard_input(limit)
  local pieces, size = {}, 0
  while size <= limit do
    local piece, problem = io.stdin:read(64 * 1024)
    if problem then
      return nil, ("standard input: cannot be read: %s"):format(problem)
    elseif not piece then
      return table.concat(pieces)
    end
    pieces[#pieces + 1], size = piece, size + #piece
  end
  return nil, ("standard input: has more than %s, and no more are read; split it"):format(size_shown(limit))
end

--- The text of a file, without a byte order mark.
-- @tparam string path
-- @treturn ?table `text`, `bytes` (as they are), `private` (nobody else may read it; of a credential its group may), `mode`,
-- `fixed` (its mount is read-only), `distrust`; nil and a message with path and line
function source.read(path)
  local bytes, about = source.bytes(path)
  if not bytes then
    return nil, about
  end
  local text = bytes
  while text:sub(1, 3) == "\239\187\191" do -- one for each program that added its own
    text = text:sub(4)
  end
  local what, line = damage(text)
  if what then
    return nil, ("%s%s: %s"):format(path, line and ":" .. line or "", what)
  end
  local private = about.mode % 64 == 0 or is_credential(path, about.mode) or false
  return { text = text, bytes = bytes, private = private, mode = about.mode, fixed = about.fixed,
    distrust = about.distrust }
end

return source
