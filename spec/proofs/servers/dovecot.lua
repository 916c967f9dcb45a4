-- SPDX-License-Identifier: MIT
-- examples/systems/dovecot.lua against a real Dovecot, with real IMAP sessions.

local offboard = require "signoff.offboard"
local dovecot = require "spec.support.dovecot"
local peer = require "spec.support.peer"
local real_sessions = require "spec.support.real_sessions"

local new = real_sessions.constructor "dovecot"

local function client(url, options)
  return new(peer.with({ url = url, password = dovecot.ADMIN_PASSWORD }, options))
end

local kind = {
  name = "dovecot", start = dovecot.start, login = dovecot.login, check_open = dovecot.check_open, check_ended = dovecot.check_ended,
  sessions = dovecot.sessions, client = client, look = "who", act = "kick", wrong = { password = "wrong" },
  target = function(name) return name end, kicked = '[["doveadmResponse",[{"result":"ana"}],"signoff"]]',
}

-- Names that mean more than one user to a kick.
local masks = { "*", "a*", "AN?", "127.0.0.1", "127.1", "0x7f000001", "127.0.0.0/8", "::1" }

describe("a real Dovecot", function()
  after_each(real_sessions.leave)
  teardown(real_sessions.stop_all)

  for _, check in ipairs(real_sessions.checks) do
    it(check[1], function()
      check[2](kind)
    end)
  end

  it("leaves alone a name that is nearly the one of the list", function()
    real_sessions.check_left_alone(kind, "ANA")
  end)

  it("kicks nobody by a mask, not even one who is called so", function()
    local server = dovecot.start { names = "%u", more = "auth_username_chars =" }
    local ben, asking, sessions = dovecot.login(server, "ben"), client(server.url), {}
    for i, name in ipairs(masks) do
      sessions[i] = dovecot.login(server, name)
      assert.has_error(function() asking:kick(name) end,
        "dovecot.kick: Dovecot could take this name for a mask, and end the sessions of others")
      local plan, message = offboard.plan({ dovecot = { client = asking } }, { { person = name, dovecot = name } })
      assert(not plan and message:find("end the sessions of others", 1, true), message)
    end
    for _, session in ipairs(sessions) do
      dovecot.check_open(session)
    end
    dovecot.check_open(ben)
  end)
end)
