-- SPDX-License-Identifier: MIT

--- The names and limits by which the hosts of a farm share: a system is its kind and address, a target its key. Nothing here is a secret.
-- @module signoff.offboard.executor.farm.identity

local core = require "signoff.core"
local digest_of = require("signoff.offboard.identity").digest
local names = require "signoff.names"
local targets = require "signoff.offboard.people.target"

local identity = {}

local MINUTE = 60
local DIGITS = 8 -- of a tenant's digest

-- A rate as a whole number of changes in a window of seconds.
local function ceiling(per_minute)
  if not per_minute then
    return nil, MINUTE
  end
  local whole = math.max(math.floor(per_minute), 1)
  return whole, whole * MINUTE / per_minute
end

--- A system, as `join_run` takes it.
-- @tparam table entry of the system
-- @treturn table `name`, `kind`, `url`, `per_window`, `window` (seconds), `at_once`
function identity.system(entry)
  local per_window, window = ceiling(entry.per_minute)
  return {
    name = entry.name, kind = entry.kind, url = entry.host, per_window = per_window, window = window, at_once = entry.at_once,
  }
end

--- Two systems of one address, which a farm cannot tell apart.
-- @tparam {table,...} systems
-- @treturn ?string their names, with "and" between
function identity.twins(systems)
  local known = {}
  for _, entry in ipairs(systems) do
    local key = entry.kind .. " " .. entry.host
    if known[key] then
      return ("%s and %s"):format(known[key], entry.name)
    end
    known[key] = entry.name
  end
end

--- Makes the function that gives the key of a real target of a system: spellings of one target have one key. A phone is one phone, by
-- whichever of its cluster's tenants; keys and tokens are their tenant's.
-- @tparam table entry of the system
-- @treturn function `key(id)`
function identity.keys(entry)
  local rule = names.rule(entry.kind, "target")
  local is_phone = core.facts[entry.kind].operations.status.evidence == "occupant"
  local tenant = is_phone and "" or " of " .. digest_of(entry.kind, entry.identity):sub(1, DIGITS)
  return function(id)
    local _, key = core.name_key(id, rule)
    return core.utf8(key or id) .. tenant
  end
end

--- The key of the target that a plan's item names; nil where that is found out later.
-- @tparam table entry of the system
-- @tparam function key of that system
-- @tparam table item
-- @treturn ?string
function identity.target_key(entry, key, item)
  local id = not item.find and not item.late and targets.id_of_item(entry.kind, item)
  return id and key(id) or nil
end

return identity
