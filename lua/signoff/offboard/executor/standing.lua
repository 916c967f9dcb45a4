-- SPDX-License-Identifier: MIT

--- Counts the targets of a run that were begun, by the records of its journal, or by those that would be in one.
-- @module signoff.offboard.executor.standing

local standing = {}
standing.__index = standing

--- Makes the counts of a run in which nothing was begun.
function standing.new()
  return setmetatable({ states = {}, earlier = {} }, standing)
end

-- An act that did nothing: our account was refused, or the request never left.
local function did_nothing(record)
  return not record.answer and (record.code == "denied" and record.scope == "client" or record.sent == false)
end

local acknowledging = { accepted = true, already_out = true }

local events = {}

function events.intent(self, n)
  self.earlier[n], self.states[n] = self.states[n], "sent"
end

function events.result(self, n, record)
  if did_nothing(record) then
    self.states[n] = self.earlier[n]
  elseif acknowledging[record.answer] then
    self.states[n] = "acknowledged"
  end
end

--- Takes one record.
-- @tparam table record
function standing:take(record)
  local event = events[record.event]
  for _, n in ipairs(event and record.items or {}) do
    event(self, n, record)
  end
end

local messages = {
  acknowledged = "it was acknowledged, and not yet proved",
  sent = "it was sent, and whether it was done is not known",
}

--- The state of a target without a verdict.
-- @tparam number n of the item
-- @tparam ?table why `code` and `message` of what keeps it from going on
-- @treturn string `"begun"` or `"pending"`
-- @treturn ?table the same, and of what was begun `act`: `"acknowledged"` or `"sent"`
function standing:of(n, why)
  local state = self.states[n]
  if not state then
    return "pending", why
  end
  local reason = why and why.message and ": " .. why.message or ""
  return "begun", { act = state, code = why and why.code or state, message = messages[state] .. reason }
end

return standing
