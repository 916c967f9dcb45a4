-- SPDX-License-Identifier: MIT

--- What waits takes its clock from outside: `now()`, `sleep(seconds)`, `spawn(f, ...)`. Here is that of the host: a loop's in
-- plain Lua, nginx's own in nginx.
-- @module signoff.environment

local core = require "signoff.core"
local host = require "signoff.host"

local environment = {}

local function run_in_loop(f)
  local loop = require "signoff.loop"
  local scheduler = require "signoff.scheduler"
  return loop(function(own)
    return f {
      now = core.now,
      sleep = scheduler.sleep,
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
  local deadline = require "signoff.deadline"
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
    sleep = require "signoff.nginx".sleep,
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
environment.run = host.is_nginx and run_in_nginx or run_in_loop

return environment
