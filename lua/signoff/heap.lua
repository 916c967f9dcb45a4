-- SPDX-License-Identifier: MIT

--- What comes first, first: entries by a number, and those of the same number in the order in which they came.
-- @module signoff.heap

local heap = {}
heap.__index = heap

function heap.new()
  return setmetatable({ count = 0, added = 0 }, heap)
end

local function before(a, b)
  return a.due < b.due or (a.due == b.due and a.number < b.number)
end

local function rise(self, entry, at)
  while at > 1 do
    local above = math.floor(at / 2)
    if not before(entry, self[above]) then
      break
    end
    self[at], at = self[above], above
  end
  self[at] = entry
end

local function sink(self, entry)
  local at, count = 1, self.count
  while true do
    local below = at * 2
    if below < count and before(self[below + 1], self[below]) then
      below = below + 1
    end
    if below > count or not before(self[below], entry) then
      break
    end
    self[at], at = self[below], below
  end
  self[at] = entry
end

--- Adds `what` at `due`, with a mark that comes back with it.
function heap:push(due, what, mark)
  self.added = self.added + 1
  self.count = self.count + 1
  rise(self, { due = due, number = self.added, what = what, mark = mark }, self.count)
end

--- The first entry's number, what it is, and its mark; nil when there is none.
function heap:first()
  local entry = self[1]
  if entry then
    return entry.due, entry.what, entry.mark
  end
end

--- Takes the first entry out, and gives what it is, and its mark; nil when there is none.
function heap:pop()
  local entry, last = self[1], self[self.count]
  if not entry then
    return nil
  end
  self[self.count] = nil
  self.count = self.count - 1
  if self.count > 0 then
    sink(self, last)
  end
  return entry.what, entry.mark
end

--- Keeps only those for which `wanted(what, mark)` holds.
function heap:filter(wanted)
  local kept = {}
  for i = 1, self.count do
    local entry = self[i]
    kept[#kept + 1] = wanted(entry.what, entry.mark) and entry or nil
    self[i] = nil
  end
  self.count = 0
  for _, entry in ipairs(kept) do
    self.count = self.count + 1
    rise(self, entry, self.count)
  end
end

return heap
