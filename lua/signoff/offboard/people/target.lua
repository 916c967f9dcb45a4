-- SPDX-License-Identifier: MIT

--- Reads the targets of a cell, by the kind of the system.
--
-- `cisco_em`: `DEVICE`; `DEVICE=USER`, only if USER sits there; `user:NAME`, wherever NAME sits; `user:NAME?`, who may be
-- unknown to this cluster. `agvance`: a session log key; `KEY=USER`, only if it is USER's (at the last `=` with something behind
-- it; `\=` is a real one); `user:NAME`, every session of NAME. `isymphony`: the user's name.
-- `oracle_commerce`: an access token. `jde_ais`: `TOKEN@DEVICE` (at the first `@`), or `TOKEN` where the login named no
-- device. All of them: `?`, on that system, but we hold no key.
-- @module signoff.offboard.people.target

local cells = require "signoff.offboard.people.cells"
local core = require "signoff.core"
local Text = require "signoff.text"
local spreadsheet = require "signoff.offboard.people.spreadsheet"
local check = require "signoff.check"

local targets = {}

-- Whether a text shows something: blanks of any script and invisible characters name nobody.
local function is_visible(text)
  return text:find "^[0-9A-Za-z]" ~= nil or core.name_key(text) ~= nil
end

-- Who is named instead of a key: `user:NAME`.
local function named(text)
  local name = text:match "^user:(.*)$"
  if name == nil then
    return nil
  end
  local bare, mark = name:match "^(.-)[ \t-\r]*(%??)$"
  bare = bare:match "^[ \t-\r]*(.*)$"
  if not is_visible(bare) then
    return nil, "nobody is named after 'user:'"
  end
  return { find = bare, optional = mark == "?" or nil }
end

local function read_device(text)
  local found, message = named(text)
  if found or message then
    return found, message
  end
  local device, user = text:match "^([^=]*)=(.*)$"
  if device == "" then
    return nil, "no device stands before '='"
  elseif user and not is_visible(user) then
    return nil, "no user stands after '='"
  end
  return { device = device or text, user = user }
end

-- `KEY=USER`: split at the last `=` that has something behind it; `\=` is a real one, and a key may end with `=`.
local function split_key(text)
  if not text:find("=", 1, true) then
    return text
  end
  local bare = text:gsub("\\=", "\1")
  local key, user = bare:match "^(.*)=([^=]+)$"
  if key and is_visible(user) then
    return (key:gsub("\1", "=")), (user:gsub("\1", "="))
  end
  return (bare:gsub("\1", "="))
end

local function read_key(text)
  local found, message = named(text)
  if found and found.optional then
    return nil, "'user:NAME?' is for Extension Mobility; a user without a session has none here anyway"
  elseif found or message then
    return found, message
  end
  local key, user = split_key(text)
  if not is_visible(key) then
    return nil, "no key stands before '='"
  end
  return { key = Text.trim(key), user = user and Text.trim(user) }
end

local function with_escapes(text)
  return (text:find "=[^=]" and text:gsub("=", "\\=") or text)
end

--- A session's key, and its user, as a cell has them: read again they are the same.
-- @tparam string key
-- @tparam[opt] string user
-- @treturn string
function targets.key_cell(key, user)
  return user and with_escapes(key) .. "=" .. user:gsub("=", "\\=") or with_escapes(key)
end

local function read_user(text)
  return { user = text }
end

local function read_token(text)
  local problem = check.token(text)
  if problem then
    return nil, problem
  end
  return { token = text }
end

local function read_bound_token(text)
  local problem = check.token(type(text) == "string" and text:match "^[^@]*" or text)
  if problem then
    return nil, problem
  elseif type(text) ~= "string" then
    return { token = text }
  end
  local token, device = text:match "^([^@]*)@(.*)$"
  if token == "" then
    return nil, "no token stands before '@'"
  elseif device == "" then
    return nil, "no device stands after '@'"
  end
  return { token = token or text, device = device }
end

