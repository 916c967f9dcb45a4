-- SPDX-License-Identifier: MIT
-- Plans as files: what was saved is what is loaded, and what was touched in between is not.

local core = require "signoff.core"
local json = require "signoff.json"
local plan = require "signoff.offboard.plan.plan"
local files = require "spec.support.files"
local site = require "spec.support.site"

local quiet = { isymphony = true, oracle_commerce = true, jde_ais = true } -- systems that a plan asks nothing of

local function made(options)
  return assert(plan.make(site.map(nil, quiet), {
    { person = "Zo\195\171 \"Z\"\n", isymphony = "zoe;z;;", jde_ais = "t0@PC" }, { person = "ben", isymphony = "ben", oracle_commerce = "?" },
  }, options))
end

local function saved(options)
  local path, one = site.file "", made(options)
  assert(one:save(path))
  return path, one
end

-- Loads what is left of a plan after `change(text)`; with `sign` its digest fits.
local function load_changed(change, sign)
  local path = saved()
  local text = change(files.read(path))
  if sign then
    text = text:gsub('[^\n]*\n$', "")
    text = text .. ('{"digest":"sha256:%s"}\n'):format(core.sha256(text))
  end
  files.write(path, text)
  local one, message = plan.load(path)
  return one, message and message:gsub(path:gsub("%p", "%%%0"), "PLAN")
end

describe("a saved plan", function()
  after_each(site.clean)

  it("is loaded as it was", function()
    local path, one = saved { operator = "op", ticket = "T", protect = { "ben" } }
    local other = assert(plan.load(path))
    assert.are.same(one, other)
    assert.are.equal(tostring(one), tostring(other))
    assert.is_true(other:protects "BEN")
    assert(other:save(path))
    assert.are.equal(one.digest, plan.load(path).digest)
  end)

  it("is for its owner alone", function()
    local path = site.file("", "644")
    assert(made():save(path))
    assert.are.equal(tonumber("600", 8), core.stat(path).mode)
  end)

  it("ends with the digest of the bytes before", function()
    local path, one = saved()
    local text = files.read(path)
    local body, last = text:match "^(.*\n)([^\n]+)\n$"
    assert.are.equal(one.digest, json.decode(last).digest)
    assert.are.equal("sha256:" .. core.sha256(body), one.digest)
  end)

  it("has the same digest wherever it is saved, and another one where anything differs", function()
    local one = made()
    local digest = one.digest
    assert(one:save(site.file ""))
    assert.are.equal(digest, one.digest)
    one.items[1].person = "eve"
    assert(one:save(site.file ""))
    assert.are_not.equal(digest, one.digest)
  end)

  it("is not written where that is impossible, and says where and why", function()
    local done, message = made():save "spec/nowhere/plan"
    assert.is_nil(done)
    assert(message:find("^spec/nowhere/plan: "), message)
  end)

  describe("is refused", function()
    local cases = {
      { "when a name in it was changed", "^PLAN: the plan was changed after it was made: its digest does not fit; plan again$",
        function(text) return (text:gsub('"person":"ben"', '"person":"eva"')) end },
      { "when a line was taken out", "^PLAN:3: the item has number 3, where 2 must stand; the plan was changed after it was made, plan again$",
        function(text) return (text:gsub("^([^\n]*\n[^\n]*\n)[^\n]*\n", "%1")) end },
      { "when a line is no JSON any more", "^PLAN:3: is not valid JSON: .*; the plan was changed after it was made, plan again$",
        function(text) return (text:gsub('"n":2', '"n":2,,')) end },
      { "when blanks were added", "its digest does not fit", function(text) return (text:gsub('"n":2', '"n": 2')) end },
      { "when its end is missing", "^PLAN:5: the plan is cut: its last line, with the digest, is not there; copy it again, or plan again$",
        function(text) return (text:gsub("[^\n]*\n[^\n]*\n$", "")) end },
      { "when its last line is cut", "^PLAN:7: the plan is cut", function(text) return text:sub(1, -10) end },
      { "when only its last newline is missing", "^PLAN:7: the plan is cut", function(text) return text:sub(1, -2) end },
      { "when a second plan follows", "PLAN:7: the item has an unknown member 'digest'", function(text) return text .. text end },
      { "when it is empty", "^PLAN: is empty, and no plan$", function() return "" end },
      { "when it is something else", "^PLAN:1: is no plan; its first line is not valid JSON", function() return "person,cisco_em\n" end },
      { "when it is other JSON", "^PLAN:1: is no plan$", function() return '{"event":"start"}\n' end },
      { "when it is of another version", "^PLAN:1: is a plan of version 2, and this signoff reads version 1; plan again$",
        function(text) return (text:gsub('"version":1', '"version":2')) end },
    }
    for _, case in ipairs(cases) do
      it(case[1], function()
        local one, message = load_changed(case[3])
        assert.is_nil(one)
        assert(message:find(case[2]), message)
      end)
    end

    local misfits = {
      { "an unknown member", "^PLAN:2: the item has an unknown member 'shell'$", '"n":1', '"n":1,"shell":"x"' },
      { "no target", "^PLAN:2: the item lacks 'target'$", '"target":"[^"]*",', "" },
      { "a member of another type", "^PLAN:2: the item has 'action' as a number$", '"action":"[^"]*"', '"action":7' },
      { "a system that is not planned", "^PLAN:2: the item is for 'other', which the plan's head does not name$",
        '"system":"jde_ais"', '"system":"other"' },
      { "a head that lacks a member", "^PLAN:1: the plan's head lacks 'created'$", '"created":%d+,', "" },
      { "a head with an unknown member", "^PLAN:1: the plan's head has an unknown member 'x'$", '"created"', '"x":1,"created"' },
      { "a list that holds no texts", "^PLAN:1: the plan's head has 'protect' as a table$", '"protect":%[%]', '"protect":[7]' },
      { "a list that is none", "^PLAN:1: the plan's head has 'systems' as a number$", '"systems":%b[]', '"systems":7' },
      { "a time that no clock shows", "^PLAN:1: the plan's head has 'created' as a number that counts nothing$",
        '"created":%d+', '"created":1e300' },
      { "a time before all clocks", "^PLAN:1: the plan's head has 'created' as a number that counts nothing$",
        '"created":%d+', '"created":-1' },
      { "half a request", "^PLAN:1: the plan's head has 'concurrency' as a number that counts nothing$",
        '"concurrency":8', '"concurrency":1.5' },
      { "a kind that is not known", "^PLAN:1: the plan's head names 'jde_ais', of a kind %(sap%) that this signoff does not know; use the ",
        '"kind":"jde_ais"', '"kind":"sap"' },
      { "no status to set", "^PLAN:1: the plan's head names 'isymphony' without its status$", ',"status":%b{}', "" },
      { "an item that is none", "^PLAN:2: the item is no object$", "(\n)[^\n]*", "%17" },
      { "a system without its address", "^PLAN:1: the plan's head lacks 'host'$", '("concurrency":8,)"host":"[^"]*",', "%1" },
    }
    for _, case in ipairs(misfits) do
      it("with a digest that fits, but " .. case[1], function()
        local one, message = load_changed(function(text) return (text:gsub(case[3], case[4], 1)) end, true)
        assert.is_nil(one)
        assert(message:find(case[2]), message)
      end)
    end

    it("where there is none", function()
      local one, message = plan.load "spec/nowhere.plan"
      assert.is_nil(one)
      assert(message:find("^spec/nowhere.plan: "), message)
      assert.is_nil(plan.load "spec")
    end)
  end)
end)

