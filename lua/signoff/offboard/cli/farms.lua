-- SPDX-License-Identifier: MIT

--- The command's connection to a farm: opened where something is asked, and each failure with an exit status of its own.
-- @module signoff.offboard.cli.farms

local ending = require "signoff.offboard.cli.exit"
local json = require "signoff.json"

local farms = {}

local SECONDS, INSTALL_SECONDS = 15, 60 -- that an answer may take

local MISSING = "a farm needs signoff/farm.so, which is not here: install the package lua-signoff-farm (LuaRocks: signoff-farm), "
  .. "or run make farm && make install-farm\n(%s)"

-- Only a farm needs libpq: nothing else of the command loads it.
local function load(name)
  local fine, loaded = pcall(require, name)
  if not fine then
    ending.stop(ending.USAGE, MISSING:format((tostring(loaded):gsub("\n.*", ""))))
  end
  return loaded
end

--- Opens a connection.
-- @tparam table farm as `farm_run.farm` gives it
function farms.open(farm)
  return load "signoff.farm.connection".open(nil, farm.uri)
end

-- What to do, by the code of a failure.
local cures = {
  away = "is the server up, and reachable from here? signoff-offboard doctor --farm URI tells more",
  denied = "the account needs one of the roles signoff_worker, signoff_operator, signoff_reader: GRANT signoff_worker TO ...",
  schema = "signoff-offboard farm init --farm URI creates and upgrades the schema, as the owner of the database",
}

--- Ends the command with what is wrong with a farm.
function farms.fail(farm, message, code)
  local cure = cures[code]
  ending.stop(ending.status(code), ("farm %s: %s%s"):format(farm.shown, message, cure and "\n" .. cure or ""))
end

--- Creates the schema of a farm, or brings it up to date.
-- @treturn number files that were applied
-- @treturn number the schema's number then
function farms.install(farm)
  local connection = farms.open(farm)
  local installer = require "signoff.farm.installer"
  local count, message, code = installer.apply(function(sql)
    return connection:query(sql, {}, INSTALL_SECONDS)
  end)
  connection:close()
  if not count then
    ending.stop(ending.status(code), ("farm %s: %s"):format(farm.shown, message))
  end
  return count, require("signoff.farm.schema").version
end

--- Asks a farm once.
-- @tparam table farm
-- @tparam string sql
-- @param ... its parameters, texts
-- @treturn {{string,...},...} rows
function farms.ask(farm, sql, ...)
  local connection = farms.open(farm)
  local rows, message, code = connection:query(sql, { ... }, SECONDS)
  connection:close()
  return rows or farms.fail(farm, message, code)
end

--- What there is in a farm: hosts, runs, systems.
-- @treturn table as the function `farm.status()` of its schema gives it
function farms.status(farm)
  return (json.decode(farms.ask(farm, "SELECT farm.status()")[1][1]))
end

--- Whether there is a run of that name.
-- @tparam table farm as `farm_run.of` gives it
function farms.has_run(farm)
  return #farms.ask(farm, "SELECT n FROM farm.lines($1, 1, 1)", farm.run) > 0
end

--- The lines of a run, for readers of journals.
-- @tparam table farm as `farm_run.of` gives it
function farms.lines(farm)
  if not farms.has_run(farm) then
    ending.stop(ending.USAGE, ("farm %s: there is no run %s; signoff-offboard farm status lists those of a week"):format(farm.shown, farm.run))
  end
  return require("signoff.farm.export").open(farms.open(farm), farm.run, true)
end

return farms
