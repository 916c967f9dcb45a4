-- SPDX-License-Identifier: MIT

--- The scheduler of tasks: they wait for a time, for their calls and for each other, on an engine that this thread steps. Scripts use it
-- through `signoff.loop`.
--
-- A coroutine that a script makes inside a task cannot give up the task's turn: while it waits, the others have theirs on top
-- of it.
-- @module signoff.async.scheduler

local core = require "signoff.core"
local deadline = require "signoff.async.deadline"
local failures = require "signoff.async.task_failures"
local limiter = require "signoff.async.limiter"
local heap = require "signoff.async.heap"
local coroutines = require "signoff.async.coroutine"
local queue = require "signoff.async.queue"
local recycler = require "signoff.async.recycler"
local tasks = require "signoff.async.tasks"
local rounds = require "signoff.async.rounds"

local scheduler = { spawn = tasks.spawn, new_group = tasks.new_group, fail = tasks.fail }
scheduler.__index = scheduler

local MOST = 1024 -- requests on their way that the engine is made for
local DEEPEST = 8 -- tasks that take their turns on top of one another
local WAIT = rounds.WAIT
local CANCELLED, ENDED = tasks.CANCELLED, tasks.ENDED

local now = core.now
local running, yield = coroutine.running, coroutine.yield
local current, whose = deadline.current, tasks.whose
local depart = limiter.depart
local settle, wake = tasks.settle, tasks.wake
local unpack = table.unpack or unpack -- luacheck: ignore 143 (by version)

--- @tparam number concurrency calls on their way at once
function scheduler.new(concurrency)
  local self = setmetatable({
    engine = core.engine(MOST), woken = queue.new(), ready = queue.new(), sleepers = heap.new(), stale = 0, flying = {},
    spares = recycler.new(), in_flight = 0, idle = true, failures = failures.new(), groups = {}, last_id = 0, live = 0, depth = 0,
  }, scheduler)
  self.limiter = limiter.new({ now = now }, concurrency, function(task)
    wake(task, task.turn, self.woken)
  end)
  return self
end

--- The task whose turn it is, and its scheduler; nil outside of tasks.
function scheduler.active()
  local task = whose.turn
  return task, task and task.group.scheduler
end

-- Parking

-- Gives the others their turns until what the task waits for has come.
-- @treturn boolean false when it never will
local function turn_others(self, task, turn)
  local possible = true
  while possible and task.turn == turn and not task.killed do
    possible = rounds.round(self, self.depth <= DEEPEST, task, turn)
  end
  return possible
end

-- Waits where the task's turn cannot be given up.
local function park_on_top(self, task, turn)
  task.nested = true
  self.depth = self.depth + 1
  local fine, possible = pcall(turn_others, self, task, turn)
  self.depth = self.depth - 1
  task.nested = nil
  if fine and possible then
    task.waiting = false
    return
  end
  local message = fine and failures.deadlock(self.groups) or possible
  tasks.give_up(self, task)
  error(message, 0)
end

-- Waits until somebody wakes the task.
local function park(self, task)
  task.waiting = true
  if running() == task.thread or coroutines.reaches(task.thread) then
    yield(WAIT)
  else
    park_on_top(self, task, task.turn)
  end
  if task.killed then
    error(ENDED, 0)
  end
end

-- Raises in a task that must not wait any more. One that catches that and goes on keeps none of the others.
local function check_cancelled(task)
  settle(task.group.scheduler, task)
  if not (task.killed or task.cancelled) then
    return
  elseif coroutines.reaches(task.thread) then
    yield(not task.killed or WAIT)
  end
  error(task.killed and ENDED or CANCELLED, 0)
end

-- Waiting for each other

local function outcome(task)
  if task.fine then
    return unpack(task.results, 1, task.results.n)
  end
  task.joined = true
  error(task.results[1], 0)
end

local function wait_for(self, task, joiner)
  if joiner == task then
    core.raise "task:join: a task cannot wait for itself"
  end
  check_cancelled(joiner)
  task.joiners = task.joiners or {}
  table.insert(task.joiners, { task = joiner, turn = joiner.turn })
  park(self, joiner)
  if joiner.cancelled then
    task.joined = nil
    check_cancelled(joiner)
  end
end

--- Waits until the task has ended.
-- @return what it returned
-- @raise what it raised, with a traceback
function scheduler.join(task)
  local self = task.group.scheduler
  if not task.done then
    local joiner, own = scheduler.active()
    if own ~= self then
      core.raise "task:join: only another task of the same loop can wait for it"
    end
    wait_for(self, task, joiner)
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
    wake(task, task.turn, self.woken)
  end
end

-- Waiting for time, and for calls

--- Waits for that many seconds. Outside of tasks it blocks.
function scheduler.sleep(seconds)
  local task = whose.turn
  if not task then
    return core.sleep(seconds)
  end
  check_cancelled(task)
  local self = task.group.scheduler
  self.sleepers:push(seconds > 0 and now() + seconds or 0, task, task.turn)
  park(self, task)
  check_cancelled(task)
