-- SPDX-License-Identifier: MIT

--- Numbers that a caller may set: which there are, and what they are otherwise.
-- @module signoff.tuning

local core = require "signoff.core"

local function is_number(value)
  return type(value) == "number" and value >= 0 and value < math.huge
end

local function check(where, name, value, wanted)
  if wanted == nil then
    core.raise(("%s: unknown option '%s'"):format(where, tostring(name)))
  elseif type(wanted) == "string" and type(value) ~= wanted then
    core.raise(("%s: option '%s' must be a %s, not %s"):format(where, name, wanted, type(value)))
  elseif type(wanted) ~= "string" and not is_number(value) then
    core.raise(("%s: option '%s' must be a number, 0 or more"):format(where, name))
  end
end

--- @tparam string where whose they are: messages begin with it
-- @tparam ?table given what the caller has set
-- @tparam table known by name: the number that it is otherwise; false where there is none; or the name of another type that
-- is wanted
-- @treturn table options
-- @raise for a name that is not known, for what is no number or below 0, and for a wrong type
return function(where, given, known)
  if given ~= nil and type(given) ~= "table" then
    core.raise(("%s: a table of options is needed, not %s"):format(where, type(given)))
  end
  local options = {}
  for name, number in pairs(known) do
    options[name] = type(number) == "number" and number or nil
  end
  for name, value in pairs(given or {}) do
    check(where, name, value, known[name])
    options[name] = value
  end
  return options
end
