--- Spoiled replies: worked out from another moment than this one, and marked as such: by a cache's headers, by an error beside,
--- by a row twice. A strict reader is not deceived.
local marks = require "marks"
local state = require "state"

local spoil = {}

local function mark_of(system, how)
  return marks.common[how] or (system.marks or {})[how]
end

--- Raises unless that fault makes sense.
function spoil.check(fault)
  local system = state.system(fault.system)
  if not system then error({ message = "fault spoiled: 'system' must be said" }, 0) end
  if not fault.how or not mark_of(system, fault.how) then
    error({ message = ("fault spoiled: %s has no mark %q"):format(fault.system, tostring(fault.how)) }, 0)
  end
  if fault.was then state.check(fault.was) end
end

--- The answer to a look, spoiled as the fault says; `ask(state)` works one out.
function spoil.answer(request, ask)
  local lie, name = request.lie, request.system.name
  local now = ask(state.of(name))
  local old = ask(lie.was and state.with(name, lie.was) or state.of(name))
  local reply = mark_of(request.system, lie.how)(old, now, lie)
  if not reply then return now end
  reply.spoiled = lie.how
  return reply
end

return spoil
