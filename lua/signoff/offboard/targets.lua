-- SPDX-License-Identifier: MIT

--- What the texts of a cell mean: a row for each kind of system.
--
-- `cisco_em`: `DEVICE`; `DEVICE=USER`, only if USER sits there; `user:NAME`, wherever NAME sits; `user:NAME?`, who may be
-- unknown to this cluster. `agvance`: a session log key; `user:NAME`, every session of NAME. `isymphony`: the user's name.
-- `oracle_commerce`: an access token. `jde_ais`: `TOKEN@DEVICE` (at the first `@`), or `TOKEN` where the login named no
-- device. All of them: `?`, on that system, but we hold no key.
-- @module signoff.offboard.targets

local cells = require "signoff.offboard.cells"
local core = require "signoff.core"
local plain = require "signoff.offboard.plain"
local sightings = require "signoff.sightings"

local targets = {}

-- Who is named instead of a key: `user:NAME`.
local function named(text)
  local name = text:match "^user:(.*)$"
  if name == nil then
    return nil
  end
  local bare, mark = name:match "^(.-)%s*(%??)$"
  bare = bare:match "^%s*(.*)$"
  if bare == "" then
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
  elseif user == "" then
    return nil, "no user stands after '='"
  end
  return { device = device or text, user = user }
end

local function read_key(text)
  local found, message = named(text)
  if found and found.optional then
    return nil, "'user:NAME?' is for Extension Mobility; a user without a session has none here anyway"
  elseif found or message then
    return found, message
  end
  return { key = text }
end

local function read_user(text)
  return { user = text }
end

local function secret(token)
  return type(token) == "string" and core.secret_new(token) or token
end

local function read_token(text)
  return { token = secret(text) }
end

local function read_bound_token(text)
  if type(text) ~= "string" then
    return { token = text }
  end
  local token, device = text:match "^([^@]*)@(.*)$"
  if token == "" then
    return nil, "no token stands before '@'"
  elseif device == "" then
    return nil, "no device stands after '@'"
  end
  return { token = secret(token or text), device = device }
end

-- `read` takes a text, or where `secret` is true also a secret; `members` are those of a target given in parts. `key` is the
-- member that a target is told by. `fold`: the system compares it without case.
local kinds = {
  cisco_em = { read = read_device, key = "device", fold = true },
  agvance = { read = read_key, key = "key" },
  isymphony = { read = read_user, key = "user" },
  oracle_commerce = { read = read_token, key = "token", secret = true, members = { token = true } },
  jde_ais = { read = read_bound_token, key = "token", secret = true, members = { token = true, device = true } },
}

-- A target that a script gives in parts.
local function read_parts(kind, parts)
  local row = kinds[kind]
  for member, value in pairs(parts) do
    if not (row.members and row.members[member]) then
      return nil, ("has a member '%s', which no target of %s has"):format(plain(member), kind)
    elseif member == "device" and type(value) ~= "string" then
      return nil, ("its device is a %s, where a text must stand"):format(type(value))
    end
  end
  if not cells.is_secret(parts.token) and (type(parts.token) ~= "string" or parts.token == "") then
    return nil, "its token is neither a text nor a secret"
  end
  return { token = secret(parts.token), device = parts.device }
end

--- What one text of a cell means.
-- @tparam string kind of a system
-- @param text or a secret, or a target in parts
-- @treturn ?table target; nil and what is wrong, without the text
function targets.parse(kind, text)
  local row = kinds[kind]
  if type(text) == "table" then
    return read_parts(kind, text)
  elseif type(text) ~= "string" and not row.secret then
    return nil, "is a secret, where a text must stand"
  elseif text == "?" then
    return { unknown = true }
  elseif type(text) == "string" and #text > 65536 then
    return nil, "has more than 64 KiB"
  end
  return row.read(text)
end

-- What is wrong with a target that its system cannot take; the module's own checks know.
local function refusal(client, target)
  local kind = client:kind()
  local operation, argument = sightings.operation(kind), targets.argument(kind, target)
  if target.unknown then
    return nil
  elseif target.find then
    argument = target.find
  end
  local fine, message = pcall(core.build, client, operation, argument)
  if not fine then
    return (tostring(message):gsub("^.-: [%w_]+%.[%w_]+: ", ""))
  end
end

--- As `parse`, and refuses what no request could be built of.
-- @param client of the system
-- @param text
-- @treturn ?table target; nil and what is wrong, without the text
function targets.understand(client, text)
  local target, message = targets.parse(client:kind(), text)
  if target then
    message = refusal(client, target)
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
    list[i], message = targets.understand(client, text)
    if not list[i] then
      return nil, ("target %d: %s"):format(i, message)
    end
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
-- @treturn string
function targets.shown(kind, target)
  if target.unknown then
    return "?"
  elseif target.find then
    return "user:" .. target.find .. (target.optional and "?" or "")
  elseif target.token then
    return targets.fingerprint(target) .. (target.device and "@" .. target.device or "")
  end
  return target[kinds[kind].key]
end

--- By what two targets are the same one; nil for those that are nobody's in particular.
function targets.identity(kind, target)
  if target.unknown then
    return nil
  end
  local shown = targets.shown(kind, target)
  return (kinds[kind].fold or target.find) and shown:lower() or shown
end

--- What the methods of a client take for a target.
function targets.argument(kind, target)
  if target.token and target.device then
    return { token = target.token, device = target.device }
  end
  return target[kinds[kind].key]
end

return targets
