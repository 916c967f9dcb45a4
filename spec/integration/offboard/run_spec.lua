-- SPDX-License-Identifier: MIT
-- The functions that scripts call, in real time: on the loop that a run makes itself, and in a loop of the script's.

local core = require "signoff.core"
local leaver = require "spec.support.leaver"
local offboard = require "signoff.offboard"
local offboarding = require "spec.support.offboarding"
local peer = require "spec.support.peer"
local signoff = require "signoff"
local simulated = require "spec.support.simulated"
local sorted_names = require "spec.support.sorted_names"

local simulator = simulated.simulator
local quick = { settle = 0.2, schedule = { 0.05, 0.1 }, deadline = 3 }

local function options(more)
  local made = {}
  for _, source in ipairs { quick, more or {} } do
    for name, value in pairs(source) do
      made[name] = value
    end
  end
  return made
end

local everywhere = sorted_names(offboarding.cells)

local function systems(names)
  local made = {}
  for _, kind in ipairs(names or everywhere) do
    made[kind] = offboarding.entry(kind)
  end
  return made
end

local function everyone()
  return offboarding.leaver((table.unpack or unpack)(everywhere)) -- luacheck: ignore 143
end

describe("offboard", function()
  before_each(leaver.arrive)
  teardown(peer.stop_all)

  it("signs one person out of everything, in memory", function()
    local rows = {}
    local result = assert(offboard.run(systems(), everyone(), options { on_result = function(row) rows[#rows + 1] = row end }))
    assert.are.same({ 4, 1, 0 }, { result.totals.ended, result.totals.status_set, result.exit })
    assert.are.equal(5, #rows)
    for _, system in ipairs(leaver.names) do
      assert.is_false(leaver.systems[system].here())
    end
    assert.is_nil(simulated.leak(result, leaver.secrets))
  end)

  it("lets other tasks of a loop run", function()
    local counted, result = 0, nil
    signoff.loop(function(loop)
      local task = loop:spawn(function()
        return offboard.run(systems(), everyone(), options())
      end)
      local other = loop:spawn(function()
        while not result do
          counted = counted + 1
          loop:sleep(0.01)
        end
      end)
      result = task:join()
      other:join()
    end)
    assert.are.equal(0, result.exit)
    assert.is_true(counted > 5, counted .. " times")
  end)

  it("plans, saves, loads, applies, resumes, checks", function()
    local directory, people = peer.directory(), { everyone() }
    local plan = assert(offboard.plan(systems(), people, { operator = "night", ticket = "T-1" }))
    assert(plan:save(directory .. "/plan"))
    local journal = directory .. "/journal"
    local result = assert(offboard.apply(assert(offboard.load(directory .. "/plan")), systems(), options { people = people, journal = journal }))
    assert.are.same({ 0, "night", "T-1", plan.digest }, { result.exit, result.operator, result.ticket, result.plan_digest })
    assert.are.equal(result.journal_head, assert(offboard.check(journal)).head)
    local again = assert(offboard.resume(journal, systems(), { people = people }))
    assert.are.same(result.totals, again.totals)
    assert.are.equal("status_set", assert(offboard.undo(journal, systems(), options())).results[1].verdict)
  end)

  it("refuses a plan for other systems", function()
    local plan = assert(offboard.plan(systems { "agvance" }, { offboarding.leaver "agvance" }))
    local result, message = offboard.apply(plan, systems { "cisco_em" }, { journal = false })
    assert.is_nil(result)
    assert.is_truthy(message:find("other systems", 1, true), message)
  end)

  it("asks for tokens again, which no plan holds", function()
    local plan = assert(offboard.plan(systems { "jde_ais" }, { offboarding.leaver "jde_ais" }))
    local result, message = offboard.apply(plan, systems { "jde_ais" }, { journal = false })
    assert.is_nil(result)
    assert.is_truthy(message:find("'people'", 1, true), message)
    assert.are.equal(0, leaver.changes "jde_ais")
  end)

  it("closes its journal where a function of the script's fails", function()
    local journal, people = peer.directory() .. "/journal", { offboarding.leaver "jde_ais" }
    local plan = assert(offboard.plan(systems { "jde_ais" }, people))
    local fine, message = pcall(offboard.apply, plan, systems { "jde_ais" }, options {
      people = people, journal = journal, on_result = function() error "the script is wrong" end,
    })
    assert.is_false(fine)
    assert.is_truthy(tostring(message):find("the script is wrong", 1, true))
    local result = assert(offboard.resume(journal, systems { "jde_ais" }, { people = people }))
    assert.are.same({ "ended" }, offboarding.verdicts(result))
    assert.are.equal(1, leaver.changes "jde_ais")
  end)

  it("ends soon after the time that signoff.deadline gave, and calls nothing done", function()
    simulator.faults { { system = "jde_ais", operation = "validate", fault = "stall", seconds = 1 } }
    local began = core.now()
    local result = assert(signoff.deadline(0.5, offboard.run, systems { "jde_ais" }, offboarding.leaver "jde_ais", options { deadline = 60 }))
    assert.is_true(core.now() - began < 10)
    assert.are.same({ "pending" }, offboarding.verdicts(result))
    assert.are.same({ 5, "guard" }, { result.exit, result.stops[1].code })
    assert.is_truthy(result.message:find("signoff.deadline", 1, true), result.message)
  end)

  it("refuses a person that is none", function()
    for _, person in ipairs { {}, { person = 7 }, "lea.ver" } do
      assert.is_false((pcall(offboard.run, systems(), person)))
    end
    assert.are.equal(0, #simulator.journal {})
  end)
end)
