-- SPDX-License-Identifier: MIT
--- Chance that is the same on every Lua: what a seed makes today it makes tomorrow.

local random = {}
random.__index = random

--- @tparam number seed a whole number
function random.new(seed)
  local self = setmetatable({ state = seed % 2147483646 + 1 }, random)
  for _ = 1, 3 do -- seeds beside each other begin far from each other
    self:fraction()
  end
  return self
end

--- From 0 to 1.
function random:fraction()
  self.state = self.state * 16807 % 2147483647
  return self.state / 2147483647
end

--- A whole number from `first` to `last`.
function random:between(first, last)
  return first + math.floor(self:fraction() * (last - first + 1))
end

function random:chance(share)
  return self:fraction() < share
end

--- One of a list.
function random:pick(list)
  return list[self:between(1, #list)]
end

return random
