-- SPDX-License-Identifier: MIT
-- The methods that all clients share, and those of several exchanges.

local cjson = require "cjson"
local core = require "signoff.core"
local signoff = require "signoff"
local fixtures = require "spec.support.fixtures"
local peer = require "spec.support.peer"
local sorted_names = require "spec.support.sorted_names"

local function client_of(kind, more)
  local options = {}
  for name, value in pairs(fixtures.options[kind]) do
    options[name] = value
  end
  for name, value in pairs(more or {}) do
    options[name] = value
  end
  if more and more.url and kind == "cisco_em" then
    options.host = nil
  end
  return signoff[kind](options)
end

local function request_of(client, operation, ...)
  return core.request(core.build(client, operation, ...))
end

local operations = {
  cisco_em = { "logout", "status", "query_devices", "query_users", "login" },
  isymphony = { "status", "set_status", "users", "user", "logins" },
  agvance = { "logout", "sessions", "status" },
  oracle_commerce = { "logout", "status" },
  jde_ais = { "logout", "status" },
}

describe("a client", function()
  for _, kind in ipairs(sorted_names(operations)) do
    it("tells its kind, host and operations: " .. kind, function()
      local client = client_of(kind)
      assert.are.equal(kind, client:kind())
      local options = fixtures.options[kind]
      assert.are.equal(("signoff.client: %s %s"):format(kind, options.url or "https://" .. options.host), tostring(client))
      local can = { verify = true, signout = true }
      for _, name in ipairs(operations[kind]) do
        can[name] = true
      end
      assert.are.same(can, client:can())
      client:can().logout = nil
      assert.are.same(can, client:can())
    end)

    it("has every operation, and says what its system lacks: " .. kind, function()
      local client = client_of(kind)
      for _, others in pairs(operations) do
        for _, name in ipairs(others) do
          assert.is_function(client[name])
          if not client:can()[name] then
            local answer, message, code, detail = client[name](client, "x", { timeout = 1 })
            assert.is_nil(answer)
            assert.are.equal("unsupported", code)
            assert.are.same({ code, message, kind, name, false, false }, { detail.code, detail.message, detail.backend,
              detail.operation, detail.retriable, detail.sent })
            assert.is_truthy(message:find(kind .. "." .. name, 1, true), message)
            assert.are.same({}, detail.fields)
          end
        end
      end
    end)
  end

  it("has no step of an operation as a method", function()
    assert.is_nil(client_of("jde_ais").logout_typed)
  end)

  it("shows no path and no prefix as text", function()
    assert.are.equal("signoff.client: jde_ais https://ais.example:444", tostring(client_of("jde_ais", {
      url = "https://ais.example:444/secret-prefix/" })))
  end)

  it("keeps the options it was made with", function()
    local options = { url = "https://ais.example", token = "044-first", headers = { ["X-Key"] = "first" } }
    local client = signoff.jde_ais(options)
    options.token, options.url, options.headers["X-Key"] = "044-second", "https://elsewhere", "second"
    local request = request_of(client, "logout")
    assert.are.equal("044-first", request.headers["jde-AIS-Auth"])
    assert.are.equal("first", request.headers["X-Key"])
    assert.are.equal("https://ais.example", request.url:match "^https://[^/]*")
    assert.are.same({ url = "https://elsewhere", token = "044-second", headers = { ["X-Key"] = "second" } }, options)
  end)
end)

