-- SPDX-License-Identifier: MIT

--- What apply, resume and undo share: their options, Ctrl-C, progress, the recap, and what to type next.
-- @module signoff.offboard.command.running

local core = require "signoff.core"
local ending = require "signoff.offboard.command.stop"
local hours = require "signoff.offboard.command.hours"
local leftover = require "signoff.offboard.command.leftover"
local output = require "signoff.offboard.command.output"
local progress = require "signoff.offboard.command.progress"
local report_text = require "signoff.offboard.report_text"

local running = {}

local GUARDED = 5 -- exit status: stopped by a guard rail

local function window(given, config)
  return given.not_before or config.options.not_before, given.not_after or config.options.not_after
end

--- The oldest plan that may be applied, in seconds; nil where any may.
function running.max_age(given, config)
  return given.max_age or config.options.max_age
end

--- Why nothing may be done now; nil within the hours.
function running.closed(given, config)
  return hours(window(given, config))
end

-- Asked by the run between two steps.
local function interruption(given, config)
  local from, to = window(given, config)
  return function()
    return core.interrupted() and "interrupted" or hours(from, to)
  end
end

--- The names of the systems' file and of the command line, in one list.
-- @tparam ?table first
-- @tparam ?table second
-- @treturn {string,...}
function running.joined(first, second)
  local list = {}
  for _, source in ipairs { first or {}, second or {} } do
    for _, name in ipairs(source) do
      list[#list + 1] = name
    end
  end
  return list
end

--- How the list is to be read.
function running.list_options(given, config)
  local ignore = running.joined(config.options.ignore, given.ignore)
  return ignore, given.delimiter or config.options.delimiter
end

local common = { "settle", "schedule", "deadline", "max_fail" }

-- The options of the library's function: those of the command line; where a run begins also those of the systems' file.
local function run_options(given, config, about, shown)
  local options = {
    on_result = shown.result, on_progress = shown.progress, interrupted = interruption(given, config),
    protect = running.joined(config.options.protect, given.protect), -- today's names, besides the plan's (rule A2)
  }
  for _, name in ipairs(common) do
    options[name] = given[name]
    if options[name] == nil and about.begins then
      options[name] = config.options[name]
    end
  end
  if about.begins then
    options.journal = about.journal
  end
  if about.reads then
    options.people = given.people
    options.ignore, options.delimiter = running.list_options(given, config)
  end
  return options
end

local function next_step(given, config, journal, result)
  if result.totals.pending > 0 and journal then
    output.say("To go on: %s", output.command({ "resume", journal },
      { ["--people"] = given.people, ["--config"] = given.config and config.path or nil }))
  end
end

--- Runs, shows how it goes, and says what came of it.
-- @tparam table given what the operator wrote
-- @tparam table config
-- @tparam table about `rows` (what there is to do), `journal` (its path), `begins` (a new one), `reads` (the list, for its
-- tokens), `run(options)`
-- @treturn number exit status
function running.run(given, config, about)
  output.spare(given.failed, given.subject, given.people, about.journal, config.path)
  local closed = running.closed(given, config)
  if closed then
    ending.stop(GUARDED, closed .. ": nothing was sent; run it again within them")
  end
  local shown = progress.new(about.rows, given.quiet)
  core.interrupt(true)
  local result, message, code = about.run(run_options(given, config, about, shown))
  core.interrupt(false)
  shown.finish()
  if not result then
    ending.stop(code == "denied" and 4 or ending.USAGE, message)
  end
  if given.failed then
    leftover.write(given.failed, about.journal, given.people, config, given)
  end
  if given.json then
    output.write_json(result)
  else
    output.write("\n" .. report_text.recap(result, progress.colours(1) and report_text.paint or nil))
  end
  next_step(given, config, about.journal, result)
  return result.exit
end

return running
