-- SPDX-License-Identifier: MIT
--- A real ejabberd with its HTTP API, in a directory of its own and as its own user, and XMPP sessions at it. Needs root.

local conversation = require "spec.support.conversation"
local daemon = require "spec.support.daemon"
local mime = require "mime"
local peer = require "spec.support.peer"

local ejabberd = { HOST = "chat.example", OTHER = "other.example", ADMIN = "signoff@chat.example", PASSWORD = "password-of-a-test" }

-- Accounts are made from here without a login; the sign-outs need that of the administrator.
local configuration = [[
hosts: [ @host@, @other@ ]
loglevel: notice
auth_password_format: plain
listen:
  -
    port: @xmpp@
    ip: "127.0.0.1"
    module: ejabberd_c2s
  -
    port: @http@
    ip: "127.0.0.1"
    module: ejabberd_http
    request_handlers:
      /api: mod_http_api
acl:
  admin:
    user: [ "@admin@" ]
api_permissions:
  sign-outs:
    who: [ acl: admin ]
    what: [ connected_users, kick_user, user_sessions_info ]
  accounts:
    who: [ ip: "127.0.0.1/8" ]
    what: [ register ]
modules:
  mod_admin_extra: {}
  mod_ping: {}
  @modules@
]]

-- Neither ejabberdctl nor epmd: a node without a name, as the package's own user.
local command = [[env HOME=@directory@ EJABBERD_CONFIG_PATH=@directory@/ejabberd.yml EJABBERD_LOG_PATH=@directory@/ejabberd.log
  ERL_LIBS=@libraries@ ERL_CRASH_DUMP_SECONDS=0 setpriv --reuid ejabberd --regid ejabberd --clear-groups
  erl -noinput -mnesia dir '"@directory@/spool"' -s ejabberd]]

--- Makes an account on that host, or the first; the password is `ejabberd.PASSWORD`.
function ejabberd.register(server, name, host)
  local body = ('{"user":"%s","host":"%s","password":"%s"}'):format(name, host or ejabberd.HOST, ejabberd.PASSWORD)
  local answer = peer.output_of(("%s -s --max-time 10 -d '%s' %s/api/register"):format(peer.CURL, body, server.url))
  assert(answer:find "successfully registered", answer)
end

--- @tparam[opt] string modules lines of the configuration
-- @treturn table with `url`, `port` of XMPP, and what daemons have
function ejabberd.start(modules)
  local directory, http, xmpp = peer.directory(), peer.free_port(), peer.free_port()
  local values = {
    directory = directory, http = http, xmpp = xmpp, host = ejabberd.HOST, other = ejabberd.OTHER, admin = ejabberd.ADMIN, modules = modules or "",
    libraries = peer.output_of "dirname $(ls -d /usr/lib/*/ejabberd-*/ebin | head -n 1 | xargs dirname)",
  }
  peer.write_file(directory .. "/ejabberd.yml", (configuration:gsub("@(%l+)@", values)))
  os.execute(("cd %s && mkdir spool && chown -R ejabberd: ."):format(directory))
  local url = "http://127.0.0.1:" .. http
  local self = daemon.start("ejabberd", (command:gsub("@(%l+)@", values):gsub("\n", "")), directory, function()
    return peer.output_of(peer.CURL .. " -s --max-time 1 -o /dev/null -w '%{http_code}' " .. url) == "404"
  end)
  self.url, self.http_port, self.port = url, http, xmpp
  ejabberd.register(self, ejabberd.ADMIN:match "^[^@]*")
  return self
end

local STREAM = "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' to='%s' version='1.0'>"

local function open_stream(session, host)
  session:say(STREAM:format(host))
  session:hear "</stream:features>"
end

--- An XMPP session of that account, by SASL PLAIN, with that resource, on that host.
function ejabberd.login(server, name, resource, host)
  host = host or ejabberd.HOST
  local session = conversation.open(server.port)
  open_stream(session, host)
  session:say(("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>%s</auth>"):format(
    mime.b64(("\0%s\0%s"):format(name, ejabberd.PASSWORD))))
  session:hear "<success[^>]*>"
  open_stream(session, host)
  session:say(("<iq type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>%s</resource></bind></iq><presence/>")
    :format(resource or "desk"))
  session:hear "<presence[^>]*>"
  return session
end

--- How many sessions of that account there are, by the server's own API.
function ejabberd.sessions(server, name)
  local rows = peer.output_of(([[%s -s --max-time 10 -u %s:%s -d '{"user":"%s","host":"%s"}' %s/api/user_sessions_info]]):format(
    peer.CURL, ejabberd.ADMIN, ejabberd.PASSWORD, name, ejabberd.HOST, server.url))
  assert(rows:find "^%[", rows)
  return select(2, rows:gsub('"resource"', ""))
end

--- Raises unless the session still answers.
function ejabberd.check_open(session)
  session:say "<iq type='get' id='ping'><ping xmlns='urn:xmpp:ping'/></iq>"
  session:hear "<iq[^>]*id='ping'[^>]*>"
end

--- Raises unless the server ended the session, in its own words.
function ejabberd.check_ended(session)
  assert(session:farewell():find("has been kicked", 1, true), "not kicked")
end

return ejabberd
