-- SPDX-License-Identifier: MIT
--- Counts what many made worlds came to, and prints it.

local cjson = require("cjson").new()
local sorted_names = require "spec.support.sorted_names"

local report = {}
report.__index = report

local CLASSES = { "false verdict", "wrong act", "doubled act", "wrong row", "error" }
local MOST_UNKNOWN = 0.005 -- of the rows of honest runs
local FEW_ROWS = 5000 -- of so few rows chance alone may make more unknown: up to three times the standard deviation
local MOST_ENTRIES = 60 -- of a log that is printed

function report.new(seed)
  print("seed " .. seed)
  return setmetatable({
    seed = seed, ways = {}, classes = {}, kinds = {}, verdicts = {}, honest = { runs = 0, rows = 0, verdicts = {} }, rows = 0, failed = 0,
    excused = 0, shown = {},
  }, report)
end

local function add(counts, name)
  counts[name] = (counts[name] or 0) + 1
end

-- Verdicts that no honest run may have.
local never = { failed = true, still_active = true }

local function count_honest(self, number, case, row)
  self.honest.rows = self.honest.rows + 1
  add(self.honest.verdicts, row.verdict)
  if never[row.verdict] then
    print(("run %d (%s), honest: %s %s: %s: %s"):format(number, case.way, row.system, row.target, row.verdict, tostring(row.message)))
  end
end

local function count_rows(self, number, case, result)
  for _, row in ipairs(result.results) do
    self.rows = self.rows + 1
    add(self.verdicts, row.verdict)
    if case.honest then
      count_honest(self, number, case, row)
    end
  end
end

--- Counts a run.
function report:count(number, case, findings, result)
  add(self.ways, case.way)
  self.excused = self.excused + findings.excused
  self.failed = self.failed + (#findings > 0 and 1 or 0)
  if case.honest then
    self.honest.runs = self.honest.runs + 1
  end
  count_rows(self, number, case, result)
  for _, finding in ipairs(findings) do
    add(self.classes, finding.class)
    add(self.kinds, ("%s: %s, %s"):format(finding.class, finding.kind, finding.system or case.way))
  end
end

--- The first of the findings of whose kind few were shown so far; nil where there is none.
function report:pick_new(findings, most)
  for _, finding in ipairs(findings) do
    local key = table.concat({ finding.class, finding.kind, finding.system }, " ")
    if (self.shown[key] or 0) < most then
      add(self.shown, key)
      return finding
    end
  end
end

local function line(entry)
  local parts = {}
  for _, name in ipairs { "event", "by", "request", "system", "operation", "target", "acted", "status", "fault", "lie", "how", "refused", "node" } do
    if entry[name] ~= nil then
      parts[#parts + 1] = ("%s=%s"):format(name, tostring(entry[name]))
    end
  end
  return table.concat(parts, " ") .. (entry.is and " is=" .. cjson.encode(entry.is) or "")
    .. (entry.targets and " targets=" .. cjson.encode(entry.targets) or "")
end

-- The first entries, which tell most: what a look sees over and over is left out.
local function print_log(log)
  local since, last = log[1] and log[1].simulated_time or 0, 0
  for _, entry in ipairs(log) do
    last = entry.by == "start" and entry.number or last
    if entry.number > last + MOST_ENTRIES then
      print(("    ... and %d more"):format(#log - entry.number + 1))
      return
    elseif entry.by ~= "start" then
      print(("    %4d %8.2f  %s"):format(entry.number, entry.simulated_time - since, line(entry)))
    end
  end
end

local function print_evidence(evidence)
  for i, entry in ipairs(evidence) do
    if not evidence[i - 1] or evidence[i - 1].what ~= entry.what then
      print("      " .. entry.what)
    end
  end
end

--- Prints a failing run, made small.
function report:show(number, case, findings, result, log)
  print(("not ok - run %d (%s): SEED=%s ONLY=%d"):format(number, case.way, self.seed, number))
  for _, finding in ipairs(findings) do
    print(("  %s, %s: %s"):format(finding.class, finding.kind, finding.what))
  end
  for _, name in ipairs { "protect", "nasty", "crash", "state", "cells", "moves", "faults" } do
    if case[name] and next(case[name]) ~= nil then
      print(("  %s %s"):format(name, cjson.encode(case[name])))
    end
  end
  for _, row in ipairs(result.results) do
    print(("  row %s %s %s: %s %s %s"):format(row.person, row.system, row.target, row.verdict, row.code or "", row.message or ""))
    print_evidence(row.evidence or {})
  end
  print_log(log)
end

local function list(counts)
  local names = sorted_names(counts)
  for i, name in ipairs(names) do
    names[i] = ("%s %d"):format(name, counts[name])
  end
  return table.concat(names, ", ")
end

local function share(self, verdict)
  return (self.honest.verdicts[verdict] or 0) / math.max(self.honest.rows, 1)
end

-- How many rows may be unknown.
local function most_unknown(self)
  local most = MOST_UNKNOWN * self.honest.rows
  return self.honest.rows < FEW_ROWS and most + 3 * math.sqrt(most) + 1 or most
end

-- A proof that always says "unknown" is no use.
local function honest_holds(self)
  return (self.honest.verdicts.unknown or 0) <= most_unknown(self) and share(self, "failed") == 0 and share(self, "still_active") == 0
end

function report:holds()
  return self.failed == 0 and honest_holds(self)
end

local function print_kinds(self)
  local kinds = {}
  for name in pairs(self.kinds) do
    kinds[#kinds + 1] = name
  end
  table.sort(kinds)
  for _, name in ipairs(kinds) do
    print(("  %5d  %s"):format(self.kinds[name], name))
  end
end

--- Prints the sum.
function report:close(seconds, runs)
  print_kinds(self)
  print(("%.0f s, %.0f runs a second; ways: %s"):format(seconds, runs / seconds, list(self.ways)))
  print(("%d rows: %s; %d excused"):format(self.rows, list(self.verdicts), self.excused))
  local honest = self.honest
  print(("honest: %d runs, %d rows: %.2f %% unknown, at most %.1f %%; %d failed, %d still active, none allowed"):format(
    honest.runs, honest.rows, 100 * share(self, "unknown"), 100 * MOST_UNKNOWN, honest.verdicts.failed or 0, honest.verdicts.still_active or 0))
  local classes = {}
  for i, class in ipairs(CLASSES) do
    if i <= 3 or self.classes[class] then
      classes[#classes + 1] = ("%d %ss"):format(self.classes[class] or 0, class)
    end
  end
  print(("%d runs, %s"):format(runs, table.concat(classes, ", ")))
  print(("%d passed, %d failed, 0 skipped"):format(runs - self.failed + (honest_holds(self) and 1 or 0), self.failed + (honest_holds(self) and 0 or 1)))
end

return report
