-- SPDX-License-Identifier: MIT

--- Admission control of one system: decides whether a request may be made now, by the rate of changes, the circuit breaker, and the
-- time that the system asked for; and takes the outcome of each request.
-- @module signoff.offboard.executor.admission

local backoff = require "signoff.policy.backoff"
local circuit_breaker = require "signoff.policy.circuit_breaker"
local core = require "signoff.core"
local rate_limit = require "signoff.policy.rate_limit"

local admission = {}
admission.__index = admission

-- The number of tokens that are refused right after they were seen alive, with none accepted, before the system stops (rule L2).
local REFUSED_AT_ONCE = 5

-- Failures that are the system's, not the target's.
local failing = { unreachable = true, timeout = true, tls = true }

local function is_failure(detail)
  return failing[detail.code] or detail.scope == "client" or (detail.retriable and detail.code ~= "cancelled") or false
end

--- @tparam table env `now()`, `sleep(seconds)`
-- @tparam table entry of the system; `pacing`: a rate limit that several runs share
-- @tparam[opt] table retry options of `signoff.policy.backoff`
function admission.new(env, entry, retry)
  return setmetatable({
    env = env, client = entry.client, held_until = 0, accepted = 0, refused = 0, backoff = backoff.new(env, retry),
    pacing = entry.pacing or rate_limit.new(env, { per_minute = entry.per_minute or nil, per_second = entry.per_second }),
    breaker = circuit_breaker.new(env, entry.breaker),
  }, admission)
end

local function held(self)
  return math.max(self.held_until - self.env.now(), 0)
end

--- Seconds until an act may start.
-- @treturn number 0 when one may
function admission:until_act()
  return math.max(held(self), self.pacing:ready())
end

--- Counts an act that starts.
function admission:start_act()
  self.pacing:try()
end

--- Returns whether a request may be made now; the caller must report what came of it to `heard`.
-- @treturn ?boolean true; false when not now; nil when never again
-- @return with false the seconds after which to ask again, with nil the reason
function admission:allow()
  local seconds = held(self)
  if seconds > 0 then
    return false, seconds
  end
  local allowed, left = self.breaker:allow()
  if allowed == nil then
    return nil, "the system kept failing, and is left alone: " .. (self.last_failure or "")
  end
  return allowed, left
end

local function hold(self, seconds)
  self.pacing:hold(seconds)
  self.held_until = math.max(self.held_until, self.env.now() + math.min(seconds, rate_limit.LONGEST_HOLD))
end

--- Takes what came of a request.
-- @tparam[opt] table detail of its failure
-- @treturn ?string nothing follows from it for its targets: `"cancelled"`, or `"denied"`: our account is refused
function admission:heard(detail)
  if not detail then
    self.breaker:succeeded()
    self.backoff:succeeded()
    return nil
  elseif is_failure(detail) then
    self.last_failure = core.mask(self.client, detail.message)
    self.breaker:failed()
  else
    self.breaker:succeeded()
  end
  if detail.retry_after then
    hold(self, detail.retry_after)
  end
  if detail.code == "denied" and detail.scope == "client" then
    return "denied"
  end
  return detail.code == "cancelled" and "cancelled" or nil
end

--- Notes that a request was allowed and not made.
function admission:withdrawn()
  self.breaker:succeeded()
end

--- When a request that failed may be made again.
-- @tparam table detail of its failure
-- @tparam number attempt how many were made
-- @treturn ?number seconds; nil where it may not, or the budget is spent
function admission:delay(detail, attempt)
  return detail.retriable and self.backoff:delay(attempt, detail.retry_after) or nil
end

--- Counts the answers about tokens that were alive a moment ago. Where all are refused, that is no proof that they ended (rule L2).
-- @tparam string answer
-- @treturn ?string why the system must stop
function admission:count_token(answer)
  if answer == "accepted" then
    self.accepted = self.accepted + 1
  elseif answer == "already_out" then
    self.refused = self.refused + 1
  end
  if self.refused >= REFUSED_AT_ONCE and self.accepted == 0 then
    return ("%d tokens were refused right after they were alive, and none was accepted: it is not they that ended"):format(self.refused)
  end
end

--- How long that many changes take.
-- @tparam number count
-- @treturn number seconds
function admission:estimate(count)
  return self.pacing:estimate(count)
end

return admission
