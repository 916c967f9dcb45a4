-- SPDX-License-Identifier: MIT
-- client:signout against the simulator: finds, signs out, verifies; whom it leaves alone, and what it shows of it.

local leaver = require "spec.support.leaver"
local signoff = require "signoff"
local simulated = require "spec.support.simulated"

local simulator = simulated.simulator

local DEVICE, KEY = leaver.systems.cisco_em.target, leaver.systems.agvance.target
local ORACLE, JDE = leaver.tokens.oracle_commerce, leaver.tokens.jde_ais

local function signout(client, system, changes, target)
  return leaver.check(client:signout(target or leaver.systems[system].target, leaver.options(changes)), system)
end

local function check_verdict(wanted, result, code)
  assert.are.equal(wanted, result.verdict)
  assert.are.equal(code, result.code)
  return result
end

-- An error body that repeats secrets, as they are and percent-encoded, where each system has its message.
local function echo_of(secrets)
  local text = table.concat(secrets, " ") .. " " .. table.concat(secrets, " "):gsub("[^%w%-._~ ]", function(char)
    return ("%%%02X"):format(char:byte())
  end)
  return require "cjson".encode { message = text, Message = text, errorText = text, errorCode = text }
end

-- A target as the result shows it.
local shown = {
  cisco_em = DEVICE, agvance = KEY, oracle_commerce = signoff.fingerprint(ORACLE), jde_ais = signoff.fingerprint(JDE) .. "@LEAVER-PC",
}

-- A client that has seen the leaver signed in; nothing of that remains in the journal.
local function witness(system, options)
  local client = simulated.client(system, "http", options)
  client:verify(leaver.systems[system].target, leaver.quick)
  simulator.forget()
  return client
end

-- Phones: `faults` and `options`, the verdict, who sits there afterwards, how many logouts were received.
local phones = {
  { name = "the expected user, in another case", options = { user = "LEA.ver" }, verdict = "ended", changes = 1 },
  { name = "somebody else", options = { user = "new.comer" }, verdict = "skipped", code = "other_person", changes = 0, at = "lea.ver", mentions = "lea.ver" },
  { name = "nobody", left = true, options = { user = "lea.ver" }, verdict = "already_out", changes = 0 },
  { name = "nobody, in any case", left = true, verdict = "already_out", changes = 0 },
  { name = "somebody unknown", options = { user = "lea.ver" }, verdict = "unknown", changes = 0, at = "lea.ver",
    faults = { { operation = "query_devices", fault = "status", status = 200, body = "<response><deviceUserResults/></response>" } } },
  { name = "somebody new, right after the logout", faults = { { operation = "logout", fault = "taken", user = "new.comer" } },
    verdict = "ended", changes = 1, at = "new.comer", mentions = "new.comer" },
  { name = "somebody new, between the two looks", verdict = "ended", changes = 1, at = "new.comer", mentions = "new.comer",
    faults = { { operation = "logout", fault = "taken", user = "new.comer", seconds = 0.02, clock = "real" } } },
  { name = "somebody new, while 'user' is given", options = { user = "lea.ver" }, verdict = "ended", changes = 1, at = "new.comer",
    faults = { { operation = "logout", fault = "taken", user = "new.comer" } } },
  { name = "busy once", faults = { { operation = "logout", fault = "code", code = 26, times = 1 } }, verdict = "ended", changes = 2 },
  { name = "always busy", faults = { { operation = "logout", fault = "code", code = 26 } }, verdict = "failed", code = "busy", changes = 3, at = "lea.ver" },
  { name = "an unknown error once", faults = { { operation = "logout", fault = "code", code = 0, times = 1 } }, verdict = "ended", changes = 2 },
  { name = "'nobody is logged in', which is a lie", faults = { { operation = "logout", fault = "code", code = 19 } },
    verdict = "still_active", changes = 1, at = "lea.ver" },
  { name = "a policy", faults = { { operation = "logout", fault = "code", code = 4 } }, verdict = "failed", code = "denied", changes = 1, at = "lea.ver" },
  { name = "a code that nobody knows", faults = { { operation = "logout", fault = "code", code = 4711 } }, verdict = "failed", code = "rejected", changes = 1, at = "lea.ver" },
  { name = "credentials refused on the look", client = { app_certificate = "wrong-password" }, verdict = "failed", code = "denied", changes = 0, at = "lea.ver" },
  { name = "no rights", client = { app_id = "readonly" }, verdict = "failed", code = "denied", changes = 0, at = "lea.ver" },
}

