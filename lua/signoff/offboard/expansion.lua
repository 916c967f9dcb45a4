-- SPDX-License-Identifier: MIT

--- From the plan's items to targets: people are looked up again, functions that know the targets are asked, tokens are put in.
-- @module signoff.offboard.expansion

local core = require "signoff.core"
local course = require "signoff.offboard.course"
local items = require "signoff.offboard.items"
local judgement = require "signoff.judgement"
local resolve = require "signoff.offboard.resolve"
local targets = require "signoff.offboard.targets"
local wait_pcall = require "signoff.pcall"

local expansion = {}

local function over(item, verdict, why)
  return { item = item, verdict = verdict, why = why }
end

-- What the plan's item says, as a target; nil and a verdict where there is none.
local function target_of(lane, plan)
  local token = plan.token and lane.run.secrets[plan.token]
  if plan.token and not token then
    return nil, "no_token", { message = "its token is not among those of the people any more" }
  end
  return { device = plan.device, user = plan.user, key = plan.key, token = token }
end

-- What is wrong with a target that a system named, as far as a request can be built of it. The plan's own were tried when it
-- was made.
local function refusal(lane, item)
  local fine, wrong = pcall(core.build, lane.client, "status", item.argument) -- nothing is sent
  return not fine and core.mask(lane.client, tostring(wrong)) or nil
end

-- An item that can be looked at; or nil, verdict, why.
local function prepare(lane, item, target)
  local verdict, why
  if not target then
    target, verdict, why = target_of(lane, item.plan)
  end
  if not target then
    return nil, verdict, why
  end
  item.argument, item.status = targets.argument(lane.kind, target), item.plan.status or lane.status
  local wrong = item.plan.parent and refusal(lane, item)
  if wrong then
    return nil, "failed", { code = "rejected", message = wrong }
  end
  return item
end

-- Children of an item: each a target of its own, with the next numbers of the run.
local function children_of(lane, parent, found)
  local plan = parent.plan
  local list = {}
  for i, target in ipairs(found) do
    local token = targets.fingerprint(target)
    list[i] = {
      n = lane.run:next_number(), parent = plan.n, person = plan.person, system = plan.system, action = plan.action,
      target = targets.shown(lane.kind, target, token), device = target.device, user = target.user, key = target.key, token = token,
      find = target.find, optional = target.optional, cell = plan.cell, found_by = target.device and plan.find,
    }
    if token then
      lane.run.secrets[token] = target.token
    end
  end
  return list
end

-- Whether the plan protects one of the names of a target.
local function protected(lane, plan)
  for _, name in ipairs { plan.target, plan.device or false, plan.user or false, plan.find or false } do
    if name and lane:protects(name) then
      return true
    end
  end
  return false
end

-- What the targets of an item were found to be: recorded before anything is done about them.
local function record_found(lane, parent, list, rest)
  return lane:record {
    event = "found", item = parent.plan.n, first = list[1].n, items = list,
    rest = rest and { verdict = rest.verdict, code = rest.code, message = rest.message },
  }
end

-- Replaces an item by what it was found to be: lists of plan items.
local function replace(lane, parent, found, rest)
  local list = children_of(lane, parent, found)
  if not record_found(lane, parent, list, rest) then
    return {}
  end
  lane.run:replace(parent.plan, list, rest)
  lane.total = lane.total + #list - (rest and 0 or 1)
  return list
end

-- Found a moment ago: what was seen there is the first look.
local function seen_logged_in(lane, plan, what)
  local item = prepare(lane, items.new(plan))
  if item then
    lane:note(item, core.mask(lane.client, what or "found"))
  end
  return item
end

