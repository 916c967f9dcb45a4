-- SPDX-License-Identifier: MIT
-- Lists, options and systems by which a run once ended with exit status 0 while somebody was in: each example, with what it
-- comes to.

local history = require "signoff.offboard.report.history"
local leaver = require "spec.support.leaver"
local loop = require "signoff.loop"
local offboarding = require "spec.support.offboarding"
local operator = require "spec.support.operator"
local peer = require "spec.support.peer"
local planning = require "signoff.offboard.plan.plan"
local report_csv = require "signoff.offboard.report.csv"
local signoff = require "signoff"
local simulated = require "spec.support.simulated"
local site = require "spec.support.site"
local targets = require "signoff.offboard.people.target"

local simulator = simulated.simulator
local DEVICE = leaver.systems.cisco_em.target

local function refused_list(text, ignore)
  local path = site.file(text)
  local plan, message = planning.make(site.map(), path, { ignore = ignore }, {})
  assert.is_nil(plan)
  return (message:gsub(path, "LIST", 1):gsub("\n.*", ""))
end

describe("a list that would lose somebody is refused:", function()
  after_each(site.clean)

  local QUOTE = "LIST:2: a quote that opens here goes on over line 3, which looks like a line of the list"
  local TWICE = "LIST:1: has a member twice in one object"
  local BREAK = "holds a line break or a control character: two targets in one cell have ';' between them"
  for _, row in ipairs {
    { "two keys in one cell, a line break between them", 'person,agvance\nana,"K1\nK2"\n', BREAK },
    { "two keys in one cell, U+2028 between them", 'person,agvance\nana,K1\226\128\168K2\n', BREAK },
    { "two keys in one cell, a tab between them", 'person,agvance\nana,K1\tK2\n', BREAK },
    { "a stray quote that swallows the next two people", 'person,cisco_em,note\nana,SEP1,"left\nben,SEP2,x\ncarl,SEP3,y"\n', QUOTE },
    { "two stray quotes that make one person of two", 'person,note,cisco_em\nana,"left,SEP1\nben,old",SEP2\n', QUOTE },
    { "two stray quotes, in the first column", 'note,person,cisco_em\n"x,ana,SEP1\ny",ben,SEP2\n', QUOTE },
    { "a column twice in JSON", '{"person":"ana","cisco_em":"SEP1","cisco_em":"SEP2"}\n', TWICE },
    { "a column twice in JSON, once by an escape", '{"person":"ana","cisco_em":"SEP1","cisco\\u005fem":"SEP2"}\n', TWICE },
    { "a key that shows nothing, and its user", "person,agvance\nana,\194\160=ana\n", "no key stands before '='" },
    { "a phone and a user who shows nothing", "person,cisco_em\nana,SEP1=\226\128\139\n", "no user stands after '='" },
    { "a no-break space behind a key", "person,agvance\nana,K1\194\160\n", "begins or ends with a blank that is no space" },
    { "a name that shows nothing", "person,cisco_em\nana,user:\194\160\n", "nobody is named after 'user:'" },
  } do
    it(row[1], function()
      local message = refused_list(row[2], { "note" })
      assert(message:find(row[3], 1, true), message)
    end)
  end

  it("and a line break inside of a note is none", function()
    for _, text in ipairs { 'person,note,cisco_em\nana,"left\nearly",SEP1\n', 'note,person,cisco_em\n"left,\nearly",ana,SEP1\n' } do
      local list = require("signoff.offboard.people.people").read(site.file(text), site.systems(), { ignore = { "note" } })
      assert.are.equal("SEP1", list[1].cells.cisco_em)
    end
  end)
end)

describe("a function 'targets'", function()
  before_each(leaver.arrive)

  for _, row in ipairs { { nil, "directory down" }, { {}, "directory down" }, { "", "directory down" }, { { DEVICE }, "directory down, 2 of 3 read" } } do
    it("that gives " .. (row[1] and "targets" or "nil") .. " and a message has failed, and nothing is done", function()
      local systems = { cisco_em = offboarding.entry("cisco_em", { targets = function() return row[1], row[2] end }) }
      local result = assert(offboarding.apply(systems, { { person = "lea.ver" } }))
      local found = result.results[1]
      assert.are.same({ "failed", "unusable", 1, 0 }, { found.verdict, found.code, result.exit, leaver.changes "cisco_em" })
      assert.are.equal("its 'targets' function has no answer: " .. row[2], found.message)
    end)
  end
end)

