-- SPDX-License-Identifier: MIT
--- The claim of a green row: who is out of where, proved by which reads, after which changes.
-- @module spec.proofs.lies.claims

local truth = require "spec.proofs.lies.truth"

local claims = {}

local LOOK = { cisco_em = "query_devices", agvance = "sessions", oracle_commerce = "verify", jde_ais = "validate", isymphony = "status" }

--- Systems whose sessions have an occupant.
claims.occupied = { cisco_em = true, agvance = true }

-- The truth at a look

local function same_status(is, wanted)
  local status = is and is.status or {}
  for name, value in pairs(wanted) do
    if status[name] ~= value then
      return false
    end
  end
  return true
end

-- Whether a token is alive, or one that it was renewed to.
local function lives(log, system, token, number, now)
  local is = log:at(system, token, number)
  if is and (not is.expires_at or is.expires_at > now) then
    return true
  end
  for other, it in pairs(log:all(system, number)) do
    if it.renewed_from == token and lives(log, system, other, number, now) then
      return true
    end
  end
  return false
end

local function sits_anywhere(log, system, who, number)
  for _, is in pairs(log:all(system, number)) do
    if is.who == who then
      return true
    end
  end
  return false
end

local OUT = {}

-- Nobody whom the row means is there: a phone or a key that somebody else has by then is none of hers.
function OUT.cisco_em(log, claim, look)
  local is = log:at(claim.system, claim.target, look.answered)
  return not (is and is.who and claim.approved[is.who])
end

OUT.agvance = OUT.cisco_em

function OUT.isymphony(log, claim, look)
  return same_status(log:at("isymphony", claim.target, look.answered), claim.wanted)
end

function OUT.oracle_commerce(log, claim, look)
  return not lives(log, claim.system, claim.target, look.answered, look.simulated_time)
end

OUT.jde_ais = OUT.oracle_commerce

--- By the truth when a look was answered.
function claims.is_out(log, claim, look)
  if claim.by_name then
    return not sits_anywhere(log, claim.system, claim.who, look.answered)
  end
  return OUT[claim.system](log, claim, look)
end

-- Reads and changes of a claim

--- Whether a request is a look that tells of the claim.
function claims.is_look_at(claim, request)
  if not request.is_look or request.system ~= claim.system then
    return false
  elseif claim.system == "agvance" then
    return true
  elseif claim.by_name then
    return request.operation == "query_users" and (truth.names(request, claim.by_name) or truth.names(request, claim.who))
  end
  return request.operation == LOOK[claim.system] and truth.names(request, claim.target)
end

-- Whether a query named that person, in whichever spelling.
local function asks_for(account, look, who)
  for _, claim in ipairs(account.claims) do
    if claim.by_name and claim.who == who and truth.names(look, claim.by_name) then
      return true
    end
  end
  return truth.names(look, who)
end

--- Whether a reply that came back, and was not old, showed who is at that target.
function claims.covers(log, account, look, system, target)
  if not look.is_look or look.system ~= system or not truth.delivered(look) or truth.is_stale(look) then
    return false
  elseif look.operation == "query_users" then
    local is = log:at(system, target, look.answered)
    return is ~= nil and is.who ~= nil and asks_for(account, look, is.who)
  end
  return look.operation == "sessions" or truth.names(look, target)
end

-- Whether somebody was at a target by the last look before an act.
local function was_known_there(log, account, act, target, who)
  local last
  for _, look in ipairs(log.requests) do
    if look.answered and look.answered < act.received and claims.covers(log, account, look, act.system, target) then
      last = look
    end
  end
  local is = log:at(act.system, target, last and last.answered or act.received)
  return is ~= nil and is.who == who
end

--- Whether it is an act on what the claim is about: of somebody named, on whatever had that person by the last look. Somebody who sat down
-- since, nobody knows.
function claims.is_act_on(log, claim, request, account)
  if not request.is_act or request.system ~= claim.system then
    return false
  elseif claim.by_name then
    for target in pairs(request.targets) do
      if was_known_there(log, account, request, target, claim.who) then
        return true
      end
    end
    return false
  end
  return truth.names(request, claim.target)
end

-- Whether an act of another call may have made a look worth nothing before it was read: it was under way about when that was answered.
local function is_crossed(log, claim, account, look)
  for _, act in ipairs(log.requests) do
    if act.is_act and act.system == claim.system and truth.names(act, claim.target) and (act.answered or math.huge) > look.received
      and (act.received < look.answered or act.received_at < look.answered_at + 4 * account.in_flight) then
      return true
    end
  end
  return false
end

--- The people whom an act may sign out: the one of the list; else those who sat there up to the plan's first clean look; else the
-- person by name. Where several calls look at once (`at_once`), the log does not say which look is whose: up to as many clean reads
-- may have been the first one; and one that an act crossed was none.
function claims.approve(log, claim, account)
  if claim.user or not claims.occupied[claim.system] or claim.by_name then
    return { [claim.user or claim.who] = true }
  end
  local found, left = {}, claim.at_once or 1
  for _, look in ipairs(log:select(function(request) return claims.is_look_at(claim, request) and request.answered and request.received > (claim.since or 0) end)) do
    if look.answered > (account.planned or math.huge) then
      break
    end
    local is = log:at(claim.system, claim.target, look.answered)
    if is and is.who then
      found[is.who] = true
    end
    local counts = truth.delivered(look) and not look.how and not ((claim.at_once or 1) > 1 and is_crossed(log, claim, account, look))
    left = left - (counts and 1 or 0)
    if left == 0 then
      break
    end
  end
  if left > 0 or not next(found) then -- what a spoiled reply shows may be read, and need not be
    found[claim.who] = true
  end
  return found
end

return claims
