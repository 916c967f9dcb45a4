-- SPDX-License-Identifier: MIT

--- Tells others that a run has ended: a program, such as one that sends a mail or writes to a ticket, reads the report as JSON;
-- then the counts are written, which say whether it failed.
-- @module signoff.offboard.cli.on_end

local core = require "signoff.core"
local ending = require "signoff.offboard.cli.exit"
local json = require "signoff.json"
local metrics = require "signoff.offboard.cli.metrics"
local output = require "signoff.offboard.cli.output"

local on_end = {}

local SECONDS = 60 -- that the program may take

local function program(given, config)
  return given.on_end or config.options.on_end
end

--- Ends the command where the others could not be told, before anything is sent.
-- @tparam table given the arguments
-- @tparam table config
-- @tparam ?string journal its path
function on_end.check(given, config, journal)
  local argv, fine, message = program(given, config), true, nil
  if argv then
    fine, message = core.command_check(argv[1])
  end
  if not fine then
    ending.stop(ending.USAGE, "on_end: " .. message)
  elseif given.metrics then
    output.spare(given.metrics, given.subject, given.people, journal, config.path, given.failed)
    output.check(given.metrics)
  end
end

-- The variables of its environment, besides the few that every program of ours gets.
local function variables(result, journal, command)
  local list = {
    "SIGNOFF_COMMAND=" .. command, ("SIGNOFF_EXIT=%d"):format(result.exit), "SIGNOFF_TICKET=" .. (result.ticket or ""),
    "SIGNOFF_HEAD=" .. (result.journal_head or ""), "SIGNOFF_JOURNAL=" .. (journal and core.real_path(journal) or ""),
  }
  for _, name in ipairs { "CREDENTIALS_DIRECTORY", "TZ" } do
    local value = os.getenv(name)
    list[#list + 1] = value and ("%s=%s"):format(name, value)
  end
  return list
end

local function run(argv, result, journal, command)
  local done, message = core.command_feed(argv, variables(result, journal, command), json.encode(result) .. "\n", SECONDS)
  return done or ending.stop(ending.USAGE, "on_end: " .. message)
end

--- Runs the program, and writes the counts. Failures are said, and change neither verdicts nor exit status.
-- @tparam table given the arguments
-- @tparam table config
-- @tparam table about `result`, `journal`, `attempt(result, journal, f)`: calls `f`, and says why it failed
function on_end.tell(given, config, about)
  local argv, failed = program(given, config), nil
  if argv then
    failed = true
    about.attempt(about.result, about.journal, function()
      run(argv, about.result, about.journal, given.command)
      failed = false
    end)
  end
  if given.metrics then
    about.attempt(about.result, about.journal, function()
      metrics.write(given.metrics, about.result, failed)
    end)
  end
end

return on_end
