-- SPDX-License-Identifier: MIT
-- Extension Mobility against the simulator: what is refused, why, and where requests go.

local simulated = require "spec.support.simulated"

local simulator, check, check_failure = simulated.simulator, simulated.check, simulated.check_failure

local ANA, FREE = "SEP001122334401", "SEP001122334404"

local function logout(client) return client:logout(ANA) end

local function login(device, user, profile)
  return function(client) return client:login { device = device, user = user, profile = profile } end
end

local NOT_OURS = { scope = "client", retriable = false, sent = true, http_status = 200, code = "denied" }

local function with(base, changes)
  local merged = {}
  for _, source in ipairs { base, changes } do
    for name, value in pairs(source) do merged[name] = value end
  end
  return merged
end

-- The reasons why the service refuses, and what each is to a caller. `ana` is who sits at ANA's phone afterwards.
local refusals = {
  { name = "a wrong certificate", options = { app_certificate = "wrong-password" }, run = logout,
    failure = with(NOT_OURS, { vendor_code = 3 }) },
  { name = "an unknown application user", options = { app_id = "nobody" }, run = logout,
    failure = with(NOT_OURS, { vendor_code = 3, vendor_message = "Could not authenticate 'nobody'" }) },
  { name = "missing rights", options = { app_id = "readonly" }, run = logout, failure = with(NOT_OURS, { vendor_code = 10 }) },
  { name = "missing rights on a query", options = { app_id = "readonly" },
    run = function(client) return client:query_devices { ANA } end, failure = with(NOT_OURS, { vendor_code = 10 }) },
  { name = "an untrusted address", settings = { trusted_ips = { "192.0.2.1" } }, run = logout,
    failure = with(NOT_OURS, { vendor_code = 28 }) },
  { name = "a proxy", options = { headers = { Via = "1.1 proxy.example" } }, run = logout,
    failure = with(NOT_OURS, { vendor_code = 30 }) },
  { name = "a busy service", settings = { max_concurrent = 0 }, run = logout,
    failure = { code = "busy", vendor_code = 26, retriable = true, sent = true, scope = "none" } },
  { name = "no such device", run = function(client) return client:logout "SEPNONE" end,
    failure = { code = "not_found", vendor_code = 11, scope = "target", retriable = false } },
  { name = "a device without Extension Mobility", disabled = true, run = logout,
    failure = { code = "rejected", vendor_code = 5, scope = "target", retriable = false } },
  { name = "a login at such a device", disabled = true, run = login(ANA, "ana.silva"),
    failure = { code = "rejected", vendor_code = 22, scope = "target" } },
  { name = "a login where somebody sits", run = login(ANA, "david.kim"),
    failure = { code = "rejected", vendor_code = 18, scope = "target" } },
  { name = "a login of somebody who sits elsewhere", run = login(FREE, "ana.silva"),
    failure = { code = "rejected", vendor_code = 25, scope = "target" } },
  { name = "a login of nobody", run = login(FREE, "nobody"), failure = { code = "not_found", vendor_code = 23, scope = "target" } },
  { name = "a login with another's profile", run = login(FREE, "david.kim", "ana.silva-profile"),
    failure = { code = "not_found", vendor_code = 12, scope = "target" } },
  { name = "a query without a code", options = { app_certificate = "wrong-password" }, settings = { query_failure = "errorMessage" },
    run = function(client) return client:status(ANA) end,
    failure = { code = "server", retriable = false, vendor_code = "none", vendor_message = "Could not authenticate 'offboarding'" } },
}

-- Codes of a logout, and what they are to a caller: code, scope, retriable.
local codes = {
  { { 2, 3, 9, 10, 27, 28, 30, 41 }, "denied", "client", false }, { { 4 }, "denied", "target", false },
  { { 5, 18, 20, 22, 25, 31, 32, 33, 35, 36, 37, 38, 39, 42, 43, 44, 45, 46, 47 }, "rejected", "target", false },
  { { 13, 14, 24, 34, 201, 216, 4711 }, "rejected", "target", false }, { { 1, 8 }, "rejected", "client", false },
  { { 11, 12, 23 }, "not_found", "target", false }, { { 26 }, "busy", "none", true },
  { { 0, 6, 7, 21, 29, 40 }, "server", "none", true },
}

-- HTTP statuses; the body is not trusted.
local statuses = {
  { { 302, 307 }, "rejected", "client", false }, { { 401, 403, 407 }, "denied", "client", false },
  { { 404 }, "not_found", "client", false }, { { 400, 410, 444 }, "rejected", "target", false }, { { 405, 415 }, "rejected", "client", false },
  { { 408, 425, 429, 503 }, "busy", "none", true }, { { 500, 502, 504 }, "server", "none", true },
  { { 501, 505, 599 }, "server", "none", false },
}

local SUCCESS = "<response><success/></response>"

-- Bodies of a 200 that are no answer.
local unusable = {
  "", " \n", "OK", "<html><body>Log in</body></html>", "<response/>", "<success/>", "<response><success/>",
  "<response><success/><failure><error code=\"3\">x</error></failure></response>", "<results><success/></results>",
  "<!DOCTYPE response SYSTEM \"http://127.0.0.1/x.dtd\">" .. SUCCESS, "<response><success/></response><response/>", "{\"success\":true}",
}

