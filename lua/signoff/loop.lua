-- SPDX-License-Identifier: MIT

--- `signoff.loop(f)`: many calls at once from one plain Lua script.
--
-- Inside, one task runs at a time, until it waits. Every method of every client waits without keeping the others; `loop:sleep` does,
-- and so does a task's `join`. A plain `coroutine.yield()` lets the others run. Lua 5.1 cannot wait inside its `pcall`, in a
-- metamethod, or in an iterator: `signoff.pcall` is for the first.
--
-- In a coroutine that a task makes itself, methods block, as they do outside of tasks. One that `signoff.wrap` makes may wait.
-- @module signoff.loop

local core = require "signoff.core"
local context = require "signoff.async.context"
local runtime = require "signoff.async.runtime"
local scheduler = require "signoff.async.scheduler"
local tasks = require "signoff.async.tasks"
local check = require "signoff.check"

local packed = tasks.packed

local IN_FLIGHT = 64
local MOST = 1024

local Loop = {}
Loop.__index = Loop

local Task = {}
Task.__index = Task

-- A loop or a task of scripts has one member: the group or the task that it stands for.
local function handle_of(handle, kind, where)
  if type(handle) ~= "table" or getmetatable(handle) ~= kind then
    core.raise(("%s: call it with a colon, on a %s"):format(where, kind == Loop and "loop" or "task"))
  end
  return handle[1]
end

local function check_function(where, f)
  if type(f) ~= "function" then
    core.raise(("%s: a function is needed, not %s"):format(where, type(f)))
  end
end

-- The group of a loop, inside one of its tasks.
local function check_inside(loop, where)
  local group, task = handle_of(loop, Loop, where), context.task
  if not task or task.group.scheduler ~= group.scheduler then
    core.raise(where .. ": only for tasks of this loop, while it runs")
  end
  return group
end

local function new_task(loop, f, arguments)
  local group = check_inside(loop, "loop:spawn")
  check_function("loop:spawn", f)
  if group.over then
    core.raise "loop:spawn: this loop has ended"
  end
  return group.scheduler:spawn(group, f, arguments)
end

--- Starts a task, which begins when this one waits.
-- @function loop:spawn
-- @tparam function f
-- @param ... its arguments
-- @treturn task
-- @raise unless `f` is a function, and after the loop has ended
function Loop:spawn(f, ...)
  return setmetatable({ new_task(self, f, packed(...)) }, Task)
end

--- Starts a task that nobody can join: its error ends the loop at once.
-- @local
function Loop:spawn_detached(f, ...)
  new_task(self, f, packed(...)).detached = true
end

--- Waits.
-- @function loop:sleep
-- @tparam number seconds 0 lets the others run
-- @raise unless it is a number of seconds
function Loop:sleep(seconds)
  check_inside(self, "loop:sleep")
  if type(seconds) ~= "number" or seconds ~= seconds or seconds < 0 then
    core.raise(("loop:sleep: a number of seconds is needed, not %s"):format(tostring(seconds)))
  end
  runtime.sleep(seconds)
end

local function check_client(client)
  local fine, is_open = pcall(core.is_open, client)
  if not fine then
    core.raise(("loop:limit: a client is needed, not %s"):format(type(client)))
  elseif not is_open then
    core.raise(("loop:limit: %s: the client is closed"):format(client:kind()))
  end
end

local function check_concurrency(where, count)
  if count and (count < 1 or count > MOST or count % 1 ~= 0) then
    core.raise(("%s: option 'concurrency' must be a whole number from 1 to %d"):format(where, MOST))
  end
end

--- Limits the calls of one client, in this loop.
-- @function loop:limit
-- @param client a client
-- @tparam table limits `concurrency` (calls on their way at once, 1 to 1024; otherwise they count among the loop's),
-- `per_minute`, `per_second` (calls that change something; others are not paced)
-- @raise unless it is an open client, and for an unknown or wrong option
function Loop:limit(client, limits)
  local group = check_inside(self, "loop:limit")
  check_client(client)
  limits = check.numbers("loop:limit", limits, { concurrency = false, per_minute = false, per_second = false })
  check_concurrency("loop:limit", limits.concurrency)
  group.scheduler.limiter:limit(client, limits)
end

--- Waits until the task has ended.
-- @function task:join
-- @return what its function returned
-- @raise its error, with a traceback; that it was cancelled; that all tasks wait for each other
function Task:join()
  return scheduler.join(handle_of(self, Task, "task:join"))
end

--- Ends the task's waiting: a call that is on its way returns `"cancelled"` (`detail.sent` says whether it left), anything
-- else that waits raises, and so does whatever would wait after it. A task that has not begun never does.
-- @function task:cancel
function Task:cancel()
  scheduler.cancel(handle_of(self, Task, "task:cancel"))
end

local function new_loop(group)
  return setmetatable({ group }, Loop)
end

local function results_of(group)
  if group.failed then
    error(group.message, 0)
  end
  local results = group.main.results
  return (table.unpack or unpack)(results, 1, results.n) -- luacheck: ignore 143 (by version)
end

-- Inside a task: its own loop, on what is there already.
local function run_inside(own, owner, f, options)
  if options.concurrency then
    core.raise "signoff.loop: option 'concurrency' is for the outermost loop; 'loop:limit' is for a client"
  end
  local group = own:new_group(owner)
  group.main = own:spawn(group, f, packed(new_loop(group)))
  own:wait_for_group(group)
  return results_of(group)
end

local function run_outermost(f, options)
  local own = scheduler.new(options.concurrency or IN_FLIGHT)
  local group = own:new_group()
  group.main = own:spawn(group, f, packed(new_loop(group)))
  own:drive(group)
  return results_of(group)
end

--- Runs `f` as the first task of a new loop, until all of its tasks have ended. An error of `f` ends it at once: the other tasks do
-- not run any more, and their calls are cancelled. An error of a task that nobody joined is raised when all tasks have ended. Inside
-- a task of another loop only that task waits.
-- @function loop
-- @tparam function f `f(loop)`
-- @tparam[opt] table options `concurrency`: calls on their way at once, of all clients without a limit of their own (64)
-- @return what `f` returned
-- @raise the error that ended it, with a traceback; in nginx, naming `ngx.thread`
return function(f, options)
  if context.is_nginx then
    core.raise "signoff.loop: nginx has its own: ngx.thread.spawn and ngx.thread.wait do its work, and methods wait in it"
  end
  check_function("signoff.loop", f)
  options = check.numbers("signoff.loop", options, { concurrency = false })
  check_concurrency("signoff.loop", options.concurrency)
  local owner = context.waiting_task()
  if owner then
    return run_inside(owner.group.scheduler, owner, f, options)
  end
  return run_outermost(f, options)
end
