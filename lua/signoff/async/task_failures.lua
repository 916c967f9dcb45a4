-- SPDX-License-Identifier: MIT

--- Failed tasks whose error nobody has read yet. When nobody keeps such a task any more, or all tasks have ended, its error ends the
-- loop.
-- @module signoff.async.task_failures

local core = require "signoff.core"

local failures = {}
failures.__index = failures

local now = core.now

local SHARE = 10 -- collecting garbage takes no more than that part of the time
local GLANCE = 1 -- seconds between looks that collect nothing
local SHOWN = 3 -- errors, or tasks, that a message has

function failures.new()
  return setmetatable({
    list = {}, handles = setmetatable({}, { __mode = "v" }), fresh = false, collect_after = 0, look_after = 0,
  }, failures)
end

--- Whoever keeps `handle` may still ask for the task's error.
function failures:watch(task, handle)
  self.handles[task.id] = handle
end

function failures:add(task)
  if not task.joined then
    self.fresh = true
    table.insert(self.list, task)
  end
end

--- When the next look is worth its while; `math.huge` when there is nothing to look at.
function failures:due()
  return self.fresh and self.collect_after or math.huge
end

local function is_told(task)
  return task.joined or task.group.over
end

local function look(self, scheduler)
  local left = {}
  for _, task in ipairs(self.list) do
    if not is_told(task) and not self.handles[task.id] then
      local _, message = self:of_group(task.group)
      scheduler:fail(task.group, message)
    end
  end
  for _, task in ipairs(self.list) do
    left[#left + 1] = not is_told(task) and task or nil
  end
  self.list = left
end

--- Ends the groups that have an error which nobody will ask for.
function failures:check(scheduler)
  if #self.list == 0 then
    return
  end
  local time = now()
  if self.fresh and time >= self.collect_after then
    collectgarbage()
    self.fresh, self.collect_after = false, now() + SHARE * (now() - time)
  elseif time < self.look_after then
    return
  end
  self.look_after = now() + GLANCE
  look(self, scheduler)
end

local function first_line(message)
  return tostring(message):match "^[^\n]*"
end

--- The errors of a group that nobody was told: the first one, and what the others say.
-- @treturn boolean whether there is one
-- @return the error
function failures:of_group(group)
  local messages = {}
  for _, task in ipairs(self.list) do
    if task.group == group and not task.joined then
      messages[#messages + 1] = { task.results[1] }
    end
  end
  local first = messages[1] and messages[1][1]
  if type(first) == "string" then
    for i = 2, math.min(#messages, SHOWN) do
      first = ("%s\nanother task failed: %s"):format(first, first_line(messages[i][1]))
    end
    if #messages > SHOWN then
      first = ("%s\n%d more tasks failed"):format(first, #messages - SHOWN)
    end
  end
  return #messages > 0, first
end

--- An error's text, with the place where it happened; what is no text stays as it is.
function failures.trace(thread, message)
  if type(message) ~= "string" or message:find("\nstack traceback:", 1, true) then
    return message
  end
  return debug.traceback(thread, message)
end

--- What is said when every task waits for another.
function failures.deadlock(groups)
  local count, traces = 0, {}
  for group in pairs(groups) do
    for _, task in ipairs(group.tasks) do
      count = count + 1
      traces[#traces + 1] = task.thread and #traces < SHOWN and debug.traceback(task.thread, "one waits here:") or nil
    end
  end
  return ("signoff.loop: all tasks (%d) wait for each other: no call is on its way, and nobody sleeps\n%s")
    :format(count, table.concat(traces, "\n"))
end

return failures
