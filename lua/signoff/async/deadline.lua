-- SPDX-License-Identifier: MIT

--- `signoff.deadline(seconds, f, ...)`: all calls inside `f` together have that much time.
-- @module signoff.async.deadline

local core = require "signoff.core"
local context = require "signoff.async.context"
local coroutines = require "signoff.async.coroutine"

local deadline = {}

local scope = {}
scope.__index = scope

function scope:enter()
  self.outer = context.ends
  context.ends = math.min(self.outer, self.ends)
end

function scope:leave()
  context.ends = self.outer
end

-- The deadlines in nginx, by coroutine: nginx switches handlers by itself.
local by_thread = setmetatable({}, { __mode = "k" })

local function this_thread()
  return coroutine.running() or by_thread
end

local function end_scope(thread, before, ...)
  by_thread[thread] = before
  return ...
end

local function call_in_nginx(ends, f, ...)
  local thread = this_thread()
  local before = by_thread[thread]
  by_thread[thread] = math.min(before or math.huge, ends)
  return end_scope(thread, before, pcall(f, ...)) -- LuaJIT waits through it
end

local function call(ends, f, ...)
  return coroutines.call(setmetatable({ ends = ends }, scope), f, ...)
end

--- When the calls that are made now must be over, as `core.now` has it; `math.huge` without a deadline.
function deadline.ends()
  return context.ends
end

if context.is_nginx then
  call = call_in_nginx
  function deadline.ends()
    return by_thread[this_thread()] or math.huge
  end
end

local function result(fine, ...)
  if not fine then
    error((...), 0)
  end
  return ...
end

--- Calls `f`; the calls of clients in it must be over at that time.
-- @local
-- @tparam number ends as `core.now` has it
function deadline.until_when(ends, f, ...)
  return result(call(ends, f, ...))
end

--- Calls `f`. Calls of clients in it, and in tasks that it spawns, have no more time than is left of `seconds`: then they
-- fail with `"timeout"`, and nothing more is sent. Deadlines within deadlines only shorten. Sleeping is not cut short.
-- @tparam number seconds
-- @tparam function f
-- @param ... its arguments
-- @return what `f` returned
-- @raise what `f` raised
function deadline.run(seconds, f, ...)
  if type(seconds) ~= "number" or seconds ~= seconds or seconds < 0 then
    core.raise(("signoff.deadline: a number of seconds is needed, not %s"):format(tostring(seconds)))
  elseif type(f) ~= "function" then
    core.raise(("signoff.deadline: a function is needed, not %s"):format(type(f)))
  end
  return deadline.until_when(core.now() + seconds, f, ...)
end

return deadline
