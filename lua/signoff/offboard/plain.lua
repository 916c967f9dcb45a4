-- SPDX-License-Identifier: MIT

--- Texts of others, as they may stand in messages and on a terminal: nothing of them may steer one.
-- @module signoff.offboard.plain

local core = require "signoff.core"

local LONGEST = 80

--- @param text
-- @tparam[opt] number longest cells (80)
-- @treturn string on one line
return function(text, longest)
  longest = longest or LONGEST
  text = core.shown(tostring(text))
  if core.width(text) > longest then
    text = core.cut(text, longest) .. "..."
  end
  return text
end
