-- SPDX-License-Identifier: MIT

--- Targets: reads them from a cell, as their vendor says, and shows them without a secret.
--
-- Of all systems: `?`, on that system, but we hold no key; of those whose names resolve: `user:NAME`, wherever NAME is, and
-- `user:NAME?`, who may be unknown there.
-- @module signoff.offboard.people.target

local cells = require "signoff.offboard.people.cells"
local check = require "signoff.check"
local core = require "signoff.core"
local spreadsheet = require "signoff.offboard.people.spreadsheet"
local Text = require "signoff.text"
local vendor = require "signoff.offboard.vendor"

local targets = {}

-- The members of a target that a plan keeps. A token stands there as its fingerprint.
local members = { "find", "optional", "device", "user", "key", "unknown" }

-- The person who is named instead of a key: `user:NAME`.
local function named(resolve, text)
  local name = resolve and text:match "^user:(.*)$"
  if not name then
    return nil
  end
  local bare, mark = name:match "^(.-)[ \t-\r]*(%??)$"
  bare = bare:match "^[ \t-\r]*(.*)$"
  if not Text.is_visible(bare) then
    return nil, "nobody is named after 'user:'"
  elseif mark == "?" and not resolve.optional then
    return nil, resolve.never_optional
  end
  return { find = bare, optional = mark == "?" or nil }
end

local function part_problem(parts, kind)
  local form = vendor.of(kind).target
  for member, value in pairs(parts) do
    if not form.secret or member ~= "token" and member ~= form.bound then
      return ("has a member '%s', which no target of %s has"):format(Text.short(member), kind)
    elseif member == form.bound and type(value) ~= "string" then
      return ("its %s is a %s, where a text must stand"):format(member, type(value))
    elseif member == form.bound and Text.trim(value) == "" then
      return ("its %s is empty; a login that named none has no member '%s'"):format(member, member)
    end
  end
end

-- A target that a script gives in parts: blanks around them count as little as in a cell.
local function read_parts(kind, parts)
  local message = part_problem(parts, kind)
  if message then
    return nil, message
  end
  local token, bound = parts.token, vendor.of(kind).target.bound
  token = type(token) == "string" and Text.trim(token) or token
  if not cells.is_secret(token) and (type(token) ~= "string" or token == "") then
    return nil, "its token is neither a text nor a secret"
  end
  local problem = check.token(token)
  if problem then
    return nil, problem
  end
  return { token = token, device = bound and parts[bound] and Text.trim(parts[bound]) or nil }
end

--- The meaning of one text of a cell. A token stands in it as it was given: for reading alone.
-- @tparam string kind of a system
-- @param text or a secret, or a target in parts
-- @treturn ?table target; nil and what is wrong, without the text
function targets.read(kind, text)
  local system, is = vendor.of(kind), type(text)
  if is == "table" then
    return read_parts(kind, text)
  elseif is ~= "string" and not system.target.secret then
    return nil, "is a secret, where a text must stand"
  elseif text == "?" then
    return { unknown = true }
  elseif is == "string" and #text > 65536 then
    return nil, "has more than 64 KiB"
  end
  local found, message = named(is == "string" and system.resolve, text)
  if found or message then
    return found, message
  end
  return system.target.read(text)
end

-- Makes the token of a target a secret.
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

-- Operations that a target, and the name of somebody, are tried with, where the system has no others.
local TRIED_WITH = { target = { "status" }, name = { "status" } }

-- The error of a target that its system cannot take; the module's own checks know it.
local function refusal(client, kind, target)
  if target.unknown then
    return nil
  end
  local tried_with = core.facts[kind].tried_with or TRIED_WITH
  for _, name in ipairs(target.find and tried_with.name or tried_with.target) do
    local message = core.refusal(client, name, target.find or targets.argument(kind, target))
    if message then
      return (message:gsub("^.-: [a-z0-9_]+%.[a-z0-9_]+: ", ""))
    end
  end
end

-- Blanks of other scripts, and characters that nobody sees: a spreadsheet, or a page, left them at an end.
local odd = { "\194\160", "\194\173", "\225\154\128", "\226\128[\128-\139\142\143\170-\175]", "\226\129[\159-\175]", "\227\128\128" }

