-- SPDX-License-Identifier: MIT
-- examples/systems/dovecot.lua against a real Dovecot, with real IMAP sessions.

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

describe("a real Dovecot", function()
  after_each(real_sessions.leave)
  teardown(real_sessions.stop_all)

  for _, check in ipairs(real_sessions.checks) do
    it(check[1], function()
      check[2](kind)
    end)
  end
end)
