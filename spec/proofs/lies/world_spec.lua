-- SPDX-License-Identifier: MIT
-- The made worlds of make check-lies: the same from the same number, and all that can be drawn is drawn.

local json = require "signoff.json"
local rules = require "spec.support.model.rules"
local simulated = require "spec.support.simulated"
local switched_off = require "spec.proofs.lies.switched_off"
local world = require "spec.proofs.lies.world"

-- Every mark and fault of the simulator that a world may draw.
local FAULTS = {
  "spoiled", "spelled", "gateway", "status", "close", "cut", "chunked", "slow", "still_there", "reborn", "code", "count_short", "result_false",
  "wrong_device", "status_ignored", "age", "warning", "x_cache", "old_date", "status_203", "error_beside", "doubled", "userless", "nameless",
  "two_users", "person_beside", "keyless", "key_blank", "key_number", "two_keys", "count", "other_login",
}

describe("a made world", function()
  teardown(simulated.reset)

  it("is the same from the same number", function()
    for seed = 1, 200 do
      assert.equal(json.encode(world.new(seed)), json.encode(world.new(seed)))
    end
    assert.not_equal(json.encode(world.new(1)), json.encode(world.new(2)))
  end)

  it("draws every way, system, move, fault and mark", function()
    local drawn = {}
    for seed = 1, 3000 do
      local case = world.new(seed)
      drawn[case.way], drawn[case.honest and "honest" or "adverse"] = true, true
      for system in pairs(case.state) do
        drawn[system] = true
      end
      for _, fault in ipairs(case.faults) do
        drawn[fault.fault], drawn[fault.how or ""] = true, true
      end
      for _, move in ipairs(case.moves) do
        drawn[move.at and "at a moment" or move.when], drawn[move.requires and "requires" or ""] = true, true
      end
    end
    for _, list in ipairs { FAULTS, world.ways, { "honest", "adverse", "at a moment", "before", "after", "requires" } } do
      for _, name in ipairs(list) do
        assert.is_true(drawn[name], name)
      end
    end
    for system in pairs(world.systems) do
      assert.is_true(drawn[system], system)
    end
  end)

  it("can be run without each rule", function()
    local without = {}
    for _, row in ipairs(switched_off.list()) do
      without[row.rule] = true
      for name, text in pairs(row.texts) do
        assert((loadstring or load)(text, name)) -- luacheck: ignore 113 (5.1 has it)
      end
    end
    for _, rule in ipairs(rules.names) do
      assert.is_true(without[rule], rule)
    end
  end)

  it("is one that the simulator takes", function()
    for seed = 1, 150 do
      local case = world.new(seed)
      simulated.simulator.world { people = case.state, faults = case.faults, moves = case.moves, truth = { enabled = true } }
    end
  end)
end)
