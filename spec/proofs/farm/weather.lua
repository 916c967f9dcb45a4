-- SPDX-License-Identifier: MIT
-- Each bad weather by itself: a run of three hosts that it falls upon, judged as a storm is, and what else must be so.
--
--   weather.lua DIRECTORY SEED
--
-- WEATHER: only those whose name has these words.

package.path = "./?.lua;" .. package.path
local rehearsal = require "spec.proofs.farm.rehearsal"
local checks = require "spec.support.checks"
local core = require "signoff.core"
local expected = require "spec.proofs.farm.expected"
local peer = require "spec.support.peer"
local weathers = require "spec.proofs.farm.weathers"

local directory, seed = arg[1], tonumber(arg[2])
local COUNTS = { cisco_em = 40, agvance = 16, jde_ais = 16 }

local storm

local function problems_of(rows)
  local list = {}
  for _, row in ipairs(rows) do
    if not row.fine then
      list[#list + 1] = ("%s\n    %s"):format(row.what, row.why)
    end
  end
  return list
end

-- A run in that weather: all rows hold, and what the weather asks for besides.
local function run(weather)
  local form = { counts = COUNTS, gap = 2 }
  for name, value in pairs(weather) do
    form[name] = value
  end
  if weather.before then
    weather.before(storm, form)
  end
  local rows = form.no_run and {} or rehearsal.run(storm, form)
  local problems = problems_of(rows)
  if weather.after then
    local fine, why = pcall(weather.after, storm, form, rows)
    problems[#problems + 1] = not fine and tostring(why) or nil
  end
  storm.uri = nil
  for _, host in ipairs(storm.hosts) do
    host.before = nil
  end
  assert(#problems == 0, table.concat(problems, "\n"))
  return #rows
end

local function is_wanted(weather)
  local words = os.getenv "WEATHER"
  return not words or weather.name:find(words, 1, true) ~= nil
end

print("seed " .. seed)
math.randomseed(seed)
local fine, problem = xpcall(function()
  storm = rehearsal.open(3, directory)
  storm.wanted = expected.verdicts(COUNTS, directory)
  for _, weather in ipairs(weathers) do
    if is_wanted(weather) then
      local began = core.now()
      checks.check(weather.name, function()
        print(("  %d rows hold"):format(run(weather)))
      end)
      print(("  %.0f s"):format(core.now() - began))
    end
  end
end, debug.traceback)
if not fine then
  checks.note(false, "the weathers are tried to the end")
  print(problem)
end
peer.stop_all()
checks.close()
