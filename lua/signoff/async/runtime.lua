-- SPDX-License-Identifier: MIT

--- The runtime of the host: how a call is carried and how the module waits. In nginx nothing stops the worker, in a task of `signoff.loop`
-- nothing stops the other tasks, anywhere else a call blocks. Code that waits takes an `env`: `now()`, `sleep(seconds)`, `spawn(f, ...)`,
-- `condition()`.
-- @module signoff.async.runtime

local core = require "signoff.core"
local context = require "signoff.async.context"
local lazy = require "signoff.lazy"

local waiting_task = context.waiting_task
local nginx = context.is_nginx and require "signoff.async.nginx"

local runtime = {}

--- Waits until a call may be sent. Outside of tasks it may at once.
-- @param client a client
-- @tparam string operation
-- @param ... its arguments
-- @treturn ?string why it may not: `"timeout"`, `"cancelled"`
-- @treturn ?number seconds that were waited
-- @treturn ?number for `readmit`
function runtime.admit(client, operation, ...)
  local task = waiting_task()
  if task then
    return task.group.scheduler:admit(task, client, operation, ...)
  end
end

--- The same once more, where code of scripts ran since: it may have waited, or made other calls.
-- @tparam ?number waited, and
-- @tparam ?number reserved what the first time gave
-- @param ... as `admit`
function runtime.readmit(waited, reserved, ...)
  local task = waiting_task()
  if not task or task.reserved == reserved then
    return nil, waited
  end
  local over, more = runtime.admit(...)
  return over, more and more + (waited or 0) or waited
end

--- Brings the reply into the call, and gives the call.
-- @param call
-- @tparam[opt] function left `left(call, about)`: receives the call when nobody is left to read it; no closure over locals of the
-- caller, which nginx clears when it ends a handler
-- @param[opt] about
function runtime.carry(call, left, about)
  local task = waiting_task()
  if task then
    return task.group.scheduler:carry(task, call, left, about)
  end
  return core.carry(call)
end

--- Waits for that many seconds.
function runtime.sleep(seconds)
  local task = waiting_task()
  if task then
    return task.group.scheduler:sleep(task, seconds)
  end
  core.sleep(seconds)
end

-- Makes a waiter of a condition: `wait(seconds)` returns when `wake()` was called, or after the seconds. Nil where a call blocks.
local function new_waiter()
  local task = waiting_task()
  return task and task.group.scheduler:new_waiter(task)
end

if nginx then
  function runtime.admit() end
  runtime.carry, runtime.sleep, new_waiter = nginx.carry, nginx.sleep, nginx.new_waiter
end

local Condition = {}
Condition.__index = Condition

--- Makes a condition: some code waits for it, other code signals it.
function runtime.condition()
  return setmetatable({ waiters = {} }, Condition)
end

-- Where a call blocks, nothing else runs that could signal.
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
-- @tparam[opt] number seconds the time limit; none means for ever
-- @treturn boolean whether it came; false at the time limit
-- @raise in a task that was cancelled
function Condition:wait(seconds)
  local waiter = new_waiter()
  if not waiter then
    return wait_alone(seconds)
  end
  waiter.signalled = false
  table.insert(self.waiters, waiter)
  waiter:wait(seconds)
  if not waiter.signalled then
    remove(self.waiters, waiter)
  end
  waiter:check_cancelled()
  return waiter.signalled
end

--- Wakes all that wait for the condition.
function Condition:signal()
  local waiters = self.waiters
  self.waiters = {}
  for _, waiter in ipairs(waiters) do
    waiter.signalled = true
    waiter:wake()
  end
end

local function run_in_loop(f, env)
  return lazy.require "signoff.loop"(function(loop)
    function env.spawn(job, ...)
      loop:spawn_detached(job, ...)
    end
    return f(env)
  end)
end

--- Calls `f(env)`, and returns when it and all that it spawned have ended. In a task of `signoff.loop` its tasks join that
-- loop's, and only that task waits.
-- @tparam function f
-- @return what it returned
-- @raise the first error of any of them, with a traceback; the others are ended then, and their calls cancelled
function runtime.run(f)
  local run = nginx and nginx.run or run_in_loop
  return run(f, { now = core.now, sleep = runtime.sleep, condition = runtime.condition })
end

return runtime
