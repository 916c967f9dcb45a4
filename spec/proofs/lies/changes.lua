-- SPDX-License-Identifier: MIT
--- Wrong changes: of others, of the protected, of targets that were not read; and repeated ones without a look between.
-- @module spec.proofs.lies.changes

local claims = require "spec.proofs.lies.claims"
local truth = require "spec.proofs.lies.truth"

local is_out, is_look_at, OCCUPIED = claims.is_out, claims.is_look_at, claims.occupied
local covers = claims.covers

local UNSAFE = { cisco_em = true, isymphony = true } -- a repeated logout does harm there

-- Whether that occupant of a target may be signed out, and whether the list means the target at all.
local function approved_at(account, system, target, occupant)
  local listed = false
  for _, claim in ipairs(account.claims) do
    if claim.system == system then
      local here = not claim.by_name and (truth.fold(system, claim.target) == target or claim.shown == target)
      local by_name = claim.by_name and claim.who == occupant
      listed = listed or here or by_name
      if (here or by_name) and (not OCCUPIED[system] or claim.approved[occupant or ""]) then
        return true, true
      end
    end
  end
  return false, listed
end

-- The error of an act at a target after that look; nil for none.
local function problem_after(log, account, act, target, look)
  local is = log:at(act.system, target, look.answered)
  local occupant = is and is.who
  if occupant and account.protected[occupant] then
    return "protected"
  end
  local approved, listed = approved_at(account, act.system, target, occupant)
  if not listed then
    return "elsewhere"
  elseif not approved then
    return occupant and "stranger" or "nobody"
  end
end

-- By the last look that was answered up to that time, at most `fresh` old. A spoiled reply may show who is there.
local function problem_by(log, account, act, target, time)
  local problem = "unseen"
  for _, look in ipairs(log.requests) do
    local before = look.answered and look.answered < act.received and look.answered_at <= time
    if before and covers(log, account, look, act.system, target) then
      local found = act.received_at - look.received_at > account.fresh + account.slack and "unseen" or nil
      found = found or problem_after(log, account, act, target, look)
      if not look.how or not found then
        problem = found
      end
    end
  end
  return problem
end

-- The moments at which an act may have been decided, if an answer may be on its way for a while: before that, and after each answer since.
local function moments(log, account, act)
  local since = act.received_at - account.in_flight
  local list = { since }
  for _, look in ipairs(log.requests) do
    if look.is_look and look.system == act.system and look.answered and look.answered < act.received and look.answered_at > since then
      list[#list + 1] = look.answered_at
    end
  end
  return list
end

-- An act on what has an occupant. An answer that may still have been on its way when the act left is no news yet.
local function judge_occupied(log, account, act, target)
  local problem = problem_by(log, account, act, target, act.received_at)
  for _, time in ipairs(problem and account.in_flight > 0 and moments(log, account, act) or {}) do
    if not problem_by(log, account, act, target, time) then
      return nil
    end
  end
  return problem
end

local function judge_plain(log, account, act, target)
  local is = log:at(act.system, target, act.received)
  if is and account.protected[is.who] then
    return "protected"
  end
  local _, listed = approved_at(account, act.system, target, is and is.who)
  return not listed and "elsewhere" or nil
end

local function judge_act(log, account, act, findings)
  if account.tenant and act.system == account.tenant.system and act.received > account.tenant.after then
    return findings:add("wrong act", "another tenant", act.system, ("%s, request %d"):format(act.system, act.id))
  end
  if act.operation == "logout_all" then
    return findings:add("wrong act", "everybody", act.system, "logout_all")
  end
  for target in pairs(act.targets) do
    local judge = OCCUPIED[act.system] and judge_occupied or judge_plain
    local problem = account.own[act.system .. "/" .. target] and "own" or judge(log, account, act, target)
    if problem then
      findings:add("wrong act", problem, act.system, ("%s at %s, request %d"):format(act.system, target, act.id))
    end
  end
end

-- Whether a look between one act and the next found the target undone.
local function found_undone(log, account, first, second, target)
  for _, claim in ipairs(account.claims) do
    for _, look in ipairs(log.requests) do
      local between = look.answered and look.received > (first.answered or first.received) and look.answered < second.received
      if between and claim.system == first.system and (claim.by_name or truth.fold(claim.system, claim.target) == target)
        and (is_look_at(claim, look) or covers(log, account, look, first.system, target)) and truth.delivered(look) and not truth.is_stale(look)
        and not is_out(log, claim, look) then
        return true
      end
    end
  end
  return false
end

-- A change that takes something back is no repetition: see spec.proofs.lies.undone.
local function may_be_repeated(account, request)
  return request.is_act and UNSAFE[request.system] and not (account.undone and request.received > account.undone)
end

local function judge_repeats(log, account, findings)
  local before = {}
  for _, act in ipairs(log:select(function(request) return may_be_repeated(account, request) end)) do
    for target in pairs(act.targets) do
      local key = act.system .. "/" .. target
      local first = before[key]
      if first and not found_undone(log, account, first, act, target) then
        findings:add("doubled act", "blind", act.system, ("%s, requests %d and %d"):format(key, first.id, act.id))
      end
      local refused = act.refused and truth.delivered(act) -- in the system's own words: it did nothing
      before[key] = not refused and act or before[key]
    end
  end
end

--- Adds what is wrong with the changes of a run.
return function(log, account, findings)
  for _, act in ipairs(log:select(function(request) return request.is_act end)) do
    judge_act(log, account, act, findings)
  end
  judge_repeats(log, account, findings)
end
