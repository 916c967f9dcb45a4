-- SPDX-License-Identifier: MIT

--- Parses the values of options: numbers, times of day, durations. Each function returns a value, or nil and a message.
-- @module signoff.offboard.cli.values

local brake = require "signoff.offboard.watch.brake"
local core = require "signoff.core"
local delimiter = require("signoff.offboard.people.csv").delimiter
local Text = require "signoff.text"
local time = require "signoff.offboard.time"

local values = {}

--- "90", "90s", "15m", "24h", "2d" as seconds.
values.span = time.span

--- As `span`, but more than 0: two observations at the same time count as one.
function values.time_between(text)
  local span, message = values.span(text)
  if span == 0 then
    return nil, ("'%s' is no time between two looks"):format(text)
  end
  return span, message
end

--- "20:00" as minutes since midnight.
function values.time_of_day(text)
  local hour, minute = text:match "^(%d%d?):(%d%d)$"
  hour, minute = core.number(hour or ""), core.number(minute or "")
  if not hour or hour > 23 or minute > 59 then
    return nil, ("'%s' is no time of day, such as 20:00"):format(text)
  end
  return hour * 60 + minute
end

local folders = { os.getenv "TZDIR" or "/usr/share/zoneinfo", "/usr/lib/zoneinfo", "/etc/zoneinfo" }

-- Whether the machine has a zone of that name; a C library takes one that is not there for UTC, and says nothing.
local function has_zone(name)
  for _, folder in ipairs(folders) do
    local file = name:find "^[A-Za-z][A-Za-z0-9_+/-]*$" and io.open(folder .. "/" .. name, "rb")
    local mark = file and file:read(4)
    if file then
      file:close()
    end
    if mark == "TZif" then
      return true
    end
  end
  return false
end

--- "UTC", "+01:00" or "Europe/Berlin" as the C library has it in TZ.
function values.zone(text)
  local sign, hours, minutes = text:match "^([+-])([0-9][0-9]):?([0-9][0-9])$"
  if text == "UTC" or text == "Z" then
    return "UTC0"
  elseif sign and core.number(hours) <= 14 and core.number(minutes) < 60 then
    return ("<%s%s%s>%s%s:%s"):format(sign, hours, minutes, sign == "+" and "-" or "+", hours, minutes)
  elseif not sign and has_zone(text) then
    return ":" .. text
  end
  return nil, ("'%s' is no time zone: UTC, an offset such as +01:00, or a name that this machine knows, such as Europe/Berlin"):format(text)
end

--- "25/h" as it limits the persons of `watch`.
function values.brake(text)
  return brake.parse(text)
end

--- A whole number, 1 or more.
function values.count(text)
  local number = text:match "^%d+$" and core.number(text)
  if not number or number < 1 then
    return nil, ("'%s' is no whole number above 0"):format(text)
  end
  return number
end

--- A text that is not blank.
function values.name(text)
  local name = Text.trim(text)
  if name == "" or name:find("\0", 1, true) then
    return nil, ("'%s' names nothing"):format(text)
  end
  return name
end

--- "/etc/signoff/mail a@b.example" as a list: a program's absolute path, and its arguments.
function values.program(text)
  local argv = {}
  for word in text:gmatch "[^ \t]+" do
    argv[#argv + 1] = word
  end
  if text:sub(1, 1) ~= "/" or text:find("\0", 1, true) then
    return nil, ("'%s' names no program: its absolute path is needed, and behind it its arguments with blanks between"):format(text)
  end
  return argv
end

--- "5" as a number, "1%" as it is.
function values.share(text)
  local number = core.number(text:match "^(%d+%.?%d*)%%$" or "")
  if number and number <= 100 then
    return text
  elseif text:match "^%d+$" then
    return core.number(text)
  end
  return nil, ("'%s' is neither a count nor a share, such as 5 or 1%%"):format(text)
end

--- "1,2,5" as a list of seconds.
function values.schedule(text)
  local list = {}
  for part in (text .. ","):gmatch "([^,]*)," do
    local seconds = core.number(Text.trim(part))
    if not seconds or seconds < 0 or seconds ~= seconds or seconds == math.huge then
      return nil, ("'%s' is no schedule: seconds with commas between, such as 1,2,5"):format(text)
    end
    list[#list + 1] = seconds
  end
  if list[#list] == 0 then
    return nil, ("'%s' is no schedule: the last wait, which comes again and again, must not be 0"):format(text)
  end
  return list
end

--- The character between the cells of a list; "tab" or "\\t" for a tabulator.
function values.delimiter(text)
  local found = delimiter(text)
  if not found then
    return nil, ("'%s' is no delimiter: one character that is neither letter, digit nor quote, or tab"):format(text)
  end
  return found
end

return values
