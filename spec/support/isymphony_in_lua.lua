-- SPDX-License-Identifier: MIT
-- iSymphony once more, described in Lua: nobody is signed out, a status is set and read back.

local core = require "signoff.core"
local signoff = require "signoff"

local function path_of(client, ...)
  return { "live", "coreServers", "getByName", client.options.core_server, "users", ... }
end

local function request(client, made)
  made.username, made.password = client.options.username, client.options.password
  return made
end

local function text(value)
  return type(value) == "string" and value or nil
end

local function read_status(reply)
  local body = reply.body
  if reply.status >= 300 then
    return nil
  elseif not text(body.name) then
    return nil, "unusable", "has no name"
  end
  return { name = body.name, type = text(body.type), note = text(body.note), return_time = tonumber(body.returnTime) }
end

local definition = {
  name = "isymphony_in_lua",
  title = "iSymphony, described in Lua",
  default_path = "communication_manager/rest",
  options = { { name = "username", required = true }, { name = "password", required = true, secret = true }, { name = "core_server", fallback = "default" } },
  target = "text",
  operations = {
    set_status = {
      build = function(client, user, status)
        return request(client, { path = path_of(client, "getByName", user, "status", "set"), json = { name = status.name, type = status.type,
          note = status.note, returnTime = status.return_time } })
      end,
      read = function(reply) return { answer = reply.status == 204 and "accepted" or "undecided" } end,
      changes = true, repeatable = true,
    },
    status = {
      build = function(client, user) return request(client, { path = path_of(client, "getByName", user, "status") }) end,
      read = read_status, evidence = "setting",
    },
    users = {
      build = function(client) return request(client, { path = path_of(client) }) end,
      read = function(reply) return reply.status < 300 and { count = #reply.body } or nil end, target = false,
    },
  },
  doctor = { operation = "users", shows = "the account may list users" },
  statuses = { [404] = { code = "not_found", scope = "target" } },
  words = { data = { "note", "name", "type" } },
  by_hand = "set the user's status in the panel",
}

-- Busted forgets what is loaded with each file, and the core keeps a system as long as the program runs.
return core.facts[definition.name] and require("signoff.client").constructor(definition.name) or signoff.system(definition)
