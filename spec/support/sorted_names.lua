-- SPDX-License-Identifier: MIT
--- The names in a table, in order.
-- @tparam table map
-- @treturn {string,...}
return function(map)
  local names = {}
  for name in pairs(map) do
    names[#names + 1] = name
  end
  table.sort(names)
  return names
end
