-- SPDX-License-Identifier: MIT

--- The time that all exchanges of one method share: what the first one took, the second one lacks.
-- @module signoff.budget

local core = require "signoff.core"
local failure = require "signoff.failure"

local budget = {}

--- Starts the clock: at the call's option `deadline`, or the profile's time for a method; otherwise there is no limit but
-- that of each exchange.
-- @param client a client
-- @tparam[opt] table overrides of the call
-- @tparam[opt] number started by `core.now`, where the first exchange is over
-- @treturn function gives the overrides of the next exchange; nil when the time is over
function budget.start(client, overrides, started)
  local seconds = overrides and overrides.deadline or core.anchor(client).profile.method
  if not seconds then
    return function()
      return overrides or {}
    end
  end
  local ends = (started or core.now()) + seconds
  return function()
    local left = ends - core.now()
    if left < 0.001 then
      return nil
    end
    local rest = {}
    for name, value in pairs(overrides or {}) do
      rest[name] = value
    end
    rest.deadline = left
    return rest
  end
end

--- The failure of an exchange that there was no time for.
function budget.spent(client, operation)
  return failure(client:kind(), operation, "timeout", "its time was over before this exchange; nothing was sent",
    { retriable = true })
end

return budget
