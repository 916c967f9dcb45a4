-- SPDX-License-Identifier: MIT
--- Tasks of a storm that go on side by side: each is a coroutine that waits.

local core = require "signoff.core"

local tasks = { list = {} }

--- Adds a task.
function tasks.add(f, ...)
  local arguments = { ... }
  local task = { due = 0, thread = coroutine.create(function()
    f((table.unpack or unpack)(arguments)) -- luacheck: ignore 143
  end) }
  tasks.list[#tasks.list + 1] = task
  return task
end

--- In a task: waits so many seconds.
function tasks.wait(seconds)
  coroutine.yield(core.now() + seconds)
end

--- In a task: waits until `f` gives something, and gives that. Raises after so many seconds.
function tasks.wait_for(what, f, seconds)
  local ends = core.now() + seconds
  while true do
    local found = f()
    if found then
      return found
    elseif core.now() > ends then
      error("waited in vain for " .. what, 0)
    end
    tasks.wait(0.05)
  end
end

local function resume(task)
  local fine, due = coroutine.resume(task.thread)
  if not fine then
    error(debug.traceback(task.thread, tostring(due)), 0)
  end
  task.due = due
end

--- Goes on with those that are due. Gives how many there are.
function tasks.step()
  local now, left = core.now(), {}
  local list = tasks.list
  tasks.list = {}
  for _, task in ipairs(list) do
    if task.due <= now then
      resume(task)
    end
    if coroutine.status(task.thread) ~= "dead" then
      left[#left + 1] = task
    end
  end
  for _, task in ipairs(tasks.list) do
    left[#left + 1] = task
  end
  tasks.list = left
  return #left
end

--- Goes on until there are none, or `f` says that it is over.
function tasks.run(over)
  while tasks.step() > 0 and not (over and over()) do
    core.sleep(0.01)
  end
end

return tasks
