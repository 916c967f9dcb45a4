-- SPDX-License-Identifier: MIT
-- JD Edwards AIS against the simulator: logout and validation, tokens bound to a device, JSON and XML.

local signoff = require "signoff"
local simulated = require "spec.support.simulated"

local simulator, check, check_failure = simulated.simulator, simulated.check, simulated.check_failure

-- `OWN` was got from this address, without a device.
local LIVE, OWN, OLD = "044dZ+KYNj4/6ul4Pib7=MjY1+NzM/Mg==", "044Own+Address/=MTI3LjAuMC4x==", "044Old+Token/=T0xE=="
local DEVICE = "ANA LAPTOP #1 (50%)"

local function reset()
  simulator.reset()
  simulator.people { jde_ais = { sessions = {
    { token = LIVE, user = "ANASILVA", device = DEVICE, expires_in = 1800 }, { token = OWN, user = "ANASILVA", expires_in = 1800 },
    { token = OLD, user = "ANASILVA", device = DEVICE, expires_in = -1 },
  } } }
end

local function client_of(scheme, options)
  return simulated.client("jde_ais", scheme, options)
end

local function alive(token)
  return simulated.row("jde_ais", "sessions", "token", token) ~= nil
end

local function target(token, device)
  return { token = token, device = device or DEVICE }
end

-- The reply's format is the server's choice; "text/xml" it answers in JSON.
local accepts = { { "json", "application/json" }, { "xml", "application/xml" }, { "application/json", "application/json" },
  { "application/xml", "application/xml" }, { "text/xml", "text/xml" } }

-- Ways to name token and device, and whether a refusal then proves anything.
local targets = {
  { name = "both in the target", target = target(LIVE), device = DEVICE, proves = true },
  { name = "secrets in the target", target = target(signoff.secret.new(LIVE), signoff.secret.new(DEVICE)), device = DEVICE, proves = true },
  { name = "the client's own token", target = { device = DEVICE }, options = { token = LIVE }, device = DEVICE, proves = true },
  { name = "the client's own device", target = LIVE, options = { device = DEVICE }, device = DEVICE },
  { name = "the client's own token and device", options = { token = LIVE, device = DEVICE }, device = DEVICE },
  { name = "a token alone", target = OWN }, { name = "a secret alone", target = signoff.secret.new(OWN) },
}

-- Where the row names no token, the client's own is meant.
local function own_of(row, accept)
  return { own = row.options ~= nil and row.options.token ~= nil, accept = accept }
end

local function check_received(scheme, operation, row, accept)
  local entry = simulated.last "jde_ais"
  check({ method = "GET", uri = "/jderest/v2/orchestrator/" .. operation, scheme = scheme, body = "" }, entry)
  check({ ["jde-ais-auth"] = row.device and LIVE or OWN, ["jde-ais-auth-device"] = row.device, accept = accept }, entry.headers,
    { "jde-ais-device", "content-type", not row.device and "jde-ais-auth-device" or nil })
end

local function check_gone(client, row)
  local absent = not row.proves and { "active" } or nil
  check({ http_status = 444, active = row.proves and false or nil, vendor_message = "Invalid Token" }, assert(client:status(row.target, own_of(row))), absent)
  check({ answer = row.proves and "already_out" or "undecided", http_status = 444, vendor_message = "Invalid Token" },
    assert(client:logout(row.target, own_of(row))), { "status" })
end

local function check_both(scheme, row, accept)
  local client = client_of(scheme, row.options)
  local xml = accept[2] == "application/xml"
  check({ active = true, http_status = 200, fields = { isValidSession = xml and "true" or true } },
    assert(client:status(row.target, own_of(row, accept[1]))))
  check_received(scheme, "jde-validate-session", row, accept[2])
  check({ answer = "accepted", status = "Success", http_status = 200, fields = { status = "Success" } },
    assert(client:logout(row.target, own_of(row, accept[1]))))
  check_received(scheme, "jde-logout", row, accept[2])
  assert.is_false(alive(row.device and LIVE or OWN))
  check_gone(client, row)
end

