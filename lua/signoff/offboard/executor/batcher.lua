-- SPDX-License-Identifier: MIT

--- Batches the observations of one system: as many targets a request as it takes. A request starts when it is full, when nothing
-- is left that would fill it, or when its oldest target has waited long enough.
-- @module signoff.offboard.executor.batcher

local core = require "signoff.core"
local items = require "signoff.offboard.executor.items"
local observation = require "signoff.signout.observation"
local observe = require "signoff.signout.observe"
local queue = require "signoff.async.queue"
local slice = require("signoff.list").slice

local batcher = {}
batcher.__index = batcher

-- Those who are due in this part of `max_wait` are waited for when nothing else is.
local GATHERED = 0.1

--- @tparam table worker
-- @tparam table question see `signoff.signout.observe`
-- @tparam number max_wait seconds that a target waits for others
function batcher.new(worker, question, max_wait)
  local self = { worker = worker, question = question, size = question.size, max_wait = max_wait, pending = queue.new(), scheduled = {} }
  self.panels = worker.proves == "setting" and core.facts[worker.kind].operations.logins ~= nil
  self.clock = worker.run.clock
  return setmetatable(self, batcher)
end

-- How often it was tried to look at them, in a row.
local function count_attempts(list, failed)
  local most = 1
  for _, item in ipairs(list) do
    item.failed_looks = failed and (item.failed_looks or 0) + 1 or nil
    most = math.max(most, item.failed_looks or 1)
  end
  return most
end

-- Whether a refusal of many may be meant for one of them.
local function may_be_for_one(self, list, detail)
  return #list > 1 and self.size < math.huge and not detail.retriable and detail.scope ~= "client"
    and detail.code ~= "unsupported"
end

-- Each is asked for alone.
local function split(self, list)
  for _, item in ipairs(list) do
    self.worker:add(0, function()
      self:look { item }
    end)
  end
end

local function about(self, item)
  local context, state = item.context, item.state
  return {
    id = context.target.id, argument = item.argument, by_name = context.target.by_name, person = context.target.person,
    user = context.target.user, occupant = state.seen and state.seen.occupant or context.target.occupant, wanted = item.status,
    compare = context.compare, has_own = self.worker.has_own, is_own = item.is_own,
  }
end

local function abouts(self, list)
  local made = {}
  for i, item in ipairs(list) do
    made[i] = about(self, item)
  end
  return made
end

-- A look that failed may be made again after a delay, as long as the budget allows it.
local function delay_failed(self, list, detail)
  local attempt = count_attempts(list, true)
  return detail.retriable and self.worker.retry:delay(attempt, detail.retry_after) or nil
end

-- Looks of one target go with its own cookie, to the node where it was seen (rule L5).
local function overrides_of(self, list)
  local item = list[1]
  if self.question.evidence ~= "token" then
    return nil
  end
  return observe.route(self.worker.client, item.cookie, item.state.asked_elsewhere)
end

local function keep_place(item, seen)
  item.cookie, item.state.node = observe.place(item.cookie, item.state.node, seen)
  seen.cookie = nil
end

--- One request for those items; what comes next for each of them is done.
function batcher:look(list)
  local worker = self.worker
  if not worker:may_start(function() self:look(list) end) then
    return
  end
  local found, detail = observe.look(worker.client, self.question, abouts(self, list), self.clock, overrides_of(self, list))
  if worker:heard(detail) then
    return worker:put_off(list, detail)
  end
  if detail and may_be_for_one(self, list, detail) then
    return split(self, list)
  end
  if detail then
    found[1].delay = delay_failed(self, list, detail)
    found[1].what = core.mask(worker.client, found[1].what)
  else
    count_attempts(list, false)
  end
  local now = self.clock.now()
  worker:follow(list, function(item, i)
    keep_place(item, found[i])
    return worker:seen(item, found[i], now)
  end)
end

--- Notes which panels stay open: a status closes none of them.
function batcher:note_panels(item)
  if not self.panels then
    return
  end
  local logins = self.worker.client:logins(item.argument)
  if logins then
    local what, more = observation.panels(logins)
    items.note(item, what, core.time(), more)
  end
end

-- Those items, as many at a time as one request takes.
local function batches(self, list)
  local first = 1
  return function()
    local batch = slice(list, first, first + self.size - 1)
    first = first + #batch
    return batch[1] and batch or nil
  end
end

local function take(self)
  local batch = {}
  for i = 1, math.min(self.size, self.pending:size()) do
    batch[i] = self.pending:pop()
  end
  return batch
end

-- Whether others are due in a moment.
local function is_soon(self)
  local limit = self.worker.env.now() + self.max_wait * GATHERED
  for _, due in pairs(self.scheduled) do
    if due <= limit then
      return true
    end
  end
  return false
end

local function is_time(self)
  local waiting = self.pending:size()
  if waiting == 0 or waiting >= self.size then
    return waiting > 0
  end
  return self.worker.env.now() >= self.since + self.max_wait or (self.worker:is_quiet() and not is_soon(self))
end

-- Somebody comes back for those who wait for others.
local function ensure_alarm(self)
  if self.pending:size() == 0 or self.alarm then
    return
  end
  self.alarm = true
  self.worker:add(self.since + self.max_wait, function()
    self.alarm = nil
    self:flush()
  end)
end

--- Starts what need not wait any longer.
function batcher:flush()
  while is_time(self) do
    local batch = take(self)
    self.since = self.worker.env.now()
    self.worker:add(0, function()
      self:look(batch)
    end)
  end
  ensure_alarm(self)
end

local function add_pending(self, list)
  if self.pending:size() == 0 then
    self.since = self.worker.env.now()
  end
  for _, item in ipairs(list) do
    self.pending:push(item)
  end
  self:flush()
end

-- Those whose first look has said nothing yet, and the others.
local function part(list)
  local fresh, others = {}, {}
  for _, item in ipairs(list) do
    table.insert(item.fresh and fresh or others, item)
  end
  return fresh, others
end

local function gather(self, due, list)
  self.scheduled[list] = due
  self.worker:add(due, function()
    self.scheduled[list] = nil
    add_pending(self, list)
  end)
end

--- Looks at those items in that many seconds, or a little later. A first look that is made again goes as it was, for the others
-- wait until it has said something.
function batcher:after(seconds, list)
  local due = self.worker.env.now() + seconds
  if self.size > 1 then
    local fresh, others = part(list)
    if #others > 0 then
      gather(self, due, others)
    end
    list = fresh
  end
  for batch in batches(self, list) do
    self.worker:add(due, function()
      self:look(batch)
    end)
  end
end

--- Looks at those items at once, in as few requests as it takes.
function batcher:at_once(list)
  for batch in batches(self, list) do
    self.worker:add(0, function()
      self:look(batch)
    end, 1)
  end
end

return batcher
