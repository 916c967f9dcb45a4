-- SPDX-License-Identifier: MIT
-- Oracle Commerce against the simulator: logout and verify, tokens that expire, and every shape of error.

local signoff = require "signoff"
local simulated = require "spec.support.simulated"

local simulator, check, check_failure = simulated.simulator, simulated.check, simulated.check_failure

-- + / and = are part of a token, and go as they are.
local LIVE, OLD, ADMIN = "eyJhbGci+iJS/zI1.eyJzdWIi+iJh/mEu.Q6gXe+t/kdd2==", "eyOLD+/=.old.old==", "eyADMIN.admin.admin=="

local function reset()
  simulator.reset()
  simulator.people { oracle_commerce = { tokens = {
    { token = LIVE, agent = "ana.silva", api = "ccagent", expires_in = 900 },
    { token = OLD, agent = "ana.silva", api = "ccagent", expires_in = -1 },
    { token = ADMIN, agent = "ana.silva", api = "ccadmin", expires_in = 900 },
  } } }
end

local function client_of(scheme, options)
  return simulated.client("oracle_commerce", scheme, options)
end

local function alive(token)
  return simulated.row("oracle_commerce", "tokens", "token", token) ~= nil
end

-- The ways to name a token: the client's options, and the target.
local targets = {
  { name = "a string", target = LIVE }, { name = "a secret", target = signoff.secret.new(LIVE) },
  { name = "a table", target = { token = LIVE } }, { name = "a table with a secret", target = { token = signoff.secret.new(LIVE) } },
  { name = "the client's own", options = { token = LIVE } }, { name = "the client's own secret", options = { token = signoff.secret.new(LIVE) } },
  { name = "one that wins over the client's own", options = { token = OLD }, target = LIVE },
}

-- Where the row names no token, the client's own is meant.
local function own_of(row)
  return { own = row.target == nil }
end

local function check_received(scheme, operation, language)
  local entry = simulated.last "oracle_commerce"
  check({ method = "POST", uri = "/ccagent/v1/" .. operation, scheme = scheme, body = "{}" }, entry)
  check({ authorization = "Bearer " .. LIVE, ["content-type"] = "application/json", accept = "application/json",
    ["x-ccasset-language"] = language }, entry.headers, { "cookie" })
  assert.is_nil(entry.uri:find("Q6gXe", 1, true))
end

local function check_both(scheme, row)
  local client = client_of(scheme, row.options)
  check({ active = true, http_status = 200, fields = { success = true } }, assert(client:status(row.target, own_of(row))))
  check_received(scheme, "verify", "en")
  check({ answer = "accepted", result = true, http_status = 200, fields = { result = true } }, assert(client:logout(row.target, own_of(row))))
  check_received(scheme, "logout", "en")
  assert.is_false(alive(LIVE))
  check({ active = false, http_status = 401 }, assert(client:status(row.target, own_of(row))))
  check({ answer = "already_out", http_status = 401 }, assert(client:logout(row.target, own_of(row))), { "result" })
end

-- A logout's reply, and what it is: an answer, or a failure.
local replies = {
  { 200, "{\"result\":\"true\"}", { answer = "undecided" } }, { 200, "{}", { answer = "undecided" } }, { 200, "", { answer = "undecided" } },
  { 200, "{\"result\":1}", { answer = "undecided" } }, { 200, "{\"links\":[]}", { answer = "undecided" } },
  { 200, "{\"result\":true,}", nil, { code = "unusable" } }, { 200, "<html>Log in</html>", nil, { code = "unusable" } },
  { 200, "{\"result\":false}", nil, { code = "server", retriable = true, scope = "none" } },
  { 200, "{\"errorCode\":\"20031\",\"message\":\"no\"}", nil,
    { code = "rejected", scope = "target", vendor_code = "20031", vendor_message = "no" } },
  { 200, "{\"result\":true,\"errorCode\":\"20031\",\"message\":\"no\"}", { answer = "undecided", whole = false, vendor_code = "20031" } },
  { 200, "{\"error\":\"invalid\",\"error_description\":\"why\"}", nil, { code = "rejected", vendor_message = "why", vendor_code = "none" } },
  { 200, "{\"result\":true,\"errors\":[{\"errorCode\":20031,\"message\":\"first\"}]}", { answer = "undecided", vendor_code = "20031" } },
  { 400, "{\"message\":\"header\",\"status\":\"400\",\"errorCode\":\"82001\"}", nil,
    { code = "rejected", scope = "target", vendor_code = "82001", vendor_message = "header" } },
  { 400, "{\"message\":\"header\",\"errorCode\":\"82001\",}", nil, { code = "rejected", scope = "target", vendor_code = "none" } },
  { 403, "", nil, { code = "denied", scope = "client", own_words = false } },
  { 403, "{\"errorCode\":\"1\",\"message\":\"x\"}", nil, { code = "denied", scope = "target", own_words = true } }, { 404, "", nil, { code = "not_found", scope = "client" } },
  { 500, "{\"errorCode\":\"51301\"}", nil, { code = "server", retriable = true, vendor_code = "51301" } },
  { 429, "", nil, { code = "busy", retriable = true, retry_after = 4 } }, { 503, "<html/>", nil, { code = "busy", retriable = true } },
  { 401, "<html>Log in</html>", nil, { code = "denied", scope = "client" } }, { 302, "", nil, { code = "rejected", scope = "client" } },
}

