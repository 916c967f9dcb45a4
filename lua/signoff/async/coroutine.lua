-- SPDX-License-Identifier: MIT

--- Coroutines in which a task may wait. `pcall` may wait on every Lua: that of Lua 5.1 cannot be yielded through. The coroutines of
-- `wrap` pass on to the task that they wait, and give their caller all other values.
-- @module signoff.async.coroutine

local core = require "signoff.core"

local coroutines = {
  --- The value that a task yields when it waits.
  WAIT = {},
}

local WAIT = coroutines.WAIT
local IS_51 = _VERSION == "Lua 5.1" and not rawget(_G, "jit")

local create, resume, running = coroutine.create, coroutine.resume, coroutine.running
local status, yield = coroutine.status, coroutine.yield

-- By coroutine: the one that resumed it and gets what it yields, and the one that it resumed. The tables are weak, since the stacks
-- hold both; without ephemerons (Lua 5.1, LuaJIT) strong ones would keep a coroutine for ever that is dropped while it waits.
local outer = setmetatable({}, { __mode = "kv" })
local inside = setmetatable({}, { __mode = "kv" })

--- Makes a function that a coroutine can run: in Lua 5.1 it can run no function that is written in C.
function coroutines.body(f)
  return f
end

if IS_51 then
  function coroutines.body(f)
    return debug.getinfo(f, "S").what ~= "C" and f or function(...)
      return f(...)
    end
  end
end

--- Whether `thread` gets what is yielded here.
function coroutines.reaches(thread)
  local inner = running()
  while inner and inner ~= thread do
    inner = outer[inner]
  end
  return inner == thread
end

--- Closes the variables of a coroutine that are to be closed (Lua 5.4), the innermost first. It is not resumed again, or has failed.
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

local function connect(thread)
  local here = running()
  if here then
    outer[thread], inside[here] = here, thread
  end
end

local function disconnect(thread)
  local here = outer[thread]
  if here then
    outer[thread], inside[here] = nil, nil
  end
end

local function enter(thread, scope, ...)
  scope:enter()
  return resume(thread, ...)
end

local function leave(thread, ...)
  disconnect(thread)
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
  local thread = create(coroutines.body(f))
  connect(thread)
  return thread
end

--- Calls `f` as `pcall` does. It raises nothing itself either, where memory runs out before `f` begins.
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

--- A `pcall` that may wait: Lua's own, but for Lua 5.1.
-- @function coroutines.pcall
coroutines.pcall = IS_51 and waiting_pcall or pcall

-- Gives the caller what the coroutine yields or returns; while it waits, its caller waits.
local function yielded(thread, fine, sign, ...)
  if fine and rawequal(sign, WAIT) then
    return yielded(thread, resume(thread, yield(WAIT)))
  end
  disconnect(thread)
  if not fine then
    coroutines.close(thread)
    error(sign, 0)
  end
  return sign, ...
end

-- Raises unless a coroutine of `wrap` may be resumed. One that waits, and whose resumer does not, had its waiting broken off by an error.
local function check_resumable(thread)
  local resumer = outer[thread]
  if resumer and status(thread) == "suspended" and status(resumer) ~= "suspended" then
    core.raise("signoff.wrap: the waiting of this coroutine was broken off, and it cannot go on; Lua 5.1 cannot wait inside pcall, a "
      .. "metamethod or an iterator (signoff.pcall can)")
  elseif resumer then
    core.raise "signoff.wrap: this coroutine is resumed already, and waits or runs"
  end
end

--- Makes a coroutine, as `coroutine.wrap` does, in which calls may wait: the task that resumes it waits for them.
-- @tparam function f
-- @treturn function resumes it
function coroutines.wrap(f)
  if type(f) ~= "function" then
    core.raise(("signoff.wrap: a function is needed, not %s"):format(type(f)))
  end
  local thread = create(coroutines.body(f))
  return function(...)
    check_resumable(thread)
    connect(thread)
    return yielded(thread, resume(thread, ...))
  end
end

return coroutines
