-- SPDX-License-Identifier: MIT

--- The actions of one system: at its rate, and each in the journal before its request leaves and before anything follows from it.
-- @module signoff.offboard.executor.actions

local core = require "signoff.core"
local items = require "signoff.offboard.executor.items"
local machine = require "signoff.signout.state_machine"
local observe = require "signoff.signout.observe"

local actions = {}
actions.__index = actions

--- @tparam table worker
function actions.new(worker)
  local chunked = worker.act.chunked
  local size = chunked and core.option(worker.client, chunked) or 1
  return setmetatable({ worker = worker, size = size, many = chunked ~= nil, ready = {}, first = 1, last = 0, under_way = 0 }, actions)
end

--- How many wait for their turn.
function actions:waiting()
  return self.last - self.first + 1
end

-- The targets of an item where an act is due: all of them where one request takes many, else the next one.
local function due_targets(self, item, id)
  return self.many and machine.due_targets(item.state, item.context) or { id }
end

--- The acts of an item whose next one is at `id`, as entries of a queue.
-- @treturn {table,...} entries: `item`, `id`
function actions:entries(item, id)
  local list = {}
  for i, place in ipairs(due_targets(self, item, id)) do
    list[i] = { item = item, id = place }
  end
  item.queued, item.next_step = #list, nil
  return list
end

--- Adds those whose turn comes, in order.
function actions:push(entries)
  for _, entry in ipairs(entries) do
    self.last = self.last + 1
    self.ready[self.last] = entry
  end
  self:pump()
end

local function pop(self)
  local entry = self.ready[self.first]
  self.ready[self.first] = nil
  self.first = self.first + 1
  return entry
end

