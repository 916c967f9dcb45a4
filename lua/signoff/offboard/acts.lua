-- SPDX-License-Identifier: MIT

--- Acts of one system: paced, and each on disk before it leaves and before anything follows from it.
-- @module signoff.offboard.acts

local core = require "signoff.core"
local course = require "signoff.offboard.course"

local acts = {}
acts.__index = acts

-- What was seen is old after so many seconds: at a phone somebody else may sit by then.
local STALE = 120

--- @tparam table lane
function acts.new(lane)
  local chunked = lane.act.chunked
  local size = chunked and core.option(lane.client, chunked) or 1
  return setmetatable({ lane = lane, size = size, many = chunked ~= nil, ready = {}, first = 1, last = 0, under_way = 0 }, acts)
end

--- How many wait for their turn.
function acts:waiting()
  return self.last - self.first + 1
end

--- Adds those whose turn comes, in order.
function acts:push(items)
  for _, item in ipairs(items) do
    self.last = self.last + 1
    self.ready[self.last] = item
  end
  self:pump()
end

local function pop(self)
  local item = self.ready[self.first]
  self.ready[self.first] = nil
  self.first = self.first + 1
  return item
end

-- The next items of one request; those whose sighting is too old are looked at again.
local function take(self)
  local batch, stale, now = {}, {}, self.lane.env.now()
  while #batch < self.size and self:waiting() > 0 do
    local item = pop(self)
    local old = self.lane.proves == "occupant" and now - item.seen_at > STALE
    if old and item.phase == "first" then
      item.before = nil -- whoever sits there now was not seen leaving
    end
    table.insert(old and stale or batch, item)
  end
  if #stale > 0 then
    self.lane:look_first(stale)
  end
  return batch
end

--- Sees to it that the next act starts when pacing allows it. One at a time waits for that, so that what is late does not
-- come in a burst.
function acts:pump()
  if self.pumping or self:waiting() == 0 or self.lane.stopped then
    return
  end
  self.pumping = true
  self.lane:add(0, function()
    self:start()
  end, -1)
end

local function again(self)
  return function()
    self:start()
  end
end

--- Whether an act that comes now may start at once: nobody waits for his turn, and neither pacing nor the system asks to wait.
function acts:may_start_now()
  return not self.pumping and self:waiting() == 0 and not self.lane.stopped and not self.lane:held() and self.lane.pacing:try() == 0
end

--- Starts the next act, or comes back when it may.
function acts:start()
  local lane = self.lane
  local seconds = lane.stopped and 0 or lane:held() or lane.pacing:try()
  if seconds > 0 then -- its place stays taken until then
    return lane:later(seconds, again(self), -1)
  end
  self.pumping = nil
  local batch = not lane.stopped and take(self) or {}
  if #batch == 0 then
    return
  end
  self:try(batch)
end

--- Starts those, if the system may be asked.
function acts:try(batch)
  self.under_way = self.under_way + 1
  if self.lane:may_start(function() self:come_back(batch) end) then
    self.under_way = self.under_way - 1
    return self:run(batch)
  end
end

--- An act that was not allowed when it was its turn: its turn comes again.
function acts:come_back(batch)
  self.under_way = self.under_way - 1
  self:push(batch)
end

local function numbers(batch)
  local list = {}
  for i, item in ipairs(batch) do
    list[i] = item.plan.n
  end
  return list
end

-- What is known of the target before the act: resume and undo need it.
local function before(batch)
  local item = batch[1]
  if item.previous then
    return { previous = item.previous }
  elseif item.before then
    return { occupant = item.before }
  elseif item.alive and not batch[2] then
    return { alive = true }
  end
end

-- Who was the first to act on a phone: what another one finds there is our own doing.
local function note_first(lane, item)
  local phone = item.plan.device:lower()
  lane.acted[phone] = lane.acted[phone] or item.plan.n
end

local function intend(self, batch)
  local act, tries = self.lane.act.name, 0
  for _, item in ipairs(batch) do
    item.tries = item.tries + 1
    if self.lane.proves == "occupant" then
      note_first(self.lane, item)
    end
    tries = math.max(tries, item.tries)
  end
  return self.lane:record { event = "intent", items = numbers(batch), act = act, attempt = tries, before = before(batch) }
end

local function record_answer(self, batch, answer)
  return self.lane:record {
    event = "result", items = numbers(batch), answer = answer.answer, count = answer.count, requested = answer.requested,
  }
end

local function record_failure(self, batch, detail)
  return self.lane:record {
    event = "result", items = numbers(batch), code = detail.code, message = core.mask(self.lane.client, detail.message),
    sent = detail.sent, retriable = detail.retriable, scope = detail.scope,
  }
end

local function said(name, answer)
  if answer.partial then
    return ("%s: %s, %s of %s"):format(name, answer.answer, answer.count or "?", answer.requested or "?")
  end
  return ("%s: %s"):format(name, answer.answer)
end

local function answered(self, batch, answer)
  local what = said(self.lane.act.name, answer)
  self.lane:follow(batch, function(item)
    self.lane:note(item, what)
    return course.acted(item, answer, self.lane)
  end)
end

local function failed(self, batch, detail)
  local lane = self.lane
  local delay = detail.retriable and lane.retry:delay(batch[1].tries, detail.retry_after)
  detail.message = core.mask(lane.client, detail.message)
  lane:follow(batch, function(item)
    lane:note(item, detail.message)
    return course.failed(item, detail, lane, delay)
  end)
end

-- The request, once it is allowed and its intent is on disk.
local function send(self, batch)
  local lane, target = self.lane, batch[1].argument
  if self.many then
    target = {}
    for i, item in ipairs(batch) do
      target[i] = item.argument
    end
  end
  return lane.client[lane.act.name](lane.client, target, batch[1].status)
end

--- One act that is allowed. Nobody knows better than the journal what was done: without it nothing is.
function acts:run(batch)
  local lane = self.lane
  self.under_way = self.under_way + 1
  self:pump()
  if not intend(self, batch) then
    self.under_way = self.under_way - 1
    return lane.breaker:succeeded()
  end
  local answer, _, _, detail = send(self, batch)
  self.under_way = self.under_way - 1
  local recorded = answer and record_answer(self, batch, answer) or detail and record_failure(self, batch, detail)
  local stopped = lane:heard(detail)
  if not recorded then
    return
  elseif stopped then
    return lane:put_off(batch, detail)
  elseif answer then
    answered(self, batch, answer)
  else
    failed(self, batch, detail)
  end
end

return acts
