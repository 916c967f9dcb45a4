-- SPDX-License-Identifier: MIT

--- `client:signout(target, options)`: looks, acts, and looks again. What a handler or a dialplan calls.
-- @module signoff.signout

local core = require "signoff.core"
local judgement = require "signoff.judgement"
local Result = require "signoff.result"
local setting = require "signoff.setting"
local sightings = require "signoff.sightings"
local watch = require "signoff.watch"

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
  for n = 1, math.huge do
    local answer, detail = act(client, target, plan, result, operation.name)
    local again = not answer and plan.retry and judgement.may_repeat(operation, detail, n)
    if not again or not watch.wait(plan, n, detail.retry_after) then
      return answer, detail
    end
    if detail.sent and watch.look(client, target, plan, result, before).gone then
      return nil, detail
    end
  end
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
  local verdict, why = judgement.first(looking.proves, seen, plan.user)
  if verdict then
    return result:conclude(verdict, why)
  end
  local answer, failure = act_until_accepted(client, target, plan, result, operation, seen.occupant)
  if not answer and not failure.sent then
    return result:conclude("failed", failure)
  end
  local refused = failure and not failure.retriable
  local found = watch.until_gone(client, target, plan, result, seen.occupant, refused)
  return result:conclude(judgement.conclude(looking.proves, found, answer, failure))
end