local function check_phone(row, scheme)
  if row.left then leaver.leave "cisco_em" end
  for _, fault in ipairs(row.faults or {}) do fault.system = "cisco_em" end
  simulator.faults(row.faults or {})
  local result = check_verdict(row.verdict, signout(simulated.client("cisco_em", scheme, row.client), "cisco_em", row.options), row.code)
  assert.are.equal(row.changes, leaver.changes "cisco_em")
  assert.are.equal(row.at, simulated.row("cisco_em", "devices", "name", DEVICE).user)
  assert.is_true(row.mentions == nil or simulated.mentions(result.evidence, row.mentions) or simulated.mentions(result.message, row.mentions))
end

-- Other systems' own ways: `settings`, `faults` of the logout, `target`, verdict, code, whether the leaver is still there.
local ways = {
  { "agvance", "its Status says no", fault = { fault = "code", code = 1, message = "no" }, verdict = "failed", code = "rejected", here = true },
  { "agvance", "its Status says nothing known", fault = { fault = "code", code = 7 }, verdict = "failed", code = "server", here = true },
  { "agvance", "its Count is short", fault = { fault = "count_short" }, verdict = "still_active", here = true },
  { "agvance", "unknown keys are errors, and it is one", left = true, settings = { unknown_keys = "error" }, verdict = "unknown", code = "never_seen" },
  { "oracle_commerce", "it says false", fault = { fault = "result_false" }, verdict = "failed", code = "server", here = true },
  { "oracle_commerce", "it says false once", fault = { fault = "result_false", times = 1 }, verdict = "ended" },
  { "oracle_commerce", "the token outlives the logout", settings = { revoke = false }, verdict = "still_active", here = true },
  { "oracle_commerce", "no way to prove it", settings = { verify = false }, verdict = "unverified", code = "unsupported" },
  { "oracle_commerce", "no way to prove it, and no acceptance", settings = { verify = false }, verdict = "unknown", code = "unsupported", here = true,
    fault = { fault = "status", status = 200, type = "application/json", body = "{}" } },
  { "oracle_commerce", "no way to prove it, and a refused token", settings = { verify = false }, left = true, verdict = "unknown", code = "unsupported" },
  { "oracle_commerce", "a token of another API", target = "eyAdmin", verdict = "failed", code = "denied", here = true },
  { "oracle_commerce", "an error in a 200", fault = { fault = "code", code = 20031, status = 200 }, verdict = "failed", code = "rejected", here = true },
  { "jde_ais", "refused, though it lives", fault = { fault = "wrong_device" }, verdict = "still_active", here = true },
  { "jde_ais", "an ERROR in a 200", fault = { fault = "status", status = 200, body = "{\"status\":\"ERROR\"}" }, verdict = "failed", code = "server", here = true },
  { "jde_ais", "another device", target = { token = JDE, device = "OTHER-PC" }, verdict = "unknown", code = "never_seen", here = true },
  { "jde_ais", "no device", target = JDE, verdict = "unknown", here = true },
  { "jde_ais", "invalid tokens get 403", settings = { invalid_token_status = 403, invalid_on_validate = "403" }, verdict = "ended" },
  { "jde_ais", "invalid tokens get a flag", settings = { invalid_on_validate = "flag" }, verdict = "ended" },
}

local function check_way(row)
  local system = row[1]
  if row.left then leaver.leave(system) end
  simulator.add { oracle_commerce = { tokens = { { token = "eyAdmin", api = "ccadmin" } } } }
  simulator.settings(system, row.settings or {})
  if row.fault then
    row.fault.system, row.fault.operation = system, "logout"
    simulator.faults(row.fault)
  end
  check_verdict(row.verdict, signout(simulated.client(system), system, nil, row.target), row.code)
  assert.are.equal(row.here or false, leaver.systems[system].here())
