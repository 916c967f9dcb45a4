-- SPDX-License-Identifier: MIT
-- CPU of `offboard.apply`, with journal and proof, beside that of the same exchanges in a `signoff.loop`; what is kept.
-- Prints rows for table.lua.
--    examples/simulator/simulator with lua5.4 spec/proofs/bench/apply.lua [SESSIONS]

local offboard = require "signoff.offboard"
local signoff = require "signoff"
local simulated = require "spec.support.simulated"

local count = tonumber(arg[1]) or 3000
local CONCURRENCY, BATCH, ROUNDS = 64, 2000, 5
local EXCHANGES = 4 -- a read, the logout, two reads

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
    for _ = 1, CONCURRENCY do
      loop:spawn(work)
    end
  end)
end

local function kept()
  collectgarbage()
  collectgarbage()
  return collectgarbage "count"
end

-- Runs `f`; microseconds of CPU for each exchange.
local function measure(f)
  local cpu = os.clock()
  local result = f()
  return (os.clock() - cpu) / (count * EXCHANGES) * 1e6, result
end

local systems = { jde_ais = { client = client, concurrency = CONCURRENCY } }

local function list()
  local people = {}
  for i = 1, count do
    people[i] = { person = "person" .. i, jde_ais = token(i) .. "@PC" .. i }
  end
  return people
end

-- Microseconds of CPU for each exchange, and kilobytes that are kept.
local function apply()
  arrive()
  local people = list()
  local plan = assert(offboard.plan(systems, people))
  local journal = os.tmpname()
  os.remove(journal)
  local before = kept()
  local cpu, result = measure(function()
    return assert(offboard.apply(plan, systems, { people = people, settle = 0.5, journal = journal }))
  end)
  os.remove(journal)
  assert(result.totals.ended == count, "not everybody is out")
  return cpu, kept() - before
end

-- One after the other, so that other work on the machine meets both.
local function compare()
  arrive()
  local bare = measure(by_hand)
  local cpu, left = apply()
  return { bare = bare, cpu = cpu, left = left }
end

-- Of several rounds the one in the middle.
local rounds = {}
for round = 1, ROUNDS do
  rounds[round] = compare()
end
table.sort(rounds, function(a, b)
  return a.cpu / a.bare < b.cpu / b.bare
end)
local middle = rounds[math.ceil(ROUNDS / 2)]

local function row(...)
  print(table.concat({ ... }, "\t"))
end

row(("offboard.apply, journal and proof, %d sessions: one exchange, %s"):format(count, _VERSION), "µs of CPU", ("%.1f"):format(middle.cpu),
  "the same in signoff.loop", ("%.1f"):format(middle.bare), "at_most 2.5")
row("memory kept for each target", "bytes", ("%.0f"):format(middle.left / count * 1024), "4 KiB", 4096, "at_most 1")
