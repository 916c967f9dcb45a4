-- SPDX-License-Identifier: MIT

--- Counts of a run for Prometheus, as a file that node_exporter's textfile collector reads. It names systems, and no person.
-- @module signoff.offboard.cli.metrics

local core = require "signoff.core"
local ending = require "signoff.offboard.cli.exit"
local summary = require "signoff.offboard.report.summary"
local Text = require "signoff.text"
local verdicts = require "signoff.signout.verdict"

local metrics = {}

local SUCCESS = "signoff_run_last_success_timestamp_seconds"

-- A label's value, as the text format has it: one line of UTF-8.
local function quoted(text)
  return '"' .. Text.clean(text):gsub("\\", "\\\\"):gsub('"', '\\"') .. '"'
end

-- The lines of one metric; a sample is labels and a number.
local function add(lines, name, kind, help, samples)
  if #samples == 0 then
    return
  end
  lines[#lines + 1] = ("# HELP %s %s"):format(name, help)
  lines[#lines + 1] = ("# TYPE %s %s"):format(name, kind)
  for _, sample in ipairs(samples) do
    lines[#lines + 1] = ("%s%s %s"):format(name, sample[1], core.digits(sample[2]))
  end
end

local function one(value)
  return value and { { "", value } } or {}
end

-- Every verdict of every system, also those that nobody has: a series that comes and goes cannot be watched.
local function by_system(rows)
  local samples = {}
  for _, system in ipairs(summary.count(rows).systems) do
    for _, name in ipairs(verdicts.names) do
      samples[#samples + 1] = { ("{system=%s,verdict=%s}"):format(quoted(system.name), quoted(name)), system.counts[name] or 0 }
    end
  end
  return samples
end

-- The text of the file that is there.
local function text_before(path)
  local about = core.stat(path)
  local file = about and about.kind == "file" and io.open(path, "rb")
  local before = file and file:read(1024 * 1024)
  if file then
    file:close()
  end
  return before
end

-- When all of a plan was last out: at the end of this run, or as the file says that was there.
local function last_success(result, path)
  if result.exit == 0 and result.ended and not result.part then
    return result.ended
  end
  local before = text_before(path)
  return core.number(("\n" .. (before or "")):match("\n" .. SUCCESS .. " ([0-9.]+)\n") or "")
end

--- The text of the file.
-- @tparam table result
-- @tparam table about `now`, `last_success`, `hook_failed` (nil where no program was run at the end)
-- @treturn string
function metrics.text(result, about)
  local lines, open = {}, result.totals.pending + result.totals.begun
  local waits = open > 0 and result.started and math.max(about.now - result.started, 0) or 0
  add(lines, "signoff_verdicts_total", "counter", "Targets of the last run, by system and verdict.", by_system(result.results))
  add(lines, "signoff_pending", "gauge", "Targets of the last run that wait to be taken up.", one(open))
  add(lines, "signoff_oldest_pending_seconds", "gauge", "How long they waited when this was written.", one(waits))
  add(lines, "signoff_run_exit_status", "gauge", "Exit status of the last run.", one(result.exit))
  add(lines, "signoff_run_end_timestamp_seconds", "gauge", "When the last run ended.", one(result.ended))
  add(lines, SUCCESS, "gauge", "When a run last ended with everybody out.", one(about.last_success))
  add(lines, "signoff_on_end_failed", "gauge", "Whether the program at the end of the last run failed.",
    one(about.hook_failed ~= nil and (about.hook_failed and 1 or 0)))
  return table.concat(lines, "\n") .. "\n"
end

--- Writes the file, whole or not at all.
-- @tparam string path
-- @tparam table result
-- @tparam ?boolean hook_failed
function metrics.write(path, result, hook_failed)
  local text = metrics.text(result, { now = core.time(), last_success = last_success(result, path), hook_failed = hook_failed })
  local fine, message = core.publish(path, text)
  return fine or ending.stop(ending.USAGE, message)
end

return metrics
