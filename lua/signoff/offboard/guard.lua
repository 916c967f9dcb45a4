-- SPDX-License-Identifier: MIT

--- Who is left alone, whoever asks: names of persons, targets and users, case ignored (of A to Z).
-- @module signoff.offboard.guard

local texts = require "signoff.offboard.texts"

local guard = {}

--- The texts of the option `protect`, in lower case, sorted.
-- @tparam[opt] table protect a list of texts, or a set
-- @treturn {string,...}
-- @raise for anything else
function guard.list(protect)
  local list, seen = {}, {}
  for text in pairs(texts("plan: option 'protect'", protect)) do
    text = text:lower()
    if not seen[text] then
      seen[text] = true
      list[#list + 1] = text
    end
  end
  table.sort(list)
  return list
end

local sets = setmetatable({}, { __mode = "k" })

local function set_of(list)
  if not sets[list] then
    local set = {}
    for _, text in ipairs(list) do
      set[text:lower()] = true
    end
    sets[list] = set
  end
  return sets[list]
end

--- Whether one of some texts is in a list of `guard.list`.
-- @tparam {string,...} list
-- @tparam ?string ... texts; nil is none
-- @treturn boolean
function guard.holds(list, ...)
  if #list == 0 then
    return false
  end
  local set = set_of(list)
  for i = 1, select("#", ...) do
    local text = select(i, ...)
    if text and set[text:lower()] then
      return true
    end
  end
  return false
end

return guard
