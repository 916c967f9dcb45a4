-- SPDX-License-Identifier: MIT
-- CPU of `offboard.apply`, with journal and proof, beside that of the same exchanges in a `signoff.loop`; what is kept.
--    examples/simulator/simulator with lua5.4 spec/bench/apply.lua [SESSIONS]

local core = require "signoff.core"
local offboard = require "signoff.offboard"
local signoff = require "signoff"
local simulated = require "spec.support.simulated"

local count = tonumber(arg[1]) or 3000
local IN_FLIGHT, EXCHANGES, BATCH = 64, 4, 2000 -- a look, the logout, two looks

local function token(i)
  return ("044token%06d==%s"):format(i, ("x"):rep(60))
end

local function arrive()
  simulated.simulator.reset()
  simulated.simulator.journal_options { enabled = false }
  local sessions = {}
  for i = 1, count do
    sessions[#sessions + 1] = { token = token(i), device = "PC" .. i, expires_in = 86400 }
    if #sessions == BATCH or i == count then
      simulated.simulator.add { jde_ais = { sessions = sessions } }
      sessions = {}
    end
  end
end

local client = simulated.client "jde_ais"

local function by_hand()
  local started = 0
  local function work()
    while started < count do
      started = started + 1
      local target = { token = token(started), device = "PC" .. started }
      assert(client:status(target))
      assert(client:logout(target))
      assert(client:status(target))
      assert(client:status(target))
    end
  end
  signoff.loop(function(loop)
    for _ = 1, IN_FLIGHT do
      loop:spawn(work)
    end
  end)
end

local function kept()
  collectgarbage()
  collectgarbage()
  return collectgarbage "count"
end

-- Runs `f`; microseconds of CPU and exchanges a second.
local function measure(f)
  local cpu, time = os.clock(), core.now()
  local result = f()
  local exchanges = count * EXCHANGES
  return (os.clock() - cpu) / exchanges * 1e6, exchanges / (core.now() - time), result
end

arrive()
local bare, bare_rate = measure(by_hand)
arrive()
local people = {}
for i = 1, count do
  people[i] = { person = "person" .. i, jde_ais = token(i) .. "@PC" .. i }
end
local systems = { jde_ais = { client = client, concurrency = IN_FLIGHT } }
local plan = assert(offboard.plan(systems, people))
local journal = os.tmpname()
os.remove(journal)
local before = kept()
local cpu, rate, result = measure(function()
  return assert(offboard.apply(plan, systems, { people = people, settle = 0.5, journal = journal }))
end)
local after = kept()
os.remove(journal)
assert(result.totals.ended == count, "not everybody is out")
print(("signoff.loop    %6.1f us CPU an exchange, %6.0f a second"):format(bare, bare_rate))
print(("offboard.apply  %6.1f us CPU an exchange, %6.0f a second"):format(cpu, rate))
print(("                %6.2f times as much; %.2f KiB kept for each target"):format(cpu / bare, (after - before) / count))