-- One act of an item is over, or will not be: with the last of them comes its next step.
local function finish(entry, done, step, a, b)
  local item = entry.item
  item.queued = item.queued - 1
  if step == "over" or not (item.next_step and item.next_step[1] == "over") then
    item.next_step = { step, a, b }
  end
  if item.queued == 0 then
    done[#done + 1] = item
  end
end

local function follow(self, done)
  if #done > 0 then
    self.worker:follow(done, function(item)
      return (table.unpack or unpack)(item.next_step, 1, 3) -- luacheck: ignore 143 (5.1 has the global only)
    end)
  end
end

-- The next entries of one request. What was seen of the others does not allow an act any more (rules A1 to A3).
local function take(self)
  local batch, done, now, wall = {}, {}, self.worker.run.clock.now(), core.time()
  while #batch < self.size and self:waiting() > 0 do
    local entry = pop(self)
    local step, a, b = machine.may_act(entry.item.state, entry.id, entry.item.context, now, wall)
    if step == "act" then
      batch[#batch + 1] = entry
    else
      finish(entry, done, step, a, b)
    end
  end
  return batch, done
end

--- Sees to it that the next act starts when pacing allows it. One at a time waits for that, so that what is late does not
-- come in a burst.
function actions:pump()
  if self.pumping or self:waiting() == 0 or self.worker.stopped then
    return
  end
  self.pumping = true
  self.worker:add(0, function()
    self:start()
  end, -1)
end

local function again(self)
  return function()
    self:start()
  end
end

--- Whether an act that comes now may start at once: nobody waits for his turn, and neither pacing nor the system asks to wait.
function actions:may_start_now()
  return not self.pumping and self:waiting() == 0 and not self.worker.stopped and not self.worker:held() and self.worker.pacing:try() == 0
end

--- Starts the next act, or comes back when it may.
function actions:start()
  local worker = self.worker
  local seconds = worker.stopped and 0 or worker:held() or worker.pacing:ready()
  if seconds > 0 then -- its place stays taken until then
    return worker:later(seconds, again(self), -1)
  end
  self.pumping = nil
  local batch, done = {}, {}
  if not worker.stopped then
    batch, done = take(self)
  end
  if #batch > 0 then
    worker.pacing:try()
    self:try(batch)
  end
  follow(self, done)
  if #batch == 0 and #done > 0 then
    self:pump()
  end
end

--- Starts those, if the system may be asked.
function actions:try(batch)
  self.under_way = self.under_way + 1
  if self.worker:may_start(function() self:come_back(batch) end) then
    self.under_way = self.under_way - 1
    return self:run(batch)
  end
end

--- An act that was not allowed when it was its turn: its turn comes again.
function actions:come_back(batch)
  self.under_way = self.under_way - 1
  self:push(batch)
end

local function numbers(batch)
  local list = {}
  for i, entry in ipairs(batch) do
    list[i] = items.plan_of(entry.item, entry.id).n
  end
  return list
end

-- What is known of the target before the act: resume and undo need it (rule A7: of each try).
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

local function intend(self, batch)
  local tries = 0
  for _, entry in ipairs(batch) do
    tries = math.max(tries, machine.acting(entry.item.state, entry.id, entry.item.context).tries)
  end
  return self.worker:record {
    event = "intent", items = numbers(batch), act = self.worker.act.name, attempt = tries, before = before(batch),
  }
end

local function record_answer(self, batch, answer)
  return self.worker:record {
    event = "result", items = numbers(batch), answer = answer.answer, count = answer.count, requested = answer.requested,
  }
end

local function record_failure(self, batch, detail)
  return self.worker:record {
    event = "result", items = numbers(batch), code = detail.code, message = core.mask(self.worker.client, detail.message),
    sent = detail.sent, retriable = detail.retriable, scope = detail.scope, own_words = detail.own_words,
  }
end

local function said(name, answer)
  if answer.partial then
    return ("%s: %s, %s of %s"):format(name, answer.answer, answer.count or "?", answer.requested or "?")
  end
  return ("%s: %s"):format(name, answer.answer)
end

-- What came of a request, as the machine wants it.
local function outcome_of(self, batch, answer, detail)
  if answer then
    return { answer = answer.answer }, said(self.worker.act.name, answer)
  end
  local item = batch[1].item
  local tries = item.state.targets[batch[1].id].tries
  local message = core.mask(self.worker.client, detail.message)
  return {
    code = detail.code, message = message, retriable = detail.retriable or false, sent = detail.sent, own_words = detail.own_words,
    delay = detail.retriable and self.worker.retry:delay(tries, detail.retry_after) or nil,
  }, message
end

local function conclude(self, batch, answer, detail)
  local outcome, what = outcome_of(self, batch, answer, detail)
  local done, now, at = {}, self.worker.run.clock.now(), core.time()
  for _, entry in ipairs(batch) do
    items.note(entry.item, what, at, entry.item.targets[entry.id] and { place = items.plan_of(entry.item, entry.id).target } or nil)
    finish(entry, done, machine.acted(entry.item.state, entry.id, outcome, entry.item.context, now))
  end
  follow(self, done)
end

-- The request, once it is allowed and its intent is on disk.
local function send(self, batch)
  local worker, item = self.worker, batch[1].item
  local target = item.context.target.by_name and batch[1].id or item.argument
  if self.many then
    target = {}
    for i, entry in ipairs(batch) do
      target[i] = entry.item.context.target.by_name and entry.id or entry.item.argument
    end
  end
  local overrides = worker.proves == "token" and observe.route(worker.client, item.cookie, item.state.asked_elsewhere) or nil
  if worker.proves == "setting" then
    return worker.client[worker.act.name](worker.client, target, item.status)
  end
  if worker.act.excludes_own then
    overrides = { own_excluded = true } -- the look that allows this act has told them apart
  end
  return worker.client[worker.act.name](worker.client, target, overrides)
end

-- What was begun and has no outcome of its own: nothing of ours is on its way there any more.
local function release(self, batch, sent)
  for _, entry in ipairs(batch) do
    machine.released(entry.item.state, entry.id, entry.item.context, self.worker.run.clock.now(), sent)
  end
end

local function only_items(batch)
  local list, taken = {}, {}
  for _, entry in ipairs(batch) do
    if not taken[entry.item] then
      taken[entry.item], list[#list + 1] = true, entry.item
    end
  end
  return list
end

--- One act that is allowed. Nobody knows better than the journal what was done: without it nothing is.
function actions:run(batch)
  local worker = self.worker
  self.under_way = self.under_way + 1
  self:pump()
  if not intend(self, batch) then
    self.under_way = self.under_way - 1
    release(self, batch)
    return worker.breaker:succeeded()
  end
  local answer, _, _, detail = send(self, batch)
  self.under_way = self.under_way - 1
  local recorded = answer and record_answer(self, batch, answer) or detail and record_failure(self, batch, detail)
  local stopped = worker:heard(detail)
  if not recorded then
    return
  elseif stopped then
    release(self, batch, detail.sent ~= false)
    return worker:put_off(only_items(batch), detail)
  end
  worker:count_refusal(batch, answer)
  conclude(self, batch, answer, detail)
end

return actions
