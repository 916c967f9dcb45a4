-- SPDX-License-Identifier: MIT
-- A state of the model: a list of numbers of values (spec.support.model.store). First what all share: the world, the code's records
-- of real targets, the ledger's, the adversary's budget; then of each item its machine, stage, journal and ledger.

local layout = {
  WORLD = 1, REALS = 2, TRUTHS = 3, BUDGET = 4,
  -- Of an item, counted from `at(i)`.
  MACHINE = 1, STAGE = 2, JOURNAL = 3, LEDGER = 4, EACH = 4,
}

-- Where the members of each item begin.
layout.at = { 4, 8 }

local unpack = table.unpack or unpack -- luacheck: ignore 143 (5.1 has the global only)

--- A copy of a state.
function layout.copied(s)
  return { unpack(s) }
end

--- A state in which items with equal targets, which may be exchanged, stand in one order.
function layout.ordered(s)
  local one, other = layout.at[1], layout.at[2]
  for i = 1, layout.EACH do
    if s[one + i] < s[other + i] then
      return s
    elseif s[one + i] > s[other + i] then
      for n = 1, layout.EACH do
        s[one + n], s[other + n] = s[other + n], s[one + n]
      end
      return s
    end
  end
  return s
end

return layout
