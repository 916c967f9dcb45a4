-- SPDX-License-Identifier: MIT

--- `report`: reports the run of a journal, on stdout or in files.
-- @module signoff.offboard.cli.reporting

local ending = require "signoff.offboard.cli.exit"
local history = require "signoff.offboard.report.history"
local journal = require "signoff.journal"
local json = require "signoff.json"
local metrics = require "signoff.offboard.cli.metrics"
local output = require "signoff.offboard.cli.output"
local plain_report = require "signoff.offboard.report.plain"
local progress = require "signoff.offboard.cli.progress"
local remaining = require "signoff.offboard.cli.remaining"
local report = require "signoff.offboard.report.report"
local running = require "signoff.offboard.cli.run"
local saved = require "signoff.offboard.report.saved"
local site = require "signoff.offboard.cli.config"

local reporting = {}

local checked = ending.checked

local PAUSE = 120 -- percent of the memory in use at which the collector begins again

local function check_chain(path)
  local found = checked(journal.check(path))
  local torn = found.torn and found.torn ~= 0 and (", and a torn last line of %s bytes, which was never relied on"):format(found.torn) or ""
  output.say("%s: %d lines, the chain holds%s\nhead: %s", path, found.lines, torn, found.head)
  return { lines = found.lines, head = found.head, torn = found.torn }
end

-- The files that a report was written to, for the operator; with `--json` also for programs. Parts of an earlier page are said: nobody
-- may take them for some of this one.
local function tell_written(files, given, format)
  for _, file in ipairs(files) do
    output.say("Written: %s (sha256:%s)", file.path, file.sha256)
  end
  for _, path in ipairs(format == "html" and saved.left_over(given.out, files) or {}) do
    output.say("warning: %s: is no part of this report; if it is of an earlier one, delete it", path)
  end
  if given.json then
    output.write_json { written = json.list(files) }
  end
end

-- The list of those who are left needs all rows at once, and so do texts; a page and JSON are written as they are made.
-- A process of its own can collect more often than a program would like: memory is what a large run lacks.
local function read_journal(given, format)
  local pack = given.out and not given.failed and not given.metrics and report.is_streamed(format)
  if pack then
    collectgarbage("setpause", PAUSE)
  end
  local result, notice, read_by = history.read(given.subject, { pack = pack })
  checked(result, notice)
  if notice then
    output.say(notice)
  end
  local shown = checked(report.narrow(result, running.wanted(given) or {}))
  if given.metrics then
    metrics.write(given.metrics, result) -- of the whole run, whatever is shown
  end
  return shown, notice, read_by
end

-- Nothing that a report reads or writes is written over. The parts of a page are looked at when they are begun: how many there are, the
-- journal says.
local function spare_files(given)
  local systems = site.path(given.config)
  output.spare(given.failed, given.subject, given.people, systems)
  output.spare(given.metrics, given.subject, given.people, systems, given.failed, given.out)
  return function(path)
    output.spare(path, given.subject, given.people, systems, given.failed, given.metrics)
  end
end

-- The format of stdout, or of the file: with `--out`, `--json` asks for the list of the files that were written.
local function format_of(given)
  if given.json and not given.out and given.format and given.format ~= "json" then
    ending.stop(ending.USAGE, ("--json and --format %s: name one of them"):format(given.format))
  end
  return given.format or given.json and "json" or "text"
end

--- The command.
-- @tparam table given its arguments
-- @tparam function config gives the systems' file
-- @treturn number exit status
function reporting.report(given, config)
  local format = format_of(given)
  local spare = spare_files(given)
  for _, path in ipairs(given.out and { given.out, given.out .. ".json" } or {}) do
    spare(path)
  end
  local chain = given.check and check_chain(given.subject) or nil
  local systems = given.failed and config()
  local result, notice, read_by = read_journal(given, format)
  result.chain = chain
  if given.failed then
    remaining.write(given.failed, result, given.people, systems, running.reading(given, systems, read_by))
  end
  if given.out then
    tell_written(checked(report.render(result, { format = format, out = given.out, spare = spare }, notice)), given, format)
  elseif format == "text" then
    output.write(plain_report.page(result, progress.colours(1) and plain_report.paint or nil))
  else
    output.write(report.render(result, { format = format }, notice))
  end
  return 0
end

return reporting
