-- SPDX-License-Identifier: MIT

--- The window of a system: how many targets are taken up at once, and how few must be left of them before more are. Pure.
-- @module signoff.offboard.executor.window

local window = {}

-- How many times the requests at once are claimed in a farm where each target takes a request of its own.
local AHEAD = 4

--- Where an act needs a fresh look (rule A1), no more are looked at than can be acted on while it is fresh; several hosts share the rate.
-- @tparam table entry of the system: `concurrency`, `per_minute`, `per_second`
-- @tparam number look targets that one look takes
-- @tparam number act targets that one act takes
-- @tparam number fresh seconds
-- @tparam[opt=1] number hosts
-- @treturn table `size`; `low`; `claim`: how many jobs are claimed at once in a farm
function window.of(entry, look, act, fresh, hosts)
  local per_second = entry.per_second or (entry.per_minute and entry.per_minute / 60)
  if look == 1 then
    return { size = 1, low = 2 * entry.concurrency, claim = AHEAD * entry.concurrency }
  elseif per_second then
    local size = math.min(look, math.max(1, math.floor(per_second * fresh / (hosts or 1))))
    return { size = size, low = 0, claim = size }
  end
  return { size = look, low = math.min(look, math.max(entry.concurrency, act)), claim = math.min(look, 1000) }
end

return window
