-- SPDX-License-Identifier: MIT
--- The systems of examples/systems at their real servers: sessions of Ana are there, and after a sign-out they are not, by the
-- server's own word and by Ana's sockets, and Ben's stays; and the verdicts where the server lies or stops.

local daemon = require "spec.support.daemon"
local nginx = require "spec.support.nginx"
local peer = require "spec.support.peer"

local real_sessions = {}

local QUICK = { settle = 0.3, deadline = 20, schedule = { 0.2 } }

-- In front of the real server: it takes every kick, says what the server says to one, and does nothing.
local liar = [[
location / {
  lua_need_request_body on;
  access_by_lua_block {
    if (ngx.var.uri .. (ngx.req.get_body_data() or "")):find "kick" then
      ngx.header.content_type = "application/json"
      ngx.print(%q)
      return ngx.exit(200)
    end
  }
  proxy_pass %s;
}
]]

local function stop_all()
  daemon.stop_all()
  peer.stop_all()
end

-- The server with two sessions of Ana and one of Ben.
local function open(kind)
  local server = kind.start()
  local ana, phone, ben = kind.login(server, "ana", "desk"), kind.login(server, "ana", "phone"), kind.login(server, "ben", "desk")
  assert.are.equal(2, kind.sessions(server, "ana"))
  return server, { ana, phone }, ben
end

local function check_verdict(verdict, code, result)
  assert(result.verdict == verdict and result.code == code, ("%s, %s: %s"):format(result.verdict, tostring(result.code), tostring(result.message)))
end

local function check_still_there(kind, server, sessions)
  assert.are.equal(2, kind.sessions(server, "ana"))
  for _, session in ipairs(sessions) do
    kind.check_open(session)
  end
end

local function check_gone(kind, server, sessions, ben)
  for _, session in ipairs(sessions) do
    kind.check_ended(session)
  end
  assert.are.equal(0, kind.sessions(server, "ana"))
  assert.are.equal(1, kind.sessions(server, "ben"))
  kind.check_open(ben)
end

-- A client that stops the server right after an exchange of that operation.
local function stopping_client(kind, server, operation)
  return kind.client(server.url, { log = function(_, _, fields)
    if fields and fields.operation == operation and server:is_running() then
      server:stop()
    end
  end })
end

local function add_sign_outs(kind)
  it("ends the sessions of one user, and proves it", function()
    local server, ana, ben = open(kind)
    check_verdict("ended", nil, kind.client(server.url):signout(kind.target "ana", QUICK))
    check_gone(kind, server, ana, ben)
  end)

  it("finds a user who left", function()
    local server, ana = open(kind)
    local client = kind.client(server.url)
    check_verdict("still_active", nil, client:verify(kind.target "ana", { settle = 0, deadline = 1, schedule = { 0.2 } }))
    for _, session in ipairs(ana) do
      session:close()
    end
    peer.wait_for("the end of Ana's sessions", function()
      return kind.sessions(server, "ana") == 0
    end)
    check_verdict("already_out", nil, client:signout(kind.target "ana", QUICK))
  end)

  it("says nothing of a user whom it never saw", function()
    local server = open(kind)
    check_verdict("unknown", "never_seen", kind.client(server.url):signout(kind.target "nobody", QUICK))
  end)
end

local function add_lies(kind)
  it("believes no server that takes the kick and does nothing", function()
    local server, ana = open(kind)
    local proxy = nginx.start { server = liar:format(kind.kicked, server.url) }
    check_verdict("still_active", nil, kind.client(proxy.url):signout(kind.target "ana", QUICK))
    check_still_there(kind, server, ana)
  end)

  it("fails where nobody listens, where the server stops before the kick, and where the credentials are wrong", function()
    local server, ana = open(kind)
    check_verdict("failed", "denied", kind.client(server.url, kind.wrong):signout(kind.target "ana", QUICK))
    check_still_there(kind, server, ana)
    check_verdict("failed", "unreachable", stopping_client(kind, server, "status"):signout(kind.target "ana", QUICK))
    check_verdict("failed", "unreachable", kind.client(server.url):signout(kind.target "ana", QUICK))
  end)

  it("proves nothing where the server stops after the kick", function()
    local server = open(kind)
    check_verdict("unverified", "unreachable", stopping_client(kind, server, "logout"):signout(kind.target "ana", QUICK))
  end)
end

local function apply(kind, url, people)
  local offboard = require "signoff.offboard"
  local systems = { [kind.name] = { client = kind.client(url) } }
  local plan = assert(offboard.plan(systems, people))
  return assert(offboard.apply(plan, systems, { people = people, journal = false, settle = 0.3 }))
end

--- Adds them.
-- @tparam table kind `name`; `start()`; `login(server, name, resource)`; `check_open(session)`, `check_ended(session)`;
-- `sessions(server, name)`, by the server's own word; `client(url, options)`; `target(name)`; `kicked`: its reply to a kick;
-- `wrong`: options with wrong credentials
function real_sessions.add(kind)
  after_each(stop_all)
  add_sign_outs(kind)
  add_lies(kind)

  it("is offboarded from, from plan to report", function()
    local server, ana, ben = open(kind)
    local people = { { person = "Ana", [kind.name] = kind.target "ana" } }
    local result = apply(kind, server.url, people)
    assert.are.equal(0, result.exit)
    check_verdict("ended", nil, result.results[1])
    check_gone(kind, server, ana, ben)
    assert.matches("ended", require "signoff.offboard".report(result, { format = "text" }))
  end)
end

return real_sessions
