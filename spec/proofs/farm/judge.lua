-- SPDX-License-Identifier: MIT
--- The rows of a run: what must hold, as the simulator and the exported journal have it.

local files = require "spec.support.files"
local json = require "signoff.json"
local limits = require "spec.proofs.farm.limits"
local record = require "spec.proofs.farm.record"
local site = require "spec.proofs.farm.site"
local witness = require "spec.proofs.farm.witness"

local judge = {}

local SHOWN = 5 -- of the problems of a row
local GRACE = 1 -- second that something may begin after a host or the server is away

local function add(rows, problems, what, ...)
  if type(problems) == "string" then
    problems = { problems }
  end
  local fine = not problems or #problems == 0
  rows[#rows + 1] = { fine = fine, what = what:format(...),
    why = not fine and ("%d: %s"):format(#problems, table.concat(problems, "\n", 1, math.min(#problems, SHOWN))) or nil }
end

local function judge_limits(rows, list, form)
  for _, kind in ipairs(site.kinds) do
    local bears = limits.of(form, kind)
    local most, when, changes = witness.most_in_window(list, kind, limits.window)
    if bears.per_window then
      add(rows, most > bears.per_window and ("until %.3f"):format(when), "%s: of %d changes at most %d in any %d s, of %d", kind, changes, most,
        limits.window, bears.per_window)
    end
    local at_once, which = witness.most_at_once(list, kind)
    add(rows, at_once > bears.at_once and ("%s at %.3f"):format(which.operation, which.at),
      "%s: at most %d requests at once, looks included, of %d", kind, at_once, bears.at_once)
  end
end

local function times_away(log)
  local times = {}
  for _, entry in ipairs(log) do
    if entry.away and entry.till then
      times[#times + 1] = entry
    end
  end
  return times
end

local function judge_changes(rows, list, log)
  add(rows, witness.ended_twice(list), "no session that was ended is ended again, in %d requests", #list)
  local blind, repeats = witness.blind_repeats(list)
  add(rows, blind, "each of %d repeated acts comes after a look of the same host", repeats)
  local times = times_away(log)
  add(rows, witness.begun_while_away(list, times, GRACE), "nothing begins later than %d s after a host or the server is away, %d times",
    GRACE, #times)
end

local function judge_journals(rows, storm, list)
  for _, run in ipairs(storm.runs) do
    local path = ("%s/journal.%s"):format(storm.folder, run)
    storm.client.export(storm, run, path)
    local problems, lines, verdicts = record.problems(path, storm.form.partial)
    add(rows, problems, "journal of %d lines: whole, %d verdicts, one for each item, and nothing acknowledged is done again", lines, verdicts)
    if storm.client.judge then
      storm.client.judge(storm, run, path, list, function(...)
        add(rows, ...)
      end)
    end
  end
end

-- All that was done and received, to find out why.
local function keep(storm, list)
  local lines = {}
  for _, entry in ipairs(storm.log) do
    lines[#lines + 1] = json.encode(entry)
  end
  for _, entry in ipairs(list) do
    lines[#lines + 1] = json.encode(entry)
  end
  files.write(storm.folder .. "/received", table.concat(lines, "\n") .. "\n")
end

--- Judges a run that has ended.
function judge.rows(storm)
  local rows, list = {}, witness.read()
  keep(storm, list)
  judge_limits(rows, list, storm.form)
  judge_changes(rows, list, storm.log)
  judge_journals(rows, storm, list)
  for _, row in ipairs(rows) do
    row.what = ("run %d: %s"):format(storm.number, row.what)
  end
  return rows
end

return judge
