-- SPDX-License-Identifier: MIT
-- A run against systems that lie and exchanges that break: nothing of it may read as "ended" when it is not.

local leaver = require "spec.support.leaver"
local lies = require "spec.support.lies"
local offboarding = require "spec.support.offboarding"
local simulated = require "spec.support.simulated"

local simulator = simulated.simulator

local fault, status = lies.fault, lies.status

-- A token whose logout's reply was lost may have been renewed, or live at another node: what refuses it proves nothing.
local lost = { verdict = "unknown", code = "moved", changes = 1 }

-- `act` and `look` are faults of the leaver's logout and of reads; `reads` says how many of them pass first (1: the one
-- before the act). `verdict`, `code`, `exit` and `changes` (how many logouts were received) are what must come of it; a system
-- may have its own under its name, false where it cannot be told from the truth.
local rows = {
  -- The system says done, and lies.
  { name = "tells the truth", verdict = "ended", exit = 0, changes = 1 },
  { name = "says done, does nothing", act = fault "still_there", verdict = "still_active", exit = 1, changes = 1 },
  { name = "the session is reborn at once", act = fault("reborn", { seconds = 0, clock = "real" }), verdict = "still_active", exit = 1, changes = 1 },
  { name = "the session is reborn after five seconds", act = fault("reborn", { seconds = 5 }), verdict = "still_active", exit = 1, changes = 1 },
  { name = "the session is reborn just before the second look", act = fault("reborn", { seconds = 9.4 }), verdict = "still_active", exit = 1, changes = 1 },
  { name = "says done twice, does it the second time only", act = fault("still_there", { times = 1 }), verdict = "still_active", exit = 1, changes = 1 },
  -- The logout's reply is lost, and it acted.
  { name = "closed after the act", act = fault("close", { act = true, times = 1 }), verdict = "ended", changes = 1, tokens = lost },
  { name = "always closed after the act", act = fault("close", { act = true }), verdict = "ended", changes = 1, tokens = lost },
  { name = "reset after the act", act = fault("reset_before_headers", { act = true, times = 1 }), verdict = "ended", changes = 1, tokens = lost },
  { name = "reset inside the headers", act = fault("reset_inside_headers", { times = 1 }), verdict = "ended", changes = 1, tokens = lost },
  { name = "the headers are cut", act = fault("cut_headers", { times = 1 }), verdict = "ended", changes = 1, tokens = lost },
  { name = "the body is cut", act = fault("cut", { times = 1 }), verdict = "ended", changes = 1, tokens = lost },
  { name = "stalls after the act", act = fault("stall", { act = true, seconds = 0.9 }), timeout = 0.3, verdict = "ended", changes = 1, tokens = lost },
  { name = "acts, but says 500", act = status(500, "", { act = true }), verdict = "ended", changes = 1, tokens = lost },
  { name = "acts, but says 503", act = status(503, "", { act = true }), verdict = "ended", changes = 1, tokens = lost },
  { name = "acts, but shows a page", act = status(200, "<html/>", { act = true }), verdict = "ended", changes = 1, tokens = lost },
  { name = "the reply is lost, and it is reborn", act = fault("reborn", { seconds = 5, times = 1 }), also = fault("cut", { times = 1 }),
    verdict = "ended", changes = 2, tokens = lost },
  -- The logout is lost, and it did not act.
  { name = "closed before the act, once", act = fault("close", { times = 1 }), verdict = "ended", changes = 2 },
  { name = "always closed before the act", act = fault "close", verdict = "failed", code = "unreachable", exit = 1 },
  { name = "always stalls before the act", act = fault("stall", { seconds = 0.9 }), timeout = 0.3, verdict = "failed", code = "timeout", exit = 1 },
  { name = "refused with 400", act = status(400), verdict = "failed", code = "rejected", changes = 1, exit = 1 },
  { name = "refused with 404", act = status(404), verdict = "failed", code = "not_found", changes = 1 },
  { name = "our credentials are refused", act = status(401), verdict = "pending", code = "denied", changes = 1, exit = 4 },
  { name = "a redirect to a page that says 200", act = status(302, "", { headers = { Location = simulator.http } }), verdict = "failed", code = "rejected", changes = 1 },
  { name = "500 once", act = status(500, "", { times = 1 }), verdict = "ended", changes = 2, agvance = { verdict = "failed", code = "server", changes = 1 } },
  { name = "503 once", act = status(503, "", { times = 1 }), verdict = "ended", changes = 2 },
  { name = "429 once, with Retry-After", act = status(429, "", { times = 1, headers = { ["Retry-After"] = "7" } }), verdict = "ended", changes = 2 },
  { name = "a login page with 200", act = status(200, "<html>Log in</html>"), verdict = "failed", code = "unusable", changes = 1 },
  { name = "an empty 200", act = status(200), verdict = "failed", code = "unusable", changes = 1,
    oracle_commerce = { verdict = "still_active", changes = 1 }, jde_ais = { verdict = "still_active", changes = 1 } },
  -- The reads after the act prove nothing, and the act did nothing.
  { name = "looks get 500", act = fault "still_there", look = status(500), reads = 1, verdict = "unknown", code = "server", exit = 3 },
  { name = "looks get 400", act = fault "still_there", look = status(400), reads = 1, verdict = "unknown", code = "rejected", exit = 3 },
  { name = "looks get 404", act = fault "still_there", look = status(404), reads = 1, verdict = "unknown", code = "not_found",
    oracle_commerce = { verdict = "unverified", code = "unsupported", exit = 3 } },
  { name = "looks get a page", act = fault "still_there", look = status(200, "<html/>"), reads = 1, verdict = "unknown", code = "unusable" },
  { name = "looks get an empty 200", act = fault "still_there", look = status(200), reads = 1, verdict = "unknown" },
  { name = "looks get an empty object", act = fault "still_there", look = status(200, "{}"), reads = 1, verdict = "unknown" },
  { name = "looks are cut", act = fault "still_there", look = fault "cut", reads = 1, verdict = "unknown", code = "unusable" },
  { name = "looks are closed", act = fault "still_there", look = fault "close", reads = 1, verdict = "unknown", code = "unreachable" },
  { name = "looks stall", act = fault "still_there", look = fault("stall", { seconds = 0.9 }), reads = 1, timeout = 0.3, verdict = "unknown", code = "timeout" },
  { name = "one look fails", look = status(503, "", { times = 1 }), reads = 1, verdict = "ended", changes = 1 },
  { name = "the second look fails for ever", look = status(500), reads = 2, verdict = "unknown", changes = 1, exit = 3 },
  -- The look before the act.
  { name = "the first look fails once", look = status(503, "", { times = 1 }), verdict = "ended", changes = 1 },
  { name = "the first look always fails", look = status(503), verdict = "failed", code = "busy", changes = 0, exit = 1 },
  { name = "our credentials are refused at the first look", look = status(401), verdict = "pending", code = "denied", changes = 0, exit = 4 },
  { name = "the first look gets a page", look = status(200, "<html/>"), verdict = "failed", code = "unusable", changes = 0 },
}

