-- SPDX-License-Identifier: MIT

--- The keys of one issuer, as they were fetched: how old they are, which they are, and which are known to be missing.
--
-- Two clocks are passed in: `now`, Unix seconds, which survive a restart; and `clock`, which only moves forward. The larger age counts, so
-- that a clock that is set back keeps no key alive.
-- @module signoff.receiver.jwks_cache

local jwks_cache = {}

local SHORTEST, USUAL, DAY = 300, 3600, 86400 -- seconds that keys are fresh
local DUE = 0.8 -- of that time: then they are fetched again, while they are still used
local MISSING, MISSING_MOST = 300, 128 -- seconds, and how many kids are remembered to be missing

local Cache = {}
Cache.__index = Cache

--- Makes a cache without keys.
function jwks_cache.new()
  return setmetatable({ missing = {}, order = {}, generation = 0 }, Cache)
end

--- Takes keys that were fetched. All that was known before is forgotten, also which kids were missing. `generation` counts this.
-- @param set of `signoff.jose`
-- @tparam table about `fetched`: Unix seconds; `max_age`: seconds, nil: the issuer does not say
-- @tparam number clock
function Cache:put(set, about, clock)
  self.set, self.fetched, self.clock = set, about.fetched, clock
  self.lifetime = math.min(math.max(about.max_age or USUAL, SHORTEST), DAY)
  self.missing, self.order, self.generation = {}, {}, self.generation + 1
end

--- The age of the keys.
-- @tparam number now
-- @tparam number clock
-- @treturn number seconds; infinite where there are none
function Cache:age(now, clock)
  if not self.set then
    return math.huge
  end
  return math.max(now - self.fetched, clock - self.clock, 0)
end

--- The state of the keys.
-- @tparam number now
-- @tparam number clock
-- @treturn string `"fresh"`; `"due"`: usable, and to be fetched again; `"none"`: there are none, or they are older than a day
function Cache:state(now, clock)
  local age = self:age(now, clock)
  if age > DAY then
    return "none"
  end
  return age >= DUE * self.lifetime and "due" or "fresh"
end

--- Whether they are older than the issuer allows: they were to be fetched again before, and that failed.
-- @tparam number now
-- @tparam number clock
-- @treturn boolean
function Cache:is_late(now, clock)
  return self:age(now, clock) >= self.lifetime
end

--- Remembers that the issuer has no key with that kid.
-- @tparam string kid
-- @tparam number clock
function Cache:note_missing(kid, clock)
  if not self.missing[kid] then
    self.order[#self.order + 1] = kid
  end
  self.missing[kid] = clock + MISSING
  if #self.order > MISSING_MOST then
    self.missing[table.remove(self.order, 1)] = nil
  end
end

--- Whether the issuer had no key with that kid when it was asked for it, not long ago.
-- @tparam string kid
-- @tparam number clock
-- @treturn boolean
function Cache:is_missing(kid, clock)
  local ends = self.missing[kid]
  return ends ~= nil and ends > clock
end

return jwks_cache
