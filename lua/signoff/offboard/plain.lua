-- SPDX-License-Identifier: MIT

--- Texts of others, as they may stand in messages and on a terminal: nothing of them may steer one.
-- @module signoff.offboard.plain

local core = require "signoff.core"

local LONGEST = 80

--- @param text
-- @tparam[opt] number longest bytes (80)
-- @treturn string on one line
return function(text, longest)
  longest = longest or LONGEST
  text = core.utf8(tostring(text)):gsub("[%z\1-\31\127]", " "):gsub("\194[\128-\159]", " ") -- C0, DEL, C1
  if #text > longest then
    text = text:sub(1, longest):gsub("[\192-\255][\128-\191]*$", "") .. "..."
  end
  return text
end
