-- SPDX-License-Identifier: MIT
-- Agvance once more, described in Lua, in JSON: sessions that are listed, logged off by key, and found by their user's name.

local core = require "signoff.core"
local signoff = require "signoff"

local function is_status(value)
  return type(value) == "string" and value:find "^[0-3]$" ~= nil
end

-- The system's own reply; nil and the failure for any other.
local function open(reply)
  local body = reply.body
  if reply.status >= 300 then
    return nil, nil, { own_words = body.Status == "1" or body.Status == "2", vendor_message = body.Message }
  elseif type(body) ~= "table" or body.Status == nil then
    return nil, "unusable", "has no Status"
  elseif body.Status == "0" or body.Status == "3" then
    return body
  end
  local known = is_status(body.Status)
  return nil, not known and "server" or nil, { vendor_code = tostring(body.Status), vendor_message = body.Message, own_words = known }
end

local function read_logout(reply, keys)
  local body, code, more = open(reply)
  if not body then
    return nil, code, more
  end
  local count = tonumber(body.Count)
  return {
    answer = count == 0 and "already_out" or "accepted", requested = #keys, count = count, own_words = true, vendor_code = body.Status,
    doubt = count and count > #keys and "counts more sessions than were to be logged off" or nil,
  }
end

local function read_sessions(reply)
  local body, code, more = open(reply)
  if not body then
    return nil, code, more
  end
  local rows = {}
  for i, session in ipairs(body.APIUsers or {}) do
    rows[i] = {
      user = session.UseriD, application = session.Application, session_log_key = session.SessionLogKey, session_id = session.SessionID,
    }
  end
  local count = tonumber(body.Count)
  rows.doubt = count ~= #rows and ("lists %d sessions, and its Count says %s"):format(#rows, tostring(body.Count)) or nil
  rows.vendor_code = body.Status
  return rows
end

local definition = {
  name = "agvance_in_lua",
  title = "Agvance (ApiUser), described in Lua",
  default_path = "ApiUser",
  options = { { name = "session_id", secret = true, what = "our own session's, which is never logged off" } },
  target = "text",
  operations = {
    logout = {
      build = function(_, keys)
        local sessions = {}
        for i, key in ipairs(keys) do
          sessions[i] = { SessionLogKey = key }
        end
        return { method = "POST", path = "LogOff", json = sessions }
      end,
      read = read_logout, changes = true, repeatable = true, batch_max = 50,
    },
    sessions = {
      build = function()
        return { path = "" }
      end,
      read = read_sessions,
    },
  },
  list = { operation = "sessions", key = "session_log_key", user = "user", own = { option = "session_id", member = "session_id" } },
  resolve = {},
  codes = {
    ["1"] = { code = "rejected", scope = "target", wording = "the Status of an error" },
    ["2"] = { code = "rejected", scope = "target", wording = "the Status of an error" },
  },
  statuses = { [500] = { code = "server" } }, -- a bug of the application, which says nothing of sessions
  accepts = { "application/json", "text/json" },
  words = { rows = "APIUsers", data = { "UseriD", "Application", "SessionLogKey", "SessionID", "Message" }, errors = { "MessageDetail", "ModelState", "StackTrace" } },
  by_hand = "end the session in Agvance's list of API users",
}

-- Busted forgets what is loaded with each file, and the core keeps a system as long as the program runs.
return core.facts[definition.name] and require("signoff.client").constructor(definition.name) or signoff.system(definition)
