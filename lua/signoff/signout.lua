-- SPDX-License-Identifier: MIT

--- `client:signout(target, options)`: looks, acts, and looks again. What a handler or a dialplan calls.
-- @module signoff.signout

local core = require "signoff.core"
local Result = require "signoff.result"
local setting = require "signoff.setting"
local sightings = require "signoff.sightings"
local watch = require "signoff.watch"

-- How often an act is repeated, by what its facts say of repeating.
local attempts = { no = 1, once = 2, paced = 5 }

-- The first look, again while its failure is one that passes.
local function first_look(client, target, plan, result)
  for n = 1, math.huge do
    local sighting = watch.look(client, target, plan, result)
    local passing = sighting.retriable and plan.retry
    if not passing or not watch.wait(plan, n, sighting.retry_after) then
      return sighting
    end
  end
end

local function same(a, b)
  return a:lower() == b:lower()
end

-- The verdict that a first look is enough for; nil when it takes an act.
local function decided(sighting, plan, proves)
  if sighting.absent then
    return watch.verdict(sighting)
  elseif sighting.own then
    return "skipped", { message = "this client's own session, which is never logged off" }
  elseif sighting.gone then
    return "already_out"
  elseif plan.user and sighting.occupant and not same(plan.user, sighting.occupant) then
    return "skipped", { message = ("%s sits there, not %s"):format(sighting.occupant, plan.user) }
  elseif plan.user and proves == "occupant" and not sighting.occupant then
    return "unknown", { code = sighting.code, message = "who sits there is not known: " .. sighting.what }
  elseif sighting.code and sighting.code ~= "unsupported" then
    return "failed", sighting
  end
end

local function act(client, target, plan, result, operation)
  local overrides = watch.overrides(plan)
  if not overrides then
    return nil, { code = "timeout", message = "the deadline was reached before anything was sent", sent = false }
  end
  local answer, message, _, detail = client[operation](client, target, overrides)
  result:note(answer and ("%s: %s"):format(operation, answer.answer) or message)
  return answer, detail
end

-- Acts, and again where the failure passes and the target is still there.
local function act_until_accepted(client, target, plan, result, operation, before)
  local most = plan.retry and attempts[operation.retry] or 1
  for n = 1, most do
    local answer, detail = act(client, target, plan, result, operation.name)
    local last = n == most or (n > 1 and detail and detail.code == "server") -- what failed twice has not just slipped
    if answer or not detail.retriable or last or not watch.wait(plan, n, detail.retry_after) then
      return answer, detail
    end
    if detail.sent and watch.look(client, target, plan, result, before).gone then
      return nil, detail
    end
  end
end

-- What was found after the act counts; what was said only explains it.
local function conclude(result, sighting, answer, failure)
  local verdict, why = watch.verdict(sighting)
  if verdict == "ended" then
    return result:conclude(verdict)
  elseif not answer then
    return result:conclude("failed", failure)
  elseif sighting.unprovable and answer.answer == "accepted" then
    return result:conclude("unverified", why)
  elseif verdict == "unverified" and answer.answer ~= "accepted" then
    return result:conclude("unknown", { message = why.message }) -- neither accepted nor to be proved
  end
  return result:conclude(verdict, why)
end

--- @param client a client
-- @param target as its methods take it
-- @tparam[opt] table options those of `client:verify`, and `user` (Extension Mobility: who must sit there), `status`
-- (iSymphony: what to set)
-- @treturn table result
return function(client, target, options)
  local facts = core.facts[client:kind()]
  local operation = facts.operations[facts.signs_out]
  local plan = watch.plan(client, "signout", options)
  local looking_name, looking = sightings.operation(client:kind())
  watch.check_target(client, "signout", looking_name, target)
  local result = Result.new(client, target)
  if looking.proves == "logins" then
    return setting.signout(client, target, plan, result)
  end
  local seen = first_look(client, target, plan, result)
  local verdict, why = decided(seen, plan, looking.proves)
  if verdict then
    return result:conclude(verdict, why)
  end
  local answer, failure = act_until_accepted(client, target, plan, result, operation, seen.occupant)
  if not answer and not failure.sent then
    return result:conclude("failed", failure)
  end
  local refused = failure and not failure.retriable
  return conclude(result, watch.until_gone(client, target, plan, result, seen.occupant, refused), answer, failure)
end
