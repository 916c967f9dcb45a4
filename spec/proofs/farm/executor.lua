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
end)
