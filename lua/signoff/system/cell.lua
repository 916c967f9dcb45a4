-- SPDX-License-Identifier: MIT

--- The cells of the people's list for a system in Lua: what `signoff.offboard.vendor` wants to know of its targets.
--
-- In a plan a target is `{ token =, device = }`, where `device` is the member that belongs to the token, or `{ key =, user = }`, where the
-- key is the text of the cell, and the user who must be there may be missing.
-- @module signoff.system.cell

local check = require "signoff.check"
local shape = require "signoff.system.shape"
local Text = require "signoff.text"

local cell = {}

-- Readers of a text, by the form of the target: each gives the target; or nil and what is wrong.
local readers = {}

local function with_token(token, device)
  local problem = check.token(token)
  if problem then
    return nil, problem
  end
  return { token = token, device = device }
end

function readers.token(form, text)
  if type(text) ~= "string" or not form.read then
    return with_token(text)
  end
  local found, problem = form.read(text)
  if not found then
    return nil, problem or "is no target"
  end
  return with_token(found.token, found[form.bound or false])
end

function readers.members(form, text)
  local found, problem = form.read(text)
  if not found then
    return nil, problem or "is no target"
  end
  return { key = form.write(found) }
end

-- Split at the last `=` that has something behind it; `\=` is a real one.
local function split(text)
  if not text:find("=", 1, true) then
    return text
  end
  local bare = text:gsub("\\=", "\1")
  local key, user = bare:match "^(.*)=([^=]+)$"
  if key and Text.is_visible(user) then
    return (key:gsub("\1", "=")), (user:gsub("\1", "="))
  end
  return (bare:gsub("\1", "="))
end

--- Reads `KEY`, or `KEY=USER`: only if the session is USER's.
-- @tparam string text
-- @treturn ?table target: `key`, `user`; nil and what is wrong
function cell.read_key(text)
  local key, user = split(text)
  if not Text.is_visible(key) then
    return nil, "no key stands before '='"
  end
  return { key = Text.trim(key), user = user and Text.trim(user) }
end

function readers.key(_, text)
  return cell.read_key(text)
end

-- The occupant's own name.
function readers.user(_, text)
  return { key = text, user = text }
end

-- Whose status is set.
function readers.status(_, text)
  return { user = text }
end

function readers.text(_, text)
  return { key = text }
end

local function with_escapes(text)
  return (text:find "=[^=]" and text:gsub("=", "\\=") or text)
end

--- Writes it again.
-- @tparam table target
-- @treturn string
function cell.write_key(target)
  local key = with_escapes(target.key)
  return target.user and key .. "=" .. target.user:gsub("=", "\\=") or key
end

local writers = { key = cell.write_key }

-- The argument of methods, of a target in a plan.
local arguments = {}

function arguments.members(form, target)
  return form.read(target.key)
end

local function reader_of(form, occupied)
  if form.secret then
    return "token"
  end
  return form.read and "members" or occupied or "text"
end

--- How cells are read and written, as the vendors' files have it.
-- @tparam string where for messages
-- @tparam table form of the target
-- @tparam ?string occupied `"user"`: the target is the occupant's name; `"key"`: a cell may name one; `"status"`: it is the user whose
-- status is set; nil: there is none
-- @treturn table `key`, `bound`, `read`, `write`, `duplicate_advice`, `argument`
function cell.facts(where, form, occupied)
  local kind = reader_of(form, occupied)
  local read, argument = readers[kind], arguments[kind]
  return {
    key = form.secret and "token" or kind == "status" and "user" or "key", bound = form.bound, write = writers[kind],
    duplicate_advice = form.duplicate_advice,
    read = function(text)
      local fine, found, problem = pcall(read, form, text)
      if not fine then
        shape.refuse(where, "its 'target' cannot read a cell: %s", tostring(found))
      end
      return found, problem
    end,
    argument = argument and function(target)
      return argument(form, target)
    end,
  }
end

return cell
