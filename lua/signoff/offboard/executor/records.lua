-- SPDX-License-Identifier: MIT

--- Checks the records of a run's journal before anything is made of them: a chain that holds proves that nobody changed a line, and not
-- that this program wrote it. Members that a later version added are left alone.
-- @module signoff.offboard.executor.records

local members = require "signoff.offboard.plan.members"
local Text = require "signoff.text"

local records = {}

local function with(wanted, more)
  local merged = {}
  for _, from in ipairs { wanted, more } do
    for name, kind in pairs(from) do
      merged[name] = kind
    end
  end
  return merged
end

local function open(wanted)
  return members.shape(wanted, true)
end

local status, gap = open(members.status), open(members.gap)

-- The kind of a system is compared with those that are known, whatever it is; an older journal has less of a system.
local system = open(with(members.system, { kind = "any", host = "string", concurrency = "count", changes = "count" }))
local item = open(with(members.item, { parent = "count", status = { "object", status }, expected_status = { "object", status } }))

local left_out = open { people = "count!", targets = "count!" }
local part = open { person = "string|texts", system = "string|texts", left_out = { "object!", left_out } }
local options = open { settle = "number", schedule = "numbers", deadline = "number", max_fail = "string|number" }
local before = open { occupant = "string", alive = "boolean", previous = { "object", status } }
local seen = open { at = "number", what = "string" }
local row = open {
  item = "count!", person = "string!", system = "string!", action = "string", target = "string!", cell = "string", verdict = "string!",
  code = "string", message = "string", protected = "boolean", by_hand = "string", act = "string", evidence = { "list", seen },
}

-- By event. `by` is looked at where it is used: a run goes on without it.
local shapes = {
  start = {
    items = "count", systems = { "list!", system }, plan_digest = "string", operator = "string", ticket = "string", host = "string",
    created = "count", started = "number", people_path = "string", people_sha256 = "string", protect = "texts", ignore = "texts",
    delimiter = "string", undo_of = "string", part = { "object", part }, gaps = { "list", gap }, options = { "object", options },
  },
  item = { item = { "object!", item } },
  found = { item = "count!", items = { "list!", item } },
  intent = { items = "counts!", act = "string", attempt = "number", before = { "object", before } },
  result = {
    items = "counts!", answer = "string", code = "string", message = "string", sent = "boolean", retriable = "boolean", scope = "string",
    own_words = "boolean",
  },
  verdict = { item = "count!", row = { "object!", row } },
  stop = { system = "string", code = "string!", why = "string" },
  resume = { settle = "number" },
  ["end"] = { exit = "count" },
}
for event, wanted in pairs(shapes) do
  shapes[event] = open(with(wanted, { at = "number" }))
end

-- Conflicts of a record with those before it

local function is_planned(known, name)
  for _, planned in ipairs(known.start.systems) do
    if planned.name == name then
      return true
    end
  end
  return false
end

local function new_item_problem(known, plan)
  if known.plans[plan.n] ~= nil then
    return ("has the item %.0f, which an earlier line has"):format(plan.n)
  elseif not is_planned(known, plan.system) then
    return ("is for '%s', which its first line does not name"):format(Text.short(plan.system))
  end
end

-- Items of which nothing is known in a table by their numbers.
local function missing(numbers, there, what)
  for _, n in ipairs(numbers) do
    if there[n] == nil then
      return ("is about the item %.0f, which no earlier line %s"):format(n, what)
    end
  end
end

local conflicts = {}

function conflicts.start(known)
  return known.start and "begins a second run: a journal has one" or nil
end

function conflicts.item(known, record)
  return new_item_problem(known, record.item)
end

function conflicts.found(known, record)
  local problem, last = missing({ record.item }, known.plans, "has"), 0
  for _, plan in ipairs(record.items) do
    problem = problem or plan.n <= last and "has its items in no order" or new_item_problem(known, plan)
    last = plan.n
  end
  return problem
end

function conflicts.intent(known, record)
  return missing(record.items, known.plans, "has")
end

function conflicts.result(known, record)
  if not record.answer and not (record.code and record.message) then
    return "has neither 'answer' nor 'code' and 'message'"
  end
  return missing(record.items, known.actions, "began")
end

function conflicts.verdict(known, record)
  return missing({ record.item }, known.plans, "has")
end

--- Judges a record, by itself and behind those that were taken.
-- @tparam table record
-- @tparam table known of them: `start`, its record; by the numbers of items `plans` (all that there are) and `actions` (those begun)
-- @treturn boolean whether it counts; what stands before the first record of a run does not
-- @treturn ?string what is wrong with one that does not, the end of a sentence that begins with its line
function records.judge(record, known)
  local event = record.event
  if not known.start and event ~= "start" then
    return false
  elseif type(event) ~= "string" then
    return false, "has no text as 'event'"
  end
  local problem = shapes[event] and members.misfit(record, shapes[event])
  problem = problem or conflicts[event] and conflicts[event](known, record)
  return not problem, problem and ("the record '%s' %s"):format(event, problem)
end

return records
