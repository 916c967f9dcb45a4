-- SPDX-License-Identifier: MIT

--- A part of a list.
-- @module signoff.slice

--- The items of a list from one place to another, or to its end.
-- @tparam {any,...} list
-- @tparam number first
-- @tparam number last
-- @treturn {any,...} a new list
return function(list, first, last)
  local part = {}
  for i = first, math.min(last, #list) do
    part[#part + 1] = list[i]
  end
  return part
end
