-- SPDX-License-Identifier: MIT

--- Concludes a verdict from observations and attempts. Pure. Where no rule allows a green verdict, it is `unknown`, with the reason.
-- @module signoff.signout.proof

local observation = require "signoff.signout.observation"

local proof = {}

--- The real targets that a verdict is about: those that were shown, and the target itself (of somebody named there is none).
-- @treturn {string,...} ids
function proof.reals(state, context)
  local id = context.target.id
  if context.target.by_name or state.targets[id] then
    return state.order
  end
  return { id, (table.unpack or unpack)(state.order) } -- luacheck: ignore 143 (5.1 has the global only)
end

-- The changes that all of us made to the real targets: `accepted`, `uncertain` (may have acted); and this one: `refused` (in own words),
-- `answered`, the last `failure`, how many `tries`.
local function deeds(state, context)
  local done = {}
  for _, id in ipairs(proof.reals(state, context)) do
    local real, place = context.real(id), state.targets[id]
    done.accepted = done.accepted or real.accepted
    done.uncertain = done.uncertain or real.uncertain
    if place then
      done.refused = done.refused or place.refused
      done.answered = done.answered or place.answer
      done.failure = place.failure or done.failure
      done.tries = (done.tries or 0) + place.tries
    end
  end
  return done
end

-- Rule V3: what was never there proves nothing by being absent.
local function never_seen()
  return "unknown", { code = "never_seen", message = "it was never seen present from here, so its absence proves nothing" }
end

local function was_seen(state, context)
  return state.seen ~= nil or context.target.seen or false
end

-- Rules V1 and L5: the act on a token must have been accepted. A lost reply is enough only where a token cannot be renewed and
-- every exchange went to one node.
local function token_is_proved(state, context, done)
  return done.accepted or (done.uncertain and not context.target.renewable and state.node ~= nil)
end

-- Whether what is known of a token's logout is enough for a proof. A watch must know, of a token that can be renewed, that
-- its logout was accepted before, and that it was not alive since.
local function is_proved(state, context, done)
  if context.watches then
    local accepted = context.target.accepted and not state.seen
    return was_seen(state, context) and (accepted or not context.target.renewable)
  end
  return state.seen ~= nil and token_is_proved(state, context, done)
end

-- Rules V1 and V3 for tokens.
local function gone_token(state, context, done)
  if not was_seen(state, context) then
    return never_seen()
  elseif is_proved(state, context, done) then
    return "ended"
  end
  return "unknown", { code = "moved",
    message = "it was alive, and was refused before a logout of ours was accepted: it may have been renewed, or live at another node" }
end

--- Whether no further look can prove a refused token: nothing of ours was accepted.
function proof.is_hopeless(state, context)
  return context.evidence == "token" and not is_proved(state, context, deeds(state, context))
end

-- Somebody else acted: what is gone was there once, or the system knows it.
local function gone_while_watched(state, seen, context)
  if was_seen(state, context) or seen.known then
    return "ended"
  end
  return never_seen()
end

--- The verdict of what was seen absent twice, `settle` apart (rules V1 to V4).
-- @tparam table state
-- @tparam table seen the last observation
-- @tparam table context
-- @treturn string verdict
-- @treturn ?table why
function proof.gone(state, seen, context)
  local done = deeds(state, context)
  if context.evidence == "setting" then
    return "status_set"
  elseif context.evidence == "token" then
    return gone_token(state, context, done)
  elseif context.watches then
    return gone_while_watched(state, seen, context)
  elseif done.accepted or done.uncertain then
    return "ended" -- an act needs somebody who is seen there (rule A1), by this row or by another one on the same real target
  elseif was_seen(state, context) or seen.known or seen.cleared or done.refused then
    return "already_out"
  end
  return never_seen()
end

-- The verdict without a proof, by what the last look showed.
local unproved = {}

function unproved.absent(state, _, context, done)
  if context.evidence == "token" and proof.is_hopeless(state, context) then
    return gone_token(state, context, done)
  end
  local message = "seen gone once; the deadline left no time for the second look after 'settle'"
  return (done.accepted or context.watches) and "unverified" or "unknown", { message = message }
end

function unproved.present(_, seen, context, done)
  if done.failure and not done.accepted and not done.answered then
    return "failed", done.failure
  elseif context.evidence == "setting" then
    local message = ("asked for %s, found %s"):format(observation.describe(context.target.status),
      observation.found(seen.status, context.target.status))
    return "failed", { code = "server", message = message }
  end
  return "still_active", { message = "still there: " .. seen.what }
end

function unproved.missing(_, seen, _, done)
  if done.failure and not done.accepted then
    return "failed", done.failure
  elseif not done.tries then
    return "failed", { code = "not_found", message = seen.message or "the system knows no such target" }
  end
  return "unknown", { code = "not_found", message = seen.message }
end

function unproved.unreadable(state, seen, _, done)
  if done.failure and not done.accepted and not done.uncertain then
    return "failed", done.failure
  elseif seen.unprovable and done.accepted then
    return "unverified", { message = seen.what }
  end
  return "unknown", { code = state.doubt and "nearly" or nil, message = state.doubt or seen.message or seen.what }
end

function unproved.failed(_, seen, context, done)
  if not done.tries and not context.watches then
    return "failed", seen -- nothing is known, and nothing was done
  elseif seen.code == "unsupported" and (done.accepted or context.watches) then
    return "unverified", seen
  elseif done.failure and not done.accepted and not done.uncertain then
    return "failed", done.failure
  end
  return "unknown", seen
end

--- The verdict where nothing was proved, by what the last look showed.
-- @tparam table state `presence`: what the last look came to
-- @tparam table seen that look
-- @tparam table context
-- @treturn string verdict
-- @treturn ?table why
function proof.unproved(state, seen, context)
  return unproved[state.presence](state, seen, context, deeds(state, context))
end

return proof
