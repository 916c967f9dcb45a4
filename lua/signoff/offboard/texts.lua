-- SPDX-License-Identifier: MIT

--- Options that are a list of texts, or a set of them.
-- @module signoff.offboard.texts

local core = require "signoff.core"
local trim = require "signoff.trim"

--- @tparam string option its name, as messages have it
-- @tparam[opt] table list `{text, ...}`, or `{[text] = true}`
-- @treturn table set, of what stands between blanks
-- @raise for anything else, and for an empty text
return function(option, list)
  local set = {}
  if list ~= nil and type(list) ~= "table" then
    core.raise(("%s must be a list of texts, not %s"):format(option, type(list)))
  end
  for key, value in pairs(list or {}) do
    local text = type(key) == "string" and value == true and key or value
    if type(text) ~= "string" or not text:find "[^ \t-\r]" then
      core.raise(("%s must be a list of texts, none of them empty"):format(option))
    end
    if text:find("\0", 1, true) then
      core.raise(("%s holds a text with a NUL byte"):format(option))
    end
    set[trim(text)] = true
  end
  return set
end
