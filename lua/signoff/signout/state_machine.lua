-- SPDX-License-Identifier: MIT

--- The state machine of one target: the next step after a look or an act, and the verdict at the end. Pure: nothing here sends,
-- waits, or reads a clock; states are plain data.
--
-- A target is in one of three phases: `checking` (nothing was done yet), `rechecking` (an act may or may not have acted: look
-- before it is repeated, rule A4), `confirming` (an act was answered: look until it is gone twice, `settle` apart, rule V1).
--
-- Every function returns a step: `"look", seconds` (look after so long), `"act", place` (act there, now), or
-- `"over", verdict, why`. The rules are those of docs/proof.md
-- ("The rules of proof"); each stands here beside its name.
--
-- A context says what does not change: `target` (`id`, `by_name`, `person`, `user`: who must be there; `occupant`: who was
-- there when the plan was made, `spelling`: a nearly same one that was approved, `seen`: the plan saw it present, `accepted`:
-- its logout was since, `renewable`, `optional`, `status` and `expected_status` of a setting), `evidence` (`"occupant"`,
-- `"session"`, `"token"`, `"setting"`), `watches` (reads only: somebody else acted), `retry` (`"no"`, `"once"`, `"paced"`),
-- `limits` (`settle`, `fresh`, `schedule`, `deadline`, `ends`, `targets`, `nodes`), `compare(a, b)`, `protects(name)`,
-- `real(place)`: what all of us did to one real target (`open`: changes under way, `ended`, `accepted`, `uncertain`), and, where names are
-- asked for, `named(name)`: the same of all targets that had that occupant.
-- @module signoff.signout.state_machine

local attempts = require "signoff.signout.attempts"
local occupant = require "signoff.signout.occupant"
local proof = require "signoff.signout.proof"

local machine = {}

-- The seconds that a clock may be off when it says that the time has come.
local TICK = 0.001
-- How often a system may answer too slowly to act on what it says.
local SLOW_REPLIES = 3

--- Makes the state of a target that nothing was done for yet.
-- @treturn table state
function machine.new()
  return { phase = "checking", targets = {}, order = {}, waits = 0 }
end

machine.untouched, machine.acting = attempts.untouched, attempts.begin

local function over(state, verdict, why)
  state.phase = "over"
  return "over", verdict, why
end

-- Looking again

-- The deadline runs from the last act.
local function ends_of(state, context, from)
  state.ends = state.ends or from + context.limits.deadline
  return math.min(state.ends, context.limits.ends or math.huge)
end

local function unproved(state, seen, context)
  return over(state, proof.unproved(state, seen, context))
end

-- Orders a look after so many seconds, if the deadline leaves that much; otherwise it stays unproved (invariant: a way out).
local function look_in_time(state, seen, context, now, seconds)
  if now + seconds >= ends_of(state, context, seen.asked) then
    return unproved(state, seen, context)
  end
  return "look", seconds
end

