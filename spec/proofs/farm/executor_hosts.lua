-- SPDX-License-Identifier: MIT
-- Hosts of a farm that die, stand still, are drained or interrupted in the middle of a run: others do the rest, and nothing twice.

local core = require "signoff.core"
local farm_hosts = require "spec.support.farm_hosts"
local offboard = require "signoff.offboard"
local peer = require "spec.support.peer"
local simulated = require "spec.support.simulated"

local simulator = simulated.simulator

local EM = { cisco_em = { kind = "cisco_em", entry = { per_minute = 12000, concurrency = 2, at_once = 4 } } }

local function logouts()
  return simulator.journal { system = "cisco_em", operation = "logout", limit = 10000 }
end

-- How many targets each host has a verdict of.
local function shares_of(result)
  local counts = {}
  for _, row in ipairs(result.results) do
    counts[row.host or "none"] = (counts[row.host or "none"] or 0) + 1
  end
  return counts
end

local function all_ended(result, count)
  assert.are.equal(count, result.totals.ended + result.totals.already_out)
  assert.are.equal(0, result.exit)
  assert(offboard.check(farm_hosts.export()))
  assert(offboard.report(farm_hosts.export()))
end

-- The next logouts take that long, before or after they act.
local function slow_logouts(seconds, times, when)
  simulator.faults { { system = "cisco_em", operation = "logout", fault = "slow", seconds = seconds, times = times, when = when } }
end

local AN_OPEN_ACT = "SELECT count(*) > 0 FROM farm.act WHERE ended IS NULL"

describe("a host of a farm", function()
  before_each(simulated.reset)
  after_each(farm_hosts.stop_all)

  for _, when in ipairs { "before", "after" } do
    it(("that is killed in an act, %s it acted, is followed by another, which looks first"):format(when), function()
      local people = farm_hosts.phones(12)
      farm_hosts.farm()
      local path = farm_hosts.plan(EM, people)
      simulator.forget()
      slow_logouts(30, 2, when)
      local first = farm_hosts.start("first", { systems = EM, plan = path })
      farm_hosts.await(AN_OPEN_ACT)
      local second = farm_hosts.start("second", { systems = EM, plan = path })
      farm_hosts.await "SELECT count(*) = 2 FROM farm.worker"
      first:signal "KILL"
      local result = assert(second:wait())
      all_ended(result, 12)
      assert.are.same({ second = 12 }, shares_of(result))
      assert.are.equal("0", farm_hosts.sql "SELECT count(*) FROM farm.act WHERE ended IS NULL")
    end)
  end

  it("that is killed is followed by itself: `resume` goes on from the lines", function()
    local people = farm_hosts.phones(12)
    farm_hosts.farm()
    local path = farm_hosts.plan(EM, people)
    slow_logouts(0.3)
    local first = farm_hosts.start("first", { systems = EM, plan = path })
    farm_hosts.await "SELECT count(*) > 3 FROM farm.act WHERE ended IS NOT NULL"
    first:signal "KILL"
    simulator.clear_faults()
    local result = assert(farm_hosts.start("again", { verb = "resume", systems = EM }):wait())
    all_ended(result, 12)
    assert.are.equal(12, #result.results)
  end)

  it("that stands still for longer than its lease drops what others have taken", function()
    local people = farm_hosts.phones(20)
    farm_hosts.farm()
    local path = farm_hosts.plan(EM, people)
    slow_logouts(0.2)
    local first = farm_hosts.start("first", { systems = EM, plan = path })
    farm_hosts.await(AN_OPEN_ACT)
    local second = farm_hosts.start("second", { systems = EM, plan = path })
    farm_hosts.await "SELECT count(*) = 2 FROM farm.worker"
    first:signal "STOP"
    farm_hosts.await("SELECT count(*) = 0 FROM farm.run_system WHERE unfinished > 0", 60)
    first:signal "CONT"
    for _, each in ipairs { second, first } do
      local result = assert(each:wait())
      all_ended(result, 20)
      assert.are.equal(20, #result.results)
    end
    local counts, most = farm_hosts.changes_of("cisco_em", "target")
    assert.truthy(next(counts))
    assert.is_true(most <= 2)
  end)

  it("makes no act that is longer than its lease: then others may look", function()
    farm_hosts.farm()
    local path = farm_hosts.plan(EM, farm_hosts.phones(1))
    slow_logouts(6, 1) -- a lease has 3 s here
    assert(farm_hosts.start("first", { systems = EM, plan = path }):wait())
    assert.are.equal("t", farm_hosts.sql "SELECT ended - began < interval '3.2 s' FROM farm.act ORDER BY began LIMIT 1")
  end)

  it("goes on at once when a system is admitted again that was held for all", function()
    farm_hosts.farm()
    local path = farm_hosts.plan(EM, farm_hosts.phones(20))
    slow_logouts(0.2)
    local first = farm_hosts.start("first", { systems = EM, plan = path })
    farm_hosts.await(AN_OPEN_ACT)
    farm_hosts.sql "UPDATE farm.system SET held_until = clock_timestamp() + interval '1 hour'"
    core.sleep(2)
    farm_hosts.sql "SELECT farm.admit('cisco_em')"
    all_ended(assert(first:wait(30)), 20)
  end)

  it("that is drained ends what it has, and leaves the rest to others", function()
    local people = farm_hosts.phones(30)
    farm_hosts.farm()
    local path = farm_hosts.plan(EM, people)
    slow_logouts(0.2)
    local first = farm_hosts.start("first", { systems = EM, plan = path })
    farm_hosts.await(AN_OPEN_ACT)
    local second = farm_hosts.start("second", { systems = EM, plan = path })
    farm_hosts.await "SELECT count(*) = 2 FROM farm.worker"
    farm_hosts.sql "SELECT farm.drain('first')"
    local drained = assert(first:wait())
    assert.are.equal(5, drained.exit)
    assert.are.equal("draining", drained.stops[1].code)
    simulator.clear_faults()
    local result = assert(second:wait())
    all_ended(result, 30)
    assert.is_true(shares_of(result).second > 0)
  end)

  it("that is interrupted ends at once, and the run goes on without it", function()
    local people = farm_hosts.phones(20)
    farm_hosts.farm()
    local path = farm_hosts.plan(EM, people)
    local sign = peer.directory() .. "/now"
    slow_logouts(0.2)
    local first = farm_hosts.start("first", { systems = EM, plan = path, interrupt = sign })
    farm_hosts.await(AN_OPEN_ACT)
    peer.write_file(sign, "")
    assert.are.equal(6, assert(first:wait()).exit)
    simulator.clear_faults()
    local result = assert(farm_hosts.start("second", { verb = "resume", systems = EM }):wait())
    all_ended(result, 20)
    assert.are.same({}, result.stops)
  end)

  it("that has a machine of its own never uses more places than it was given", function()
    local people = farm_hosts.phones(40)
    farm_hosts.farm()
    local few = { cisco_em = { kind = "cisco_em", entry = { per_minute = 12000, concurrency = 3, at_once = 3 } } }
    local path = farm_hosts.plan(few, people)
    simulator.forget()
    simulator.faults { { system = "cisco_em", fault = "slow", seconds = 0.05 } }
    local hosts = {}
    for i = 1, 3 do
      hosts[i] = farm_hosts.start("host-" .. i, { systems = few, plan = path })
    end
    for _, each in ipairs(hosts) do
      all_ended(assert(each:wait()), 40)
    end
    assert.is_true(simulator.counters().systems.cisco_em.max_in_flight <= 3)
    assert.are.equal(40, #logouts())
  end)
end)
