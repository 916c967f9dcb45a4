-- SPDX-License-Identifier: MIT

--- Agvance: sessions by key, listed all at once; a name resolves to the keys of its sessions.
--
-- A cell holds `KEY`; `KEY=USER`, only if the session is USER's: split at the last `=` that has something behind it, `\=` is a
-- real one, and a key may end with `=`; `user:NAME`, every session of NAME.
-- @module signoff.offboard.vendor.agvance

local cell = require "signoff.system.cell"

local function place(key)
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
    place = place,
    never_optional = "'user:NAME?' is for Extension Mobility; a user without a session has none here anyway",
  },
  doctor = {
    operation = "sessions", arguments = {}, remark = remark,
    shows = "the login may list sessions; whether it may end them shows only when it does",
  },
}
