-- SPDX-License-Identifier: MIT

--- Light threads of nginx that end together: with the last of them, or with the first error.
--
-- All are started by the one that called `run`, since nginx lets only that one end them. `self` is the group of them.
-- @module signoff.async.light_threads

local deadline = require "signoff.async.deadline"
local semaphore = require "ngx.semaphore"

local ngx = package.loaded.ngx

local light_threads = {}

local IDLE = 60 -- seconds that one wait for them takes at most

local function trace(problem)
  return type(problem) == "string" and debug.traceback(problem, 2) or problem
end

local function finish(self, own, fine, ...)
  self.live, self.threads[own] = self.live - 1, nil
  if own.is_first and fine then
    self.results = { n = select("#", ...), ... }
  elseif not fine and not self.failed then
    self.failed, self.message = true, (...)
  end
  self.semaphore:post(1)
end

local function spawn(self, job, is_first, ...)
  self.live = self.live + 1
  table.insert(self.new, { job = job, is_first = is_first, ends = deadline.ends(), arguments = { n = select("#", ...), ... } })
  self.semaphore:post(1)
end

local function start(self, own)
  self.threads[own] = true
  local thread = ngx.thread.spawn(function()
    finish(self, own, xpcall(function()
      return deadline.until_when(own.ends, own.job, unpack(own.arguments, 1, own.arguments.n))
    end, trace))
  end)
  self.threads[own] = self.threads[own] and thread
end

local function start_new(self)
  local new = self.new
  self.new = {}
  for _, own in ipairs(new) do
    start(self, own)
  end
end

-- Starts light threads until all have ended, or one has failed.
local function drive(self)
  while self.live > 0 and not self.failed do
    start_new(self)
    if #self.new == 0 and self.live > 0 and not self.failed then
      self.semaphore:wait(IDLE)
    end
  end
end

local function kill_all(self)
  for _, thread in pairs(self.threads) do
    ngx.thread.kill(thread)
  end
end

--- Calls `f(env)` in a light thread; see `runtime.run`. Gives its results.
-- @tparam function f
-- @tparam table env it gets `spawn`
function light_threads.run(f, env)
  local group = { semaphore = semaphore.new(), new = {}, threads = {}, live = 0, failed = false }
  function env.spawn(job, ...)
    spawn(group, job, false, ...)
  end
  spawn(group, f, true, env)
  drive(group)
  if group.failed then
    kill_all(group)
    error(group.message, 0)
  end
  return unpack(group.results, 1, group.results.n)
end

return light_threads
