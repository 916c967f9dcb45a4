-- SPDX-License-Identifier: MIT

--- A queue of jobs with due times; a few of them run at once.
--
-- `env` is what waits: `now()` (seconds of a clock that only moves forward), `sleep(seconds)`, `spawn(f)` (starts `f` beside
-- what runs, and takes care of its errors).
-- @module signoff.offboard.executor.job_queue

local core = require "signoff.core"
local heap = require "signoff.async.heap"

local job_queue = {}
job_queue.__index = job_queue

-- Seconds that a sleeper sleeps at most, so that it is not what keeps a finished run going.
local SLICE = 0.5
-- Seconds between looks whether all is done: at least, and at most.
local GLANCE, LONGEST_GLANCE = 0.001, 0.05

--- @tparam table env
-- @tparam number concurrency jobs that run at once, at most
-- @treturn job_queue
-- @raise unless that is 1 or more
function job_queue.new(env, concurrency)
  if type(concurrency) ~= "number" or concurrency ~= concurrency or concurrency < 1 then
    core.raise "signoff.offboard.executor.job_queue: 'concurrency' must be a number, 1 or more"
  end
  local self = { env = env, concurrency = concurrency, later = heap.new(), ready = heap.new(), active = 0 }
  return setmetatable(self, job_queue)
end

-- What has become due is ready: by its rank, then in order.
local function collect(self)
  local now = self.env.now()
  local due, job, rank = self.later:first()
  while due and due <= now do
    self.later:pop()
    self.ready:push(rank, job)
    due, job, rank = self.later:first()
  end
end

local start

local function work(self)
  local run = self.ready:pop()
  while run do
    run()
    collect(self)
    run = self.ready:pop()
  end
  self.active = self.active - 1
  start(self)
end

-- The sleeper of the next due time. One that finds another in its place ends.
local function sleep_until_due(self, own)
  while self.sleeper == own do
    local due = self.later:first()
    local left = due and due - self.env.now()
    if not left or left <= 0 then
      self.sleeper = nil
      return start(self)
    end
    own.wakes = self.env.now() + math.min(left, SLICE)
    self.env.sleep(math.min(left, SLICE))
  end
end

local function ensure_sleeper(self)
  local due = self.later:first()
  if due and not (self.sleeper and self.sleeper.wakes <= due) and self.active < self.concurrency then
    local own = { wakes = due }
    self.sleeper = own
    self.env.spawn(function()
      sleep_until_due(self, own)
    end)
  end
end

-- Workers for what is ready, as far as there may be more; and somebody who waits for what is not.
function start(self)
  collect(self)
  while self.ready.count > 0 and self.active < self.concurrency do
    self.active = self.active + 1
    local run = self.ready:pop()
    self.env.spawn(function()
      run()
      collect(self)
      work(self)
    end)
  end
  ensure_sleeper(self)
end

--- Adds a job. It may have begun when this returns.
-- @tparam number due when it may begin at the earliest, as `env.now` has it; 0 for at once
-- @tparam function job
-- @tparam[opt=0] number rank of those that could begin, lower ones do first; else those that were due first
function job_queue:add(due, job, rank)
  self.later:push(math.max(due, self.env.now()), job, rank or 0)
  start(self)
end

--- How many jobs run.
-- @treturn number
function job_queue:running()
  return self.active
end

--- How many have not begun.
-- @treturn number
function job_queue:waiting()
  return self.ready.count + self.later.count
end

--- Returns when no job runs and none waits.
function job_queue:drain()
  local glance = GLANCE
  while self.active > 0 or self:waiting() > 0 do
    self.env.sleep(glance)
    glance = math.min(glance * 2, LONGEST_GLANCE)
  end
end

--- Drops what has not begun.
-- @treturn number how many they were
function job_queue:clear()
  local dropped = self:waiting()
  self.later, self.ready = heap.new(), heap.new()
  return dropped
end

return job_queue
