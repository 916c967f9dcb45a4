-- SPDX-License-Identifier: MIT
-- Dovecot: ends the IMAP and POP3 sessions of a user, through the doveadm HTTP API. A cell of the list holds the user's name.
--
--   local dovecot = dofile "/etc/signoff/dovecot.lua"
--   local client = dovecot { url = "https://mail.example:8080", password = signoff.secret.env "DOVEADM_PASSWORD" }
--   print(client:signout("ana").verdict)
--
-- It proves that no session of that name is left. Mail programs log in again: close the account first. A process that serves
-- several users (service_count = 0, or imap-hibernate) is ended for all of them [documented].
--
-- Sources: [documented] the manual's "Doveadm HTTP API", doveadm-kick.c; [seen] Debian's Dovecot 2.3.19, under `make check-servers`.

local signoff = require "signoff"

local TAG = "signoff"
-- [documented] POST [[COMMAND, ARGUMENTS, TAG]], as the user "doveadm".
local function post(client, command, arguments)
  return { username = "doveadm", password = client.options.password, json = { { command, arguments, TAG } } }
end

-- [seen] [["doveadmResponse", [ROW, ...], TAG]]; or [["error", {"type": TYPE, "exitCode": CODE}, TAG]], with HTTP 200 as well.
local function open(reply)
  local answer = reply.status == 200 and reply.body[1]
  if type(answer) ~= "table" or #answer ~= 3 or answer[3] ~= TAG or type(answer[2]) ~= "table" then
    return nil, reply.status == 200 and "unusable" or nil, { message = "is no answer of doveadm" }
  elseif answer[1] == "doveadmResponse" and (answer[2][1] or not next(answer[2])) then -- no object, which has no rows
    return answer[2]
  end
  local code = answer[2].type == "exitCode" and answer[2].exitCode or answer[2].type
  return nil, nil, { vendor_code = code, own_words = true }
end

-- [seen] Without separateConnections all rows but the first stand beside the list, not in it.
local function build_who(client)
  return post(client, "who", { separateConnections = true })
end

local function read_who(reply)
  local list, code, more = open(reply)
  local seen, rows = {}, {}
  for _, connection in ipairs(list or {}) do
    local user = connection.username
    if user == nil or not seen[user] then
      seen[user or false] = true
      rows[#rows + 1] = { user = user }
    end
  end
  return list and rows, code, more
end

-- [seen] A kick takes a mask: `*` and `?` are wildcards, and 127.1, 0x7f000001, 10.0.0.0/8 mean everybody who comes from there.
local function build_kick(client, name)
  if name:find "[*?:]" or (name:find "^%d[%x.xX/]*$" and name:find "[.xX/]") then
    return nil, "Dovecot could take this name for a mask, and end the sessions of others"
  end
  return post(client, "kick", { mask = { name } })
end

local function read_kick(reply)
  local kicked, code, more = open(reply)
  return kicked and { answer = #kicked > 0 and "accepted" or "undecided", own_words = true }, code, more
end

return signoff.system {
  name = "dovecot", title = "Dovecot", default_path = "doveadm/v1",
  options = { { name = "password", secret = true, required = true, what = "doveadm_password of its configuration" } },
  target = "text",
  operations = {
    who = { build = build_who, read = read_who },
    kick = { build = build_kick, read = read_kick, changes = true, repeatable = true },
  },
  list = { operation = "who", key = "user" },
  codes = { -- [documented] sysexits.h; [seen] 64, 68 and the texts
    [64] = { code = "rejected", wording = "wrong arguments" }, [68] = { answer = "already_out", wording = "no user was kicked" },
    [75] = { code = "busy", wording = "a temporary failure" },
    unknownMethod = { code = "unsupported", wording = "no such command" },
    invalidRequest = { code = "rejected", scope = "client", wording = "no such argument" },
  },
  by_hand = "on the mail server: doveadm kick NAME; and close the account",
}
