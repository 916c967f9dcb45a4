-- SPDX-License-Identifier: MIT

--- Tokens and session keys that were seen alive from here, and those of them whose logout was accepted since: one that never was
-- seen proves nothing when it is absent, and a token that was not logged out may have been renewed.
-- @module signoff.seen_alive

local core = require "signoff.core"

local seen_alive = {}

-- Fingerprints by client, in two generations: the older one goes when the younger is full.
local FULL = 10000
local seen = setmetatable({}, { __mode = "k" })

-- The identity of a target: its token and what that is bound to. A finding holds for this identity alone.
local function name_of(client, target)
  local facts = core.facts[client:kind()]
  local options = core.anchor(client).options
  local parts = {}
  for i, argument in ipairs(facts.operations[facts.signs_out].arguments) do
    local given = type(target) == "table" and target[argument.name]
    if not given and i == 1 and type(target) ~= "table" then
      given = target
    end
    given = given or options[argument.name]
    if not argument.route then
      parts[#parts + 1] = given and core.fingerprint(given) or "-"
    end
  end
  return table.concat(parts, " ")
end

--- Remembers that the client's `status` found this target alive.
function seen_alive.note(client, target)
  local known = seen[client] or { young = {}, old = {}, count = 0 }
  seen[client] = known
  if known.count >= FULL then
    known.young, known.old, known.count = {}, known.young, 0
  end
  local token = name_of(client, target)
  known.count = known.count + (known.young[token] and 0 or 1)
  known.young[token] = "alive"
end

local function find(client, target)
  local known = seen[client]
  if not known then
    return nil
  end
  local token = name_of(client, target)
  return known.young[token] or known.old[token], token
end

--- Remembers that the client's `logout` of a target that it saw alive was accepted.
function seen_alive.note_accepted(client, target)
  local was, token = find(client, target)
  if was then
    seen[client].young[token] = "accepted"
  end
end

--- Whether the client saw this target alive.
-- @treturn boolean
function seen_alive.was(client, target)
  return find(client, target) and true or false
end

--- Whether its logout was accepted after it was seen alive, and it was not seen alive since.
-- @treturn boolean
function seen_alive.was_accepted(client, target)
  return find(client, target) == "accepted"
end

return seen_alive
