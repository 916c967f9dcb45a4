-- SPDX-License-Identifier: MIT

--- `client:verify(target, options)`: looks until the target is gone, or the deadline. It changes nothing.
-- @module signoff.verify

local judgement = require "signoff.judgement"
local Result = require "signoff.result"
local settings = require "signoff.setting"
local sightings = require "signoff.sightings"
local watch = require "signoff.watch"

--- @param client a client
-- @param target as `client:status` takes it (iSymphony: a user, whose panel logins are looked at)
-- @tparam[opt] table options `schedule` (seconds between looks, the last one again and again), `settle` (seconds between
-- the two looks that make "gone" count; 10), `deadline` (seconds in all; 60), `status` (iSymphony: what must read back)
-- @treturn table result
return function(client, target, options)
  local plan = watch.plan(client, "verify", options)
  watch.check_target(client, "verify", (sightings.operation(client:kind())), target)
  local result = Result.new(client, target)
  if plan.status then
    return settings.verify(client, target, plan, result)
  end
  return result:conclude(judgement.last(watch.until_gone(client, target, plan, result)))
end
