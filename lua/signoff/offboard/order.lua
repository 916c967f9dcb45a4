-- SPDX-License-Identifier: MIT

--- Orders systems: those with tokens that expire first, then by name; each after those that it waits for.
-- @module signoff.offboard.order

local core = require "signoff.core"

local function raise(...)
  core.raise("systems: " .. string.format(...))
end

local function by_age_and_name(a, b)
  local ages_a, ages_b = core.facts[a.kind].tokens_age, core.facts[b.kind].tokens_age
  if ages_a ~= ages_b then
    return ages_a
  end
  return core.before(a.name, b.name)
end

-- Names the systems that wait for each other, beginning with any that waits.
local function cycle(waiting)
  local path, seen, at = {}, {}, waiting[1]
  local waits = {}
  for _, system in ipairs(waiting) do
    waits[system.name] = system
  end
  while not seen[at.name] do
    seen[at.name] = true
    path[#path + 1] = at.name
    for _, name in ipairs(at.after) do
      if waits[name] then
        at = waits[name]
        break
      end
    end
  end
  while path[1] ~= at.name do
    table.remove(path, 1)
  end
  path[#path + 1] = at.name
  return table.concat(path, "' after '")
end

-- The first of the waiting systems that waits for no other one any more.
local function take_free(waiting, begun)
  for i, system in ipairs(waiting) do
    local free = true
    for _, name in ipairs(system.after) do
      free = free and begun[name]
    end
    if free then
      return table.remove(waiting, i)
    end
  end
  raise("nothing can begin: '%s'; break the circle of 'after'", cycle(waiting))
end

--- @tparam {table,...} systems entries with `name`, `kind`, `after`
-- @treturn {table,...} in order, also indexed by name
-- @raise for a circle, naming its systems
return function(systems)
  local waiting, ordered, begun = {}, {}, {}
  for i, system in ipairs(systems) do
    waiting[i] = system
  end
  table.sort(waiting, by_age_and_name)
  while #waiting > 0 do
    local system = take_free(waiting, begun)
    begun[system.name] = true
    ordered[#ordered + 1], ordered[system.name] = system, system
  end
  return ordered
end
