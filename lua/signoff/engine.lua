-- SPDX-License-Identifier: MIT

--- `signoff.engine{...}`: a loop that the program steps, inside the event loop that it has already.
--
-- The program watches one descriptor for reading, and calls `engine:step` when it is readable and when `engine:timeout` is over. A
-- step runs tasks as `signoff.loop` does, and never waits. `signoff/with/` has adapters.
--
-- A task that is spawned outside of tasks begins a tree: the tasks that it spawns, and theirs. If it fails or is cancelled, the tree
-- ends. When all tasks of a tree have ended, the errors that nobody was told are raised by `engine:step`.
-- @module signoff.engine

local core = require "signoff.core"
local context = require "signoff.async.context"
local handles = require "signoff.async.handles"
local scheduler = require "signoff.async.scheduler"
local tasks = require "signoff.async.tasks"
local check = require "signoff.check"

local packed = tasks.packed

local Engine = {}
Engine.__index = Engine

-- The scheduler of an engine that may be used here.
local function open(engine, where)
  local own = handles.of(engine, Engine, where)
  if own.closed then
    core.raise(where .. ": the engine is closed")
  end
  local misuse = own.port:misuse()
  if misuse then
    core.raise(("%s: the engine cannot be used here: %s"):format(where, misuse))
  end
  return own
end

-- The group of the task that runs, if it is one of this engine.
local function group_of(own)
  local task = context.task
  if not task or task.group.scheduler ~= own then
    return nil
  end
  local group = task.group
  while group.owner do
    group = group.owner.group
  end
  return not group.over and group or nil
end

local function spawn(own, f, arguments)
  local group = group_of(own)
  if group then
    return own:spawn(group, f, arguments)
  end
  group = own:new_group()
  group.main = own:spawn(group, f, arguments)
  own:announce()
  return group.main
end

--- Gives the descriptor to watch for reading; it stays the same.
-- @function engine:pollfd
-- @treturn number
-- @raise after `close`, and in a child of the process
function Engine:pollfd()
  return open(self, "engine:pollfd").port:descriptor()
end

--- The same, under the name that LuaSocket and Prosody look for.
-- @function engine:getfd
-- @treturn number
Engine.getfd = Engine.pollfd

--- Gives what the descriptor is to be watched for.
-- @function engine:events
-- @treturn string `"r"`
function Engine:events()
  open(self, "engine:events")
  return "r"
end

--- Gives the seconds after which a step is due though the descriptor is not readable.
-- @function engine:timeout
-- @treturn ?number 0: now; nil: never
function Engine:timeout()
  return open(self, "engine:timeout"):timeout()
end

--- Does what can be done, and never waits.
-- @function engine:step
-- @treturn number the tasks that are left, those included whose callbacks are still to be called
-- @raise the error of a task that nobody was told, or of a callback; one a step
function Engine:step()
  local own = open(self, "engine:step")
  if own.running then
    core.raise "engine:step: the engine is in a step already; its tasks and callbacks return to that"
  elseif context.task then
    core.raise "engine:step: a task cannot step an engine: that is for the program's own loop, outside of tasks"
  end
  return own:step()
end

--- Starts a task, which begins in the next step.
-- @function engine:spawn
-- @tparam function f
-- @param ... its arguments
-- @treturn task
-- @raise unless `f` is a function, and after `close`
function Engine:spawn(f, ...)
  local own = open(self, "engine:spawn")
  handles.check_function("engine:spawn", f)
  return handles.new_task(spawn(own, f, packed(...)))
end

--- Waits, in a task of the engine.
-- @function engine:sleep
-- @tparam number seconds 0 lets the others run
-- @raise unless it is a number of seconds, and outside of tasks
function Engine:sleep(seconds)
  local own, task = open(self, "engine:sleep"), context.task
  if not task or task.group.scheduler ~= own then
    core.raise "engine:sleep: only for tasks of this engine"
  end
  handles.sleep("engine:sleep", seconds)
end

--- Limits the calls of one client, in this engine.
-- @function engine:limit
-- @param client a client
-- @tparam table limits `concurrency` (calls on their way at once, 1 to 1024; otherwise they count among the engine's),
-- `per_minute`, `per_second` (calls that change something; others are not paced)
-- @raise unless it is an open client, and for an unknown or wrong option
function Engine:limit(client, limits)
  local own = open(self, "engine:limit")
  handles.limit("engine:limit", own, client, limits)
  own:announce()
end

--- Notes the event loop that steps the engine, for adapters. One loop at a time can.
-- @function engine:attach
-- @tparam function on_ready called when something outside of a step made the descriptor readable, such as `spawn`; and now
-- @tparam function on_close called by `close`, before the descriptor is closed
-- @raise if a loop steps it already
function Engine:attach(on_ready, on_close)
  local own = open(self, "engine:attach")
  handles.check_function("engine:attach", on_ready)
  handles.check_function("engine:attach", on_close)
  if own.attached then
    core.raise "engine:attach: another loop steps this engine already; each needs an engine of its own"
  end
  own.attached, own.on_ready, own.on_close, own.announced = true, on_ready, on_close, false
  own:announce()
end

--- Cancels the calls of all tasks, ends the tasks, calls what waits for their ends, and closes the descriptor. Closing twice is fine.
-- @function engine:close
-- @raise the first error that nobody was told; the engine is closed then, too
function Engine:close()
  local own = handles.of(self, Engine, "engine:close")
  local task = context.task
  if not own.closed and task and task.group.scheduler == own then
    core.raise "engine:close: a task cannot close its own engine; a callback of task:done can"
  end
  own:close()
end

Engine.__close = Engine.close

--- Makes an engine.
-- @function engine
-- @tparam[opt] table options `concurrency`: calls on their way at once, of all clients without a limit of their own (64)
-- @return the engine
-- @raise in nginx, naming `ngx.thread`; where no descriptors are left
return function(options)
  if context.is_nginx then
    core.raise "signoff.engine: nginx has its own loop: ngx.thread.spawn and ngx.thread.wait do its work, and methods wait in it"
  end
  options = check.numbers("signoff.engine", options, { concurrency = false })
  handles.check_concurrency("signoff.engine", options.concurrency)
  return setmetatable({ scheduler.new("signoff.engine", options.concurrency or handles.IN_FLIGHT) }, Engine)
end
