-- SPDX-License-Identifier: MIT

--- Ends a command early, with a message for the operator and an exit status. It is caught in one place.
-- @module signoff.offboard.cli.exit

local USAGE, DENIED, BUG = 2, 4, 70 -- exit statuses

local stopped = {}

--- Raises the end of the command.
-- @tparam number code exit status
-- @tparam string message what is wrong, where, and what to do
local function stop(code, message)
  error(setmetatable({ code = code, message = message }, stopped), 0)
end

--- Gives the value that another function returned; ends the command with its message where it refused.
local function checked(value, message, code)
  if value == nil then
    stop(code == "denied" and DENIED or USAGE, message)
  end
  return value
end

--- Whether a raised value is such an end.
local function is(value)
  return getmetatable(value) == stopped
end

--- The handler for xpcall: an end of the command stays as it is, any other error gets its traceback.
local function catch(problem)
  if is(problem) then
    return problem
  end
  return { code = BUG, message = debug.traceback(tostring(problem), 2), text = tostring(problem) }
end

return { stop = stop, checked = checked, is = is, catch = catch, USAGE = USAGE, BUG = BUG }
