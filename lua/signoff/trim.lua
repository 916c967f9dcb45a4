-- SPDX-License-Identifier: MIT

--- Texts without the blanks around them.
-- @module signoff.trim

--- @tparam string text
-- @treturn string the same from its first byte that is no blank to its last; each byte is passed a few times, however many
-- are blank
return function(text)
  local first = text:find "[^ \t-\r]"
  return first and text:match(".*[^ \t-\r]", first) or ""
end
