-- SPDX-License-Identifier: MIT

--- The systems of a site: a Lua file that returns `{ environment =, systems =, options = }`. It is run, and it leads to
-- credentials: one that others may have written or put there is refused.
-- @module signoff.offboard.cli.config

local core = require "signoff.core"
local ending = require "signoff.offboard.cli.exit"
local source = require "signoff.offboard.people.file"
local systems = require "signoff.offboard.systems"
local values = require "signoff.offboard.cli.values"

local config = {}

local DEFAULT = "/etc/signoff/systems.lua"

local function list_of_texts(value)
  local wrong = "must be a list of texts, none of them empty or with a NUL byte"
  if type(value) ~= "table" then
    return nil, wrong
  end
  local list = {}
  for key, member in pairs(value) do
    local name = type(key) == "number" and type(member) == "string" and values.name(member)
    if not name then
      return nil, wrong
    end
    list[#list + 1] = name
  end
  return list
end

local function text(value)
  return type(value) == "string" and not value:find("\0", 1, true) and value or nil, "must be a text without a NUL byte"
end

local function seconds(value)
  local fine = type(value) == "number" and value >= 0 and value < math.huge
  return fine and value or nil, "must be a number of seconds"
end

local function time_between(value)
  local fine = seconds(value) and value > 0
  return fine and value or nil, "must be a number of seconds above 0"
end

local function count(value)
  local fine = type(value) == "number" and value >= 1 and value % 1 == 0
  return fine and value or nil, "must be a whole number above 0"
end

-- The file may have a number where the command line takes a text that means the same.
local function as_written(convert)
  return function(value)
    if type(value) ~= "string" and type(value) ~= "number" then
      return nil, "must be a text"
    end
    return convert(type(value) == "number" and core.digits(value) or value)
  end
end

local function schedule(value)
  for _, wait in ipairs(type(value) == "table" and value or {}) do
    if not seconds(wait) then
      return nil, "must be a list of seconds"
    end
  end
  local fine = type(value) == "table" and (value[#value] or 0) > 0
  return fine and value or nil, "must be a list of seconds that does not end with 0"
end

-- A program and its arguments; a text is taken as the command line does.
local function program(value)
  if type(value) == "string" then
    return values.program(value)
  end
  local list, message = list_of_texts(value)
  if list and (list[1] or ""):sub(1, 1) ~= "/" then
    return nil, "must be a list of a program's absolute path and its arguments"
  end
  return list, message
end

-- The settings of the file, which options on the command line set as well; each gives what the option means.
local known_options = {
  protect = list_of_texts, ignore = list_of_texts, max_people = count, operator = text, ticket = text, settle = time_between,
  deadline = seconds, schedule = schedule, delimiter = as_written(values.delimiter), max_fail = as_written(values.share),
  on_end = program, brake = as_written(values.brake), merge = as_written(values.span),
  no_targets = function(value) return value == "fine" and value or nil, "must be \"fine\"" end,
  tz = as_written(values.zone), max_age = as_written(values.span),
  not_before = as_written(values.time_of_day), not_after = as_written(values.time_of_day),
}

local function fail(path, message)
  ending.stop(ending.USAGE, ("%s: %s"):format(path, message))
end

-- The bytes of the file: those of the descriptor that was found trusted.
local function read_file(path, from)
  local bytes, message, reason, kind = source.trusted(path)
  if kind then
    fail(path, ("is a %s; a Lua file is needed"):format(kind))
  elseif reason == "missing" then
    message = message .. "; name the systems' file with --config, in $SIGNOFF_CONFIG, or put it there" .. from
  end
  return bytes or ending.stop(ending.USAGE, message)
end

-- The bytes as a function for `load`, which takes no text on Lua 5.1.
local function pieces_of(bytes)
  local rest = bytes:gsub("^\239\187\191", ""):gsub("^#[^\n]*", "") -- passed over, as loadfile does
  return function()
    local piece = rest
    rest = nil
    return piece
  end
end

local function run(path, bytes)
  local chunk, message = load(pieces_of(bytes), "@" .. path)
  if not chunk then
    ending.stop(ending.USAGE, (message:gsub(" near .*$", ""))) -- has the path and the line; the text there may be a secret
  end
  local fine, result = pcall(chunk)
  if not fine then
    local problem = tostring(result)
    ending.stop(ending.USAGE, problem:find(path, 1, true) and problem or ("%s: %s"):format(path, problem))
  end
  return result
end

local function read_options(path, given)
  local options = {}
  for name, value in pairs(given) do
    local read = known_options[name]
    if not read then
      fail(path, ("options: there is no option '%s'"):format(tostring(name)))
    end
    local message
    options[name], message = read(value)
    if options[name] == nil then
      fail(path, ("options: '%s': %s"):format(name, message))
    end
  end
  return options
end

-- A wrong system raises, with a position in our own files.
local function read_systems(path, given)
  local fine, result = pcall(systems.check, given)
  if not fine then
    fail(path, (tostring(result):gsub("^.-: (systems: )", "%1")))
  end
  return result
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

--- The path of the systems' file.
-- @tparam[opt] string given the path behind `--config`
-- @treturn string
function config.path(given)
  return (find(given))
end

local BLANK = "FILL%-IN" -- stands in the file that `init` prints where the site must say something

local function is_blank(value)
  return type(value) == "string" and value:find(BLANK) ~= nil
end

-- Adds the names of members whose value, or name, is still blank. The value is not said: it may be a secret by now.
local function add_blanks(list, where, value)
  if type(value) == "table" then
    for name, member in pairs(value) do
      local place = ("%s.%s"):format(where, tostring(name))
      add_blanks(list, place, is_blank(name) and name or member)
    end
  elseif is_blank(value) then
    list[#list + 1] = { where = where, message = "is to be filled in" }
  end
end

--- The options of systems that are still to be filled in.
-- @tparam {table,...} checked as `systems.check` has them
-- @treturn {table,...} `where` (`systems.phones.url`), `message`
function config.blanks(checked)
  local list = {}
  for _, system in ipairs(checked) do
    add_blanks(list, "systems." .. system.name, core.anchor(system.client).options)
    add_blanks(list, ("systems.%s.status"):format(system.name), system.status)
  end
  return list
end

--- Reads the systems' file, filled in or not; what is wrong with it ends the command.
-- @tparam[opt] string given the path behind `--config`
-- @treturn table `path`, `environment`, `systems` (as `systems.check` has them), `options` (as the command line's are)
function config.read(given)
  local path, from = find(given)
  local result = run(path, read_file(path, from))
  check(path, result)
  return {
    path = path, environment = result.environment, systems = read_systems(path, result.systems),
    options = read_options(path, result.options or {}),
  }
end

--- Reads the systems' file; one that is not filled in ends the command, too.
function config.load(given)
  local found = config.read(given)
  local blank = config.blanks(found.systems)[1]
  if blank then
    fail(found.path, ("%s %s; signoff-offboard config check names all that is left"):format(blank.where, blank.message))
  end
  return found
end

return config
