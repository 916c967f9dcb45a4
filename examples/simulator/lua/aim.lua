--- Which requests a fault or a move is meant for: those of a system, of an operation, that name a target.
local systems = require "systems"

local aim = {}

--- The members that say so.
aim.columns = { system = "string", operation = "string", target = "string", after = "number" }

--- Raises unless there is such a system.
function aim.check(given, place)
  if given.system == nil then return end
  for _, system in ipairs(systems) do
    if system.name == given.system then return end
  end
  error({ message = ("%s: no system is called %q"):format(place, given.system) }, 0)
end

local function names_target(given, request)
  if given.target == nil then return true end
  local wanted = given.target:lower()
  for _, target in ipairs(request.targets) do
    if target:lower() == wanted then return true end
  end
  return false
end

function aim.matches(given, request)
  return (given.system == nil or given.system == request.system.name)
    and (given.operation == nil or given.operation == request.operation)
    and names_target(given, request)
end

return aim