-- `read` takes a text, or where `secret` is true also a secret; `members` are those of a target given in parts. `key` is the
-- member that a target is told by. `named`: `user:NAME` may stand in its place. `fold`: the system compares it without case.
local kinds = {
  cisco_em = { read = read_device, key = "device", fold = true, named = true },
  agvance = { read = read_key, key = "key", named = true },
  isymphony = { read = read_user, key = "user" },
  oracle_commerce = { read = read_token, key = "token", secret = true, members = { token = true } },
  jde_ais = { read = read_bound_token, key = "token", secret = true, members = { token = true, device = true } },
}

local function part_problem(parts, kind)
  local row = kinds[kind]
  for member, value in pairs(parts) do
    if not (row.members and row.members[member]) then
      return ("has a member '%s', which no target of %s has"):format(Text.short(member), kind)
    elseif member == "device" and type(value) ~= "string" then
      return ("its device is a %s, where a text must stand"):format(type(value))
    elseif member == "device" and Text.trim(value) == "" then
      return "its device is empty; a login that named none has no member 'device'"
    end
  end
end

-- A target that a script gives in parts: blanks around them count as little as in a cell.
local function read_parts(kind, parts)
  local message = part_problem(parts, kind)
  if message then
    return nil, message
  end
  local token = parts.token
  token = type(token) == "string" and Text.trim(token) or token
  if not cells.is_secret(token) and (type(token) ~= "string" or token == "") then
    return nil, "its token is neither a text nor a secret"
  end
  local problem = check.token(token)
  if problem then
    return nil, problem
  end
  return { token = token, device = parts.device and Text.trim(parts.device) }
end

--- What one text of a cell means. A token stands in it as it was given: for who only looks at it.
-- @tparam string kind of a system
-- @param text or a secret, or a target in parts
-- @treturn ?table target; nil and what is wrong, without the text
function targets.read(kind, text)
  local row, is = kinds[kind], type(text)
  if is == "table" then
    return read_parts(kind, text)
  elseif is ~= "string" and not row.secret then
    return nil, "is a secret, where a text must stand"
  elseif text == "?" then
    return { unknown = true }
  elseif is == "string" and #text > 65536 then
    return nil, "has more than 64 KiB"
  end
  return row.read(text)
end

-- From here on its token is a secret.
local function seal(target)
  if type(target.token) == "string" then
    target.token = core.secret_new(target.token)
  end
  return target
end

--- As `read`, with the token as a secret.
function targets.parse(kind, text)
  local target, message = targets.read(kind, text)
  return target and seal(target), message
end

-- What is wrong with a target that its system cannot take; the module's own checks know.
local function refusal(client, kind, target)
  if target.unknown then
    return nil
  end
  local message = core.refusal(client, "status", target.find or targets.argument(kind, target))
  return message and message:gsub("^.-: [a-z_]+%.[a-z_]+: ", "")
end

-- Blanks of other scripts, and characters that nobody sees: a spreadsheet, or a page, left them at an end.
local odd = { "\194\160", "\194\173", "\225\154\128", "\226\128[\128-\139\142\143\170-\175]", "\226\129[\159-\175]", "\227\128\128" }

