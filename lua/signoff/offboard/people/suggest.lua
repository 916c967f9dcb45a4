-- SPDX-License-Identifier: MIT

--- Suggests the known name that is most like a misspelt one.
-- @module signoff.offboard.people.suggest

local core = require "signoff.core"

local suggest = {}

local LONGEST = 100

--- Levenshtein's distance of two texts, or of their first 100 bytes.
function suggest.distance(a, b)
  a, b = a:sub(1, LONGEST), b:sub(1, LONGEST)
  local row = {}
  for j = 0, #b do
    row[j] = j
  end
  for i = 1, #a do
    local diagonal = row[0]
    row[0] = i
    for j = 1, #b do
      local above = row[j]
      local replaced = diagonal + (a:byte(i) == b:byte(j) and 0 or 1)
      row[j] = math.min(above + 1, row[j - 1] + 1, replaced)
      diagonal = above
    end
  end
  return row[#b]
end

--- The end of a message about a name that is not known.
-- @tparam string name
-- @tparam {string,...} known
-- @treturn string `; did you mean 'person'?`, or which are known where none is near
function suggest.hint(name, known)
  local best, least
  core.sort(known) -- the same hint every time
  for _, candidate in ipairs(known) do
    local far = suggest.distance(core.lower(name), core.lower(candidate))
    if not least or far < least then
      best, least = candidate, far
    end
  end
  if best and least <= math.max(1, math.floor(#best / 3)) then
    return ("; did you mean '%s'?"):format(best)
  end
  return "; known are " .. table.concat(known, ", ")
end

return suggest
