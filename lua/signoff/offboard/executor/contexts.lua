-- SPDX-License-Identifier: MIT

--- Contexts: what the state machine of a target must know besides its state (see `signoff.signout.state_machine`). Part of it are
-- records of what a run did to each real target, from whichever system entry or cell it came (rule A3): entries that name one
-- tenant share their records.
-- @module signoff.offboard.executor.contexts

local core = require "signoff.core"
local identity = require "signoff.offboard.identity"
local machine = require "signoff.signout.state_machine"
local names = require "signoff.names"
local observe = require "signoff.signout.observe"

local contexts = {}

-- Real targets that one name may have.
local TARGETS = 64

-- A phone is one phone, by whichever of its cluster's addresses it is reached; keys and tokens are their tenant's.
local function tenant_of(entry)
  local evidence = core.facts[entry.kind].operations.status.evidence
  return evidence == "occupant" and entry.kind or entry.kind .. " " .. identity.digest(entry.kind, entry.identity)
end

local function record_of(records, key)
  local record = records[key]
  if not record then
    record = machine.untouched()
    records[key] = record
  end
  return record
end

-- Gives the record of a target (a device, a key, a token's fingerprint), and that of a person: of all targets that had that person as
-- their occupant. Names that are nearly the same share one.
local function records_of(registry, entry)
  local tenant = tenant_of(entry)
  local records = registry[tenant] or {}
  registry[tenant] = records
  local target_rule, name_rule = names.rule(entry.kind, "target"), names.rule(entry.kind, "name")
  return function(id)
    local _, key = core.name_key(id, target_rule)
    return record_of(records, key or id)
  end, function(name)
    return record_of(records, "name\0" .. (core.name_key(name, name_rule) or name))
  end
end

local function limits_of(rules, client)
  local limits = { targets = TARGETS, nodes = observe.elsewhere(client) }
  for name, value in pairs(rules) do
    limits[name] = value
  end
  return limits
end

-- The status that was approved; what the systems say by now may be another one.
local function planned_status(run, entry)
  for _, system in ipairs(run.systems) do
    if system.name == entry.name then
      return system.status
    end
  end
end

--- The part that the contexts of one system's targets share.
-- @tparam table run `rules`, `protects`, `systems` of its plan, `reals`: the records of its real targets by tenant
-- @tparam table entry of the system
-- @treturn table
function contexts.of_system(run, entry)
  local operations = core.facts[entry.kind].operations
  local real, named = records_of(run.reals, entry)
  return {
    evidence = operations.status.evidence, retry = operations[core.facts[entry.kind].signs_out].retry,
    limits = limits_of(run.rules, entry.client), compare = observe.comparison(entry.kind), protects = run.protects,
    real = real, named = named, renewable = core.facts[entry.kind].renewable,
    status = planned_status(run, entry) or entry.status,
  }
end

-- The machine of a target asks for its records at every step, and a name takes long to compare.
local function remembering(find)
  local found = {}
  return function(name)
    local record = found[name] or find(name)
    found[name] = record
    return record
  end
end

--- The context of one target.
-- @tparam table shared the part of its system
-- @tparam table plan the plan's item
-- @tparam string id of the target
-- @tparam ?table status the wanted one
-- @treturn table
function contexts.of_target(shared, plan, id, status)
  return {
    target = {
      id = id, by_name = plan.find and true or nil, person = plan.person, user = plan.user, occupant = plan.occupant,
      spelling = plan.spelling, seen = plan.seen, renewable = shared.renewable, optional = plan.optional, status = status,
      expected_status = plan.expected_status,
    },
    evidence = shared.evidence, retry = shared.retry, limits = shared.limits, compare = shared.compare, protects = shared.protects,
    real = remembering(shared.real), named = remembering(shared.named),
  }
end

return contexts