local function take_found(lane, parent, finding, over_list, seen, unseen)
  if not finding.targets then
    lane:note(parent, core.mask(lane.client, finding.what or finding.message or finding.verdict))
    local reason = finding.verdict == "skipped" and (parent.plan.optional and "optional" or "own") or nil
    over_list[#over_list + 1] = over(parent, finding.verdict, { code = finding.code, reason = reason, message = finding.message })
    return
  end
  for _, plan in ipairs(replace(lane, parent, finding.targets, finding.rest)) do
    if protected(lane, plan) then
      over_list[#over_list + 1] = over(items.new(plan), "skipped", { reason = "protected", protected = true, message = "protected" })
    elseif lane.proves == "occupant" then
      seen[#seen + 1] = { plan = plan, what = finding.what }
    else
      unseen[#unseen + 1] = plan
    end
  end
end

-- What was just found logged in goes on as if looked at.
local function follow_seen(lane, seen)
  local list, now = {}, lane.env.now()
  for _, one in ipairs(seen) do
    list[#list + 1] = seen_logged_in(lane, one.plan, one.what)
  end
  lane:follow(list, function(item)
    return course.saw(item, { gone = false, occupant = item.plan.user, what = "logged_in" }, lane, now)
  end)
end

-- Looking people up failed: again, as long as it may help.
local function find_again(lane, parents, message, detail)
  local text = core.mask(lane.client, message)
  for _, parent in ipairs(parents) do
    parent.failed_looks = (parent.failed_looks or 0) + 1
    lane:note(parent, text)
  end
  local delay = detail.retriable and lane.retry:delay(parents[1].failed_looks, detail.retry_after)
  local now = lane.env.now()
  if delay and now + delay < parents[1].ends then
    return lane:add(now + delay, function()
      expansion.find(lane, parents)
    end, 1)
  end
  local failed = judgement.failed(text, detail)
  lane:follow(parents, function()
    return "over", "failed", failed
  end)
end

--- Looks those people up, in one request, and goes on with what is found.
function expansion.find(lane, parents)
  if not lane:may_start(function() expansion.find(lane, parents) end) then
    return
  end
  local finds, now = {}, lane.env.now()
  for i, parent in ipairs(parents) do
    finds[i] = { find = parent.plan.find, optional = parent.plan.optional }
    parent.ends = parent.ends or now + lane.rules.deadline
  end
  local findings, message, _, detail = resolve.find(lane.client, finds)
  if lane:heard(detail) then
    return lane:put_off(parents, detail)
  elseif not findings then
    return find_again(lane, parents, message, detail)
  end
  local over_list, seen, unseen = {}, {}, {}
  for i, parent in ipairs(parents) do
    lane:leave_first(parent)
    take_found(lane, parent, findings[i], over_list, seen, unseen)
    if findings[i].targets and findings[i].rest then
      over_list[#over_list + 1] = over(parent, findings[i].rest.verdict, findings[i].rest)
    end
  end
  if #over_list > 0 then
    lane:conclude(over_list)
  end
  follow_seen(lane, seen)
  expansion.begin(lane, unseen)
  lane:proceed()
end

local function ask(lane, person)
  local fine, value = wait_pcall(lane.entry.targets, person)
  if not fine then
    return nil, "its 'targets' function failed: " .. core.mask(lane.client, tostring(value))
  end
  local found, message = targets.late(lane.client, value)
  if not found then
    return nil, "its 'targets' function gave what is no target: " .. core.mask(lane.client, message)
  end
  return found
end

-- Asks the function that knows a person's targets. What goes wrong in it concerns this person only.
local function ask_late(lane, parent)
  local found, message = ask(lane, parent.plan.person)
  lane:leave_first(parent)
  if not found then
    lane:note(parent, message)
    lane:conclude { over(parent, "failed", { code = "unusable", message = message }) }
  elseif #found == 0 then
    lane:note(parent, "its 'targets' function names none")
    lane:conclude { over(parent, "skipped", { reason = "nowhere", message = "its 'targets' function names none" }) }
  elseif found[1].unknown then
    lane:conclude { over(parent, "no_token", { message = "no key is held" }) }
  else
    expansion.begin(lane, replace(lane, parent, found))
  end
  lane:proceed()
end

-- Tokens that an earlier run was given by a function: it is asked again.
local function renew_tokens(lane, plan)
  for _, target in ipairs(plan.parent and plan.token and lane.entry.targets and ask(lane, plan.person) or {}) do
    if target.token then
      lane.run.secrets[targets.fingerprint(target)] = target.token
    end
  end
end

--- An item ready to be looked at; or nil, verdict, why. Tokens that an earlier run was given are asked for again.
function expansion.ready(lane, item)
  local plan = item.plan
  if plan.token and not lane.run.secrets[plan.token] then
    renew_tokens(lane, plan)
  end
  return prepare(lane, item)
end

local function count_fresh(lane, item)
  item.fresh = true
  lane.fresh = lane.fresh + 1
  return item
end

local function decided(lane, plan)
  if plan.verdict then
    local reason = plan.protected and "protected" or nil
    return plan.verdict, { code = plan.code, reason = reason, message = plan.message, protected = plan.protected }
  elseif protected(lane, plan) then
    return "skipped", { reason = "protected", protected = true, message = "protected" }
  end
end

--- Takes up those items of the plan: each is concluded, looked up, asked for, or looked at.
function expansion.begin(lane, plans)
  local over_list, finding, looking = {}, {}, {}
  for _, plan in ipairs(plans) do
    local item = items.new(plan)
    local verdict, why = decided(lane, plan)
    if verdict then
      over_list[#over_list + 1] = over(item, verdict, why)
    elseif plan.late then
      count_fresh(lane, item)
      lane:add(0, function() ask_late(lane, item) end, 1)
    elseif plan.find then
      finding[#finding + 1] = count_fresh(lane, item)
    else
      local ready
      ready, verdict, why = expansion.ready(lane, item)
      table.insert(ready and looking or over_list, ready or over(item, verdict, why))
    end
  end
  if #over_list > 0 then
    lane:conclude(over_list)
  end
  for _, batch in ipairs(#finding > 0 and resolve.batches(lane.client, "find", finding) or {}) do
    lane:add(0, function() expansion.find(lane, batch) end, 1)
  end
  lane:look_first(looking)
end

return expansion
