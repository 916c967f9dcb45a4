-- SPDX-License-Identifier: MIT

--- What comes next for one target, after what was seen of it or what became of an act. Pure: nothing here sends or waits.
--
-- A target walks three phases: `first` (look before anything is done), `watch` (look until it is gone twice, `settle`
-- apart), and between them `again` (an act failed that may have acted all the same: look before it is repeated).
--
-- Every step is one of: `"act"`; `"look", seconds` (again, after so long); `"over", verdict, why`.
-- @module signoff.offboard.course

local judgement = require "signoff.judgement"

local course = {}

-- What a clock may be off when it says that the time has come.
local TICK = 0.001

-- Found by name at that phone, and gone from there before we did anything: the person may sit at another one by now.
local function moved(plan)
  local message = "%s was there when looked up, and left before the logout, perhaps for another phone: plan and apply this one again"
  return "unknown", { reason = "moved", message = message:format(plan.found_by) }
end

-- Whether an item was found so, and nothing else of this run has touched that phone.
local function was_found(item, lane)
  local plan = item.plan
  local first = plan.found_by and lane.acted[plan.device:lower()]
  return plan.found_by and (first == nil or first == plan.n)
end

local function over(item, sighting, lane)
  local verdict, why = judgement.conclude(lane.proves, sighting, item.answer, item.failure)
  if verdict == "ended" and item.left then
    verdict, why = moved(item.plan)
  end
  return "over", verdict, why
end

-- Whether a look that failed may be made again: the budget has given it a delay, and the deadline leaves that much.
local function may_look(item, sighting, now)
  return sighting.retriable and sighting.delay and now + sighting.delay < item.ends
end

-- Whom the plan does not name: nobody sat there when it was approved, or nobody could look.
local unapproved = {
  free = "%s sits there; nobody did when the plan was made",
  unseen = "%s sits there, and who did when the plan was made is not known; plan again",
}

-- Whoever sits there without the plan's knowing was not meant, unless it is the person by name.
local function newcomer(item, sighting)
  local plan = item.plan
  local message = not plan.user and not plan.occupant and unapproved[plan.outlook == "unknown" and "unseen" or plan.state]
  if message and sighting.occupant and sighting.occupant:lower() ~= plan.person:lower() then
    return "skipped", { reason = "other_person", message = message:format(sighting.occupant) }
  end
end

-- Undoing: only what we set is taken back.
local function changed_since(item, sighting)
  local expected = item.plan.expected_status
  if expected and sighting.status and not sighting.gone and not judgement.is_set(sighting.status, expected) then
    local message = ("somebody changed it since: %s, not %s"):format(judgement.describe(sighting.status), judgement.describe(expected))
    return "skipped", { reason = "changed", message = message }
  end
end

local function guarded(item, sighting, lane)
  if sighting.occupant and lane:protects(sighting.occupant) then
    return "skipped", { reason = "protected", protected = true, message = sighting.occupant .. " sits there, and is protected" }
  end
  local verdict, why = newcomer(item, sighting)
  if not verdict then
    verdict, why = changed_since(item, sighting)
  end
  if not verdict and sighting.gone and was_found(item, lane) then
    return moved(item.plan)
  end
  return verdict, why
end

local function expected_user(plan)
  return plan.user or plan.occupant or nil
end

local phases = {}

function phases.first(item, sighting, lane, now)
  if may_look(item, sighting, now) then
    return "look", sighting.delay
  end
  local verdict, why
  if sighting.code and sighting.code ~= "unsupported" then
    verdict, why = "failed", sighting -- nothing is known, and nothing was done
  else
    verdict, why = guarded(item, sighting, lane)
  end
  if not verdict then
    verdict, why = judgement.first(lane.proves, sighting, expected_user(item.plan))
  end
  if verdict then
    return "over", verdict, why
  end
  item.before, item.alive, item.seen_at = sighting.occupant, sighting.gone == false, now
  item.previous = sighting.status and judgement.settable(sighting.status)
  return "act"
end

-- What is not there any more is not done twice; what nothing can be seen of only where twice does no harm.
function phases.again(item, sighting, lane, now)
  if sighting.gone then
    item.phase, item.ends = "watch", now + lane.rules.deadline
    return phases.watch(item, sighting, lane, now)
  elseif may_look(item, sighting, now) then
    return "look", sighting.delay
  elseif sighting.gone == false or (lane.act.safe and not sighting.absent and not sighting.retriable) then
    item.seen_at = now
    return "act"
  end
  return over(item, sighting, lane)
end

-- How long to wait for the next look where this one found it there, or nothing.
local function pause(item, sighting, lane)
  if sighting.code then
    return sighting.delay
  end
  local schedule = lane.rules.schedule
  item.looks = (item.looks or 0) + 1
  return schedule[math.min(item.looks, #schedule)]
end

function phases.watch(item, sighting, lane, now)
  if sighting.gone then
    item.gone_at = item.gone_at or now
    local left = lane.proves == "setting" and 0 or item.gone_at + lane.rules.settle - now
    sighting.settled = item.seen_gone and left < TICK
    item.seen_gone = true
    if sighting.settled or lane.proves == "setting" then
      return over(item, sighting, lane)
    end
    return "look", math.max(left, 0)
  end
  item.gone_at, item.seen_gone = nil, nil
  if sighting.final or sighting.absent or item.refused then
    return over(item, sighting, lane)
  end
  local seconds = pause(item, sighting, lane)
  if not seconds or now + seconds >= item.ends then
    return over(item, sighting, lane)
  end
  return "look", seconds
end

--- After a look.
-- @tparam table item
-- @tparam table sighting as `signoff.judgement` has it, and `delay`: after which a failed look may be made again
-- @tparam table lane `proves`, `act` (facts of what signs out), `rules` (`settle`, `schedule`, `deadline`), `protects`
-- @tparam number now
function course.saw(item, sighting, lane, now)
  return phases[item.phase](item, sighting, lane, now)
end

local function begin_watch(item)
  item.phase, item.ends, item.looks, item.gone_at, item.seen_gone, item.refused = "watch", nil, nil, nil, nil, nil
end

--- After an act that brought an answer.
function course.acted(item, answer, lane)
  item.answer, item.failure = { answer = answer.answer }, nil
  item.left = item.tries <= 1 and answer.answer == "already_out" and was_found(item, lane)
  begin_watch(item)
  return "look", 0
end

--- After an act that failed.
-- @tparam table item
-- @tparam table detail of the failure
-- @tparam table lane
-- @tparam ?number delay after which it may be tried again; nil when the budget is spent
function course.failed(item, detail, lane, delay)
  item.answer = nil
  item.failure = { code = detail.code, message = detail.message, retriable = detail.retriable }
  local may_have_acted = detail.sent ~= false
  if delay and judgement.may_repeat(lane.act, detail, item.tries) then
    item.phase, item.ends = may_have_acted and "again" or item.phase, nil
    return may_have_acted and "look" or "act", delay
  elseif not may_have_acted then
    return "over", "failed", item.failure
  end
  begin_watch(item)
  item.refused = not detail.retriable
  return "look", 0
end

return course
