-- SPDX-License-Identifier: MIT

--- The farm that a command uses, and the run in it: `--farm URI`, else `$SIGNOFF_FARM`, else `farm` of the systems' file; `--run NAME`.
-- @module signoff.offboard.cli.farm_selection

local ending = require "signoff.offboard.cli.exit"

local farm_selection = {}

-- Whether a URI or a list of settings, as libpq takes them, has a password in it.
local function has_password(uri)
  local plain = uri:gsub("%%(%x%x)", function(digits)
    return string.char(tonumber(digits, 16))
  end)
  local account = plain:match "^postgres[ql]*://([^/?#]*)@"
  return plain:find "password[ \t-\r]*=" ~= nil or account ~= nil and account:find(":", 1, true) ~= nil
end

local function typed(uri)
  if has_password(uri) then
    ending.stop(ending.USAGE, "--farm: there is a password in it, which everybody on this machine can read as long as this runs; "
      .. "put it into ~/.pgpass (0600), or name a file of it with passfile=FILE")
  end
  return { uri = uri, shown = uri, words = { "--farm", uri } }
end

local function found(uri, where)
  return { uri = uri, shown = has_password(uri) and "the farm of " .. where or uri, words = {} }
end

-- The systems' file, where it can be read; otherwise nil, and why not.
local function site_of(config)
  if type(config) ~= "function" then
    return config
  end
  local fine, site = pcall(config)
  if fine then
    return site
  elseif not ending.is(site) then
    error(site, 0)
  end
  return nil, site.message
end

--- The farm that is named; nil where none is.
-- @tparam table given the arguments
-- @param config the systems' file, or a function that gives it, which is called where it is needed
-- @treturn ?table `uri`, `shown` (without a password), `words` (for the next command)
-- @treturn ?string why the systems' file could not be asked
function farm_selection.farm(given, config)
  local variable = os.getenv "SIGNOFF_FARM"
  if given.farm then
    return typed(given.farm)
  elseif variable and variable ~= "" then
    return found(variable, "$SIGNOFF_FARM")
  end
  local site, problem = site_of(config)
  return site and site.options.farm and found(site.options.farm, site.path) or nil, problem
end

local MISSING = "%s needs --farm URI, such as service=signoff; or $SIGNOFF_FARM, or farm = \"service=signoff\" in the options of the "
  .. "systems' file%s"

--- The same; ends the command where none is named.
function farm_selection.needed(given, config, what)
  local farm, problem = farm_selection.farm(given, config)
  return farm or ending.stop(ending.USAGE, MISSING:format(what, problem and "\n" .. problem or ""))
end

--- The run that `--run` names.
-- @tparam table given the arguments
-- @param config as `farm` takes it
-- @treturn ?table as `farm` gives it, with `run`; nil where the command works with a journal
function farm_selection.of(given, config)
  if given.run_name then
    local farm = farm_selection.needed(given, config, "--run")
    farm.run = given.run_name
    return farm
  elseif given.farm then
    ending.stop(ending.USAGE, "--farm needs --run NAME: the run that all hosts share")
  end
end

return farm_selection
