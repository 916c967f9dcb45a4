-- SPDX-License-Identifier: MIT

--- The comparison of names of people, devices, keys and tokens: the same, nearly the same, or different. The one place that says
-- whether two spellings mean the same. "Nearly" allows no act and proves nothing; a text that shows nothing names nobody, and is
-- different from everything. The rules are in src/core/names.h.
-- @module signoff.names

local core = require "signoff.core"

local names = {}

--- The rule by which a system compares.
-- @tparam string kind the system's
-- @tparam[opt="name"] string what "name": of people; "target": what a sign-out is given
-- @treturn string "exact", "folded" or "key"
function names.rule(kind, what)
  return core.facts[kind].comparison[what or "name"]
end

--- Compares as a system does.
-- @tparam string kind the system's
-- @tparam string a
-- @tparam string b
-- @tparam[opt="name"] string what "name" or "target"
-- @treturn string "same", "nearly" or "different"
-- @treturn ?string why names that look alike are different
function names.compare(kind, a, b, what)
  return core.compare(a, b, names.rule(kind, what))
end

local index = {}
index.__index = index

--- A set of names, for looking up one among many. A name is compared with all of them at the cost of one.
-- @tparam string rule "exact", "folded" or "key"
function names.index(rule)
  return setmetatable({ rule = rule, same = {}, nearly = {} }, index)
end

--- Takes a name in. The first one of several that are the same stays.
-- @tparam string name one that shows nothing is not taken in
-- @param[opt] entry what `find` gives for it; the name itself if it is left out
-- @treturn ?string what `find` gave before
-- @return its entry
function index:add(name, entry)
  local likeness, earlier = self:find(name)
  local nearly, same = core.name_key(name, self.rule)
  if entry == nil then
    entry = name
  end
  if nearly and likeness ~= "same" then
    self.same[same] = entry
    if likeness == nil then
      self.nearly[nearly] = {}
    end
    table.insert(self.nearly[nearly], entry)
  end
  return likeness, earlier
end

--- Searches for a name: for the same one first, then for one that is nearly the same.
-- @tparam string name
-- @treturn ?string "same", "nearly", or nil
-- @return the entry of the name that was found; of several that are nearly the same, the first
function index:find(name)
  local nearly, same = core.name_key(name, self.rule)
  if not nearly then
    return nil
  elseif self.same[same] ~= nil then
    return "same", self.same[same]
  elseif self.nearly[nearly] then
    return "nearly", self.nearly[nearly][1]
  end
end

--- Everything that is the same or nearly the same.
-- @tparam string name
-- @treturn {any,...} entries in the order of `add`
function index:all(name)
  local nearly = core.name_key(name, self.rule)
  return nearly and self.nearly[nearly] or {}
end

return names
