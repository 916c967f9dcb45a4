-- SPDX-License-Identifier: MIT

--- Keeps coroutines that have returned, and uses them again: a coroutine's stack is most of the memory that a short task takes, and memory
-- that was just in use is much quicker than what the collector found.
-- @module signoff.async.recycler

local core = require "signoff.core"
local coroutines = require "signoff.async.coroutine"

local recycler = {}
recycler.__index = recycler

local KEPT = 64

local create, refill = coroutine.create, core.refill

function recycler.new()
  return setmetatable({ count = 0 }, recycler)
end

local function take(self, f)
  local body, count = coroutines.body(f), self.count
  if count > 0 then
    local thread = self[count]
    self[count], self.count = nil, count - 1
    if refill(thread, body) then
      return thread
    end
  end
  return create(body)
end

--- A coroutine that is to run `f`: one of these, or a new one.
-- @return as `pcall` does, since memory may run out: true and the coroutine, or false and the error
function recycler:take(f)
  return pcall(take, self, f)
end

--- Takes one that has returned.
function recycler:give(thread)
  local count = self.count
  if count < KEPT then
    self[count + 1] = thread
    self.count = count + 1
  end
end

return recycler
