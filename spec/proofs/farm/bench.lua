-- SPDX-License-Identifier: MIT
-- Costs and gains of a farm: each figure beside its goal, as a table.
--
--   bench.lua DIRECTORY SEED
--
-- ONLY: the parts (cpu changes hosts wakes); TARGETS: of `cpu` (10000); SHARED: of `hosts` (4000). The CPU of a command is that of its
-- process, user and system; that of the server is all of its processes, and stands beside it.

package.path = "./?.lua;" .. package.path
local core = require "signoff.core"
local measure = require "spec.proofs.farm.measure"
local peer = require "spec.support.peer"

local directory = arg[1]
local TARGETS = tonumber(os.getenv "TARGETS") or 10000
local SHARED = tonumber(os.getenv "SHARED") or 4000
local PAIRS = 3
local rows = {}

local function row(what, unit, ours, against, theirs, goal)
  rows[#rows + 1] = ("%s\t%s\t%.2f\t%s\t%.2f\t%s"):format(what, unit, ours, against, theirs, goal)
  io.stderr:write(rows[#rows], "\n")
end

local function median(list)
  table.sort(list)
  return list[math.ceil(#list / 2)]
end

local function per_exchange(seconds, run)
  return seconds / run.requests * 1e6
end

local parts = {}

-- One host with the farm and without, in pairs: other work on the machine meets both.
function parts.cpu(storm)
  local alone, farm, server, added, wall = {}, {}, {}, {}, {}
  local form = { counts = { jde_ais = TARGETS }, bears = { jde_ais = { at_once = 64, concurrency = 64 } } }
  for i = 1, PAIRS do
    local without, with = measure.run(storm, form, 1, "journal"), measure.run(storm, form, 1)
    alone[i], farm[i], server[i] = per_exchange(without.cpu, without), per_exchange(with.cpu, with), per_exchange(with.server, with)
    added[i], wall[i] = farm[i] - alone[i], with.wall / without.wall
    io.stderr:write(("  pair %d: %.1f s and %.1f s; %.1f µs and %.1f µs of CPU, %.1f µs of the server's\n"):format(i, without.wall, with.wall,
      alone[i], farm[i], server[i]))
  end
  row(("one exchange of %d targets, on a farm"):format(TARGETS), "µs of CPU", median(farm), "journal in a file", median(alone), "at_most -")
  row("CPU that the farm adds to an exchange", "µs", math.max(median(added), 0), "goal", 30, "at_most 1")
  row("CPU of the server for an exchange", "µs", median(server), "the command", median(farm), "at_most -")
  row("wall clock of a run on a farm, of one in a file", "%", median(wall) * 100, "journal in a file", 100, "at_most -")
end

-- Changes that begin and end on one system, with as many in its window as come.
function parts.changes(storm)
  local alone, one, eight = measure.changes(storm, 1, 4000, false), measure.changes(storm, 1, 4000, true), measure.changes(storm, 8, 4000, true)
  row("begin_act, the middle one, by one connection", "µs", alone.median * 1e6, "goal", 2000, "at_most 1")
  row("CPU of the server for an act, begun and ended", "µs", one.server * 1e6, "with eight connections", eight.server * 1e6, "at_most -")
  row("acts on one system, by one connection", "acts/s", one.rate, "goal", 300, "times 1")
  row("acts on one system, by eight connections", "acts/s", eight.rate, "goal", 300, "times 1")
end

local function shared(at_once)
  return { counts = { agvance = SHARED / 2, jde_ais = SHARED / 2 }, reply = 0.2,
    bears = { agvance = { at_once = at_once, concurrency = 8 }, jde_ais = { at_once = at_once, concurrency = 8 } } }
end

-- Several hosts on one plan, where the system bears more than one of them asks for, and where it does not.
function parts.hosts(storm)
  local rate = {}
  for _, count in ipairs { 1, 2, 4 } do
    local run = measure.run(storm, shared(32), count)
    rate[count] = SHARED / run.wall
    io.stderr:write(("  %d hosts: %.1f s, %d requests, %s at once\n"):format(count, run.wall, run.requests, run.at_once))
  end
  local bound = measure.run(storm, shared(8), 4)
  row("2 hosts on one plan", "targets/s", rate[2], "one host", rate[1], "times 1.8")
  row("4 hosts on one plan", "targets/s", rate[4], "one host", rate[1], "times 3")
  row("4 hosts, 8 at once for all", "targets/s", SHARED / bound.wall, "one host", rate[1], "times 0.9")
  row("requests in flight then", "requests", bound.at_once, "at once for all", 8, "at_most 1")
end

-- A job that one host gives back, until another asks about its target.
function parts.wakes(storm)
  local told, asked = measure.wakes(storm, 40, false), measure.wakes(storm, 20, true)
  row(("a job is taken up by another host, the slowest of %d, with notifications"):format(#told), "ms", told[#told] * 1000, "goal", 250,
    "at_most 1")
  row(("the same through a pool that drops notifications, of %d"):format(#asked), "ms", asked[#asked] * 1000, "goal", 2500, "at_most 1")
end

local storm = measure.open(4, directory)
local began = core.now()
for name in (os.getenv "ONLY" or "changes wakes cpu hosts"):gmatch "%a+" do
  parts[name](storm)
end
peer.stop_all()
io.stderr:write(("%.0f s\n"):format(core.now() - began))
local path = directory .. "/rows"
assert(core.save(path, table.concat(rows, "\n") .. "\n"))
os.exit(os.execute("lua5.4 spec/proofs/bench/table.lua < " .. path) and 0 or 1)
