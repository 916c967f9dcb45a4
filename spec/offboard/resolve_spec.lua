-- SPDX-License-Identifier: MIT
-- Who sits where: what systems say of names, phones and keys, and in how many requests.

local resolve = require "signoff.offboard.resolve"
local signoff = require "signoff"
local simulated = require "spec.support.simulated"

local simulator = simulated.simulator

local function targets(member, names)
  local list = {}
  for i, name in ipairs(names) do
    list[i] = { [member] = name }
  end
  return list
end

local function occupants(client, list)
  return resolve.read(client:kind(), "occupants", assert(resolve.ask(client, "occupants", list)), list)
end

-- Raises unless a finding has these members.
local function check(wanted, finding)
  for name, value in pairs(wanted) do
    assert.are.same(value, finding[name], name)
  end
  assert(type(finding.what) == "string" and finding.what ~= "")
end

describe("Extension Mobility", function()
  before_each(simulated.reset)

  it("says where users sit", function()
    local found = assert(resolve.find(simulated.client "cisco_em",
      { { find = "farid.haddad" }, { find = "david.kim" }, { find = "nobody.here" }, { find = "nobody.there", optional = true }, { find = "ana.silva" } }))
    check({ targets = { { device = "SEP001122334406", user = "farid.haddad" }, { device = "SEP001122334407", user = "farid.haddad" } } },
      found[1])
    check({ verdict = "already_out", message = "logged in nowhere", state = "free" }, found[2])
    check({ verdict = "failed", code = "not_found", state = "no_user" }, found[3])
    check({ verdict = "skipped", message = "not known on this cluster" }, found[4])
    check({ targets = { { device = "SEP001122334401", user = "ana.silva" } } }, found[5])
    assert.are.equal("query_users", simulated.heard "cisco_em")
  end)

  it("says who sits at phones", function()
    local found = occupants(simulated.client "cisco_em", {
      { device = "SEP001122334401" }, { device = "SEP001122334402", user = "BEN.okafor" }, { device = "SEP001122334405", user = "ana.silva" },
      { device = "SEP001122334404" }, { device = "SEPNOWHERE" },
    })
    check({ state = "logged_in", user = "ana.silva", what = "ana.silva sits there" }, found[1])
    assert.is_nil(found[1].verdict)
    assert.is_nil(found[2].verdict)
    check({ verdict = "skipped", message = "elif.demir sits there, not ana.silva", user = "elif.demir" }, found[3])
    check({ verdict = "already_out", state = "free" }, found[4])
    check({ verdict = "failed", code = "not_found", state = "no_device" }, found[5])
    assert.are.equal("query_devices", simulated.heard "cisco_em")
  end)

  it("does not know what the reply lacks", function()
    simulator.faults { { system = "cisco_em", fault = "status", status = 200, body = "<response><deviceUserResults/></response>" } }
    local found = occupants(simulated.client "cisco_em", { { device = "SEP001122334401" } })
    check({ verdict = "unknown", state = "unknown" }, found[1])
  end)

  it("is asked for 50 at a time", function()
    local client = simulated.client "cisco_em"
    for question, list in pairs { find = simulated.names("u", 101), occupants = targets("device", simulated.names("SEP", 101)) } do
      local batches = resolve.batches(client, question, list)
      assert.are.equal(3, #batches)
      assert.are.same({ 50, 50, 1 }, { #batches[1], #batches[2], #batches[3] })
      assert.are.equal(list[51], batches[2][1])
    end
    assert.are.same({}, resolve.batches(client, "find", {}))
  end)

  it("that is not there brings its failure, for whoever asks again", function()
    simulator.faults { { system = "cisco_em", fault = "status", status = 503, headers = { ["Retry-After"] = "7" } } }
    local found, message, code, detail = resolve.find(simulated.client "cisco_em", targets("find", { "ana.silva" }))
    assert.is_nil(found)
    assert.are.equal("busy", code)
    assert.are.equal(7, detail.retry_after)
    assert.are.equal(message, detail.message)
  end)
end)

describe("Agvance", function()
  before_each(simulated.reset)

  local function client()
    return simulated.client("agvance", "http", { session_id = signoff.secret.new "session-own" })
  end

  it("says whose sessions there are, in one request", function()
    local found = assert(resolve.find(client(), targets("find", { "BEN.Okafor", "carla.rossi" })))
    check({ targets = { { key = "AGV-7F31-0002" }, { key = "AGV-7F31-0003" } } }, found[1])
    check({ verdict = "already_out", message = "has no session" }, found[2])
    assert.are.equal("sessions", simulated.heard "agvance")
  end)

  it("says whether keys are there, and whose", function()
    local found = occupants(client(), targets("key", { "AGV-7F31-0002", "AGV-GONE", "agv-7f31-0002" }))
    check({ user = "ben.okafor", what = "a session of ben.okafor" }, found[1])
    assert.is_nil(found[1].verdict)
    check({ verdict = "already_out", message = "not in the list of sessions" }, found[2])
    check({ verdict = "unknown" }, found[3])
  end)

  it("is asked once for any number", function()
    assert.are.equal(1, #resolve.batches(client(), "occupants", targets("key", simulated.names("K", 1000))))
    assert.are.same({}, resolve.batches(client(), "find", {}))
  end)

  local function list(...)
    return { whole = true, ... }
  end

  local A, B = { user = "ana", session_log_key = "K1" }, { user = "Ana ", session_log_key = "K2" }
  local OWN = { user = "ana", session_log_key = "K3", own = true }

  it("never names our own session", function()
    local found = resolve.read("agvance", "find", list(A, OWN), { { find = "ana" } })
    check({ targets = { { key = "K1" } } }, found[1])
    found = resolve.read("agvance", "find", list(OWN), { { find = "ana" } })
    check({ verdict = "skipped" }, found[1])
    found = resolve.read("agvance", "occupants", list(OWN), { { key = "K3" } })
    check({ verdict = "skipped", own = true }, found[1])
  end)

  it("takes users for the same without their case and blanks", function()
    check({ targets = { { key = "K1" }, { key = "K2" } } }, resolve.read("agvance", "find", list(A, B), { { find = "ANA" } })[1])
  end)

  for name, row in pairs {
    ["a session without a user"] = { session_log_key = "K9", doubt_user = "has a row without one" },
    ["one of the user without a key"] = { user = "ana", doubt_key = "has a row without one" },
  } do
    it("does not say that somebody is out while the list has " .. name, function()
      local found = resolve.read("agvance", "find", list(row), { { find = "ana" } })
      check({ verdict = "unknown" }, found[1])
      found = resolve.read("agvance", "find", list(A, row), { { find = "ana" } })
      check({ targets = { { key = "K1" } } }, found[1])
      assert.are.equal("unknown", found[1].rest.verdict)
    end)
  end

  it("does not say that a key is gone while the list has one without", function()
    check({ verdict = "unknown" }, resolve.read("agvance", "occupants", list { user = "eva", doubt_key = "has a row without one" }, { { key = "K1" } })[1])
  end)

  it("does not say that anybody or any key is gone by a list that is not whole", function()
    local cut = { whole = false, doubt = "came with HTTP 203, not 200", A }
    check({ verdict = "unknown" }, resolve.read("agvance", "find", cut, { { find = "eva" } })[1])
    check({ verdict = "unknown" }, resolve.read("agvance", "occupants", cut, { { key = "K9" } })[1])
    check({ targets = { { key = "K1" } } }, resolve.read("agvance", "find", cut, { { find = "ana" } })[1])
  end)
end)

describe("other systems", function()
  it("cannot be asked", function()
    for _, kind in ipairs { "isymphony", "oracle_commerce", "jde_ais" } do
      assert.is_nil(resolve.row(kind, "find"))
      assert.is_nil(resolve.row(kind, "occupants"))
    end
  end)
end)
