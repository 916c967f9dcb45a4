-- SPDX-License-Identifier: MIT

--- The character between the cells of a CSV file.
-- @module signoff.offboard.delimiter

local named = { tab = "\t", ["\\t"] = "\t", semicolon = ";", comma = "," }

-- ASCII that shows, without letters, digits and the quote.
local SINGLE = "^[!#-/:-@{-~%[\\%]%^_`\t]$"

--- What was written as a delimiter.
-- @tparam string text the character itself; or `tab`, `\t`, `semicolon`, `comma`
-- @treturn ?string nil where it is none
return function(text)
  text = named[text] or text
  return text:find(SINGLE) and text or nil
end
