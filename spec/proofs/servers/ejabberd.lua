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
  ejabberd.register(server, "ben")
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
end)
