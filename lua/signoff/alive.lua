-- SPDX-License-Identifier: MIT

--- Tokens that were seen alive from here: one that never was proves nothing when it is refused.
-- @module signoff.alive

local core = require "signoff.core"

local alive = {}

-- Fingerprints by client, in two generations: the older one goes when the younger is full.
local FULL = 10000
local seen = setmetatable({}, { __mode = "k" })

local function token_of(client, target)
  if type(target) == "table" then
    target = target.token
  end
  return core.fingerprint(target or core.anchor(client).options.token)
end

--- Remembers that the client's `status` found this target alive.
function alive.note(client, target)
  local known = seen[client] or { young = {}, old = {}, count = 0 }
  seen[client] = known
  if known.count >= FULL then
    known.young, known.old, known.count = {}, known.young, 0
  end
  local token = token_of(client, target)
  known.count = known.count + (known.young[token] and 0 or 1)
  known.young[token] = true
end

--- Whether it did.
function alive.was(client, target)
  local known = seen[client]
  local token = known and token_of(client, target)
  return known ~= nil and (known.young[token] or known.old[token] or false)
end

return alive
