-- SPDX-License-Identifier: MIT
-- Systems that are described in Lua: copies of JD Edwards (tokens) and Agvance (listed sessions) against the simulator, from a call to
-- a run.

local core = require "signoff.core"
local files = require "spec.support.files"
local new_agvance = require "spec.support.agvance_in_lua"
local new_jde = require "spec.support.jde_in_lua"
local nginx = require "spec.support.nginx"
local offboarding = require "spec.support.offboarding"
local peer = require "spec.support.peer"
local offboard = require "signoff.offboard"
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
    assert.is_truthy(offboard.report(result, { format = "text" }):find "ended")
  end)
end)

-- Answers of a server that echoes what it was sent, and what is shown of them.
local echoes = {
  { "an answer", { answer = "accepted", said = "key-4711 and T-token-4711", deep = { "T-token-4711" } }, 200 },
  { "a refusal", { nil, "rejected", { message = "no T-token-4711 with key-4711", vendor_message = "T-token-4711", vendor_code = "key-4711" } }, 200 },
  { "words of the status", {}, 503 }, { "a doubt", { answer = "accepted", doubt = "tells of key-4711" }, 200 },
}

describe("secrets of a system in Lua", function()
  local made = 0

  local function outcome(row, body)
    made = made + 1
    local client = signoff.system {
      name = "echo" .. made, title = "It echoes", by_hand = "look", target = "token", options = { { name = "key", secret = true } },
      operations = {
        logout = { changes = true, read = function() return row[2][1] ~= nil and row[2][1] or row[2].answer and row[2] or nil, row[2][2], row[2][3] end,
          build = function(view, token) return { path = "x", headers = { ["X-Sum"] = "sum:" .. view.options.key:reverse() }, json = { token = token } } end },
        status = { evidence = "token", build = function() return {} end, read = function() return {} end },
      },
    } { url = "http://127.0.0.1:1", key = "key-4711" }
    local call = core.reply(core.build(client, "logout", "T-token-4711"), row[3], body)
    return { core.read(call) }
  end

  for _, row in ipairs(echoes) do
    for _, body in ipairs { '{"a":"T-token-4711 key-4711 sum:1174-yek","b":{"T-token-4711":["key-4711"]}}', "<a><b>T-token-4711</b><c>key-4711 sum:1174-yek</c></a>" } do
      it(("are masked in %s, %s"):format(row[1], body:sub(1, 1)), function()
        local found = outcome(row, body)
        assert.is_nil(simulated.leak(found, { "T-token-4711", "key-4711", "sum:1174-yek" }))
        assert.is_truthy(simulated.leak(found, { "***" }))
      end)
    end
  end

  it("are masked at any depth, once, in an answer that holds itself", function()
    local answer = { answer = "accepted" }
    local at = answer
    for _ = 1, 40 do
      at.more = { text = "T-token-4711" }
      at = at.more
    end
    at.more, at.again = answer, answer
    outcome({ "deep", { answer }, 200 }, '{"a":"T-token-4711"}')
    at = answer
    for i = 1, 40 do
      at = at.more
      assert.are.equal("***", at.text, i)
    end
  end)
end)

describe("the runtimes of a system in Lua:", function()
  after_each(function()
    nginx.stop_all()
    peer.stop_all()
  end)

  local done = peer.reply("200 OK", '{"status":"Success"}')

  it("a loop, many at once", function()
    local server = peer.start { { { loop = { "request", { wait = 0.02 }, { send = done } } } } }
    local client, accepted = new_jde { url = server.url }, 0
    signoff.loop(function(loop)
      for i = 1, 20 do
        loop:spawn(function()
          local answer = assert(client:logout(target("044-token" .. i))).answer
          accepted = accepted + (answer == "accepted" and 1 or 0)
        end)
      end
    end)
    assert.are.equal(20, accepted)
  end)

  it("a dialplan", function()
    signoff.defaults { profile = "dialplan" }
    finally(function() signoff.defaults { profile = "script" } end)
    reset()
    assert.are.equal("ended", client_of():signout(target(LIVE)).verdict)
  end)

  it("nginx, whose functions cannot wait in it", function()
    if not rawget(_G, "jit") then
      return -- nginx has its own Lua, whichever runs the specs: once is enough
    end
    local server = nginx.start { files = { ["jde.lua"] = files.read "spec/support/jde_in_lua.lua" }, server = ([[
      location /logout {
        content_by_lua_block {
          local client = require "jde" { url = "%s" }
          ngx.say(client:logout({ token = "044-token", device = "PC" }).answer)
        }
      }
      location /waits {
        content_by_lua_block {
          local make = package.loaded.waits or require "signoff".system {
            name = "waits", title = "It waits", by_hand = "look", target = "text", doctor = { operation = "me", shows = "it" },
            operations = {
              kick = { build = function() ngx.sleep(0.01) return {} end, read = function() return {} end, changes = true },
              me = { build = function() return {} end, read = function() return {} end, target = false },
            },
          }
          package.loaded.waits = make
          ngx.say((select(2, pcall(function() return make { url = "%s" }:kick "T" end))))
        }
      }
    ]]):format(peer.start({ { { loop = { "request", { send = done } } } } }).url, "http://127.0.0.1:1") }
    assert.are.equal("accepted", server:get "/logout")
    for _ = 1, 3 do
      assert.matches("waits.kick: its 'build' failed: .*attempt to yield.*cannot wait", server:get "/waits")
    end
    assert.are.same({ accepted = 50 }, (server:get_many("/logout", 50)))
  end)
end)

