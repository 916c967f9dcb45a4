-- SPDX-License-Identifier: MIT

--- The names that are protected: persons, targets and users whom no run signs out. A name that is nearly one of them is protected as
-- well (rule A2).
-- @module signoff.offboard.plan.protect

local core = require "signoff.core"
local names = require "signoff.names"
local check = require "signoff.check"

local protection = {}

--- The texts of the option `protect`, in lower case, sorted.
-- @tparam[opt] table protect a list of texts, or a set
-- @treturn {string,...}
-- @raise for anything else
function protection.list(protect)
  local list, seen = {}, {}
  for given in pairs(check.texts("plan: option 'protect'", protect)) do
    local text = core.lower(given)
    if not seen[text] then
      seen[text] = true
      list[#list + 1] = text
    end
  end
  core.sort(list)
  return list
end

local indexes = setmetatable({}, { __mode = "k" })

local function index_of(list)
  if not indexes[list] then
    local index = names.index "exact"
    for _, text in ipairs(list) do
      index:add(text)
    end
    indexes[list] = index
  end
  return indexes[list]
end

--- Whether one of some texts is the same as, or nearly, one in a list of `protect.list`.
-- @tparam {string,...} list
-- @tparam ?string ... texts; nil is none
-- @treturn boolean
function protection.holds(list, ...)
  if #list == 0 then
    return false
  end
  local index = index_of(list)
  for i = 1, select("#", ...) do
    local text = select(i, ...)
    if text and index:find(text) then
      return true
    end
  end
  return false
end

return protection
