-- SPDX-License-Identifier: MIT

--- One target of a sign-out: what comes next after a look or an act, and the verdict it ends in. Pure: nothing here sends,
-- waits, or reads a clock; states are plain data.
--
-- A target is in one of three phases: `checking` (nothing was done yet), `rechecking` (an act may or may not have acted: look
-- before it is repeated, rule A4), `confirming` (acts were answered: look until it is gone twice, `settle` apart, rule V1).
--
-- Every function returns a step: `"look", seconds` (look after so long), `"act", place` (act there, now), or
-- `"over", verdict, why`. The rules are those of docs/proof.md
-- ("The rules of proof"); each stands here beside its name.
--
-- A context says what does not change: `target` (`id`, `by_name`, `person`, `user`: who must be there; `occupant`: who was
-- there when the plan was made, `spelling`: a nearly same one that was approved, `seen`: the plan saw it present, `accepted`:
-- its logout was since, `renewable`, `optional`, `status` and `expected_status` of a setting), `evidence` (`"occupant"`,
-- `"session"`, `"token"`, `"setting"`), `watches` (only looks: somebody else acted), `retry` (`"no"`, `"once"`, `"paced"`),
-- `limits` (`settle`, `fresh`, `schedule`, `deadline`, `ends`, `places`, `nodes`), `compare(a, b)`, `protects(name)`,
-- `real(place)`: what all of us did to one real target (`open` acts, `ended`, `accepted`, `uncertain`), and, where names are
-- asked for, `named(name)`: the same of acts on whatever had that occupant.
-- @module signoff.signout.state_machine

local observation = require "signoff.signout.observation"
local proof = require "signoff.signout.proof"

local machine = {}

-- What a clock may be off when it says that the time has come.
local TICK = 0.001
-- How often a system may answer too slowly to act on what it says.
local SLOW_LOOKS = 3
-- How often an act is tried, by what its facts say of repeating.
local attempts = { no = 1, once = 2, paced = 5 }
-- Rule A1: evidence that names an occupant; acts need a fresh one.
local has_occupant = { occupant = true, session = true }

--- A target that nothing was done for yet.
-- @treturn table state
function machine.new()
  return { phase = "checking", places = {}, order = {}, waits = 0 }
end

--- The record of a real target that nobody acted on.
-- @treturn table
function machine.untouched()
  return { open = 0, accepted = false, uncertain = false }
end

