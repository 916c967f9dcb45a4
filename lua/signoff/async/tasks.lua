-- SPDX-License-Identifier: MIT

--- Tasks, and groups of tasks that end together: begin, wake, cancel, end. `self` is always the scheduler that has them.
-- @module signoff.async.tasks

local deadline = require "signoff.async.deadline"
local limiter = require "signoff.async.limiter"
local coroutines = require "signoff.async.coroutine"
local queue = require "signoff.async.queue"

local tasks = { CANCELLED = "signoff: the task was cancelled", ENDED = "signoff: the loop of this task has ended" }

local current = deadline.current
local push = queue.push
local CANCELLED, ENDED = tasks.CANCELLED, tasks.ENDED
local NOTHING = { n = 0 } -- arguments, or results, where there are none

--- `whose.turn`: the task whose turn it is; nil outside of tasks.
tasks.whose = {}

local whose = tasks.whose

--- Arguments, or results, as a table.
function tasks.packed(...)
  local count = select("#", ...)
  return count > 0 and { n = count, ... } or NOTHING
end

-- Waking

--- What a task waits for has come.
-- @tparam table task
-- @tparam number turn its own when it began to wait for that: it may wait for something else by now
-- @tparam table line where it waits for its turn
function tasks.wake(task, turn, line)
  if task.turn ~= turn or task.done or not task.waiting then
    return
  end
  task.turn, task.waiting = turn + 1, false
  if not task.nested then
    push(line, task)
  end
end

local wake = tasks.wake

-- Giving up: an error ended a task's waiting. What it waited for may come yet, and is not for what it waits for next.

-- Nobody waits for the call any more; it keeps its place until it is back.
local function leave_call(self, task)
  for id, other in pairs(self.flying) do
    if other == task then
      self.flying[id] = {
        turn = 0, done = true, killed = true, place = task.place, call = task.call, left = task.left, about = task.about,
      }
    end
  end
  task.call:cancel()
  task.call, task.left, task.about = false, nil, nil
end

--- The task waits for nothing any more.
function tasks.give_up(self, task)
  task.turn, task.waiting = task.turn + 1, false
  limiter.leave(task)
  if task.owns then
    tasks.fail(self, task.owns, ENDED)
  end
  if task.call then
    leave_call(self, task)
  end
end

--- The same of a task that has its turn, if it waits: Lua 5.1 raised where it could not yield.
function tasks.settle(self, task)
  if task.waiting then
    tasks.give_up(self, task)
  end
end

-- Groups

--- A new group.
-- @tparam[opt] table owner the task that waits for its end
function tasks.new_group(self, owner)
  local group = { scheduler = self, tasks = {}, live = 0, owner = owner }
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
    wake(owner, owner.turn, self.woken)
  end
end

-- Nobody resumes it again.
local function abandon(self, task)
  task.done, task.killed = true, true
  self.live = self.live - 1
  limiter.leave(task)
  if task.call then
    task.call:cancel()
  end
  if task.owns then
    tasks.fail(self, task.owns, ENDED)
  end
  if task.thread and coroutine.status(task.thread) == "suspended" then
    local before = whose.turn
    whose.turn = nil
    coroutines.close(task.thread)
    whose.turn = before
  end
end

--- Ends a group with an error: none of its tasks has another turn, and their calls are cancelled.
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
  group.tasks[count] = task -- the memory for it may not be there
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
-- @treturn table the task; whoever keeps it may join it
function tasks.spawn(self, group, f, arguments)
  self.last_id = self.last_id + 1
  local task = {
    f = f, arguments = arguments, thread = false, group = group, id = self.last_id, turn = 0,
    ends = current.ends, waiting = false, done = false, at = 0, line = false, place = false, promised = false, call = false,
    results = false,
  } -- all that most tasks will have: a table that grows costs more than a call
  add_task(group, task)
  self.live = self.live + 1
  push(self.ready, task)
  return task
end

-- Ends

local function finish_group(self, group)
  local failed, message = self.failures:of_group(group)
  if failed then
    tasks.fail(self, group, message)
  else
    end_group(self, group)
  end
end

local function tell_failure(self, task, group)
  local message = task.results[1]
  if group.main == task or task.detached then
    tasks.fail(self, group, message)
  elseif not (task.cancelled and message == CANCELLED) then
    self.failures:add(task)
  end
end

local function wake_joiners(self, task)
  for _, joiner in ipairs(task.joiners) do
    task.joined = true -- or the joiner takes that back
    wake(joiner.task, joiner.turn, self.woken)
  end
  task.joiners = nil
end

--- The task has ended.
-- @tparam table task
-- @tparam boolean fine whether it returned
-- @tparam table results packed: what it returned, or its error
function tasks.finish(self, task, fine, results)
  local group = task.group
  task.done, task.fine, task.results = true, fine, results
  remove_task(group, task)
  self.live = self.live - 1
  limiter.leave(task)
  if task.joiners then
    wake_joiners(self, task)
  end
  if not fine then
    tell_failure(self, task, group)
  end
  if group.live == 0 and not group.over then
    finish_group(self, group)
  end
end

return tasks
