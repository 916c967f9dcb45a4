-- SPDX-License-Identifier: MIT
-- Systems that are described in Lua: copies of JD Edwards (tokens) and Agvance (listed sessions) against the simulator, from a call to
-- a run.

local new_agvance = require "spec.support.agvance_in_lua"
local new_jde = require "spec.support.jde_in_lua"
local offboarding = require "spec.support.offboarding"
local report = require "signoff.offboard.report.report"
local signoff = require "signoff"
local simulated = require "spec.support.simulated"

local simulator, check, check_failure = simulated.simulator, simulated.check, simulated.check_failure

local LIVE, OLD, DEVICE = "044dZ+KYNj4/6ul4Pib7=MjY1+NzM/Mg==", "044Old+Token/=T0xE==", "ANA LAPTOP #1 (50%)"

local function reset()
  simulator.reset()
  simulator.people { jde_ais = { sessions = {
    { token = LIVE, user = "ANASILVA", device = DEVICE, expires_in = 1800 }, { token = OLD, user = "ANASILVA", device = DEVICE, expires_in = -1 },
  } } }
end

local function client_of(options)
  local merged = { url = simulated.url("jde_ais", "https"), ca_file = simulator.ca_file }
  for name, value in pairs(options or {}) do
    merged[name] = value
  end
  return new_jde(merged)
end

local function target(token)
  return { token = token, device = DEVICE }
end

describe("a system in Lua", function()
  before_each(reset)

  for _, accept in ipairs { "json", "xml" } do
    it("tells, signs out and tells again, in " .. accept, function()
      local client = client_of { accept = accept }
      check({ active = true, http_status = 200 }, assert(client:status(target(LIVE))))
      check({ answer = "accepted", status = "Success", http_status = 200 }, assert(client:logout(target(LIVE))))
      check({ active = false, own_words = true }, assert(client:status(target(LIVE))))
      check({ answer = "already_out", own_words = true }, assert(client:logout(target(OLD))))
    end)
  end

  it("signs out with a proof, and watches", function()
    local result = client_of():signout(target(LIVE), { settle = 0.1, schedule = { 0.05 } })
    assert.are.equal("ended", result.verdict)
    assert.are.equal("jde_in_lua", result.system)
    assert.are.equal(signoff.fingerprint(LIVE) .. "@" .. DEVICE, result.target)
    assert.are.equal("unknown", client_of():verify(target(OLD), { settle = 0.1, schedule = { 0.05 } }).verdict)
  end)

  it("has the failures of every system", function()
    simulator.faults { { system = "jde_ais", fault = "status", status = 503, type = "text/plain", body = "x", headers = { ["Retry-After"] = "5" } } }
    check_failure({ code = "busy", retriable = true, retry_after = 5, backend = "jde_in_lua" }, client_of():logout(target(LIVE)))
  end)
end)

local function agvance_of(options)
  local merged = { url = simulated.url "agvance", headers = simulated.headers, session_id = "session-own" }
  for name, value in pairs(options or {}) do
    merged[name] = value
  end
  return new_agvance(merged)
end

local function verdicts_of(result)
  local found = {}
  for i, row in ipairs(result.results) do
    found[i] = ("%s %s %s"):format(row.person, row.target, row.verdict)
  end
  return found
end

describe("sessions that a system in Lua lists", function()
  before_each(reset)

  it("are listed, looked for, and logged off", function()
    local client = agvance_of()
    local rows = assert(client:sessions())
    assert.is_true(rows.whole)
    assert.is_true(#rows > 2)
    check({ active = true, user = "ana.silva" }, assert(client:status "AGV-7F31-0001"))
    check({ answer = "accepted", requested = 2, count = 2 }, assert(client:logout { "AGV-7F31-0001", "AGV-7F31-0002" }))
    check({ active = false, whole = true }, assert(client:status "AGV-7F31-0001"))
    check_failure({ code = "rejected", scope = "target" }, client:logout "AGV-7F31-OWN")
  end)

  it("are taken by key, by KEY=USER and by name, in one run", function()
    local systems = { shop = { client = agvance_of() }, jde = { client = client_of() } }
    local people = {
      { person = "ana.silva", shop = "AGV-7F31-0001", jde = LIVE .. "@" .. DEVICE },
      { person = "ben.okafor", shop = "user:ben.okafor" },
      { person = "carla.rossi", shop = "AGV-7F31-0003=nobody" },
    }
    local result = assert(offboarding.apply(systems, people))
    assert.are.same({
      ("ana.silva %s@%s ended"):format(signoff.fingerprint(LIVE), DEVICE), "ana.silva AGV-7F31-0001 ended", "ben.okafor AGV-7F31-0002 ended",
      "ben.okafor AGV-7F31-0003 ended", "carla.rossi AGV-7F31-0003 skipped",
    }, verdicts_of(result))
    assert.is_truthy(report(result, { format = "text" }):find "ended")
  end)
end)
