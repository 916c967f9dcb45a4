--- Checks of what the control interface is given. A misspelt name is an error there, never ignored.
local json = require "json"

local check = {}

local function describe(value)
  return type(value) == "table" and "an object or list" or type(value)
end

--- The error of a wrong type, nil if it is right. A type is a name of `type()`, or "list", or a list of allowed values.
local function mismatch(value, wanted)
  if type(wanted) == "table" then
    for _, allowed in ipairs(wanted) do
      if value == allowed then return nil end
    end
    return "must be one of " .. json.encode(json.list(wanted))
  end
  if wanted == "list" then wanted = "table" end
  if wanted ~= "any" and type(value) ~= wanted then
    return ("must be a %s, not %s"):format(wanted, describe(value))
  end
end

function check.object(value, place)
  if type(value) ~= "table" then error({ message = place .. ": must be an object or a list" }, 0) end
end

--- Raises unless every member of `object` is in `columns` (name -> type) and of that type.
function check.members(object, columns, place)
  check.object(object, place)
  for name, value in pairs(object) do
    local wanted = columns[name]
    if wanted == nil then error({ message = ("%s: unknown member %q"):format(place, tostring(name)) }, 0) end
    local problem = value ~= json.null and mismatch(value, wanted)
    if problem then error({ message = ("%s.%s %s"):format(place, name, problem) }, 0) end
  end
end

function check.required(object, name, place)
  check.object(object, place)
  if object[name] == nil or object[name] == json.null then
    error({ message = ("%s: %q is missing"):format(place, name) }, 0)
  end
end

return check
