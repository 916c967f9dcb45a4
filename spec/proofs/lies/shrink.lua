-- SPDX-License-Identifier: MIT
--- Makes a failing world smaller, as long as it fails in the same way.

local sorted_names = require "spec.support.sorted_names"

local MOST = 80 -- worlds that are tried

local function same_kind(findings, wanted)
  for _, finding in ipairs(findings) do
    if finding.class == wanted.class and finding.kind == wanted.kind and finding.system == wanted.system then
      return true
    end
  end
  return false
end

local function copy(value)
  if type(value) ~= "table" then
    return value
  end
  local made = {}
  for name, member in pairs(value) do
    made[name] = copy(member)
  end
  return made
end

-- As `pairs`, in the order of the names, so that the same world becomes the same small one.
local function ordered(map)
  local names = sorted_names(map)
  local i = 0
  return function()
    i = i + 1
    return names[i], map[names[i]]
  end
end

-- Smaller worlds than this one: with a move, a fault or a cell less, without a setting.
local function smaller(case)
  local list = {}
  for _, name in ipairs { "cells", "faults", "moves" } do
    for i = #case[name], 1, -1 do
      list[#list + 1] = function(made) table.remove(made[name], i) end
    end
  end
  for system, state in ordered(case.state) do
    for setting in ordered(state.settings or {}) do
      list[#list + 1] = function(made) made.state[system].settings[setting] = nil end
    end
  end
  return list
end

--- @tparam table case
-- @tparam table wanted one of the findings, which must stay
-- @tparam function play gives findings, result, log of a case
-- @param ... what it gave: in real time it may not come so again
-- @return the smallest case found, and what `play` gave for it
return function(case, wanted, play, ...)
  local tried = 0
  local best = { play(copy(case)) }
  if not same_kind(best[1], wanted) then
    table.insert((...), { class = "not again", kind = wanted.class, what = "in real time it went otherwise" })
    return case, ...
  end
  local found
  repeat
    found = false
    for _, change in ipairs(smaller(case)) do
      local made = copy(case)
      change(made)
      tried = tried + 1
      local fine, now, result, log = pcall(play, made)
      if fine and same_kind(now, wanted) then
        case, best, found = made, { now, result, log }, true
        break
      end
    end
  until not found or tried > MOST
  return case, best[1], best[2], best[3]
end
