-- SPDX-License-Identifier: MIT

--- Whether a table is a list: it has neither gaps nor named members.
-- @module signoff.is_list

--- @tparam table value
-- @treturn boolean
return function(value)
  local count = 0
  for _ in pairs(value) do
    count = count + 1
  end
  return count == #value
end
