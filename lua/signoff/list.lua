-- SPDX-License-Identifier: MIT

--- Lists: tables with neither gaps nor named members.
-- @module signoff.list

local list = {}

--- Whether a table is a list.
-- @tparam table value
-- @treturn boolean
function list.is_list(value)
  local count = 0
  for _ in pairs(value) do
    count = count + 1
  end
  return count == #value
end

--- The items of a list from one place to another, or to its end.
-- @tparam {any,...} items
-- @tparam number first
-- @tparam number last
-- @treturn {any,...} a new list
function list.slice(items, first, last)
  local part = {}
  for i = first, math.min(last, #items) do
    part[#part + 1] = items[i]
  end
  return part
end

return list