local odd_ends = {}
for _, character in ipairs(odd) do
  odd_ends[#odd_ends + 1], odd_ends[#odd_ends + 2] = "^" .. character, character .. "$"
end

--- What is wrong with the ends of a text that looks like another one.
-- @tparam string text
-- @treturn ?string the end of a sentence
function targets.odd_ends(text)
  if #text == 0 or text:byte() < 128 and text:byte(-1) < 128 then
    return nil
  elseif text:find "^\239\187\191" then
    return "begins with a byte order mark, which is no part of it; enter it again"
  end
  for _, pattern in ipairs(odd_ends) do
    if text:find(pattern) then
      return "begins or ends with a blank that is no space, or with a character that nobody sees; enter it again"
    end
  end
end

--- Whether a text holds a line break or a control character: a list with such a target has lost something on its way.
-- @tparam string text
-- @treturn boolean
function targets.has_controls(text)
  return text:find "[%z\1-\31\127]" ~= nil or text:find "\194[\128-\159]" ~= nil or text:find "\226\128[\168\169]" ~= nil
end

local BROKEN = "holds a line break or a control character: two targets in one cell have ';' between them"

-- What no target of any system may be, wherever its text comes from.
local function text_problem(text)
  if core.printable(text) then
    return spreadsheet.damage(text)
  elseif core.utf8(text) ~= text then
    return "is not UTF-8"
  elseif text:find("\0", 1, true) then
    return "holds a NUL byte"
  elseif targets.has_controls(text) then
    return BROKEN
  end
  return spreadsheet.damage(text)
end

-- `User:ana` is no device, and nobody meant it to be one.
local function misspelt(kind, text)
  if not kinds[kind].named or not text:find "^[Uu][Ss][Ee][Rr]" or text:find "^user:" then
    return nil
  end
  local word = text:match "^([Uu][Ss][Ee][Rr])[ \t]*:" or text:match "^([Uu][Ss][Ee][Rr])[ \t]*\239\188\154"
  return word and ("begins with '%s:'; somebody is named as user:NAME, in small letters"):format(word)
end

local function bytes_problem(value, problem_of)
  local bytes = core.bytes(value)
  return bytes and problem_of(bytes)
end

-- The first problem of all that a value is made of: a text, a secret, a target in parts.
local function value_problem(value, problem_of)
  if type(value) == "table" then
    return bytes_problem(value.token, problem_of) or bytes_problem(value.device, problem_of)
  end
  return bytes_problem(value, problem_of)
end

--- As `read`, and refuses what no request could be built of.
-- @tparam string kind of a system
-- @param client of the system
-- @param text
-- @treturn ?table target; nil and what is wrong, without the text
function targets.understand(kind, client, text)
  local is_text = type(text) == "string"
  local is_odd = not (is_text and core.printable(text))
  local message = is_odd and value_problem(text, text_problem) or is_text and (misspelt(kind, text) or spreadsheet.damage(text))
  if message then
    return nil, message
  end
  local target
  target, message = targets.read(kind, text)
  if target then
    message = refusal(client, kind, target) or is_odd and value_problem(text, targets.odd_ends)
  end
  if message then
    return nil, message
  end
  return target
end

--- The targets in what a function `targets` gave: as a cell, or a list.
-- @treturn ?{table,...} nil and what is wrong
function targets.late(client, value)
  local texts, message = cells.split(value)
  if not texts then
    return nil, message
  end
  local list = {}
  for i, text in ipairs(texts) do
    list[i], message = targets.understand(client:kind(), client, text)
    if not list[i] then
      return nil, ("target %d: %s"):format(i, message)
    end
    seal(list[i])
  end
  return list
end

--- Whether the targets of this kind are credentials.
function targets.are_secret(kind)
  return kinds[kind].secret or false
end

--- The fingerprint of a target's token; nil for one without.
function targets.fingerprint(target)
  return target.token and core.fingerprint(target.token)
end

--- A target as it may be shown, without a secret.
-- @tparam string kind of its system
-- @tparam table target
-- @tparam[opt] string fingerprint of its token, where it is known
-- @treturn string
function targets.shown(kind, target, fingerprint)
  if target.unknown then
    return "?"
  elseif target.find then
    return "user:" .. target.find .. (target.optional and "?" or "")
  elseif target.token then
    fingerprint = fingerprint or targets.fingerprint(target)
    return target.device and fingerprint .. "@" .. target.device or fingerprint
  end
  return target[kinds[kind].key]
end

--- By what two targets are the same one; nil for those that are nobody's in particular.
function targets.identity(kind, target)
  if target.unknown then
    return nil
  end
  local shown = targets.shown(kind, target)
  return (kinds[kind].fold or target.find) and core.lower(shown) or shown
end

--- By what the machine of one target tells it: the device, the key, the user; of a token its fingerprint and its device; of
-- somebody named the name.
function targets.id(kind, target)
  return target.find or target.token and targets.shown(kind, target) or target[kinds[kind].key]
end

--- The target that a name was found at.
-- @tparam string kind
-- @tparam string id of the place: a device or a key
-- @tparam string name
-- @treturn table target
function targets.at_place(kind, id, name)
  return { [kinds[kind].key] = id, user = kinds[kind].key == "device" and name or nil }
end

--- What the methods of a client take for a target.
function targets.argument(kind, target)
  if target.token and target.device then
    return { token = target.token, device = target.device }
  end
  return target[kinds[kind].key]
end

return targets
