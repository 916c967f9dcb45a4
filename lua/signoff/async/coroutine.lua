-- SPDX-License-Identifier: MIT

--- Runs a function in a coroutine of its own that hands on whatever it yields: a call that waits in it waits through it. Also `pcall`
-- that may wait, on every Lua: that of Lua 5.1 cannot be yielded through.
-- @module signoff.async.coroutine

local core = require "signoff.core"

local coroutines = {}

local create, resume, running = coroutine.create, coroutine.resume, coroutine.running
local status, yield = coroutine.status, coroutine.yield

-- By coroutine: the one that it hands its yields to, and the one that hands it its own.
local outer = setmetatable({}, { __mode = "k" })
local inside = setmetatable({}, { __mode = "k" })

--- What a coroutine can run: in Lua 5.1 that is no function written in C.
function coroutines.body(f)
  return f
end

if _VERSION == "Lua 5.1" and not rawget(_G, "jit") then
  function coroutines.body(f)
    return debug.getinfo(f, "S").what ~= "C" and f or function(...)
      return f(...)
    end
  end
end

--- Whether what yields here yields out of `thread`.
function coroutines.reaches(thread)
  local inner = running()
  while inner and inner ~= thread do
    inner = outer[inner]
  end
  return inner == thread
end

--- Closes what a coroutine has open (Lua 5.4), the innermost first: it is not resumed again, or has failed.
function coroutines.close(thread)
  local inner = inside[thread]
  if inner then
    inside[thread] = nil
    coroutines.close(inner)
  end
  if coroutine.close and status(thread) ~= "normal" and status(thread) ~= "running" then -- luacheck: ignore 143 (5.4)
    coroutine.close(thread) -- luacheck: ignore 143
  end
end

local function enter(thread, scope, ...)
  scope:enter()
  return resume(thread, ...)
end

local function leave(thread, ...)
  if outer[thread] then
    inside[outer[thread]] = nil
  end
  return ...
end

local function go_on(thread, scope, fine, ...)
  scope:leave()
  if status(thread) ~= "dead" then
    return go_on(thread, scope, enter(thread, scope, yield(...)))
  elseif not fine then
    coroutines.close(thread)
  end
  return leave(thread, fine, ...)
end

local function made(f)
  local thread, here = create(coroutines.body(f)), running()
  if here then
    outer[thread], inside[here] = here, thread
  end
  return thread
end

--- Calls `f`, as `pcall` does: there is no error of its own either, where memory runs out before `f` begins.
-- @tparam table scope its methods `enter` and `leave` are called whenever `f` goes on, and stops
-- @tparam function f
-- @param ... its arguments
-- @return true and what it returned; or false and its error
function coroutines.call(scope, f, ...)
  local fine, thread = pcall(made, f)
  if not fine then
    return false, thread
  end
  return go_on(thread, scope, enter(thread, scope, ...))
end

local no_scope = { enter = function() end, leave = function() end }

-- `pcall` for Lua 5.1.
local function waiting_pcall(f, ...)
  if type(f) == "function" then
    return coroutines.call(no_scope, f, ...)
  end
  local meta = debug.getmetatable(f)
  if not meta or not meta.__call then
    core.raise(("signoff.pcall: a function is needed, not %s"):format(type(f)))
  end
  return coroutines.call(no_scope, function(...)
    return f(...)
  end, ...)
end

--- `pcall` that may wait. Every other Lua's own may.
-- @function coroutines.pcall
coroutines.pcall = _VERSION == "Lua 5.1" and not rawget(_G, "jit") and waiting_pcall or pcall

return coroutines
