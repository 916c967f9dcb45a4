-- SPDX-License-Identifier: MIT
-- The model of a sign-out: all worlds, explored with some budget.

local explorer = require "spec.support.model.explorer"
local System = require "spec.support.model.system"

local model = { worlds = {} }

for _, name in ipairs { "phone", "user", "keys", "tokens", "status" } do
  for _, world in ipairs(require("spec.support.model.worlds." .. name)) do
    model.worlds[#model.worlds + 1], model.worlds[world.name] = world, world
  end
end

-- Plenty of short-lived values: what survives is kept for good.
local function with_generations(run)
  if _VERSION == "Lua 5.4" then
    collectgarbage "generational"
  end
  local found = run()
  if _VERSION == "Lua 5.4" then
    collectgarbage "incremental"
  end
  return found
end

--- Explores a world.
-- @tparam table world
-- @tparam table modules of signoff.signout
-- @tparam[opt] table budget the world's own by default
-- @tparam[opt] table parts `limit` (states), `lines` (of spec.support.lines, counts what of the code runs)
-- @treturn table see spec.support.model.explorer; and `steps`, `replies`: how often each was
function model.explore(world, modules, budget, parts)
  parts, budget = parts or {}, budget or world.budget
  if world.targets[1].watches then
    budget = { moves = budget.moves, bad = budget.bad, crashes = 0 } -- nothing is journaled
  end
  local system = System.new(world, modules, budget, { lines = parts.lines })
  local found = with_generations(function() return explorer.explore(system, parts.limit) end)
  found.steps, found.replies, found.seen = system.steps, system.replies, nil
  return found
end

--- The errors of a world where nobody interferes.
-- @treturn ?string
function model.calm(world, modules)
  return explorer.calm(System.new(world, modules, { moves = 0, bad = 0, crashes = 0 }))
end

--- A trace as text.
function model.told(broken)
  local parts = { broken.rule }
  for i, label in ipairs(broken.trace) do
    parts[#parts + 1] = ("  %d. %s"):format(i, label)
  end
  return table.concat(parts, "\n")
end

return model
