-- SPDX-License-Identifier: MIT

--- Tasks, and groups of tasks that end together: how they begin, are woken and end, and who is told of their ends and errors.
-- `self` is always the scheduler that has them.
-- @module signoff.async.tasks

local context = require "signoff.async.context"
local limiter = require "signoff.async.limiter"
local coroutines = require "signoff.async.coroutine"
local queue = require "signoff.async.queue"

local tasks = {
  CANCELLED = "signoff: the task was cancelled", ENDED = "signoff: the task was ended with its loop, or with the task that began it",
  CLOSED = "signoff: the engine of this task was closed",
}

local pop, push, size = queue.pop, queue.push, queue.size
local withdraw = limiter.withdraw
local CANCELLED, ENDED, CLOSED = tasks.CANCELLED, tasks.ENDED, tasks.CLOSED
local unpack = table.unpack or unpack -- luacheck: ignore 143 (by version)
local NOTHING = { n = 0 } -- arguments, or results, where there are none
local SHOWN = 3 -- errors, or tasks, that a message names

--- Arguments, or results, as a table.
function tasks.packed(...)
  local count = select("#", ...)
  return count > 0 and { n = count, ... } or NOTHING
end

-- Waking

--- Ends a task's waiting.
-- @tparam table task
-- @tparam number epoch that of the task when it began to wait: it may wait for something else by now
-- @tparam table line the queue in which it waits until it runs
-- @treturn ?boolean true, unless it did not wait for that any more
function tasks.wake(task, epoch, line)
  if task.epoch ~= epoch or task.done or not task.waiting then
    return
  end
  task.epoch, task.waiting = epoch + 1, false
  push(line, task)
  return true
end

local packed, wake = tasks.packed, tasks.wake

-- Notes that nobody waits for the call any more. The call keeps its slot until it is back.
local function leave_call(self, task)
  for id, other in pairs(self.calls) do
    if other == task then
      self.calls[id] = {
        epoch = 0, done = true, killed = true, slots = task.slots, call = task.call, left = task.left, about = task.about,
      }
    end
  end
  task.call:cancel()
  task.call, task.left, task.about = false, nil, nil
end

--- Ends the waiting of a task that runs: Lua 5.1 raises where it cannot yield, and the script may have caught that.
-- The event that the task waited for does not end its next waiting. The task gives back the slot of a call that it has not sent.
function tasks.settle(self, task)
  withdraw(task)
  if not task.waiting then
    return
  end
  task.epoch, task.waiting = task.epoch + 1, false
  if task.owns then
    tasks.stop(self, task.owns, ENDED)
  end
  if task.call then
    leave_call(self, task)
  end
end

-- Ends

-- Wakes the tasks that wait for the end of one, and enters what is to be called then.
local function tell_end(self, task)
  for _, joiner in ipairs(task.joiners or NOTHING) do
    task.joined = wake(joiner.task, joiner.epoch, self.woken) or task.joined -- or the joiner takes that back
  end
  task.joiners = nil
  if task.callbacks then
    push(self.callbacks, task)
  end
end

--- Has a function called when the task has ended, with whether it returned, and what it returned or its error.
function tasks.call_when_done(self, task, callback)
  tasks.told(task)
  task.callbacks = task.callbacks or {}
  table.insert(task.callbacks, callback)
  if task.done and #task.callbacks == 1 then
    push(self.callbacks, task)
  end
end

-- Calls them outside of tasks: there a method blocks.
local function call_all(self, task)
  local callbacks = task.callbacks
  task.callbacks = nil
  for _, callback in ipairs(callbacks) do
    local fine, message = xpcall(function()
      callback(task.fine or false, unpack(task.results, 1, task.results.n))
    end, function(message)
      return tasks.trace(message)
    end)
    if not fine then
      tasks.report(self, message)
    end
  end
end

