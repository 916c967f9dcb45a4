-- SPDX-License-Identifier: MIT

--- The part of a plan, or of a run that goes on, that is of some people and systems. All else is left out: nothing is done there, and the
-- record of the run says how much it is.
-- @module signoff.offboard.part

local check = require "signoff.check"
local json = require "signoff.json"
local planning = require "signoff.offboard.plan.plan"
local report = require "signoff.offboard.report.report"
local store = require "signoff.offboard.plan.store"
local summary = require "signoff.offboard.report.summary"

local part = {}

local function list_of(where, name, given)
  if given == nil then
    return nil
  end
  local names = type(given) == "string" and { given } or given
  check.texts(("%s: option '%s'"):format(where, name), names)
  return #names > 0 and json.list(names) or nil
end

--- The people and systems that options ask for.
-- @tparam string where for the message
-- @tparam table given `person`, `system`: a name or a list of them
-- @treturn ?table `person`, `system`, as lists; nil where all is meant
function part.wanted(where, given)
  local wanted = { person = list_of(where, "person", given.person), system = list_of(where, "system", given.system) }
  return next(wanted) and wanted or nil
end

--- The same in words: `person ana, ben; system phones`.
-- @tparam table wanted
-- @treturn string
part.describe = summary.asked

-- All that has a name: items, gaps, and the systems of the plan, which may have no item.
local function named_rows(plan)
  local rows = report.joined(plan.items, plan.gaps)
  for _, system in ipairs(plan.systems) do
    rows[#rows + 1] = { system = system.name }
  end
  return rows
end

local function gaps_of(plan, wanted)
  local gaps = report.gaps(plan.gaps or {}, wanted)
  return #gaps > 0 and gaps or nil
end

local function people_of(items, gaps)
  local seen, count = {}, 0
  for _, row in ipairs(report.joined(items, gaps)) do
    count = count + (row.person and not seen[row.person] and 1 or 0)
    seen[row.person or 0] = true
  end
  return count
end

-- The systems of a plan, with the changes that its items need.
local function systems_of(plan, systems)
  local items, list = {}, {}
  for _, item in ipairs(plan.items) do
    items[item.system] = items[item.system] or {}
    table.insert(items[item.system], item)
  end
  for i, planned in ipairs(plan.systems) do
    local system = systems[planned.name]
    list[i] = system and planning.recounted(planned, system, items[planned.name] or {}) or planned
  end
  return list
end

--- The part of a plan. It cannot be saved: what was approved is the whole.
-- @tparam table plan
-- @tparam ?table wanted as `part.wanted` gives it
-- @tparam table systems as `systems.check` has them
-- @treturn ?table plan, with `part`: `person`, `system` (what was asked for), `left_out` (`people`, `targets`: how many); nil and a
-- message for a name that the plan does not have, and where nothing is left
function part.of(plan, wanted, systems)
  if not wanted then
    return plan
  end
  local chosen, message = report.select(named_rows(plan), wanted)
  if message then
    return nil, "the plan: " .. message
  end
  local made = setmetatable({}, getmetatable(plan))
  for name, value in pairs(plan) do
    made[name] = value
  end
  made.items, made.gaps = {}, gaps_of(plan, wanted)
  for _, row in ipairs(chosen) do
    made.items[#made.items + 1] = row.n and row or nil
  end
  if #made.items == 0 and not made.gaps then
    return nil, ("the plan: nothing in it is of %s"):format(part.describe(wanted))
  end
  made.systems = systems_of(made, systems)
  local left_out = { targets = #plan.items - #made.items, people = people_of(plan.items, plan.gaps) - people_of(made.items, made.gaps) }
  made.part = { person = wanted.person, system = wanted.system, left_out = left_out }
  return made
end

-- A plan as it would be for one person alone.
local function of_person(plan, name, items, systems)
  local made = setmetatable({}, getmetatable(plan))
  for member, value in pairs(plan) do
    made[member] = value
  end
  for n, item in ipairs(items) do
    item.n = n
  end
  local gaps = json.list()
  for _, gap in ipairs(plan.gaps or {}) do
    gaps[#gaps + 1] = (gap.system or gap.person == name) and gap or nil
  end
  made.people, made.items, made.gaps = 1, items, #gaps > 0 and gaps or nil
  made.systems = systems_of(made, systems)
  made.digest = select(2, store.encode(made))
  return made
end

--- Takes a plan apart: a plan for each person, as it would be alone. The whole is of no use any more.
-- @tparam table plan
-- @tparam table systems as `systems.check` has them
-- @treturn table name → plan
function part.of_each(plan, systems)
  local items, plans = {}, {}
  for _, row in ipairs(report.joined(plan.items, plan.gaps)) do
    if row.person then
      items[row.person] = items[row.person] or {}
      table.insert(items[row.person], row.n and row or nil)
    end
  end
  for name, list in pairs(items) do
    plans[name] = of_person(plan, name, list, systems)
  end
  return plans
end

local function key(row)
  return row.person .. "\0" .. row.system
end

-- The attempts at something that was begun.
local function attempts_of(begun)
  local attempts = { begun.act and { plan = begun.plan, act = begun.act } }
  for _, place in ipairs(begun.targets or {}) do
    attempts[#attempts + 1] = place.act and place or nil
  end
  return attempts
end

--- Limits a run that goes on. Targets of others that were begun are neither looked at nor tried again; the attempts at them count for
-- those who share a real target with them (rules A3, A4).
-- @tparam table parts as `replay` gives them
-- @tparam table plan of the run
-- @tparam ?table wanted as `part.wanted` gives it
-- @treturn ?boolean true; nil and a message for a name that the run does not have
function part.limit(parts, plan, wanted)
  if not wanted then
    return true
  end
  local chosen, message = report.select(named_rows(plan), wanted)
  if message then
    return nil, "the run: " .. message
  end
  local kept = {}
  for _, row in ipairs(chosen) do
    kept[row.n and key(row) or 0] = true
  end
  for _, item in ipairs(plan.items) do
    parts.taken_up[item.n] = parts.taken_up[item.n] or not kept[key(item)] or nil
  end
  for system, list in pairs(parts.begun) do
    parts.begun[system], parts.settled[system] = {}, parts.settled[system] or {}
    for _, begun in ipairs(list) do
      local mine = kept[key(begun.plan)]
      for _, one in ipairs(mine and { begun } or attempts_of(begun)) do
        table.insert(mine and parts.begun[system] or parts.settled[system], one)
      end
    end
  end
  return true
end

return part
