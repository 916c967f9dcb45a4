-- SPDX-License-Identifier: MIT

--- The scheduler of tasks: they wait for a time, for their calls and for each other, on a port that this thread steps. Scripts use it
-- through `signoff.loop`, which steps until all tasks have ended, and `signoff.engine`, which the program steps.
--
-- Between steps of the port a round runs the tasks that were woken, and some of those that only let others run.
-- @module signoff.async.scheduler

local core = require "signoff.core"
local context = require "signoff.async.context"
local coroutines = require "signoff.async.coroutine"
local heap = require "signoff.async.heap"
local limiter = require "signoff.async.limiter"
local queue = require "signoff.async.queue"
local tasks = require "signoff.async.tasks"
local waiting = require "signoff.async.waiting"

local scheduler = {
  spawn = tasks.spawn, new_group = tasks.new_group, fail = tasks.fail, call_when_done = tasks.call_when_done,
  sleep = waiting.sleep, new_waiter = waiting.new_waiter, admit = waiting.admit, carry = waiting.carry,
  wait_for_group = waiting.wait_for_group, join = waiting.join, cancel = waiting.cancel,
}
scheduler.__index = scheduler

local MOST = 1024 -- requests on their way that the port is made for
local ROUND, SHORT_ROUND = 64, 16 -- tasks that run, of each kind, before the port is stepped: in a loop, in a step of an engine
local LONGEST_STEP = 3600 -- seconds
local STEP = 0.001 -- seconds after which a step of an engine begins no more rounds: other work of the program waits
local WAIT = coroutines.WAIT
local CANCELLED = tasks.CANCELLED

local create, resume, status = coroutine.create, coroutine.resume, coroutine.status
local release = limiter.release
local finish, packed, settle, wake = tasks.finish, tasks.packed, tasks.settle, tasks.wake
local pop, push, size = queue.pop, queue.push, queue.size
local huge, max, min, now = math.huge, math.max, math.min, core.now
local unpack = table.unpack or unpack -- luacheck: ignore 143 (by version)

local function nothing() end

--- Makes a scheduler.
-- @tparam string name what scripts call it, for messages
-- @tparam number concurrency calls on their way at once
function scheduler.new(name, concurrency)
  local self = setmetatable({
    name = name, port = core.engine(MOST), woken = queue.new(), ready = queue.new(), sleepers = heap.new(), stale = 0, calls = {},
    in_flight = 0, idle = true, groups = {}, live = 0, callbacks = queue.new(), errors = queue.new(), running = false,
    announced = false, closed = false, on_ready = nothing, on_close = nothing,
  }, scheduler)
  self.limiter = limiter.new({ now = now }, concurrency, function(task)
    wake(task, task.epoch, self.woken)
  end)
  return self
end

-- Running

-- Goes on after the task has yielded or ended. `before` and `ends` are the context from before.
local function stopped(self, task, before, ends, fine, ...)
  task.ends, context.ends, context.task = context.ends, ends, before
  local sign, thread = (...), task.thread
  if rawequal(sign, WAIT) then
    return
  end
  settle(self, task)
  if status(thread) ~= "dead" then
    push(self.ready, task)
  elseif fine then
    finish(self, task, true, packed(...))
  else
    local message = task.cancelled and sign == CANCELLED and CANCELLED or tasks.trace(sign, thread)
    coroutines.close(thread)
    finish(self, task, false, packed(message))
  end
end

local function go_on(self, task, ...)
  local before, ends = context.task, context.ends
  context.task, context.ends = task, task.ends
  stopped(self, task, before, ends, resume(task.thread, ...))
end

-- The coroutine is made late: of many tasks most wait until they run at all, and it is what takes memory.
local function begin(self, task)
  local f, arguments = task.f, task.arguments
  local made, thread = pcall(create, coroutines.body(f))
  if not made then -- memory ran out
    return finish(self, task, false, packed(thread))
  end
  task.thread, task.f, task.arguments = thread, false, false
  go_on(self, task, unpack(arguments, 1, arguments.n))
end

local function run(self, task)
  if task.done then
    return -- its group has ended
  elseif task.thread then
    go_on(self, task)
  elseif task.cancelled then
    finish(self, task, false, packed(CANCELLED))
  else
    begin(self, task)
  end
end

-- Runs the tasks that were woken.
local function run_woken(self, most)
  for _ = 1, min(size(self.woken), most) do
    run(self, pop(self.woken))
  end
end

-- Runs the tasks that only let others run, and begins new ones. Where calls wait for slots already, the call of a new task would wait
-- too, and the task would take memory: then one new task begins in a round, until nothing else is to be done.
local function run_ready(self, most)
  local left = min(size(self.ready), most)
  while left > 0 do
    local task = pop(self.ready)
    local begins = not (task.thread or task.done or task.cancelled)
    run(self, task)
    left = begins and not self.idle and self.limiter:has_waiters() and 0 or left - 1
  end
end

-- Waking

local function wake_sleepers(self)
  local time = now()
  local due, task, epoch = self.sleepers:first()
  while due and (due <= time or task.epoch ~= epoch or task.done) do
    self.sleepers:pop()
    wake(task, epoch, due > 0 and self.woken or self.ready)
    due, task, epoch = self.sleepers:first()
  end
  if self.stale > 64 and self.stale > self.sleepers.count / 2 then
    self.stale = 0
    self.sleepers:filter(function(sleeper, mark)
      return sleeper.epoch == mark and not sleeper.done
    end)
  end
