-- SPDX-License-Identifier: MIT

--- Checks the parts of a definition of a system, member by member. The first fault raises, and names system and member.
-- @module signoff.system.shape

local core = require "signoff.core"
local Text = require "signoff.text"

local shape = {}

--- Raises what is wrong with a definition.
-- @tparam string where the system
-- @tparam string text
-- @param ... for its format
function shape.refuse(where, text, ...)
  core.raise(("signoff.system: %s: "):format(where) .. text:format(...))
end

local function known_names(members)
  local names = {}
  for name in pairs(members) do
    names[#names + 1] = name
  end
  core.sort(names)
  return table.concat(names, ", ")
end

local function is_count(value)
  return type(value) == "number" and value >= 1 and value == math.floor(value) and value < 2 ^ 31
end

local function is_name(value)
  return type(value) == "string" and #value <= 40 and value:find "^[A-Za-z][A-Za-z0-9_]*$" ~= nil
end

-- Kinds of members: a test, and the words for it.
local kinds = {
  name = { is_name, "a name: letters, digits and '_', 40 at most" },
  text = { function(value) return type(value) == "string" and Text.is_visible(value) and not value:find("\0", 1, true) end,
    "a text with something in it" },
  texts = { function(value)
    for key, text in pairs(type(value) == "table" and value or { false }) do
      if type(key) ~= "number" or type(text) ~= "string" or text == "" then
        return false
      end
    end
    return true
  end, "a list of texts" },
  types = { function(value)
    for key, text in pairs(type(value) == "table" and next(value) and value or { false }) do
      if type(key) ~= "number" or type(text) ~= "string" or not (text:find "^[a-z]+/json$" or text:find "^[a-z]+/xml$") then
        return false
      end
    end
    return true
  end, "a list of media types of JSON or XML" },
  count = { is_count, "a whole number from 1" },
  number = { function(value) return type(value) == "number" and value == value end, "a number" },
  rate = { function(value) return type(value) == "number" and value > 0 and value < math.huge end, "a number above 0" },
  ["function"] = { function(value) return type(value) == "function" end, "a function" },
  ["boolean"] = { function(value) return type(value) == "boolean" end, "true or false" },
  ["table"] = { function(value) return type(value) == "table" end, "a table" },
  any = { function() return true end, "anything" },
}

local function choice_problem(value, wanted)
  for word in wanted:gmatch "[^|]+" do
    if word == value then
      return nil
    end
  end
  return "none of " .. wanted:gsub("|", ", ")
end

local function described(value)
  return type(value) == "string" and ("'%s'"):format(Text.short(value)) or type(value)
end

-- `wanted`: the name of a kind, or words with "|" between.
local function check_value(where, name, value, wanted)
  if wanted:find("|", 1, true) then
    local problem = choice_problem(value, wanted)
    if problem then
      shape.refuse(where, "'%s' is %s: %s", name, described(value), problem)
    end
    return
  end
  local kind = kinds[wanted]
  if not kind[1](value) then
    shape.refuse(where, "'%s' must be %s, not %s", name, kind[2], described(value))
  end
end

--- Checks a table's members, and raises for the first that is wrong, unknown or missing.
-- @tparam string where for messages: the system, and which part of it
-- @tparam table value
-- @tparam table wanted the kind of each member, with "!" behind where it must be there
function shape.members(where, value, wanted)
  for name, member in pairs(value) do
    local kind = wanted[name]
    if not kind then
      shape.refuse(where, "unknown member '%s'; known are %s", Text.short(tostring(name)), known_names(wanted))
    end
    check_value(where, tostring(name), member, (kind:gsub("!$", "")))
  end
  local needed = {}
  for name, kind in pairs(wanted) do
    if kind:sub(-1) == "!" and value[name] == nil then
      needed[#needed + 1] = name
    end
  end
  if #needed > 0 then
    core.sort(needed)
    shape.refuse(where, "'%s' is missing", needed[1])
  end
end

--- Checks that a table is a list of tables, each of that shape.
function shape.list(where, name, list, wanted)
  for key in pairs(list) do
    if type(key) ~= "number" or key > #list then
      shape.refuse(where, "'%s' must be a list of tables, and has a member '%s'", name, Text.short(tostring(key)))
    end
  end
  for i, row in ipairs(list) do
    if type(row) ~= "table" then
      shape.refuse(where, "'%s' must be a list of tables, and holds a %s", name, type(row))
    end
    shape.members(("%s: row %d of '%s'"):format(where, i, name), row, wanted)
  end
end

return shape