describe("the time between two observations", function()
  before_each(leaver.arrive)

  local function in_dialplan(kind)
    signoff.defaults { profile = "dialplan" }
    local entry = offboarding.entry(kind)
    signoff.defaults { profile = "script" }
    return entry
  end

  for _, first in ipairs { "agvance", "cisco_em" } do
    it("is the strictest profile's, whichever client is first; the dialplan's is " .. first, function()
      local other = first == "agvance" and "cisco_em" or "agvance"
      local systems = { [first] = in_dialplan(first), [other] = offboarding.entry(other) }
      local result = assert(offboarding.apply(systems, { offboarding.leaver("agvance", "cisco_em") }))
      assert.are.same({ 10, { "ended", "ended" }, 0 }, { result.settle, offboarding.verdicts(result), result.exit })
      assert.is_true(offboarding.seconds >= 10)
    end)
  end

  it("is none only where all have the profile 'dialplan'", function()
    local systems = { cisco_em = in_dialplan("cisco_em") }
    assert.are.equal(0, assert(offboarding.apply(systems, { offboarding.leaver "cisco_em" })).settle)
    systems.cisco_em = offboarding.entry "cisco_em"
    local fine, message = pcall(offboarding.apply, systems, { offboarding.leaver "cisco_em" }, { settle = 0 })
    assert.is_false(fine)
    assert(message:find("option 'settle' may be 0 only where all clients have the profile 'dialplan'", 1, true), message)
  end)

  it("is the clients' of today where a run without any is gone on with", function()
    local path = peer.directory() .. "/journal"
    local systems = { cisco_em = in_dialplan("cisco_em") }
    offboarding.crash(offboarding.apply, systems, { offboarding.leaver "cisco_em" }, { journal = path })
    assert.are.equal(10, assert(offboarding.resume(path, { cisco_em = offboarding.entry "cisco_em" })).settle)
    peer.stop_all()
  end)
end)

-- Another tenant on the same host: she was never there (A6).
describe("resume at another tenant is refused:", function()
  before_each(leaver.arrive)
  teardown(peer.stop_all)

  local function headers(database)
    local changed = {}
    for name, value in pairs(simulated.headers) do
      changed[name] = value
    end
    changed["X-Database-Id"] = database
    return changed
  end

  for _, row in ipairs {
    { "another path", "jde_ais", { path = "other/v2" }, "with path other/v2, not jderest/v2, here" },
    { "another database in a header", "agvance", { headers = headers "other" }, "with another value of the header 'x-database-id'" },
    { "a header besides", "agvance", { headers = (function() local all = headers "agvance-database"; all["X-Tenant"] = "b"; return all end)() },
      "with the header 'x-tenant' besides" },
    { "a proxy between", "agvance", { proxy = "http://127.0.0.1:1" }, "with proxy http://127.0.0.1:1, not none, here" },
  } do
    it(row[1], function()
      local path = peer.directory() .. "/journal"
      offboarding.crash(offboarding.apply, { [row[2]] = offboarding.entry(row[2]) }, { offboarding.leaver(row[2]) }, { journal = path })
      simulator.forget()
      local result, message = offboarding.resume(path, { [row[2]] = offboarding.entry(row[2], nil, row[3]) }, { people = { offboarding.leaver(row[2]) } })
      assert.is_nil(result)
      assert(message:find(row[4], 1, true), message)
      assert.are.equal("", simulated.heard(row[2]))
    end)
  end
end)

describe("undo", function()
  before_each(leaver.arrive)
  teardown(peer.stop_all)

  local function statuses(...)
    local users, people = {}, {}
    for i, before in ipairs { ... } do
      users[i], people[i] = { user_name = "user" .. i, status = before }, { person = "user" .. i, isymphony = "user" .. i }
    end
    simulator.add { isymphony = { users = users } }
    return { isymphony = offboarding.entry "isymphony" }, people, peer.directory() .. "/journal"
  end

  local function status_of(name)
    return simulated.row("isymphony", "users", "user_name", name).status.name
  end

  it("fails for the one whose earlier status cannot be set again, and goes on", function()
    local systems, people, path = statuses({ name = "", type = "xa" }, { name = "Meeting", type = "xa" })
    assert(offboarding.apply(systems, people, { journal = path }))
    local result = assert(offboarding.undo(path, systems))
    assert.are.same({ { "failed", "status_set" }, 1 }, { offboarding.verdicts(result), result.exit })
    assert(result.results[1].message:find("name", 1, true), result.results[1].message)
    assert.are.same({ "Gone home", "Meeting" }, { status_of "user1", status_of "user2" })
  end)

  it("takes back what was set, though the run does not know that it was", function()
    local systems, people, path = statuses { name = "Meeting", type = "xa" }
    assert.are.equal("unknown", assert(offboarding.apply(systems, people, { journal = path }, function()
      simulator.faults { { system = "isymphony", operation = "status", fault = "status", status = 500, after = 1 } }
    end)).results[1].verdict)
    simulator.clear_faults()
    assert.are.equal("Gone home", status_of "user1")
    local result = assert(offboarding.undo(path, systems))
    assert.are.same({ { "status_set" }, 0, "Meeting" }, { offboarding.verdicts(result), result.exit, status_of "user1" })
  end)
end)

