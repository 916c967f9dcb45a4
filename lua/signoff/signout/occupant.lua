-- SPDX-License-Identifier: MIT

--- The occupant of a target: who a look shows there, and whether that is somebody whom an act may sign out (rules A1, A2, A7).
-- Pure, as the state machine whose states and contexts it works on.
-- @module signoff.signout.occupant

local attempts = require "signoff.signout.attempts"
local observation = require "signoff.signout.observation"

local occupant = {}

-- Rule A1: evidence that names an occupant; an act needs a fresh one.
local has_occupant = { occupant = true, session = true }

-- Rule A1: whom an act may sign out: the list's user, else who was approved, else the person by name; false: nobody, since the
-- first look found nobody there.
local function approved(state, context)
  local target = context.target
  return target.user or target.occupant or state.approved or target.person or state.approved
end

--- Rule A1: signout(target) without a user approves the one whom its own first whole look names, also where an act of ours has made
-- that look too old to act on: whoever sits down since is not meant.
function occupant.approve_first(state, seen, context)
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
    and attempts.has_acted(state, context)
end

local function is_changed_hands(state, seen, context)
  return state.seen and state.seen.occupant and attempts.has_acted(state, context) and not context.target.by_name
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

--- Presence as it concerns the one who was there at the first look: somebody who is different has taken over (rule V1), and
-- one who is nearly the same proves nothing.
function occupant.presence(state, seen, context)
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

--- A verdict of something that was left alone.
function occupant.skipped(reason, message, ...)
  return "skipped", { reason = reason, message = message:format(...) }
end

--- The same of a protected name (rule A2).
function occupant.skip_protected(name)
  local verdict, why = occupant.skipped("protected", "%s is protected", name)
  why.protected = true
  return verdict, why
end

--- Rule A2: nobody who is the same as, or nearly, a protected name is acted on.
function occupant.protection(seen, context, place)
  local target = context.target
  for _, name in ipairs { seen.occupant or false, target.id, target.user or false, target.person or false, place or false } do
    if name and context.protects(name) then
      return occupant.skip_protected(name)
    end
  end
end

-- Rule A7: only what we set is taken back.
local function changed_since(seen, context)
  local expected = context.target.expected_status
  if expected and seen.status and not observation.is_set(seen.status, expected) then
    return occupant.skipped("changed", "somebody changed it since: %s, not %s", observation.found(seen.status, expected),
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
    return occupant.skipped("other_person", "%s is there; nobody was at the first look", seen.occupant)
  end
  local found = wanted and likeness(context, seen.occupant, wanted) or "nearly"
  if found == "different" then
    return occupant.skipped("other_person", words[context.evidence], seen.occupant, wanted)
  elseif found == "nearly" then
    return "unknown", { code = "nearly", message = ("'%s' is there, which is nearly %s, and not the same"):format(seen.occupant,
      wanted and "'" .. wanted .. "'" or "somebody known") }
  end
end

local checks = { occupant.protection, changed_since }

--- Why nobody may be signed out there: a verdict and its reason; nothing where an act is allowed.
function occupant.refusal(state, seen, context)
  if seen.own then
    return occupant.skipped("own", "this client's own session, which is never logged off")
  end
  for _, find in ipairs(checks) do
    local verdict, why = find(seen, context)
    if verdict then
      return verdict, why
    end
  end
  return wrong_occupant(state, seen, context)
end

--- Whether the evidence of a target names its occupant: an act then needs a fresh look (rule A1).
function occupant.is_evidence(context)
  return has_occupant[context.evidence] or false
end

return occupant