-- A target of two members: which application, and which session there.
local function sessions_by_two()
  local name = "by_two_members"
  return core.facts[name] and require("signoff.client").constructor(name) or signoff.system {
    name = name, title = "Sessions by application", default_path = "ApiUser", by_hand = "end it there",
    target = {
      members = { { name = "application" }, { name = "key", required = true } },
      read = function(cell)
        local application, key = cell:match "^([^/]+)/(.+)$"
        if not key then
          return nil, "is no APPLICATION/KEY"
        end
        return { application = application, key = key }
      end,
      write = function(about) return about.application .. "/" .. about.key end,
    },
    operations = {
      sessions = { build = function() return {} end, read = function(reply)
        local rows = {}
        for i, session in ipairs(reply.body.APIUsers or {}) do
          rows[i] = { id = session.Application .. "/" .. session.SessionLogKey, user = session.UseriD }
        end
        return rows
      end },
      logout = {
        build = function(_, about) return { method = "POST", path = "LogOff", json = { { SessionLogKey = about.key } } } end,
        read = function(reply) return { answer = reply.body.Count == "1" and "accepted" or "undecided", own_words = true } end, changes = true,
      },
    },
    list = { operation = "sessions", key = "id", user = "user" }, words = { rows = "APIUsers", data = { "Message" } }, resolve = {},
  }
end

local function session_of(client, user)
  for _, row in ipairs(assert(client:sessions())) do
    if row.user == user then
      return row
    end
  end
end

describe("a target of named members", function()
  before_each(reset)

  it("is looked for, signed out, shown and planned as its text", function()
    local client = sessions_by_two() { url = simulated.url "agvance", headers = simulated.headers }
    local row = session_of(client, "ana.silva")
    local application, key = row.id:match "^([^/]+)/(.+)$"
    check({ active = true, user = row.user }, assert(client:status { application = application, key = key }))
    check({ active = false }, assert(client:status { application = application, key = "other" }))
    local result = client:signout({ application = application, key = key }, { settle = 0.05, schedule = { 0.05 } })
    assert.are.same({ "ended", row.id }, { result.verdict, result.target })
    assert.is_false(pcall(client.status, client, { application = application }))
  end)

  it("stands in a list, by its text and by a name", function()
    local client = sessions_by_two() { url = simulated.url "agvance", headers = simulated.headers }
    local row = session_of(client, "ana.silva")
    local result = assert(offboarding.apply({ shop = { client = client } }, {
      { person = row.user, shop = row.id }, { person = "ben.okafor", shop = "user:ben.okafor" },
    }))
    assert.are.same({ row.user .. " " .. row.id .. " ended", "ben.okafor" }, { verdicts_of(result)[1], result.results[2].person })
    for _, found in ipairs(result.results) do
      assert.are.equal("ended", found.verdict)
    end
    local _, message = pcall(offboarding.apply, { shop = { client = client } }, { { person = "ana", shop = "AGV-1" } })
    assert.is_truthy(tostring(message):find("is no APPLICATION/KEY", 1, true), tostring(message))
  end)
end)

describe("a system in Lua without any look", function()
  after_each(peer.stop_all)

  local function unseen(more)
    local name = "unseen" .. tostring(more.answer)
    return core.facts[name] and require("signoff.client").constructor(name) or signoff.system {
      name = name, title = "Nobody tells", by_hand = "look yourself", target = "text", doctor = { operation = "me", shows = "the login works" },
      operations = {
        revoke = { build = function(_, user) return { method = "POST", path = { "users", user, "revoke" } } end,
          read = function() return more end, changes = true },
        me = { build = function() return { path = "me" } end, read = function(reply) return { name = reply.body.name } end, target = false },
      },
    }
  end

  for answer, verdict in pairs { accepted = "unverified", already_out = "unknown", undecided = "unknown" } do
    it(("can never be better than unverified: %s"):format(answer), function()
      local server = peer.start { { { loop = { "request", { send = peer.reply("200 OK", '{"value":true}') } } } } }
      local client = unseen { answer = answer } { url = server.url }
      local result = client:signout("ana", { settle = 0.01, schedule = { 0.01 }, deadline = 1 })
      assert.are.equal(verdict, result.verdict)
      assert.is_truthy(result.by_hand)
      assert.are.equal("unsupported", select(3, client:status "ana"))
      assert.is_nil(client:can().status)
      local run = assert(offboarding.apply({ site = { client = client } }, { { person = "ana", site = "ana" } }))
      assert.are.same({ verdict, 3 }, { run.results[1].verdict, run.exit })
    end)
  end
end)

describe("doctor", function()
  before_each(reset)

  it("asks systems in Lua as their definitions say", function()
    local doctor = require "signoff.offboard.cli.doctor"
    local rows, exit = doctor(require "signoff.offboard.systems".check {
      jde = { client = client_of() }, shop = { client = agvance_of() }, phones = { client = require "spec.support.cisco_in_lua" {
        url = simulated.url "cisco_em", app_id = "offboarding", app_certificate = "em-password" } },
    })
    local shown = {}
    for _, row in ipairs(rows) do
      shown[row.system .. " " .. row.check] = row.state .. ": " .. row.message
    end
    assert.are.equal(0, exit)
    assert.is_truthy(shown["jde login"]:find("ok: needs no login", 1, true), shown["jde login"])
    assert.are.equal("ok: the login may list who is in", shown["shop login"])
    assert.are.equal("ok: the application user is known", shown["phones login"])
  end)

  it("says what is refused", function()
    local doctor = require "signoff.offboard.cli.doctor"
    local _, exit = doctor(require "signoff.offboard.systems".check { shop = { client = agvance_of { headers = { ["X-Api-Key"] = "wrong" } } } })
    assert.are.equal(4, exit)
  end)
end)
