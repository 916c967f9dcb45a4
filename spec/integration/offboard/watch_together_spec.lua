-- SPDX-License-Identifier: MIT
-- Persons whose events come in one reading of the inbox: they are planned together, and each has a run of its own, as if alone.

local core = require "signoff.core"
local inboxes = require "spec.support.inboxes"
local json = require "signoff.json"
local offboard = require "signoff.offboard"
local offboarding = require "spec.support.offboarding"
local operator = require "spec.support.operator"
local part = require "signoff.offboard.part"
local peer = require "spec.support.peer"
local simulated = require "spec.support.simulated"
local Systems = require "signoff.offboard.systems"

local PERSONS = { "ana.silva", "ben.okafor", "carla.rossi", "david.kim", "farid.haddad", "greta.lund" }

before_each(operator.fresh)
after_each(operator.clean)

local function receive(persons)
  peer.output_of(("mkdir -m 700 %s"):format(operator.path "inbox"))
  local inbox = assert(inboxes.open(operator.path "inbox"))
  for number, person in ipairs(persons) do
    assert.equal("added", inbox:add(inboxes.event(number, { person = person, at = core.time(), event = "account-disabled" })))
  end
  inbox:close()
end

local function once(more)
  local code, output, messages = operator.run("watch inbox --once --json --people leavers.csv --settle 0.2 --merge 1s", more)
  return code, json.decode(output), messages
end

-- The rows of a list as a script gives them: cells by column.
local function rows_of(text)
  local head, rows = {}, {}
  for line in text:gmatch "[^\n]+" do
    local row, n = {}, 0
    for cell in (line .. ","):gmatch "([^,]*)," do
      n = n + 1
      row[head[n] or n] = cell
    end
    head = #head > 0 and head or row
    rows[row.person or 0] = row
  end
  return rows
end

-- A plan without its moment, its digest and what is only of the whole.
local function described(plan)
  local made = {}
  for name, value in pairs(plan) do
    made[name] = value
  end
  made.created, made.digest = nil, nil
  return json.encode(made)
end

describe("persons whose events come together", function()
  it("have the plans that they would have alone", function()
    local systems, rows, chosen = {}, rows_of(operator.read "leavers.csv"), {}
    for _, kind in ipairs(simulated.systems) do
      systems[kind] = offboarding.entry(kind)
    end
    for i, person in ipairs(PERSONS) do
      chosen[i] = rows[person]
    end
    local options = { protect = { "david.kim" }, operator = "night", ticket = "CHG-1" }
    local plans = part.of_each(assert(offboard.plan(systems, chosen, options)), Systems.check(systems))
    for _, person in ipairs(PERSONS) do
      local alone = assert(offboard.plan(systems, { rows[person] }, options))
      assert(#alone.items > 0, person)
      assert.equal(described(alone), described(plans[person]))
      assert.equal(#alone.digest, #plans[person].digest)
    end
  end)

  it("have a plan where they have no target at all", function()
    local systems = { agvance = offboarding.entry "agvance" }
    local plan = assert(offboard.plan(systems, { { person = "a", agvance = "" }, { person = "b", agvance = "AGV-7F31-0001" } }))
    local plans = part.of_each(plan, Systems.check(systems))
    assert.same({ 0, "no_targets", 1 }, { #plans.a.items, plans.a.gaps[1].code, #plans.b.items })
    assert.is_nil(plans.b.gaps)
  end)

  it("are asked about at once, and have a run each", function()
    receive(PERSONS)
    local code, document, messages = once()
    assert.same({ 0, #PERSONS }, { code, #document.runs }, messages)
    for i, run in ipairs(document.runs) do
      assert.equal("over", run.state, PERSONS[i])
      assert(run.totals)
    end
    local first = simulated.simulator.journal { system = "cisco_em", operation = "query_devices" }[1]
    assert.equal(5, select(2, first.body:gsub("SEP%d+", ""))) -- the phones of all
  end)

  it("wait together where a system refuses our account, which is said to it once", function()
    receive { "ana.silva", "ben.okafor", "hugo.martin" }
    local code, document = once "export CISCO_EM_APP_CERTIFICATE=wrong"
    assert.same({ 4, 0, 3, 0 }, { code, #document.runs, #document.troubles, operator.changes() })
    assert.equal(1, #simulated.journal "cisco_em")
    code, document = once()
    assert.same({ 0, 3 }, { code, #document.runs })
  end)

  it("do not wait for one who is not in the list", function()
    receive { "nobody.known", "ben.okafor" }
    local _, document = once()
    local states = {}
    for _, run in ipairs(document.runs) do
      states[run.person] = run.state
    end
    assert.same({ ["nobody.known"] = "unknown_subject", ["ben.okafor"] = "over" }, states)
  end)
end)
