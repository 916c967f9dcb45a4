-- SPDX-License-Identifier: MIT
-- What an exchange costs as a part of a run, with its journal and its proofs, beside the same exchange on the engine alone:
-- processor time of this process, against the simulator.

package.path = "./?.lua;" .. package.path
local offboard = require "signoff.offboard"
local signoff = require "signoff"
local world = require "spec.crash.world"

local PEOPLE = 3000
local directory = arg[1]
local simulator = world.simulator

local function requests()
  return simulator.counters().systems.jde_ais.requests
end

-- Microseconds of processor time for each request that `f` makes.
local function cost(f)
  simulator.forget()
  collectgarbage()
  local began = os.clock()
  f()
  local seconds = os.clock() - began
  return seconds * 1e6 / requests()
end

local function run(systems, people)
  local plan = assert(offboard.plan(systems, people, { ignore = { "cisco_em", "agvance" } }))
  return cost(function()
    local result = assert(offboard.apply(plan, systems, {
      people = people, ignore = { "cisco_em", "agvance" }, journal = directory .. "/journal", settle = 0.5,
    }))
    assert(result.totals.pending == 0 and result.totals.ended > 0.9 * PEOPLE)
  end)
end

-- As many requests as a run makes, a few at once.
local function alone(client)
  local count = 3 * PEOPLE
  return cost(function()
    signoff.loop(function(loop)
      loop:limit(client, { concurrency = 8 })
      for i = 1, count do
        loop:spawn(client.status, client, { token = ("044CrashToken%05dTGVhdmVy"):format(i % PEOPLE + 1), device = "PC" })
      end
    end)
  end)
end

world.load(PEOPLE)
simulator.clear_faults()
simulator.journal_options { enabled = false }
local people = directory .. "/people.csv"
world.write_people(people, PEOPLE)
local systems = { jde_ais = world.systems().jde_ais }
local theirs = alone(systems.jde_ais.client)
local ours = run(systems, people)
print(("apply with journal and proofs, Lua 5.4: one exchange\tµs of CPU\t%.0f\tsame exchange under signoff.loop\t%.0f\tat_most 3"):format(ours, theirs))
