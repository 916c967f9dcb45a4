-- SPDX-License-Identifier: MIT
--- A copy of a value, tables and all, in which `change(leaf)` stands for what is no table.

local function mapped(value, change)
  if type(value) ~= "table" then
    return change(value)
  end
  local copy = {}
  for name, member in pairs(value) do
    copy[name] = mapped(member, change)
  end
  return copy
end

return mapped
