-- SPDX-License-Identifier: MIT

--- Expands a plan's items to targets: asks the functions that know the targets, adds tokens, and gives each place of a named person a
-- row of its own.
-- @module signoff.offboard.executor.expand

local contexts = require "signoff.offboard.executor.contexts"
local core = require "signoff.core"
local items = require "signoff.offboard.executor.items"
local targets = require "signoff.offboard.people.target"
local wait_pcall = require("signoff.async.coroutine").pcall

local expand = {}

local function over(item, verdict, why)
  return { item = item, verdict = verdict, why = why }
end

-- The target that the plan's item names; nil and a verdict where there is none (rule A5: no call is built without one).
local function target_of(worker, plan)
  local token = plan.token and worker.secrets[plan.token]
  if plan.token and not token then
    return nil, "no_token", { message = "its token is not among those of the people any more" }
  end
  return targets.of_item(plan, token)
end

-- The reason why no request can be built of a target that a function gave, or of a status that is to be set again. The plan's own
-- were tried when it was made.
local function refusal(worker, item)
  local operation = item.status and worker.operation.name or "status"
  local fine, wrong = pcall(core.build, worker.client, operation, item.argument, item.status) -- nothing is sent
  return not fine and core.mask(worker.client, tostring(wrong)) or nil
end

--- Makes an item ready to be looked at; or gives nil, verdict, why.
local function prepare(worker, item)
  local plan = item.plan
  local target, verdict, why = target_of(worker, plan)
  if not target then
    return nil, verdict, why
  end
  item.argument = target.find or targets.argument(worker.kind, target)
  item.status = plan.status or worker.shared.status
  local wrong = (plan.parent and not plan.find or plan.status) and refusal(worker, item)
  if wrong then
    return nil, "failed", { code = "rejected", message = wrong }
  end
  item.context = contexts.of_target(worker.shared, plan, targets.id_of_item(worker.kind, plan), item.status)
  return item
end

-- Children of an item: each a target of its own, with the next numbers of the run.
local function children_of(worker, plan, found)
  local list = {}
  for i, target in ipairs(found) do
    list[i] = targets.into_item({
      n = worker.log:next_number(), parent = plan.n, person = plan.person, system = plan.system, action = plan.action,
      cell = plan.cell or (plan.find and plan.target),
    }, worker.kind, target)
    if target.token then
      worker.secrets[list[i].token] = target.token
    end
  end
  return list
end

-- Records what an item was found to be, before anything is done about it.
local function record_found(worker, plan, list)
  return worker.log:record { event = "found", item = plan.n, first = list[1].n, items = list }
end

-- Real targets that a name shows and that have no row yet.
local function new_targets(item)
  local list = {}
  for _, id in ipairs(item.state.looked.targets or {}) do
    if not item.targets[id] then
      list[#list + 1] = id
    end
  end
  return list
end

--- Gives rows to the real targets of somebody named where an act is due. Those that are found later are added (rule V2).
-- @tparam table worker
-- @tparam table item
-- @treturn boolean false when the journal did not take it
function expand.found(worker, item)
  local ids = item.plan.find and new_targets(item) or {}
  if #ids == 0 then
    return true
  end
  local found = {}
  for i, id in ipairs(ids) do
    found[i] = targets.at_place(worker.kind, id, item.plan.find)
  end
  local list = children_of(worker, item.plan, found)
  if not record_found(worker, item.plan, list) then
    return false
  end
  for i, id in ipairs(ids) do
    item.targets[id] = list[i]
  end
  worker.log:extend(item.plan, list)
  return true
end

-- Replaces an item by the targets that a function gave: lists of plan items.
local function replace(worker, parent, found)
  local list = children_of(worker, parent.plan, found)
  if not record_found(worker, parent.plan, list) then
    return {}
  end
  worker.log:extend(parent.plan, list)
  worker.total = worker.total + #list - 1
  return list
end

-- Rule A5: nothing means nothing. No answer, or one beside a message, is none, and never "nowhere".
local function ask(worker, person)
  local fine, value, problem = wait_pcall(worker.entry.targets, person)
  if not fine then
    return nil, "its 'targets' function failed: " .. core.mask(worker.client, tostring(value))
  elseif type(problem) == "string" or (value == nil and problem ~= nil) then -- targets beside a message may be half of them
    return nil, "its 'targets' function has no answer: " .. core.mask(worker.client, tostring(problem))
  end
  local found, message = targets.late(worker.client, value)
  if not found then
    return nil, "its 'targets' function gave what is no target: " .. core.mask(worker.client, message)
  end
  return found
end

--- Asks the function that knows a person's targets. Its errors concern this person only.
-- @tparam table worker
-- @tparam table parent the item
function expand.ask_late(worker, parent)
  local found, message = ask(worker, parent.plan.person)
  worker:leave_first(parent)
  if not found then
    items.note(parent, message, core.time())
    worker:conclude { over(parent, "failed", { code = "unusable", message = message }) }
  elseif #found == 0 then
    items.note(parent, "its 'targets' function names none", core.time())
    worker:conclude { over(parent, "skipped", { reason = "nowhere", message = "its 'targets' function names none" }) }
  elseif found[1].unknown then
    worker:conclude { over(parent, "no_token", { message = "no key is held" }) }
  else
    expand.begin(worker, replace(worker, parent, found))
  end
end

-- Tokens that an earlier run was given by a function: it is asked again.
local function renew_tokens(worker, plan)
  for _, target in ipairs(plan.parent and plan.token and worker.entry.targets and ask(worker, plan.person) or {}) do
    if target.token then
      worker.secrets[targets.fingerprint(target)] = target.token
    end
  end
end

--- Makes an item ready to be looked at; or gives nil, verdict, why. Tokens that an earlier run was given are asked for again.
function expand.ready(worker, item)
  local plan = item.plan
  if plan.token and not worker.secrets[plan.token] then
    renew_tokens(worker, plan)
  end
  return prepare(worker, item)
end

-- Whether the plan protects one of the names of a target.
local function protected(worker, plan)
  for _, name in ipairs { plan.person, plan.target, plan.device or false, plan.user or false, plan.find or false } do
    if name and worker.protects(name) then
      return true
    end
  end
  return false
end

local function decided(worker, plan)
  if plan.verdict then
    local reason = plan.protected and "protected" or nil
    return plan.verdict, { code = plan.code, reason = reason, message = plan.message, protected = plan.protected }
  elseif protected(worker, plan) then
    return "skipped", { reason = "protected", protected = true, message = "protected" }
  end
end

--- Takes up those items of the plan: each is concluded, asked for, or looked at.
function expand.begin(worker, plans)
  local over_list, looking = {}, {}
  for _, plan in ipairs(plans) do
    local item = items.new(plan)
    local verdict, why = decided(worker, plan)
    if verdict then
      over_list[#over_list + 1] = over(item, verdict, why)
    elseif plan.late then
      item.fresh, worker.fresh = true, worker.fresh + 1
      worker.jobs:add { kind = "expand", target = item, rank = 1 }
    else
      local ready
      ready, verdict, why = expand.ready(worker, item)
      table.insert(ready and looking or over_list, ready or over(item, verdict, why))
    end
  end
  if #over_list > 0 then
    worker:conclude(over_list)
  end
  worker:look_first(looking)
end

return expand
