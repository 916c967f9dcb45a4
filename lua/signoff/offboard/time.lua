-- SPDX-License-Identifier: MIT

--- Times as documents show them: ISO 8601 with the offset of this process's time zone, which is one for all of a document; spans of time
-- as people write them; and the hours in which a run may act.
-- @module signoff.offboard.time

local core = require "signoff.core"

local time = {}

local UNITS = { s = 1, m = 60, h = 3600, d = 86400 }
local FARTHEST = 1e11 -- seconds: what no calendar has

--- Parses a span of time: "90", "90s", "15m", "24h", "2d".
-- @tparam string text
-- @treturn ?number seconds; nil and a message
function time.span(text)
  local number, unit = text:match "^(%d+%.?%d*)([smhd]?)$"
  if not number then
    return nil, ("'%s' is no span of time: a number with s, m, h or d behind it, such as 24h"):format(text)
  end
  return core.number(number) * UNITS[unit == "" and "s" or unit]
end

--- The offset of the zone at a time: `+02:00`, or `Z`.
-- @tparam[opt] number at Unix seconds (now)
-- @treturn string
function time.offset(at)
  local sign, hours, minutes = os.date("%z", at and math.floor(at)):match "^([+-])(%d%d)(%d%d)$"
  local none = not sign or hours .. minutes == "0000"
  return none and "Z" or ("%s%s:%s"):format(sign, hours, minutes)
end

--- `2026-11-29T20:00:00+01:00`.
-- @tparam ?number at Unix seconds
-- @treturn ?string nil where there is none
function time.shown(at)
  if not at then
    return nil
  elseif at ~= at or math.abs(at) > FARTHEST then
    return "?"
  end
  return os.date("%Y-%m-%dT%H:%M:%S", math.floor(at)) .. time.offset(at)
end

local function time_of_day(minutes)
  return ("%02d:%02d"):format(math.floor(minutes / 60), minutes % 60)
end

local function inside(now, from, to)
  if from and to and from > to then
    return now >= from or now < to
  end
  return (not from or now >= from) and (not to or now < to)
end

--- Says why a run may not act at a time of day: its hours go from one time to another, over midnight if need be.
-- @tparam[opt] number from minutes since midnight, by the zone of this process
-- @tparam[opt] number to the same
-- @tparam[opt] number now the same
-- @treturn ?string nil within the hours
function time.outside_hours(from, to, now)
  if not from and not to then
    return nil
  elseif not now then
    local clock = os.date "*t"
    now = clock.hour * 60 + clock.min
  end
  if inside(now, from, to) then
    return nil
  end
  local parts = {}
  parts[#parts + 1] = from and "not before " .. time_of_day(from)
  parts[#parts + 1] = to and "not after " .. time_of_day(to)
  return ("it is %s, and the hours are %s (UTC%s)"):format(time_of_day(now), table.concat(parts, " and "), (time.offset():gsub("^Z$", "")))
end

return time