local proofs = { ended = true, already_out = true }

local function check_result(result, system)
  local row = result.results[1]
  assert.are.equal(1, #result.results)
  assert.are.same({ "lea.ver", system, "logout" }, { row.person, row.system, row.action })
  assert.is_false(proofs[row.verdict] and leaver.systems[system].here() or false)
  assert.is_nil(simulated.leak(result, leaver.secrets))
  assert.are.equal(1, result.totals[row.verdict])
  return row
end

local function check_row(row, system, wanted)
  local systems = { [system] = offboarding.entry(system, nil, { timeout = row.timeout }) }
  local people = { offboarding.leaver(system) }
  local result = assert(offboarding.apply(systems, people, nil, function() lies.tell(row, system) end))
  local found = check_result(result, system)
  assert.are.equal(wanted.verdict, found.verdict)
  if wanted.code then
    assert.are.equal(wanted.code, found.code)
    assert.is_string(found.message)
  end
  if wanted.changes then
    assert.are.equal(wanted.changes, leaver.changes(system))
  end
  if wanted.exit then
    assert.are.equal(wanted.exit, result.exit)
  end
  assert.are.equal(wanted.verdict ~= "ended" and wanted.verdict ~= "pending", found.by_hand ~= nil)
end

describe("offboarding", function()
  before_each(leaver.arrive)

  for _, case in ipairs(lies.cases(rows)) do
    it(case.name, function()
      lies.with_kind(case, function()
        check_row(case.row, case.system, case.wanted)
      end)
    end)
  end
end)

-- Lies that only one system can tell, and such as need several people. Each row is a function that gives the result and
-- what must come of it.
local function em(cell, between, more)
  return offboarding.apply({ cisco_em = offboarding.entry("cisco_em", more) }, { { person = "lea.ver", cisco_em = cell } }, nil, between)
end

local DEVICE = leaver.systems.cisco_em.target

local function sit_down(user)
  return function()
    simulator.add { cisco_em = { devices = { { name = DEVICE, user = user } } } }
  end
end

local function one(result)
  return result.results[1].verdict, result.results[1].code, result.exit
end

local function at_device()
  return simulated.row("cisco_em", "devices", "name", DEVICE).user
end

describe("offboarding phones", function()
  before_each(leaver.arrive)

  it("leaves alone who sat down after the plan", function()
    for _, cell in ipairs { DEVICE, DEVICE .. "=lea.ver" } do
      leaver.arrive()
      local result = em(cell, sit_down "new.comer")
      assert.are.same({ "skipped", "other_person", 3 }, { one(result) })
      assert.is_true(offboarding.saw(result.results[1], "new.comer"))
      assert.are.same({ "new.comer", 0 }, { at_device(), leaver.changes "cisco_em" })
    end
  end)

  it("leaves alone who sat down where nobody sat at planning", function()
    simulator.add { cisco_em = { devices = { { name = DEVICE } } } }
    assert.are.same({ "skipped", "other_person", 3 }, { one(em(DEVICE, sit_down "new.comer")) })
    assert.are.equal("new.comer", at_device())
  end)

  it("signs the leaver out who came back after the plan", function()
    simulator.add { cisco_em = { devices = { { name = DEVICE } } } }
    assert.are.same({ "ended", nil, 0 }, { one(em(DEVICE, sit_down "lea.ver")) })
  end)

  it("says who took the phone after the act, and that the leaver is out", function()
    local result = em(DEVICE, function()
      simulator.faults { { system = "cisco_em", operation = "logout", fault = "taken", user = "new.comer", when = "after" } }
    end)
    assert.are.equal("ended", (one(result)))
    assert.is_true(offboarding.saw(result.results[1], "new.comer"))
  end)

  it("finds a person again, who moved since the plan", function()
    simulator.add { cisco_em = { devices = { { name = "SEPOTHER" } } } }
    local result = em("user:lea.ver", function()
      simulator.add { cisco_em = { devices = { { name = DEVICE, user = "new.comer" }, { name = "SEPOTHER", user = "lea.ver" } } } }
    end)
    assert.are.same({ "SEPOTHER", "ended" }, { result.results[1].target, (one(result)) })
    assert.are.same({ 1, "new.comer" }, { #result.results, at_device() })
  end)

  it("believes a code only if the observations agree", function()
    simulator.add {}
    local result = em(DEVICE, function()
      simulator.faults { { system = "cisco_em", operation = "logout", fault = "code", code = 19, message = "not logged in" } }
    end)
    assert.are.equal("still_active", (one(result)))
  end)

  it("knows a phone that is none, and a person who may be none", function()
    assert.are.same({ "failed", "not_found", 1 }, { one(em "SEPNOWHERE") })
    assert.are.same({ "failed", "not_found", 1 }, { one(em "user:no.body") })
    assert.are.same({ "skipped", "optional", 0 }, { one(em "user:no.body?") })
  end)
end)

local function three_sessions()
  local rows_, cells = {}, {}
  for i = 1, 3 do
    rows_[i] = { session_log_key = "AGV-" .. i, user = "lea.ver", session_id = "session-" .. i }
    cells[i] = "AGV-" .. i
  end
  simulator.add { agvance = { sessions = rows_ } }
  return { { person = "lea.ver", agvance = cells } }
end

describe("offboarding sessions", function()
  before_each(leaver.arrive)

  it("finds out by listing again which of them a short count left", function()
    local people = three_sessions()
    local result = offboarding.apply({ agvance = offboarding.entry "agvance" }, people, nil, function()
      simulator.faults { { system = "agvance", operation = "logout", fault = "count_short", by = 1 } }
    end)
    assert.are.same({ "ended", "ended", "still_active" }, offboarding.verdicts(result))
    assert.is_true(offboarding.saw(result.results[1], "2 of 3"))
    assert.are.equal(1, result.exit)
    assert.are.equal(1, #simulated.journal("agvance", "logout"))
  end)

  it("never logs our own off", function()
    simulator.add { agvance = { sessions = { { session_log_key = "AGV-OWN", user = "script", session_id = "session-own" } } } }
    local systems = { agvance = offboarding.entry("agvance", nil, { session_id = "session-own" }) }
    local people = { { person = "lea.ver", agvance = { "AGV-OWN", leaver.systems.agvance.target } } }
    local result = offboarding.apply(systems, people)
    assert.are.same({ "skipped", "ended" }, offboarding.verdicts(result))
    assert.are.same({ "own", 3 }, { result.results[1].code, result.exit })
    assert.is_truthy(simulated.row("agvance", "sessions", "session_log_key", "AGV-OWN"))
  end)

  it("says so when a status refuses, with a Count that agrees with it", function()
    local people = three_sessions()
    local result = offboarding.apply({ agvance = offboarding.entry "agvance" }, people, nil, function()
      simulator.faults { { system = "agvance", operation = "logout", fault = "code", code = 1, message = "no" } }
    end)
    assert.are.same({ "failed", "failed", "failed" }, offboarding.verdicts(result))
    assert.are.equal("rejected", result.results[1].code)
  end)
end)

describe("offboarding tokens", function()
  before_each(leaver.arrive)

  for _, system in ipairs { "oracle_commerce", "jde_ais" } do
    it(system .. ": one that never was proves nothing", function()
      local cell = system == "jde_ais" and "044Never+Was==@LEAVER-PC" or "eyNever.Was.Alive"
      local result = offboarding.apply({ [system] = offboarding.entry(system) }, { { person = "lea.ver", [system] = cell } })
      assert.are.same({ "unknown", "never_seen", 3 }, { one(result) })
    end)

    it(system .. ": one that ended between plan and apply proves nothing", function()
      local result = offboarding.apply({ [system] = offboarding.entry(system) }, { offboarding.leaver(system) }, nil, function()
        leaver.leave(system)
      end)
      assert.are.same({ "unknown", "never_seen", 3 }, { one(result) })
    end)
  end

  it("a result of false is none", function()
    local result = offboarding.apply({ oracle_commerce = offboarding.entry "oracle_commerce" }, { offboarding.leaver "oracle_commerce" }, nil, function()
      simulator.faults { { system = "oracle_commerce", operation = "logout", fault = "result_false" } }
    end)
    assert.are.same({ "failed", "server", 1 }, { one(result) })
    assert.is_true(leaver.systems.oracle_commerce.here())
  end)

  it("444 of a session that lives is not believed", function()
    local result = offboarding.apply({ jde_ais = offboarding.entry "jde_ais" }, { offboarding.leaver "jde_ais" }, nil, function()
      simulator.faults { { system = "jde_ais", operation = "logout", fault = "wrong_device" } }
    end)
    assert.are.same({ "still_active", nil, 1 }, { one(result) })
  end)

  it("444 to the wrong device proves nothing", function()
    for cell, code in pairs { [leaver.tokens.jde_ais .. "@OTHER-PC"] = "never_seen", [leaver.tokens.jde_ais] = false } do
      local result = offboarding.apply({ jde_ais = offboarding.entry "jde_ais" }, { { person = "lea.ver", jde_ais = cell } })
      assert.are.same({ "unknown", code or nil, 3 }, { one(result) })
      assert.is_true(leaver.systems.jde_ais.here())
    end
  end)

  it("what no key is held for is said", function()
    local result = offboarding.apply({ jde_ais = offboarding.entry "jde_ais" }, { { person = "lea.ver", jde_ais = "?" } })
    assert.are.same({ "no_token", nil, 3 }, { one(result) })
    assert.are.equal("", simulated.heard "jde_ais")
  end)
end)

describe("offboarding panels", function()
  before_each(leaver.arrive)

  local function panel(between, options)
    return offboarding.apply({ isymphony = offboarding.entry "isymphony" }, { offboarding.leaver "isymphony" }, options, between)
  end

  local told = {
    { "sets it", nil, "status_set", nil, 0 },
    { "ignores it", { fault = "status_ignored" }, "failed", "server", 1 },
    { "says done, does nothing", { fault = "still_there" }, "failed", "server", 1 },
    { "is undone at once", { fault = "reborn", seconds = 0, clock = "real" }, "failed", "server", 1 },
    { "loses the reply", { fault = "close", act = true, times = 1 }, "status_set", nil, 0 },
    { "says 200 and nothing else", { fault = "status", status = 200, type = "text/html" }, "failed", "server", 1 },
    { "shows a login page", { fault = "status", status = 200, body = "<html>Log in</html>", type = "text/html" }, "failed", "unusable", 1 },
    { "fails once", { fault = "status", status = 503, times = 1 }, "status_set", nil, 0 },
    { "refuses", { fault = "status", status = 422 }, "failed", "rejected", 1 },
  }
  for _, lie in ipairs(told) do
    it(lie[1], function()
      local result = panel(function()
        if lie[2] then
          lie[2].system, lie[2].operation = "isymphony", "set_status"
          simulator.faults { lie[2] }
        end
      end)
      assert.are.same({ lie[3], lie[4], lie[5] }, { one(result) })
      local shown = simulated.row("isymphony", "users", "user_name", "lea.ver").status
      assert.are.equal(lie[3] == "status_set", shown ~= nil and shown.name == offboarding.GONE.name)
    end)
  end

  it("names the panels that remain, and what was set before", function()
    local row = panel().results[1]
    assert.is_true(offboarding.saw(row, "1 panel logins remain: 192.0.2.77:52299"))
    assert.is_table(row.evidence[1].previous)
  end)

  it("one person's missing licence is that person's alone", function()
    simulator.add { isymphony = { users = { { user_name = "lea.ver", licensed = false }, { user_name = "ot.her" } } } }
    local people = { offboarding.leaver "isymphony", { person = "ot.her", isymphony = "ot.her" } }
    local result = offboarding.apply({ isymphony = offboarding.entry "isymphony" }, people)
    assert.are.same({ "failed", "status_set" }, offboarding.verdicts(result))
    assert.are.same({ "denied", 1 }, { result.results[1].code, result.exit })
  end)
end)
