-- SPDX-License-Identifier: MIT
--- All that a storm does to workers, to the network and to the servers. Each blow is a task that begins, waits, and makes good.
--
-- A storm: `workers`, `hosts`, `servers`, `log` (what was done, with `at`, `from`, `till` in seconds of the wall clock), `counts`, `over()`.

local core = require "signoff.core"
local network = require "spec.proofs.farm.network"
local tasks = require "spec.proofs.farm.tasks"

local blows = {}

local function between(low, high)
  return low + math.random() * (high - low)
end

local function note(storm, what, entry)
  entry.what, entry.from = what, core.time()
  storm.log[#storm.log + 1] = entry
  return entry
end

-- One of those for which `f` says so; nil where there is none.
local function any(list, f)
  local found = {}
  for _, one in ipairs(list) do
    if f(one) then
      found[#found + 1] = one
    end
  end
  return found[math.random(math.max(#found, 1))]
end

local function is_free(worker)
  return not worker.busy and worker:is_running()
end

-- Each gives whether it could be done at all.
local kinds = {}
blows.kinds = kinds

--- kill -9 of a worker, which is started again a while later.
function kinds.kill(storm)
  local worker = any(storm.workers, is_free)
  if not worker then
    return false
  end
  worker.busy = true
  local entry = note(storm, "kill", { host = worker.host.address })
  worker:signal "KILL"
  tasks.add(function()
    tasks.wait(between(0.1, 3))
    entry.till = core.time()
    if not storm:over() then
      worker:start()
    end
    worker.busy = false
  end)
  return true
end

-- SIGSTOP of a worker for so long.
local function stop(storm, low, high)
  local worker = any(storm.workers, is_free)
  if not worker then
    return false
  end
  worker.busy = true
  local entry = note(storm, "stop", { host = worker.host.address })
  worker:signal "STOP"
  tasks.add(function()
    tasks.wait(between(low, high))
    worker:signal "CONT"
    entry.till = core.time()
    worker.busy = false
  end)
  return true
end

--- SIGSTOP of a worker for 0.1 to 9 seconds; the lease is 6.
function kinds.stop(storm)
  return stop(storm, 0.1, 9)
end

--- The same, always longer than the lease.
function kinds.long_stop(storm)
  return stop(storm, 6.5, 9)
end

--- The same, shorter than a grant.
function kinds.hiccup(storm)
  return stop(storm, 0.1, 0.45)
end

--- Nothing goes between a host and the servers; what the host asks of the systems does.
function kinds.partition(storm)
  local host = any(storm.hosts, function(one)
    return not one.cut
  end)
  if not host then
    return false
  end
  host.cut = true
  network.cut(host.address, storm.servers.ports)
  local entry = note(storm, "partition", { host = host.address, away = true })
  tasks.add(function()
    tasks.wait(between(0.5, 9))
    entry.till = core.time()
    network.mend(host.address, storm.servers.ports)
    host.cut = false
  end)
  return true
end

local ways = { "all", "postmaster", "immediate" }

--- The primary is killed or stopped at once, and started again.
function kinds.crash(storm)
  if storm.servers.busy then
    return false
  end
  storm.servers.busy = true
  tasks.add(function()
    local entry = note(storm, "crash", { away = true })
    storm.servers:stop(ways[math.random(#ways)])
    tasks.wait(between(0, 1))
    entry.till = core.time()
    storm.servers:start()
    storm.servers.busy = false
  end)
  return true
end

--- The primary is stopped in good order, and started again.
function kinds.restart(storm)
  if storm.servers.busy then
    return false
  end
  storm.servers.busy = true
  tasks.add(function()
    local entry = note(storm, "restart", { away = true })
    storm.servers:stop "fast"
    entry.till = core.time()
    storm.servers:start()
    storm.servers.busy = false
  end)
  return true
end

-- The primary is lost while its standby has not heard its last seconds; the standby takes its place, and gets one of its own.
local function promote(storm, low, high)
  local servers = storm.servers
  if servers.busy then
    return false
  end
  servers.busy = true
  tasks.add(function()
    local lagging = core.time()
    servers:lag()
    tasks.wait(between(low, high))
    storm.asked = nil
    if storm:over() then -- nobody is left who could give lost lines again
      servers:go_on()
      servers.busy = false
      return
    end
    local before = storm:lines()
    local entry = note(storm, "promotion", { lagging = lagging })
    servers:promote()
    entry.till = core.time()
    entry.lost = (before or 0) - (storm:lines() or 0)
    servers:build_standby()
    servers.busy = false
  end)
  return true
end

--- A second or two is lost.
function kinds.promotion(storm)
  return promote(storm, 0.5, 2)
end

--- As much is lost as an act takes.
function kinds.late_promotion(storm)
  return promote(storm, 3, 4)
end

return blows
