-- SPDX-License-Identifier: MIT
-- The readers of a system's replies: the input is one as spec/data/replies has them, or a body alone.

local core = require "signoff.core"
local fixtures = require "spec.support.fixtures"
local shape = require "spec.proofs.fuzz.shape"

-- Every operation that has a reader of its own, with arguments that suit it, and with our own session's id.
local function operations(backend)
  local known, list = {}, {}
  for _, row in ipairs(fixtures.meanings(backend)) do
    known[row.operation] = known[row.operation] or row.arguments or {}
  end
  for name, operation in pairs(core.facts[backend].operations) do
    if not operation.filters then
      list[#list + 1] = { name = name, arguments = known[name] or (operation.internal and known.logout) or {} }
    end
  end
  table.sort(list, function(a, b) return a.name < b.name end)
  return list
end

-- Status, body and seconds to wait, as a carrier brings them; what has no head is a body.
local function parse(bytes)
  local status = bytes:match "^HTTP/%d%.%d ([1-9]%d%d)[ \r]"
  if not (status and bytes:find("\r\n\r\n", 1, true)) then
    return 200, bytes
  end
  local reply = fixtures.parse_reply(bytes)
  local seconds = reply.headers["retry-after"]
  return tonumber(status), reply.body, seconds and tonumber(seconds:match "^%d+$")
end

--- @tparam string backend
-- @treturn function(bytes)
return function(backend)
  local client = fixtures.client(backend, backend == "agvance" and { session_id = "session-own" } or nil)
  local list = operations(backend)
  return function(bytes)
    local status, body, seconds = parse(bytes)
    for _, operation in ipairs(list) do
      local call = core.build(client, operation.name, (table.unpack or unpack)(operation.arguments)) -- luacheck: ignore 143
      core.reply(call, status, body, seconds)
      shape.check(fixtures.options[backend], core.read(call))
    end
  end
end
