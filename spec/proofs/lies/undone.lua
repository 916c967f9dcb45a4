-- SPDX-License-Identifier: MIT
--- Statuses that are taken back: what was last seen before ours is set again, and only where ours still is.
-- @module spec.proofs.lies.undone

local truth = require "spec.proofs.lies.truth"

-- The clean reads of a panel user, from one number of the log to another.
local function clean_reads(log, target, from, to)
  return log:select(function(request)
    return request.system == "isymphony" and request.operation == "status" and truth.names(request, target) and truth.delivered(request)
      and not request.how and request.answered > from and request.answered < to
  end)
end

local function same(a, b)
  return a ~= nil and b ~= nil and a.name == b.name and a.type == b.type and (a.note or "") == (b.note or "")
end

local function status_at(log, target, number)
  local is = log:at("isymphony", target, number)
  return is and is.status
end

-- The status that was last seen before an act of the run, and was not what the run set; nil where a look went wrong meanwhile.
local function seen_before(log, account, claim)
  local changes = log:select(function(request)
    return request.system == "isymphony" and request.is_act and truth.names(request, claim.target) and request.received < account.undone
  end)
  local found
  for _, act in ipairs(changes) do
    local reads = clean_reads(log, claim.target, 0, act.received)
    local status = reads[1] and status_at(log, claim.target, reads[#reads].answered)
    found = not same(status, claim.wanted) and status or found
  end
  return found
end

local function was_spoiled(log, target)
  return #log:select(function(request)
    return request.system == "isymphony" and request.operation == "status" and truth.names(request, target) and request.how ~= nil
  end) > 0
end

local function judge_act(log, account, claim, act, findings)
  local what = ("isymphony at %s, request %d"):format(claim.target, act.id)
  local reads = clean_reads(log, claim.target, account.undone, act.received)
  local last = reads[#reads]
  local before, after = seen_before(log, account, claim), status_at(log, claim.target, act.answered)
  if not last then
    findings:add("wrong act", "unseen", "isymphony", what)
  elseif not same(status_at(log, claim.target, last.answered), claim.wanted) then
    findings:add("wrong act", "not ours", "isymphony", what)
  elseif truth.delivered(act) and not act.lie and act.status == 200 and not same(after, before) then
    findings:add("wrong act", "another status", "isymphony", what)
  end
end

--- Adds what is wrong with the changes of an undo.
return function(log, account, findings)
  local changes = account.undone and log:select(function(request)
    return request.is_act and request.received > account.undone and request.system == "isymphony"
  end)
  for _, claim in ipairs(changes and account.claims or {}) do
    for _, act in ipairs(claim.system == "isymphony" and changes or {}) do
      if truth.names(act, claim.target) and not was_spoiled(log, claim.target) then
        judge_act(log, account, claim, act, findings)
      end
    end
  end
end
