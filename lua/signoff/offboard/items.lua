-- SPDX-License-Identifier: MIT

--- One target of a run: what the plan says of it, how far it is, and the row that comes of it.
-- @module signoff.offboard.items

local core = require "signoff.core"
local json = require "signoff.json"
local Result = require "signoff.result"

local items = {}

--- A target that nothing was done for yet. What is known of it is added as it goes: `argument` (as methods take it),
-- `before` (who sat there), `alive`, `status` (the wanted one), `previous`, `answer`, `failure`, `ends` (when its phase is
-- over), `gone_at`.
-- @tparam table plan the plan's item
function items.new(plan)
  return { plan = plan, phase = "first", tries = 0, evidence = {} }
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

--- The row of a result.
-- @tparam table plan the plan's item
-- @tparam string kind of its system
-- @tparam string verdict
-- @tparam[opt] table why `code` or `reason`, `message`, `protected`
-- @tparam[opt] table evidence
function items.row(plan, kind, verdict, why, evidence)
  why = why or {}
  return {
    item = plan.n, person = plan.person, system = plan.system, action = plan.action, target = plan.target, cell = plan.cell,
    verdict = verdict, code = why.code or why.reason, message = why.message, protected = plan.protected or why.protected,
    evidence = json.list(evidence), by_hand = Result.by_hand(core.facts[kind], verdict, plan.target),
  }
end

return items
