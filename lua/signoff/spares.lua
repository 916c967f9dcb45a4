-- SPDX-License-Identifier: MIT

--- Coroutines that have returned, and serve again: a coroutine's stack is most of the memory that a short task takes, and memory
-- that was just in use is much quicker than what the collector found.
-- @module signoff.spares

local core = require "signoff.core"
local passing = require "signoff.passing"

local spares = {}
spares.__index = spares

local KEPT = 64

local create, refill = coroutine.create, core.refill

function spares.new()
  return setmetatable({ count = 0 }, spares)
end

--- A coroutine that is to run `f`: one of these, or a new one.
-- @treturn boolean false when there is no memory for it
-- @return the coroutine; or the error
function spares:take(f)
  local body, count = passing.body(f), self.count
  if count == 0 then
    return pcall(create, body)
  end
  local thread = self[count]
  self[count], self.count = nil, count - 1
  refill(thread, body)
  return true, thread
end

--- Takes one that has returned.
function spares:give(thread)
  local count = self.count
  if count < KEPT then
    self[count + 1] = thread
    self.count = count + 1
  end
end

return spares
