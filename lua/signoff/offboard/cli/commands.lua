-- SPDX-License-Identifier: MIT

--- The commands of `signoff-offboard`: each is a function of the arguments and the site's systems, and returns an exit status.
-- @module signoff.offboard.cli.commands

local arguments = require "signoff.offboard.cli.arguments"
local Brake = require "signoff.offboard.watch.brake"
local check = require "signoff.offboard.cli.check"
local continuation = require "signoff.offboard.cli.continuation"
local core = require "signoff.core"
local ending = require "signoff.offboard.cli.exit"
local doctor = require "signoff.offboard.cli.doctor"
local doctor_inbox = require "signoff.offboard.cli.doctor_inbox"
local history = require "signoff.offboard.report.history"
local init = require "signoff.offboard.cli.init"
local identity = require "signoff.offboard.cli.identity"
local json = require "signoff.json"
local status = require "signoff.offboard.cli.status"
local offboard = require "signoff.offboard"
local part = require "signoff.offboard.part"
local output = require "signoff.offboard.cli.output"
local progress = require "signoff.offboard.cli.progress"
local reporting = require "signoff.offboard.cli.reporting"
local plain_report = require "signoff.offboard.report.plain"
local running = require "signoff.offboard.cli.run"
local summary = require "signoff.offboard.report.summary"
local spreadsheet = require "signoff.offboard.people.spreadsheet"
local Text = require "signoff.text"

local commands = {}

local checked = ending.checked

local function say_environment(config)
  if config.environment then
    output.say("environment: %s (%s)", Text.clean(config.environment), config.path)
  end
end

-- Prints rows for people, at their full width; the first has the names of the columns.
local function write_table(rows, paint)
  output.write(table.concat(Text.columns(rows, nil, paint), "\n") .. "\n")
end

-- init, config, version

--- `init`: prints a systems' file.
function commands.init(given)
  local text, message = init(given.subject)
  checked(text, message)
  if given.json then
    output.write_json { systems = json.list(given.subject), text = text }
  else
    output.write(text)
  end
  return 0
end

--- `config check`: says whether the systems' file is filled in.
function commands.config(given)
  local found = check.look(given.config)
  if given.json then
    output.write_json(found)
  else
    output.write(check.text(found))
  end
  return #found.problems == 0 and 0 or ending.USAGE
end

