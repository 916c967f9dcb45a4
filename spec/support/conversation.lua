-- SPDX-License-Identifier: MIT
--- A connection to a server that talks in lines or XML, as one of its users has it: what is said, what is heard, whether it is over.

local socket = require "socket"

local conversation = {}
conversation.__index = conversation

local LIMIT = 10 -- seconds that an answer may take

--- Connects to that port of 127.0.0.1.
function conversation.open(port)
  local connection = assert(socket.connect("127.0.0.1", port))
  return setmetatable({ socket = connection, heard = "" }, conversation)
end

function conversation:say(bytes)
  assert(self.socket:send(bytes))
end

-- Hears what comes next, until then. False where nothing can come any more.
local function listen(self, ends)
  self.socket:settimeout(math.max(ends - socket.gettime(), 0))
  local bytes, problem, part = self.socket:receive(1)
  self.heard = self.heard .. (bytes or part or "")
  return problem ~= "closed", problem == "timeout"
end

--- Waits until what was heard since the last time matches; gives the captures.
function conversation:hear(pattern)
  local ends = socket.gettime() + LIMIT
  local open, late = true, false
  repeat
    local from, to = self.heard:find(pattern)
    if from then
      local found = self.heard:sub(from, to)
      self.heard = self.heard:sub(to + 1)
      return found:match(pattern)
    end
    open, late = listen(self, ends)
  until not open or late
  error(("heard no %s%s: %s"):format(pattern, open and "" or " before the end", self.heard), 2)
end

--- Waits until the server ends the connection; gives what it said before.
function conversation:farewell()
  local ends = socket.gettime() + LIMIT
  local open, late
  repeat
    open, late = listen(self, ends)
  until not open or late
  assert(not open, "the connection is still open")
  return self.heard
end

function conversation:close()
  self.socket:close()
end

return conversation