end

-- Conditions

local Condition = {}
Condition.__index = Condition

--- Makes a condition: tasks wait until another one signals it.
function scheduler.condition()
  return setmetatable({ waiters = {} }, Condition)
end

-- Outside of tasks nothing else runs that could signal.
local function wait_alone(seconds)
  if not seconds then
    core.raise "condition:wait: outside of tasks nothing can signal it, so that a time limit is needed"
  end
  core.sleep(seconds)
  return false
end

local function remove(list, value)
  for i, other in ipairs(list) do
    if other == value then
      return table.remove(list, i)
    end
  end
end

--- Waits for the next signal.
-- @tparam[opt] number seconds the time limit
-- @treturn boolean whether it came; false at the time limit
function Condition:wait(seconds)
  local task = whose.turn
  if not task then
    return wait_alone(seconds)
  end
  check_cancelled(task)
  local own, waiter = task.group.scheduler, { task = task, turn = task.turn, signalled = false }
  table.insert(self.waiters, waiter)
  if seconds then
    own.sleepers:push(now() + seconds, task, task.turn)
  end
  park(own, task)
  if not waiter.signalled then
    remove(self.waiters, waiter)
  elseif seconds then
    own.stale = own.stale + 1
  end
  check_cancelled(task)
  return waiter.signalled
end

--- Wakes all that wait for it.
function Condition:signal()
  local waiters = self.waiters
  self.waiters = {}
  for _, waiter in ipairs(waiters) do
    waiter.signalled = true
    wake(waiter.task, waiter.turn, waiter.task.group.scheduler.woken)
  end
end

-- When a call must be over, the waiting for its turn included: by its own option `deadline`, and those around it.
local function ends_of(...)
  local count = select("#", ...)
  local overrides = count > 0 and select(count, ...)
  local own = type(overrides) == "table" and overrides.deadline
  return math.min(current.ends, type(own) == "number" and now() + own or math.huge)
end

-- Where the tasks that are before it in the line have no rounds, it cannot wait for them.
function scheduler:admit_on_top(task, client, operation)
  local began = now()
  limiter.leave(task)
  local left = self.limiter:hold_back(task, client, operation)
  while left > 0 do
    scheduler.sleep(left)
    left = self.limiter:hold_back(task, client, operation)
  end
  return nil, now() - began
end

--- Waits until a call may be sent. Outside of tasks it may at once.
-- @param client a client
-- @tparam string operation
-- @param ... its arguments
-- @treturn ?string why it may not: `"timeout"`, `"cancelled"`
-- @treturn ?number seconds that were waited
function scheduler.admit(client, operation, ...)
  local task = whose.turn
  if not task then
    return
  end
  check_cancelled(task)
  local self = task.group.scheduler
  if self.limiter:pass(task, client, operation) then
    return
  elseif self.depth >= DEEPEST and not coroutines.reaches(task.thread) then
    return self:admit_on_top(task, client, operation)
  end
  local began, ends = now(), ends_of(...)
  if ends < math.huge then
    self.sleepers:push(ends, task, task.turn)
  end
  park(self, task)
  local over = task.cancelled and "cancelled" or (not task.promised and "timeout")
  limiter.leave(task)
  self.stale = self.stale + (ends < math.huge and 1 or 0)
  return over or nil, now() - began
end

--- Brings the reply into the call, and gives the call. Outside of tasks it blocks.
-- @param call
-- @tparam[opt] function left `left(call, about)`: what to do with the call where nobody is left to read it
-- @param[opt] about
function scheduler.carry(call, left, about)
  local task = whose.turn
  if not task then
    return core.carry(call)
  end
  local self = task.group.scheduler
  local id = self.engine:submit(call)
  if not id then
    return call
  end
  self.flying[id] = task
  depart(task)
  self.in_flight = self.in_flight + 1
  task.call = call
  if left then
    task.left, task.about = left, about
  end
  park(self, task)
  task.call = false
  if left then
    task.left, task.about = nil, nil
  end
  return call
end

--- Waits until a group has ended, in its owner.
-- @return what its first task returned
-- @raise the error that ended it
function scheduler:wait_for_group(group)
  park(self, group.owner)
  if not group.over then
    self:fail(group, CANCELLED)
    check_cancelled(group.owner)
  end
end

local function drive(self, group)
  while not group.over do
    if not rounds.round(self, true) and not group.over then
      self:fail(group, failures.deadlock(self.groups))
    end
  end
end

--- Gives turns until the group has ended, then shuts the engine.
function scheduler:drive(group)
  local fine, message = pcall(drive, self, group)
  local untold = not fine and group.over
  if not fine then
    whose.turn = nil
    self:fail(group, message)
  end
  rounds.land(self) -- the calls of tasks that ended with the group
  self.engine:close()
  if untold then
    error(message, 0)
  end
end

return scheduler
