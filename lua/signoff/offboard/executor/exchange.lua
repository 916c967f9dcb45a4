-- SPDX-License-Identifier: MIT

--- The exchanges with a system, and their records in the journal: a look at some targets; an act at some targets, with its intent
-- before and its result after it. Nothing here decides.
-- @module signoff.offboard.executor.exchange

local core = require "signoff.core"
local items = require "signoff.offboard.executor.items"
local machine = require "signoff.signout.state_machine"
local observation = require "signoff.signout.observation"
local observe = require "signoff.signout.observe"
local targets = require "signoff.offboard.people.target"

local exchange = {}

-- Reads

local function about(worker, item)
  local context, seen = item.context, item.state.seen
  local target = context.target
  return {
    id = target.id, argument = item.argument, by_name = target.by_name, person = target.person, user = target.user,
    occupant = seen and seen.occupant or target.occupant, wanted = item.status, compare = context.compare,
    has_own = worker.has_own, is_own = item.is_own,
  }
end

-- Requests about a token go with its own cookie, to the node where it was seen (rule L5).
local function route_of(worker, item)
  local routed = worker.evidence == "token" and (item.cookie or item.state.asked_elsewhere)
  return routed and observe.route(worker.client, item.cookie, item.state.asked_elsewhere) or nil
end

--- Makes one look at those items.
-- @tparam table worker
-- @tparam table question see `signoff.signout.observe`
-- @tparam {table,...} list of items
-- @treturn {table,...} observations, one each
-- @treturn ?table detail of the failure
function exchange.look(worker, question, list)
  local abouts = {}
  for i, item in ipairs(list) do
    abouts[i] = about(worker, item)
  end
  local found, detail = observe.look(worker.client, question, abouts, worker.clock, route_of(worker, list[1]))
  return found, detail
end

--- Counts how often in a row a look at those items failed.
-- @tparam {table,...} list of items
-- @tparam boolean failed whether this one did
-- @treturn number the most of them
function exchange.count_reads(list, failed)
  local most = 1
  for _, item in ipairs(list) do
    item.failed_reads = failed and (item.failed_reads or 0) + 1 or nil
    most = math.max(most, item.failed_reads or 1)
  end
  return most
end

--- Notes the observation of an item in its evidence, and which node answered.
function exchange.note_look(worker, item, seen)
  item.cookie, item.state.node = observe.place(item.cookie, item.state.node, seen)
  seen.cookie = nil
  local first = item.state.phase == "checking"
  local previous = seen.status and first and { previous = seen.status } or nil
  items.note(item, seen.code and seen.what or core.mask(worker.client, seen.what), core.time(), previous)
  if first and seen.status and seen.present == false and not item.state.absent then
    items.note(item, "it already was", core.time(), { already = true })
  end
end

--- Notes which panels stay open where a status was set: it closes none of them.
function exchange.note_panels(worker, item)
  local logins = core.facts[worker.kind].operations.logins and worker.client:logins(item.argument)
  if logins then
    local what, more = observation.panels(logins)
    items.note(item, what, core.time(), more)
  end
end

-- Changes

local function numbers(batch)
  local list = {}
  for i, entry in ipairs(batch) do
    list[i] = items.plan_of(entry.item, entry.id).n
  end
  return list
end

-- The state of the target before the act: resume and undo need it (rule A7: of each try).
local function before(batch)
  local state = batch[1].item.state
  if state.looked and state.looked.status then
    return { previous = state.looked.status }
  elseif state.seen and not batch[2] then
    return { occupant = state.seen.occupant, alive = true, node = state.node }
  elseif state.seen then
    return { alive = true }
  end
end

--- Records that an act begins.
-- @tparam table worker
-- @tparam {table,...} batch entries: `item`, `id`
-- @treturn boolean false when the journal did not take it: then it must not be sent
function exchange.intend(worker, batch)
  local tries = 0
  for _, entry in ipairs(batch) do
    tries = math.max(tries, machine.acting(entry.item.state, entry.id, entry.item.context).tries)
  end
  return worker.log:record {
    event = "intent", items = numbers(batch), act = worker.operation.name, attempt = tries, before = before(batch),
  }
end

-- The argument of an act: of somebody named it is made of the place.
local function target_of(kind, entry)
  local target = entry.item.context.target
  return target.by_name and targets.argument(kind, targets.at_place(kind, entry.id, target.id)) or entry.item.argument
end

local function targets_of(kind, batch)
  local list = {}
  for i, entry in ipairs(batch) do
    list[i] = target_of(kind, entry)
  end
  return list
end

--- Sends an act that is allowed and whose intent is recorded.
-- @tparam table worker
-- @tparam {table,...} batch
-- @treturn ?table answer
-- @treturn ?table detail of the failure
function exchange.act(worker, batch)
  local operation, item = worker.operation, batch[1].item
  local target = operation.arguments[1].type == "list" and targets_of(worker.kind, batch) or target_of(worker.kind, batch[1])
  local third = route_of(worker, item)
  if worker.evidence == "setting" then
    third = item.status
  elseif operation.excludes_own then
    third = { own_excluded = true } -- the look that allows this act has told them apart
  end
  local answer, _, _, detail = worker.client[operation.name](worker.client, target, third)
  return answer, detail
end

--- Records the outcome of an act.
-- @treturn boolean false when the journal did not take it
function exchange.record_result(worker, batch, answer, detail)
  if answer then
    return worker.log:record {
      event = "result", items = numbers(batch), answer = answer.answer, count = answer.count, requested = answer.requested,
    }
  end
  return worker.log:record {
    event = "result", items = numbers(batch), code = detail.code, message = core.mask(worker.client, detail.message),
    sent = detail.sent, retriable = detail.retriable, scope = detail.scope, own_words = detail.own_words,
  }
end

--- Ends an act that was begun and has no outcome of its own: no request of ours is on its way there any more.
-- @tparam[opt] boolean sent whether it may have acted
function exchange.release(worker, batch, sent)
  for _, entry in ipairs(batch) do
    machine.released(entry.item.state, entry.id, entry.item.context, worker.clock.now(), sent)
  end
end

local function said(name, answer)
  if answer.partial then
    return ("%s: %s, %s of %s"):format(name, answer.answer, answer.count or "?", answer.requested or "?")
  end
  return ("%s: %s"):format(name, answer.answer)
end

--- The outcome of an act, as the machine takes it, and in words.
-- @tparam[opt] number delay seconds after which a failed one may be made again
function exchange.outcome(worker, answer, detail, delay)
  if answer then
    return { answer = answer.answer }, said(worker.operation.name, answer)
  end
  local message = core.mask(worker.client, detail.message)
  return {
    code = detail.code, message = message, retriable = detail.retriable or false, sent = detail.sent, own_words = detail.own_words,
    delay = delay,
  }, message
end

--- Notes the outcome of an act in the evidence of its item.
function exchange.note_act(entry, what, at)
  local part = entry.item.targets[entry.id] and { place = items.plan_of(entry.item, entry.id).target } or nil
  items.note(entry.item, what, at, part)
end

return exchange
