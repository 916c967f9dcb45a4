-- SPDX-License-Identifier: MIT

--- The lines of a file, one at a time: how large it is does not matter, how long its longest line is does.
-- @module signoff.lines

local lines = {}
lines.__index = lines

--- The lines of what is read.
-- @tparam table file `read()` gives the next bytes, nil at the end, or nil and a message; `close()`
-- @tparam number longest bytes that a line may have
function lines.of(file, longest)
  return setmetatable({ file = file, longest = longest, text = "", from = 1 }, lines)
end

-- Reads on, behind what is left of the text; false at the end.
local function fill(self)
  local rest = self.text:sub(self.from)
  if #rest > self.longest then
    self.problem = ("is longer than %d bytes"):format(self.longest)
    return false
  end
  local chunk, problem = self.file:read()
  self.text, self.from = rest .. (chunk or ""), 1
  self.problem = not chunk and problem and "cannot be read: " .. problem or nil
  return chunk ~= nil
end

--- The next line without its newline; nil at the end. Then `rest` is what stood behind the last newline, and `problem`,
-- where there is one, why the end was not reached: the end of a sentence about the line that would have come.
-- @function lines:next
function lines:next()
  while self.file do
    local ending = self.text:find("\n", self.from, true)
    if ending then
      local line = self.text:sub(self.from, ending - 1)
      self.from = ending + 1
      return line
    elseif not fill(self) then
      self:close()
    end
  end
end

--- Ends it early; harmless afterwards.
-- @function lines:close
function lines:close()
  if self.file then
    self.file:close()
    self.file, self.rest = nil, self.text:sub(self.from)
  end
end

return lines
