-- SPDX-License-Identifier: MIT

--- The scheduler of tasks: they wait for a time, for their calls and for each other, on an engine that this thread steps. Scripts use it
-- through `signoff.loop`.
--
-- A task waits by yielding `coroutines.WAIT`, after it was entered where the event that it waits for wakes it. Between steps of the
-- engine a round runs the tasks that were woken, and some of those that only let others run.
-- @module signoff.async.scheduler

local core = require "signoff.core"
local context = require "signoff.async.context"
local limiter = require "signoff.async.limiter"
local heap = require "signoff.async.heap"
local coroutines = require "signoff.async.coroutine"
local queue = require "signoff.async.queue"
local tasks = require "signoff.async.tasks"

local scheduler = { spawn = tasks.spawn, new_group = tasks.new_group, fail = tasks.fail }
scheduler.__index = scheduler

local MOST = 1024 -- requests on their way that the engine is made for
local ROUND = 64 -- tasks that run, of each kind, before the engine is stepped
local LONGEST_STEP = 3600 -- seconds
local WAIT = coroutines.WAIT
local CANCELLED, ENDED = tasks.CANCELLED, tasks.ENDED

local create, resume, status, yield = coroutine.create, coroutine.resume, coroutine.status, coroutine.yield
local acquire, release, withdraw = limiter.acquire, limiter.release, limiter.withdraw
local finish, packed, settle, wake = tasks.finish, tasks.packed, tasks.settle, tasks.wake
local pop, push, size = queue.pop, queue.push, queue.size
local huge, min, now = math.huge, math.min, core.now
local unpack = table.unpack or unpack -- luacheck: ignore 143 (by version)

--- Makes a scheduler.
-- @tparam number concurrency calls on their way at once
function scheduler.new(concurrency)
  local self = setmetatable({
    engine = core.engine(MOST), woken = queue.new(), ready = queue.new(), sleepers = heap.new(), stale = 0, calls = {},
    in_flight = 0, idle = true, groups = {}, live = 0,
  }, scheduler)
  self.limiter = limiter.new({ now = now }, concurrency, function(task)
    wake(task, task.epoch, self.woken)
  end)
  return self
end

-- Waiting

-- Waits until the task is woken.
local function park(task)
  task.waiting = true
  yield(WAIT)
end

-- Waits until a time; 0 only lets the other ready tasks run.
local function wait_until(self, task, ends)
  self.sleepers:push(ends, task, task.epoch)
  park(task)
end

-- Raises in a task that must not wait any more. The others run first, also where it catches the error again and again.
local function check_cancelled(self, task)
  settle(self, task)
  if task.cancelled then
    wait_until(self, task, 0)
    error(CANCELLED, 0)
  end
end

local function outcome(task)
  if task.fine then
    return unpack(task.results, 1, task.results.n)
  end
  tasks.told(task)
  error(task.results[1], 0)
end

-- The task that waits for another one.
local function joiner_of(self, task)
  local joiner = context.waiting_task()
  if context.task and not joiner then
    core.raise "task:join: a coroutine that a task made itself cannot wait for another task; signoff.wrap makes one that can"
  elseif not joiner or joiner.group.scheduler ~= self then
    core.raise "task:join: only another task of the same loop can wait for it"
  elseif joiner == task then
    core.raise "task:join: a task cannot wait for itself"
  end
  return joiner
end

local function wait_for(self, task, joiner)
  check_cancelled(self, joiner)
  task.joiners = task.joiners or {}
  table.insert(task.joiners, { task = joiner, epoch = joiner.epoch })
  park(joiner)
  if joiner.cancelled then
    task.joined = task.told
    check_cancelled(self, joiner)
  end
end

--- Waits until the task has ended.
-- @return what it returned
-- @raise what it raised, with a traceback
function scheduler.join(task)
  if not task.done then
    local self = task.group.scheduler
    wait_for(self, task, joiner_of(self, task))
  end
  if task.killed then
    error(ENDED, 0)
  end
  return outcome(task)
end

--- Ends the task's waiting: a call returns `"cancelled"`, anything else raises, and so does whatever would wait after it.
function scheduler.cancel(task)
  local self = task.group.scheduler
  if task.done or task.cancelled then
    return
  end
  task.cancelled = true
  if task.call then
    task.call:cancel()
  elseif task.waiting then
    self.stale = self.stale + 1
    wake(task, task.epoch, self.woken)
  end
end

--- Waits for that many seconds.
function scheduler:sleep(task, seconds)
  check_cancelled(self, task)
  wait_until(self, task, seconds > 0 and now() + seconds or 0)
  check_cancelled(self, task)
end

local Waiter = {}
Waiter.__index = Waiter

--- Makes a waiter: the task waits until `waiter:wake()` is called.
function scheduler:new_waiter(task)
  check_cancelled(self, task)
  return setmetatable({ scheduler = self, task = task, epoch = task.epoch }, Waiter)
