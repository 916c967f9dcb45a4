-- SPDX-License-Identifier: MIT
-- Agvance against the simulator: every operation in every format, chunks, and our own session.

local signoff = require "signoff"
local simulated = require "spec.support.simulated"

local simulator, check, check_failure = simulated.simulator, simulated.check, simulated.check_failure

local ANA, BEN, MOBILE, OWN = "AGV-7F31-0001", "AGV-7F31-0002", "AGV-7F31-0003", "AGV-7F31-OWN"

local media_types = { json = "application/json", xml = "application/xml", form = "application/x-www-form-urlencoded" }
local accepts = { "json", "xml", "application/json", "text/json", "application/xml", "text/xml" }
local encodings = { "json", "xml", "form", "application/json", "text/json", "application/xml", "text/xml",
  "application/x-www-form-urlencoded" }

local function client_of(scheme, options)
  options = options or {}
  options.session_id = options.session_id or "session-own"
  return simulated.client("agvance", scheme, options)
end

local function session(key)
  return simulated.row("agvance", "sessions", "session_log_key", key)
end

local function add_sessions(keys)
  local rows = {}
  for index, key in ipairs(keys) do
    rows[index] = { session_log_key = key, user = "many", session_id = "id of " .. key }
  end
  simulator.add { agvance = { sessions = rows } }
end

-- How many keys each logout request carried: "50 50 20".
local function sizes()
  local list = {}
  for index, entry in ipairs(simulated.journal("agvance", "logout")) do
    list[index] = #entry.decoded.keys
  end
  return table.concat(list, " ")
end

local function check_headers(media_type, accept)
  local headers = simulated.last "agvance".headers
  check({ ["content-type"] = media_type, accept = accept, ["x-api-key"] = "agvance-key", ["x-session-id"] = "session-own" }, headers)
end

local function check_logout(scheme, encoding, accept)
  local client = client_of(scheme, { encoding = encoding, accept = accept, session_id = signoff.secret.new "session-0090" })
  local answer = assert(client:logout { ANA, BEN })
  check({ answer = "accepted", requested = 2, count = 2, partial = false, vendor_code = "0", vendor_message = "OK", http_status = 200,
    fields = { Status = "0", Count = "2" } }, answer)
  check_headers(media_types[encoding] or encoding, media_types[accept] or accept)
  check({ method = "POST", uri = "/ApiUser/LogOff", scheme = scheme, decoded = { keys = { ANA, BEN } } }, simulated.last "agvance")
  assert.is_nil(session(ANA) or session(BEN))
  assert.is_truthy(session(MOBILE))
end

