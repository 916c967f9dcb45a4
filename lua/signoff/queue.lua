-- SPDX-License-Identifier: MIT

--- First in, first out.
-- @module signoff.queue

local queue = {}
queue.__index = queue

function queue.new()
  return setmetatable({ first = 1, count = 0 }, queue)
end

function queue:push(value)
  self[self.first + self.count] = value
  self.count = self.count + 1
end

--- The next one, which stays; nil when there is none.
function queue:peek()
  return self[self.first]
end

--- Takes the next one out; nil when there is none.
function queue:pop()
  local value = self[self.first]
  if self.count == 0 then
    return nil
  end
  self[self.first] = nil
  self.count = self.count - 1
  self.first = self.count == 0 and 1 or self.first + 1
  return value
end

return queue
