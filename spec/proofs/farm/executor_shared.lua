-- SPDX-License-Identifier: MIT
-- All that hosts and runs of a farm share: targets, refusals, holds, failures, statuses that are taken back.

local farm_hosts = require "spec.support.farm_hosts"
local offboard = require "signoff.offboard"
local offboarding = require "spec.support.offboarding"
local simulated = require "spec.support.simulated"

local simulator = simulated.simulator

local EM = { cisco_em = { kind = "cisco_em", entry = { per_minute = 12000, concurrency = 2, at_once = 4 } } }

local function logouts()
  return simulator.journal { system = "cisco_em", operation = "logout", limit = 10000 }
end

local function mentions(row, text)
  return offboarding.saw(row, text)
end

describe("hosts of a farm", function()
  before_each(simulated.reset)
  after_each(farm_hosts.stop_all)

  it("act once on a target of two plans, and the second run says who did", function()
    local people = farm_hosts.phones(6)
    farm_hosts.farm()
    local path = farm_hosts.plan(EM, people)
    simulator.forget()
    assert(farm_hosts.start("first", { systems = EM, plan = path, options = { farm = { run = "night-1" } } }):wait())
    local result = assert(farm_hosts.start("second", { systems = EM, plan = path, options = { farm = { run = "night-2" } } }):wait())
    assert.are.equal(6, result.totals.already_out)
    for _, row in ipairs(result.results) do
      assert.is_true(mentions(row, "run night-1 on first acted here at "), row.target)
    end
    assert.are.equal(6, #logouts())
  end)

  it("do not act where another run does, look again, and say who it was", function()
    local people = farm_hosts.phones(2)
    farm_hosts.farm()
    local path = farm_hosts.plan(EM, people)
    simulator.forget()
    simulator.faults { { system = "cisco_em", operation = "logout", fault = "slow", seconds = 1.5, when = "before" } }
    local first = farm_hosts.start("first", { systems = EM, plan = path, options = { farm = { run = "night-1" } } })
    farm_hosts.await "SELECT count(*) = 2 FROM farm.act WHERE ended IS NULL"
    local second = farm_hosts.start("second", { systems = EM, plan = path, options = { farm = { run = "night-2" } } })
    assert.are.equal(2, assert(first:wait()).totals.ended)
    local result = assert(second:wait())
    assert.are.equal(2, result.totals.already_out)
    for _, row in ipairs(result.results) do
      assert.is_true(mentions(row, "run night-1 on first acts there"), row.target)
    end
    assert.are.equal(2, #logouts())
  end)

  it("close what a run left that is gone for good", function()
    local people = farm_hosts.phones(2)
    farm_hosts.farm()
    local path = farm_hosts.plan(EM, people)
    simulator.faults { { system = "cisco_em", operation = "logout", fault = "stall", seconds = 20, times = 2 } }
    local first = farm_hosts.start("first", { systems = EM, plan = path, options = { farm = { run = "night-1" } } })
    farm_hosts.await "SELECT count(*) = 2 FROM farm.act WHERE ended IS NULL"
    first:signal "KILL"
    local result = assert(farm_hosts.start("second", { systems = EM, plan = path, options = { farm = { run = "night-2" } } }):wait())
    assert.are.equal(2, result.totals.ended)
    assert.are.equal("0", farm_hosts.sql "SELECT count(*) FROM farm.act WHERE ended IS NULL")
  end)

  it("all stop where one is refused; and go on once they are admitted again", function()
    local people = farm_hosts.phones(20)
    farm_hosts.farm()
    local path = farm_hosts.plan(EM, people)
    simulator.forget()
    simulator.faults { { system = "cisco_em", operation = "logout", fault = "status", status = 401, after = 6 } }
    local hosts = {}
    for i = 1, 3 do
      hosts[i] = farm_hosts.start("host-" .. i, { systems = EM, plan = path })
    end
    for _, each in ipairs(hosts) do
      local result = assert(each:wait())
      assert.are.equal(4, result.exit)
      assert.are.equal("denied", result.stops[1].code)
    end
    assert.is_true(#logouts() <= 6 + 4) -- those that were under way
    simulator.clear_faults()
    local result = assert(farm_hosts.start("host-1", { verb = "resume", systems = EM }):wait())
    assert.are.equal(4, result.exit)
    farm_hosts.sql "SELECT farm.admit('cisco_em')"
    result = assert(farm_hosts.start("host-1", { verb = "resume", systems = EM }):wait())
    assert.are.equal(0, result.exit)
    assert.are.equal(20, result.totals.ended + result.totals.already_out)
  end)

  it("all wait for the time that a system asks for", function()
    local people = farm_hosts.phones(16)
    farm_hosts.farm()
    local path = farm_hosts.plan(EM, people)
    simulator.forget()
    simulator.faults { { system = "cisco_em", operation = "logout", fault = "status", status = 503, headers = { ["Retry-After"] = "3" },
      after = 4, times = 1 } }
    local hosts = {}
    for i = 1, 2 do
      hosts[i] = farm_hosts.start("host-" .. i, { systems = EM, plan = path })
    end
    for _, each in ipairs(hosts) do
      assert.are.equal(0, assert(each:wait()).exit)
    end
    local list, held, early = logouts(), nil, 0
    for _, seen in ipairs(list) do
      held = held or seen.status == 503 and seen.time or nil
      early = early + (held and seen.time > held + 0.2 and seen.time < held + 2.8 and 1 or 0)
    end
    assert.truthy(held)
    assert.are.equal(0, early)
  end)

  it("stop together where too many fail", function()
    local people = farm_hosts.phones(40)
    farm_hosts.farm()
    local slow = { cisco_em = { kind = "cisco_em", entry = { per_minute = 15, concurrency = 2, at_once = 4 } } } -- a minute has 3 s here
    local path = farm_hosts.plan(slow, people)
    simulator.faults { { system = "cisco_em", operation = "logout", fault = "code", code = 23 } }
    local hosts = {}
    for i = 1, 2 do
      hosts[i] = farm_hosts.start("host-" .. i, { systems = slow, plan = path, options = { max_fail = 6, deadline = 1 } })
    end
    local open = 0
    for _, each in ipairs(hosts) do
      local result = assert(each:wait())
      assert.are.equal("max_fail", result.stops[1].code)
      open = math.max(open, result.totals.pending)
    end
    assert.is_true(open > 0)
  end)

  it("take back the statuses that they set", function()
    local people, systems = farm_hosts.everywhere(6)
    systems = { isymphony = systems.isymphony }
    farm_hosts.farm()
    local path = farm_hosts.plan(systems, (function()
      for _, person in ipairs(people) do
        for _, other in ipairs { "cisco_em", "agvance", "jde_ais", "oracle_commerce" } do
          person[other] = nil
        end
      end
      return people
    end)())
    local first = farm_hosts.start("first", { systems = systems, plan = path })
    local second = farm_hosts.start("second", { systems = systems, plan = path })
    assert.are.equal(6, assert(first:wait()).totals.status_set)
    assert(second:wait())
    farm_hosts.sql "INSERT INTO farm.run (id, name, digest, identity) SELECT 1, 'night-2-undo', digest, identity FROM farm.run"
    local other = { verb = "undo", systems = systems, options = { farm = { into = "night-2-undo" } } }
    local _, message = farm_hosts.start("second", other):wait()
    assert.truthy(message:find("is of another plan", 1, true), message) -- the digest of the run says nothing of what takes it back
    local result = assert(farm_hosts.start("first", { verb = "undo", systems = systems }):wait())
    assert.are.equal(6, result.totals.status_set)
    assert(offboard.check(farm_hosts.export "night-1-undo"))
    local resumed = { verb = "resume", systems = systems, options = { farm = { run = "night-1-undo" } } }
    assert.are.equal("over", select(3, farm_hosts.start("second", resumed):wait()))
  end)

  it("is not undone before it is over: it may set more", function()
    local people = farm_hosts.phones(2)
    farm_hosts.farm()
    local path = farm_hosts.plan(EM, people)
    simulator.faults { { system = "cisco_em", operation = "logout", fault = "slow", seconds = 5 } }
    local first = farm_hosts.start("first", { systems = EM, plan = path })
    farm_hosts.await "SELECT count(*) > 0 FROM farm.act"
    local result, message, code = farm_hosts.start("second", { verb = "undo", systems = EM }):wait()
    assert.is_nil(result)
    assert.are.equal("open", code, message)
    first:signal "TERM"
  end)
end)
