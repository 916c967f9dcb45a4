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

--- Calls `f(env)`, and returns when all that it spawned has ended; an error in any of them is raised.
-- `env.spawned` and `env.slept` count; `env.late` is added to every sleep, as a busy machine would.
-- @tparam function f
-- @tparam[opt] table options `spawn_at_once`: what is spawned runs before `spawn` returns, as in nginx
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
  local function start(thread)
    local fine, seconds = coroutine.resume(thread)
    if not fine then
      report(thread, seconds)
    elseif coroutine.status(thread) ~= "dead" then
      table.insert(waiting, { at = time + seconds, thread = thread })
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
    time = math.max(time, next_one.at)
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
