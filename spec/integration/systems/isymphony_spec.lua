-- SPDX-License-Identifier: MIT
-- iSymphony against the simulator: every operation, what was received, and what it came to.

local simulated = require "spec.support.simulated"

local simulator, check, check_failure = simulated.simulator, simulated.check, simulated.check_failure

local GONE = { name = "Gone home", type = "unavailable", note = "left on Friday", return_time = 1757100000000 }
local UUID = "^%x+%-%x+%-%x+%-%x+%-%x+$"
local BASE = "/communication_manager/rest/live/coreServers/getByName/default/users"

-- `status` is what the panel shows afterwards.
local operations = {
  { name = "status of somebody who never set one", uri = "/getByName/ana.silva/status",
    run = function(client) return client:status "ana.silva" end,
    answer = { name = "Available", type = "available", note = "", return_time = -1, user_created = false, http_status = 200 },
    ids = { "id", "configuration_id" }, absent = { "active", "vendor_code" } },
  { name = "set_status", method = "POST", uri = "/getByName/ana.silva/status/set",
    run = function(client) return client:set_status("ana.silva", GONE) end,
    answer = { answer = "accepted", http_status = 204 }, status = GONE,
    body = { name = "Gone home", type = "unavailable", note = "left on Friday", returnTime = 1757100000000 } },
  { name = "set_status with as little as possible", method = "POST", uri = "/getByName/ana.silva/status/set",
    run = function(client) return client:set_status("ana.silva", { name = "Out", type = "xa" }) end,
    answer = { answer = "accepted" }, status = { name = "Out", type = "xa", note = "", return_time = -1 },
    body = { name = "Out", type = "xa" }, not_in_body = { "note", "returnTime" } },
  { name = "set_status until a Unix second", method = "POST", uri = "/getByName/ana.silva/status/set",
    run = function(client) return client:set_status("ana.silva", { name = "Out", type = "dnd", return_at = 1757100000 }) end,
    answer = { answer = "accepted" }, status = { return_time = 1757100000000 }, body = { returnTime = 1757100000000 } },
  { name = "set_status without an end", method = "POST", uri = "/getByName/ana.silva/status/set",
    run = function(client) return client:set_status("ana.silva", { name = "Out", type = "dnd", note = "", return_time = -1 }) end,
    answer = { answer = "accepted" }, status = { note = "", return_time = -1 }, body = { note = "", returnTime = -1 } },
  { name = "users", uri = "", run = function(client) return client:users() end, length = 10,
    answer = { { user_name = "ana.silva", displayed_name = "Ana Silva" }, [10] = { user_name = "rita.stone" }, http_status = 200 } },
  { name = "user", uri = "/getByName/rita.stone", run = function(client) return client:user "rita.stone" end,
    answer = { user_name = "rita.stone", displayed_name = "Rita Stone" }, ids = { "id", "configuration_id", "permission_id" } },
  { name = "logins", uri = "/getByName/ana.silva/logins", run = function(client) return client:logins "ana.silva" end, length = 1,
    answer = { { ip = "127.0.0.1", port = 52201, time_connected = 1757100001000 } } },
  { name = "logins of somebody without any", uri = "/getByName/ben.okafor/logins", length = 0,
    run = function(client) return client:logins "ben.okafor" end, answer = { http_status = 200 } },
}

