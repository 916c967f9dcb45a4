-- SPDX-License-Identifier: MIT
-- One bomb, read by one operation, as if a carrier had brought it.

local core = require "signoff.core"

local reading = {}

local unpack = table.unpack or unpack -- luacheck: ignore 143 (5.1 has the global only)

-- In UTF-16: what is ASCII, each byte with a zero.
local function widen(text)
  return "\255\254" .. text:gsub(".", "%0\0")
end

--- The reply that a bomb is, inside what stands around it.
function reading.body(bomb, around)
  local inside, prolog = bomb[3], bomb[4] or ""
  local body = prolog .. (bomb.alone and inside or around[1] .. inside .. around[2])
  return bomb.wide and widen(body) or body
end

--- The outcome of reading it: an error's code, `answer.answer` or "an answer"; and the seconds of the processor that it takes.
function reading.read(client, row, body)
  local call = core.reply(core.build(client, row[2], unpack(row[3])), 200, body)
  local started = os.clock()
  local answer, _, code = core.read(call)
  return answer and (answer.answer or "an answer") or code, os.clock() - started
end

return reading
