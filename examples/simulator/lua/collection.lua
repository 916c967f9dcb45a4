--- Rows in the order in which they came, found by key, removed at no cost.
local collection = {}
collection.__index = collection

--- `shape` is { key = column or function(row), fold = whether case is ignored, columns = { name = type } }.
function collection.new(shape)
  return setmetatable({ shape = shape, list = {}, positions = {}, last = 0, size = 0 }, collection)
end

function collection:fold(key)
  return self.shape.fold and key:lower() or key
end

function collection:key_of(row)
  local key = self.shape.key
  return self:fold(type(key) == "function" and key(row) or row[key])
end

function collection:get(key)
  local place = self.positions[self:fold(key)]
  return place and self.list[place]
end

--- Adds the row, or puts it in the place of the one with the same key.
function collection:put(row)
  local key = self:key_of(row)
  local place = self.positions[key]
  if not place then
    self.last = self.last + 1
    place = self.last
    self.positions[key] = place
    self.size = self.size + 1
  end
  self.list[place] = row
end

function collection:remove(key)
  key = self:fold(key)
  local place = self.positions[key]
  if not place then return nil end
  local row = self.list[place]
  self.list[place], self.positions[key] = nil, nil
  self.size = self.size - 1
  return row
end

--- Iterates over a copy, so that rows may be removed meanwhile.
function collection:rows()
  local rows = {}
  for place = 1, self.last do
    local row = self.list[place]
    if row then rows[#rows + 1] = row end
  end
  self:compact(rows)
  return rows
end

--- After many removals, forgets the holes.
function collection:compact(rows)
  if self.last < 64 or self.last < 2 * #rows then return end
  local list, positions = {}, {}
  for place, row in ipairs(rows) do
    list[place], positions[self:key_of(row)] = row, place
  end
  self.list, self.positions, self.last = list, positions, #rows
end

function collection:clear()
  self.list, self.positions, self.last, self.size = {}, {}, 0, 0
end

return collection
