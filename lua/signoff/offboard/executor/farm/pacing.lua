-- SPDX-License-Identifier: MIT

--- The pace of changes of one system, where the server of a farm decides: when it may be asked again, and how long changes take. It has the
-- methods of `signoff.policy.rate_limit`.
-- @module signoff.offboard.executor.farm.pacing

local rate_limit = require "signoff.policy.rate_limit"

local pacing = {}
pacing.__index = pacing

--- @tparam table share of the system
-- @tparam table entry
function pacing.new(share, entry)
  local env = share.coordinator.env
  return setmetatable({
    share = share, env = env, due = -math.huge, paced = entry.per_minute ~= nil,
    limit = rate_limit.new(env, { per_minute = entry.per_minute or nil }),
  }, pacing)
end

--- Seconds until the server may be asked for the next change.
-- @treturn number
function pacing:ready()
  return math.max(self.due - self.env.now(), 0)
end

--- The server counts changes itself.
function pacing.try()
  return 0
end

--- Notes that the server may be asked again after so many seconds.
function pacing:put_off(seconds)
  self.due = math.max(self.due, self.env.now() + seconds)
end

--- Notes that the server may be asked again now.
function pacing:end_hold()
  self.due = -math.huge
end

--- Heeds an answer of the server that lets nothing begin now.
-- @tparam table answer `wait` or `held`
-- @treturn ?number seconds; nil where it says neither
function pacing:heed(answer)
  local seconds = answer.wait or answer.held
  if seconds then
    self:put_off(seconds)
  end
  return seconds
end

--- Holds all hosts for the time that a system asked for with Retry-After.
function pacing:hold(seconds)
  seconds = math.min(seconds, rate_limit.LONGEST_HOLD)
  self:put_off(seconds)
  self.env.spawn(function()
    self.share.is_held = false
    self.share.is_held = self.share.session:ask("hold", { system = self.share.id, seconds = seconds }) ~= nil
  end)
end

--- How long that many changes take.
-- @tparam number n
-- @treturn number seconds
function pacing:estimate(n)
  return self.limit:estimate(n)
end

return pacing