local function check_reply(row)
  simulator.faults { { system = "oracle_commerce", fault = "status", status = row[1], type = "application/json", body = row[2],
    headers = { ["Retry-After"] = "4" } } }
  if row[3] then
    check(row[3], assert(client_of():logout(LIVE)))
  else
    check_failure(row[4], client_of():logout(LIVE))
  end
end

describe("oracle_commerce", function()
  before_each(reset)

  for _, scheme in ipairs(simulated.schemes) do
    for _, row in ipairs(targets) do
      it(("%s: reads and logs out, the token given as %s"):format(scheme, row.name), function()
        check_both(scheme, row)
      end)
    end

    it(scheme .. ": takes an expired token as 'already out' in Commerce's own words only", function()
      local denied = { code = "denied", scope = "client", retriable = false, own_words = false, http_status = 401 }
      for _, body in ipairs { "empty", "oauth" } do
        simulator.settings("oracle_commerce", { unauthorized = body })
        check_failure(denied, client_of(scheme):logout(OLD))
        check_failure(denied, client_of(scheme):status(OLD))
      end
      simulator.settings("oracle_commerce", { unauthorized = "json" })
      check({ answer = "already_out", own_words = true }, assert(client_of(scheme):logout(OLD)))
      check({ active = false, own_words = true }, assert(client_of(scheme):status(OLD)))
    end)

    it(scheme .. ": is refused with a token of another API", function()
      for _, method in ipairs { "logout", "status" } do
        local client = client_of(scheme)
        check_failure({ code = "denied", scope = "target", http_status = 403, vendor_code = "403", retriable = false, operation = method },
          client[method](client, ADMIN))
      end
      assert.is_true(alive(ADMIN))
    end)
  end

  it("finds tokens dead when their time is over", function()
    check({ active = true }, assert(client_of():status(LIVE)))
    simulator.advance(901)
    check({ active = false }, assert(client_of():status(LIVE)))
    check({ answer = "already_out" }, assert(client_of():logout(LIVE)))
  end)

  it("says the language, which some sites require", function()
    simulator.settings("oracle_commerce", { language_required = true })
    assert.are.equal("accepted", assert(client_of("http", { language = "pt-BR" }):logout(LIVE)).answer)
    check_received("http", "logout", "pt-BR")
  end)

  it("asks where the site has it, and says so where it has nothing", function()
    simulator.settings("oracle_commerce", { verify = false })
    check_failure({ code = "unsupported", http_status = 404, retriable = false }, client_of():status(LIVE))
    assert(client_of("http", { verify_path = "refresh" }):status(LIVE))
    check({ uri = "/ccagent/v1/refresh", method = "POST" }, simulated.last "oracle_commerce")
  end)

  it("survives links, and replies that are not quite JSON", function()
    simulator.settings("oracle_commerce", { links = true })
    check({ active = true }, assert(client_of():status(LIVE)))
    simulator.settings("oracle_commerce", { trailing_commas = true })
    check_failure({ code = "unusable" }, client_of():status(LIVE))
    check_failure({ code = "denied", http_status = 401, own_words = false }, client_of():logout(OLD))
    check_failure({ code = "denied", http_status = 403 }, client_of():logout(ADMIN))
  end)

  for index, row in ipairs(replies) do
    it(("takes HTTP %d with %q as %s (%d)"):format(row[1], row[2], (row[3] or row[4]).answer or row[4].code, index), function()
      check_reply(row)
      assert.is_true(alive(LIVE))
    end)
  end

  it("leaves 'active' open where the reply does not say", function()
    for _, body in ipairs { "{}", "", "{\"success\":null}" } do
      simulator.faults { { system = "oracle_commerce", fault = "status", status = 200, type = "application/json", body = body } }
      check({ http_status = 200 }, assert(client_of():status(LIVE)), { "active" })
    end
    simulator.faults { { system = "oracle_commerce", fault = "status", status = 200, body = "{\"success\":false}" } }
    check({ active = false }, assert(client_of():status(LIVE)))
  end)

  it("carries tokens of 7,000 bytes as they are", function()
    local token = ("aB3+/="):rep(1167):sub(1, 7000)
    simulator.add { oracle_commerce = { tokens = { { token = token, api = "ccagent", expires_in = 900 } } } }
    assert.are.equal("accepted", assert(client_of():logout(token)).answer)
    assert.are.equal(token, simulated.last "oracle_commerce".decoded.token)
    assert.is_false(alive(token))
  end)

  it("shows no token, whatever a server echoes", function()
    local echo = { message = LIVE, errorCode = LIVE, devMessage = "Bearer " .. LIVE }
    simulator.faults { { system = "oracle_commerce", fault = "status", status = 400, body = require "cjson".encode(echo) } }
    local values = { client_of():logout(LIVE) }
    assert.are.equal("rejected", values[3])
    assert.is_nil(simulated.leak(values, { LIVE, "Q6gXe", (LIVE:gsub("/", "\\/")) }))
    check({ fields = { message = "***", devMessage = "Bearer ***" }, vendor_code = "***" }, values[4])
  end)
end)