-- Where requests go: options in place of `url`, with HOST for the address that the row's scheme has.
local doors = {
  { name = "host", scheme = "https", options = { host = "HOST" }, logout = "/emservice/EMServiceServlet" },
  { name = "host without TLS", scheme = "http", options = { host = "HOST", tls = false }, logout = "/emservice/EMServiceServlet" },
  { name = "host, later than 3.3", scheme = "https", options = { host = "HOST", version = "other" }, logout = "/emservice/EMServiceServlet" },
  { name = "host, 3.3", scheme = "http", options = { host = "HOST", version = "v333" },
    logout = "/LoginService/login.asp", query = "/LoginService/query.asp" },
  { name = "host, 3.3 with TLS", scheme = "https", options = { host = "HOST", version = "v333", tls = true },
    logout = "/LoginService/login.asp", query = "/LoginService/query.asp" },
  { name = "host wins over url", scheme = "https", options = { host = "HOST", url = "https://127.0.0.1:1/nowhere" },
    logout = "/emservice/EMServiceServlet" },
  { name = "url and query_url", scheme = "http", options = { url = "http://HOST/LoginService/login.asp",
    query_url = "http://HOST/LoginService/query.asp", version = "v333" },
    logout = "/LoginService/login.asp", query = "/LoginService/query.asp" },
}

local function client_at(options, host)
  local filled = { app_id = "offboarding", app_certificate = "em-password", ca_file = simulator.ca_file }
  for name, value in pairs(options) do
    filled[name] = type(value) == "string" and value:gsub("HOST", host) or value
  end
  return require "signoff".cisco_em(filled)
end

local function host_of(scheme)
  return simulator[scheme]:match "//(.*)$"
end

describe("cisco_em", function()
  before_each(simulated.reset)

  for _, scheme in ipairs(simulated.schemes) do
    for _, row in ipairs(refusals) do
      it(("%s: is refused for %s"):format(scheme, row.name), function()
        simulator.settings("cisco_em", row.settings or {})
        simulator.add { cisco_em = { devices = { row.disabled and { name = ANA, user = "ana.silva", enabled = false } } } }
        check_failure(row.failure, row.run(simulated.client("cisco_em", scheme, row.options)))
        assert.are.equal("ana.silva", simulated.row("cisco_em", "devices", "name", ANA).user)
        assert.are.equal(1, #simulated.journal "cisco_em")
      end)
    end
  end

  for _, row in ipairs(codes) do
    it(("takes the codes %s as %s"):format(table.concat(row[1], " "), row[2]), function()
      for _, code in ipairs(row[1]) do
        simulator.faults { { system = "cisco_em", fault = "code", code = code, message = "as the service says" } }
        check_failure({ code = row[2], scope = row[3], retriable = row[4], vendor_code = code, sent = true, backend = "cisco_em",
          vendor_message = "as the service says", operation = "logout" }, simulated.client "cisco_em":logout(ANA))
      end
    end)
  end

  it("takes code 19 as 'already out' on a logout alone", function()
    simulator.faults { { system = "cisco_em", fault = "code", code = 19 } }
    local client = simulated.client "cisco_em"
    check({ answer = "already_out", vendor_code = 19 }, assert(client:logout(ANA)))
    check_failure({ code = "rejected", scope = "target", vendor_code = 19 }, client:login { device = ANA, user = "ana.silva" })
    check_failure({ code = "rejected", scope = "target", vendor_code = 19 }, client:status(ANA))
  end)

  for _, row in ipairs(statuses) do
    it(("takes HTTP %s as %s"):format(table.concat(row[1], " "), row[2]), function()
      for _, status in ipairs(row[1]) do
        simulator.faults { { system = "cisco_em", fault = "status", status = status, type = "text/xml", body = SUCCESS,
          headers = { ["Retry-After"] = "7" } } }
        check_failure({ code = row[2], scope = row[3], retriable = row[4], http_status = status, vendor_code = "none", sent = true,
          retry_after = row[2] == "busy" and 7 or nil }, simulated.client "cisco_em":logout(ANA))
      end
    end)
  end

  it("cannot use a 200 that is no answer", function()
    for _, body in ipairs(unusable) do
      simulator.faults { { system = "cisco_em", fault = "status", status = 200, type = "text/xml", body = body } }
      check_failure({ code = "unusable", retriable = false, sent = true, http_status = 200, vendor_code = "none" },
        simulated.client "cisco_em":logout(ANA))
    end
  end)

  for _, row in ipairs(doors) do
    it("finds its doors by " .. row.name, function()
      local client = client_at(row.options, host_of(row.scheme))
      check({ active = true, user = "ana.silva" }, assert(client:status(ANA)))
      check({ uri = row.query or row.logout, scheme = row.scheme }, simulated.last "cisco_em")
      check({ { state = "logged_in", devices = { ANA } } }, assert(client:query_users { "ana.silva" }))
      check({ uri = row.query or row.logout }, simulated.last "cisco_em")
      assert.are.equal("accepted", assert(client:logout(ANA)).answer)
      check({ uri = row.logout, scheme = row.scheme }, simulated.last "cisco_em")
      check({ active = false, state = "free" }, assert(client:status(ANA)))
    end)
  end

  it("says so where TLS meets a port without it", function()
    local detail = check_failure({ code = "tls", sent = false }, client_at({ host = "HOST" }, host_of "http"):logout(ANA))
    assert.is_truthy(detail.message:find("http", 1, true))
    assert.are.equal("", simulated.heard "cisco_em")
  end)

  it("takes no redirect, and tells its origin only", function()
    simulator.faults { { system = "cisco_em", fault = "status", status = 302, headers = { Location = simulator.https .. "/steal?token=abcd" } } }
    local detail = check_failure({ code = "rejected", scope = "client" }, simulated.client "cisco_em":logout(ANA))
    assert.is_nil(detail.message:find("abcd", 1, true))
    assert.are.equal(1, #simulator.journal())
  end)
end)
