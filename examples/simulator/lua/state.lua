--- The state of the systems: for each its settings and its collections. All of it lives in this process's memory.
local systems = require "systems"
local collection = require "collection"
local json = require "json"
local check = require "check"
local clock = require "clock"

local state = {}

local states = {} -- system name -> { settings =, <collection name> = collection, memory = {} }
local by_name = {}
local people = "{}"
local resets = 0

local function fresh(system)
  local made = { settings = {}, memory = {} }
  for name, value in pairs(system.settings) do made.settings[name] = value end
  for name, shape in pairs(system.collections) do made[name] = collection.new(shape) end
  return made
end

--- The state of one system. `memory` is for what the system itself remembers and nobody loads.
function state.of(name)
  return states[name]
end

function state.system(name)
  return by_name[name]
end

local function without_nulls(row)
  local clean = {}
  for name, value in pairs(row) do
    if value ~= json.null then clean[name] = value end
  end
  return clean
end

local function setting_types(system)
  local types = {}
  for name, value in pairs(system.settings) do types[name] = system.choices[name] or type(value) end
  return types
end

local function check_rows(system, name, rows)
  local shape = system.collections[name]
  local columns = setmetatable({ removed = "boolean" }, { __index = shape.columns })
  check.object(rows, system.name .. "." .. name)
  for index, row in pairs(rows) do
    local place = ("%s.%s[%s]"):format(system.name, name, tostring(index))
    check.members(row, columns, place)
    for _, needed in ipairs(shape.required) do check.required(row, needed, place) end
  end
end

local function check_system(name, data)
  local system = by_name[name]
  if not system then error({ message = ("no system is called %q"):format(name) }, 0) end
  local members = { settings = "table" }
  for collection_name in pairs(system.collections) do members[collection_name] = "table" end
  check.members(data, members, name)
  for member, value in pairs(data) do
    if member == "settings" then
      check.members(value, setting_types(system), name .. ".settings")
    else
      check_rows(system, member, value)
    end
  end
end

local function put_row(rows, given)
  local row = without_nulls(given)
  if row.removed then
    rows:remove(rows:key_of(row))
    return
  end
  row.removed = nil
  if rows.shape.arrive then rows.shape.arrive(row, clock.now()) end
  rows:put(row)
end

local function load_system(target, data, replace)
  for member, value in pairs(data) do
    if member == "settings" then
      for setting, wanted in pairs(value) do target.settings[setting] = wanted end
    else
      if replace then target[member]:clear() end
      for _, row in ipairs(value) do put_row(target[member], row) end
    end
  end
end

--- Loads { system = { settings =, collection = { rows } } }. With `replace` a list that is named becomes exactly what is
--- given; otherwise its rows are added, replace those of the same key, or (removed = true) go. All or nothing.
function state.load(data, replace)
  state.check(data)
  for name, part in pairs(data) do load_system(states[name], part, replace) end
end

--- Raises what is wrong with such data.
function state.check(data)
  check.object(data, "people")
  for name, part in pairs(data) do check_system(name, part) end
end

--- The state of one system as it would be with those rows added, replaced or removed: a copy.
function state.with(name, data)
  local held, copy = states[name], fresh(by_name[name])
  copy.memory = held.memory
  for setting, value in pairs(held.settings) do copy.settings[setting] = value end
  for collection_name in pairs(by_name[name].collections) do
    for _, row in ipairs(held[collection_name]:rows()) do copy[collection_name]:put(row) end
  end
  load_system(copy, data[name] or {}, false)
  return copy
end

local function show_row(shape, row)
  local shown = {}
  for name, value in pairs(row) do
    shown[name] = shape.columns[name] == "list" and json.list(value) or value
  end
  if shape.show then shape.show(shown, clock.now()) end
  return shown
end

--- The state of one system as plain values.
function state.dump(name)
  local held = states[name]
  local dumped = { settings = held.settings }
  for collection_name, shape in pairs(by_name[name].collections) do
    local rows = json.list {}
    for index, row in ipairs(held[collection_name]:rows()) do rows[index] = show_row(shape, row) end
    dumped[collection_name] = rows
  end
  return dumped
end

function state.dump_all()
  local dumped = {}
  for name in pairs(states) do dumped[name] = state.dump(name) end
  return dumped
end

--- How often it was reset: what was asked before that is nobody's business any more.
function state.resets()
  return resets
end

--- Back to the people that it was started with.
function state.reset()
  resets = resets + 1
  for _, system in ipairs(systems) do
    by_name[system.name] = system
    states[system.name] = fresh(system)
  end
  state.load(assert(json.decode(people)), true)
end

--- Says what people those are, as JSON text, and loads them.
function state.defaults(text)
  people = text
  local ok, problem = pcall(state.reset)
  if not ok then error("people.json: " .. tostring(type(problem) == "table" and problem.message or problem), 0) end
end

return state
