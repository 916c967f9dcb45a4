-- SPDX-License-Identifier: MIT
-- Runs that several hosts share, as processes, on a real PostgreSQL and the simulator.

local farm_hosts = require "spec.support.farm_hosts"
local offboard = require "signoff.offboard"
local simulated = require "spec.support.simulated"

local simulator = simulated.simulator

local EM = { cisco_em = { kind = "cisco_em", entry = { per_minute = 12000, concurrency = 4 } } }

local function by(results, member)
  local counts = {}
  for _, row in ipairs(results) do
    counts[row[member] or "none"] = (counts[row[member] or "none"] or 0) + 1
  end
  return counts
end

local function names_of(counts)
  local list = {}
  for name in pairs(counts) do
    list[#list + 1] = name
  end
  table.sort(list)
  return list
end

local function logouts()
  return simulator.journal { system = "cisco_em", operation = "logout", limit = 10000 }
end

-- The verdict of each row, by who and where.
local function verdicts_of(result)
  local list = {}
  for _, row in ipairs(result.results) do
    list[#list + 1] = ("%s %s %s: %s"):format(row.person, row.system, row.target, row.verdict)
  end
  table.sort(list)
  return list
end

-- A run of one host without a farm.
local function undisturbed(people, description, options)
  local systems = farm_hosts.systems(description)
  local plan = assert(offboard.plan(systems, people))
  local given = { people = people, journal = false, settle = 0.3, schedule = { 0.1 }, deadline = 20 }
  for name, value in pairs(options or {}) do
    given[name] = value
  end
  return assert(offboard.apply(plan, systems, given))
end

describe("a run of several hosts", function()
  before_each(simulated.reset)
  after_each(farm_hosts.stop_all)

  for _, count in ipairs { 1, 2, 4 } do
    it(("is done by %d of them together"):format(count), function()
      local people = farm_hosts.phones(60)
      farm_hosts.farm()
      local path = farm_hosts.plan(EM, people)
      simulator.forget()
      local hosts, names = {}, {}
      for i = 1, count do
        names[i] = "host-" .. i
        hosts[i] = farm_hosts.start(names[i], { systems = EM, plan = path })
      end
      for _, each in ipairs(hosts) do
        local result = assert(each:wait())
        assert.are.equal(60, result.totals.ended)
        assert.are.equal(0, result.exit)
        assert.are.same(names, names_of(by(result.results, "host")))
      end
      assert.are.equal(60, #logouts())
      local export = farm_hosts.export()
      assert(offboard.check(export))
      assert.truthy(assert(offboard.report(export)):find("60", 1, true))
      assert.are.equal("over", farm_hosts.sql "SELECT state FROM farm.run")
    end)
  end

  it("comes to the same verdicts as one of one host, on each kind of system", function()
    local people, systems = farm_hosts.everywhere(12)
    local wanted = verdicts_of(undisturbed(people, systems))
    simulated.reset()
    farm_hosts.everywhere(12)
    farm_hosts.farm()
    local path = farm_hosts.plan(systems, people)
    local list = farm_hosts.people_file(people)
    simulator.forget()
    local first = farm_hosts.start("first", { systems = systems, plan = path, people = list })
    local second = farm_hosts.start("second", { systems = systems, plan = path, people = list })
    for _, each in ipairs { first, second } do
      local result = assert(each:wait())
      assert.are.same(wanted, verdicts_of(result))
      assert.are.equal(0, result.exit)
    end
    assert(offboard.check(farm_hosts.export()))
    local all = farm_hosts.sql "SELECT string_agg(body, ' ') FROM farm.line"
    assert.is_nil(all:find("044token", 1, true))
    assert.is_nil(all:find("eyToken", 1, true))
  end)

  it("leaves jobs that need a token to hosts that have the list", function()
    local people, systems = farm_hosts.everywhere(6)
    farm_hosts.farm()
    local list = farm_hosts.people_file(people)
    local path = farm_hosts.plan(systems, list)
    local keyless = farm_hosts.start("keyless", { systems = systems, plan = path, people = nil, moved = os.remove(list) })
    farm_hosts.await_lines(10)
    local again = farm_hosts.people_file(people)
    local keyed = farm_hosts.start("keyed", { systems = systems, plan = path, people = again })
    for _, each in ipairs { keyless, keyed } do
      local result = assert(each:wait())
      assert.are.equal(0, result.exit)
      for _, row in ipairs(result.results) do
        if row.system == "jde_ais" or row.system == "oracle_commerce" then
          assert.are.equal("keyed", row.host)
        end
      end
    end
  end)

  it("ends where nobody has the tokens that are needed", function()
    local people, systems = farm_hosts.everywhere(6)
    farm_hosts.farm()
    local list = farm_hosts.people_file(people)
    local path = farm_hosts.plan(systems, list)
    os.remove(list)
    local result = assert(farm_hosts.start("keyless", { systems = systems, plan = path, options = { farm = { away_limit = 1 } } }):wait())
    assert.are.equal(5, result.exit)
    assert.are.equal(12, result.totals.pending)
    local stops = {}
    for i, stop in ipairs(result.stops) do
      stops[i] = stop.system .. " " .. stop.code
      assert.are.equal("6 targets need tokens that no host at work has: give --people", stop.why)
    end
    table.sort(stops)
    assert.are.same({ "jde_ais no_token", "oracle_commerce no_token" }, stops)
  end)

  for _, case in ipairs {
    { "another digest", function(people)
      people[1].person = "some.body"
      return { plan = farm_hosts.plan(EM, people) }
    end, "digest", "is of another plan" },
    { "other limits", function(_, path)
      return { plan = path, systems = { cisco_em = { kind = "cisco_em", entry = { per_minute = 60 } } } }
    end, "limits", "other hosts use it with" },
  } do
    it("refuses " .. case[1], function()
      local people = farm_hosts.phones(12)
      farm_hosts.farm()
      local path = farm_hosts.plan(EM, people)
      simulator.faults { { system = "cisco_em", operation = "logout", fault = "slow", seconds = 2 } }
      local first = farm_hosts.start("first", { systems = EM, plan = path })
      farm_hosts.await "SELECT count(*) > 0 FROM farm.act"
      farm_hosts.sql "UPDATE farm.system SET held_until = clock_timestamp() + interval '1 hour'" -- it cannot end before the other asks
      local job = case[2](people, path)
      job.systems = job.systems or EM
      local result, message, code = farm_hosts.start("second", job):wait()
      assert.is_nil(result)
      assert.are.equal(case[3], code)
      assert.truthy(message:find(case[4], 1, true), message)
      first:signal "TERM"
    end)
  end

  it("says that a run is over", function()
    local people = farm_hosts.phones(2)
    farm_hosts.farm()
    local path = farm_hosts.plan(EM, people)
    assert(farm_hosts.start("first", { systems = EM, plan = path }):wait())
    for _, verb in ipairs { "apply", "resume" } do
      local result, message, code = farm_hosts.start("second", { verb = verb, systems = EM, plan = path }):wait()
      assert.is_nil(result)
      assert.are.equal("over", code, message)
    end
  end)
end)
