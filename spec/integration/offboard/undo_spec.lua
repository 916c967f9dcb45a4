-- SPDX-License-Identifier: MIT
-- Taking back what a run set: only that, only where it still is, and to what it was.

local leaver = require "spec.support.leaver"
local offboard = require "signoff.offboard"
local offboarding = require "spec.support.offboarding"
local peer = require "spec.support.peer"
local simulated = require "spec.support.simulated"

local simulator = simulated.simulator

local BEFORE = { name = "Meeting", type = "xa", note = "until three", return_time = 1757100000000 }

local function status_of(name)
  return simulated.row("isymphony", "users", "user_name", name).status
end

local function systems()
  return { isymphony = offboarding.entry "isymphony" }
end

local function set(names)
  local path, people, users = peer.directory() .. "/journal", {}, {}
  for i, name in ipairs(names) do
    users[i], people[i] = { user_name = name, status = BEFORE }, { person = name, isymphony = name }
  end
  simulator.add { isymphony = { users = users } }
  local result = assert(offboarding.apply(systems(), people, { journal = path }))
  assert.are.equal(0, result.exit)
  simulator.forget()
  return path
end

describe("offboard.undo", function()
  before_each(leaver.arrive)
  teardown(peer.stop_all)

  it("makes statuses what they were, and reads them back", function()
    local path = set { "lea.ver", "t.wo" }
    assert.are.equal("Gone home", status_of("t.wo").name)
    local result = assert(offboarding.undo(path, systems()))
    assert.are.same({ "status_set", "status_set" }, offboarding.verdicts(result))
    assert.are.equal(0, result.exit)
    local found = status_of "lea.ver"
    assert.are.same({ BEFORE.name, BEFORE.type, BEFORE.note, BEFORE.return_time }, { found.name, found.type, found.note, found.return_time })
  end)

  it("sets nothing twice", function()
    local path = set { "lea.ver" }
    offboarding.undo(path, systems())
    simulator.forget()
    assert.are.same({ "status_set" }, offboarding.verdicts(offboarding.undo(path, systems())))
    assert.are.equal(0, #simulated.journal("isymphony", "set_status"))
  end)

  it("leaves what somebody changed since", function()
    local path = set { "lea.ver" }
    simulator.add { isymphony = { users = { { user_name = "lea.ver", status = { name = "Back", type = "available" } } } } }
    local result = assert(offboarding.undo(path, systems()))
    assert.are.same({ "skipped", "changed", 3 }, { result.results[1].verdict, result.results[1].code, result.exit })
    assert.are.equal("Back", status_of("lea.ver").name)
  end)

  it("does not touch what was so already when the run came", function()
    simulator.add { isymphony = { users = { { user_name = "lea.ver", status = offboarding.GONE } } } }
    local path = peer.directory() .. "/journal"
    offboarding.apply(systems(), { offboarding.leaver "isymphony" }, { journal = path })
    local result = assert(offboarding.undo(path, systems()))
    assert.are.equal(0, #result.results)
    assert.are.equal("Gone home", status_of("lea.ver").name)
  end)

  it("says what it could not take back", function()
    local path = set { "lea.ver" }
    simulator.faults { { system = "isymphony", operation = "set_status", fault = "status_ignored" } }
    local result = assert(offboarding.undo(path, systems()))
    assert.are.same({ "failed", 1 }, { result.results[1].verdict, result.exit })
  end)

  it("knows the previous status after a run that was gone on with", function()
    local path, people = peer.directory() .. "/journal", { offboarding.leaver "isymphony" }
    simulator.add { isymphony = { users = { { user_name = "lea.ver", status = BEFORE } } } }
    offboarding.crash(offboarding.apply, systems(), people, { journal = path })
    assert.are.equal("status_set", assert(offboarding.resume(path, systems())).results[1].verdict)
    assert.are.same({ "status_set" }, offboarding.verdicts(assert(offboarding.undo(path, systems()))))
    assert.are.equal(BEFORE.name, status_of("lea.ver").name)
  end)

  it("takes back the status that was approved, whatever the systems say by now", function()
    local path, list = peer.directory() .. "/journal", { { person = "lea.ver", isymphony = "lea.ver" } }
    simulator.add { isymphony = { users = { { user_name = "lea.ver", status = BEFORE } } } }
    local plan = assert(offboard.plan(systems(), list))
    local others = { isymphony = offboarding.entry("isymphony", { status = { name = "Do not disturb", type = "dnd" } }) }
    assert.are.same({ "status_set" }, offboarding.verdicts(assert(offboard.apply(plan, others, { journal = path }))))
    assert.are.equal("Gone home", status_of("lea.ver").name)
    assert.are.same({ "status_set" }, offboarding.verdicts(assert(offboarding.undo(path, others))))
    assert.are.equal(BEFORE.name, status_of("lea.ver").name)
  end)

  it("keeps a journal of its own where one is wanted", function()
    local path = set { "lea.ver" }
    local own = peer.directory() .. "/undo"
    local result = assert(offboarding.undo(path, systems(), { journal = own }))
    assert.are.equal("status_set", result.results[1].verdict)
    assert.are.equal(result.journal_head, assert(require("signoff.journal").check(own)).head)
    assert.are.equal(path, result.undo_of)
    assert.is_truthy(assert(offboard.report(own)):find("undoes    " .. path, 1, true))
  end)

  it("refuses other systems, and what is no journal", function()
    local path = set { "lea.ver" }
    local result, message = offboarding.undo(path, { agvance = offboarding.entry "agvance" })
    assert.is_nil(result)
    assert.is_truthy(message:find("no system here", 1, true), message)
    result, message = offboarding.undo(path .. ".not", systems())
    assert.is_nil(result)
    assert.is_truthy(message:find(path .. ".not", 1, true), message)
  end)
end)
