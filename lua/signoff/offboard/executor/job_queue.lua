-- SPDX-License-Identifier: MIT

--- A queue of jobs, and the coroutines that do them: a few at once, each job when it is due.
--
-- A job is data: `kind`, `target`, `due` (when it may begin at the earliest, as `env.now` has it; at once without), `rank` (-1, 0 or
-- 1; 0 without): of the jobs that are due, those of a lower rank begin first, and else those that were due first.
-- @module signoff.offboard.executor.job_queue

local core = require "signoff.core"
local heap = require "signoff.async.heap"
local queue = require "signoff.async.queue"

local job_queue = {}
job_queue.__index = job_queue

local FIRST, LAST = -1, 1 -- ranks

-- Empties the jobs that have not begun: `ready`, by rank, are due; `later` are not.
local function empty(self)
  self.later, self.ready, self.count = heap.new(), {}, 0
  for rank = FIRST, LAST do
    self.ready[rank] = queue.new()
  end
end

--- @tparam table env `now()`, `spawn(f, ...)`, `condition()`: see `signoff.async.runtime`
-- @tparam number concurrency jobs that run at once, at most
-- @treturn job_queue
-- @raise unless that is 1 or more
function job_queue.new(env, concurrency)
  if type(concurrency) ~= "number" or concurrency ~= concurrency or concurrency < 1 then
    core.raise "signoff.offboard.executor.job_queue: 'concurrency' must be a number, 1 or more"
  end
  local self = setmetatable({
    env = env, concurrency = concurrency, active = 0, changed = env.condition(), wakes = -math.huge,
  }, job_queue)
  empty(self)
  return self
end

local function add_ready(self, job)
  self.ready[job.rank or 0]:push(job)
  self.count = self.count + 1
end

-- Moves the jobs that have become due to those that are ready.
local function collect(self, now)
  local due, job = self.later:first()
  while due and due <= now do
    self.later:pop()
    add_ready(self, job)
    due, job = self.later:first()
  end
end

-- Takes the first job that is ready; nil when none is.
local function take(self)
  collect(self, self.env.now())
  if self.count == 0 then
    return nil
  end
  for rank = FIRST, LAST do
    local job = self.ready[rank]:pop()
    if job then
      self.count = self.count - 1
      return job
    end
  end
end

-- Does that job, and others until none is ready.
local function work(self, perform, job)
  while job do
    perform(job)
    job = take(self)
  end
  self.active = self.active - 1
  self.changed:signal()
end

--- Adds a job, unless the queue was closed.
-- @tparam table job
function job_queue:add(job)
  if self.closed then
    return
  end
  local now = self.env.now()
  local due = job.due or now
  if due > now then
    self.later:push(due, job)
  else
    collect(self, now)
    add_ready(self, job)
  end
  if due < self.wakes then
    self.wakes = -math.huge
    self.changed:signal()
  end
end

--- How many jobs run.
-- @treturn number
function job_queue:running()
  return self.active
end

--- How many jobs have not begun.
-- @treturn number
function job_queue:waiting()
  return self.count + self.later.count
end

-- Waits until a job is due, one is added that is due before that, or a coroutine ends.
local function wait(self)
  local due = self.active < self.concurrency and self.later:first() or nil
  self.wakes = self.active < self.concurrency and (due or math.huge) or -math.huge
  self.changed:wait(due and math.max(due - self.env.now(), 0))
  self.wakes = -math.huge -- it waits no more
end

--- Does all jobs, also those that are added meanwhile. Returns when no job runs and none waits.
-- @tparam function perform `perform(job)`
function job_queue:run(perform)
  repeat
    collect(self, self.env.now())
    while self.count > 0 and self.active < self.concurrency do
      self.active = self.active + 1
      self.env.spawn(work, self, perform, take(self))
    end
    if self.active > 0 or self:waiting() > 0 then
      wait(self)
    end
  until self.active == 0 and self:waiting() == 0
end

--- Drops the jobs that have not begun.
function job_queue:clear()
  empty(self)
  self.changed:signal()
end

--- Drops the jobs that have not begun, and takes no more.
function job_queue:close()
  self:clear()
  self.closed = true
end

return job_queue