end

describe("signout", function()
  before_each(leaver.arrive)

  for _, system in ipairs(leaver.names) do
    local look, act = leaver.systems[system].look, leaver.systems[system].act

    for _, scheme in ipairs(simulated.schemes) do
      it(("%s, %s: ends a session, and has seen it gone twice"):format(system, scheme), function()
        local result = check_verdict("ended", signout(simulated.client(system, scheme), system))
        assert.are.equal(("%s %s %s %s"):format(look, act, look, look), simulated.heard(system))
        assert.are.equal(shown[system], result.target)
        assert.are.equal(4, #result.evidence)
        assert.is_true(result.evidence[4].at - result.evidence[3].at >= 0.045)
        assert.is_nil(result.message or result.by_hand)
        assert.is_false(leaver.systems[system].here())
      end)
    end

    it(system .. ": leaves alone who left before", function()
      local client = witness(system)
      leaver.leave(system)
      local wanted, code = "already_out", nil
      if leaver.tokens[system] then
        wanted, code = "unknown", "moved" -- it may have been renewed
      end
      check_verdict(wanted, signout(client, system), code)
      assert.are.equal(0, leaver.changes(system))
    end)

    it(system .. ": shows no secret that a server echoes", function()
      for _, operation in ipairs { look, act } do
        simulator.faults { { system = system, operation = operation, fault = "status", status = 400, type = "application/json",
          body = echo_of(leaver.own[system]) } }
        local result = signout(simulated.client(system), system)
        assert.are.equal("failed", result.verdict)
        assert.is_true(simulated.mentions(result.evidence, "HTTP 400"))
      end
    end)
  end

  for _, scheme in ipairs(simulated.schemes) do
    for _, row in ipairs(phones) do
      it(("cisco_em, %s: finds %s"):format(scheme, row.name), function() check_phone(row, scheme) end)
    end
  end

  it("cisco_em: finds no such phone", function()
    local result = simulated.client "cisco_em":signout("SEPNONE", leaver.quick)
    assert.are.same({ "failed", "not_found", 0 }, { result.verdict, result.code, leaver.changes "cisco_em" })
  end)

  for _, row in ipairs(ways) do
    it(("%s: %s"):format(row[1], row[2]), function() check_way(row) end)
  end

  for system, target in pairs { agvance = signoff.secret.new(KEY), oracle_commerce = signoff.secret.new(ORACLE),
    jde_ais = { token = signoff.secret.new(JDE), device = "LEAVER-PC" } } do
    it(system .. ": takes its target as a secret, and shows a fingerprint", function()
      local result = check_verdict("ended", signout(simulated.client(system), system, nil, target))
      assert.are.equal(system == "agvance" and signoff.fingerprint(KEY) or shown[system], result.target)
      assert.is_nil(simulated.leak(result, { KEY }))
    end)
  end

  it("agvance: leaves its own session alone", function()
    local result = simulated.client("agvance", "http", { session_id = "session-leaver" }):signout(KEY, leaver.quick)
    assert.are.same({ "skipped", 0 }, { result.verdict, leaver.changes "agvance" })
    assert.is_true(leaver.systems.agvance.here())
  end)

  for _, system in ipairs { "oracle_commerce", "jde_ais" } do
    it(system .. ": knows nothing of a token that it never saw alive", function()
      leaver.leave(system)
      local result = check_verdict("unknown", signout(simulated.client(system), system), "never_seen")
      assert.is_string(result.by_hand)
    end)

    it(system .. ": takes the client's own token", function()
      local own = { token = signoff.secret.new(leaver.tokens[system]), device = system == "jde_ais" and "LEAVER-PC" or nil }
      local options = { own = true }
      for name, value in pairs(leaver.quick) do
        options[name] = value
      end
      local result = simulated.client(system, "http", own):signout(nil, options)
      check_verdict("ended", leaver.check(result, system, shown[system]))
    end)
  end
end)