-- A logout's reply, and what it is: an answer, or a failure.
local replies = {
  { 200, "{\"status\":\"SUCCESS\"}", { answer = "accepted", status = "SUCCESS" } }, { 200, "", { answer = "undecided" } },
  { 200, "{}", { answer = "undecided" } }, { 200, "{\"status\":1}", { answer = "undecided" } },
  { 200, "<r><s/></r>", { answer = "undecided" } }, { 200, "<r xmlns=\"urn:x\"><status>Success</status></r>", { answer = "accepted" } },
  { 200, "{\"status\":\"ERROR\",\"message\":\"no\"}", nil, { code = "server", retriable = false, vendor_message = "no" } },
  { 200, "{\"status\":\"WARNING\"}", nil, { code = "server", retriable = false } }, { 200, "<html>x</html>", nil, { code = "unusable" } },
  { 200, "{\"status\":\"Success\"", nil, { code = "unusable" } },
  { 500, "{\"message\":{\"a\":{\"b\":1}},\"errorText\":\"the text\"}", nil, { code = "server", retriable = true, vendor_message = "the text" } },
  { 400, "", nil, { code = "rejected", scope = "client" } }, { 405, "", nil, { code = "rejected", scope = "client" } },
  { 404, "<html/>", nil, { code = "not_found", scope = "client" } }, { 401, "", nil, { code = "denied", scope = "client" } },
  { 503, "<html/>", nil, { code = "busy", retriable = true, retry_after = 5 } }, { 403, "", nil, { code = "denied", scope = "client", own_words = false } },
  { 444, "<html/>", nil, { code = "denied", own_words = false } }, { 444, "{\"message\":\"Invalid", nil, { code = "denied", own_words = false } },
  { 444, "{\"message\":\"Invalid Token\",\"exception\":\"E\"}", { answer = "already_out", own_words = true } },
}

local function check_reply(row)
  simulator.faults { { system = "jde_ais", fault = "status", status = row[1], type = "application/json", body = row[2],
    headers = { ["Retry-After"] = "5" } } }
  if row[3] then
    check(row[3], assert(client_of():logout(target(LIVE))))
  else
    check_failure(row[4], client_of():logout(target(LIVE)))
  end
end

