-- SPDX-License-Identifier: MIT
--- The systems of examples/systems at their real servers: sessions of Ana are there, and after a sign-out they are not, by the
-- server's own word and by Ana's sockets, and Ben's stays; and the verdicts where the server lies or stops.

local assert = require "luassert"
local core = require "signoff.core"
local daemon = require "spec.support.daemon"
local offboard = require "signoff.offboard"
local peer = require "spec.support.peer"

local real_sessions = {}

local QUICK = { settle = 0.3, deadline = 20, schedule = { 0.2 } }
local BRIEF = { settle = 0.3, deadline = 4, schedule = { 0.5 } } -- where nothing changes until then

-- In front of the real server: it takes every kick, gives the server's own reply to one, and does nothing.
local function start_liar(kind, server)
  local kicked = peer.reply("200 OK", kind.kicked, { ["Content-Type"] = "application/json" })
  return peer.start { { { loop = { { relay = server.http_port, unless = "kick", reply = kicked } } } } }
end

--- The constructor of an example. Busted forgets what is loaded with each file, and a system is described once.
function real_sessions.constructor(name)
  if core.facts[name] then
    return require("signoff.client").constructor(name)
  end
  return dofile(("examples/systems/%s.lua"):format(name))
end

local logins = {}

--- For after_each: whoever is in leaves. The server stays for the next check, unless that stopped it.
function real_sessions.leave()
  for _, session in ipairs(logins) do
    session:close()
  end
  logins = {}
end

--- For teardown.
function real_sessions.stop_all()
  daemon.stop_all()
  peer.stop_all()
end

local function login(kind, name, resource)
  local session = kind.login(kind.server, name, resource)
  logins[#logins + 1] = session
  return session
end

local function wait_until_out(kind, name)
  peer.wait_for("the end of the sessions of " .. name, function()
    return kind.sessions(kind.server, name) == 0
  end)
end

--- The server with two sessions of Ana and one of Ben, and nobody else.
-- @treturn table server
-- @treturn {table,...} Ana's sessions
-- @treturn table Ben's
function real_sessions.open(kind)
  real_sessions.leave()
  if not kind.server or not kind.server:is_running() then
    kind.server = kind.start()
  end
  wait_until_out(kind, "ana")
  wait_until_out(kind, "ben")
  local ana, ben = { login(kind, "ana", "desk"), login(kind, "ana", "phone") }, login(kind, "ben", "desk")
  assert.are.equal(2, kind.sessions(kind.server, "ana"))
  return kind.server, ana, ben
end

local open = real_sessions.open

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

--- Signs Ana out under that name, and checks that her sessions are gone, and Ben's is not.
function real_sessions.check_sign_out(kind, name)
  local server, ana, ben = open(kind)
  check_verdict("ended", nil, kind.client(server.url):signout(kind.target(name), QUICK))
  check_gone(kind, server, ana, ben)
end

--- Signs somebody out whose name is nearly Ana's: nobody is kicked.
function real_sessions.check_left_alone(kind, name)
  local server, ana = open(kind)
  local result = kind.client(server.url):signout(kind.target(name), BRIEF)
  assert.are.equal("unknown", result.verdict)
  assert.matches("nearly", result.message)
  check_still_there(kind, server, ana)
end

-- A client that stops the server right after an exchange of that operation.
local function stopping_client(kind, server, operation)
  return kind.client(server.url, { log = function(level, _, fields)
    if level == "info" and fields.operation == operation and server:is_running() then
      server:stop()
    end
  end })
end

local function apply(kind, url, people)
  local systems = { [kind.name] = { client = kind.client(url) } }
  local plan = assert(offboard.plan(systems, people))
  return assert(offboard.apply(plan, systems, { people = people, journal = false, settle = 0.3 }))
end

--- The checks, in order: each a name and a function of the kind: a table with `name`; `start()`; `login(server, name, resource)`;
-- `check_open(session)`, `check_ended(session)`; `sessions(server, name)`, by the server's own word; `client(url, options)`;
-- `target(name)`; `kicked`: its reply to a kick; `wrong`: options with wrong credentials; `look`, `act`: the operations.
real_sessions.checks = {
  { "ends the sessions of one user, and proves it", function(kind)
    real_sessions.check_sign_out(kind, "ana")
  end },

  { "takes no name in the list for an error", function(kind)
    local server = open(kind)
    login(kind, "error", "failed")
    check_verdict("ended", nil, kind.client(server.url):signout(kind.target "ana", QUICK))
  end },

  { "finds a user who left", function(kind)
    local server, ana = open(kind)
    local client = kind.client(server.url)
    check_verdict("still_active", nil, client:verify(kind.target "ana", { settle = 0, deadline = 2, schedule = { 0.2 } }))
    for _, session in ipairs(ana) do
      session:close()
    end
    wait_until_out(kind, "ana")
    check_verdict("already_out", nil, client:signout(kind.target "ana", QUICK))
  end },

  { "says nothing of a user whom it never saw", function(kind)
    local server = open(kind)
    check_verdict("unknown", "never_seen", kind.client(server.url):signout(kind.target "nobody", QUICK))
  end },

  { "believes no server that takes the kick and does nothing", function(kind)
    local server, ana = open(kind)
    local proxy = start_liar(kind, server)
    check_verdict("still_active", nil, kind.client(proxy.url):signout(kind.target "ana", BRIEF))
    check_still_there(kind, server, ana)
  end },

  { "fails where the credentials are wrong, where the server stops before the kick, and where nobody listens", function(kind)
    local server, ana = open(kind)
    check_verdict("failed", "denied", kind.client(server.url, kind.wrong):signout(kind.target "ana", BRIEF))
    check_still_there(kind, server, ana)
    check_verdict("failed", "unreachable", stopping_client(kind, server, kind.look):signout(kind.target "ana", BRIEF))
    check_verdict("failed", "unreachable", kind.client(server.url):signout(kind.target "ana", BRIEF))
  end },

  { "proves nothing where the server stops after the kick", function(kind)
    local server = open(kind)
    check_verdict("unknown", "unreachable", stopping_client(kind, server, kind.act):signout(kind.target "ana", BRIEF))
  end },

  { "is offboarded from, from plan to report", function(kind)
    local server, ana, ben = open(kind)
    local result = apply(kind, server.url, { { person = "Ana", [kind.name] = kind.target "ana" } })
    check_verdict("ended", nil, result.results[1])
    assert.are.equal(0, result.exit)
    check_gone(kind, server, ana, ben)
    assert.matches("ended", offboard.report(result, { format = "text" }))
  end },
}

return real_sessions
