-- SPDX-License-Identifier: MIT

--- Tasks, and groups of tasks that end together: how they begin, are woken and end, and what is said of their errors.
-- `self` is always the scheduler that has them.
-- @module signoff.async.tasks

local context = require "signoff.async.context"
local limiter = require "signoff.async.limiter"
local coroutines = require "signoff.async.coroutine"
local queue = require "signoff.async.queue"

local tasks = { CANCELLED = "signoff: the task was cancelled", ENDED = "signoff: the loop of this task has ended" }

local push = queue.push
local withdraw = limiter.withdraw
local CANCELLED, ENDED = tasks.CANCELLED, tasks.ENDED
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
function tasks.wake(task, epoch, line)
  if task.epoch ~= epoch or task.done or not task.waiting then
    return
  end
  task.epoch, task.waiting = epoch + 1, false
  push(line, task)
end

local wake = tasks.wake

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
local function abandon(self, task)
  task.done, task.killed = true, true
  self.live = self.live - 1
  withdraw(task)
  if task.call then
    task.call:cancel()
  end
  if task.owns then
    tasks.stop(self, task.owns, ENDED)
  end
  if task.thread and coroutine.status(task.thread) == "suspended" then
    local before = context.task
    context.task = false
    coroutines.close(task.thread)
    context.task = before
  end
end

--- Ends a group with an error: none of its tasks runs again, and their calls are cancelled.
function tasks.fail(self, group, message)
  if group.over then
    return
  end
  group.failed, group.message = true, message
  local list = group.tasks
  group.tasks, group.live = {}, 0
  end_group(self, group)
  for _, task in ipairs(list) do
    abandon(self, task)
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
function tasks.trace(thread, message)
  if type(message) ~= "string" or message:find("\nstack traceback:", 1, true) then
    return message
  end
  return debug.traceback(thread, message)
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

--- The error of a loop whose tasks all wait for each other: an error that nobody was told may be why.
function tasks.deadlock(self, main)
  local count, traces = 0, {}
  for group in pairs(self.groups) do
    for _, task in ipairs(group.tasks) do
      count = count + 1
      traces[#traces + 1] = task.thread and #traces < SHOWN and debug.traceback(task.thread, "one waits here:") or nil
    end
  end
  local message = ("signoff.loop: all tasks (%d) wait for each other: no call is on its way, and nobody sleeps\n%s")
    :format(count, table.concat(traces, "\n"))
  return with_others(message, unjoined(main, {}))
end

-- Ends

local function note_failure(self, task, group)
  local message = task.results[1]
  if group.main == task or task.detached then
    tasks.fail(self, group, with_others(message, unjoined(group, {})))
  elseif not (task.cancelled and message == CANCELLED) then
    add_failure(group, task)
  end
end

local function wake_joiners(self, task)
  for _, joiner in ipairs(task.joiners) do
    task.joined = true -- or the joiner takes that back
    wake(joiner.task, joiner.epoch, self.woken)
  end
  task.joiners = nil
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
  if task.joiners then
    wake_joiners(self, task)
  end
  if not fine then
    note_failure(self, task, group)
  end
  if group.live == 0 and not group.over then
    finish_group(self, group)
  end
end

return tasks
