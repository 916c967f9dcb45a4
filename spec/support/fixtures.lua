-- SPDX-License-Identifier: MIT
-- Fixtures: requests that must be sent, and reply bytes with what they mean.

local core = require "signoff.core"
local files = require "spec.support.files"
local sorted_names = require "spec.support.sorted_names"

local fixtures = {}

--- Copies of systems that are described in Lua: whose data each shares, and what it leaves out: members of answers, requests by their names,
-- and operations.
fixtures.copies = {
  jde_in_lua = { of = "jde_ais", members = { "device_from" }, requests = { "token.* names" }, operations = { logout_typed = true, status_typed = true } },
}

local function data_of(kind)
  return fixtures.copies[kind] and fixtures.copies[kind].of or kind
end

--- Whether a row of such data is one for a kind's clients.
function fixtures.is_for(kind, row)
  local left_out = fixtures.copies[kind] or {}
  for _, member in ipairs(left_out.members or {}) do
    if (row.answer or {})[member] then
      return false
    end
  end
  for _, pattern in ipairs(row.name and left_out.requests or {}) do
    if row.name:find(pattern) then
      return false
    end
  end
  return not (left_out.operations or {})[row.operation]
end

--- The requests that a kind's clients make, and the arguments that make them.
function fixtures.requests(kind)
  local rows = {}
  for _, row in ipairs(dofile(("spec/data/requests/%s.lua"):format(data_of(kind)))) do
    rows[#rows + 1] = fixtures.is_for(kind, row) and row or nil
  end
  return rows
end

--- The constructor of a kind's clients.
function fixtures.constructor(kind)
  return fixtures.copies[kind] and require("spec.support." .. kind) or require "signoff"[kind]
end

-- The least that a client of each system needs; nothing is ever sent with them. Specs name the passwords; the options of other
-- systems are those of the first row of their requests.
fixtures.options = setmetatable({
  cisco_em = { host = "ucm.example:8443", app_id = "signoff-app", app_certificate = "app-password-4711" },
  isymphony = { url = "http://panel.example:58080", username = "manager", password = "panel-password-4711" },
}, {
  __index = function(options, kind)
    options[kind] = dofile(("spec/data/requests/%s.lua"):format(data_of(kind)))[1].options
    return options[kind]
  end,
})

-- A raw HTTP reply as status, headers (names in lower case) and body.
function fixtures.parse_reply(bytes)
  local head, body = bytes:match "^(.-)\r\n\r\n(.*)$"
  local reply = { status = tonumber(head:match "^HTTP/%d%.%d (%d+)"), headers = {}, body = body }
  for name, value in head:gmatch "\r\n([^:\r\n]+):[ \t]*([^\r\n]*)" do
    reply.headers[name:lower()] = value
  end
  return reply
end

function fixtures.reply(backend, name)
  return fixtures.parse_reply(files.read(("spec/data/replies/%s/%s"):format(data_of(backend), name)))
end

--- The reply of a row: its file, or the status and body that it has itself.
function fixtures.reply_of(backend, row)
  if row.body then
    return { status = row.status or 200, headers = {}, body = row.body }
  end
  return fixtures.reply(backend, row.reply)
end

--- All rows: what replies mean, and which of them are whole.
function fixtures.meanings(backend)
  local rows = {}
  for _, part in ipairs { "meaning", "whole" } do
    for _, row in ipairs(dofile(("spec/data/replies/%s/%s.lua"):format(data_of(backend), part))) do
      rows[#rows + 1] = fixtures.is_for(backend, row) and row or nil
    end
  end
  return rows
end

--- The systems in C, and the copies of some of them.
function fixtures.kinds()
  local kinds = {}
  for _, kind in ipairs(sorted_names(core.facts)) do
    kinds[#kinds + 1] = core.facts[kind].offboarding == nil and kind or nil
  end
  for _, kind in ipairs(sorted_names(fixtures.copies)) do
    fixtures.constructor(kind)
    kinds[#kinds + 1] = kind
  end
  return kinds
end

-- A client without a connection: only build and read are used.
function fixtures.client(backend, options)
  local merged = {}
  for name, value in pairs(fixtures.options[backend]) do
    merged[name] = value
  end
  for name, value in pairs(options or {}) do
    merged[name] = value
  end
  return fixtures.constructor(backend)(merged)
end

-- The operation whose request and reader `operation` uses: where a system only lists, a status is selected from that.
local function carried(backend, operation)
  return (core.facts[backend].operations[operation].filters or {}).operation or operation
end

--- The outcome of that reply to `operation`, as if a runtime had brought it.
function fixtures.read(client, operation, arguments, reply)
  local name = carried(client:kind(), operation)
  local given = name == operation and arguments or {}
  local call = core.build(client, name, (table.unpack or unpack)(given))
  return core.read(core.reply(call, reply.status, reply.body, tonumber(reply.headers["retry-after"])))
end

--- Whether `found` has all that `wanted` has, by value. Gives the path of the first difference.
function fixtures.contains(found, wanted, path)
  path = path or "it"
  if type(wanted) ~= "table" or type(found) ~= "table" then
    return found == wanted, ("%s is %s, not %s"):format(path, tostring(found), tostring(wanted))
  end
  for name, value in pairs(wanted) do
    local same, difference = fixtures.contains(found[name], value, path .. "." .. tostring(name))
    if not same then
      return false, difference
    end
  end
  return true
end

return fixtures
