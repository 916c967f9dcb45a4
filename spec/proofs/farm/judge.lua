-- SPDX-License-Identifier: MIT
--- The rows of a campaign: what must hold, as the simulator and the exported journal have it.

local campaign_limits = function()
  return require "spec.proofs.farm.campaign"
end
local checks = require "spec.support.checks"
local site = require "spec.proofs.farm.site"
local witness = require "spec.proofs.farm.witness"

local judge = {}

local function none(problems)
  assert(#problems == 0, ("%d: %s"):format(#problems, table.concat(problems, "\n", 1, math.min(#problems, 5))))
end

local function judge_limits(storm, list)
  local limits = campaign_limits()
  local most, when, changes = witness.most_in_window(list, "cisco_em", limits.window)
  checks.check(("run %s: of %d changes on Extension Mobility at most %d in any %d s, of %d"):format(storm.run, changes, most,
    limits.window, limits.limits.cisco_em.per_window), function()
    assert(most <= limits.limits.cisco_em.per_window, ("until %.3f"):format(when or 0))
  end)
  for _, kind in ipairs(site.kinds) do
    local at_once, which = witness.most_at_once(list, kind)
    checks.check(("run %s: %s: at most %d requests at once, looks included, of %d"):format(storm.run, kind, at_once,
      limits.limits[kind].at_once), function()
      assert(at_once <= limits.limits[kind].at_once, ("%s at %.3f"):format(which and which.operation, which and which.at or 0))
    end)
  end
end

local function times_away(storm)
  local times = {}
  for _, entry in ipairs(storm.log) do
    if entry.away and entry.till then
      times[#times + 1] = entry
    end
  end
  return times
end

--- Judges a run that has ended.
function judge.run(storm)
  local list = witness.read()
  judge_limits(storm, list)
  local times = times_away(storm)
  checks.check(("run %s: no session that was ended is ended again (%d requests)"):format(storm.run, #list), function()
    none(witness.ended_twice(list))
  end)
  local blind, repeats = witness.blind_repeats(list)
  checks.check(("run %s: %d acts repeated, each after a look of the same host"):format(storm.run, repeats), function()
    none(blind)
  end)
  checks.check(("run %s: nothing begins later than 1 s after a host or the server is away (%d times)"):format(storm.run, #times), function()
    none(witness.begun_while_away(list, times, 1))
  end)
end

function judge.sum(storm)
  local list = {}
  for kind, count in pairs(storm.counts) do
    list[#list + 1] = ("%d x %s"):format(count, kind)
  end
  table.sort(list)
  print(table.concat(list, ", "))
end

return judge
