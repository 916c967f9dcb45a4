-- SPDX-License-Identifier: MIT

--- Real targets: all attempts of a run at one of them, from whichever system entry or cell it came (rule A3). Entries that
-- name one tenant share their records.
-- @module signoff.offboard.executor.reals

local core = require "signoff.core"
local identity = require "signoff.offboard.identity"
local machine = require "signoff.signout.state_machine"
local names = require "signoff.names"

local reals = {}

--- An empty registry.
function reals.new()
  return {}
end

-- A phone is one phone, by whichever of its cluster's addresses it is reached; keys and tokens are their tenant's.
local function tenant_of(entry)
  local evidence = core.facts[entry.kind].operations.status.evidence
  return evidence == "occupant" and entry.kind or entry.kind .. " " .. identity.digest(entry.kind, entry.identity)
end

local function records_of(registry, entry)
  local tenant = tenant_of(entry)
  registry[tenant] = registry[tenant] or {}
  return registry[tenant]
end

local function record_of(records, key)
  local record = records[key]
  if not record then
    record = machine.untouched()
    records[key] = record
  end
  return record
end

--- The records of an entry's system.
-- @tparam table registry
-- @tparam table entry of `signoff.offboard.systems`
-- @treturn function(id) that gives the record of a target: a device, a key, a token's fingerprint
function reals.of(registry, entry)
  local records, rule = records_of(registry, entry), names.rule(entry.kind, "target")
  return function(id)
    local _, key = core.name_key(id, rule)
    return record_of(records, key or id)
  end
end

--- The records of people there: what was done to whatever had them as its occupant. Names that are nearly the same share one.
-- @tparam table registry
-- @tparam table entry of `signoff.offboard.systems`
-- @treturn function(name) that gives the record
function reals.named(registry, entry)
  local records, rule = records_of(registry, entry), names.rule(entry.kind, "name")
  return function(name)
    return record_of(records, "name\0" .. (core.name_key(name, rule) or name))
  end
end

return reals
