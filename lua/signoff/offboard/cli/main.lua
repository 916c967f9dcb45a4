-- SPDX-License-Identifier: MIT

--- The command `signoff-offboard`: reads its arguments, runs the command, and returns an exit status.
-- @module signoff.offboard.cli.main

local commands = require "signoff.offboard.cli.commands"
local arguments = require "signoff.offboard.cli.arguments"
local config = require "signoff.offboard.cli.config"
local core = require "signoff.core"
local ending = require "signoff.offboard.cli.exit"
local output = require "signoff.offboard.cli.output"
local running = require "signoff.offboard.cli.run"
local watch = require "signoff.offboard.cli.watch"
local vendor = require "signoff.offboard.vendor"
local wording = require "signoff.offboard.people.wording"

local INTERRUPTED = 6

-- Commands that need no systems: their file is read only if something asks for it.
local needs_no_systems = { config = true, init = true, report = true, show = true, version = true }

local function is_without_systems(given)
  return needs_no_systems[given.command] or given.command == "watch" and watch.only_asks(given)
end

local function set_zone(given, systems)
  local zone = given.tz or systems and systems.options.tz
  if zone then
    core.zone(zone)
  end
end

-- A plan or a journal may name a system that the systems' file describes. Returns what is wrong with that file.
local function learn(load)
  local fine, problem = pcall(load)
  if not fine then
    return ending.is(problem) and problem.message or tostring(problem)
  end
end

local function run(given)
  local action = given.command == "watch" and watch.command or commands[given.command]
  if is_without_systems(given) then
    local function load()
      return config.load(given.config)
    end
    set_zone(given)
    vendor.learn_by(function()
      return learn(load)
    end)
    return action(given, load)
  end
  local systems = config.load(given.config)
  set_zone(given, systems)
  return action(given, systems)
end

-- The exit status and the message of what a command ended with.
local function failure_of(problem)
  local text = problem.text or ""
  if text:find("interrupted!", 1, true) and not running.under_way then -- Ctrl-C while nothing was being changed
    return INTERRUPTED, "interrupted; nothing was changed"
  elseif text:find("no file descriptor is left", 1, true) and not running.under_way then -- for a loop to begin with
    return ending.USAGE, text
  elseif not ending.is(problem) then
    local begun = running.under_way and "\nsignoff-offboard: " .. running.under_way or ""
    return ending.BUG, "this is a bug, please report it:\n" .. problem.message .. begun
  end
  return problem.code, problem.message
end

-- Ends a command without data: the message goes to stderr, and with --json also to stdout.
local function fail(words, code, message, hint)
  output.say("signoff-offboard: %s%s", message, hint or "")
  if arguments.ask_for_json(words) then
    output.write_error(code, message)
  end
  return code
end

--- Runs the command.
-- @tparam {string,...} words behind the command's name
-- @treturn number exit status
return function(words)
  core.hold_standard()
  wording.of_command()
  local given, message = arguments.read(words)
  if not given then
    return fail(words, ending.USAGE, message, "\nTry: signoff-offboard --help")
  end
  local fine, result = output.aside(function()
    return xpcall(function()
      return run(given)
    end, ending.catch)
  end)
  if fine then
    return result
  end
  return fail(words, failure_of(result))
end
