-- SPDX-License-Identifier: MIT

--- Restores the targets that an earlier run began, from its journal, as if this run had begun them.
-- @module signoff.offboard.executor.restore

local expand = require "signoff.offboard.executor.expand"
local items = require "signoff.offboard.executor.items"
local machine = require "signoff.signout.state_machine"
local targets = require "signoff.offboard.people.target"

local restore = {}

local LOST = "the run ended while this was under way: whether it was done is not known"

-- The outcome of one act, as the machine remembers it. Nil where nothing was done: our account was refused, or it never left.
local function known_act(act)
  if act.state == "answered" then
    return { tries = act.tries, answer = act.answer }
  elseif act.state == "lost" then
    return { tries = act.tries + 1, failure = { code = "cancelled", message = LOST, retriable = true } }
  end
  local failure = act.failure
  if failure.code == "denied" and failure.scope == "client" or failure.sent == false then
    return nil
  end
  return { tries = act.tries, failure = failure }
end

-- Restores what was seen and done before the run ended.
local function restore_act(item, id, act)
  local before = act.before or {}
  if before.occupant or before.alive then
    item.state.seen = item.state.seen or { occupant = before.occupant }
  end
  for _, noted in ipairs(act.evidence) do
    item.evidence[#item.evidence + 1] = noted
  end
  if act.state == "lost" then
    items.note(item, LOST, act.at)
  end
  local known = known_act(act)
  if known then
    machine.remember(item.state, id, known, item.context)
  end
end

-- The item with what was begun of it; nil where it is over already.
local function take_up(worker, begun, over)
  local item = items.new(begun.plan)
  local ready, verdict, why = expand.ready(worker, item)
  if not ready then
    over[#over + 1] = { item = item, verdict = verdict, why = why }
    return nil
  end
  for _, place in ipairs(begun.targets or {}) do
    local id = targets.id_of_item(worker.kind, place.plan)
    item.targets[id] = place.plan
    if place.act then
      restore_act(item, id, place.act)
    end
  end
  if begun.act then
    restore_act(item, item.context.target.id, begun.act)
  end
  return item
end

--- Takes up what was begun: all of it is looked at.
-- @tparam table worker
-- @tparam {table,...} list of the journal: `plan`, and `act` (`state`: `"lost"`, `"answered"`, `"failed"`; `tries`, `at`,
-- `before`, `evidence`, `answer`, `failure`), or of somebody named `targets` (`plan`, `act` each)
function restore.take_up(worker, list)
  local going, over = {}, {}
  for _, begun in ipairs(list) do
    going[#going + 1] = take_up(worker, begun, over)
  end
  if #over > 0 then
    worker:conclude(over)
  end
  worker:look_first(going)
end

--- Notes the attempts of an earlier run at targets that are over: they count for others on the same real target (rules A3, A4).
-- @tparam table worker
-- @tparam {table,...} list of the journal: `plan` and `act`
function restore.note_settled(worker, list)
  for _, one in ipairs(list) do
    local plan, known = one.plan, known_act(one.act)
    if known then
      local id = targets.id_of_item(worker.kind, plan)
      machine.remember(machine.new(), id, known, { real = worker.shared.real })
    end
  end
end

return restore
