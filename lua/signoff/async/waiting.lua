-- SPDX-License-Identifier: MIT

--- How a task waits: for a time, for another task, for a slot, for its call, and for a loop inside it.
--
-- A task waits by yielding `coroutines.WAIT`, after it was entered where the event that it waits for wakes it. `self` is always the
-- scheduler that has the task.
-- @module signoff.async.waiting

local core = require "signoff.core"
local context = require "signoff.async.context"
local coroutines = require "signoff.async.coroutine"
local limiter = require "signoff.async.limiter"
local tasks = require "signoff.async.tasks"

local waiting = {}

local WAIT = coroutines.WAIT
local CANCELLED = tasks.CANCELLED

local acquire, withdraw = limiter.acquire, limiter.withdraw
local settle, wake = tasks.settle, tasks.wake
local huge, min, now = math.huge, math.min, core.now
local unpack, yield = table.unpack or unpack, coroutine.yield -- luacheck: ignore 143 (by version)

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
    core.raise "task:join: only another task of the same loop or engine can wait for it; task:done calls back anywhere"
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
    tasks.untold(self, task)
    check_cancelled(self, joiner)
  end
end

--- Waits until the task has ended.
-- @return what it returned
-- @raise what it raised, with a traceback
function waiting.join(task)
  if not task.done then
    local self = task.group.scheduler
    wait_for(self, task, joiner_of(self, task))
  end
  return outcome(task)
end

--- Ends the task's waiting: a call returns `"cancelled"`, anything else raises, and so does whatever would wait after it.
function waiting.cancel(task)
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
  self:announce()
end

--- Waits for that many seconds.
function waiting.sleep(self, task, seconds)
  check_cancelled(self, task)
  wait_until(self, task, seconds > 0 and now() + seconds or 0)
  check_cancelled(self, task)
end

local Waiter = {}
Waiter.__index = Waiter

--- Makes a waiter: the task waits until `waiter:wake()` is called.
function waiting.new_waiter(self, task)
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
function waiting.admit(self, task, client, operation, ...)
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
function waiting.carry(self, task, call, left, about)
  local id = self.port:submit(call)
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
function waiting.wait_for_group(self, group)
  park(group.owner)
  if not group.over then
    tasks.stop(self, group, CANCELLED)
    check_cancelled(self, group.owner)
  end
end

return waiting
