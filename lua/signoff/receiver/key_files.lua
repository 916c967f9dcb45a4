-- SPDX-License-Identifier: MIT

--- Key sets on disk: those that were fetched, beside the inbox, for their owner alone; and those that a site configures.
-- @module signoff.receiver.key_files

local core = require "signoff.core"
local json = require "signoff.json"

local key_files = {}

local LARGEST = 1024 * 1024 -- bytes
local DIGITS = 16 -- of the issuer's digest in the name

--- The path of an issuer's keys.
-- @tparam string folder
-- @tparam string issuer
-- @treturn string
function key_files.path(folder, issuer)
  return ("%s/keys-%s.json"):format(folder, core.sha256(issuer):sub(1, DIGITS))
end

local function bytes_of(file, path)
  local fine, message = file:trust()
  if not fine then
    return nil, message
  end
  local parts, size = {}, 0
  repeat
    local part, problem = file:read()
    if problem then
      return nil, ("%s: %s"):format(path, problem)
    end
    parts[#parts + 1], size = part, size + #(part or "")
  until not part or size > LARGEST
  return size <= LARGEST and table.concat(parts) or nil, path .. ": is too large for a key set"
end

--- The text of a file that nobody but root and the user of this process can have put there.
-- @tparam string path
-- @treturn string; or nil, message
function key_files.text(path)
  local file, message = core.file(path)
  if not file then
    return nil, message
  end
  local text, problem = nil, ("%s: is no file"):format(path)
  if file:about().kind == "file" then
    text, problem = bytes_of(file, path)
  end
  file:close()
  return text, not text and problem or nil
end

--- The text of a file with keys that were fetched.
-- @tparam table about `issuer`, `fetched` (Unix seconds), `max_age`, `uri`, `jwks` (the text)
-- @treturn string
function key_files.text_of(about)
  return json.encode(about) .. "\n"
end

-- The contents of a file with keys that were fetched; nil where it cannot be read, or its name is another issuer's.
local function read(folder, path)
  local text = key_files.text(path)
  local about = text and json.decode(text)
  if type(about) ~= "table" or type(about.issuer) ~= "string" or type(about.jwks) ~= "string" or type(about.fetched) ~= "number" then
    return nil
  end
  return key_files.path(folder, about.issuer) == path and about or nil
end

--- Reads keys that were fetched.
-- @tparam string folder
-- @tparam string issuer whose they must be
-- @treturn ?table as `text_of` takes it; nil: there are none that can be read
function key_files.read(folder, issuer)
  return read(folder, key_files.path(folder, issuer))
end

--- All keys that were fetched, in the order of their files.
-- @tparam string folder
-- @treturn {table,...} each as `text_of` takes it
function key_files.list(folder)
  local list = {}
  for _, name in ipairs(core.sort(core.list(folder) or {})) do
    list[#list + 1] = name:find "^keys%-%x+%.json$" and read(folder, folder .. "/" .. name) or nil
  end
  return list
end

return key_files
