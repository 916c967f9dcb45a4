-- SPDX-License-Identifier: MIT

--- The items of a run: one target each, with the plan's words, its state, and the rows of its result.
--
-- Somebody named (`user:NAME`) is one target: the name's answer is what is seen, and each phone or key that it shows is a place
-- with a row of its own (rule V2).
-- @module signoff.offboard.executor.items

local core = require "signoff.core"
local Evidence = require "signoff.signout.evidence"
local json = require "signoff.json"
local machine = require "signoff.signout.state_machine"

local items = {}

--- Makes the item of a target that nothing was done for yet. Later members are `argument` (as methods take it), `context` and `state` of
-- its machine, `cookie`; `targets`: the plan's items of the real targets of somebody named, by id.
-- @tparam table plan the plan's item
function items.new(plan)
  return { plan = plan, state = machine.new(), evidence = {}, targets = {}, queued = 0 }
end

--- Adds what was seen or done.
-- @tparam table item
-- @tparam string what already masked
-- @tparam number at Unix seconds
-- @tparam[opt] table more members
function items.note(item, what, at, more)
  local entry = more or {}
  entry.at, entry.what = at, what
  item.evidence[#item.evidence + 1] = entry
end

--- The plan's item of a place: the target itself, or what its name was found to be.
-- @tparam table item
-- @tparam string id of the place
function items.plan_of(item, id)
  return item.targets[id] or item.plan
end

--- The row of a result.
-- @tparam table plan the plan's item
-- @tparam string kind of its system
-- @tparam string verdict
-- @tparam[opt] table why `code` or `reason`, `message`, `protected`
-- @tparam[opt] table evidence
function items.row(plan, kind, verdict, why, evidence)
  why = why or {}
  local code = why.code or why.reason
  return {
    item = plan.n, person = plan.person, system = plan.system, action = plan.action, target = plan.target, cell = plan.cell,
    verdict = verdict, code = code, message = why.message, protected = plan.protected or why.protected,
    evidence = json.list(evidence), by_hand = Evidence.by_hand(core.facts[kind], verdict, plan.target, code),
  }
end

-- The plan's items that have rows, and the ids of their targets: of somebody named one for each place, or where none was found the
-- target itself.
local function rows_of(item)
  local plans, ids = {}, {}
  for _, id in ipairs(item.state.order) do
    if item.targets[id] then
      plans[#plans + 1], ids[#ids + 1] = item.targets[id], id
    end
  end
  if #plans == 0 then
    return { item.plan }, {}
  end
  return plans, ids
end

--- Adds the rows of a target that has its verdict.
-- @tparam {table,...} rows
-- @tparam string kind of its system
-- @tparam table item
-- @tparam string verdict
-- @tparam ?table why
function items.add_rows(rows, kind, item, verdict, why)
  local plans, ids = rows_of(item)
  for i, plan in ipairs(plans) do
    local own_verdict, own_why = verdict, why
    if ids[i] then
      own_verdict, own_why = machine.verdict_of_place(item.state, ids[i], verdict, why, item.context)
    end
    rows[#rows + 1] = items.row(plan, kind, own_verdict, own_why, item.evidence)
  end
end

--- The items of some entries, each once.
-- @tparam {table,...} entries `item`, `id` of the place
-- @treturn {table,...}
function items.of_entries(entries)
  local list, taken = {}, {}
  for _, entry in ipairs(entries) do
    if not taken[entry.item] then
      taken[entry.item], list[#list + 1] = true, entry.item
    end
  end
  return list
end

return items
