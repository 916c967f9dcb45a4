-- SPDX-License-Identifier: MIT

--- One look at a target: is it there, gone, or does the look prove nothing? A row for each kind of proof that a system's
-- `status` can give.
-- @module signoff.sightings

local alive = require "signoff.alive"
local core = require "signoff.core"

local sightings = {}

-- What a reply shows. `gone` is true, false, or nil when it proves nothing; `what` is for the evidence.
local readings = {}

-- `before` is who sat there at the first look: another one now means that the first is out.
function readings.occupant(answer, _, _, before)
  local what = answer.state .. (answer.user and (" as " .. answer.user) or "")
  local sighting = { gone = nil, what = what, occupant = answer.user, absent = answer.state == "no_device" }
  if answer.active ~= nil then
    sighting.gone = not answer.active or (before ~= nil and before:lower() ~= answer.user:lower())
  end
  return sighting
end

function readings.session(answer)
  if answer.active == nil then
    return { what = "the list has a session without a key, or with one that is nearly this" }
  end
  local what = answer.active and "in the list of sessions" or "not in the list of sessions"
  return { gone = not answer.active, what = what, own = answer.own }
end

function readings.token(answer, client, target)
  if answer.active then
    return { gone = false, what = "alive" }
  elseif answer.active == nil then
    -- a refusal that fits a wrong device as well will fit it for ever; a reply that says nothing is no evidence at all
    return { what = "the reply proves nothing", final = true, unprovable = answer.http_status >= 400 }
  elseif alive.was(client, target) then
    return { gone = true, what = "refused" }
  end
  return { what = "refused, but never seen alive from here", final = true }
end

function readings.logins(answer)
  return { gone = #answer == 0, what = ("%d panel logins"):format(#answer) }
end

--- The operation of `kind` whose reply proves that somebody is gone, and its facts; nil where a system has none.
function sightings.operation(kind)
  local facts = core.facts[kind].operations
  for _, name in ipairs { "status", "logins" } do
    if facts[name] and readings[facts[name].proves] then
      return name, facts[name]
    end
  end
end

--- Looks once.
-- @param client a client
-- @param target as its methods take it
-- @tparam[opt] string before who sat there at the first look
-- @tparam[opt] table overrides of options, for this call
-- @treturn table `gone`, `what`, `occupant`, `own`, `absent`, `final` (looking again will not help), and after a failure
-- `code`, `message`, `retriable`
function sightings.look(client, target, before, overrides)
  local name, facts = sightings.operation(client:kind())
  local answer, message, code, detail = client[name](client, target, overrides)
  local sighting
  if answer then
    sighting = readings[facts.proves](answer, client, target, before)
  else
    sighting = { what = message, code = code, message = message, retriable = detail.retriable }
    sighting.retry_after = detail.retry_after
    sighting.final = not detail.retriable
  end
  return sighting
end

return sightings
