-- SPDX-License-Identifier: MIT
-- What runs ask of systems, as the simulator counts it.
--
--   run.lua DIRECTORY PEOPLE

package.path = "./?.lua;" .. package.path
local core = require "signoff.core"
local offboard = require "signoff.offboard"
local tally = require "spec.support.tally"
local world = require "spec.crash.world"

local directory, people = arg[1], tonumber(arg[2])
local PACED = 75 -- people of the run at the default pace: more than a minute's
local simulator = world.simulator

local function write_people(count)
  world.load(count)
  world.write_people(directory .. "/people.csv", count)
end

-- A run over some of the systems; what the plan asked is not counted.
local function run(kinds, options)
  local all, systems, ignore = world.systems(), {}, {}
  for _, kind in ipairs(world.kinds) do
    systems[kind] = kinds[kind] and all[kind]
    ignore[#ignore + 1] = not kinds[kind] and kind or nil
    for name, value in pairs(kinds[kind] or {}) do
      systems[kind][name] = value ~= "default" and value or nil
    end
  end
  local source = directory .. "/people.csv"
  local plan = assert(offboard.plan(systems, source, { ignore = ignore }))
  simulator.forget()
  options.people, options.ignore, options.journal = source, ignore, directory .. "/journal"
  os.remove(options.journal)
  local result = assert(offboard.apply(plan, systems, options))
  return result, simulator.counters().systems
end

local default = { concurrency = "default", per_minute = "default" }

tally.check(("%d people on Extension Mobility at the default pace"):format(PACED), function()
  write_people(PACED)
  local began = core.now()
  local _, counters = run({ cisco_em = default }, { settle = 0.1 })
  print(("  %.0f s"):format(core.now() - began))
  tally.at_most("changes at once", counters.cisco_em.max_concurrent_changes, 2)
  tally.at_most("changes in any 60 seconds", counters.cisco_em.max_changes_in_60s, 60)
  tally.at_most("changes", counters.cisco_em.changes, PACED)
end)

tally.check(("%d people on Extension Mobility: reads come in batches"):format(people), function()
  write_people(people)
  simulator.clear_faults()
  local result, counters = run({ cisco_em = { concurrency = 2, per_minute = 12000 } }, { settle = 0.2 })
  local operations = counters.cisco_em.operations
  tally.at_most("changes at once", counters.cisco_em.max_concurrent_changes, 2)
  tally.at_most("changes", operations.logout, people)
  tally.at_most("reads", operations.query_devices, math.ceil(people / 50) * 3 + 10)
  assert(result.exit <= 3 and result.totals.pending == 0)
end)

tally.check(("503 to everything: %d people on JD Edwards"):format(people), function()
  write_people(people)
  simulator.faults { { system = "jde_ais", fault = "status", status = 503 } }
  local began = core.now()
  local result, counters = run({ jde_ais = {} }, {})
  print(("  %.0f s, exit %d, %s"):format(core.now() - began, result.exit, result.stops[1] and result.stops[1].why or "no stop"))
  assert(result.exit == 5, result.exit)
  tally.at_most("targets given up", people - result.totals.pending, 8)
  tally.at_most("requests", counters.jde_ais.requests, 8 + 35)
end)

tally.close()