-- One phone by two ways to its cluster: whoever sits there after the first logout is not logged out by the second (A3).
describe("a phone that two systems reach is logged out once:", function()
  before_each(leaver.arrive)

  local url = simulated.url "cisco_em"
  for _, row in ipairs {
    { "a slash at the end", { url = url .. "/" } }, { "the scheme in capitals", { url = (url:gsub("^http", "HTTP")) } },
    { "another name of the host", { url = (url:gsub("127%.0%.0%.1", "localhost")) } }, { "its query address said", { query_url = url } },
    { "its version said", { version = "other" } }, { "a header besides", { headers = { ["X-Way"] = "2" } } },
  } do
    it(row[1], function()
      local systems = {
        one = offboarding.entry("cisco_em", { per_minute = false }), two = offboarding.entry("cisco_em", { per_minute = false }, row[2]),
      }
      local result = assert(offboarding.apply(systems, { { person = "lea.ver", one = DEVICE, two = "user:lea.ver" } }, nil, function()
        simulator.moves { { system = "cisco_em", operation = "logout", people = { cisco_em = { devices = { { name = DEVICE, user = "new.comer" } } } } } }
      end))
      assert.are.same({ 1, "new.comer", 0 }, { leaver.changes "cisco_em", simulated.row("cisco_em", "devices", "name", DEVICE).user, result.exit })
    end)
  end
end)

-- The first look of the second was on its way while the first acted: it allows no act, and says who is meant (A1).
describe("a phone that two callers sign out at once, naming nobody,", function()
  before_each(leaver.arrive)

  it("is logged out once, and whoever sits there then is left alone", function()
    simulator.moves { { system = "cisco_em", operation = "logout", people = { cisco_em = { devices = { { name = DEVICE, user = "new.comer" } } } } } }
    simulator.faults { { system = "cisco_em", operation = "logout", fault = "slow", seconds = 0.2, when = "before" } } -- both have looked by then
    local found = {}
    loop(function(l)
      for i = 1, 2 do
        l:spawn(function() found[i] = simulated.client("cisco_em"):signout(DEVICE, leaver.quick).verdict end)
      end
    end)
    table.sort(found)
    assert.are.same({ "ended", "skipped" }, found)
    assert.are.same({ 1, "new.comer" }, { leaver.changes "cisco_em", simulated.row("cisco_em", "devices", "name", DEVICE).user })
  end)
end)

describe("the list of those who are left", function()
  before_each(operator.fresh)
  after_each(operator.clean)

  it("names who has no target, and says so, where the exit status is 3", function()
    operator.write("people.csv", "person,cisco_em,isymphony,agvance,oracle_commerce,jde_ais\ngreta.lund,,greta.lund,,,\nno.target,,,,,\n")
    assert.are.equal(0, (operator.run "plan people.csv --out plan"))
    local status, _, words = operator.run "apply plan --people people.csv --journal journal --settle 0.2 --deadline 5 --failed left.csv --yes"
    assert.are.equal(3, status)
    assert(words:find("left.csv: one person is left", 1, true), words)
    assert.are.equal("no.target", operator.read("left.csv"):match "\n([%w.]+),")
  end)

  it("names who has nothing by a function 'targets', with a cell that asks it again", function()
    simulated.reset()
    local path = operator.path "late"
    local systems = { cisco_em = offboarding.entry("cisco_em", { targets = function() return {} end }) }
    assert.are.equal(3, assert(offboarding.apply(systems, { { person = "lea.ver" } }, { journal = path })).exit)
    local text, count = report_csv.failed(assert(history.read(path)))
    assert.are.same({ "person,cisco_em\r\nlea.ver,?\r\n", 1 }, { text, count })
  end)

  -- Read as another key and a user, a key would be absent, and so would its user.
  it("has keys as they are read again", function()
    for _, cell in ipairs { "AB\\=CD", "AB\\=CD=lea.ver", "AB=lea.ver", "AB\\=CD\\==lea.ver", "AB=", "AB==", "\\=", "=", "AB=lea\\=ver", "A\\=B\\=C" } do
      local target = assert(targets.read("agvance", cell))
      local again = targets.cell("agvance", target)
      assert.are.same(target, targets.read("agvance", again), again)
      leaver.arrive()
      local path = operator.path("journal" .. #cell .. cell:gsub("%W", "_"))
      assert(offboarding.apply({ agvance = offboarding.entry "agvance" }, { { person = "lea.ver", agvance = cell } }, { journal = path }, function()
        simulator.faults { { system = "agvance", operation = "sessions", fault = "status", status = 500 } }
      end))
      local text = report_csv.failed(assert(history.read(path)))
      assert.are.same(target, targets.read("agvance", (text:match "\nlea%.ver,([^\r]+)")), text)
    end
  end)

  it("takes no time between two observations for none", function()
    local status, _, words = operator.run "apply plan --journal journal --settle 0 --yes"
    assert.are.equal(2, status)
    assert(words:find("'0' is no time between two looks", 1, true), words)
  end)
end)

