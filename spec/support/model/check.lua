-- SPDX-License-Identifier: MIT
-- Mutants made by machine, each told from the code by the model, by the rows of spec/unit, or said to be the same as the code:
-- `check.lua EVERY` tries every so manieth.

local mutants = require "spec.support.model.mutants"
local sieve = require "spec.support.model.sieve"

local EVERY = tonumber(arg[1])

-- Mutants that do what the code does, by their line, and why.
local equivalent = {
  ["for _, name in ipairs { state.seen.occupant, target.person or false, target.user and false } do"] =
    "who was seen is the same as the list's user, or nearly, and what is nearly the same as one of them is so as the other",
}

local sums, order = {}, {}

local function count(mutant, how)
  local sum = sums[mutant.file]
  if not sum then
    sum = { mutants = 0, model = 0, rows = 0, equivalent = 0, survivors = 0 }
    sums[mutant.file], order[#order + 1] = sum, mutant.file
  end
  sum.mutants, sum[how] = sum.mutants + 1, sum[how] + 1
end

local function try(mutant)
  local world = sieve.world(mutant.texts, 1)
  if world then
    return "model", world
  end
  local row = sieve.row(mutant)
  if row then
    return "rows", "row: " .. row
  elseif equivalent[mutant.changed] then
    return "equivalent", "the same: " .. equivalent[mutant.changed]
  end
  world = sieve.world(mutant.texts)
  return world and "model" or "survivors", world or "SURVIVES"
end

local failed = 0
local all = mutants.all()
for i = 1, #all, EVERY do
  local mutant = all[i]
  local how, told = try(mutant)
  count(mutant, how)
  failed = failed + (how == "survivors" and 1 or 0)
  print(("  %s\n    %s\n    %s"):format(mutant.name, mutant.changed, told))
end
for _, file in ipairs(order) do
  local sum = sums[file]
  print(("  %-20s %4d mutants: %4d caught by the model, %4d by rows alone, %d the same as the code, %d survive"):format(
    file .. ".lua", sum.mutants, sum.model, sum.rows, sum.equivalent, sum.survivors))
end
print(("%d passed, %d failed, 0 skipped"):format(failed == 0 and 1 or 0, failed))
os.exit(failed == 0)
