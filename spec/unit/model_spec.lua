-- SPDX-License-Identifier: MIT
-- The rules of proof, checked by a model: all that may happen to one target (two rows of one phone, the phones or keys of somebody
-- named) in small worlds, against the truth. Which worlds, what the adversary may do and what must hold stands in
-- spec/support/model. In full it takes about a minute on Lua 5.4; the other interpreters see a smaller budget of the adversary.

local model = require "spec.support.model"
local mutants = require "spec.support.model.mutants"
local rules = require "spec.support.model.rules"
local sieve = require "spec.support.model.sieve"
local sorted_names = require "spec.support.sorted_names"
local steps = require "spec.support.model.steps"

local FULL = _VERSION == "Lua 5.4" and os.getenv "MODEL" ~= "short"
local SHORT = { moves = 1, bad = 0, crashes = 0 }
-- Every so many of the mutants made by machine are tried here; `make check-model` tries them all.
local SHARE = 12

local modules = {}
for _, name in ipairs(mutants.files) do
  modules[name] = require("signoff.signout." .. name)
end

local function say(...)
  io.write(("  " .. string.format(...)):gsub("%s+$", ""), "\n")
end

local function add_up(sums, counts)
  for name, count in pairs(counts) do
    sums[name] = (sums[name] or 0) + count
  end
end

-- The kinds of replies of a world that never came.
local function missing_replies(world, counts)
  local missed = {}
  for what, kinds in pairs { look = world.reads, act = not world.targets[1].watches and world.changes or {} } do
    for _, kind in ipairs(kinds) do
      local name = what .. ": " .. kind.name
      if not counts[name] and (world.budget.bad > 0 or not kind.bad) then
        missed[#missed + 1] = name
      end
    end
  end
  return missed
end

describe("the model", function()
  local taken, replies, total = {}, {}, { states = 0, transitions = 0, deepest = 0 }

  for _, world in ipairs(model.worlds) do
    it(world.name .. ": comes to what it must where nobody interferes", function()
      assert.is_nil(model.calm(world, modules))
    end)

    it(world.name .. ": no rule is broken, whatever happens", function()
      local found = model.explore(world, modules, not FULL and SHORT or nil)
      assert.is_nil(found.broken and model.told(found.broken))
      add_up(taken, found.steps)
      add_up(replies, found.replies)
      total.states, total.transitions = total.states + found.count, total.transitions + found.transitions
      total.deepest = math.max(total.deepest, found.deepest)
      if FULL then
        say("%-58s %8d states %9d transitions, deepest %d", world.name, found.count, found.transitions, found.deepest)
        assert.are.same({}, missing_replies(world, found.replies))
      end
    end)
  end

  if not FULL then
    return
  end

  it("took every transition, and no other one", function()
    say("%-58s %8d states %9d transitions, deepest %d", "all worlds", total.states, total.transitions, total.deepest)
    for _, name in ipairs(sorted_names(taken)) do
      say("%-58s %9d times", name, taken[name])
    end
    assert.are.same(steps, sorted_names(taken))
  end)

  it("gave every kind of reply", function()
    for _, name in ipairs(sorted_names(replies)) do
      say("%-58s %9d times", name, replies[name])
    end
  end)

  local bitten = {}

  for _, mutant in ipairs(rules.mutants()) do
    it(("tells what comes without rule %s: %s"):format(mutant.rule, mutant.name), function()
      local found = model.explore(model.worlds[mutant.world], assert(mutants.load(mutant.texts)), mutant.budget)
      assert.is_table(found.broken)
      bitten[mutant.rule] = (bitten[mutant.rule] or 0) + 1
      say("%s %-48s %2d steps: %s", mutant.rule, mutant.name, #found.broken.trace, found.broken.rule)
    end)
  end

  it("knows where each rule stands, and what carries those that it does not", function()
    for _, rule in ipairs(rules.names) do
      local mentions, elsewhere = rules.mentions(rule), rules.carried_elsewhere[rule]
      say("%s %s", rule, elsewhere or table.concat(mentions, " "))
      assert.is_true(elsewhere ~= nil or (#mentions > 0 and (bitten[rule] or 0) > 0), rule .. " is nowhere, or its mutant was not caught")
    end
  end)

  -- Those of verdict.lua are told by rows: it is a table.
  it("tells mutants that are made by machine", function()
    local tried, caught = 0, 0
    for i, mutant in ipairs(mutants.all()) do
      if mutant.file ~= "verdict" and i % SHARE == 0 then
        local how = sieve.world(mutant.texts, 1)
        tried, caught = tried + 1, caught + (how and 1 or 0)
        assert.is_truthy(how or sieve.row(mutant), mutant.name)
      end
    end
    say("%d of %d mutants made by machine are caught by the model, the others by rows of spec/unit", caught, tried)
    assert.is_true(tried >= 20 and caught > 0)
  end)
end)
