-- SPDX-License-Identifier: MIT
--- A clock of our own: what waits `env.sleep` waits no time at all, in the order in which it would.

local clock = {}

local LIMIT = 1e7 -- steps of one run

local function report(thread, message)
  if type(message) == "string" then
    message = debug.traceback(thread, message)
  end
  error(message, 0)
end

-- The first of those whose time comes first. A list is enough for what a spec does.
local function take_first(waiting)
  local first = 1
  for i = 2, #waiting do
    if waiting[i].at < waiting[first].at then
      first = i
    end
  end
  return table.remove(waiting, first)
end

-- A condition, whose waiters are those of the clock: a signal moves their time to now.
local function new_condition(env)
  local condition, waiters = {}, {}
  function condition.wait(_, seconds)
    local own = { at = env.now() + (seconds or math.huge), thread = coroutine.running() }
    env.slept = env.slept + 1
    waiters[own] = true
    coroutine.yield(own)
    waiters[own] = nil
    return own.signalled or false
  end
  function condition.signal()
    for waiter in pairs(waiters) do
      waiter.at, waiter.signalled = env.now(), true
    end
    waiters = {}
  end
  return condition
end

--- Calls `f(env)`, and returns when all that it spawned has ended; an error in any of them is raised.
-- `env.spawned` and `env.slept` (waits on conditions among them) count; `env.late` is added to every sleep, as a busy machine would.
-- @tparam function f
-- @tparam[opt] table options `spawn_at_once`: what is spawned runs before `spawn` returns, as in nginx; `passes(seconds)`: hears of
-- all time that passes
-- @treturn table env, with `now()` where it ended
function clock.run(f, options)
  local time, waiting = 1000, {}
  local env = { spawned = 0, slept = 0, late = 0 }
  function env.now()
    return time
  end
  function env.sleep(seconds)
    env.slept = env.slept + 1
    coroutine.yield(math.max(seconds, 0) + env.late)
  end
  function env.condition()
    return new_condition(env)
  end
  local function start(thread)
    local fine, seconds = coroutine.resume(thread)
    if not fine then
      report(thread, seconds)
    elseif coroutine.status(thread) ~= "dead" then
      table.insert(waiting, type(seconds) == "table" and seconds or { at = time + seconds, thread = thread })
    end
  end
  function env.spawn(job, ...)
    local arguments, count = { ... }, select("#", ...)
    env.spawned = env.spawned + 1
    local thread = coroutine.create(function()
      job((table.unpack or unpack)(arguments, 1, count)) -- luacheck: ignore 143 (by version)
    end)
    if options and options.spawn_at_once then
      start(thread)
    else
      table.insert(waiting, { at = time, thread = thread })
    end
  end
  env.spawn(f, env)
  for _ = 1, LIMIT do
    local next_one = take_first(waiting)
    if not next_one then
      return env
    end
    assert(next_one.at < math.huge, "all wait for a signal, and nobody is left who could give it")
    local before = time
    time = math.max(time, next_one.at)
    if time > before and options and options.passes then
      options.passes(time - before)
    end
    start(next_one.thread)
  end
  error "the clock ran too long"
end

--- The most of those times in any window of so many seconds.
-- @tparam {number,...} times in order
function clock.densest(times, window)
  local most, first = 0, 1
  for last = 1, #times do
    while times[last] - times[first] >= window do
      first = first + 1
    end
    most = math.max(most, last - first + 1)
  end
  return most
end

return clock
