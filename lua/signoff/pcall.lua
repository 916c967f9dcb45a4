-- SPDX-License-Identifier: MIT

--- `pcall` that may wait, on every Lua: that of Lua 5.1 cannot be yielded through.
-- @module signoff.pcall

local core = require "signoff.core"
local passing = require "signoff.passing"

-- The interpreter's own may, everywhere else.
if _VERSION ~= "Lua 5.1" or rawget(_G, "jit") then
  return pcall
end

local none = { enter = function() end, leave = function() end }

return function(f, ...)
  if type(f) == "function" then
    return passing.call(none, f, ...)
  end
  local meta = debug.getmetatable(f)
  if not meta or not meta.__call then
    core.raise(("signoff.pcall: a function is needed, not %s"):format(type(f)))
  end
  return passing.call(none, function(...)
    return f(...)
  end, ...)
end
