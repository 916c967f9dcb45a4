-- SPDX-License-Identifier: MIT
-- The requests of runs to systems, as the simulator counts them.
--
--   run.lua DIRECTORY PEOPLE FACTOR

package.path = "./?.lua;" .. package.path
local core = require "signoff.core"
local offboard = require "signoff.offboard"
local checks = require "spec.support.checks"
local world = require "spec.proofs.crash.world"

local directory, people, FACTOR = arg[1], tonumber(arg[2]), tonumber(arg[3])
local PACED = 75 -- people at the default pace: more than a minute's
-- A real night, divided: pace, freshness and settle by the same factor, so that the reads per change are those of 60 a minute, 5 s
-- and 10 s.
local FRESH, SETTLE, MANY = 5 / FACTOR, 10 / FACTOR, math.ceil(people * 10 / 3)
local simulator = world.simulator

local function prepare(count, phones)
  world.load(count)
  world.write_people(directory .. "/people.csv", count, phones)
end

-- A run over some of the systems; what the plan asked is not counted.
local function run(systems, ignore, settle, fresh)
  local source = directory .. "/people.csv"
  local plan = assert(offboard.plan(systems, source, { ignore = ignore }))
  simulator.forget()
  local journal = directory .. "/journal"
  os.remove(journal)
  local began = core.now()
  local result = assert(offboard.apply(plan, systems, { people = source, ignore = ignore, journal = journal, settle = settle, fresh = fresh }))
  print(("  %.0f s, exit %d"):format(core.now() - began, result.exit))
  return result, simulator.counters().systems
end

local result, counters
checks.check(("%d people: %d on Extension Mobility at the default pace, all on JD Edwards, which says only 503"):format(
  people, PACED), function()
  prepare(people, PACED)
  simulator.add_faults { { system = "jde_ais", fault = "status", status = 503 } }
  local all = world.systems()
  all.cisco_em.concurrency, all.cisco_em.per_minute = nil, nil
  result, counters = run({ cisco_em = all.cisco_em, jde_ais = all.jde_ais }, { "agvance" }, 0.1)
end)

checks.check("Extension Mobility: what it bears", function()
  checks.at_most("changes at once", counters.cisco_em.max_concurrent_changes, 2)
  checks.at_most("changes in any 60 seconds", counters.cisco_em.max_changes_in_60s, 60)
  checks.at_most("changes", counters.cisco_em.changes, PACED)
  assert(counters.cisco_em.changes > 60)
end)

checks.check("JD Edwards: left alone, the rest is pending", function()
  print("  " .. result.stops[1].why)
  assert(result.exit == 5, result.exit)
  checks.at_most("requests", counters.jde_ais.requests, 8 + 35)
  checks.at_most("people given up", people - result.totals.pending - result.totals.begun, 8)
end)

-- Requests of a whole run, changes and reads, a person: what they may be at most is 1.3 times what they were when a look could be
-- two minutes old (measured with the same command).
local function total(counted)
  local sum = 0
  for _, number in pairs(counted.operations) do
    sum = sum + number
  end
  return sum
end

checks.check(("%d people on Extension Mobility, %d a minute: each act on a look that is fresh"):format(people, 60 * FACTOR), function()
  prepare(people)
  simulator.clear_faults()
  local em = world.systems().cisco_em
  em.concurrency, em.per_minute = 2, 60 * FACTOR
  result, counters = run({ cisco_em = em }, { "agvance", "jde_ais" }, SETTLE, FRESH)
  local operations = counters.cisco_em.operations
  checks.at_most("changes at once", counters.cisco_em.max_concurrent_changes, 2)
  checks.at_most("changes", operations.logout, people)
  checks.at_most("requests", total(counters.cisco_em), math.ceil(people * 0.938 * 1.3))
  assert(result.exit <= 3 and result.totals.pending + result.totals.begun == 0)
end)

for _, case in ipairs { { "agvance", 0.0215 }, { "jde_ais", 3.93 } } do
  local name, before = case[1], case[2]
  checks.check(("%d people on %s"):format(MANY, name), function()
    prepare(MANY)
    local ignore = {}
    for _, other in ipairs { "cisco_em", "agvance", "jde_ais" } do
      ignore[#ignore + 1] = other ~= name and other or nil
    end
    result, counters = run({ [name] = world.systems()[name] }, ignore, SETTLE, FRESH)
    checks.at_most("requests", total(counters[name]), math.ceil(MANY * before * 1.3))
    assert(result.totals.pending + result.totals.begun == 0)
  end)
end

checks.close()
