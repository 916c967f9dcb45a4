-- SPDX-License-Identifier: MIT
-- Dovecot: ends the IMAP and POP3 sessions of a user, through the doveadm HTTP API. A cell of the list holds the user's name.
--
--   local dovecot = dofile "/etc/signoff/dovecot.lua"
--   local client = dovecot { url = "https://mail.example:8080", password = signoff.secret.env "DOVEADM_PASSWORD" }
--   print(client:signout("ana").verdict)
--
-- It proves that no session of that name is left. Mail programs come back: close the account first.
--
-- Sources: [documented] the manual's "Doveadm HTTP API", and the comments of doveadm-kick.c and doveadm-who.c; [seen] Debian's
-- Dovecot 2.3.19, which `make check-servers` runs.

local signoff = require "signoff"

local TAG = "signoff" -- [documented] comes back at the end of each answer

-- [documented] One command: POST [[COMMAND, ARGUMENTS, TAG]], as the user "doveadm" with `doveadm_password`.
local function post(client, command, arguments)
  return { username = "doveadm", password = client.options.password, json = { { command, arguments, TAG } } }
end

-- [seen] A kick takes a mask: `*` and `?` stand for any characters, and 127.1, 0x7f000001 or 10.0.0.0/8 for everybody who comes
-- from there. No name that could be one is sent.
local function is_mask(name)
  return name:find "[*?:]" or (name:find "^%d[%x.xX/]*$" and name:find "[.xX/]")
end

-- [seen] [["doveadmResponse", [ROW, ...], TAG]]; or [["error", {"type": TYPE, "exitCode": CODE}, TAG]], with HTTP 200 as well.
local function open(reply)
  local answer = type(reply.body) == "table" and reply.body[1]
  if type(answer) ~= "table" or answer[#answer] ~= TAG or type(answer[2]) ~= "table" then
    return nil, "unusable", "is no answer of doveadm"
  elseif answer[1] == "doveadmResponse" then
    return answer
  end
  local code = answer[2].type == "exitCode" and answer[2].exitCode or answer[2].type
  return nil, nil, { vendor_code = code, own_words = true }
end

-- [seen] `who` without separateConnections has all rows but the first beside the list: [["doveadmResponse", [ROW], ROW, ROW, TAG]].
local function each_row(list, f)
  for _, item in ipairs(list) do
    if type(item) == "table" then
      (item[1] and each_row or f)(item, f)
    end
  end
end

local function read_who(reply)
  local answer, code, more = open(reply)
  local users, rows = {}, {}
  each_row(answer or {}, function(row)
    if not users[row.username] then
      users[row.username] = { user = row.username, connections = 0 }
      rows[#rows + 1] = users[row.username]
    end
    users[row.username].connections = users[row.username].connections + 1
  end)
  return answer and rows, code, more
end

return signoff.system {
  name = "dovecot", title = "Dovecot", default_path = "doveadm/v1",
  options = { { name = "password", secret = true, required = true, what = "doveadm_password of its configuration" } },
  target = "text", names = "folded", -- [seen] a mask matches whatever the case
  operations = {
    who = { build = function(client) return post(client, "who", { separateConnections = true }) end, read = read_who },
    kick = {
      build = function(client, name)
        if is_mask(name) then
          return nil, "a name that Dovecot could take for a mask is not kicked"
        end
        return post(client, "kick", { mask = { name } })
      end,
      read = function(reply) -- [documented] a process that serves several users is ended for all of them
        local answer, code, more = open(reply)
        return answer and { answer = "accepted", own_words = true }, code, more
      end,
      changes = true, repeatable = true,
    },
  },
  list = { operation = "who", key = "user" },
  codes = { -- [documented] of sysexits.h; [seen] which of them, and the texts
    [68] = { answer = "already_out", wording = "no user was kicked" },
    [64] = { code = "rejected", scope = "target", wording = "wrong arguments" },
    [75] = { code = "busy", wording = "a temporary failure" },
    unknownMethod = { code = "unsupported", wording = "no such command" },
    invalidRequest = { code = "rejected", scope = "client", wording = "no such argument" },
  },
  by_hand = "doveadm kick NAME on the mail server, and close the account",
}
