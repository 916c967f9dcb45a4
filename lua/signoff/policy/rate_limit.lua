-- SPDX-License-Identifier: MIT

--- Limits the rate of changes: never more than a number in any minute, and no bursts.
--
-- `env` is what waits: `now()` (seconds of a clock that only moves forward), `sleep(seconds)`.
-- @module signoff.policy.rate_limit

local check = require "signoff.check"
local core = require "signoff.core"

local rate_limit = {}
rate_limit.__index = rate_limit

--- The longest that a system's Retry-After is heeded, in seconds.
rate_limit.LONGEST_HOLD = 300

-- A request may arrive late, and the next one early: in that part of the window no change starts.
local SLACK = 0.01
-- A caller that woke late, but by less than that part of the window, makes up for it.
local CARRY = 0.002

local windows = { per_minute = 60, per_second = 1 }

-- Seconds from one start to the next, and how much lateness is made up for.
local function measure(self, window, count)
  if count == 0 then
    core.raise "signoff.policy.rate_limit: a rate must be above 0"
  end
  local interval = window * (1 + SLACK) / count
  if interval > self.interval then
    self.interval, self.carry = interval, math.min(interval / 2, window * CARRY)
  end
end

--- @tparam table env
-- @tparam[opt] table limits `per_minute`, `per_second`: changes at most; without any nothing is paced
-- @treturn rate_limit
-- @raise for an unknown option, and for a rate that is not above 0
function rate_limit.new(env, limits)
  local self = setmetatable({ env = env, interval = 0, carry = 0, free = -math.huge, held = -math.huge }, rate_limit)
  for name, count in pairs(check.numbers("signoff.policy.rate_limit", limits, { per_minute = false, per_second = false })) do
    measure(self, windows[name], count)
  end
  return self
end

--- Seconds until the next change may start, if nobody else starts one; 0: now.
-- @treturn number
function rate_limit:ready()
  return math.max(math.max(self.free, self.held) - self.env.now(), 0)
end

--- Starts a change, if one may start now.
-- @treturn number 0 when it is taken; else the seconds until it comes, if nobody else takes it
function rate_limit:try()
  local now = self.env.now()
  local due = math.max(self.free, self.held)
  if now < due then
    return due - now
  end
  self.before, self.free = self.free, (now - due <= self.carry and due or now) + self.interval
  return 0
end

--- Takes back a change that was not started after all, unless another one has started since.
-- @tparam number free that of this object after `try`
function rate_limit:give_back(free)
  if self.free == free then
    self.free = self.before
  end
end

--- Returns when one more change may start. The first one may at once.
function rate_limit:wait()
  local left = self:try()
  while left > 0 do
    self.env.sleep(left)
    left = self:try()
  end
end

--- Delays all starts by the time that a system asked for with Retry-After.
-- @tparam number seconds no more than `LONGEST_HOLD` of them count
function rate_limit:hold(seconds)
  self.held = math.max(self.held, self.env.now() + math.min(seconds, rate_limit.LONGEST_HOLD))
end

--- How long that many changes take, from the first one's start to the last one's.
-- @tparam number n
-- @treturn number seconds
function rate_limit:estimate(n)
  return math.max(n - 1, 0) * self.interval
end

return rate_limit
