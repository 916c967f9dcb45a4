--- Faults of meaning: the reply is well-formed, but what it says is not what the system did.
local clock = require "clock"

local lies = {}

local HOLLOW = { still_there = true, status_ignored = true }

--- The kind of lie that this request is to be told, nil for none.
function lies.kind(request)
  return request.lie and request.lie.fault
end

--- How this reply spells users: as the fault of the moment says, else as the system does.
function lies.spelling(request, state)
  return lies.kind(request) == "spelled" and request.lie.how or state.settings.spelling
end

--- Does `act`, unless the fault of the moment only claims it; `undo` is how it comes back after a while.
function lies.perform(request, act, undo)
  local kind = lies.kind(request)
  if HOLLOW[kind] then return end
  act()
  if kind == "reborn" then clock.later(request.lie.seconds or 5, request.lie.clock or "simulated", undo) end
end

return lies
