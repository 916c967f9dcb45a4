-- SPDX-License-Identifier: MIT
-- Values of the model as numbers: equal tables get one number, so that a state of the whole system is a short text.
--
-- A value is a tree of tables, texts, numbers and booleans. Times in it are seconds from now: negative ones are past. One that is
-- older than any rule reads is as old as the oldest that one does.

local store = {}
store.__index = store

-- A number for up to four numbers of values, in two steps.
local WIDTH = 16777216

--- @tparam table oldest by member that is a time: seconds after which it is not told from an older one
function store.new(oldest)
  return setmetatable({ oldest = oldest, ids = {}, values = {}, moved = {}, jumped = {} }, store)
end

local function sorted_names(value)
  local list, n = {}, 0
  for name in next, value do
    if type(name) == "string" then
      n = n + 1
      list[n] = name
    end
  end
  if n > 1 then
    table.sort(list)
  end
  return list
end

local write

local function write_members(value, parts, n)
  for i = 1, #value do
    n = write(value[i], parts, n)
  end
  local names = sorted_names(value)
  for i = 1, #names do
    parts[n + 1] = names[i]
    n = write(value[names[i]], parts, n + 1)
  end
  return n
end

-- No text in a model holds a quote or a brace.
function write(value, parts, n)
  local kind = type(value)
  if kind == "table" then
    parts[n + 1] = "{"
    n = write_members(value, parts, n + 1)
    parts[n + 1] = "}"
    return n + 1
  end
  parts[n + 1] = kind == "string" and "'" or "="
  parts[n + 2] = kind == "number" and value or tostring(value)
  return n + 2
end

--- A value as text.
function store.text(value)
  local parts = {}
  write(value, parts, 0)
  return table.concat(parts)
end

--- The number of a value. The value must not be changed any more.
function store:id(value)
  local text = store.text(value)
  local id = self.ids[text]
  if not id then
    id = #self.values + 1
    self.ids[text], self.values[id] = id, value
  end
  return id
end

--- A copy of a value.
function store.copy(value)
  if type(value) ~= "table" then
    return value
  end
  local made = {}
  for name, member in pairs(value) do
    made[name] = store.copy(member)
  end
  return made
end

local function shifted(value, names, seconds)
  local made = {}
  for name, member in pairs(value) do
    if type(member) == "table" then
      member = shifted(member, names, seconds)
    elseif names[name] and member > -names[name] then
      member = math.max(member - seconds, -names[name])
    end
    made[name] = member
  end
  return made
end

--- The number of a value a second later.
function store:later(id)
  local found = self.moved[id]
  if not found then
    found = self:id(shifted(self.values[id], self.oldest, 1))
    self.moved[id] = found
  end
  return found
end

--- The number of a value after the machine slept for some seconds, which only some members count.
-- @tparam number id
-- @tparam number seconds
-- @tparam table names as `oldest`
function store:jumped_by(id, seconds, names)
  local found = self.jumped[id]
  if not found then
    found = self:id(shifted(self.values[id], names, seconds))
    self.jumped[id] = found
  end
  return found
end

--- A function of up to four numbers of values that is asked once for each.
-- @tparam function make(self, a, b, c, d)
function store.remembered(make)
  return function(self, a, b, c, d)
    local known = self.known[make]
    if not known then
      known = {}
      self.known[make] = known
    end
    local first, second = a * WIDTH + (b or 0), (c or 0) * WIDTH + (d or 0)
    local row = known[first]
    if not row then
      row = {}
      known[first] = row
    end
    local found = row[second]
    if found == nil then
      found = make(self, a, b, c, d)
      row[second] = found
    end
    return found
  end
end

return store
