-- SPDX-License-Identifier: MIT

--- One look at a target: is it there, gone, or does the look prove nothing?
-- @module signoff.sightings

local alive = require "signoff.alive"
local core = require "signoff.core"
local judgement = require "signoff.judgement"

local sightings = {}

-- Proofs that somebody is gone: a status that is set proves no such thing.
local proofs = { occupant = true, session = true, token = true, logins = true }

local looks = { "status", "logins" }

--- The operation of `kind` whose reply proves that somebody is gone, and its facts; nil where a system has none.
function sightings.operation(kind)
  local facts = core.facts[kind].operations
  for _, name in ipairs(looks) do
    if facts[name] and proofs[facts[name].proves] then
      return name, facts[name]
    end
  end
end

--- Looks once.
-- @param client a client
-- @param target as its methods take it
-- @tparam[opt] string before who sat there at the first look
-- @tparam[opt] table overrides of options, for this call
-- @treturn table sighting, as `signoff.judgement` has it
function sightings.look(client, target, before, overrides)
  local name, facts = sightings.operation(client:kind())
  local answer, message, _, detail = client[name](client, target, overrides)
  if not answer then
    return judgement.failed(message, detail)
  end
  local seen = facts.proves == "token" and alive.was(client, target)
  return judgement.readings[facts.proves](answer, { before = before, alive = seen })
end

return sightings
