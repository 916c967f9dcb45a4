-- SPDX-License-Identifier: MIT
--- A real Dovecot with IMAP and the doveadm HTTP API, in a directory of its own, and IMAP sessions at it. Needs root.

local conversation = require "spec.support.conversation"
local daemon = require "spec.support.daemon"
local peer = require "spec.support.peer"

local dovecot = { ADMIN_PASSWORD = "admin-password-of-a-test", PASSWORD = "password-of-a-test" }

-- Any name is let in with the one password.
local configuration = [[
base_dir = @directory@/run
state_dir = @directory@/state
log_path = @directory@/log
mail_location = maildir:@directory@/mail/%u
protocols = imap
listen = 127.0.0.1
ssl = no
doveadm_password = @admin@
auth_username_format = @names@
@more@
passdb {
  driver = static
  args = password=@password@
}
userdb {
  driver = static
  args = uid=nobody gid=nogroup
}
service imap-login {
  inet_listener imap {
    port = @imap@
  }
  inet_listener imaps {
    port = 0
  }
}
service doveadm {
  inet_listener http {
    address = 127.0.0.1
    port = @http@
  }
}
]]

--- @tparam[opt] table options `names`: how names are changed at a login ("%Lu", to lower case); `more`: lines of the configuration
-- @treturn table with `url`, `port` of IMAP, and what daemons have
function dovecot.start(options)
  options = options or {}
  local directory, http, imap = peer.directory(), peer.free_port(), peer.free_port()
  local values = {
    directory = directory, admin = dovecot.ADMIN_PASSWORD, password = dovecot.PASSWORD, imap = imap, http = http, names = options.names or "%Lu",
    more = options.more or "",
  }
  os.execute(("cd %s && chmod 755 . && mkdir run state mail && chown nobody mail"):format(directory))
  peer.write_file(directory .. "/dovecot.conf", (configuration:gsub("@(%l+)@", values)))
  local url = "http://127.0.0.1:" .. http
  local self = daemon.start("Dovecot", ("/usr/sbin/dovecot -F -c %s/dovecot.conf"):format(directory), directory, function()
    return peer.output_of(peer.CURL .. " -s --max-time 1 -o /dev/null -w '%{http_code}' " .. url) == "401"
  end)
  self.url, self.http_port, self.port = url, http, imap
  return self
end

--- An IMAP session of that name.
function dovecot.login(server, name)
  local session = conversation.open(server.port)
  session:hear "%* OK [^\n]*\n"
  session:say(('a LOGIN "%s" %s\r\n'):format(name, dovecot.PASSWORD))
  session:hear "a OK [^\n]*\n"
  return session
end

--- How many sessions of that name there are, by Dovecot's own command.
function dovecot.sessions(server, name)
  local rows = peer.output_of(("doveadm -c %s/dovecot.conf who -1 '%s' 2>&1"):format(server.directory, name))
  local count = select(2, rows:gsub("[^\n]+", "")) - 1
  assert(rows:find "^username +proto", rows)
  return count
end

--- Raises unless the session still answers.
function dovecot.check_open(session)
  session:say "n NOOP\r\n"
  session:hear "n OK [^\n]*\n"
end

--- Raises unless the server ended the session, in its own words.
function dovecot.check_ended(session)
  assert(session:farewell():find("* BYE", 1, true), "no BYE")
end

return dovecot