local function place_of(state, id)
  local place = state.places[id]
  if not place then
    place = { tries = 0 }
    state.places[id], state.order[#state.order + 1] = place, id
  end
  return place
end

local function over(state, verdict, why)
  state.phase = "over"
  return "over", verdict, why
end

-- Whether all that is left is to watch: something was done, or nothing is to be done here.
local function has_acted(state, context)
  if context.watches then
    return true
  end
  for _, id in ipairs(state.order) do
    if state.places[id].tries > 0 then
      return true
    end
  end
  return false
end

-- Whether something that was done may still take effect: it was answered, or nobody knows whether it acted.
local function is_pending(state, context)
  if context.watches then
    return true
  end
  for _, id in ipairs(state.order) do
    local real, place = context.real(id), state.places[id]
    local lost = place.failure and place.failure.retriable and place.failure.sent ~= false
    if real.accepted or place.answer or lost or (real.uncertain and place.tries == 0) then
      return true
    end
  end
  return false
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

-- Looks after so many seconds, if the deadline leaves that much; otherwise it stays unproved (invariant: a way out).
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

-- Rule A3: an act of ours makes every look that was asked before the act ended stale, also one in flight.
local function is_older(seen, real)
  return real.open > 0 or (real.ended ~= nil and seen.asked < real.ended)
end

local function is_stale(seen, id, context)
  return is_older(seen, context.real(id))
end

-- Rule A3, of all that is known of a target: its places, and where somebody named is, acts on whatever had that occupant.
local function is_outdated(state, seen, context)
  for _, id in ipairs(proof.reals(state, context)) do
    if is_stale(seen, id, context) then
      return true
    end
  end
  return context.target.by_name and context.named ~= nil and is_older(seen, context.named(context.target.id))
end

-- Rule A3, of all real targets that a look is about.
local function any_stale(state, seen, context)
  if is_outdated(state, seen, context) then
    return true
  end
  for _, id in ipairs(seen.places or {}) do
    if is_stale(seen, id, context) then
      return true
    end
  end
  return false
end

-- Who is there

-- Rule A1: whom an act may sign out: the list's user, else who was approved, else the person by name; false: nobody, since the
-- first look found nobody there.
local function approved(state, context)
  local target = context.target
  return target.user or target.occupant or state.approved or target.person or state.approved
end

-- Rule A1: signout(target) without a user approves the one whom its own first whole look names, also where an act of ours has made
-- that look too old to act on: whoever sits down since is not meant.
local function approve_first(state, seen, context)
  if approved(state, context) == nil and seen.whole and (seen.occupant or seen.present == false) then
    state.approved = seen.occupant or false
  end
end

-- Rule A1: "same", "nearly" or "different"; a nearly same spelling that was approved is the same.
local function likeness(context, name, wanted)
  local target = context.target
  local found = context.compare(name, wanted)
  if found == "nearly" and target.spelling and context.compare(name, target.spelling) == "same" then
    return "same"
  end
  return found
end

-- Rule V1: whether somebody else at the place would mean that the first is out: at a phone where this run saw the first, and
-- acted. A key that is somebody else's now is no key that we know.
local function is_taken_over(state, context)
  return state.seen and state.seen.occupant and context.evidence == "occupant" and not context.target.by_name
    and has_acted(state, context)
end

local function is_changed_hands(state, seen, context)
  return state.seen and state.seen.occupant and has_acted(state, context) and not context.target.by_name
    and (not seen.occupant or likeness(context, seen.occupant, state.seen.occupant) ~= "same")
end

-- Rule V1: whether who is there now is different from everybody whom the verdict would be about.
local function is_stranger(state, seen, context)
  local target = context.target
  for _, name in ipairs { state.seen.occupant, target.person or false, target.user or false } do
    if name and likeness(context, seen.occupant, name) ~= "different" then
      return false
    end
  end
  return true
end

-- Presence as it concerns the one who was there at the first look: somebody who is different has taken over (rule V1), and
-- one who is nearly the same proves nothing.
local function presence_of(state, seen, context)
  if seen.code then
    return "failed"
  elseif seen.missing then
    return "missing"
  elseif seen.present == nil then
    return "unreadable"
  elseif not seen.present then
    return "absent"
  elseif context.evidence == "session" and is_changed_hands(state, seen, context) then
    return "unreadable", ("it is a session of %s now"):format(seen.occupant or "somebody")
  elseif not is_taken_over(state, context) then
    return "present"
  elseif not seen.occupant then
    return "unreadable"
  end
  if likeness(context, seen.occupant, state.seen.occupant) == "same" then
    return "present"
  elseif seen.whole and is_stranger(state, seen, context) then
    return "absent"
  end
  return "unreadable", ("'%s' is there, who may be %s"):format(seen.occupant, context.target.person or state.seen.occupant)
end

local function skipped(reason, message, ...)
  return "skipped", { reason = reason, message = message:format(...) }
end

local function skip_protected(name)
  local verdict, why = skipped("protected", "%s is protected", name)
  why.protected = true
  return verdict, why
end

-- Rule A2: nobody who is the same as, or nearly, a protected name is acted on.
local function protected(seen, context, place)
  local target = context.target
  for _, name in ipairs { seen.occupant or false, target.id, target.user or false, target.person or false, place or false } do
    if name and context.protects(name) then
      return skip_protected(name)
    end
  end
end

-- Rule A7: only what we set is taken back.
local function changed_since(seen, context)
  local expected = context.target.expected_status
  if expected and seen.status and not observation.is_set(seen.status, expected) then
    return skipped("changed", "somebody changed it since: %s, not %s", observation.found(seen.status, expected),
      observation.describe(expected))
  end
end

-- Rule A1: an act needs somebody readable who is the same as the one approved.
local words = { occupant = "%s sits there, not %s", session = "it is a session of %s, not of %s" }

local function wrong_occupant(state, seen, context)
  if not has_occupant[context.evidence] or context.target.by_name then
    return nil
  elseif not seen.occupant then
    return "unknown", { code = "unreadable", message = "who is there is not known: " .. seen.what }
  end
  local wanted = approved(state, context)
  if wanted == false then
    return skipped("other_person", "%s is there; nobody was at the first look", seen.occupant)
  end
  local found = wanted and likeness(context, seen.occupant, wanted) or "nearly"
  if found == "different" then
    return skipped("other_person", words[context.evidence], seen.occupant, wanted)
  elseif found == "nearly" then
    return "unknown", { code = "nearly", message = ("'%s' is there, which is nearly %s, and not the same"):format(seen.occupant,
      wanted and "'" .. wanted .. "'" or "somebody known") }
  end
end

local guards = { protected, changed_since }

local function guarded(state, seen, context)
  if seen.own then
    return skipped("own", "this client's own session, which is never logged off")
  end
  for _, guard in ipairs(guards) do
    local verdict, why = guard(seen, context)
    if verdict then
      return verdict, why
    end
  end
  return wrong_occupant(state, seen, context)
end

-- Acting

-- Rule A4: an act of ours that may have acted, of whichever row, is repeated only after a whole reply that shows the target
-- still there.
local function may_act_at(place, real, seen, context)
  if (real.accepted or real.uncertain) and not seen.whole then
    return false
  elseif place.tries == 0 then
    return true
  end
  local failure = place.failure
  local slipped = failure and not (place.tries > 1 and failure.code == "server") -- what failed twice has not just slipped
  return failure ~= nil and failure.retriable and not place.spent and slipped and place.tries < attempts[context.retry] and seen.whole
end

-- Rule V2: the places of a look where an act is due, also those that are found new, at most so many of one name. A protected one
-- keeps a row and is left alone (rule A2).
local function due_places(state, seen, context)
  local due = {}
  for _, id in ipairs(seen.places or {}) do
    if state.places[id] or #state.order < context.limits.places then
      local place = place_of(state, id)
      place.protected = context.protects(id) or nil
      if not place.protected and may_act_at(place, context.real(id), seen, context) then
        due[#due + 1] = id
      end
    end
  end
  return due
end

-- Whether all that a look shows is protected.
local function all_protected(state, seen)
  for _, id in ipairs(seen.places or {}) do
    if not (state.places[id] and state.places[id].protected) then
      return nil
    end
  end
  return seen.places and seen.places[1]
end

local function act_at(state, seen, id)
  place_of(state, id)
  state.looked = seen
  return "act", id
end

-- What comes of each presence

local handlers = {}

-- Rules A4, L3, L4: a look that failed allows nothing. Only where the system has no look at all is a token acted on unseen.
function handlers.failed(state, seen, context, now)
  if seen.code == "unsupported" and not has_acted(state, context) and context.evidence == "token" then
    return act_at(state, seen, context.target.id)
  elseif seen.retriable and seen.delay then
    return look_in_time(state, seen, context, now, seen.delay)
  end
  return unproved(state, seen, context)
end

function handlers.missing(state, seen, context)
  if not has_acted(state, context) and context.target.optional then
    return over(state, skipped("optional", seen.message))
  end
  return unproved(state, seen, context)
end

-- Rule L1: a look that cannot be read proves nothing, and makes a first absence worth nothing.
function handlers.unreadable(state, seen, context, now)
  state.absent = nil
  if not has_acted(state, context) then
    if seen.unprovable and context.evidence == "token" then
      return act_at(state, seen, context.target.id)
    end
    return unproved(state, seen, context)
  elseif seen.final or not is_pending(state, context) then
    return unproved(state, seen, context)
  end
  return look_by_schedule(state, seen, context, now)
end

-- Rule L5: a token that is refused at its first look is asked for again, elsewhere, before it was never seen; and where somebody only
-- watches, and no cookie says which node has it, before it is gone.
local function ask_elsewhere(state, context)
  local was_there = state.seen or (context.watches and context.target.seen)
  was_there = was_there and not (context.watches and not state.node and not context.target.accepted)
  if context.evidence ~= "token" or was_there or (has_acted(state, context) and not context.watches) then
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
  if state.absent and not is_outdated(state, state.absent, context) then
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
  if not has_occupant[context.evidence] or seen.replied - seen.asked <= context.limits.fresh then
    return false
  end
  state.slow = (state.slow or 0) + 1
  return state.slow >= SLOW_LOOKS
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
  local id = not context.watches and due_places(state, seen, context)[1] or nil
  if id or not has_acted(state, context) then
    local verdict, why = guarded(state, seen, context)
    if not verdict and not id and all_protected(state, seen) then
      verdict, why = skip_protected(all_protected(state, seen))
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
  elseif not is_pending(state, context) then
    return unproved(state, seen, context)
  end
  return look_by_schedule(state, seen, context, now)
end

--- After a look.
-- @tparam table state
-- @tparam table seen an observation, with `asked`, `replied`, `date`
-- @tparam table context
-- @tparam number now
-- @return step
function machine.looked(state, seen, context, now)
  approve_first(state, seen, context)
  if any_stale(state, seen, context) then -- the deadline runs from the last act of any of ours
    state.absent, state.presence, state.ends = nil, "unreadable", nil
    return look_in_time(state, seen, context, now, context.limits.schedule[1])
  end
  state.presence, state.doubt = presence_of(state, seen, context)
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
  local verdict, why = protected(seen, context, id)
  if verdict then
    return over(state, verdict, why)
  end
  local age = math.max(now - seen.asked, seen.asked_wall and wall - seen.asked_wall or 0)
  if is_stale(seen, id, context) or (has_occupant[context.evidence] and age > context.limits.fresh) then
    state.ends = nil
    return "look", 0
  end
  return "act", id
end

-- Rule A3: an act on a place is one on whoever was seen there, too.
local function occupant_record(state, context)
  local name = context.target.by_name and context.target.id or state.looked and state.looked.occupant
  return name and context.named and context.named(name) or nil
end

local function begin(real)
  real.open = real.open + 1
end

local function finish(real, now)
  real.open, real.ended = real.open - 1, now
end

--- An act begins. Its intent is recorded, and the request may leave. Until it ends no other one begins there (rule A3).
-- @treturn table the place: `tries`
function machine.acting(state, id, context)
  local place, occupant = place_of(state, id), occupant_record(state, context)
  place.tries = place.tries + 1
  begin(context.real(id))
  if occupant then
    begin(occupant)
  end
  return place
end

-- An act has ended.
local function end_act(state, id, context, now)
  local occupant = occupant_record(state, context)
  finish(context.real(id), now)
  if occupant then
    finish(occupant, now)
  end
end

-- Rule L3: what an outcome says of whether something was done: accepted in own words, refused in own words, or neither, which may
-- have acted.
local function note_outcome(place, real, outcome)
  place.answer = outcome.answer
  place.failure = not outcome.answer and outcome or nil
  place.refused = outcome.answer == "already_out" or (not outcome.answer and outcome.own_words and not outcome.retriable) or nil
  if outcome.answer == "accepted" then
    real.accepted = true
  elseif not place.refused and (outcome.answer or outcome.sent ~= false) then
    real.uncertain = true
  end
end

-- The next place of the look that led to the last act, unless this is the one.
local function another_place(state, context)
  for _, id in ipairs(state.looked and due_places(state, state.looked, context) or {}) do
    if state.places[id].tries == 0 then
      return id
    end
  end
end

local function after_act(state, place, context, delay)
  local failure = place.failure
  local again = failure and failure.retriable and delay and place.tries < attempts[context.retry]
  place.spent = failure and not delay or nil
  state.ends, state.waits, state.absent = nil, 0, nil
  if again then
    state.phase = failure.sent == false and state.phase or "rechecking"
    return "look", delay
  elseif failure and failure.sent == false and not is_pending(state, context) then
    return over(state, "failed", failure)
  end
  state.phase = "confirming"
  return "look", 0
end

--- The places of the last look where an act is due.
-- @tparam table state
-- @tparam table context
-- @treturn {string,...} ids
function machine.due_places(state, context)
  return due_places(state, state.looked, context)
end

--- An act that was begun was not made, or what came of it says nothing of the target.
-- @tparam table state
-- @tparam string id of the place
-- @tparam table context
-- @tparam number now
-- @tparam[opt] boolean sent whether it may have acted
function machine.released(state, id, context, now, sent)
  local real = context.real(id)
  end_act(state, id, context, now)
  real.uncertain = real.uncertain or sent or false
end

--- After an act.
-- @tparam table state
-- @tparam string id of the place
-- @tparam table outcome `answer`; or of a failure `code`, `message`, `retriable`, `sent`, `own_words`, and `delay`: after which
-- it may be tried again (nil when the budget is spent)
-- @tparam table context
-- @tparam number now
-- @return step
function machine.acted(state, id, outcome, context, now)
  local place = place_of(state, id)
  end_act(state, id, context, now)
  note_outcome(place, context.real(id), outcome)
  local other = another_place(state, context)
  if other then
    place.spent = place.failure and not outcome.delay or nil
    return "act", other
  end
  return after_act(state, place, context, outcome.delay)
end

--- The verdict of one place of somebody named, whose name came to a verdict (rule V2).
-- @tparam table state
-- @tparam string id of the place
-- @tparam string verdict of the name
-- @tparam ?table why
-- @tparam table context
-- @treturn string verdict
-- @treturn ?table why
function machine.verdict_of_place(state, id, verdict, why, context)
  local place, real = state.places[id], context.real(id)
  if place.protected then
    return skip_protected(id)
  elseif verdict == "ended" and not (real.accepted or real.uncertain) then
    return "already_out" -- she is out of it, and nothing of ours may have done it
  elseif verdict ~= "still_active" and verdict ~= "failed" then
    return verdict, why
  elseif place.failure and not place.answer then
    return "failed", place.failure
  end
  return "still_active", { message = why and why.message }
end

--- An act of an earlier run that ended while it was under way: it may have acted (rule A4).
-- @tparam table state
-- @tparam string id
-- @tparam table known `tries`, `answer`, `failure`
-- @tparam table context
function machine.remember(state, id, known, context)
  local place = place_of(state, id)
  place.tries = known.tries
  note_outcome(place, context.real(id), known.answer and { answer = known.answer } or known.failure)
  state.phase = known.answer and "confirming" or "rechecking"
end

return machine
