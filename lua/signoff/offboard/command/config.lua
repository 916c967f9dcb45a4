-- SPDX-License-Identifier: MIT

--- The systems of a site: a Lua file that returns `{ environment =, systems =, options = }`. It is run, and it leads to
-- credentials: one that others may write to is refused.
-- @module signoff.offboard.command.config

local core = require "signoff.core"
local ending = require "signoff.offboard.command.stop"

local config = {}

local DEFAULT = "/etc/signoff/systems.lua"

-- What the file may set, which options on the command line set as well.
local known_options = {
  protect = "table", max_people = "number", operator = "string", ticket = "string", ignore = "table", delimiter = "string",
  schedule = "table", settle = "number", deadline = "number", max_fail = { "number", "string" }, max_age = "string",
  not_before = "string", not_after = "string",
}

local function fail(path, message)
  ending.stop(ending.USAGE, ("%s: %s"):format(path, message))
end

-- Bits of a mode, without operators that Lua 5.1 lacks.
local function has_bit(mode, bit)
  return math.floor(mode / bit) % 2 == 1
end

local function refuse_writable(path, what, shown)
  local mode = what.mode
  local others = has_bit(mode, 16) and "its group" or has_bit(mode, 2) and "everybody" -- 020 and 002
  local sticky = what.kind == "directory" and has_bit(mode, 512) -- 01000, as /tmp has it
  if others and not sticky then
    fail(path, ("%s may write to %s, and it is run; run: chmod go-w '%s'"):format(others, shown == path and "it" or shown, shown))
  end
end

local function folder_of(path)
  return path:match "^(.*)/[^/]*$" or "."
end

local function check_file(path, from)
  local what, message = core.stat(path)
  if not what then
    fail(path, ("%s; name the systems' file with --config, in $SIGNOFF_CONFIG, or put it there%s"):format(
      (message:gsub("^.*: ", "")), from))
  elseif what.kind ~= "file" then
    fail(path, ("is a %s; a Lua file is needed"):format(what.kind))
  end
  refuse_writable(path, what, path)
  local folder = folder_of(path)
  folder = folder == "" and "/" or folder
  local around = core.stat(folder)
  if around then
    refuse_writable(path, around, folder)
  end
end

local function run(path)
  local chunk, message = loadfile(path)
  if not chunk then
    ending.stop(ending.USAGE, message) -- has the path and the line
  end
  local fine, result = pcall(chunk)
  if not fine then
    local text = tostring(result)
    ending.stop(ending.USAGE, text:find(path, 1, true) and text or ("%s: %s"):format(path, text))
  end
  return result
end

local function is_a(value, wanted)
  for _, name in ipairs(type(wanted) == "table" and wanted or { wanted }) do
    if type(value) == name then
      return true
    end
  end
  return false
end

local function check_options(path, options)
  for name, value in pairs(options) do
    local wanted = known_options[name]
    if not wanted then
      fail(path, ("options: there is no option '%s'"):format(tostring(name)))
    elseif not is_a(value, wanted) then
      fail(path, ("options: '%s' must be a %s, not a %s"):format(name, type(wanted) == "table" and table.concat(wanted, " or a ") or wanted,
        type(value)))
    end
  end
end

local members = { environment = "string", systems = "table", options = "table" }

local function check(path, result)
  if type(result) ~= "table" then
    fail(path, ("returns %s; it must return { environment =, systems =, options = }"):format(
      result == nil and "nothing" or "a " .. type(result)))
  end
  for name, value in pairs(result) do
    if not members[name] then
      fail(path, ("returns '%s', which nobody asks for; there are environment, systems and options"):format(tostring(name)))
    elseif type(value) ~= members[name] then
      fail(path, ("'%s' must be a %s, not a %s"):format(name, members[name], type(value)))
    end
  end
  if not result.systems or next(result.systems) == nil then
    fail(path, "returns no systems; 'systems' must be { NAME = { client = ... }, ... }")
  end
  check_options(path, result.options or {})
end

-- The file to read, and where its name came from.
local function find(given)
  local variable = os.getenv "SIGNOFF_CONFIG"
  if given then
    return given, ""
  elseif variable and variable ~= "" then
    return variable, " (it was named by $SIGNOFF_CONFIG)"
  end
  return DEFAULT, ""
end

--- Reads the systems' file; what is wrong with it ends the command.
-- @tparam[opt] string given the path behind `--config`
-- @treturn table `path`, `environment`, `systems`, `options`
function config.load(given)
  local path, from = find(given)
  check_file(path, from)
  local result = run(path)
  check(path, result)
  return { path = path, environment = result.environment, systems = result.systems, options = result.options or {} }
end

return config
