-- SPDX-License-Identifier: MIT
-- Runs of a farm through a storm, on a clock divided by ten, judged by what the simulator received.
--
--   storm.lua DIRECTORY SEED
--
-- LONG: the long form. CLIENT=plain: workers that speak the SQL, and nothing else of ours.

package.path = "./?.lua;" .. package.path
local core = require "signoff.core"
local rehearsal = require "spec.proofs.farm.rehearsal"
local checks = require "spec.support.checks"
local expected = require "spec.proofs.farm.expected"
local peer = require "spec.support.peer"

local directory, seed, long = arg[1], tonumber(arg[2]), (os.getenv "LONG" or "") ~= ""

-- Targets of each system, hosts, blows and the seconds between them; and the seconds after which no run is begun.
local form = long and {
  counts = { cisco_em = 2000, agvance = 4000, jde_ais = 4000 }, hosts = 4, gap = 2, limit = 2100,
  blows = { kill = 200, stop = 100, crash = 20, partition = 20, promotion = 5 },
} or {
  counts = { cisco_em = 150, agvance = 75, jde_ais = 75 }, hosts = 3, gap = 1.2, limit = 180,
  blows = { kill = 10, stop = 5, crash = 2, partition = 2, promotion = 1 },
}

local function run()
  local storm = rehearsal.open(form.hosts, directory)
  storm.wanted = expected.verdicts(form.counts, directory)
  form.bag = rehearsal.bag_of(form.blows)
  local began = core.now()
  repeat
    for _, row in ipairs(rehearsal.run(storm, form)) do
      checks.note(row.fine, row.what)
      if row.why then
        print("    " .. row.why:gsub("\n", "\n    "))
      end
    end
  until #form.bag == 0 or core.now() - began > form.limit
  checks.note(#form.bag == 0, "all blows were dealt: " .. rehearsal.dealt(storm))
end

print(("seed %d, %s form"):format(seed, long and "long" or "short"))
math.randomseed(seed)
local began = core.now()
local fine, problem = xpcall(run, debug.traceback)
if not fine then
  checks.note(false, "the storm goes on to its end")
  print(problem)
end
peer.stop_all()
print(("%.0f s, seed %d"):format(core.now() - began, seed))
checks.close()
