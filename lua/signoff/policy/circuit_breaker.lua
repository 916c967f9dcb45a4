-- SPDX-License-Identifier: MIT

--- A circuit breaker: after some failures in a row it lets nothing through for a while, then one request as a probe; when several probes
-- have failed, it stays open for good.
-- @module signoff.policy.circuit_breaker

local check = require "signoff.check"

local circuit_breaker = {}
circuit_breaker.__index = circuit_breaker

local known = { failures = 5, pause = 30, probes = 3 }

--- @tparam table env
-- @tparam[opt] table options `failures` in a row that open it (5), `pause` seconds that nobody may ask (30), `probes` that
-- must fail before it stops (3)
-- @treturn circuit_breaker
-- @raise for an unknown option or a wrong value
function circuit_breaker.new(env, options)
  local self = check.numbers("signoff.policy.circuit_breaker", options, known)
  self.env, self.name, self.failed_now, self.failed_probes = env, "closed", 0, 0
  return setmetatable(self, circuit_breaker)
end

--- The state: `"closed"` (all may ask), `"open"` (nobody), `"probing"` (one does), or `"stopped"` (nobody, ever).
-- @treturn string
function circuit_breaker:state()
  return self.name
end

--- Whether one more request may be made; the caller must report its outcome by `succeeded` or `failed`.
-- @treturn ?boolean true; false when not now; nil when never again
-- @treturn ?number with false: seconds after which to ask again
function circuit_breaker:allow()
  if self.name == "stopped" then
    return nil
  elseif self.name == "closed" then
    return true
  elseif self.name == "probing" then
    return false, math.min(self.pause, 1)
  end
  local left = self.until_when - self.env.now()
  if left > 0 then
    return false, left
  end
  self.name = "probing"
  return true
end

local function open(self)
  self.name, self.until_when = "open", self.env.now() + self.pause
end

--- Reports that the system answered. A request that began before the breaker opened, and is answered only now, changes nothing.
function circuit_breaker:succeeded()
  if self.name == "closed" or self.name == "probing" then
    self.name, self.failed_now, self.failed_probes = "closed", 0, 0
  end
end

--- Reports that the system failed.
function circuit_breaker:failed()
  if self.name == "closed" then
    self.failed_now = self.failed_now + 1
    if self.failed_now >= self.failures then
      open(self)
    end
  elseif self.name == "probing" then
    self.failed_probes = self.failed_probes + 1
    open(self)
    if self.failed_probes >= self.probes then
      self.name = "stopped"
    end
  end
end

return circuit_breaker