describe("accept and encoding", function()
  local accepted = {
    { "jde_ais", {}, nil, "application/json" }, { "jde_ais", { accept = "xml" }, nil, "application/xml" },
    { "jde_ais", { accept = "text/xml" }, nil, "text/xml" }, { "jde_ais", {}, { accept = "xml" }, "application/xml" },
    { "jde_ais", { accept = "xml" }, { accept = "json" }, "application/json" }, { "agvance", {}, nil, "application/json" },
    { "agvance", { accept = "text/json" }, { accept = "text/xml" }, "text/xml" }, { "cisco_em", {}, nil, "text/xml" },
  }
  local arguments = { jde_ais = { "logout", "044-token" }, agvance = { "logout", "K1" }, cisco_em = { "logout", "SEP1" } }

  it("are the client's, or the call's", function()
    for _, case in ipairs(accepted) do
      local kind, options, overrides, wanted = case[1], case[2], case[3], case[4]
      local given = arguments[kind]
      local client = client_of(kind, options)
      assert.are.equal(wanted, request_of(client, given[1], given[2], overrides).headers.Accept)
      assert.are.equal(client_of(kind, options) and request_of(client, given[1], given[2]).headers.Accept,
        request_of(client, given[1], given[2]).headers.Accept)
    end
  end)

  it("decide how a body is written", function()
    local written = {
      json = { "application/json", '[{"SessionLogKey":"K1"}]' }, form = { "application/x-www-form-urlencoded",
        "%5B0%5D.SessionLogKey=K1" }, ["text/json"] = { "text/json", '[{"SessionLogKey":"K1"}]' },
    }
    for encoding, wanted in pairs(written) do
      for _, request in ipairs { request_of(client_of("agvance", { encoding = encoding }), "logout", "K1"),
        (request_of(client_of("agvance", { encoding = "xml" }), "logout", "K1", { encoding = encoding })) } do
        assert.are.same(wanted, { request.headers["Content-Type"], request.body })
      end
    end
    local request = request_of(client_of("agvance", { encoding = "xml" }), "logout", "K1")
    assert.are.equal("application/xml", request.headers["Content-Type"])
    assert.is_truthy(request.body:find("<SessionLogKey>K1</SessionLogKey>", 1, true))
  end)

  it("that a system does not speak raise", function()
    for _, case in ipairs { { "cisco_em", "accept", "json" }, { "oracle_commerce", "accept", "xml" },
      { "isymphony", "encoding", "form" }, { "jde_ais", "accept", "text/plain" }, { "agvance", "encoding", "yaml" } } do
      local fine, problem = pcall(client_of, case[1], { [case[2]] = case[3] })
      assert.is_false(fine, case[1])
      assert.is_truthy(problem:find("signoff." .. case[1] .. ": option '" .. case[2] .. "'", 1, true), problem)
    end
  end)
end)

