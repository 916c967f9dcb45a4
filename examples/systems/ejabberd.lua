-- SPDX-License-Identifier: MIT
-- ejabberd: ends the XMPP sessions of an account, through mod_http_api. A cell of the list holds a bare JID, ana@chat.example.
--
--   local ejabberd = dofile "/etc/signoff/ejabberd.lua"
--   local client = ejabberd {
--     url = "https://chat.example:5443", jid = "signoff@chat.example", password = signoff.secret.env "EJABBERD_PASSWORD",
--   }
--   print(client:signout("ana@chat.example").verdict)
--
-- It proves that no session of that JID is left. Chat programs log in again: close the account first. The asking account needs
-- connected_users, user_sessions_info and kick_user in `api_permissions`.
--
-- Sources: [documented] docs.ejabberd.im, "API Reference"; [seen] Debian's ejabberd 23.01, under `make check-servers`.

local signoff = require "signoff"

-- [documented] POST /api/COMMAND with an object, by the JID and the password of an account.
local function post(client, command, arguments)
  return { path = command, username = client.options.jid, password = client.options.password, json = arguments }
end

-- [seen] Of a name with a blank or a resource it says that there are no sessions, as of one who left.
local function post_account(command)
  return function(client, jid)
    local user, host = jid:match "^([^@/%s]+)@([^@/%s]+)$"
    if not user then
      return nil, "a target must be a bare JID, user@host"
    end
    return post(client, command, { user = user, host = host })
  end
end

-- [seen] Refusals are {"status": "error", "code": NUMBER, "message": TEXT}.
local function open(reply)
  if reply.status == 200 then
    return reply.body
  end
  return nil, nil, { vendor_code = reply.body.code, vendor_message = reply.body.message, own_words = reply.body.status == "error" }
end

-- [seen] Full JIDs of all hosts, "ana@chat.example/desk".
local function read_connected(reply)
  local list, code, more = open(reply)
  list = list and (list[1] or not next(list)) and list -- no object, which has no rows
  local seen, rows = {}, {}
  for _, jid in ipairs(list or {}) do
    local user = jid:match "^[^/]*"
    rows[#rows + 1] = not seen[user] and { user = user } or nil
    seen[user] = true
  end
  return list and rows or nil, code, more
end

-- [seen] {"num_resources": N}; [documented] newer releases say N alone.
local function read_kick(reply)
  local body, code, more = open(reply)
  local count = type(body) == "table" and body.num_resources or body
  if body and type(count) ~= "number" then
    return nil, "unusable", { message = "has no num_resources" }
  end
  return body and { answer = count > 0 and "accepted" or "already_out", own_words = true }, code, more
end

return signoff.system {
  name = "ejabberd", title = "ejabberd", default_path = "api",
  options = { { name = "jid", required = true, route = true }, { name = "password", secret = true, required = true } },
  target = "text",
  operations = {
    connected_users = { build = function(client) return post(client, "connected_users", {}) end, read = read_connected },
    user_sessions_info = { build = post_account "user_sessions_info", read = open }, -- each with resource, ip, uptime
    kick_user = { build = post_account "kick_user", read = read_kick, changes = true, repeatable = true },
  },
  list = { operation = "connected_users", key = "user" },
  codes = { -- [seen]
    [10] = { code = "denied", wording = "the login is wrong" }, [40] = { code = "unsupported", wording = "no such command" },
    [32] = { code = "denied", wording = "api_permissions do not let this account do it" },
  },
  by_hand = "on the chat server: ejabberdctl kick_user USER HOST; and close the account",
}
