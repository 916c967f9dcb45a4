-- SPDX-License-Identifier: MIT

--- `farm`: sets a farm up, shows what its hosts do, and takes the decisions that are a person's.
-- @module signoff.offboard.cli.farm

local core = require "signoff.core"
local ending = require "signoff.offboard.cli.exit"
local farm_connection = require "signoff.offboard.cli.farm_connection"
local farm_selection = require "signoff.offboard.cli.farm_selection"
local farm_status = require "signoff.offboard.cli.farm_status"
local json = require "signoff.json"
local output = require "signoff.offboard.cli.output"

local farm = {}

-- An action gives the document, the words for people, and the exit status.
local actions = {}

function actions.init(shared)
  local applied, version = farm_connection.install(shared)
  local words = applied == 0 and ("farm %s: the schema is %d already; nothing was changed"):format(shared.shown, version)
    or ("farm %s: %d files were applied, the schema is %d now\nNext: GRANT signoff_worker TO the account of each host, and "
      .. "signoff_operator TO those of people"):format(shared.shown, applied, version)
  return { farm = shared.shown, applied = applied, schema = version }, words
end

function actions.status(shared, given)
  local found = farm_status.look(shared)
  return found, farm_status.text(found), given.watch_over and #found.attention > 0 and 1 or 0
end

function actions.drain(shared, given)
  local count = core.number(farm_connection.ask(shared, "SELECT farm.drain($1)", given.name)[1][1])
  if count == 0 then
    ending.stop(ending.USAGE, ("farm %s: no process of a host %s is at work; signoff-offboard farm status lists them"):format(
      shared.shown, given.name))
  end
  return { host = given.name, processes = count },
    ("%s: %d processes begin nothing more, and end when their targets are over; others take the rest"):format(given.name, count)
end

function actions.admit(shared, given)
  local admitted = json.list()
  for _, row in ipairs(farm_connection.ask(shared, "SELECT unnest(farm.admit($1))", given.name)) do
    admitted[#admitted + 1] = row[1]
  end
  if #admitted == 0 then
    ending.stop(ending.USAGE, ("farm %s: there is no system %s; signoff-offboard farm status lists them"):format(shared.shown, given.name))
  end
  return { admitted = admitted }, ("admitted again: %s\nNext: signoff-offboard resume --run NAME, on each host"):format(
    table.concat(admitted, ", "))
end

function actions.abandon(shared, given)
  if farm_connection.ask(shared, "SELECT farm.abandon($1)", given.name)[1][1] ~= "t" then
    ending.stop(ending.USAGE, ("farm %s: no run %s is open; signoff-offboard farm status lists them"):format(shared.shown, given.name))
  end
  return { abandoned = given.name },
    ("%s: abandoned; nothing more is begun, and its journal stays: signoff-offboard report --run %s"):format(given.name, given.name)
end

-- The thing that an action needs besides.
local needs = { drain = "HOST", admit = "SYSTEM", abandon = "RUN" }

local function check(given)
  local action, needed = given.subject, needs[given.subject]
  if needed and not given.name then
    ending.stop(ending.USAGE, ("farm %s needs the name of a %s"):format(action, core.lower(needed)))
  elseif given.name and not needed then
    ending.stop(ending.USAGE, ("farm %s takes no name, and '%s' was given"):format(action, given.name))
  elseif given.watch_over and action ~= "status" then
    ending.stop(ending.USAGE, ("farm %s takes no --check; farm status does"):format(action))
  end
end

--- The command.
-- @tparam table given its arguments
-- @tparam function config gives the systems' file
-- @treturn number exit status
function farm.command(given, config)
  check(given)
  local document, words, exit = actions[given.subject](farm_selection.needed(given, config, "farm " .. given.subject), given)
  if given.json then
    output.write_json(document)
  elseif given.subject == "status" then
    output.write(words)
  else
    output.say("%s", words)
  end
  return exit or 0
end

return farm
