-- SPDX-License-Identifier: MIT

--- Exponential backoff with a budget: returns when a failed request may be tried again, or that it may not.
--
-- Every retry takes `cost` from a budget that successes fill up again, so that they stay a small part of all requests.
-- @module signoff.policy.backoff

local rate_limit = require "signoff.policy.rate_limit"
local check = require "signoff.check"

local backoff = {}
backoff.__index = backoff

local known = { budget = 500, cost = 14, base = 1, cap = 60, random = "function" }

-- Numbers from 0 to 1. The program's `math.random` is not seeded everywhere, and not ours to seed.
local function generator(env)
  local state = math.floor(env.now() * 1e9 + (tonumber(tostring({}):match "%x+$", 16) or 0)) % 2147483646 + 1
  return function()
    state = state * 16807 % 2147483647
    return state / 2147483647
  end
end

--- @tparam table env
-- @tparam[opt] table options `budget` (500), `cost` of a retry (14), `base` (the first delay at most, 1 s), `cap` (any
-- delay at most, 60 s, unless the system asks for more), `random` (a function that gives numbers from 0 to 1)
-- @treturn backoff
-- @raise for an unknown option or a wrong value
function backoff.new(env, options)
  local self = check.numbers("signoff.policy.backoff", options, known)
  self.env, self.left, self.random = env, self.budget, self.random or generator(env)
  return setmetatable(self, backoff)
end

--- How long to wait before the next attempt: up to twice as long each time, by chance, so that those who failed together do
-- not come back together; at least as long as the system asks.
-- @tparam number attempt how many were made
-- @tparam[opt] number retry_after seconds; no more than `rate_limit.LONGEST_HOLD` of them count
-- @treturn ?number seconds; nil when the budget is spent
function backoff:delay(attempt, retry_after)
  if self.left < self.cost then
    return nil
  end
  self.left = self.left - self.cost
  local most = math.min(self.cap, self.base * 2 ^ (attempt - 1))
  return math.max(self.random() * most, math.min(retry_after or 0, rate_limit.LONGEST_HOLD))
end

--- Notes that a request succeeded: the budget grows by 1, up to what it began with.
function backoff:succeeded()
  self.left = math.min(self.left + 1, self.budget)
end

return backoff
