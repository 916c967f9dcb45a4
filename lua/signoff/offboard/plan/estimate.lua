-- SPDX-License-Identifier: MIT

--- Estimates how long a plan takes at least, by the rate limits.
-- @module signoff.offboard.plan.estimate

local estimate = {}

--- The longest estimate, in seconds: a date that far away can still be written (the year 5138).
estimate.longest = 1e11

--- Seconds until the last of some changes may begin.
-- @tparam number changes
-- @tparam[opt] number per_minute
-- @treturn ?number nil without pacing
function estimate.seconds(changes, per_minute)
  return per_minute and math.ceil(math.min(math.max(0, changes - 1) * 60 / per_minute, estimate.longest)) or nil
end

-- The end of a system: it begins when those that it comes after have ended. A plan that was read may name anything.
local function ends_at(system, by_name, known)
  if not known[system.name] then
    local begins = 0
    known[system.name] = 0
    for _, name in ipairs(system.after or {}) do
      begins = math.max(begins, by_name[name] and ends_at(by_name[name], by_name, known) or 0)
    end
    known[system.name] = begins + (system.seconds or 0)
  end
  return known[system.name]
end

--- Seconds of all systems, which run side by side but for `after`.
-- @tparam {table,...} systems `name`, `seconds`, `after`
-- @treturn number
function estimate.total(systems)
  local by_name, known, longest = {}, {}, 0
  for _, system in ipairs(systems) do
    by_name[system.name] = system
  end
  for _, system in ipairs(systems) do
    longest = math.max(longest, ends_at(system, by_name, known))
  end
  return longest
end

--- Seconds as people say them: `2 h 46 min`.
function estimate.shown(seconds)
  seconds = math.ceil(seconds)
  if seconds < 90 then
    return ("%d s"):format(seconds)
  elseif seconds < 5400 then
    return ("%d min"):format(math.ceil(seconds / 60))
  end
  local minutes = math.ceil(seconds / 60)
  return ("%d h %d min"):format(math.floor(minutes / 60), minutes % 60)
end

return estimate
