-- SPDX-License-Identifier: MIT
-- Random walks, beyond what any search can hold: the adversary's budget comes back with each step, and a walk ends when all is over.
-- A walk that breaks an invariant is made as short as it gets.
--
-- Some walks are walked twice: with states as the search has them, where much is left out, and with all that the code holds. If
-- these ever differ, what is left out was read.

local explorer = require "spec.support.model.explorer"
local layout = require "spec.support.model.layout"
local System = require "spec.support.model.system"

local walker = {}
walker.__index = walker

-- How often the adversary may do something in a step: moves, a bad reply, a crash.
local MOVES, BAD, CRASHES = 0.15, 0.2, 0.015
-- Steps after which nobody interferes any more, and those within which all must be over then.
local MANY, MORE = 60, 100
-- A system that holds so many values begins anew: nothing of it is needed twice.
local FULL = 100000

--- @tparam table world
-- @tparam table modules of signoff.signout
-- @tparam table random of spec.proofs.lies.random
function walker.new(world, modules, random)
  return setmetatable({ world = world, modules = modules, random = random }, walker)
end

local function fresh(self, exact)
  return System.new(self.world, self.modules, { moves = 0, bad = 0, crashes = 0 }, { forever = true, exact = exact })
end

local function number_of(budget, system)
  return system.store:id(budget)
end

-- All that may come next with a budget, by label.
local function next_steps(system, s, budget)
  local list = {}
  s[layout.BUDGET] = number_of(budget, system)
  local over = system:successors(s, function(label, after, broken, before, more)
    label = (before or "") .. label .. (more or "")
    list[#list + 1] = { label = label, state = after, broken = broken, budget = budget }
    list[label] = list[label] or list[#list]
  end)
  return list, over
end

local function budget_of(self, n)
  local random, calm = self.random, n > MANY
  return {
    moves = not calm and random:chance(MOVES) and 1 or 0, bad = not calm and random:chance(BAD) and 1 or 0,
    crashes = not calm and not self.world.targets[1].watches and random:chance(CRASHES) and 1 or 0,
  }
end

-- Of the steps of one kind of budget, one by chance; a crash where there is one, as they are rare.
local function choose(self, list, budget, n)
  if n > MANY then
    return list[1]
  end
  return budget.crashes > 0 and list[#list] or self.random:pick(list)
end

--- One walk.
-- @treturn {table,...} path: `label`, `budget` each, and of its last step `broken`; nil as well where it never ends
-- @treturn number which of the world's starts
function walker:walk()
  if not self.system or #self.system.store.values > FULL then
    self.system = fresh(self)
  end
  local starts = self.system:starts()
  local start = self.random:between(1, #starts)
  local s, path = starts[start], {}
  for n = 1, MANY + MORE do
    local budget = budget_of(self, n)
    local list, over = next_steps(self.system, s, budget)
    if over and #list == 0 then
      path[#path].broken = select(2, explorer.outcome(self.system, s))
      return path, start
    end
    local chosen = choose(self, list, budget, n)
    path[#path + 1] = { label = chosen.label, budget = budget, broken = chosen.broken }
    if chosen.broken then
      return path, start
    end
    s = chosen.state
  end
  path[#path].broken = "5: it never ends"
  return path, start
end

-- Walks a path again, without the steps that cannot be taken any more: the invariant that breaks, and the steps that were taken.
local function again(system, start, path)
  local s, taken = system:starts()[start], {}
  for _, step in ipairs(path) do
    local found = next_steps(system, s, step.budget)[step.label]
    if found then
      taken[#taken + 1], s = step, found.state
      if found.broken then
        return found.broken, taken
      end
    end
  end
  return system:is_over(s) and select(2, explorer.outcome(system, s)) or nil, taken
end

--- The shortest path that breaks the same invariant, by leaving out steps.
-- @treturn {string,...} labels
function walker:shrunk(path, start)
  local wanted, best, n = path[#path].broken, path, 1
  while best[n] do
    local shorter = {}
    for i, step in ipairs(best) do
      shorter[#shorter + 1] = i ~= n and step or nil
    end
    local broken, taken = again(self.system, start, shorter)
    if broken == wanted then
      best, n = taken, 1
    else
      n = n + 1
    end
  end
  local labels = {}
  for i, step in ipairs(best) do
    labels[i] = step.label
  end
  return labels
end

local function labels_of(list)
  local labels = {}
  for i, step in ipairs(list) do
    labels[i] = step.label .. (step.broken or "")
  end
  table.sort(labels)
  return table.concat(labels, "\n")
end

-- Codes of failures are among what is left out.
local function verdicts_of(system, s)
  return (explorer.outcome(system, s):gsub(" [^,]*", ""))
end

--- Walks a path with all that the code holds, beside the same path with what the search keeps.
-- @treturn ?string where the two differ
function walker:compared(path, start)
  local exact = fresh(self, true)
  local one, other = self.system:starts()[start], exact:starts()[start]
  for n, step in ipairs(path) do
    local kept, all = next_steps(self.system, one, step.budget), next_steps(exact, other, step.budget)
    if labels_of(kept) ~= labels_of(all) then
      return ("step %d, %s: %s\nand not %s"):format(n, step.label, labels_of(kept), labels_of(all))
    end
    one, other = kept[step.label].state, all[step.label].state
  end
  local kept, all = verdicts_of(self.system, one), verdicts_of(exact, other)
  if kept ~= all then
    return "it comes to " .. kept .. ", and not to " .. all
  end
end

return walker
