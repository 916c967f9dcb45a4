-- SPDX-License-Identifier: MIT
-- Random walks through all worlds of the model: `walks.lua WALKS SEED`.

local model = require "spec.support.model"
local mutants = require "spec.support.model.mutants"
local Random = require "spec.proofs.lies.random"
local Walker = require "spec.support.model.walker"

local walks, seed = tonumber(arg[1]), tonumber(arg[2])
-- Every so many walks one is walked with all that the code holds.
local COMPARED = 25

local modules = {}
for _, name in ipairs(mutants.files) do
  modules[name] = require("signoff.signout." .. name)
end

local function fail(world, message, path, start)
  print(("%s, start %d, SEED=%d: %s"):format(world.name, start, seed, message))
  for i, label in ipairs(path) do
    print(("  %d. %s"):format(i, label))
  end
  print "0 passed, 1 failed, 0 skipped"
  os.exit(1)
end

local function labels(path)
  local list = {}
  for i, step in ipairs(path) do
    list[i] = step.label
  end
  return list
end

local function walk(world, random, count)
  local walker, steps, longest = Walker.new(world, modules, random), 0, 0
  for n = 1, count do
    local path, start = walker:walk()
    local broken = path[#path].broken
    if broken then
      fail(world, broken, walker:shrunk(path, start), start)
    end
    local differs = n % COMPARED == 0 and not world.alike and walker:compared(path, start)
    if differs then
      fail(world, "what is left out of states was read: " .. differs, labels(path), start)
    end
    steps, longest = steps + #path, math.max(longest, #path)
  end
  print(("  %-58s %8d walks %10d steps, longest %d"):format(world.name, count, steps, longest))
end

print(("SEED=%d"):format(seed))
for i, world in ipairs(model.worlds) do
  walk(world, Random.new(seed + i), math.ceil(walks / #model.worlds))
end
print "1 passed, 0 failed, 0 skipped"
