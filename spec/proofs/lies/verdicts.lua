-- SPDX-License-Identifier: MIT
--- False verdicts: rows that say "out" of somebody who was in, or of whom it was not proved; an exit 0 that is none.
-- @module spec.proofs.lies.verdicts

local claims = require "spec.proofs.lies.claims"
local truth = require "spec.proofs.lies.truth"

local is_out, is_look_at, is_act_on = claims.is_out, claims.is_look_at, claims.is_act_on

local GREEN = { ended = true, already_out = true, status_set = true }
local HARMLESS_SKIP = { protected = true, optional = true }

-- Whether two observations, `settle` apart and after the last act, found the person out in truth.
local function is_proved(log, claim, account, reads)
  for i, first in ipairs(reads) do
    for j = i + 1, #reads do
      local apart = reads[j].received_at - first.answered_at
      if apart >= account.settle - account.slack and is_out(log, claim, first)
        and is_out(log, claim, reads[j]) then
        return true
      end
    end
  end
  return false
end

-- Of calls that look at once the log does not say whom each one meant: it is proved if it is for one of them.
local function is_proved_for_one(log, claim, account, reads)
  local approved = claim.approved
  for who in pairs((claim.at_once or 1) > 1 and approved or {}) do
    claim.approved = { [who] = true }
    if is_proved(log, claim, account, reads) then
      claim.approved = approved
      return true
    end
  end
  claim.approved = approved
  return is_proved(log, claim, account, reads)
end

-- The reads after the last act of ours, up to the line of the log at which the verdict was given.
local function reads_after(log, claim, account, concluded)
  local last = 0
  for _, act in ipairs(log:select(function(request) return is_act_on(log, claim, request, account) and request.received <= concluded end)) do
    last = math.max(last, act.answered or act.received)
  end
  return log:select(function(request)
    return is_look_at(claim, request) and request.answered and request.received > last and request.received <= concluded
  end)
end

-- Whether the logout of a token was accepted, and not done, or undone by the system: that very token was alive behind the answer.
local function is_hollow(log, claim, act)
  if not truth.delivered(act) or act.status ~= 200 or act.lie == "result_false" then
    return false
  end
  for _, state in ipairs((log.states[claim.system] or {})[claim.target] or {}) do
    if state.number > act.answered and state.is then
      return true
    end
  end
  return log:at(claim.system, claim.target, act.answered) ~= nil
end

-- Whether no rule could have told: see spec.proofs.lies.checker.
local function is_excused(log, claim, account, reads)
  for _, look in ipairs(reads) do
    if look.how == "silent" then
      return true
    end
  end
  local renewable = claim.system == "oracle_commerce" or claim.nodes
  return renewable and #log:select(function(request)
    return is_act_on(log, claim, request, account) and is_hollow(log, claim, request)
  end) > 0
end

local function judge_verdict(log, claim, account, row, findings)
  local reads = reads_after(log, claim, account, row.concluded or math.huge)
  if is_proved_for_one(log, claim, account, reads) then
    return
  elseif is_excused(log, claim, account, reads) then
    findings.excused = findings.excused + 1
    return
  end
  local last = reads[#reads]
  local there = last and not is_out(log, claim, last)
  findings:add("false verdict", there and "in" or "unproved", claim.system, ("%s %s %s: %s"):format(row.person, row.system, row.target, row.verdict))
end

-- The claims that a row is about: the name that its cell holds; the one that is shown so; else those by name; else all of that
-- person there, in whose one cell more than one may stand.
local function claims_of(account, row)
  local exact, by_name, all = {}, {}, {}
  for _, claim in ipairs(account.claims) do
    if claim.person == row.person and claim.system == row.system then
      table.insert(all, claim)
      table.insert(claim.shown == row.target and exact or {}, claim)
      table.insert(claim.by_name and by_name or {}, claim)
      if claim.by_name and row.cell == claim.shown then
        return { claim }
      end
    end
  end
  return #exact > 0 and exact or #by_name > 0 and by_name or all
end

local function is_harmless(row)
  return GREEN[row.verdict] or (row.verdict == "skipped" and HARMLESS_SKIP[row.code])
end

-- The cells of the list by person and system: how many, and whether one asks for a name, which may become many rows.
local function count_cells(account)
  local groups, seen = {}, {}
  for _, claim in ipairs(account.claims) do
    local key = claim.person .. "/" .. claim.system
    local group = groups[key] or { system = claim.system, cells = 0, rows = 0 }
    groups[key], group.by_name = group, group.by_name or claim.by_name
    group.cells = group.cells + (seen[claim.cell or claim] and 0 or 1)
    seen[claim.cell or claim] = true
  end
  return groups
end

-- Where nobody could say which targets a person has, nothing but that is known.
local function judge_unanswered(account, row, findings)
  for _, claim in ipairs(claims_of(account, row)) do
    if claim.unanswered and row.verdict ~= "failed" and row.verdict ~= "pending" and row.verdict ~= "begun" then
      return findings:add("wrong row", "unanswered", row.system, ("%s %s: %s"):format(row.person, row.target, row.verdict))
    end
  end
end

local function judge_row(log, account, row, exit, findings)
  judge_unanswered(account, row, findings)
  if exit == 0 and not is_harmless(row) then
    findings:add("false verdict", "exit", row.system, ("exit 0 with %s %s: %s"):format(row.person, row.target, row.verdict))
  end
  for _, claim in ipairs(GREEN[row.verdict] and claims_of(account, row) or {}) do
    judge_verdict(log, claim, account, row, findings)
  end
end

-- A function whose answer is refused has one row, for all that it may have meant.
local function is_refused_function(row)
  return row.verdict == "failed" and row.target == "(asked at apply)"
end

--- Adds what is wrong with the rows and the exit code of a result.
return function(log, account, result, findings)
  local groups = count_cells(account)
  for _, row in ipairs(result.results) do
    local group = groups[row.person .. "/" .. row.system]
    if group then
      group.rows = group.rows + 1
      group.refused = group.refused or is_refused_function(row)
      judge_row(log, account, row, result.exit, findings)
    elseif row.verdict ~= "skipped" and not is_refused_function(row) then
      findings:add("wrong row", "nobody's", row.system, ("%s %s %s"):format(row.person, row.system, row.target))
    end
  end
  for key, group in pairs(groups) do
    local what = ("%s: %d cells, %d rows"):format(key, group.cells, group.rows)
    if group.rows < group.cells and result.exit == 0 then
      findings:add("false verdict", "exit", group.system, "exit 0, " .. what)
    elseif group.rows < group.cells and not result.incomplete and not group.refused then
      findings:add("wrong row", "lost", group.system, what)
    elseif group.rows > group.cells and not group.by_name then
      findings:add("wrong row", "twice", group.system, what)
    end
  end
end