--- Calls what was entered for tasks that have ended.
function tasks.call_back(self)
  local before, ends = context.task, context.ends
  context.task, context.ends = false, math.huge
  for _ = 1, size(self.callbacks) do
    local task = pop(self.callbacks)
    if task then -- or the engine was closed meanwhile, and they were called then
      call_all(self, task)
    end
  end
  context.task, context.ends = before, ends
end

-- Groups

--- Makes a group.
-- @tparam[opt] table owner the task that waits for its end
function tasks.new_group(self, owner)
  local group = { scheduler = self, tasks = {}, live = 0, owner = owner, failures = {}, failed_last = 0 }
  if owner then
    tasks.settle(self, owner)
    owner.owns = group
  end
  self.groups[group] = true
  return group
end

local function end_group(self, group)
  group.over = true
  self.groups[group] = nil
  local owner = group.owner
  if owner then
    owner.owns = nil
    wake(owner, owner.epoch, self.woken)
  end
end

-- Ends a task that is not resumed again.
local function abandon(self, task, why)
  task.done, task.killed, task.results = true, true, packed(why)
  self.live = self.live - 1
  withdraw(task)
  if task.call then
    task.call:cancel()
  end
  if task.owns then
    tasks.stop(self, task.owns, why)
  end
  tell_end(self, task)
  if task.thread and coroutine.status(task.thread) == "suspended" then
    local before = context.task
    context.task = false
    coroutines.close(task.thread)
    context.task = before
  end
end

--- Ends a group with an error: none of its tasks runs again, and their calls are cancelled.
-- @tparam table group
-- @param message
-- @tparam[opt] table task the one whose error this is
function tasks.fail(self, group, message, task)
  if group.over then
    return
  end
  group.failed, group.message = true, message
  local list = group.tasks
  group.tasks, group.live = {}, 0
  end_group(self, group)
  for _, other in ipairs(list) do
    abandon(self, other, message == CLOSED and CLOSED or ENDED)
  end
  if not group.owner then
    tasks.report(self, message, task)
  end
end

local function add_task(group, task)
  local count = group.live + 1
  task.at = count
  group.tasks[count] = task -- memory may run out here
  group.live = count
end

local function remove_task(group, task)
  local last = group.tasks[group.live]
  group.tasks[task.at], last.at = last, task.at
  group.tasks[group.live] = nil
  group.live = group.live - 1
end

--- Starts a task.
-- @tparam table group
-- @tparam function f
-- @tparam table arguments packed
-- @treturn table the task
function tasks.spawn(self, group, f, arguments)
  local task = {
    f = f, arguments = arguments, thread = false, group = group, epoch = 0, ends = context.ends, waiting = false, done = false,
    at = 0, line = false, slots = false, reserved = false, call = false, results = false,
  } -- all that most tasks will have: a table that grows costs more than a call
  add_task(group, task)
  self.live = self.live + 1
  push(self.ready, task)
  return task
end

-- Errors

--- Adds to an error's text where it happened; an error that is no text stays as it is.
-- @param message
-- @tparam[opt] thread thread the coroutine that it happened in
function tasks.trace(message, thread)
  if type(message) ~= "string" or message:find("\nstack traceback:", 1, true) then
    return message
  end
  return thread and debug.traceback(thread, message) or debug.traceback(message, 2)
end

local function first_line(message)
  return tostring(message):match "^[^\n]*"
end

local function add_failure(group, task)
  local number = group.failed_last + 1
  group.failed_last, task.failure = number, number
  group.failures[number] = task
end

--- Notes that a task's error was given to the one that joined it: the loop does not raise it again.
function tasks.told(task)
  task.told, task.joined = true, true
  if task.failure then
    task.group.failures[task.failure] = nil
  end
end

--- Notes that one who waited for a task was cancelled before it was told.
function tasks.untold(self, task)
  local failed = task.joined and task.done and not (task.killed or task.fine)
  task.joined = task.told
  if failed and task.group.main == task then
    tasks.report(self, task.results[1], task)
  end
end

