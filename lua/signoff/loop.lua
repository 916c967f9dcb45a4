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
local handles = require "signoff.async.handles"
local scheduler = require "signoff.async.scheduler"
local tasks = require "signoff.async.tasks"
local check = require "signoff.check"

local packed = tasks.packed

local Loop = {}
Loop.__index = Loop

-- The group of a loop, inside one of its tasks.
local function check_inside(loop, where)
  local group, task = handles.of(loop, Loop, where), context.task
  if not task or task.group.scheduler ~= group.scheduler then
    core.raise(where .. ": only for tasks of this loop, while it runs")
  end
  return group
end

local function new_task(loop, f, arguments)
  local group = check_inside(loop, "loop:spawn")
  handles.check_function("loop:spawn", f)
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
  return handles.new_task(new_task(self, f, packed(...)))
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
  handles.sleep("loop:sleep", seconds)
end

--- Limits the calls of one client, in this loop.
-- @function loop:limit
-- @param client a client
-- @tparam table limits `concurrency` (calls on their way at once, 1 to 1024; otherwise they count among the loop's),
-- `per_minute`, `per_second` (calls that change something; others are not paced)
-- @raise unless it is an open client, and for an unknown or wrong option
function Loop:limit(client, limits)
  handles.limit("loop:limit", check_inside(self, "loop:limit").scheduler, client, limits)
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
  local own = scheduler.new("signoff.loop", options.concurrency or handles.IN_FLIGHT)
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
  handles.check_function("signoff.loop", f)
  options = check.numbers("signoff.loop", options, { concurrency = false })
  handles.check_concurrency("signoff.loop", options.concurrency)
  local owner = context.waiting_task()
  if owner then
    return run_inside(owner.group.scheduler, owner, f, options)
  end
  return run_outermost(f, options)
end
