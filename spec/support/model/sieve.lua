-- SPDX-License-Identifier: MIT
-- Tells a mutant from the code: by the rows of its file, by what must come of worlds where nobody interferes, and by ever larger
-- budgets of the adversary.

local model = require "spec.support.model"
local mutants = require "spec.support.model.mutants"
local rows_of = require "spec.unit.rows"

local sieve = {}

-- States beyond which a search is given up: a mutant may have no end.
local LIMIT = 200000

-- Worlds that take long; the others are tried first.
local large = {
  ["two rows on one phone"] = true, ["user:NAME with two phones"] = true, ["a phone, slow"] = true,
  ["user:NAME with two keys of hers and one of another"] = true,
}

local rounds = {
  { large = false, budget = { moves = 1, bad = 1, crashes = 0 } },
  { large = true, budget = { moves = 1, bad = 1, crashes = 0 } },
  { large = false, budget = { moves = 1, bad = 1, crashes = 1 } },
  { large = false, budget = { moves = 1, bad = 2, crashes = 0 } },
  { large = false, budget = { moves = 2, bad = 1, crashes = 0 } },
}

local function each_world(use)
  for _, world in ipairs(model.worlds) do
    local fine, found = pcall(use, world)
    if not fine then
      return world.name .. ": raises: " .. tostring(found)
    elseif found then
      return world.name .. ": " .. found
    end
  end
end

local function calm(modules)
  return each_world(function(world)
    return model.calm(world, modules)
  end)
end

local function explored(modules, round)
  return each_world(function(world)
    if (large[world.name] or false) ~= round.large then
      return nil
    end
    local found = model.explore(world, modules, round.budget, { limit = LIMIT })
    local broken = found.broken
    return broken and not broken.too_large and ("%s (%d steps)"):format(broken.rule, #broken.trace) or nil
  end)
end

--- The row that does not hold for a mutant, of those that play its file.
-- @tparam table mutant of `mutants.all`
-- @treturn ?string
function sieve.row(mutant)
  local modules, message = mutants.load(mutant.texts)
  if not modules then
    return message
  end
  local list = rows_of(mutant.file)
  for _, row in ipairs(list.rows) do
    local fine, found = pcall(list.check, row, modules)
    if not fine or found then
      return row[1]
    end
  end
end

--- How the model tells a mutant from the code.
-- @tparam table texts for `mutants.load`
-- @tparam[opt] number depth how many budgets are tried; all by default
-- @treturn ?string what gives it away; nil where nothing does
function sieve.world(texts, depth)
  local modules, message = mutants.load(texts)
  local found = not modules and "does not compile: " .. message or calm(modules)
  for i = 1, found and 0 or depth or #rounds do
    found = found or explored(modules, rounds[i])
  end
  return found
end

return sieve
