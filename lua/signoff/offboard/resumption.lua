-- SPDX-License-Identifier: MIT

--- Targets that an earlier run began: what its journal says of them, as if this run had done it.
-- @module signoff.offboard.resumption

local course = require "signoff.offboard.course"
local expansion = require "signoff.offboard.expansion"
local items = require "signoff.offboard.items"

local resumption = {}

local LOST = "the run ended while this was under way: whether it was done is not known"

-- What was known before the act.
local function recall(item, begun)
  local before = begun.before or {}
  item.before, item.alive, item.previous, item.tries = before.occupant, before.alive, before.previous, begun.tries
  item.evidence = begun.evidence
end

local outcomes = {}

-- Neither done nor undone: looked up, and done again only if it is still there and doing it twice is allowed.
function outcomes.lost(lane, item, begun)
  items.note(item, LOST, begun.at)
  item.failure = { code = "cancelled", message = LOST, retriable = true }
  item.phase = lane.act.retry == "no" and "watch" or "again"
  return "look", 0
end

function outcomes.answered(lane, item, begun)
  return course.acted(item, begun, lane)
end

-- Refused for our account's sake: nothing was done. What may be tried again is looked at first.
function outcomes.failed(lane, item, begun)
  local detail = begun.failure
  if detail.code == "denied" and detail.scope == "client" or detail.code == "cancelled" and detail.sent == false then
    item.tries = 0
    return "first"
  end
  local step, a, b = course.failed(item, detail, lane, 0)
  return step == "act" and "first" or step, a, b
end

-- The item, ready to go on; nil when it is over already, or looked at from the start.
local function take_up(lane, begun, fresh, over)
  local item = items.new(begun.plan)
  recall(item, begun)
  local ready, verdict, why = expansion.ready(lane, item)
  if not ready then
    over[#over + 1] = { item = item, verdict = verdict, why = why }
    return
  end
  local step, a, b = outcomes[begun.state](lane, item, begun)
  if step == "first" then
    fresh[#fresh + 1] = item
    return
  end
  return { item = item, step = step, a = a, b = b }
end

--- Takes up what was begun.
-- @tparam table lane
-- @tparam {table,...} list of the journal: `plan`, and `rest` (what is known of the rest of a person, when other targets of it
-- were found), or `state` (`"lost"`, `"answered"`, `"failed"`), `tries`, `at`, `before`, `evidence`, `answer`, `failure`
function resumption.take_up(lane, list)
  local going, going_items, fresh, over = {}, {}, {}, {}
  for _, begun in ipairs(list) do
    if begun.rest then
      over[#over + 1] = { item = items.new(begun.plan), verdict = begun.rest.verdict, why = begun.rest }
    else
      local one = take_up(lane, begun, fresh, over)
      going[#going + 1], going_items[#going_items + 1] = one, one and one.item
    end
  end
  if #over > 0 then
    lane:conclude(over)
  end
  lane:look_first(fresh)
  lane:follow(going_items, function(_, i)
    return going[i].step, going[i].a, going[i].b
  end)
end

return resumption