end

local function hand_over(self, id, task)
  self.calls[id] = nil
  self.in_flight = self.in_flight - 1
  release(task.slots)
  if task.killed and task.left then
    pcall(task.left, task.call, task.about)
  end
  wake(task, task.epoch, self.woken)
end

-- Hands over the calls that have come back. A call has no task where memory ran out for its entry in `calls`.
local function hand_over_finished(self)
  local id = self.port:finished()
  self.idle = not id
  while id do
    local task = self.calls[id]
    if task then
      hand_over(self, id, task)
    end
    id = self.port:finished()
  end
end

-- The seconds in which only the port can bring something; nil when nothing will ever happen.
local function idle_seconds(self)
  if size(self.woken) > 0 or size(self.ready) > 0 or size(self.callbacks) > 0 then
    return 0
  end
  local due = self.live > 0 and min(self.sleepers:first() or huge, self.limiter:due() or huge) or huge
  if due < huge then
    return max(0, min(due - now(), LONGEST_STEP))
  end
  return self.in_flight > 0 and LONGEST_STEP or nil
end

-- Runs at most so many tasks of each kind.
local function run_some(self, most)
  wake_sleepers(self)
  self.limiter:admit()
  run_woken(self, most)
  run_ready(self, most)
  self.limiter:admit() -- to slots that were reserved, and given back
end

-- Closes the port. Its calls come back as cancelled, and all that waits for ends of tasks is called.
local function shut(self)
  hand_over_finished(self) -- the calls of tasks that ended with their group
  self.closed = true
  self.port:close()
  while size(self.callbacks) > 0 do
    tasks.call_back(self)
  end
end

-- Until all tasks have ended

-- Runs some tasks, then waits for what wakes others.
-- @treturn boolean false when nothing will, ever
local function round(self)
  run_some(self, ROUND)
  if self.live == 0 then
    return true
  end
  local seconds = idle_seconds(self)
  if seconds then
    self.port:step(seconds)
    hand_over_finished(self)
  end
  return seconds ~= nil
end

local function call_back(self, group)
  tasks.call_back(self)
  local failure = not group.over and tasks.next_error(self)
  if failure then
    self:fail(group, failure.message)
  end
end

local function run_group(self, group)
  while not group.over do
    if not round(self) and not group.over then
      self:fail(group, tasks.deadlock(self, group))
    end
    if size(self.callbacks) > 0 then
      call_back(self, group)
    end
  end
end

--- Runs tasks until the group has ended, then closes.
function scheduler:drive(group)
  local before, ends = context.task, context.ends
  self.running = true
  local fine, message = pcall(run_group, self, group)
  local untold = not fine and group.over
  if not fine then
    context.task, context.ends = before, ends
    self:fail(group, message)
  end
  shut(self)
  local failure = not group.failed and tasks.next_error(self)
  if untold then
    error(message, 0)
  elseif failure then
    group.failed, group.message = true, failure.message
  end
end

-- In steps

--- Makes the descriptor readable, as there is something to do and no step is running that would find it.
function scheduler:announce()
  if self.running or self.announced or self.closed then
    return
  end
  if not self.port:misuse() then
    self.announced = true
    self.port:wake()
    self.on_ready()
  end
end

-- Runs tasks until all of them wait, or the time of a step is over.
local function run_rounds(self)
  local ends = now() + STEP
  self.announced = false
  self.port:step(0)
  hand_over_finished(self)
  repeat
    run_some(self, SHORT_ROUND)
    self.port:start()
    hand_over_finished(self)
    if size(self.callbacks) > 0 then
      tasks.call_back(self)
    end
  until self.closed or idle_seconds(self) ~= 0 or now() >= ends
  if self.live > 0 and not idle_seconds(self) then
    local group = tasks.roots(self)[1]
    self:fail(group, tasks.deadlock(self, group))
  end
end

--- Does what can be done, without waiting.
-- @treturn number the tasks that are left, those included whose ends are still to be told
-- @raise an error that nobody was told, one a step
function scheduler:step()
  local before, ends = context.task, context.ends
  self.running = true
  local fine, message = pcall(run_rounds, self)
  self.running = false
  if not fine then
    context.task, context.ends = before, ends
    pcall(self.close, self)
    error(message, 0)
  end
  local failure = tasks.next_error(self)
  if failure then
    error(failure.message, 0)
  end
  return self.live + size(self.callbacks)
end

--- The seconds until a step is due though the descriptor is not readable; nil: never.
function scheduler:timeout()
  local own = size(self.errors) > 0 and 0 or idle_seconds(self) or huge
  local due = min(own, self.port:due() or huge)
  return due < huge and due or nil
end

--- Ends all tasks, and closes.
-- @raise the first error that nobody was told
function scheduler:close()
  local on_close = self.on_close
  self.on_close = nothing
  on_close()
  if self.closed then
    return
  end
  self.closed = true
  tasks.close(self)
  shut(self)
  local failure = tasks.next_error(self)
  if failure then
    error(failure.message, 0)
  end
end

return scheduler