describe("the log hook", function()
  after_each(peer.stop_all)

  local function logged(reply, log)
    local server = peer.start { peer.always(reply) }
    local lines = {}
    local client = client_of("jde_ais", { url = server.url, log = log or function(level, message, fields)
      lines[#lines + 1] = { level = level, message = message, fields = fields }
    end })
    return lines, client:logout "044-token"
  end

  it("hears of a call and of its answer", function()
    local lines = logged(peer.reply("200 OK", '{"status":"Success"}'))
    assert.are.same({ "debug", "info" }, { lines[1].level, lines[2].level })
    assert.are.same({ backend = "jde_ais", operation = "logout" }, lines[1].fields)
    local fields = lines[2].fields
    assert.are.same({ "jde_ais", "logout", 200, "accepted" }, { fields.backend, fields.operation, fields.http_status,
      fields.answer })
    assert.is_true(fields.seconds >= 0 and fields.seconds < 3)
    assert.is_nil(fields.code)
    assert.is_string(lines[2].message)
  end)

  it("hears of a failure with its code", function()
    local lines, _, message = logged(peer.reply("503 Busy"))
    assert.are.same({ "warn", message, "busy", 503, true }, { lines[2].level, lines[2].message, lines[2].fields.code,
      lines[2].fields.http_status, lines[2].fields.sent })
  end)

  it("that fails loses nothing", function()
    local _, answer = logged(peer.reply("200 OK", '{"status":"Success"}'), function()
      error "the disk is full"
    end)
    assert.are.equal("accepted", answer.answer)
  end)

  it("must be a function", function()
    local fine, problem = pcall(client_of, "jde_ais", { log = "syslog" })
    assert.is_false(fine)
    assert.is_truthy(problem:find("signoff.jde_ais: option 'log'", 1, true), problem)
  end)
end)

describe("headers by a function", function()
  after_each(peer.stop_all)

  local function client_with(...)
    local server = peer.start { ... }
    local calls = 0
    local client = client_of("agvance", { url = server.url, headers = function()
      calls = calls + 1
      return { ["X-Session"] = "session-" .. calls }
    end })
    return client, server, function()
      return calls
    end
  end

  local fine, no = peer.reply("200 OK", '{"Status":"0","Count":"1"}'), peer.reply("401 Unauthorized")

  local function sessions_sent(server)
    local list = {}
    for index, request in ipairs(server:requests()) do
      list[index] = request.headers["x-session"]
    end
    return list
  end

  it("are asked for again after a refusal, once, and kept", function()
    local client, server, calls = client_with(peer.replies(fine, no), peer.replies(fine, fine)) -- other credentials: another connection
    assert(client:logout "K1")
    assert(client:logout "K1")
    assert(client:logout "K1")
    assert.are.same({ "session-1", "session-1", "session-2", "session-2" }, sessions_sent(server))
    assert.are.equal(2, calls())
  end)

  it("that are refused twice are refused", function()
    local client, server = client_with(peer.replies(no), peer.replies(no), peer.replies(fine))
    local _, _, code = client:logout "K1"
    assert.are.equal("denied", code)
    assert.are.same({ "session-1", "session-2" }, sessions_sent(server))
  end)

  it("are not asked for after other failures", function()
    local client, _, calls = client_with(peer.replies(peer.reply "503 Busy"))
    assert.is_nil((client:logout "K1"))
    assert.are.equal(1, calls())
  end)

  it("that are no table raise", function()
    assert.is_false((pcall(client_of, "agvance", { headers = function()
      return "X-Session: 1"
    end })))
  end)
end)

describe("sessions of our own", function()
  after_each(peer.stop_all)

  local list = peer.reply("200 OK", '{"Status":"0","Count":"2","APIUsers":[{"SessionLogKey":"OWN","SessionID":"sid-4711"},'
    .. '{"SessionLogKey":"K1","SessionID":"sid-0815"}]}')

  local function start(...)
    local server = peer.start { peer.replies(...) }
    return server, client_of("agvance", { url = server.url, session_id = signoff.secret.new "sid-4711" })
  end

  local function keys_sent(request)
    local keys = {}
    for index, session in ipairs(cjson.decode(request.body)) do
      keys[index] = session.SessionLogKey
    end
    return keys
  end

  it("are marked", function()
    local _, client = start(list)
    local sessions = assert(client:sessions())
    assert.is_true(sessions[1].own)
    assert.is_false(sessions[2].own)
  end)

  it("are never logged off alone", function()
    for _, keys in ipairs { "OWN", { "OWN" }, { "OWN", "OWN" } } do
      local server, client = start(list)
      local answer, message, code, detail = client:logout(keys)
      assert.is_nil(answer)
      assert.are.same({ "rejected", "target", false, false }, { code, detail.scope, detail.sent, detail.retriable })
      assert.is_truthy(message:find("own session", 1, true), message)
      assert.are.equal(1, #server:requests())
    end
  end)

  it("are left out of a list", function()
    local server, client = start(list, peer.reply("200 OK", '{"Status":"0","Count":"1"}'))
    local answer = assert(client:logout { "K1", "OWN" })
    assert.are.same({ "K1" }, keys_sent(server:requests()[2]))
    assert.are.same({ "OWN" }, answer.failed)
    assert.is_true(answer.partial)
    assert.are.equal("rejected", answer.error.code)
  end)

  it("stop everything when the list of sessions fails", function()
    local server, client = start(peer.reply("500 Bug"))
    local answer, _, code = client:logout { "K1", "K2" }
    assert.is_nil(answer)
    assert.are.equal("server", code)
    assert.are.equal(1, #server:requests())
  end)

  it("are skipped by signout", function()
    local server, client = start(list)
    assert.are.equal("skipped", client:signout("OWN", { settle = 0, deadline = 1 }).verdict)
    for _, request in ipairs(server:requests()) do
      assert.are.equal("GET", request.method)
    end
  end)
end)

describe("chunks", function()
  after_each(peer.stop_all)

  local function done(count)
    return peer.reply("200 OK", ('{"Status":"0","Count":"%d"}'):format(count))
  end

  local function logout(keys, chunk, ...)
    local server = peer.start { peer.replies(...) }
    local client = client_of("agvance", { url = server.url, chunk = chunk })
    local answer, message, code, detail = client:logout(keys)
    local sizes = {}
    for index, request in ipairs(server:requests()) do
      sizes[index] = #cjson.decode(request.body)
    end
    return sizes, answer, message, code, detail
  end

  local function keys_of(count)
    local keys = {}
    for i = 1, count do
      keys[i] = "K" .. i
    end
    return keys
  end

  it("have the client's size, and are added up", function()
    local sizes, answer = logout(keys_of(7), 3, done(3), done(3), done(1))
    assert.are.same({ 3, 3, 1 }, sizes)
    assert.are.same({ "accepted", 7, 7, false }, { answer.answer, answer.requested, answer.count, answer.partial })
    assert.is_nil(answer.failed)
  end)

  it("have 50 keys by default", function()
    assert.are.same({ 50, 50, 1 }, (logout(keys_of(101), nil, done(50), done(50), done(1))))
  end)

  it("send a key that stands there twice once", function()
    local sizes, answer = logout({ "K1", "K2", "K1" }, nil, done(2))
    assert.are.same({ 2 }, sizes)
    assert.are.equal(2, answer.requested)
  end)

  it("are partial when fewer were there, and already out when none was", function()
    local _, answer = logout(keys_of(4), 2, done(2), done(1))
    assert.are.same({ "accepted", 3, true }, { answer.answer, answer.count, answer.partial })
    _, answer = logout(keys_of(4), 2, done(0), done(0))
    assert.are.same({ "already_out", 0 }, { answer.answer, answer.count })
    _, answer = logout(keys_of(4), 2, done(0), done(2))
    assert.are.same({ "accepted", 2, true }, { answer.answer, answer.count, answer.partial })
  end)

  it("that fail later lose nothing that was achieved", function()
    local sizes, answer = logout(keys_of(6), 2, done(2), peer.reply("503 Busy", nil, { ["Retry-After"] = "9" }))
    assert.are.same({ 2, 2 }, sizes)
    assert.are.same({ "accepted", true, 2, 6 }, { answer.answer, answer.partial, answer.count, answer.requested })
    assert.are.same({ "K3", "K4", "K5", "K6" }, answer.failed)
    assert.are.same({ "busy", true, true, 9 }, { answer.error.code, answer.error.sent, answer.error.retriable,
      answer.error.retry_after })
  end)

  it("whose first fails are a failure", function()
    local sizes, answer, _, code, detail = logout(keys_of(6), 2, peer.reply("500 Bug"))
    assert.is_nil(answer)
    assert.are.same({ "server", "server" }, { code, detail.code })
    assert.are.same({ 2 }, sizes)
  end)

  it("check all keys before the first is sent", function()
    local server = peer.start { peer.always(done(1)) }
    local client = client_of("agvance", { url = server.url, chunk = 1 })
    assert.is_false((pcall(client.logout, client, { "K1", "K2", "\255" })))
    assert.are.equal(0, #server:connections())
  end)
end)

describe("follow-up requests", function()
  after_each(peer.stop_all)

  local function paths(server)
    local list = {}
    for index, request in ipairs(server:requests()) do
      list[index] = request.method .. " " .. request.target:gsub("^/communication_manager/rest/live/coreServers/", "")
    end
    return list
  end

  local function jde(...)
    local server = peer.start { peer.replies(...) }
    return server, client_of("jde_ais", { url = server.url })
  end

  local function isymphony(...)
    local server = peer.start { peer.replies(...) }
    return server, client_of("isymphony", { url = server.url })
  end

  local success, unsupported_type = peer.reply("200 OK", '{"status":"Success"}'), peer.reply("415 Unsupported Media Type")
  local away = { name = "Away", type = "away" }

  it("a 415 is repeated once with a Content-Type", function()
    local server, client = jde(unsupported_type, success)
    assert.are.equal("accepted", assert(client:logout { token = "044-token", device = "D1" }).answer)
    local requests = server:requests()
    assert.are.equal(2, #requests)
    assert.is_nil(requests[1].headers["content-type"])
    assert.are.equal("application/json", requests[2].headers["content-type"])
    assert.are.equal(requests[1].target, requests[2].target)
    assert.are.equal("D1", requests[2].headers["jde-ais-auth-device"])
  end)

  it("a second 415 is final, and called by the name of what was asked", function()
    local server, client = jde(unsupported_type, unsupported_type, success)
    local _, message, code, detail = client:logout "044-token"
    assert.are.same({ "rejected", "client", 415 }, { code, detail.scope, detail.http_status })
    assert.are.equal("logout", detail.operation)
    assert.is_truthy(message:find("jde_ais.logout:", 1, true), message)
    assert.are.equal(2, #server:requests())
  end)

  local user = peer.reply("200 OK", '{"id":"u1","userName":"ann"}')
  local forbidden, not_found = peer.reply("403 Forbidden"), peer.reply("404 Not Found", "No such user.")

  it("a 403 is a licence when the user itself may be read", function()
    for method, arguments in pairs { status = {}, set_status = { away } } do
      local server, client = isymphony(forbidden, user)
      local _, message, code, detail = client[method](client, "ann", arguments[1])
      assert.are.same({ "denied", "target", 403, method }, { code, detail.scope, detail.http_status, detail.operation })
      assert.are.equal(message, detail.message)
      assert.is_truthy(message:find("licence", 1, true), message)
      assert.are.equal("GET getByName/default/users/getByName/ann", paths(server)[2])
    end
  end)

  it("a 403 is ours when the user may not be read either", function()
    for _, second in ipairs { forbidden, peer.reply("401 Unauthorized"), not_found } do
      local server, client = isymphony(forbidden, second)
      local _, _, code, detail = client:status "ann"
      assert.are.same({ "denied", "client", 403 }, { code, detail.scope, detail.http_status })
      assert.are.equal(2, #server:requests())
    end
  end)

  it("a 404 of an id is asked again by the name that came with it", function()
    local status = peer.reply("200 OK", '{"name":"Away","type":"away"}')
    local replies = { status = status, user = user, logins = peer.reply("200 OK", "[]"), set_status = peer.reply "204 No Content" }
    for method, reply in pairs(replies) do
      local server, client = isymphony(not_found, reply)
      assert(client[method](client, { id = "u1", user_name = "ann" }, method == "set_status" and away or nil))
      local sent = paths(server)
      assert.is_truthy(sent[1]:find("/users/u1", 1, true), sent[1])
      assert.is_truthy(sent[2]:find("/users/getByName/ann", 1, true), sent[2])
    end
  end)

  it("a row of the list of users is such a target", function()
    local server, client = isymphony(peer.reply("200 OK", '[{"id":"u1","userName":"ann"}]'), not_found, user)
    local row = assert(client:users())[1]
    assert.are.equal("ann", assert(client:user(row)).user_name)
    assert.are.equal(3, #server:requests())
  end)

  it("a 404 without a name, or of a name, is final", function()
    for _, target in ipairs { "ann", { id = "u1" } } do
      local server, client = isymphony(not_found, user)
      local _, _, code, detail = client:status(target)
      assert.are.same({ "not_found", "target" }, { code, detail.scope })
      assert.are.equal(1, #server:requests())
    end
  end)

  it("keep the options of the call", function()
    local _, client = jde(unsupported_type, peer.reply("200 OK", '{"status":"Success"}' .. (" "):rep(100)))
    local _, _, code = client:logout("044-token", { max_reply = 50 })
    assert.are.equal("unusable", code)
  end)
end)

describe("a list", function()
  after_each(peer.stop_all)

  it("that selects has one row a key asked for, from one request", function()
    local server = peer.start { peer.always(peer.reply("200 OK",
      '{"Status":"0","Count":"1","APIUsers":[{"SessionLogKey":"K1","UseriD":"ann"}]}')) }
    local client = client_of("agvance", { url = server.url })
    local rows = assert(client:status { "K1", "K2", "K1" })
    assert.are.same({ true, false, true }, { rows[1].active, rows[2].active, rows[3].active })
    assert.are.same({ "ann", "K2", 200 }, { rows[1].user, rows[2].session_log_key, rows.http_status })
    assert.are.equal(1, #server:requests())
    assert.is_true(assert(client:status "K1").active)
    assert.is_false(assert(client:status "K9").active)
  end)

  it("carries what all answers carry", function()
    local server = peer.start { peer.always(peer.reply("200 OK", '{"Status":"3","Message":"hm","Count":"0","APIUsers":[]}')) }
    local rows = assert(client_of("agvance", { url = server.url }):sessions())
    assert.are.same({ 200, "3", "hm", "0" }, { rows.http_status, rows.vendor_code, rows.vendor_message, rows.fields.Count })
  end)
end)

describe("defaults", function()
  local function restore()
    local now = signoff.defaults {}
    now.profile = nil
    for name in pairs(now) do
      signoff.defaults { [name] = false }
    end
    signoff.defaults { profile = "script" }
  end
  after_each(restore)

  it("are for clients made later, and a client's own win", function()
    local before = client_of "jde_ais"
    signoff.defaults { user_agent = "night shift/1", accept = "xml" }
    local after = client_of "jde_ais"
    assert.are.equal("signoff/0.1.0", request_of(before, "logout", "044").headers["User-Agent"])
    assert.are.equal("night shift/1", request_of(after, "logout", "044").headers["User-Agent"])
    assert.are.equal("application/xml", request_of(after, "logout", "044").headers.Accept)
    local own = client_of("jde_ais", { user_agent = "mine", accept = "json" })
    assert.are.equal("mine", request_of(own, "logout", "044").headers["User-Agent"])
    assert.are.equal("application/json", request_of(own, "logout", "044").headers.Accept)
  end)

  it("add to one another, tell what holds, and false takes one back", function()
    signoff.defaults { user_agent = "a" }
    local now = signoff.defaults { timeout = 3 }
    assert.are.same({ profile = "script", user_agent = "a", timeout = 3 }, now)
    assert.are.same({ profile = "script", timeout = 3 }, signoff.defaults { user_agent = false })
  end)

  it("of the profile dialplan mean two seconds in all, no settling", function()
    finally(peer.stop_all)
    signoff.defaults { profile = "dialplan" }
    local server = peer.start { { "stall" } }
    local client = client_of("jde_ais", { url = server.url })
    local started = core.now()
    local result = client:verify "044-token"
    local seconds = core.now() - started
    assert.are.equal("unknown", result.verdict)
    assert.is_true(seconds > 1.5 and seconds < 2.5, "took " .. seconds)
  end)

  it("that are wrong raise, and change nothing", function()
    for _, case in ipairs { { "profile", "fast" }, { "nonsense", 1 }, { "token", "x" } } do
      local fine, problem = pcall(signoff.defaults, { [case[1]] = case[2], user_agent = "a" })
      assert.is_false(fine)
      assert.is_truthy(problem:find("signoff.defaults", 1, true) and problem:find(case[1], 1, true), problem)
      assert.are.same({ profile = "script" }, signoff.defaults {})
    end
  end)
end)
