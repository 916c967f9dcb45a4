-- SPDX-License-Identifier: MIT

--- The command's connection to a farm: opened where something is asked, and each failure with an exit status of its own.
-- @module signoff.offboard.cli.farm_connection

local connection = require "signoff.farm.connection"
local ending = require "signoff.offboard.cli.exit"
local json = require "signoff.json"

local farm_connection = {}

local SECONDS, INSTALL_SECONDS = 15, 60 -- that an answer may take

local MISSING = "a farm needs signoff/farm.so, which is not here: install the package lua-signoff-farm (LuaRocks: signoff-farm), "
  .. "or run make farm && make install-farm\n(%s)"

--- Opens a connection. Only here libpq is needed.
-- @tparam table farm as `farm_selection.farm` gives it
function farm_connection.open(farm)
  local fine, opened, message, code = pcall(connection.open, nil, farm.uri)
  if not fine then
    ending.stop(ending.USAGE, MISSING:format((tostring(opened):gsub("\n.*", ""))))
  end
  return opened or ending.stop(ending.status(code), message)
end

-- The cure, by the code of a failure.
local cures = {
  away = "is the server up, and reachable from here? signoff-offboard doctor --farm URI tells more",
  denied = "a host's account needs the role signoff_worker; drain, admit and abandon signoff_operator; status, report and export "
    .. "signoff_reader: GRANT signoff_worker TO ACCOUNT",
  schema = "signoff-offboard farm init --farm URI creates and upgrades the schema, as the owner of the database",
}

--- Ends the command with what is wrong with a farm.
-- @tparam string message of the connection: it names the farm
-- @tparam string code
function farm_connection.fail(message, code)
  local cure = cures[code]
  ending.stop(ending.status(code), message .. (cure and "\n" .. cure or ""))
end

--- Creates the schema of a farm, or brings it up to date.
-- @treturn number files that were applied
-- @treturn number the schema's number then
function farm_connection.install(farm)
  local opened = farm_connection.open(farm)
  local installer = require "signoff.farm.installer"
  local count, message, code = installer.apply(function(sql)
    return opened:query(sql, {}, INSTALL_SECONDS)
  end)
  opened:close()
  if not count then
    ending.stop(ending.status(code), message .. "\nnothing was changed")
  end
  return count, require("signoff.farm.schema").version
end

--- Asks a farm once.
-- @tparam table farm
-- @tparam string sql
-- @param ... its parameters, texts
-- @treturn {{string,...},...} rows
function farm_connection.ask(farm, sql, ...)
  local opened = farm_connection.open(farm)
  local rows, message, code = opened:query(sql, { ... }, SECONDS)
  opened:close()
  return rows or farm_connection.fail(message, code)
end

--- The state of a farm: hosts, runs, systems.
-- @treturn table as the function `farm.status()` of its schema gives it
function farm_connection.status(farm)
  return (json.decode(farm_connection.ask(farm, "SELECT farm.status()")[1][1]))
end

--- Whether there is a run of that name.
-- @tparam table farm as `farm_selection.of` gives it
function farm_connection.has_run(farm)
  return #farm_connection.ask(farm, "SELECT n FROM farm.lines($1, 1, 1)", farm.run) > 0
end

--- The lines of a run, for readers of journals.
-- @tparam table farm as `farm_selection.of` gives it
function farm_connection.lines(farm)
  if not farm_connection.has_run(farm) then
    ending.stop(ending.USAGE, ("farm %s: there is no run %s; signoff-offboard farm status lists those of a week"):format(
      farm.shown, farm.run))
  end
  return require("signoff.farm.export").open(farm_connection.open(farm), farm.run, true)
end

return farm_connection
