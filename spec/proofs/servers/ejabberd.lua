-- SPDX-License-Identifier: MIT
-- examples/systems/ejabberd.lua against a real ejabberd, with real XMPP sessions.

local ejabberd = require "spec.support.ejabberd"
local peer = require "spec.support.peer"
local real_sessions = require "spec.support.real_sessions"

local new = real_sessions.constructor "ejabberd"

local function client(url, options)
  return new(peer.with({ url = url, jid = ejabberd.ADMIN, password = ejabberd.PASSWORD }, options))
end

local function start()
  local server = ejabberd.start()
  ejabberd.register(server, "ana")
  ejabberd.register(server, "ana", ejabberd.OTHER)
  ejabberd.register(server, "ben")
  ejabberd.register(server, "error")
  return server
end

local kind = {
  name = "ejabberd", start = start, login = ejabberd.login, check_open = ejabberd.check_open, check_ended = ejabberd.check_ended,
  sessions = ejabberd.sessions, client = client, look = "connected_users", act = "kick_user", wrong = { password = "wrong" },
  target = function(name) return name .. "@" .. ejabberd.HOST end, kicked = '{"num_resources":2}',
}

describe("a real ejabberd", function()
  after_each(real_sessions.leave)
  teardown(real_sessions.stop_all)

  for _, check in ipairs(real_sessions.checks) do
    it(check[1], function()
      check[2](kind)
    end)
  end

  it("leaves alone a JID that is nearly the one of the list", function()
    real_sessions.check_left_alone(kind, "ANA")
  end)

  it("takes nobody for another who has that name on another host", function()
    real_sessions.open(kind)
    local other = ejabberd.login(kind.server, "ana", "desk", ejabberd.OTHER)
    real_sessions.check_sign_out(kind, "ana")
    ejabberd.check_open(other)
    other:close()
  end)

  it("tells of the sessions of an account", function()
    real_sessions.open(kind)
    local resources = {}
    for _, session in ipairs(assert(client(kind.server.url):user_sessions_info(kind.target "ana"))) do
      resources[session.resource] = session.ip
    end
    assert.are.same({ desk = "127.0.0.1", phone = "127.0.0.1" }, resources)
  end)

  it("sends no target that is no bare JID, and proves nothing of a host that is not there", function()
    local server = real_sessions.open(kind)
    for _, target in ipairs { "ana", "ana@chat.example/desk", "a na@chat.example", "@chat.example", "ana@" } do
      assert.has_error(function() client(server.url):kick_user(target) end, "ejabberd.kick_user: a target must be a bare JID, user@host")
    end
    assert.are.equal("unknown", client(server.url):signout("ana@nowhere.example", { settle = 0.1, deadline = 2 }).verdict)
    assert.are.equal(2, ejabberd.sessions(server, "ana"))
  end)
end)