end

--- Waits.
-- @tparam[opt] number seconds at most
function Waiter:wait(seconds)
  local own, task = self.scheduler, self.task
  if seconds then
    wait_until(own, task, now() + seconds)
    own.stale = own.stale + 1
  else
    park(task)
  end
end

--- Raises in a task that was cancelled.
function Waiter:check_cancelled()
  check_cancelled(self.scheduler, self.task)
end

function Waiter:wake()
  wake(self.task, self.epoch, self.scheduler.woken)
end

-- When a call must be over, its waiting for a slot included: by its own option `deadline`, and those around it.
local function ends_of(...)
  local count = select("#", ...)
  local overrides = count > 0 and select(count, ...)
  local own = type(overrides) == "table" and overrides.deadline
  return min(context.ends, type(own) == "number" and now() + own or huge)
end

--- Waits until a call may be sent.
-- @tparam table task
-- @param client a client
-- @tparam string operation
-- @param ... its arguments
-- @treturn ?string why it may not: `"timeout"`, `"cancelled"`
-- @treturn ?number seconds that were waited
-- @treturn ?number the number of what the task has reserved
function scheduler:admit(task, client, operation, ...)
  check_cancelled(self, task)
  if self.limiter:try(task, client, operation) then
    return nil, nil, task.reserved
  end
  local began, ends = now(), ends_of(...)
  if ends < huge then
    wait_until(self, task, ends)
    self.stale = self.stale + 1
  else
    park(task)
  end
  local over = task.cancelled and "cancelled" or (not task.reserved and "timeout")
  if over then
    withdraw(task)
  end
  return over or nil, now() - began, task.reserved
end

--- Brings the reply into the call, and gives the call.
-- @tparam table task
-- @param call
-- @tparam[opt] function left `left(call, about)`: what to do with the call where nobody is left to read it
-- @param[opt] about
function scheduler:carry(task, call, left, about)
  local id = self.engine:submit(call)
  if not id then
    return call
  end
  self.calls[id] = task
  acquire(task)
  self.in_flight = self.in_flight + 1
  task.call = call
  task.left, task.about = left, about
  park(task)
  task.call, task.left, task.about = false, nil, nil
  return call
end

--- Waits until a group has ended, in its owner.
-- @raise that the owner was cancelled; the group is ended then
function scheduler:wait_for_group(group)
  park(group.owner)
  if not group.over then
    tasks.stop(self, group, CANCELLED)
    check_cancelled(self, group.owner)
  end
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
    local message = task.cancelled and sign == CANCELLED and CANCELLED or tasks.trace(thread, sign)
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
local function run_woken(self)
  for _ = 1, min(size(self.woken), ROUND) do
    run(self, pop(self.woken))
  end
end

-- Runs the tasks that only let others run, and begins new ones. Where calls wait for slots already, the call of a new task would wait
-- too, and the task would take memory: then one new task begins in a round, until nothing else is to be done.
local function run_ready(self)
  local left = min(size(self.ready), ROUND)
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
  local id = self.engine:finished()
  self.idle = not id
  while id do
    local task = self.calls[id]
    if task then
      hand_over(self, id, task)
    end
    id = self.engine:finished()
  end
end

-- The seconds in which only the engine can bring something; nil when nothing will ever happen.
local function idle_seconds(self)
  if size(self.woken) > 0 or size(self.ready) > 0 then
    return 0
  end
  local due = min(self.sleepers:first() or huge, self.limiter:due() or huge)
  if due < huge then
    return math.max(0, min(due - now(), LONGEST_STEP))
  end
  return self.in_flight > 0 and LONGEST_STEP or nil
end

-- Runs some tasks, then waits for what wakes others.
-- @treturn boolean false when nothing will, ever
local function round(self)
  wake_sleepers(self)
  self.limiter:admit()
  run_woken(self)
  run_ready(self)
  self.limiter:admit() -- to slots that were reserved, and given back
  if self.live == 0 then
    return true
  end
  local seconds = idle_seconds(self)
  if seconds then
    self.engine:step(seconds)
    hand_over_finished(self)
  end
  return seconds ~= nil
end

local function run_group(self, group)
  while not group.over do
    if not round(self) and not group.over then
      self:fail(group, tasks.deadlock(self, group))
    end
  end
end

--- Runs tasks until the group has ended, then closes the engine.
function scheduler:drive(group)
  local before, ends = context.task, context.ends
  local fine, message = pcall(run_group, self, group)
  local untold = not fine and group.over
  if not fine then
    context.task, context.ends = before, ends
    self:fail(group, message)
  end
  hand_over_finished(self) -- the calls of tasks that ended with the group
  self.engine:close()
  if untold then
    error(message, 0)
  end
end

return scheduler
