-- SPDX-License-Identifier: MIT

--- What is wrong with a list, gathered: who wrote it wants to hear of more than the first line.
-- @module signoff.offboard.problems

local problems = {}
problems.__index = problems

local SHOWN = 10

--- Nothing is wrong yet.
function problems.new()
  return setmetatable({ count = 0, texts = {} }, problems)
end

--- Adds one: a place (`leavers.csv:7`) and what is wrong there.
function problems:add(place, ...)
  self.count = self.count + 1
  if self.count <= SHOWN then
    self.texts[self.count] = place .. ": " .. string.format(...)
  end
end

--- All of them as one message, a line each; nil where nothing is wrong.
function problems:message()
  if self.count == 0 then
    return nil
  end
  local text = table.concat(self.texts, "\n")
  if self.count > SHOWN then
    text = ("%s\nand %d more lines like these"):format(text, self.count - SHOWN)
  end
  return text
end

return problems
