-- SPDX-License-Identifier: MIT

--- A queue: first in, first out. New entries go to one list while the other list is emptied: this is much quicker than one table
-- whose first and last index both move.
-- @module signoff.async.queue

local queue = {}
queue.__index = queue

function queue.new()
  return setmetatable({ coming = {}, came = 0, going = {}, at = 1, last = 0 }, queue)
end

function queue:push(value)
  local came = self.came + 1
  self.coming[came] = value
  self.came = came
end

--- How many entries there are.
function queue:size()
  return self.came + self.last - self.at + 1
end

--- The next entry, which stays; nil when there is none.
function queue:peek()
  if self.at > self.last and self.came > 0 then
    self.coming, self.going = {}, self.coming
    self.at, self.last, self.came = 1, self.came, 0
  end
  return self.going[self.at]
end

--- Takes the next entry out; nil when there is none.
function queue:pop()
  local at = self.at
  local value = self.going[at]
  if value == nil then
    value = self:peek()
    if value == nil then
      return nil
    end
    at = self.at
  end
  self.going[at] = false
  self.at = at + 1
  return value
end

return queue
