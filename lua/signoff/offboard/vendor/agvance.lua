-- SPDX-License-Identifier: MIT

--- Agvance: sessions by key, listed all at once; a name resolves to the keys of its sessions.
--
-- A cell holds `KEY`; `KEY=USER`, only if the session is USER's: split at the last `=` that has something behind it, `\=` is a
-- real one, and a key may end with `=`; `user:NAME`, every session of NAME.
-- @module signoff.offboard.vendor.agvance

local cell = require "signoff.system.cell"

local function target_at(key)
  return { key = key }
end

local function remark(sessions)
  for _, session in ipairs(sessions) do
    if session.own then
      return nil
    end
  end
  return "our own session is not marked in the list: give the client its 'session_id', or a run may end it"
end

return {
  target = { key = "key", read = cell.read_key, write = cell.write_key },
  resolve = {
    target_at = target_at,
    never_optional = "'user:NAME?' is for Extension Mobility; a user without a session has none here anyway",
  },
  doctor = {
    operation = "sessions", arguments = {}, remark = remark,
    shows = "the login may list sessions; whether it may end them shows only when it does",
  },
  init = [[
agvance = {
  -- Agvance. Ask SSI for three things: the production API key, the API database ID, and the names of the headers that carry key,
  -- database and session: no public page has these names. The company's administrator makes an API user in Agvance, whose
  -- rights (API Security, by method group) must cover ApiUser: GET lists sessions, LogOff ends them.
  client = signoff.agvance {
    url = "https://api.agvance.net",
    headers = { -- put the names that SSI gave you in place of these
      ["FILL-IN-KEY"] = secret.file "/etc/signoff/agvance.key",
      ["FILL-IN-DATABASE"] = secret.file "/etc/signoff/agvance.database",
      ["FILL-IN-SESSION"] = secret.file "/etc/signoff/agvance.session",
    },
    session_id = secret.file "/etc/signoff/agvance.session", -- our own session, which is never ended
  },
},
]],
}
