-- SPDX-License-Identifier: MIT
-- systems.check: what a site may say of its systems, and in which order they begin.

local site = require "spec.support.site"
local systems = require "signoff.offboard.systems"

local function names(checked)
  local list = {}
  for i, system in ipairs(checked) do
    list[i] = system.name
  end
  return table.concat(list, " ")
end

local function check_refused(wanted, map)
  local fine, message = pcall(systems.check, map)
  assert.is_false(fine)
  assert(message:find(wanted, 1, true), message)
  assert(message:find("systems_spec.lua:%d+: "), message) -- whose mistake it is
end

describe("systems", function()
  it("have what each kind can bear", function()
    local checked = site.systems()
    assert.are.equal(2, checked.cisco_em.concurrency)
    assert.are.equal(60, checked.cisco_em.per_minute)
    for _, name in ipairs { "isymphony", "agvance", "oracle_commerce", "jde_ais" } do
      assert.are.equal(8, checked[name].concurrency)
      assert.is_nil(checked[name].per_minute)
    end
  end)

  it("keep what they are given", function()
    local function ask() end
    local checked = site.systems { cisco_em = { concurrency = 4, per_minute = 7.5, column = "phone" },
      jde_ais = { targets = ask, breaker = { failures = 2, pause = 0.5, probes = 1 } } }
    assert.are.equal(4, checked.cisco_em.concurrency)
    assert.are.equal(7.5, checked.cisco_em.per_minute)
    assert.are.equal("phone", checked.cisco_em.column)
    assert.are.equal("jde_ais", checked.jde_ais.column)
    assert.are.equal(ask, checked.jde_ais.targets)
    assert.are.same({ failures = 2, pause = 0.5, probes = 1 }, checked.jde_ais.breaker)
    assert.are.equal("Gone home", checked.isymphony.status.name)
  end)

  it("are not paced where false says so", function()
    assert.is_nil(site.systems({ cisco_em = { per_minute = false } }).cisco_em.per_minute)
  end)

  it("say their kind and address", function()
    local checked = site.systems()
    assert.are.equal("agvance", checked.agvance.kind)
    assert.are.equal("http://127.0.0.1:1", checked.agvance.host)
  end)

  it("may be several of a kind", function()
    local map = { east = site.map().cisco_em, west = site.map({ cisco_em = { column = "east" } }).cisco_em }
    local checked = systems.check(map)
    assert.are.equal("east west", names(checked))
    assert.are.equal("east", checked.west.column)
    assert.are.equal("cisco_em", checked.west.kind)
  end)

  it("that were checked come back as they are", function()
    local checked = site.systems()
    assert.are.equal(checked, systems.check(checked))
  end)

  describe("begin", function()
    it("with those whose tokens age, then by name", function()
      assert.are.equal("jde_ais oracle_commerce agvance cisco_em isymphony", names(site.systems()))
    end)

    it("behind those that they wait for", function()
      local checked = site.systems { agvance = { after = { "isymphony" } }, jde_ais = { after = { "oracle_commerce", "cisco_em" } } }
      assert.are.equal("oracle_commerce cisco_em jde_ais isymphony agvance", names(checked))
    end)

    it("never where they wait for each other", function()
      check_refused("'agvance' after 'isymphony' after 'agvance'; break the circle of 'after'",
        site.map { agvance = { after = { "isymphony" } }, isymphony = { after = { "agvance" } }, cisco_em = { after = { "agvance" } } })
      check_refused("'agvance' after 'agvance'", site.map { agvance = { after = { "agvance" } } })
    end)
  end)

  local refusals = {
    { "no table", "systems: a table of name = {client =, ...} is needed, not string", "x" },
    { "nothing", "not an empty one", {} },
    { "a list", "a name must be a text, not number", { site.map().agvance } },
    { "an entry that is no table", "systems: 'em': must be a table with 'client', not number", { em = 7 } },
    { "no client", "systems: 'em': 'client' must be a client of signoff, not nil", { em = {} } },
    { "no client of ours", "'client' must be a client of signoff, not table", { em = { client = {} } } },
    { "an unknown member", "unknown member 'concurency'; did you mean 'concurrency'?", site.map { agvance = { concurency = 2 } } },
    { "a member nowhere near", "unknown member 'x'; known are after, ", site.map { agvance = { x = 2 } } },
    { "no concurrency", "'concurrency' must be a whole number from 1", site.map { agvance = { concurrency = 0 } } },
    { "half a concurrency", "'concurrency' must be a whole number from 1", site.map { agvance = { concurrency = 1.5 } } },
    { "a pace that is none", "'per_minute' must be a number above 0, or false", site.map { agvance = { per_minute = 0 } } },
    { "a pace without end", "'per_minute' must be a number above 0, or false", site.map { agvance = { per_minute = math.huge } } },
    { "the column of the people", "and not 'person'", site.map { agvance = { column = "person" } } },
    { "the name of the people's column", "give this system another 'column'", { person = site.map().agvance } },
    { "targets that are no function", "'targets' must be a function, not table", site.map { agvance = { targets = {} } } },
    { "after that is no list", "'after' must be a list of systems' names, not string", site.map { agvance = { after = "x" } } },
    { "after nobody", "'after' names 'isymphoni', which is no system here; did you mean 'isymphony'?",
      site.map { agvance = { after = { "isymphoni" } } } },
    { "a status where there is none", "'status' is not for agvance", site.map { agvance = { status = { name = "x", type = "dnd" } } } },
    { "a wrong status", "argument 'type' is none of available", site.map { isymphony = { status = { name = "x", type = "out" } } } },
    { "a breaker of other members", "unknown member 'fails'", site.map { agvance = { breaker = { fails = 1 } } } },
    { "a breaker that never ends", "'breaker.failures' is no number", site.map { agvance = { breaker = { failures = 0 } } } },
  }

  for _, case in ipairs(refusals) do
    it("are refused with " .. case[1], function()
      check_refused(case[2], case[3])
    end)
  end

  it("are refused without the status that is to be set", function()
    local map = site.map()
    map.isymphony.status = nil
    check_refused("systems: 'isymphony': 'status' ({name =, type =}) is missing", map)
  end)

  it("are refused with a closed client", function()
    local map = site.map()
    map.agvance.client:close()
    check_refused("systems: 'agvance': its client is closed", map)
  end)
end)
