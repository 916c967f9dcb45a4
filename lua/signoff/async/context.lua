-- SPDX-License-Identifier: MIT

--- The context of the code that runs: its host, its task of `signoff.loop`, and when its calls must be over.
-- @module signoff.async.context

local core = require "signoff.core"
local coroutines = require "signoff.async.coroutine"

local ngx = package.loaded.ngx
local running = coroutine.running
local reaches = coroutines.reaches

local context = {
  --- Whether handlers wait here without stopping a worker. The thread-pool states of nginx have an `ngx` without sockets: a
  -- thread of theirs may block.
  is_nginx = type(ngx) == "table" and ngx.socket ~= nil and ngx.get_phase ~= nil,
  --- The task that runs; false outside of tasks. The scheduler sets it.
  task = false,
  --- Whether a function of a system that is described in Lua runs: none of them can wait.
  script = false,
  --- When the calls that are made now must be over, as `core.now` has it. It is kept by all that switch coroutines.
  ends = math.huge,
}

--- The task that may wait here: the one that runs, unless this is a coroutine that it made itself.
-- @treturn table|false the task
function context.waiting_task()
  local task = context.task
  return task and (running() == task.thread or reaches(task.thread)) and task
end

--- Raises where a call that cannot wait would stop others: in a task, and in nginx everywhere but in `init`.
-- @tparam string name the function that was called
function context.refuse_to_block(name)
  local phase = context.is_nginx and ngx.get_phase()
  if phase and phase ~= "init" then
    core.raise(("%s cannot wait in nginx's phase '%s': call it in init_by_lua, and keep the secret in a module"):format(name, phase))
  elseif context.task then
    core.raise(("%s cannot wait in a task of signoff.loop: call it before the loop, and keep the secret"):format(name))
  end
end

return context
