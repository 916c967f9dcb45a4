-- SPDX-License-Identifier: MIT

--- Checks the members of tables that were read from a file: each has the type that it must have, however deep it stands.
--
-- A shape says, by name, the type of a member: `"string"`, `"number"`, `"boolean"`, `"table"`, `"any"`, `"count"` (a whole number of
-- something), `"texts"`, `"numbers"` and `"counts"` (lists), or several with `|` between. With `!` behind it the member must be there.
-- `{ "object", shape }` and `{ "list", shape }` are tables of a shape, and lists of such tables.
-- @module signoff.offboard.plan.members

local core = require "signoff.core"
local estimate = require "signoff.offboard.plan.estimate"
local is_list = require("signoff.list").is_list
local Text = require "signoff.text"

local members = {}

local function is_count(value)
  return type(value) == "number" and value >= 0 and value <= estimate.longest and value % 1 == 0
end

local function all(is)
  return function(value)
    for _, item in ipairs(type(value) == "table" and is_list(value) and value or { false }) do
      if not is(item) then
        return false
      end
    end
    return true
  end
end

local function is_a(kind)
  return function(value)
    return type(value) == kind
  end
end

-- Types besides those of Lua.
local tests = {
  any = function() return true end, count = is_count, texts = all(is_a "string"), numbers = all(is_a "number"), counts = all(is_count),
}

local function fits(value, wanted)
  for _, kind in ipairs(wanted) do
    if (tests[kind] or is_a(kind))(value) then
      return true
    end
  end
  return false
end

local function words_of(words)
  local list = {}
  for kind in words:gmatch "[a-z]+" do
    list[#list + 1] = kind
  end
  return list
end

--- Makes a shape.
-- @tparam table wanted by name
-- @tparam[opt] boolean open whether there may be other members: those of a later version
-- @treturn table `names` of all, sorted
function members.shape(wanted, open)
  local shape = { plain = {}, wanted = {}, inner = {}, needed = {}, names = {}, open = open }
  for name, given in pairs(wanted) do
    local words = type(given) == "table" and given[1] or given
    shape.wanted[name] = words_of(words)
    shape.plain[name] = type(given) == "string" and words:gsub("!$", "") or nil
    shape.inner[name] = type(given) == "table" and given[2] or nil
    shape.names[#shape.names + 1] = name
    shape.needed[#shape.needed + 1] = words:sub(-1) == "!" and name or nil
  end
  core.sort(shape.names)
  core.sort(shape.needed)
  return shape
end

local function type_of(value, wanted)
  return wanted[1] == "count" and type(value) == "number" and "number that counts nothing" or type(value)
end

local misfit_in

-- The first thing that is wrong in a list of tables, or in one table.
local function misfit_below(value, shape, as_list, path)
  if type(value) ~= "table" or as_list and not is_list(value) then
    return ("has '%s' as a %s"):format(path, type(value))
  elseif not as_list then
    return misfit_in(value, shape, path .. ".")
  end
  for i, item in ipairs(value) do
    local place = ("%s[%d]"):format(path, i)
    local problem = type(item) ~= "table" and ("has '%s' as a %s"):format(place, type(item)) or misfit_in(item, shape, place .. ".")
    if problem then
      return problem
    end
  end
end

local function member_problem(shape, name, member, path)
  local wanted = shape.wanted[name]
  if not wanted then
    return not shape.open and ("has an unknown member '%s'"):format(Text.short(path .. tostring(name))) or nil
  elseif shape.inner[name] then
    return misfit_below(member, shape.inner[name], wanted[1] == "list", path .. name)
  end
  return not fits(member, wanted) and ("has '%s' as a %s"):format(path .. name, type_of(member, wanted)) or nil
end

function misfit_in(value, shape, path)
  for name, member in pairs(value) do
    if shape.plain[name] ~= type(member) then -- most are of a type of Lua
      local problem = member_problem(shape, name, member, path)
      if problem then
        return problem
      end
    end
  end
  for _, name in ipairs(shape.needed) do
    if value[name] == nil then
      return ("lacks '%s'"):format(path .. name)
    end
  end
end

--- The first thing that is wrong with the members of a table.
-- @param value
-- @tparam table shape
-- @treturn ?string the end of a sentence that begins with what it is: `has 'row.person' as a number`; nil where all is well
function members.misfit(value, shape)
  if type(value) ~= "table" then
    return "is no object"
  end
  return misfit_in(value, shape, "")
end

-- The members of a plan's head besides `systems`, of its systems, of its items and of its gaps; the journal of its run has them as well.

--- The members of a status that is set, or was found.
members.status = { name = "string", type = "string", note = "string", return_time = "number", return_at = "number" }

local identity = {
  url = "string", path = "string", proxy = "string", nodes = "string", headers = "table", control = "boolean", changing = "boolean",
}

--- Of a gap.
members.gap = { code = "string!", person = "string", system = "string", declared = "boolean" }

--- Of the head.
members.head = {
  created = "count!", operator = "string", ticket = "string", host = "string", people = "count!", people_path = "string",
  people_sha256 = "string", protect = "texts", ignore = "texts", delimiter = "string", systems = "table!",
  gaps = { "list", members.shape(members.gap, true) },
}

--- Of a system.
members.system = {
  name = "string!", kind = "string!", host = "string!", concurrency = "count!", per_minute = "number", after = "texts",
  late = "boolean", unlisted = "boolean", changes = "count!", seconds = "count", trouble = "string",
  identity = { "object", members.shape(identity, true) }, status = { "object", members.shape(members.status, true) },
}

--- Of an item.
members.item = {
  n = "count!", person = "string!", system = "string!", action = "string!", target = "string!", cell = "string", token = "string",
  find = "string", optional = "boolean", device = "string", user = "string", key = "string", late = "boolean",
  unknown = "boolean", state = "string", occupant = "string", seen = "boolean", spelling = "string",
  found = "texts", outlook = "string", verdict = "string",
  code = "string", message = "string", protected = "boolean",
}

return members
