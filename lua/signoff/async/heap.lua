-- SPDX-License-Identifier: MIT

--- A priority queue: the entry with the lowest number comes first, and those with the same number in the order in which they were
-- added.
-- @module signoff.async.heap

local floor = math.floor

local heap = {}
heap.__index = heap

function heap.new()
  return setmetatable({ count = 0, added = 0 }, heap)
end

-- The comparisons are written out and not called: a loop spends most of its time here.
local function rise(self, entry, at)
  local due, number = entry.due, entry.number
  while at > 1 do
    local above = floor(at / 2)
    local other = self[above]
    if other.due < due or (other.due == due and other.number < number) then
      break
    end
    self[at], at = other, above
  end
  self[at] = entry
end

local function sink(self, entry)
  local at, count, due, number = 1, self.count, entry.due, entry.number
  local below = 2
  while below <= count do
    local other, beside = self[below], below < count and self[below + 1]
    if beside and (beside.due < other.due or (beside.due == other.due and beside.number < other.number)) then
      below, other = below + 1, beside
    end
    if due < other.due or (due == other.due and number < other.number) then
      break
    end
    self[at], at, below = other, below, below * 2
  end
  self[at] = entry
end

--- Adds `what` at `due`, with a mark that comes back with it.
function heap:push(due, what, mark)
  local entry, at = { due = due, number = self.added + 1, what = what, mark = mark }, self.count + 1
  self[at] = entry -- memory may run out here
  self.added, self.count = entry.number, at
  rise(self, entry, at)
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
