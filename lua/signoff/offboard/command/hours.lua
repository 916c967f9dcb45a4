-- SPDX-License-Identifier: MIT

--- The hours in which a run may act: from one time of day to another, over midnight if need be.
-- @module signoff.offboard.command.hours

local moment = require "signoff.offboard.moment"

local function shown(minutes)
  return ("%02d:%02d"):format(math.floor(minutes / 60), minutes % 60)
end

local function inside(now, from, to)
  if from and to and from > to then
    return now >= from or now < to
  end
  return (not from or now >= from) and (not to or now < to)
end

--- Why nothing may be done at that time; nil within the hours.
-- @tparam[opt] number from minutes since midnight, by the zone of this process
-- @tparam[opt] number to the same
-- @tparam[opt] number now the same
-- @treturn string
return function(from, to, now)
  if not from and not to then
    return nil
  elseif not now then
    local time = os.date "*t"
    now = time.hour * 60 + time.min
  end
  if inside(now, from, to) then
    return nil
  end
  local parts = {}
  parts[#parts + 1] = from and "not before " .. shown(from)
  parts[#parts + 1] = to and "not after " .. shown(to)
  return ("it is %s, and the hours are %s (UTC%s)"):format(shown(now), table.concat(parts, " and "), (moment.offset():gsub("^Z$", "")))
end