describe("a plan for", function()
  local function refusal(change)
    local one, map = made(), site.map(nil, quiet)
    change(map)
    local fits, message = one:fits(map)
    assert.is_nil(fits)
    return message
  end

  it("these systems fits them, paced as they may be", function()
    assert.is_true(made():fits(site.map({ jde_ais = { concurrency = 1, per_minute = 3 } }, quiet)))
    assert.is_true(plan.fits(made(), site.systems(nil, quiet)))
  end)

  it("other addresses does not", function()
    local signoff = require "signoff"
    assert.are.equal("the plan is for other systems: 'jde_ais' is planned for http://127.0.0.1:1, and is https://ais.example here; plan again",
      refusal(function(map) map.jde_ais.client = signoff.jde_ais { url = "https://ais.example/prefix" } end))
  end)

  it("other kinds does not", function()
    assert.are.equal("the plan is for other systems: 'jde_ais' is planned for jde_ais, and is oracle_commerce here; plan again",
      refusal(function(map) map.jde_ais.client = map.oracle_commerce.client end))
  end)

  it("fewer systems does not", function()
    assert.are.equal("the plan is for other systems: 'jde_ais' is planned, and is no system here; plan again",
      refusal(function(map) map.jde_ais = nil end))
  end)

  it("more systems does not", function()
    assert.are.equal("the plan is for other systems: 'agvance' is a system here, and is not planned; plan again",
      refusal(function(map) map.agvance = site.map().agvance end))
  end)
end)

describe("the age of a plan", function()
  it("is no problem while it is young", function()
    local one = made()
    assert.is_nil(one:age_problem(60))
    assert.is_nil(one:age_problem(3600, one.created + 3600))
    assert.is_nil(one:age_problem(3600, one.created - 200)) -- clocks differ
  end)

  it("is one when it is too old", function()
    local one = made()
    assert.are.equal("the plan was made 26 h 0 min ago, and at most 24 h 0 min are allowed; people have moved since, plan again",
      plan.age_problem(one, 86400, one.created + 26 * 3600))
    assert(one:age_problem(3600, one.created + 3600.5))
  end)

  it("is one when it was made in the future", function()
    local one = made()
    assert.are.equal("the plan was made 10 min from now; set this machine's clock right, or plan again",
      one:age_problem(86400, one.created - 600))
  end)
end)