--- `version`: prints the versions of all parts.
function commands.version(given)
  local found = { signoff = core.version, lua = rawget(_G, "jit") and rawget(_G, "jit").version or _VERSION, libraries = core.libraries() }
  found.libraries["lua-cjson"], found.libraries.argparse = require("cjson")._VERSION, require("argparse").version
  if given.json then
    output.write_json(found)
    return 0
  end
  local rows = { { "signoff-offboard", found.signoff }, { "Lua", (found.lua:gsub("^Lua ", "")) } }
  for name, version in pairs(found.libraries) do
    rows[#rows + 1] = { name, version }
  end
  table.sort(rows, function(a, b)
    return core.before(core.lower(a[1]), core.lower(b[1]))
  end)
  table.insert(rows, 1, { "of", "version" })
  write_table(rows)
  return 0
end

-- doctor

local colours = { ok = "ended", warn = "unknown", fail = "failed" }

-- Adds the rows of an inbox. Gives the exit status.
local function examine_inbox(rows, exit, given, config)
  for _, row in ipairs(doctor_inbox(given.inbox, config.options.brake or Brake.usual)) do
    rows[#rows + 1] = row
    exit = row.state == "fail" and math.max(exit, 1) or exit
  end
  return exit
end

--- `doctor`: asks each system whether a run could work; with an inbox, checks that, too.
function commands.doctor(given, config)
  local rows, exit = doctor(config.systems)
  if given.inbox then
    exit = examine_inbox(rows, exit, given, config)
  end
  if given.json then
    output.write_json(json.list(rows))
    return exit
  end
  local table_rows = { { "system", "check", "state", "what" } }
  for i, row in ipairs(rows) do
    table_rows[i + 1] = { row.system, row.check, row.state, Text.clean(row.message) }
  end
  local paint = progress.colours(1) and function(text, row, column)
    return column == 3 and plain_report.paint(text, colours[rows[row - 1].state]) or text
  end
  write_table(table_rows, paint)
  return exit
end

-- plan

local function plan_options(given, config)
  local ignore, delimiter = running.list_options(given, config)
  return {
    protect = running.joined(config.options.protect, given.protect), max_people = given.max_people or config.options.max_people,
    operator = identity.operator(given.operator or config.options.operator), ticket = given.ticket or config.options.ticket,
    ignore = ignore, delimiter = delimiter, no_targets = given.no_targets or config.options.no_targets,
  }
end

-- The data of a plan, without what only its methods need.
local function plan_data(plan)
  local data = {}
  for name, value in pairs(plan) do
    data[name] = type(value) ~= "function" and value or nil
  end
  return data
end

local function show_plan(plan, as_json)
  if as_json then
    output.write_json(plan_data(plan))
  else
    local alone = plan.part and ("Of this plan alone: %s\n"):format(Text.clean(summary.part(plan.part))) or ""
    output.write(tostring(plan):gsub("\n*$", "\n") .. alone)
  end
end

local function warn(plan)
  for _, system in ipairs(plan.systems) do
    if system.trouble then
      output.say("warning: who is on %s is not known: %s", system.name, Text.clean(system.trouble))
    end
  end
  for _, notice in ipairs(spreadsheet.notices(plan)) do
    output.say("warning: %s", Text.clean(notice))
  end
end

--- `plan`: finds out what would be done.
function commands.plan(given, config)
  say_environment(config)
  output.spare(given.out, given.subject, config.path)
  if given.out then
    output.check(given.out)
  end
  local plan = checked(offboard.plan(config.systems, given.subject, plan_options(given, config)))
  if given.out then
    checked(plan:save(given.out))
  end
  local shown, problem = pcall(show_plan, plan, given.json) -- what was written is said also where nobody can read the plan
  warn(plan)
  if given.out then
    output.say("Written: %s (%s)\nNext: %s", given.out, plan.digest, arguments.next(given, "apply", given.out,
      { people = given.subject, journal = "JOURNAL" }) .. " --yes")
  end
  return shown and 0 or error(problem, 0)
end

--- `show`: shows a plan that was saved.
function commands.show(given)
  local plan = checked(offboard.load(given.subject))
  show_plan(plan, given.json)
  warn(plan)
  return 0
end

-- apply, resume, undo

-- The conditions before anything is sent; said before the operator is told to add --yes. A run that goes on is as old as it is.
local function check_plan(plan, given, config, goes_on)
  local max_age = not goes_on and running.max_age(given, config)
  local problem = max_age and plan:age_problem(max_age, core.time())
  if problem then
    ending.stop(ending.USAGE, ("%s: %s"):format(given.subject, problem))
  end
  checked(plan:fits(config.systems))
end

local function rehearse(plan, given, config)
  show_plan(plan, given.json)
  local closed = running.closed(given, config)
  output.say("\nNothing was sent%s. To do it: %s%s --yes", closed and "; " .. closed or "", arguments.next(given, "apply", given.subject,
    not given.journal and { journal = "JOURNAL" } or nil), given.or_resume and " --or-resume" or "")
  return 0
end

--- `apply`: signs the people of a plan out.
function commands.apply(given, config)
  say_environment(config)
  local plan = checked(offboard.load(given.subject))
  local goes_on = continuation.is_due(given)
  check_plan(plan, given, config, goes_on)
  if given.yes and goes_on then
    return continuation.take_up(plan, given, config)
  end
  plan = checked(part.of(plan, running.wanted(given), config.systems))
  if not given.yes then
    return rehearse(plan, given, config)
  elseif not given.journal then
    ending.stop(ending.USAGE, "apply --yes needs --journal FILE, a new file: what was done is written there before and after each step")
  end
  return running.run(given, config, {
    rows = plan.items, before = history.planned(plan), read_by = plan, journal = given.journal, begins = true, reads = true,
    run = function(options)
      return offboard.apply(plan, config.systems, options)
    end,
  })
end

--- `resume`: goes on where a run was stopped.
function commands.resume(given, config)
  say_environment(config)
  return continuation.resume(given.subject, given, config)
end

--- `undo`: puts statuses back.
function commands.undo(given, config)
  say_environment(config)
  local rows = {}
  for _, row in ipairs(checked(history.read(given.subject)).results) do
    rows[#rows + 1] = row.verdict == "status_set" and row or nil
  end
  return running.run(given, config, {
    rows = rows, journal = given.journal, begins = true,
    run = function(options)
      return offboard.undo(given.subject, config.systems, options)
    end,
  })
end

-- status

--- `status`: shows who is logged in.
function commands.status(given, config)
  say_environment(config)
  local options = plan_options(given, config)
  options.protect, options.max_people, options.no_targets = nil, nil, nil -- people who may not be signed out may be looked at
  local rows, exit, code = status.look(config.systems, given.subject, options, running.wanted(given))
  checked(rows, exit, code)
  if given.json then
    output.write_json(json.list(rows))
    return exit
  end
  local table_rows = { { "person", "system", "target", "state", "seen" } }
  for i, row in ipairs(rows) do
    table_rows[i + 1] = { Text.clean(row.person), row.system, Text.clean(row.target), row.state, Text.clean(row.what) }
  end
  write_table(table_rows)
  return exit
end

--- `report`: reports a run.
commands.report = reporting.report

return commands