local function look_by_schedule(state, seen, context, now)
  local schedule = context.limits.schedule
  state.waits = state.waits + 1
  return look_in_time(state, seen, context, now, schedule[math.min(state.waits, #schedule)])
end

-- Acting

local function act_at(state, seen, id)
  attempts.place(state, id)
  state.looked = seen
  return "act", id
end

-- The transitions of each presence

local handlers = {}

-- Rules A4, L3, L4: a look that failed allows nothing. Only where the system has no look at all is a target acted on unseen, that has
-- no occupant.
function handlers.failed(state, seen, context, now)
  local may_be_unseen = context.evidence == "token" or not context.evidence
  if seen.code == "unsupported" and not attempts.has_acted(state, context) and may_be_unseen then
    return act_at(state, seen, context.target.id)
  elseif seen.retriable and seen.delay then
    return look_in_time(state, seen, context, now, seen.delay)
  end
  return unproved(state, seen, context)
end

function handlers.missing(state, seen, context)
  if not attempts.has_acted(state, context) and context.target.optional then
    return over(state, occupant.skipped("optional", seen.message))
  end
  return unproved(state, seen, context)
end

-- Rule L1: a look that cannot be read proves nothing, and makes a first absence worth nothing.
function handlers.unreadable(state, seen, context, now)
  state.absent = nil
  if not attempts.has_acted(state, context) then
    if seen.unprovable and context.evidence == "token" then
      return act_at(state, seen, context.target.id)
    end
    return unproved(state, seen, context)
  elseif seen.final or not attempts.is_pending(state, context) then
    return unproved(state, seen, context)
  end
  return look_by_schedule(state, seen, context, now)
end

-- Rule L5: a token that is refused at its first look is asked for again, elsewhere, before it was never seen; and where somebody only
-- watches, and no cookie says which node has it, before it is gone.
local function ask_elsewhere(state, context)
  local was_there = state.seen or (context.watches and context.target.seen)
  was_there = was_there and not (context.watches and not state.node and not context.target.accepted)
  if context.evidence ~= "token" or was_there or (attempts.has_acted(state, context) and not context.watches) then
    return false
  end
  state.asked_elsewhere = (state.asked_elsewhere or 0) + 1
  return state.asked_elsewhere <= context.limits.nodes
end

-- Rule L4: the second look's date may not be the first one's where the clock says that it is later. Otherwise
-- both may be what a cache kept, and prove nothing.
local function is_dated(first, second)
  if not (first.date and second.date) then
    return true
  end
  return second.date > first.date or (second.date == first.date and second.asked - first.replied < 1)
end

-- Rule A3: the first absence, unless an act of ours ended after it was asked for.
local function first_absence(state, context)
  if state.absent and not attempts.is_outdated(state, state.absent, context) then
    return state.absent
  end
end

-- Rules V1, V3, V4: gone is what was seen gone twice, `settle` apart, by the clock of the run (rule V5).
function handlers.absent(state, seen, context, now)
  if ask_elsewhere(state, context) then
    return "look", 0
  elseif proof.is_hopeless(state, context) then
    return unproved(state, seen, context)
  end
  local first, settle = first_absence(state, context), context.limits.settle
  if first and seen.asked - first.replied >= settle - TICK then
    if not is_dated(first, seen) then
      state.presence, state.absent = "unreadable", nil
      return look_by_schedule(state, { what = "the reply is no newer than the one before", asked = seen.asked }, context, now)
    end
    seen.cleared = seen.cleared and first.cleared
    return over(state, proof.gone(state, seen, context))
  end
  state.absent = first or { asked = seen.asked, replied = seen.replied, date = seen.date, cleared = seen.cleared }
  local seconds = math.max(math.ceil((state.absent.replied + settle - now) / TICK) * TICK, 0)
  if context.limits.ends and now + seconds >= context.limits.ends then
    return unproved(state, seen, context)
  end
  return "look", seconds
end

-- Rule A1: a look that takes longer than what it says is fresh can never lead to an act.
local function is_too_slow(state, seen, context)
  if not occupant.is_evidence(context) or seen.replied - seen.asked <= context.limits.fresh then
    return false
  end
  state.slow = (state.slow or 0) + 1
  return state.slow >= SLOW_REPLIES
end

-- Rule V1: a token that lives on after its logout was accepted was not ended by it: a later refusal says nothing of what our act
-- did.
local function contradict(state, context)
  for _, id in ipairs(context.evidence == "token" and state.order or {}) do
    local real = context.real(id)
    real.uncertain, real.accepted = real.uncertain or real.accepted, false
  end
end

function handlers.present(state, seen, context, now)
  state.absent = nil
  contradict(state, context)
  local id = not context.watches and attempts.due_targets(state, seen, context)[1] or nil
  if id or not attempts.has_acted(state, context) then
    local verdict, why = occupant.refusal(state, seen, context)
    if not verdict and not id and attempts.all_protected(state, seen) then
      verdict, why = occupant.skip_protected(attempts.all_protected(state, seen))
    end
    if verdict then
      return over(state, verdict, why)
    end
  end
  state.seen = state.seen or { occupant = seen.occupant }
  if id and is_too_slow(state, seen, context) then
    return over(state, "unknown", { code = "stale", message = "the system answers too slowly to act on what it says" })
  elseif id then
    return act_at(state, seen, id)
  elseif not attempts.is_pending(state, context) then
    return unproved(state, seen, context)
  end
  return look_by_schedule(state, seen, context, now)
end

--- The next step after a look.
-- @tparam table state
-- @tparam table seen an observation, with `asked`, `replied`, `date`
-- @tparam table context
-- @tparam number now
-- @return step
function machine.looked(state, seen, context, now)
  occupant.approve_first(state, seen, context)
  if attempts.any_stale(state, seen, context) then -- the deadline runs from the last act of any of ours
    state.absent, state.presence, state.ends = nil, "unreadable", nil
    return look_in_time(state, seen, context, now, context.limits.schedule[1])
  end
  state.presence, state.doubt = occupant.presence(state, seen, context)
  return handlers[state.presence](state, seen, context, now)
end

--- Right before an act: whether what was seen still allows it (rules A1, A2, A3).
-- @tparam table state
-- @tparam string id of the place
-- @tparam table context
-- @tparam number now
-- @tparam number wall the same in Unix seconds: the larger age counts
-- @return `"act", id`, or another step
function machine.may_act(state, id, context, now, wall)
  local seen = state.looked
  local verdict, why = occupant.protection(seen, context, id)
  if verdict then
    return over(state, verdict, why)
  end
  local age = math.max(now - seen.asked, seen.asked_wall and wall - seen.asked_wall or 0)
  if attempts.is_stale(seen, id, context) or (occupant.is_evidence(context) and age > context.limits.fresh) then
    state.ends = nil
    return "look", 0
  end
  return "act", id
end

-- The next place of the look that led to the last act, unless this is the one.
local function another_place(state, context)
  for _, id in ipairs(state.looked and attempts.due_targets(state, state.looked, context) or {}) do
    if state.targets[id].tries == 0 then
      return id
    end
  end
end

local function after_act(state, place, context, delay)
  local failure = place.failure
  local again = delay and attempts.may_repeat(place, context)
  place.spent = failure and not delay or nil
  state.ends, state.waits, state.absent = nil, 0, nil
  if again then
    state.phase = failure.sent == false and state.phase or "rechecking"
    return "look", delay
  elseif failure and failure.sent == false and not attempts.is_pending(state, context) then
    return over(state, "failed", failure)
  end
  state.phase = "confirming"
  return "look", 0
end

--- The real targets of the last look where an act is due.
-- @tparam table state
-- @tparam table context
-- @treturn {string,...} ids
function machine.due_targets(state, context)
  return attempts.due_targets(state, state.looked, context)
end

--- The next step where an act was begun and not made, or its outcome says nothing of the target.
-- @tparam table state
-- @tparam string id of the place
-- @tparam table context
-- @tparam number now
-- @tparam[opt] boolean sent whether it may have acted
function machine.released(state, id, context, now, sent)
  local real = context.real(id)
  attempts.finish(state, id, context, now)
  real.uncertain = real.uncertain or sent or false
end

--- The next step after an act.
-- @tparam table state
-- @tparam string id of the place
-- @tparam table outcome `answer`; or of a failure `code`, `message`, `retriable`, `sent`, `own_words`, and `delay`: after which
-- it may be tried again (nil when the budget is spent)
-- @tparam table context
-- @tparam number now
-- @return step
function machine.acted(state, id, outcome, context, now)
  local place = attempts.place(state, id)
  attempts.finish(state, id, context, now)
  attempts.note_outcome(place, context.real(id), outcome)
  local other = another_place(state, context)
  if other then
    place.spent = place.failure and not outcome.delay or nil
    return "act", other
  end
  return after_act(state, place, context, outcome.delay)
end

--- The verdict of one real target of a name that has a verdict (rule V2).
-- @tparam table state
-- @tparam string id of the place
-- @tparam string verdict of the name
-- @tparam ?table why
-- @tparam table context
-- @treturn string verdict
-- @treturn ?table why
function machine.verdict_of_place(state, id, verdict, why, context)
  local place, real = state.targets[id], context.real(id)
  if place.protected then
    return occupant.skip_protected(id)
  elseif verdict == "ended" and not (real.accepted or real.uncertain) then
    return "already_out" -- she is out of it, and nothing of ours may have done it
  elseif verdict ~= "still_active" and verdict ~= "failed" then
    return verdict, why
  elseif place.failure and not place.answer then
    return "failed", place.failure
  end
  return "still_active", { message = why and why.message }
end

--- Remembers an act of an earlier run that ended while it was under way: it may have acted (rule A4).
-- @tparam table state
-- @tparam string id
-- @tparam table known `tries`, `answer`, `failure`
-- @tparam table context
function machine.remember(state, id, known, context)
  local place = attempts.place(state, id)
  place.tries = known.tries
  attempts.note_outcome(place, context.real(id), known.answer and { answer = known.answer } or known.failure)
  state.phase = known.answer and "confirming" or "rechecking"
end

return machine
