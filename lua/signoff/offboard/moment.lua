-- SPDX-License-Identifier: MIT

--- Moments as documents show them: ISO 8601 with the offset of this process's time zone, which is one for all of a document.
-- @module signoff.offboard.moment

local moment = {}

local FARTHEST = 1e11 -- seconds: what no calendar has

--- The offset of the zone at a moment: `+02:00`, or `Z`.
-- @tparam[opt] number at Unix seconds (now)
-- @treturn string
function moment.offset(at)
  local sign, hours, minutes = os.date("%z", at and math.floor(at)):match "^([+-])(%d%d)(%d%d)$"
  local none = not sign or hours .. minutes == "0000"
  return none and "Z" or ("%s%s:%s"):format(sign, hours, minutes)
end

--- `2026-11-29T20:00:00+01:00`.
-- @tparam ?number at Unix seconds
-- @treturn ?string nil where there is none
function moment.shown(at)
  if not at then
    return nil
  elseif at ~= at or math.abs(at) > FARTHEST then
    return "?"
  end
  return os.date("%Y-%m-%dT%H:%M:%S", math.floor(at)) .. moment.offset(at)
end

return moment
