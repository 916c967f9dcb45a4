-- SPDX-License-Identifier: MIT

--- Checks tables of options: unknown names, wrong types, numbers that are no seconds.
-- @module signoff.check

local core = require "signoff.core"

local check = {}

local function one(where, name, value, wanted)
  if not wanted then
    core.raise(("%s: unknown option '%s'"):format(where, tostring(name)))
  elseif type(value) ~= wanted then
    core.raise(("%s: option '%s' must be a %s, not %s"):format(where, name, wanted, type(value)))
  elseif wanted == "number" and not (value >= 0 and value < math.huge) then
    core.raise(("%s: option '%s' is no number of seconds"):format(where, name))
  end
end

local function schedule_of(where, schedule)
  if not schedule then
    return
  end
  for _, seconds in pairs(schedule) do
    one(where, "schedule", seconds, "number")
  end
  if #schedule == 0 or schedule[#schedule] == 0 then
    core.raise(("%s: option 'schedule' must be a list of seconds that does not end with 0"):format(where))
  end
end

--- Raises what is wrong with options.
-- @tparam string where the method, for the message
-- @tparam ?table options
-- @tparam table wanted the type of each option that there is; numbers are seconds
function check.options(where, options, wanted)
  if options ~= nil and type(options) ~= "table" then
    core.raise(("%s: the options must be a table, not %s"):format(where, type(options)))
  end
  for name, value in pairs(options or {}) do
    one(where, name, value, wanted[name])
  end
  schedule_of(where, options and options.schedule)
end

return check