local function check_answer(row, answer, message)
  check(row.answer, assert(answer, message), row.absent)
  for _, name in ipairs(row.ids or {}) do
    assert.is_truthy(answer[name]:find(UUID))
  end
  if row.length then
    assert.are.equal(row.length, #answer)
  end
end

local function check_received(row, scheme)
  local entry = simulated.last "isymphony"
  check({ method = row.method or "GET", uri = BASE .. row.uri, scheme = scheme }, entry)
  check({ authorization = "Basic bWFuYWdlcjptYW5hZzNycGE1NXdvcmQ=", accept = "application/json" }, entry.headers)
  check({ ["content-type"] = row.body and "application/json" }, entry.headers)
  check(row.body or {}, entry.decoded.body or {}, row.not_in_body)
end

-- The status that the panel shows, as it was loaded or set.
local function shown(user)
  return simulated.row("isymphony", "users", "user_name", user).status
end

local function id_of(user)
  return assert(simulated.client "isymphony":user(user)).id
end

-- The simulator's answer or a raw one, and what it is to a caller.
local statuses = {
  { { 401 }, "denied", "client", false }, { { 409, 412, 422, 400 }, "rejected", "target", false }, { { 405, 415 }, "rejected", "client", false },
  { { 404 }, "not_found", "target", false }, { { 500, 502, 504 }, "server", "none", true },
  { { 408, 429, 503 }, "busy", "none", true }, { { 301, 302, 307 }, "rejected", "client", false },
}

-- Error bodies: type, body, what remains as the vendor's message.
local bodies = {
  { "text/plain", "No name property provided.", "No name property provided." },
  { "application/json", "{\"message\":\"No slug provided.\"}", "No slug provided." },
  { "text/html", "<html><body>HTTP ERROR 422</body></html>", "none" }, { "text/plain", "", "none" },
  { "text/plain", ("x"):rep(2000), ("x"):rep(512) }, { "text/plain", ("x"):rep(511) .. "\195\169", ("x"):rep(511) },
}

-- The refusals with 403, and whom each concerns; `probes` says whether the user alone was asked for.
local licences = {
  { name = "a user without a licence", user = { user_name = "ana.silva", licensed = false }, scope = "target" },
  { name = "a server without a licence", core_server = { slug = "default", licensed = false }, scope = "target" },
  { name = "wrong credentials", options = { password = "wrong-password" }, settings = { unauthorized_status = 403 }, scope = "client" },
  { name = "an address that may not connect", settings = { acl = { "192.0.2.1" } }, scope = "client" },
}

local function prepare(row)
  simulator.settings("isymphony", row.settings or {})
  simulator.add { isymphony = { users = { row.user }, core_servers = { row.core_server } } }
end

describe("isymphony", function()
  before_each(simulated.reset)

  for _, scheme in ipairs(simulated.schemes) do
    for _, row in ipairs(operations) do
      it(("%s: %s"):format(scheme, row.name), function()
        check_answer(row, row.run(simulated.client("isymphony", scheme)))
        check_received(row, scheme)
        assert.are.equal(1, #simulated.journal "isymphony")
        check(row.status or {}, shown "ana.silva" or {})
      end)
    end

    it(scheme .. ": what was set reads back", function()
      local client = simulated.client("isymphony", scheme)
      assert(client:set_status("ana.silva", GONE))
      check({ name = "Gone home", type = "unavailable", note = "left on Friday", return_time = 1757100000000, user_created = false },
        assert(client:status "ana.silva"))
      assert(client:set_status("ana.silva", { name = "My own", type = "altpink" }))
      check({ name = "My own", type = "altpink", user_created = true }, assert(client:status "ana.silva"))
    end)

    for _, row in ipairs(licences) do
      it(("%s: tells 403 for %s apart"):format(scheme, row.name), function()
        for _, method in ipairs { "status", "set_status" } do
          simulator.reset()
          prepare(row)
          local client = simulated.client("isymphony", scheme, row.options)
          check_failure({ code = "denied", scope = row.scope, http_status = 403, retriable = false, operation = method },
            client[method](client, "ana.silva", method == "set_status" and GONE or nil))
          assert.are.equal(method .. " user", simulated.heard "isymphony")
          assert.is_nil(shown "ana.silva")
        end
      end)
    end
  end

  it("asks no second time where the server says 401", function()
    local client = simulated.client("isymphony", "http", { username = "nobody" })
    check_failure({ code = "denied", scope = "client", http_status = 401 }, client:status "ana.silva")
    assert.are.equal("status", simulated.heard "isymphony")
  end)

  it("knows neither users nor servers that are not there", function()
    check_failure({ code = "not_found", scope = "target", vendor_message = "No user exists with the given id or username." },
      simulated.client "isymphony":status "nobody")
    for _, options in ipairs { { core_server = "other" }, { core_server_id = "99c6c017-7c86-4d78-89ca-dbc1267ffe76" } } do
      check_failure({ code = "not_found", scope = "target", vendor_message = "No core server exists with the given id or slug." },
        simulated.client("isymphony", "http", options):set_status("ana.silva", GONE))
    end
    check({ decoded = { core_server = { id = "99c6c017-7c86-4d78-89ca-dbc1267ffe76" } } }, simulated.last "isymphony")
  end)

  it("takes ids as well as names, until the server restarts", function()
    local client, id = simulated.client "isymphony", id_of "ana.silva"
    assert(client:set_status({ id = id }, GONE))
    check(GONE, shown "ana.silva")
    check({ user = { id = id } }, simulated.last "isymphony".decoded)
    for _, method in ipairs { "user", "status", "logins" } do
      assert(client[method](client, { id = id }))
    end
    simulator.restart "isymphony"
    for _, method in ipairs { "user", "status", "logins" } do
      check_failure({ code = "not_found", scope = "target" }, client[method](client, { id = id }))
    end
    check_failure({ code = "not_found", scope = "target" }, client:set_status({ id = id }, GONE))
  end)

  it("resolves a stale id again by the name that stands beside it", function()
    local client, id = simulated.client "isymphony", id_of "ana.silva"
    simulator.restart "isymphony"
    simulator.forget()
    assert(client:set_status({ id = id, user_name = "ana.silva" }, GONE))
    assert.are.equal("set_status set_status", simulated.heard "isymphony")
    check(GONE, shown "ana.silva")
    check({ user_name = "ana.silva" }, assert(client:user { id = id, user_name = "ana.silva" }))
  end)

  for _, row in ipairs(statuses) do
    it(("takes HTTP %s as %s"):format(table.concat(row[1], " "), row[2]), function()
      for _, status in ipairs(row[1]) do
        simulator.faults { { system = "isymphony", fault = "status", status = status, headers = { ["Retry-After"] = "3" } } }
        local client = simulated.client "isymphony"
        for _, method in ipairs { "status", "set_status" } do
          check_failure({ code = row[2], scope = row[3], retriable = row[4], http_status = status, sent = true },
            client[method](client, "ana.silva", method == "set_status" and GONE or nil))
        end
      end
    end)
  end

  it("reads error bodies of any kind", function()
    for _, row in ipairs(bodies) do
      simulator.faults { { system = "isymphony", fault = "status", status = 422, type = row[1], body = row[2] } }
      check_failure({ code = "rejected", vendor_message = row[3], vendor_code = "none" }, simulated.client "isymphony":set_status("ana.silva", GONE))
    end
  end)

  it("believes no 2xx but 204", function()
    simulator.faults { { system = "isymphony", fault = "status", status = 200, act = true, type = "text/plain", body = "" } }
    assert.are.equal("undecided", assert(simulated.client "isymphony":set_status("ana.silva", GONE)).answer)
    simulator.faults { { system = "isymphony", fault = "status", status = 200, type = "text/html", body = "<html>Log in</html>" } }
    check_failure({ code = "unusable", retriable = false }, simulated.client "isymphony":set_status("ana.silva", GONE))
    check_failure({ code = "unusable" }, simulated.client "isymphony":status "ana.silva")
    check_failure({ code = "unusable" }, simulated.client "isymphony":users())
  end)

  it("carries awkward notes and names to the very same value", function()
    for _, text in ipairs { ("x\"\\\n%"):rep(13107), (table.unpack or unpack)(simulated.awkward) } do
      local client = simulated.client "isymphony"
      assert.are.equal("accepted", assert(client:set_status("ana.silva", { name = text, type = "away", note = text })).answer)
      check({ name = text, note = text }, simulated.last "isymphony".decoded.body)
      check({ name = text, note = text }, assert(client:status "ana.silva"))
    end
  end)

  it("addresses awkward users, servers and accounts", function()
    for _, text in ipairs { "Zo\195\171 \229\144\141", "a/b", "100%41", "a?b#c&d=e", "a+b c", "..x", "%2e%2e", "a;b\\\"c'" } do
      simulator.people { isymphony = { users = { { user_name = text, core_server = text, displayed_name = text } },
        core_servers = { { slug = text } }, accounts = { { name = text, password = text .. ":" .. text } } } }
      local client = simulated.client("isymphony", "http", { core_server = text, username = text, password = text .. ":" .. text })
      check({ user_name = text, displayed_name = text }, assert(client:user(text)))
      check({ user = { name = text }, core_server = { name = text } }, simulated.last "isymphony".decoded)
      assert(client:set_status(text, GONE))
      check(GONE, shown(text))
    end
  end)
end)
