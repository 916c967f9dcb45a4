-- SPDX-License-Identifier: MIT
-- Plans: made by reading only, of what is there and of what is not; who is left alone.

local json = require "signoff.json"
local plan = require "signoff.offboard.plan.plan"
local signoff = require "signoff"
local files = require "spec.support.files"
local simulated = require "spec.support.simulated"
local site = require "spec.support.site"

local simulator = simulated.simulator

local function systems_of(...)
  local map = {}
  for _, name in ipairs { ... } do
    map[name] = { client = simulated.client(name) }
  end
  if map.isymphony then
    map.isymphony.status = { name = "Gone home", type = "unavailable" }
  end
  return map
end

local function leavers()
  return site.file(files.read "examples/leavers.csv")
end

-- The item of a person on a system; with `target` that one.
local function item_of(made, person, system, target)
  for _, item in ipairs(made.items) do
    if item.person == person and item.system == system and (not target or item.target == target) then
      return item
    end
  end
end

local function check(wanted, item, absent)
  for name, value in pairs(wanted) do
    assert.are.same(value, item[name], name)
  end
  for _, name in ipairs(absent or {}) do
    assert.is_nil(item[name], name)
  end
end

local function no_sleep() end

describe("a plan", function()
  before_each(simulated.reset)
  after_each(site.clean)

  it("has an item for every target, in the systems' order and the people's", function()
    local made = assert(plan.make(systems_of((table.unpack or unpack)(simulated.systems)), leavers(), { operator = "op", ticket = "CHG-7" }))
    assert.are.equal(42, #made.items)
    local order, last = {}, nil
    for number, item in ipairs(made.items) do
      assert.are.equal(number, item.n)
      if item.system ~= last then
        order[#order + 1], last = item.system, item.system
      end
    end
    assert.are.equal("jde_ais oracle_commerce agvance cisco_em isymphony", table.concat(order, " "))
    check({ version = 1, operator = "op", ticket = "CHG-7", people = 12 }, made)
    assert(made.created >= os.time() - 60 and made.created <= os.time() + 1 and made.created % 1 == 0)
    assert(made.digest:find "^sha256:%x+$" and #made.digest == 71)
    assert(made.people_sha256:find "^%x+$" and made.people_path and made.host)
  end)

  it("changes nothing, and asks each system as rarely as it can", function()
    assert(plan.make(systems_of((table.unpack or unpack)(simulated.systems)), leavers()))
    assert.are.equal("query_users query_devices", simulated.heard "cisco_em")
    assert.are.equal("sessions", simulated.heard "agvance")
    for _, name in ipairs { "isymphony", "oracle_commerce", "jde_ais" } do
      assert.are.equal("", simulated.heard(name))
    end
    local counters = simulator.counters().systems
    assert.are.same({ 2, 0, 1, 0 }, { counters.cisco_em.requests, counters.cisco_em.changes, counters.agvance.requests,
      counters.agvance.changes })
  end)

  it("says who sits where", function()
    local made = assert(plan.make(systems_of("cisco_em", "agvance"), leavers(),
      { ignore = { "isymphony", "oracle_commerce", "jde_ais" } }))
    check({ device = "SEP001122334401", target = "SEP001122334401", state = "logged_in", occupant = "ana.silva", action = "logout" },
      item_of(made, "ana.silva", "cisco_em"), { "outlook", "verdict", "user" })
    check({ device = "SEP001122334402", user = "ben.okafor", target = "SEP001122334402", cell = "SEP001122334402=ben.okafor" },
      item_of(made, "ben.okafor", "cisco_em"), { "outlook" })
    assert.is_nil(item_of(made, "ana.silva", "cisco_em").cell)
    check({ find = "carla.rossi", target = "user:carla.rossi", found = { "SEP001122334403" } }, item_of(made, "carla.rossi", "cisco_em"))
    check({ outlook = "already_out", state = "free" }, item_of(made, "david.kim", "cisco_em"), { "verdict" })
    check({ find = "farid.haddad", found = { "AGV-7F31-0006" } }, item_of(made, "farid.haddad", "agvance"))
    check({ key = "AGV-7F31-0003", occupant = "ben.okafor" }, item_of(made, "ben.okafor", "agvance", "AGV-7F31-0003"))
  end)

  it("says what will not go well", function()
    local made = assert(plan.make(systems_of("cisco_em", "agvance", "jde_ais"), {
      { person = "a", cisco_em = "SEP001122334401=zoe", agvance = "AGV-GONE", jde_ais = "?" },
      { person = "b", cisco_em = "SEPNOWHERE;user:nobody;user:nobody.either?" },
    }))
    check({ outlook = "skipped", occupant = "ana.silva", message = "ana.silva sits there, not zoe" }, item_of(made, "a", "cisco_em"), { "verdict" })
    check({ outlook = "unknown" }, item_of(made, "a", "agvance"))
    check({ verdict = "no_token", target = "?" }, item_of(made, "a", "jde_ais"))
    check({ outlook = "failed", code = "not_found" }, item_of(made, "b", "cisco_em", "SEPNOWHERE"))
    check({ outlook = "failed", code = "not_found" }, item_of(made, "b", "cisco_em", "user:nobody"))
    check({ outlook = "skipped" }, item_of(made, "b", "cisco_em", "user:nobody.either?"))
  end)

  it("says how its list was read", function()
    local made = assert(plan.make(systems_of "jde_ais", site.file("person;b;a;jde_ais\nx;;;t@PC\n"), { delimiter = ";", ignore = { "b", "a" } }))
    check({ delimiter = ";", ignore = json.list { "a", "b" } }, made)
    local path = site.file ""
    assert(made:save(path))
    assert.are.same(made, plan.load(path))
  end)

  it("holds no token, only its fingerprint", function()
    local made = assert(plan.make(systems_of("jde_ais", "oracle_commerce"), { { person = "a", jde_ais = "t0ken@PC", oracle_commerce = "t1ken" } }))
    check({ token = signoff.fingerprint "t0ken", device = "PC", target = signoff.fingerprint "t0ken" .. "@PC" }, item_of(made, "a", "jde_ais"))
    local path = site.file ""
    assert(made:save(path))
    for _, text in ipairs { files.read(path), tostring(made) } do
      assert.is_nil(text:find("t0ken", 1, true) or text:find("t1ken", 1, true))
    end
    assert.is_nil(simulated.leak(made, { "t0ken", "t1ken" }))
  end)

  it("asks for 50 phones at a time", function()
    local list = {}
    for i, name in ipairs(simulated.names("SEPMANY", 120)) do
      list[i] = { person = "p" .. i, cisco_em = name .. ";user:p" .. i }
    end
    local made = assert(plan.make(systems_of "cisco_em", list))
    assert.are.equal("query_users query_users query_users query_devices query_devices query_devices", simulated.heard "cisco_em")
    assert.are.equal("no_device", item_of(made, "p120", "cisco_em", "SEPMANY120").state)
  end)

  describe("with targets that are asked for at the end", function()
    local function late(map)
      map.jde_ais.targets = function() error "asked too early" end
      return map
    end

    it("has one item for everybody, where the list says nothing of that system", function()
      local made = assert(plan.make(late(systems_of("jde_ais", "agvance")), { { person = "a", agvance = "K" }, { person = "b" } }))
      for _, person in ipairs { "a", "b" } do
        check({ late = true, target = "(asked at apply)" }, item_of(made, person, "jde_ais"), { "verdict", "token" })
      end
      check({ late = true, changes = 2 }, made.systems[1])
    end)

    it("asks for those whom the list has with '?', and for nobody whom it has without", function()
      local made = assert(plan.make(late(systems_of("jde_ais")), { { person = "a", jde_ais = "?" }, { person = "b", jde_ais = "" },
        { person = "c", jde_ais = "t@PC" } }))
      assert.is_true(item_of(made, "a", "jde_ais").late)
      assert.is_nil(item_of(made, "b", "jde_ais"))
      check({ device = "PC" }, item_of(made, "c", "jde_ais"), { "late" })
    end)
  end)

  describe("leaves alone", function()
    local function made_with(protect, cell, system)
      local made = assert(plan.make(systems_of(system or "cisco_em"), { { person = "Ana", [system or "cisco_em"] = cell } }, { protect = protect }))
      return made.items[1], made
    end

    for name, case in pairs {
      ["a person"] = { "ANA", "SEP001122334401" },
      ["a phone"] = { "sep001122334401", "SEP001122334401=ana.silva" },
      ["who is expected there"] = { "eva", "SEP001122334401=Eva" },
      ["whoever sits there"] = { "Ana.Silva", "SEP001122334401" },
      ["whom a name stands for"] = { "carla.rossi", "user:Carla.Rossi" },
      ["a key"] = { "agv-7f31-0001", "AGV-7F31-0001", "agvance" },
      ["whose session it is"] = { "ben.okafor", "AGV-7F31-0002", "agvance" },
      ["a token, by its fingerprint"] = { signoff.fingerprint "t0", "t0@PC", "jde_ais" },
      ["the device of a token"] = { "pc", "t0@PC", "jde_ais" },
    } do
      it(name, function()
        local item = made_with({ "x", case[1] }, case[2], case[3])
        check({ verdict = "skipped", protected = true }, item)
      end)
    end

    it("nobody else", function()
      local item, made = made_with({ "ana.silv", "SEP", "" .. "silva" }, "SEP001122334401")
      check({ protect = json.list { "ana.silv", "sep", "silva" } }, made)
      assert.is_nil(item.verdict)
      assert.is_false(made:protects("ana.silva", nil, "x"))
      assert.is_true(made:protects(nil, "SILVA"))
    end)

    it("them without asking who is there", function()
      made_with({ "ana" }, "SEP001122334401")
      assert.are.equal("", simulated.heard "cisco_em")
    end)
  end)

  describe("is not made", function()
    local function check_refused(wanted, from, options, map)
      local made, message, code = plan.make(map or systems_of "cisco_em", from, options)
      assert.is_nil(made)
      assert(message:find(wanted, 1, true), message)
      return code
    end

    it("of more people than are allowed", function()
      check_refused("people: names 2 people, and max_people allows 1; raise it if that is meant", { { person = "a", cisco_em = "S1" },
        { person = "b", cisco_em = "S2" } }, { max_people = 1 })
      assert.are.equal("", simulated.heard "cisco_em")
    end)

    it("of a bad list", function()
      local path = site.file "person,cisco_em\nana,=x\n"
      check_refused(path .. ":2: column 'cisco_em', '=x': no device stands before '='", path)
    end)

    it("with credentials that are refused", function()
      local map = { em = { client = simulated.client("cisco_em", "http", { app_certificate = "wrong" }) } }
      assert.are.equal("denied", check_refused("plan: em: ", { { person = "a", em = "SEP1;user:a" } }, nil, map))
      assert.are.equal("query_users", simulated.heard "cisco_em")
    end)

    for name, case in pairs {
      ["an unknown option"] = { "plan: unknown option 'max_peple'; did you mean 'max_people'?", { max_peple = 1 } },
      ["max_people that is no number"] = { "plan: option 'max_people' must be a whole number from 1", { max_people = "1" } },
      ["a text to protect"] = { "plan: option 'protect' must be a list of texts", { protect = "ceo" } },
      ["an empty text to protect"] = { "plan: option 'protect' must be a list of texts, none of them empty", { protect = { " " } } },
      ["options that are none"] = { "plan: the options must be a table, not number", 7 },
    } do
      it("with " .. name, function()
        local fine, message = pcall(plan.make, systems_of "cisco_em", { { person = "a", cisco_em = "S" } }, case[2])
        assert.is_false(fine)
        assert(message:find(case[1], 1, true), message)
        assert(message:find "plan_spec.lua:%d+: ", message)
      end)
    end
  end)

  describe("of a system that fails", function()
    local people = { { person = "ana.silva", cisco_em = "SEP001122334401" } }

    it("for a moment knows all", function()
      simulator.faults { { system = "cisco_em", fault = "status", status = 503, headers = { ["Retry-After"] = "3" }, times = 1 } }
      local slept = {}
      local made = assert(plan.make(systems_of "cisco_em", people, nil, { sleep = function(s) slept[#slept + 1] = s end }))
      assert.are.same({ 3 }, slept)
      check({ occupant = "ana.silva" }, made.items[1])
      assert.is_nil(made.systems[1].trouble)
    end)

    it("is made all the same, and says that nobody looked", function()
      simulator.faults { { system = "cisco_em", fault = "status", status = 503, headers = { ["Retry-After"] = "3000" } } }
      local slept = {}
      local made = assert(plan.make(systems_of("cisco_em", "agvance"), { { person = "ana", cisco_em = "SEP1", agvance = "AGV-7F31-0001" } }, nil,
        { sleep = function(s) slept[#slept + 1] = s end }))
      assert.are.same({ 10 }, slept)
      check({ outlook = "unknown", code = "busy" }, item_of(made, "ana", "cisco_em"), { "state", "occupant", "verdict" })
      assert(item_of(made, "ana", "cisco_em").message:find "^nobody looked: ")
      check({ occupant = "ana.silva" }, item_of(made, "ana", "agvance"))
      assert.is_string(made.systems[2].trouble)
      assert(tostring(made):find "\n! could not be asked: ")
    end)

    it("asks a dead one four times, not once for every batch", function()
      simulator.faults { { system = "cisco_em", fault = "status", status = 503 } }
      local list = {}
      for i, name in ipairs(simulated.names("SEP", 400)) do
        list[i] = { person = "p" .. i, cisco_em = name }
      end
      local made = assert(plan.make(systems_of "cisco_em", list, nil, { sleep = no_sleep }))
      assert.are.equal(4, #simulated.journal "cisco_em")
      for _, item in ipairs(made.items) do
        check({ outlook = "unknown", code = "busy" }, item)
      end
    end)

    it("loses one batch to one bad reply, and no more", function()
      simulator.faults { { system = "cisco_em", fault = "raw", bytes = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nnope", times = 1 } }
      local list = {}
      for i, name in ipairs(simulated.names("SEP", 100)) do
        list[i] = { person = "p" .. i, cisco_em = name }
      end
      local made = assert(plan.make(systems_of "cisco_em", list, nil, { sleep = no_sleep }))
      assert.are.equal("unusable", made.items[50].code)
      assert.are.equal("no_device", made.items[51].state)
    end)
  end)

  it("says how long the pacing will take", function()
    local map = systems_of("cisco_em", "agvance")
    map.cisco_em.per_minute = 30
    map.agvance.per_minute, map.agvance.after = 1, { "cisco_em" }
    map.agvance.client = simulated.client("agvance", "http", { chunk = 2 })
    local made = assert(plan.make(map, {
      { person = "a", cisco_em = "SEP001122334401;SEP001122334402;user:farid.haddad;SEP001122334404", -- 4 there, one free
        agvance = "AGV-7F31-0001;AGV-7F31-0002;AGV-7F31-0003" },
    }))
    check({ name = "cisco_em", changes = 4, seconds = 6 }, made.systems[1])
    check({ name = "agvance", changes = 2, seconds = 60 }, made.systems[2])
    assert(tostring(made):find("Pacing alone takes 66 s.", 1, true))
  end)
end)

describe("the tokens of a plan", function()
  local people = require "signoff.offboard.people.people"
  local core = require "signoff.core"

  local function both()
    local map = site.map(nil, { jde_ais = true, oracle_commerce = true })
    return assert(plan.make(map, { { person = "a", jde_ais = "t0@PC" }, { person = "b", oracle_commerce = signoff.secret.new "t1" } })), map
  end

  it("are found again in the list", function()
    local made = both()
    local list = people.read({ { person = "b", oracle_commerce = "t1" }, { person = "a", jde_ais = { "t9", "t0@PC" } } }, site.systems())
    local secrets = assert(made:secrets(list))
    assert.are.equal("t0", core.bytes(secrets[signoff.fingerprint "t0"]))
    assert.are.equal("t1", core.bytes(secrets[signoff.fingerprint "t1"]))
  end)

  it("are missed by the name of who needs them", function()
    local made = both()
    local list = people.read({ { person = "a", jde_ais = "other@PC" }, { person = "b", oracle_commerce = "t1" } }, site.systems())
    local secrets, message = made:secrets(list)
    assert.is_nil(secrets)
    assert.are.equal(("people: has no token %s for a on jde_ais; the plan was made from another list, plan again"):format(
      signoff.fingerprint "t0"), message)
  end)
end)
