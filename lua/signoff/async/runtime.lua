-- SPDX-License-Identifier: MIT

--- The runtime of the host: how a call is carried and how the module waits. In nginx nothing stops the worker, in a task of `signoff.loop`
-- nothing stops the other tasks, anywhere else a call blocks. Code that waits takes its clock from `env`: `now()`, `sleep(seconds)`,
-- `spawn(f, ...)`, and waits for others by `condition()`: `wait(seconds)` and `signal()`.
-- @module signoff.async.runtime

local core = require "signoff.core"
local host = require "signoff.async.host"

local chosen = require(host.is_nginx and "signoff.async.nginx" or "signoff.async.scheduler")

local runtime = {}

--- Waits until a call may be sent.
-- @function runtime.admit
-- @param client a client
-- @tparam string operation
-- @param ... its arguments
-- @treturn ?string why it may not: `"timeout"`, `"cancelled"`
-- @treturn ?number seconds that were waited
runtime.admit = chosen.admit or function() end

--- Brings the reply into the call, and gives the call.
-- @function runtime.carry
-- @param call
-- @tparam[opt] function left `left(call, about)`: receives the call when nobody is left to read it; no closure over locals of the
-- caller, which nginx clears when it ends a handler
-- @param[opt] about
runtime.carry = chosen.carry

--- Waits for that many seconds.
-- @function runtime.sleep
runtime.sleep = chosen.sleep

--- Makes a condition. `condition:wait(seconds)` waits for the next signal, for ever without a number of seconds, and returns whether
-- it came; `condition:signal()` wakes all that wait. Where a call blocks nothing can signal: there it waits for the seconds.
-- @function runtime.condition
runtime.condition = chosen.condition

local function run_in_loop(f)
  local loop = require "signoff.loop"
  local scheduler = require "signoff.async.scheduler"
  return loop(function(own)
    return f {
      now = core.now,
      sleep = scheduler.sleep,
      condition = scheduler.condition,
      spawn = function(job, ...)
        own:spawn_detached(job, ...)
      end,
    }
  end)
end

local function trace(problem)
  return type(problem) == "string" and debug.traceback(problem, 2) or problem
end

-- Light threads that end together: with the last of them, or with the first error. All are started by the same one, since
-- only that may end them.
local function run_in_nginx(f)
  local ngx = package.loaded.ngx
  local deadline = require "signoff.async.deadline"
  local semaphore = require "ngx.semaphore".new()
  local coming, threads, live, failed, message, results = {}, {}, 0, false, nil, nil

  local function finish(own, fine, ...)
    live, threads[own] = live - 1, nil
    if own.is_first and fine then
      results = { n = select("#", ...), ... }
    elseif not fine and not failed then
      failed, message = true, (...)
    end
    semaphore:post(1)
  end

  local function ask_for(job, is_first, ...)
    live = live + 1
    table.insert(coming, {
      job = job, is_first = is_first, ends = deadline.ends(), arguments = { n = select("#", ...), ... },
    })
    semaphore:post(1)
  end

  local function start(own)
    threads[own] = true
    local thread = ngx.thread.spawn(function()
      finish(own, xpcall(function()
        return deadline.until_when(own.ends, own.job, unpack(own.arguments, 1, own.arguments.n))
      end, trace))
    end)
    threads[own] = threads[own] and thread
  end

  ask_for(f, true, {
    now = core.now,
    sleep = runtime.sleep,
    condition = runtime.condition,
    spawn = function(job, ...)
      ask_for(job, false, ...)
    end,
  })
  while live > 0 and not failed do
    local some = coming
    coming = {}
    for _, own in ipairs(some) do
      start(own)
    end
    if #coming == 0 and live > 0 and not failed then
      semaphore:wait(60)
    end
  end
  if failed then
    for _, thread in pairs(threads) do
      ngx.thread.kill(thread)
    end
    error(message, 0)
  end
  return unpack(results, 1, results.n)
end

--- Calls `f(env)`, and returns when it and all that it spawned have ended. In a task of `signoff.loop` its tasks join that
-- loop's, and only that task waits.
-- @tparam function f
-- @return what it returned
-- @raise the first error of any of them, with a traceback; the others are ended then, and their calls cancelled
runtime.run = host.is_nginx and run_in_nginx or run_in_loop

return runtime
