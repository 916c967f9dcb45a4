-- SPDX-License-Identifier: MIT
-- Runs of a farm through a storm, on a clock divided by ten, judged by what the simulator received.
--
--   storm.lua DIRECTORY SEED SHORT|LONG [plain]

package.path = "./?.lua;" .. package.path
local core = require "signoff.core"
local checks = require "spec.support.checks"
local campaign = require "spec.proofs.farm.campaign"
local peer = require "spec.support.peer"

local directory, seed, size, client = arg[1], tonumber(arg[2]), arg[3], arg[4] or "command"

-- Targets of each system, hosts, blows, and the limit of the whole in seconds.
local sizes = {
  SHORT = { counts = { cisco_em = 150, agvance = 75, jde_ais = 75 }, hosts = 3, gap = 1.2, limit = 230,
    blows = { kill = 10, stop = 5, crash = 2, partition = 2, promotion = 1 } },
  LONG = { counts = { cisco_em = 2000, agvance = 4000, jde_ais = 4000 }, hosts = 4, gap = 2, limit = 2400,
    blows = { kill = 200, stop = 100, crash = 20, partition = 20, promotion = 5 } },
}

print(("seed %d, %s"):format(seed, size:lower()))
math.randomseed(seed)
local began = core.now()
local fine, problem = xpcall(campaign.run, debug.traceback, sizes[size], client, directory)
if not fine then
  checks.note(false, "the storm goes on to its end")
  print(problem)
end
peer.stop_all()
print(("%.0f s, seed %d"):format(core.now() - began, seed))
checks.close()
