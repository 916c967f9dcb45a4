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
local wording = require "signoff.offboard.people.wording"

local INTERRUPTED = 6

-- `report` reads a journal and nothing else: the systems' file is read only if something asks for it.
local needs_no_systems = { report = true }

local function set_zone(given, systems)
  local zone = given.tz or systems and systems.options.tz
  if zone then
    core.zone(zone)
  end
end

local function run(given)
  local action = commands[given.command]
  if needs_no_systems[given.command] then
    set_zone(given)
    return action(given, function()
      return config.load(given.config)
    end)
  end
  local systems = config.load(given.config)
  set_zone(given, systems)
  return action(given, systems)
end

local function say(message)
  output.say("signoff-offboard: %s", message)
end

local function failed(problem)
  local text = problem.text or ""
  if text:find("interrupted!", 1, true) and not running.under_way then -- Ctrl-C while nothing was being changed
    say "interrupted; nothing was changed"
    return INTERRUPTED
  elseif text:find("no file descriptor is left", 1, true) and not running.under_way then -- for a loop to begin with
    say(text)
    return ending.USAGE
  elseif not ending.is(problem) then
    say("this is a bug, please report it:\n" .. problem.message)
    if running.under_way then
      say(running.under_way)
    end
    return ending.BUG
  end
  say(problem.message)
  return problem.code
end

--- Runs the command.
-- @tparam {string,...} words behind the command's name
-- @treturn number exit status
return function(words)
  core.hold_standard()
  wording.of_command()
  local given, message = arguments.read(words)
  if not given then
    say(message .. "\nTry: signoff-offboard --help")
    return ending.USAGE
  end
  local fine, result = xpcall(function()
    return run(given)
  end, ending.catch)
  return fine and result or failed(result)
end
