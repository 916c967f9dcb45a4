-- SPDX-License-Identifier: MIT

--- Looks of one system, as many targets a request as it takes. A request starts when it is full, when nothing is left that
-- would fill it, or when its oldest target has waited long enough.
-- @module signoff.offboard.looks

local core = require "signoff.core"
local judgement = require "signoff.judgement"
local queue = require "signoff.queue"

local looks = {}
looks.__index = looks

-- Those who are due in this part of the patience are waited for when nothing else is.
local GATHERED = 0.1

-- The operation that looks, and how many targets it takes at once.
local function operation_of(kind)
  local operations = core.facts[kind].operations
  local single = operations.status
  for name, facts in pairs(operations) do
    if facts.list and facts.proves == single.proves and facts.covers > 1 then
      return name, facts.covers, true
    end
  end
  if single.select then
    return single.name, math.huge, true
  end
  return single.name, 1, false
end

--- @tparam table lane
-- @tparam string kind
-- @tparam number patience seconds that a target waits for others
function looks.new(lane, kind, patience)
  local name, size, listed = operation_of(kind)
  local self = { lane = lane, method = name, size = size, listed = listed, patience = patience, ripe = queue.new(), coming = {} }
  self.panels = lane.proves == "setting" and core.facts[kind].operations.logins ~= nil
  return setmetatable(self, looks)
end

-- How often it was tried to look at them, in a row.
local function count_attempts(items, failed)
  local most = 1
  for _, item in ipairs(items) do
    item.failed_looks = failed and (item.failed_looks or 0) + 1 or nil
    most = math.max(most, item.failed_looks or 1)
  end
  return most
end

-- What became of a request: what is seen of each of its targets.
local function sightings_of(self, items, answer, message, detail)
  local seen = {}
  local attempt = count_attempts(items, not answer)
  local failed = not answer and judgement.failed(core.mask(self.lane.client, message), detail)
  if failed and failed.retriable then
    failed.delay = self.lane.retry:delay(attempt, detail.retry_after)
  end
  local read = judgement.readings[self.lane.proves]
  for i, item in ipairs(items) do
    seen[i] = failed or read(self.listed and answer[i] or answer, item)
  end
  return seen
end

-- Whether a refusal of many may be meant for one of them.
local function may_be_for_one(self, items, detail)
  return #items > 1 and self.size < math.huge and not detail.retriable and detail.scope ~= "client"
    and detail.code ~= "unsupported"
end

-- Each is asked for alone.
local function split(self, items)
  for _, item in ipairs(items) do
    self.lane:add(0, function()
      self:look { item }
    end)
  end
end

local function begin(self, items)
  local ends = self.lane.env.now() + self.lane.rules.deadline
  local arguments = self.listed and {}
  for i, item in ipairs(items) do
    item.ends = item.ends or ends
    if arguments then
      arguments[i] = item.argument
    end
  end
  return arguments or items[1].argument
end

--- One request for those items; what comes next for each of them is done.
function looks:look(items)
  local lane = self.lane
  if not lane:may_start(function() self:look(items) end) then
    return
  end
  local answer, message, _, detail = lane.client[self.method](lane.client, begin(self, items))
  if lane:heard(detail) then
    return lane:put_off(items, detail)
  end
  if detail and may_be_for_one(self, items, detail) then
    return split(self, items)
  end
  local seen, now = sightings_of(self, items, answer, message, detail), lane.env.now()
  lane:follow(items, function(item, i)
    return lane:seen(item, seen[i], now)
  end)
end

-- Which panels stay open: a status closes none of them.
function looks:note_panels(item)
  if not self.panels then
    return
  end
  local logins = self.lane.client:logins(item.argument)
  if logins then
    local what, more = judgement.panels(logins)
    self.lane:note(item, what, more)
  end
end

local function take(self)
  local batch = {}
  for i = 1, math.min(self.size, self.ripe:size()) do
    batch[i] = self.ripe:pop()
  end
  return batch
end

-- Whether others are due in a moment.
local function is_soon(self)
  local limit = self.lane.env.now() + self.patience * GATHERED
  for _, due in pairs(self.coming) do
    if due <= limit then
      return true
    end
  end
  return false
end

local function is_time(self)
  local waiting = self.ripe:size()
  if waiting == 0 or waiting >= self.size then
    return waiting > 0
  end
  return self.lane.env.now() >= self.since + self.patience or (self.lane:is_quiet() and not is_soon(self))
end

-- Somebody comes back for those who wait for others.
local function ensure_alarm(self)
  if self.ripe:size() == 0 or self.alarm then
    return
  end
  self.alarm = true
  self.lane:add(self.since + self.patience, function()
    self.alarm = nil
    self:flush()
  end)
end

--- Starts what need not wait any longer.
function looks:flush()
  while is_time(self) do
    local batch = take(self)
    self.since = self.lane.env.now()
    self.lane:add(0, function()
      self:look(batch)
    end)
  end
  ensure_alarm(self)
end

local function ripen(self, items)
  if self.ripe:size() == 0 then
    self.since = self.lane.env.now()
  end
  for _, item in ipairs(items) do
    self.ripe:push(item)
  end
  self:flush()
end

--- Looks at those items in that many seconds, or a little later.
function looks:after(seconds, items)
  local due = self.lane.env.now() + seconds
  if self.size > 1 then
    self.coming[items] = due
    return self.lane:add(due, function()
      self.coming[items] = nil
      ripen(self, items)
    end)
  end
  for _, item in ipairs(items) do
    self.lane:add(due, function()
      self:look { item }
    end)
  end
end

return looks
