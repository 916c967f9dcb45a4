-- SPDX-License-Identifier: MIT

--- Handles of tasks, which scripts hold, and the checks of arguments that `signoff.loop` and `signoff.engine` share.
--
-- A handle has one member: the task, group or scheduler that it stands for.
-- @module signoff.async.handles

local core = require "signoff.core"
local runtime = require "signoff.async.runtime"
local scheduler = require "signoff.async.scheduler"
local check = require "signoff.check"

local handles = {
  IN_FLIGHT = 64, -- calls on their way at once, unless said otherwise
}

local MOST = 1024

local Task = {}
Task.__index = Task

--- Gives what a handle stands for.
-- @param handle what stood before the colon
-- @tparam table kind its metatable
-- @tparam string where the method, for the message
-- @raise for anything else
function handles.of(handle, kind, where)
  if type(handle) ~= "table" or getmetatable(handle) ~= kind then
    local name = where:match "^[^:]*"
    core.raise(("%s: call it with a colon, on %s %s"):format(where, name:find "^e" and "an" or "a", name))
  end
  return handle[1]
end

local of = handles.of

function handles.check_function(where, f)
  if type(f) ~= "function" then
    core.raise(("%s: a function is needed, not %s"):format(where, type(f)))
  end
end

--- Makes the handle of a task.
function handles.new_task(task)
  return setmetatable({ task }, Task)
end

--- Waits, in a task.
function handles.sleep(where, seconds)
  if type(seconds) ~= "number" or seconds ~= seconds or seconds < 0 then
    core.raise(("%s: a number of seconds is needed, not %s"):format(where, tostring(seconds)))
  end
  runtime.sleep(seconds)
end

local function check_client(where, client)
  local fine, is_open = pcall(core.is_open, client)
  if not fine then
    core.raise(("%s: a client is needed, not %s"):format(where, type(client)))
  elseif not is_open then
    core.raise(("%s: %s: the client is closed"):format(where, client:kind()))
  end
end

function handles.check_concurrency(where, count)
  if count and (count < 1 or count > MOST or count % 1 ~= 0) then
    core.raise(("%s: option 'concurrency' must be a whole number from 1 to %d"):format(where, MOST))
  end
end

--- Limits the calls of one client.
-- @tparam string where the method, for messages
-- @tparam table own the scheduler
-- @param client a client
-- @tparam table limits `concurrency` (calls on their way at once, 1 to 1024; otherwise they count among all others), `per_minute`,
-- `per_second` (calls that change something; others are not paced)
-- @raise unless it is an open client, and for an unknown or wrong option
function handles.limit(where, own, client, limits)
  check_client(where, client)
  limits = check.numbers(where, limits, { concurrency = false, per_minute = false, per_second = false })
  handles.check_concurrency(where, limits.concurrency)
  own.limiter:limit(client, limits)
end

--- Waits until the task has ended.
-- @function task:join
-- @return what its function returned
-- @raise its error, with a traceback; that it was cancelled; that all tasks wait for each other
function Task:join()
  return scheduler.join(of(self, Task, "task:join"))
end

--- Ends the task's waiting: a call that is on its way returns `"cancelled"` (`detail.sent` says whether it left), anything
-- else that waits raises, and so does whatever would wait after it. A task that has not begun never does.
-- @function task:cancel
function Task:cancel()
  scheduler.cancel(of(self, Task, "task:cancel"))
end

--- Has a function called when the task has ended; if it has ended already, in the next step. It is called outside of tasks: methods of
-- clients block there. An error of the task is told by that; one of the function is raised as that of a task that nobody joined.
-- @function task:done
-- @tparam function callback `callback(fine, ...)`: whether the task returned, and what it returned or its error
-- @treturn task the task
-- @raise unless it is a function, and after the end of the loop or engine
function Task:done(callback)
  local task = of(self, Task, "task:done")
  handles.check_function("task:done", callback)
  local own = task.group.scheduler
  if own.closed then
    core.raise(("task:done: its %s has ended"):format(own.name:match "%a+$"))
  end
  own:call_when_done(task, callback)
  own:announce()
  return self
end

return handles