local odd_ends = {}
for _, character in ipairs(odd) do
  odd_ends[#odd_ends + 1], odd_ends[#odd_ends + 2] = "^" .. character, character .. "$"
end

--- The error of the ends of a text that resembles another one.
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

-- The texts that no target of any system may be, wherever they come from.
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

-- The message for a text such as `User:ana`, which was not meant as a device; nil for any other.
local function misspelt(kind, text)
  if not vendor.of(kind).resolve or not text:find "^[Uu][Ss][Ee][Rr]" or text:find "^user:" then
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
local function value_problem(kind, value, problem_of)
  if type(value) == "table" then
    return bytes_problem(value.token, problem_of) or bytes_problem(value[vendor.of(kind).target.bound or false], problem_of)
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
  local message = is_odd and value_problem(kind, text, text_problem) or is_text and (misspelt(kind, text) or spreadsheet.damage(text))
  if message then
    return nil, message
  end
  local target
  target, message = targets.read(kind, text)
  if target then
    message = refusal(client, kind, target) or is_odd and value_problem(kind, text, targets.odd_ends)
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
  return vendor.of(kind).target.secret
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
  local form = vendor.of(kind).target
  if target.unknown then
    return "?"
  elseif target.find then
    return "user:" .. target.find .. (target.optional and "?" or "")
  elseif target.token then
    fingerprint = fingerprint or targets.fingerprint(target)
    return target.device and fingerprint .. "@" .. target.device or fingerprint
  end
  return target[form.key]
end

--- The text by which two targets are the same one; nil for `?`, which is nobody's in particular.
function targets.identity(kind, target)
  if target.unknown then
    return nil
  end
  local shown = targets.shown(kind, target)
  return (vendor.of(kind).target.fold or target.find) and core.lower(shown) or shown
end

--- The advice about a target that stands twice in a list; nil for none.
function targets.duplicate_advice(kind, target)
  return not target.find and vendor.of(kind).target.duplicate_advice or nil
end

--- The id of a target in its state machine: the device, the key or the user; of a token its fingerprint and its device; of somebody
-- named the name.
function targets.id(kind, target)
  return target.find or target.token and targets.shown(kind, target) or target[vendor.of(kind).target.key]
end

--- The id of the target of a plan's item.
function targets.id_of_item(kind, item)
  return item.find or item.token and item.target or item[vendor.of(kind).target.key]
end

--- The target that a name was found at.
-- @tparam string kind
-- @tparam string id of the place: a device or a key
-- @tparam string name
-- @treturn table target
function targets.at_place(kind, id, name)
  return vendor.of(kind).resolve.target_at(id, name)
end

--- The argument that the methods of a client take for a target.
function targets.argument(kind, target)
  local form = vendor.of(kind).target
  if form.argument then
    return form.argument(target)
  elseif target.token and target.device then
    return { token = target.token, [form.bound] = target.device }
  end
  return target[form.key]
end

--- The target of a plan's item.
-- @tparam table item
-- @param token a secret; nil for an item without one
-- @treturn table target
function targets.of_item(item, token)
  local target = { token = token }
  for _, member in ipairs(members) do
    target[member] = item[member]
  end
  return target
end

--- Adds a target to a plan's item: its members, `target` (as it is shown) and `token` (its fingerprint).
-- @tparam table item
-- @tparam string kind of its system
-- @tparam table target
-- @treturn table item
function targets.into_item(item, kind, target)
  item.token = targets.fingerprint(target)
  item.target = targets.shown(kind, target, item.token)
  for _, member in ipairs(members) do
    item[member] = target[member]
  end
  return item
end

--- The target of a plan's item as a cell of the people's list has it.
-- @tparam string kind of its system
-- @tparam table item
-- @treturn ?string nil where that is a token
function targets.cell(kind, item)
  local form = vendor.of(kind).target
  if item.find then
    return targets.shown(kind, item)
  elseif item.token then
    return nil
  elseif item.late then
    return "?"
  end
  return form.write and item[form.key] and form.write(item) or item.target
end

return targets
