-- SPDX-License-Identifier: MIT
--- Random worlds, faults, moves and spellings against the whole program and the simulator: no verdict may be false by the truth.
--
--   run.lua RUNS SEED [ONLY [WAY [WITHOUT]]]
--
-- WITHOUT: the number of a rule that is switched off (spec/proofs/lies/switched_off.lua): the first finding ends the run, and must come.

package.path = "./?.lua;" .. package.path
local without = tonumber(arg[5] or "")
if without then
  local switched_off = require "spec.proofs.lies.switched_off"
  switched_off.install(switched_off.list()[without])
end

local checker = require "spec.proofs.lies.checker"
local core = require "signoff.core"
local nginx = require "spec.proofs.lies.nginx"
local report = require "spec.proofs.lies.report"
local shrink = require "spec.proofs.lies.shrink"
local ways = require "spec.proofs.lies.ways"
local world = require "spec.proofs.lies.world"

local runs, seed, only, way = tonumber(arg[1]), tonumber(arg[2]), tonumber(arg[3] or ""), arg[4] ~= "" and arg[4] or nil
local SHOWN = tonumber(os.getenv "SHOW" or 3) -- failing runs of a kind that are made smaller and printed

local function play(case)
  local result, account, log = ways.play(case)
  return checker.check(account, log, result), result, log
end

local function seed_of(number)
  return seed * 1000003 + number
end

-- The first run that finds something.
local function first_finding()
  for number = 1, runs do
    local fine, findings = pcall(play, world.new(seed_of(number), way))
    local first = not fine and { class = "error", kind = tostring(findings) } or findings[1]
    if first then
      return number, ("%s: %s, %s"):format(first.class, first.kind, first.system or "")
    end
  end
end

local function main_without()
  local row = require("spec.proofs.lies.switched_off").list()[without]
  local number, what = first_finding()
  print(("%s %-45s %s"):format(row.rule, row.name, number and ("run %d: %s"):format(number, what) or "NOT FOUND"))
  return number ~= nil
end

local function main()
  io.stdout:setvbuf "line"
  local summary = report.new(seed)
  local started = core.now()
  for number = only or 1, only or runs do
    local case = world.new(seed_of(number), way)
    local fine, findings, result, log = xpcall(play, debug.traceback, case)
    if not fine then
      findings, result, log = { { class = "error", kind = "raised", what = findings }, excused = 0 }, { results = {} }, {}
    end
    summary:count(number, case, findings, result)
    local shown = summary:pick_new(findings, SHOWN)
    if shown then
      if fine then
        case, findings, result, log = shrink(case, shown, play, findings, result, log)
      end
      summary:show(number, case, findings, result, log)
    end
  end
  summary:close(core.now() - started, only and 1 or runs)
  return summary:holds()
end

local fine, problem = xpcall(without and main_without or main, debug.traceback)
nginx.stop()
if not fine then
  io.stderr:write(tostring(problem), "\n")
  print "0 passed, 1 failed, 0 skipped"
end
os.exit(fine and problem and 0 or 1)
