-- SPDX-License-Identifier: MIT
-- Some people or systems of a plan, of a journal, of a list: nothing is done, asked or called done that was not asked for, and the rest can
-- be done later.

local history = require "signoff.offboard.report.history"
local json = require "signoff.json"
local leaver = require "spec.support.leaver"
local offboarding = require "spec.support.offboarding"
local operator = require "spec.support.operator"
local peer = require "spec.support.peer"
local simulated = require "spec.support.simulated"

local simulator = simulated.simulator

before_each(operator.fresh)
after_each(operator.clean)

local function expect(status, words, more)
  local got, out, err = operator.run(words, more)
  assert(got == status, ("status %s instead of %d for: %s\n%s%s"):format(tostring(got), status, words, out, err))
  return out, err
end

local function has(text, ...)
  for _, words in ipairs { ... } do
    assert(text:find(words, 1, true), ("no %q in:\n%s"):format(words, text))
  end
end

local PEOPLE = { "ana.silva", "ben.okafor", "carla.rossi", "liam.byrne" }
local CHANGES = { logout = true, set_status = true }

-- The people whose targets were asked for a change, or for anything at all.
local function touched(any)
  local seen = {}
  for _, entry in ipairs(simulator.journal { limit = 10000 }) do
    for _, target in ipairs((any or CHANGES[entry.operation]) and entry.targets or {}) do
      seen[#seen + 1] = entry.system .. " " .. target
    end
  end
  return table.concat(seen, "\n")
end

local function planned()
  operator.list("list.csv", (table.unpack or unpack)(PEOPLE)) -- luacheck: ignore 143
  expect(0, "plan list.csv --out plan")
  simulator.forget()
end

local function rows_of(text)
  local list = {}
  for _, row in ipairs(assert(json.decode(text)).results) do
    list[#list + 1] = ("%s %s %s"):format(row.person, row.system, row.verdict)
  end
  table.sort(list)
  return list
end

local apply = "apply plan --people list.csv --yes --journal "

describe("apply of a part", function()
  -- Options; verdicts of the part; how much is left out.
  local rows = {
    { "--person ana.silva", { "ana.silva agvance ended", "ana.silva cisco_em ended", "ana.silva isymphony status_set",
      "ana.silva jde_ais ended", "ana.silva oracle_commerce ended" }, { people = 3, targets = 10 } },
    { "--person ' ana.silva ' --only cisco_em", { "ana.silva cisco_em ended" }, { people = 3, targets = 14 } },
    { "--only cisco_em", { "ana.silva cisco_em ended", "ben.okafor cisco_em ended", "carla.rossi cisco_em ended" }, { people = 1, targets = 12 } },
    { "--person ana.silva --person ben.okafor --only jde_ais --only cisco_em", { "ana.silva cisco_em ended", "ana.silva jde_ais ended",
      "ben.okafor cisco_em ended", "ben.okafor jde_ais ended" }, { people = 2, targets = 11 } },
  }
  for _, row in ipairs(rows) do
    it(("does that alone, says what is left out, and is resumed as that alone: %s"):format(row[1]), function()
      planned()
      local out = expect(0, apply .. "one --json " .. row[1])
      assert.same(row[2], rows_of(out))
      local part = json.decode(out).part
      assert.same(row[3], part.left_out)
      local journal = history.read(operator.path "one")
      assert.equal(#row[2], #journal.results)
      assert.same(part, journal.part)
      local text = expect(0, "report one")
      has(text, ("left out of the plan: %d targets of %d more "):format(row[3].targets, row[3].people))
      local changes = operator.changes()
      assert.same(row[2], rows_of((expect(0, "resume one --json --people list.csv"))))
      assert.equal(changes, operator.changes())
    end)
  end

  it("leaves everybody else untouched, and unasked", function()
    planned()
    expect(0, apply .. "one --person ana.silva")
    for _, other in ipairs { "ben", "carla", "liam", "SEP001122334402", "SEP001122334403", "AGV-7F31-0002" } do
      assert.is_nil(touched(true):find(other, 1, true), touched(true))
    end
    assert.equal("ben.okafor", simulated.row("cisco_em", "devices", "name", "SEP001122334402").user)
  end)

  it("and of the rest: all are out, each was asked once", function()
    planned()
    expect(0, apply .. "one --person ana.silva --person liam.byrne")
    expect(0, apply .. "two --person ben.okafor --person carla.rossi")
    local seen = {}
    for line in touched():gmatch "[^\n]+" do
      assert.is_nil(seen[line], line)
      seen[line] = true
    end
    assert.equal(nil, simulated.row("cisco_em", "devices", "name", "SEP001122334402").user)
  end)

  it("and of all of the plan: who was done is not called done by this run", function()
    planned()
    expect(0, apply .. "one --person ana.silva")
    local result = json.decode((expect(3, apply .. "two --json")))
    for _, row in ipairs(result.results) do
      local tokens = row.system == "jde_ais" or row.system == "oracle_commerce"
      local wanted = row.system == "isymphony" and "status_set" or tokens and "unknown" or "already_out"
      if row.person == "ana.silva" then
        assert.equal(wanted, row.verdict, row.system)
      else
        assert.equal(row.system == "isymphony" and "status_set" or "ended", row.verdict, row.person .. row.system)
      end
    end
    assert.is_nil(result.part)
  end)

  it("is shown without --yes, with the command that does it", function()
    planned()
    local out, err = expect(0, "apply plan --people list.csv --journal one --person ana.silva --only cisco_em")
    has(err, "--person ana.silva --only cisco_em", "--yes")
    has(out, "Of this plan alone: person ana.silva; system cisco_em; left out of the plan: 14 targets of 3 more people", "In all 1 target",
      "sign out 1 target with 1 request;")
    assert.is_nil(out:find("ben.okafor", 1, true))
    assert.equal(0, operator.changes())
  end)

  it("lists with --failed those alone who were asked for", function()
    planned()
    simulator.faults { { system = "cisco_em", operation = "logout", fault = "still_there" } }
    expect(1, apply .. "one --person ana.silva --deadline 2 --failed failed.csv")
    has(operator.read "failed.csv", "ana.silva")
    assert.is_nil(operator.read("failed.csv"):find("ben", 1, true))
  end)

  for words, message in pairs {
    ["--person ana.silv"] = "there is no person 'ana.silv'", ["--person Ana.Silva"] = "did you mean 'ana.silva'?",
    ["--person ana.silva --person nobody"] = "there is no person 'nobody'", ["--only phones"] = "there is no system 'phones'",
    ["--person liam.byrne --only cisco_em"] = "nothing in it is of person liam.byrne; system cisco_em",
    ["--person ''"] = "names nothing",
  } do
    it("sends nothing where a name is wrong: " .. words, function()
      planned()
      local _, err = expect(2, apply .. "one " .. words)
      has(err, message)
      assert.equal(0, operator.changes())
      assert.is_nil(operator.read "one")
    end)
  end

  it("keeps what the plan does not reach of its people", function()
    operator.write("list.csv", "person,cisco_em\nana.silva,SEP001122334401\nben.okafor,\n")
    expect(0, "plan list.csv --out plan --ignore isymphony --ignore agvance --ignore oracle_commerce --ignore jde_ais")
    expect(0, apply .. "one --person ana.silva")
    local result = json.decode((expect(3, apply .. "two --person ben.okafor --json")))
    assert.equal("ben.okafor", result.gaps[1].person)
  end)
end)

describe("a part's items", function()
  it("keep their numbers, and what they are found to be gets others", function()
    leaver.arrive()
    simulator.add { cisco_em = { devices = { { name = "SEPTWO", user = "t.wo" }, { name = "SEPTHREE", user = "t.wo" } }, users = { { name = "t.wo" } } } }
    local systems = { cisco_em = offboarding.entry("cisco_em", { per_minute = false }) }
    local list = { offboarding.leaver "cisco_em", { person = "t.wo", cisco_em = "user:t.wo" } }
    local file = peer.directory() .. "/journal"
    local result = assert(offboarding.apply(systems, list, { journal = file, person = "t.wo" }))
    local function items(of)
      local numbers = {}
      for i, row in ipairs(of.results) do
        numbers[i] = ("%d %s %s"):format(row.item, row.person, row.verdict)
      end
      return numbers
    end
    assert.same({ "3 t.wo ended", "4 t.wo ended" }, items(result))
    assert.same(items(result), items(history.read(file)))
    assert.same(items(result), items(assert(offboarding.resume(file, systems))))
  end)
end)

describe("resume of a part", function()
  -- Everybody of the list, Extension Mobility stopped before its first change.
  local function stopped()
    planned()
    simulator.faults { { system = "cisco_em", operation = "logout", fault = "code", code = 3 } }
    expect(4, apply .. "one")
    simulator.clear_faults()
    simulator.forget()
  end

  it("goes on with that alone; the journal stays open, and the rest is done later", function()
    stopped()
    local out, err = expect(5, "resume one --people list.csv --person ben.okafor --only cisco_em")
    has(out, "Shown alone: person ben.okafor; system cisco_em", "1 person, 1 target, ", ": 1 ended")
    has(err, "To go on: signoff-offboard resume one --people list.csv --settle 0.2\n")
    assert.equal("cisco_em SEP001122334402", touched())
    assert.equal("ana.silva", simulated.row("cisco_em", "devices", "name", "SEP001122334401").user)
    local all = history.read(operator.path "one")
    assert.equal(5, all.exit)
    assert.equal(2, all.totals.pending + all.totals.begun)
    expect(0, "resume one --people list.csv")
    assert.is_nil(simulated.row("cisco_em", "devices", "name", "SEP001122334401").user)
  end)

  it("refuses a name that the run does not have, and leaves the journal as it is", function()
    stopped()
    local before = operator.read "one"
    for _, words in ipairs { "--person nobody", "--only phones", "--person liam.byrne --only cisco_em" } do
      expect(2, "resume one --people list.csv " .. words)
    end
    assert.equal("", touched())
    assert.equal(before, operator.read "one")
  end)

  it("leaves alone the targets of others that were begun", function()
    leaver.arrive()
    simulator.add { cisco_em = { devices = { { name = "SEPTWO", user = "t.wo" } }, users = { { name = "t.wo" } } } }
    local systems = { cisco_em = offboarding.entry("cisco_em", { per_minute = false, concurrency = 1 }) }
    local list = { offboarding.leaver "cisco_em", { person = "t.wo", cisco_em = "SEPTWO" } }
    local file = peer.directory() .. "/journal"
    offboarding.crash(offboarding.apply, systems, list, { journal = file })
    local begun = history.read(file)
    assert.same({ "begun", "pending" }, offboarding.verdicts(begun))
    simulator.forget()
    local result = assert(offboarding.resume(file, systems, { person = "t.wo" }))
    assert.same({ "begun", "ended" }, offboarding.verdicts(result))
    assert.equal(5, result.exit)
    for line in touched(true):gmatch "[^\n]+" do
      assert.equal("cisco_em SEPTWO", line)
    end
    result = assert(offboarding.resume(file, systems))
    assert.same({ "ended", "ended" }, offboarding.verdicts(result))
    assert.equal(0, result.exit)
  end)
end)

describe("status of a part", function()
  it("asks about it alone", function()
    planned()
    local rows = json.decode((expect(0, "status list.csv --json --person ana.silva --person ben.okafor --only cisco_em --only isymphony")))
    local found = {}
    for i, row in ipairs(rows) do
      found[i] = ("%s %s %s"):format(row.person, row.system, row.state)
    end
    table.sort(found)
    assert.same({ "ana.silva cisco_em in", "ana.silva isymphony in", "ben.okafor cisco_em in", "ben.okafor isymphony out" }, found)
    for _, system in ipairs { "agvance", "jde_ais", "oracle_commerce" } do
      assert.equal("", simulated.heard(system))
    end
    assert.is_nil(touched(true):find("SEP001122334403", 1, true))
  end)

  it("is empty where the person is not on that system, and refuses unknown names", function()
    planned()
    assert.same({}, json.decode((expect(0, "status list.csv --json --person liam.byrne --only cisco_em"))))
    local _, err = expect(2, "status list.csv --person nobody")
    has(err, "list.csv: there is no person 'nobody'")
    _, err = expect(2, "status list.csv --only phones")
    has(err, "there is no system 'phones'")
  end)

  it("finds tokens of its people", function()
    planned()
    local rows = json.decode((expect(0, "status list.csv --json --person ana.silva --only jde_ais")))
    assert.equal("in", rows[1].state)
    assert.equal(1, #rows)
  end)
end)

describe("report of a part", function()
  it("has the rows, totals and list of that alone", function()
    planned()
    simulator.faults { { system = "cisco_em", operation = "logout", fault = "still_there" } }
    expect(1, apply .. "one --deadline 2")
    simulator.clear_faults()
    local out = expect(0, "report one --person ana.silva --failed failed.csv --people list.csv")
    has(out, "Shown alone: person ana.silva", "1 person, 5 targets")
    assert.is_nil(out:find("ben.okafor", 1, true))
    assert.is_nil(operator.read("failed.csv"):find("ben.okafor", 1, true))
    assert.equal(5, #json.decode((expect(0, "report one --json --person ana.silva"))).results)
    assert.equal(3, select(2, expect(0, "report one --format csv --only cisco_em"):gsub(",cisco_em,", "")))
  end)
end)