describe("jde_ais", function()
  before_each(reset)

  for _, scheme in ipairs(simulated.schemes) do
    for _, accept in ipairs(accepts) do
      for _, row in ipairs(targets) do
        it(("%s: reads and logs out as %s, given %s"):format(scheme, accept[1], row.name), function()
          check_both(scheme, row, accept)
        end)
      end
    end
  end

  it("says 'already out' of an expired token, in every way that a server refuses it", function()
    for _, status in ipairs { 444, 403 } do
      for _, validate in ipairs { "444", "403", "flag" } do
        simulator.settings("jde_ais", { invalid_token_status = status, invalid_on_validate = validate, error_status = status == 403 })
        for _, accept in ipairs { "json", "xml" } do
          local client = client_of("http", { accept = accept })
          check({ answer = "already_out", http_status = status }, assert(client:logout(target(OLD))))
          check({ active = false, http_status = tonumber(validate) or 200 }, assert(client:status(target(OLD))))
          check({ answer = "undecided" }, assert(client:logout(OLD)))
          check({}, assert(client:status(OLD)), { "active" })
        end
      end
    end
  end)

  it("cannot tell a dead token from one of another device", function()
    check({ answer = "already_out" }, assert(client_of():logout(target(LIVE, "BEN-LAPTOP"))))
    check({ answer = "undecided" }, assert(client_of():logout(LIVE)))
    check({ active = false }, assert(client_of():status(target(LIVE, "BEN-LAPTOP"))))
    check({}, assert(client_of():status(LIVE)), { "active" })
    assert.is_true(alive(LIVE))
  end)

  -- Tokens that name their device, which nobody gave: the device to which the session is bound, and the result of a sign-out.
  for _, row in ipairs {
    { "a session of that device", session = { device = "RITA-LAPTOP" }, verdict = "unverified", reads = "alive, asked with the device that its token names",
      refused = "the device that came with it was taken from the token" },
    { "a session of another device", session = { device = "OTHER" }, verdict = "unknown", refused = "the device that came with it was taken from the token" },
    { "no session", verdict = "unknown", refused = "the device that came with it was taken from the token" },
    { "a session of that device that needs it not at its logout", session = { device = "RITA-LAPTOP" }, settings = { logout_needs_device = false },
      verdict = "unverified", refused = "the device that came with it was taken from the token" },
  } do
    it("asks with the device that a token names: " .. row[1], function()
      local token = os.getenv "JDE_AIS_TOKEN"
      simulator.settings("jde_ais", row.settings or {})
      simulator.people { jde_ais = { sessions = row.session and { { token = token, device = row.session.device, expires_in = 1800 } } or {} } }
      local client = client_of()
      check({ device_from = "token", active = row.verdict == "unverified" or nil }, assert(client:status(token)))
      assert.are.equal("RITA-LAPTOP", simulated.last "jde_ais".headers["jde-ais-auth-device"])
      local result = client:signout(token, { settle = 0.05, deadline = 3, schedule = { 0.05 } })
      check({ verdict = row.verdict }, result)
      assert.is_true(simulated.mentions(result.evidence, row.refused))
      assert.is_true(not row.reads or simulated.mentions(result.evidence, row.reads))
      assert.are.equal(row.session ~= nil and row.session.device == "OTHER", alive(token))
      check({ device_from = "token", answer = "undecided" }, assert(client:logout(token)), { "status" })
      check({}, assert(client:status(token)), { "active" })
      check({ answer = "already_out" }, assert(client:logout { token = token, device = "RITA-LAPTOP" }), { "device_from" }) -- which wins
      assert.is_nil(simulated.leak(result, { token }))
    end)
  end

  it("finds tokens dead when their time is over, or the server was restarted", function()
    simulator.advance(1801)
    check({ active = false }, assert(client_of():status(target(LIVE))))
    reset()
    check({ active = true }, assert(client_of():status(target(LIVE))))
    simulator.restart "jde_ais"
    check({ active = false }, assert(client_of():status(target(LIVE))))
  end)

  it("does not prolong a session by looking at it", function()
    simulator.advance(1700)
    assert(client_of():status(target(LIVE)))
    simulator.advance(101)
    check({ active = false }, assert(client_of():status(target(LIVE))))
  end)

  it("repeats once, with a content type, where the site wants one", function()
    simulator.settings("jde_ais", { require_content_type = true })
    check({ answer = "accepted" }, assert(client_of():logout(target(LIVE))))
    local entries = simulated.journal "jde_ais"
    assert.are.equal(2, #entries)
    check({ method = "GET", status = 415, body = "" }, entries[1])
    check({ method = "GET", status = 200, uri = entries[1].uri, body = "" }, entries[2])
    assert.is_nil(entries[1].headers["content-type"])
    assert.are.equal("application/json", entries[2].headers["content-type"])
    assert.is_false(alive(LIVE))
  end)

  it("repeats no second time", function()
    simulator.faults { { system = "jde_ais", fault = "status", status = 415 } }
    check_failure({ code = "rejected", scope = "client", http_status = 415, operation = "logout" }, client_of():logout(target(LIVE)))
    assert.are.equal("logout logout", simulated.heard "jde_ais")
  end)

  it("speaks v3 where the path says so", function()
    local client = client_of("http", { path = "/jderest/v3/" })
    check({ answer = "accepted" }, assert(client:logout(target(LIVE))))
    assert.are.equal("/jderest/v3/orchestrator/jde-logout", simulated.last "jde_ais".uri)
    check_failure({ code = "not_found", scope = "client", http_status = 404 }, client_of("http", { path = "jderest/v9" }):logout(target(OWN)))
  end)

  for index, row in ipairs(replies) do
    it(("takes HTTP %d with %q as %s (%d)"):format(row[1], row[2], (row[3] or row[4]).answer or row[4].code, index), function()
      check_reply(row)
      assert.is_true(alive(LIVE))
    end)
  end

  it("believes only a flag that says so", function()
    for body, active in pairs { ["{\"isValidSession\":\"true\"}"] = true, ["{\"isValidSession\":false}"] = false,
      ["<r><isValidSession>false</isValidSession></r>"] = false } do
      simulator.faults { { system = "jde_ais", fault = "status", status = 200, body = body } }
      check({ active = active }, assert(client_of():status(target(LIVE))))
    end
    for _, body in ipairs { "{}", "", "{\"isValidSession\":{}}", "<r/>" } do
      simulator.faults { { system = "jde_ais", fault = "status", status = 200, body = body } }
      check({}, assert(client_of():status(target(LIVE))), { "active" })
    end
  end)

  it("shows no token, whatever a server echoes", function()
    for _, echo in ipairs { "{\"message\":\"%s\",\"exception\":\"%s\"}", "<E><message>%s</message><exception>%s</exception></E>" } do
      simulator.faults { { system = "jde_ais", fault = "status", status = 500, body = (echo:gsub("%%s", (LIVE:gsub("%%", "%%%%")))) } }
      local values = { client_of():logout(target(LIVE)) }
      check({ code = "server", vendor_message = "***", fields = { exception = "***" } }, values[4])
      assert.is_nil(simulated.leak(values, { LIVE, "KYNj4" }))
    end
  end)
end)