--- Enters an error, which the step of an engine raises.
-- @param message
-- @tparam[opt] table task whose error it is: not if somebody was told, or waits for it
function tasks.report(self, message, task)
  if message ~= CLOSED and not (task and (task.joined or task.cancelled and message == CANCELLED)) then
    push(self.errors, { message = message, task = task })
  end
end

--- Takes the next error that nobody was told since; nil where there is none.
-- @treturn ?table its `message`
function tasks.next_error(self)
  while size(self.errors) > 0 do
    local entry = pop(self.errors)
    if not (entry.task and entry.task.joined) then
      return entry
    end
  end
end

-- The tasks whose errors nobody was told, of a group and of the loops inside it, in order.
local function unjoined(group, list)
  for number = 1, group.failed_last do
    local task = group.failures[number]
    if task and not task.joined then
      list[#list + 1] = task
    end
  end
  for _, task in ipairs(group.tasks) do
    if task.owns then
      unjoined(task.owns, list)
    end
  end
  return list
end

-- An error, and what those of other tasks say. One that is no text stays as it is.
local function with_others(message, others)
  if type(message) ~= "string" then
    return message
  end
  for i = 1, math.min(#others, SHOWN - 1) do
    message = ("%s\nanother task failed: %s"):format(message, first_line(others[i].results[1]))
  end
  if #others >= SHOWN then
    message = ("%s\n%d more tasks failed"):format(message, #others - SHOWN + 1)
  end
  return message
end

--- Ends a group from outside. The loop around it raises the errors that nobody was told.
function tasks.stop(self, group, message)
  for _, task in ipairs(unjoined(group, {})) do
    add_failure(group.owner.group, task)
  end
  tasks.fail(self, group, message)
end

--- Ends all groups, as their engine is closed. Errors that nobody was told are entered.
function tasks.close(self)
  for _, group in ipairs(tasks.roots(self)) do
    for _, task in ipairs(unjoined(group, {})) do
      tasks.report(self, task.results[1], task)
    end
    tasks.fail(self, group, CLOSED)
  end
end

--- The groups that no task waits for.
function tasks.roots(self)
  local list = {}
  for group in pairs(self.groups) do
    list[#list + 1] = not group.owner and group or nil
  end
  return list
end

--- The error of a loop whose tasks all wait for each other: an error that nobody was told may be why.
function tasks.deadlock(self, main)
  local count, traces = 0, {}
  for group in pairs(self.groups) do
    for _, task in ipairs(group.tasks) do
      count = count + 1
      traces[#traces + 1] = task.thread and #traces < SHOWN and debug.traceback(task.thread, "one waits here:") or nil
    end
  end
  local message = ("%s: all tasks (%d) wait for each other: no call is on its way, and nobody sleeps\n%s")
    :format(self.name, count, table.concat(traces, "\n"))
  return with_others(message, unjoined(main, {}))
end

local function note_failure(self, task, group)
  local message = task.results[1]
  if group.main == task or task.detached then
    message = with_others(message, unjoined(group, {}))
    task.results = packed(message)
    tasks.fail(self, group, message, group.main == task and task)
  elseif not (task.told or task.cancelled and message == CANCELLED) then
    add_failure(group, task)
  end
end

local function finish_group(self, group)
  local failed = unjoined(group, {})
  local first = table.remove(failed, 1)
  if first then
    tasks.fail(self, group, with_others(first.results[1], failed))
  else
    end_group(self, group)
  end
end

--- Ends a task that has returned or failed.
-- @tparam table task
-- @tparam boolean fine whether it returned
-- @tparam table results packed: what it returned, or its error
function tasks.finish(self, task, fine, results)
  local group = task.group
  task.done, task.fine, task.results, task.thread = true, fine, results, false
  remove_task(group, task)
  self.live = self.live - 1
  withdraw(task)
  if task.joiners or task.callbacks then
    tell_end(self, task)
  end
  if not fine then
    note_failure(self, task, group)
  end
  if group.live == 0 and not group.over then
    finish_group(self, group)
  end
end

return tasks