local function check_sessions(scheme, accept)
  local rows = assert(client_of(scheme, { accept = accept }):sessions())
  assert.are.equal(10, #rows)
  check({ http_status = 200, fields = { Status = "0", Count = "10" } }, rows)
  check({ user = "api.offboarding", application = "signoff", session_log_key = OWN, session_id = "session-own", own = true }, rows[1])
  check({ user = "ana.silva", application = "Agvance Desktop", session_log_key = ANA, session_id = "session-0001", own = false }, rows[2])
  check({ method = "GET", uri = "/ApiUser" }, simulated.last "agvance")
  check_headers(nil, media_types[accept] or accept)
end

local function check_status(scheme, accept)
  local client = client_of(scheme, { accept = accept })
  check({ active = true, user = "ana.silva", session_log_key = ANA, own = false, http_status = 200 }, assert(client:status(ANA)))
  check({ active = false, session_log_key = "none such" }, assert(client:status "none such"), { "user", "own" })
  simulator.forget()
  check({ { active = true, user = "ben.okafor" }, { active = false }, { active = true, own = true } },
    assert(client:status { BEN, "none such", OWN }))
  assert.are.equal("sessions", simulated.heard "agvance")
end

-- The refusals, and what each is to a caller; `settings` and `options` make it so.
local refusals = {
  { name = "a wrong key", options = { headers = { ["X-Api-Key"] = "wrong-key" } },
    failure = { code = "denied", scope = "client", http_status = 401, vendor_code = "none",
      vendor_message = "Authorization has been denied for this request." } },
  { name = "a wrong path", options = { path = "ApiUser/Nowhere" }, failure = { code = "not_found", scope = "client", http_status = 404 } },
  { name = "an unknown key", settings = { unknown_keys = "error" }, key = "none such",
    failure = { code = "rejected", scope = "target", http_status = 200, vendor_code = "1",
      vendor_message = "Session 'none such' was not found." } },
}

-- A 200 or an error as the framework words it; the fault, and what is made of it.
local function said(status, fault) fault.fault, fault.status, fault.system = "status", status, "agvance" return fault end

local replies = {
  { said(200, { body = "{\"Status\":\"2\",\"Message\":\"terse\",\"Count\":\"0\"}" }), { code = "rejected", vendor_code = "2", vendor_message = "terse" } },
  { said(200, { body = "{\"Status\":\"7\",\"Count\":\"1\"}" }), { code = "server", vendor_code = "7", retriable = false } },
  { said(200, { body = "{\"Count\":\"1\",\"APIUsers\":[]}" }), { code = "unusable", retriable = false, vendor_code = "none" } },
  { said(200, { body = "{\"Status\":null}" }), { code = "unusable" } }, { said(200, { body = "" }), { code = "unusable" } },
  { said(200, { body = "<html>Log in</html>" }), { code = "unusable" } },
  { said(200, { body = "<AgvApiUser><Status>0</Status><Count>1</Count></AgvApiUser>" }), { code = "unusable" } },
  { said(500, { body = "{\"Message\":\"An error has occurred.\"}" }), { code = "server", retriable = false, vendor_message = "An error has occurred." } },
  { said(400, { body = "<Error><Message>The request is invalid.</Message></Error>" }), { code = "rejected", scope = "target", vendor_message = "The request is invalid." } },
  { said(415, { body = "" }), { code = "rejected", scope = "client" } }, { said(403, { body = "no" }), { code = "denied", scope = "client" } },
  { said(429, { headers = { ["Retry-After"] = "9" } }), { code = "busy", retriable = true, retry_after = 9 } },
  { said(503, { body = "<html>Service Unavailable</html>" }), { code = "busy", retriable = true, retry_after = "none" } },
}

describe("agvance", function()
  before_each(simulated.reset)

  for _, scheme in ipairs(simulated.schemes) do
    for _, accept in ipairs(accepts) do
      for _, encoding in ipairs(encodings) do
        it(("%s: logout as %s, answered as %s"):format(scheme, encoding, accept), function()
          check_logout(scheme, encoding, accept)
        end)
      end
      it(("%s: sessions as %s"):format(scheme, accept), function() check_sessions(scheme, accept) end)
      it(("%s: status as %s"):format(scheme, accept), function() check_status(scheme, accept) end)
      it(("%s: refusals as %s"):format(scheme, accept), function()
        for _, row in ipairs(refusals) do
          simulator.settings("agvance", row.settings or {})
          local client = client_of(scheme, row.options)
          check_failure(row.failure, client:logout(row.key or ANA, { accept = accept }))
        end
        assert.is_truthy(session(ANA))
      end)
    end
  end

  it("gives whatever LogOff lists", function()
    for _, lists in ipairs { "null", "rows", "empty" } do
      simulator.reset()
      simulator.settings("agvance", { logoff_lists = lists })
      for key, accept in pairs { [ANA] = "json", [BEN] = "xml" } do
        check({ answer = "accepted", count = 1 }, assert(client_of("http", { accept = accept }):logout(key)))
      end
    end
  end)

  for index, row in ipairs(replies) do
    it(("takes HTTP %d as %s (%d)"):format(row[1].status, row[2].code, index), function()
      row[1].operation = "logout"
      simulator.faults { row[1] }
      check_failure(row[2], client_of():logout(ANA))
    end)
  end

  it("takes nobody for absent by a list that is not whole", function()
    for _, body in ipairs { "{\"Status\":\"0\",\"Count\":\"2\",\"APIUsers\":[]}", "{\"Status\":\"0\",\"Count\":\"2\",\"APIUsers\":[{}]}",
      "{\"Status\":\"0\",\"Count\":\"1\",\"APIUsers\":[{}]}" } do
      simulator.faults { said(200, { body = body }) }
      check({ whole = false }, assert(client_of():status(ANA)), { "active" })
      check_failure({ code = "unusable", operation = "logout", sent = false }, client_of("http", { session_id = "ours-4711" }):logout(ANA))
    end
  end)

  it("reads no list of sessions that is none", function()
    for _, body in ipairs { "{\"Status\":\"0\"}", "{\"Status\":\"0\",\"Count\":\"1\",\"APIUsers\":null}" } do
      simulator.faults { said(200, { body = body }) }
      check_failure({ code = "unusable", operation = "status" }, client_of():status(ANA))
      check_failure({ code = "unusable", operation = "sessions" }, client_of():sessions())
    end
  end)

  it("says 'already out' for keys that are not there, and counts those that are", function()
    check({ answer = "already_out", requested = 1, count = 0, partial = true }, assert(client_of():logout "none such"))
    check({ answer = "accepted", requested = 3, count = 1, partial = true }, assert(client_of():logout { "none such", ANA, "nor this" }))
    assert.is_nil(session(ANA))
  end)

  it("carries awkward keys to the very same value in every format", function()
    for _, encoding in ipairs { "json", "xml", "form" } do
      add_sessions(simulated.awkward)
      local client = client_of("http", { encoding = encoding, accept = encoding == "xml" and "xml" or "json" })
      check({ answer = "accepted", count = #simulated.awkward }, assert(client:logout(simulated.awkward)))
      assert.are.same(simulated.awkward, simulated.last "agvance".decoded.keys)
      add_sessions(simulated.awkward)
      for index, row in ipairs(assert(client:status(simulated.awkward))) do
        check({ active = true, session_log_key = simulated.awkward[index], session_id = "id of " .. simulated.awkward[index] }, row)
      end
    end
  end)

  it("cuts long lists into chunks, each key once", function()
    local keys = simulated.names("MANY-", 120)
    add_sessions(keys)
    table.insert(keys, "MANY-1")
    check({ answer = "accepted", requested = 120, count = 120, partial = false }, assert(client_of():logout(keys)))
    assert.are.equal("50 50 20", sizes())
    assert.is_nil(session "MANY-120")
    simulator.forget()
    check({ answer = "already_out", requested = 120, count = 0 }, assert(client_of("http", { chunk = 500, encoding = "form" }):logout(keys)))
    assert.are.equal("120", sizes())
  end)

  it("loses no success to a chunk that fails later", function()
    local keys = simulated.names("MANY-", 5)
    add_sessions(keys)
    simulator.faults { { system = "agvance", operation = "logout", after = 1, fault = "status", status = 503 } }
    local answer = assert(client_of("http", { chunk = 2 }):logout(keys))
    check({ answer = "accepted", requested = 5, count = 2, partial = true, failed = { "MANY-3", "MANY-4", "MANY-5" },
      error = { code = "busy", http_status = 503 } }, answer)
    assert.is_nil(session "MANY-2")
    assert.is_truthy(session "MANY-3")
    simulator.faults { { system = "agvance", operation = "logout", fault = "status", status = 503 } }
    check_failure({ code = "busy" }, client_of("http", { chunk = 2 }):logout(keys))
  end)

  for name, given in pairs { string = OWN, secret = signoff.secret.new(OWN) } do
    it(("never logs off its own session, given as a %s"):format(name), function()
      check_failure({ code = "rejected", scope = "target", sent = false }, client_of():logout(given))
      check({ answer = "accepted", partial = true, count = 1, failed = { given }, error = { code = "rejected", sent = false } },
        assert(client_of():logout { given, ANA }))
      check_failure({ code = "rejected", scope = "target" }, client_of():logout { given })
      assert.is_truthy(session(OWN))
      assert.is_nil(session(ANA))
    end)
  end

  it("logs off nothing while it does not know which session is its own", function()
    simulator.faults { { system = "agvance", operation = "sessions", fault = "status", status = 503 } }
    check_failure({ code = "busy" }, client_of():logout(ANA))
    assert.are.equal("", sizes())
  end)

  it("takes keys as secrets", function()
    local key = signoff.secret.new(ANA)
    check({ active = true, user = "ana.silva" }, assert(client_of():status(key)))
    check({ { active = true } }, assert(client_of():status { key }))
    check({ answer = "accepted", count = 1 }, assert(client_of():logout(key)))
    assert.is_nil(session(ANA))
  end)

  it("asks the function for new headers once after a refusal", function()
    local calls = 0
    local function headers()
      calls = calls + 1
      return calls > 1 and simulated.headers or { ["X-Api-Key"] = "wrong-key" }
    end
    check({ answer = "accepted" }, assert(client_of("http", { headers = headers }):logout(ANA)))
    assert.are.equal(2, calls)
    simulator.add { agvance = { api_keys = { { api_key = "agvance-key", removed = true } } } }
    check_failure({ code = "denied", scope = "client" }, client_of("http", { headers = headers }):logout(BEN))
    assert.are.equal(4, calls)
  end)
end)
