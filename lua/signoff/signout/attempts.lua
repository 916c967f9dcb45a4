-- SPDX-License-Identifier: MIT

--- The attempts at a target: where an act was tried, what came of it, which observations it makes outdated, and where another is due.
-- Pure, as the state machine whose states and contexts it works on.
-- @module signoff.signout.attempts

local proof = require "signoff.signout.proof"

local attempts = {}

-- How often an act is tried, by what its facts say of repeating.
local most_tries = { no = 1, once = 2, paced = 5 }

-- A busy system has most likely done nothing: it is asked as often as any system, with pauses that grow.
local function most_of(failure, context)
  local is_busy = failure.code == "busy" and context.retry ~= "no"
  return most_tries[is_busy and "paced" or context.retry]
end

--- Whether an act that failed may be tried once more, if a look allows it.
function attempts.may_repeat(place, context)
  local failure = place.failure
  return failure ~= nil and failure.retriable and place.tries < most_of(failure, context)
end

--- The record of a real target that nobody acted on.
-- @treturn table
function attempts.untouched()
  return { open = 0, accepted = false, uncertain = false }
end

--- The record of the attempts at one place.
function attempts.place(state, id)
  local place = state.targets[id]
  if not place then
    place = { tries = 0 }
    state.targets[id], state.order[#state.order + 1] = place, id
  end
  return place
end

--- Whether all that is left is to watch: something was done, or nothing is to be done here.
function attempts.has_acted(state, context)
  if context.watches then
    return true
  end
  for _, id in ipairs(state.order) do
    if state.targets[id].tries > 0 then
      return true
    end
  end
  return false
end

--- Whether something that was done may still take effect: it was answered, or nobody knows whether it acted.
function attempts.is_pending(state, context)
  if context.watches then
    return true
  end
  for _, id in ipairs(state.order) do
    local real, place = context.real(id), state.targets[id]
    local lost = place.failure and place.failure.retriable and place.failure.sent ~= false
    if real.accepted or place.answer or lost or (real.uncertain and place.tries == 0) then
      return true
    end
  end
  return false
end

-- Rule A3: an act of ours makes every look that was asked before the act ended stale, also one in flight.
local function is_older(seen, real)
  return real.open > 0 or (real.ended ~= nil and seen.asked < real.ended)
end

--- The same, of one place.
function attempts.is_stale(seen, id, context)
  return is_older(seen, context.real(id))
end

--- Rule A3, of all that is known of a target: what was found for it, and, of a name, what was done to targets of that occupant.
function attempts.is_outdated(state, seen, context)
  for _, id in ipairs(proof.reals(state, context)) do
    if attempts.is_stale(seen, id, context) then
      return true
    end
  end
  return context.target.by_name and context.named ~= nil and is_older(seen, context.named(context.target.id))
end

--- Rule A3, of all real targets that a look is about.
function attempts.any_stale(state, seen, context)
  if attempts.is_outdated(state, seen, context) then
    return true
  end
  for _, id in ipairs(seen.targets or {}) do
    if attempts.is_stale(seen, id, context) then
      return true
    end
  end
  return false
end

-- Rule A4: an act of ours that may have acted, of whichever row, is repeated only after a whole reply that shows the target
-- still there.
local function may_act_at(place, real, seen, context)
  if (real.accepted or real.uncertain) and not seen.whole then
    return false
  elseif place.tries == 0 then
    return true
  end
  local failure = place.failure
  local slipped = failure and not (place.tries > 1 and failure.code == "server") -- two failures are no accident
  return slipped and attempts.may_repeat(place, context) and not place.spent and seen.whole
end

--- Rule V2: the real targets of a look where an act is due, also those that are found new, at most so many of one name. A protected one
-- keeps a row and is left alone (rule A2).
function attempts.due_targets(state, seen, context)
  local due = {}
  for _, id in ipairs(seen.targets or {}) do
    if state.targets[id] or #state.order < context.limits.targets then
      local place = attempts.place(state, id)
      place.protected = context.protects(id) or nil
      if not place.protected and may_act_at(place, context.real(id), seen, context) then
        due[#due + 1] = id
      end
    end
  end
  return due
end

--- Whether all that a look shows is protected.
function attempts.all_protected(state, seen)
  for _, id in ipairs(seen.targets or {}) do
    if not (state.targets[id] and state.targets[id].protected) then
      return nil
    end
  end
  return seen.targets and seen.targets[1]
end

-- Rule A3: an act on a place is one on whoever was seen there, too.
local function occupant_record(state, context)
  local name = context.target.by_name and context.target.id or state.looked and state.looked.occupant
  return name and context.named and context.named(name) or nil
end

local function open(real)
  real.open = real.open + 1
end

local function close(real, now)
  real.open, real.ended = real.open - 1, now
end

--- Notes that an act begins: its intent is recorded, and the request may leave. Until it ends no other one begins there (rule A3).
-- @treturn table the place: `tries`
function attempts.begin(state, id, context)
  local place, occupant = attempts.place(state, id), occupant_record(state, context)
  place.tries = place.tries + 1
  open(context.real(id))
  if occupant then
    open(occupant)
  end
  return place
end

--- Notes that an act has ended.
function attempts.finish(state, id, context, now)
  local occupant = occupant_record(state, context)
  close(context.real(id), now)
  if occupant then
    close(occupant, now)
  end
end

--- Rule L3: what an outcome says of whether something was done: accepted in own words, refused in own words, or neither, which may
-- have acted.
function attempts.note_outcome(place, real, outcome)
  place.answer = outcome.answer
  place.failure = not outcome.answer and outcome or nil
  place.refused = outcome.answer == "already_out" or (not outcome.answer and outcome.own_words and not outcome.retriable) or nil
  if outcome.answer == "accepted" then
    real.accepted = true
  elseif not place.refused and (outcome.answer or outcome.sent ~= false) then
    real.uncertain = true
  end
end

return attempts
