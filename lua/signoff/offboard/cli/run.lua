-- SPDX-License-Identifier: MIT

--- The parts that apply, resume and undo share: options, Ctrl-C, progress, recap, and the next command to type.
-- @module signoff.offboard.cli.run

local arguments = require "signoff.offboard.cli.arguments"
local core = require "signoff.core"
local ending = require "signoff.offboard.cli.exit"
local hours = require("signoff.offboard.time").outside_hours
local identity = require "signoff.offboard.cli.identity"
local on_end = require "signoff.offboard.cli.on_end"
local remaining = require "signoff.offboard.cli.remaining"
local output = require "signoff.offboard.cli.output"
local progress = require "signoff.offboard.cli.progress"
local plain_report = require "signoff.offboard.report.plain"
local report = require "signoff.offboard.report.report"

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

-- Makes the function that a run asks between two steps whether it must end. From the first time on, something may have been done.
local function interruption(given, config, hint)
  local from, to = window(given, config)
  return function()
    running.under_way = hint
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

--- How the list is to be read: the ignored columns and the delimiter; nil where nothing says so.
function running.list_options(given, config)
  local ignore = running.joined(config.options.ignore, given.ignore)
  return #ignore > 0 and ignore or nil, given.delimiter or config.options.delimiter
end

--- The same, or as it was read before: by the plan, or by the run.
-- @tparam table given what the operator wrote
-- @tparam table config
-- @tparam ?table before `ignore`, `delimiter`
-- @treturn table the same
function running.reading(given, config, before)
  local ignore, delimiter = running.list_options(given, config)
  before = before or {}
  return { ignore = ignore or before.ignore, delimiter = delimiter or before.delimiter }
end

--- The people and systems that the operator asks for.
-- @treturn ?table `person`, `system`; nil where all is meant
function running.wanted(given)
  local wanted = {}
  wanted.person = given.person and given.person[1] and given.person or nil
  wanted.system = given.only and given.only[1] and given.only or nil
  return next(wanted) and wanted or nil
end

-- All that is left of a journal; `part`: of the people and systems alone that were asked for.
local function to_go_on(given, journal, part)
  return arguments.next(given, "resume", journal, not part and { person = true, only = true } or nil)
end

local function had_begun(given, about)
  return "the run had begun" .. (about.journal and "; to go on: " .. to_go_on(given, about.journal, about.wanted) or "")
end

local common = { "settle", "schedule", "deadline", "max_fail" }

-- The options of the library's function: those of the command line; where a run begins also those of the systems' file.
local function run_options(given, config, about, shown)
  local options = {
    on_result = shown.result, on_progress = shown.progress,
    interrupted = interruption(given, config, had_begun(given, about)), operator = identity.operator(config.options.operator),
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
  if about.wanted then
    options.person, options.system = about.wanted.person, about.wanted.system
  end
  if about.reads then
    options.people = given.people
    options.ignore, options.delimiter = running.list_options(given, config)
  end
  return options
end

-- The options that only resume has.
local function is_open(result)
  local open = result.totals.begun + result.totals.pending > 0
  for _, stop in ipairs(result.stops or {}) do
    open = open or stop.code == "journal"
  end
  return open
end

-- An error after the end of the run is said, and changes no exit status.
local function afterwards(result, journal, f)
  local fine, problem = xpcall(f, ending.catch)
  if not fine then
    output.say("signoff-offboard: %s\nThe run is over, and its exit status stays %d%s", problem.message, result.exit,
      journal and ". All of it: " .. output.command { "report", journal } or "")
  end
end

local function show(given, result)
  if given.json then
    output.write_json(result)
  else
    output.write("\n" .. plain_report.recap(result, progress.colours(1) and plain_report.paint or nil))
  end
end

-- Signals are watched to the end of the process: a reader or a terminal that went away must not end it before the recap.
local function carry_out(about, options)
  core.interrupt(true)
  local result, message, code = about.run(options)
  if not result then
    core.interrupt(false)
  end
  return result, message, code
end

--- Runs, shows how it goes, and says what came of it.
-- @tparam table given what the operator wrote
-- @tparam table config
-- @tparam table about `rows` (what there is to do), `wanted` (of a journal: these people and systems alone), `read_by` (how its
-- list was read: `ignore`, `delimiter`), `before` (the result when it begins, as `history` has it), `journal` (its path), `begins`
-- (a new one), `reads` (the list, for its tokens), `run(options)`
-- @treturn number exit status
function running.run(given, config, about)
  output.spare(given.failed, given.subject, given.people, about.journal, config.path)
  on_end.check(given, config, about.journal)
  local closed = running.closed(given, config)
  if closed then
    ending.stop(GUARDED, closed .. ": nothing was sent; run it again within them")
  end
  local reading = running.reading(given, config, about.read_by)
  local left = given.failed and remaining.begin(given.failed, about.before, given.people, config, reading)
  local shown = progress.new(about.rows, given.quiet)
  local result, message, code = carry_out(about, run_options(given, config, about, shown))
  shown.finish()
  if not result then
    if left then
      left.discard()
    end
    ending.stop(code == "denied" and 4 or ending.USAGE, message)
  end
  if left then
    afterwards(result, about.journal, function()
      local written, problem = left.finish(about.journal)
      return written or ending.stop(ending.USAGE, problem)
    end)
  end
  local part = about.wanted and report.narrow(result, about.wanted) or result
  afterwards(result, about.journal, function()
    show(given, part)
  end)
  on_end.tell(given, config, { result = result, journal = about.journal, attempt = afterwards })
  if is_open(result) and about.journal then
    output.say("To go on: %s", to_go_on(given, about.journal, about.wanted and is_open(part)))
  end
  return result.exit
end

return running
