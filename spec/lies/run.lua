-- SPDX-License-Identifier: MIT
--- Random worlds, faults, moves and spellings against the whole program and the simulator: no verdict may be false by the truth.
--
--   run.lua RUNS SEED [ONLY [WAY]]

package.path = "./?.lua;" .. package.path
local checker = require "spec.lies.checker"
local core = require "signoff.core"
local nginx = require "spec.lies.nginx"
local report = require "spec.lies.report"
local shrink = require "spec.lies.shrink"
local ways = require "spec.lies.ways"
local world = require "spec.lies.world"

local runs, seed, only, way = tonumber(arg[1]), tonumber(arg[2]), tonumber(arg[3] or ""), arg[4] ~= "" and arg[4] or nil
local SHOWN = tonumber(os.getenv "SHOW" or 3) -- failing runs of a kind that are made smaller and printed

local function play(case)
  local result, account, log = ways.play(case)
  return checker.check(account, log, result), result, log
end

local function seed_of(number)
  return seed * 1000003 + number
end

local function main()
  io.stdout:setvbuf "line"
  local tally = report.new(seed)
  local started = core.now()
  for number = only or 1, only or runs do
    local case = world.new(seed_of(number), way)
    local fine, findings, result, log = xpcall(play, debug.traceback, case)
    if not fine then
      findings, result, log = { { class = "error", kind = "raised", what = findings }, excused = 0 }, { results = {} }, {}
    end
    tally:count(case, findings, result)
    local shown = tally:pick_new(findings, SHOWN)
    if shown then
      if fine then
        case, findings, result, log = shrink(case, shown, play)
      end
      tally:show(number, case, findings, result, log)
    end
  end
  tally:close(core.now() - started, only and 1 or runs)
  return tally:holds()
end

local fine, problem = xpcall(main, debug.traceback)
nginx.stop()
if not fine then
  io.stderr:write(tostring(problem), "\n")
  print "0 passed, 1 failed, 0 skipped"
end
os.exit(fine and problem and 0 or 1)
