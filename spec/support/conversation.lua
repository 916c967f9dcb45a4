-- SPDX-License-Identifier: MIT
--- A connection to a server that talks in lines or XML, as one of its users has it: what is said, what is heard, whether it is over.

local socket = require "socket"

local conversation = {}
conversation.__index = conversation

local LIMIT = 120 -- seconds that an answer may take

--- Connects to that port of 127.0.0.1.
function conversation.open(port)
  local connection = assert(socket.connect("127.0.0.1", port))
  return setmetatable({ socket = connection, heard = "" }, conversation)
end

function conversation:say(bytes)
  assert(self.socket:send(bytes))
end

-- Hears one more byte until then. Gives why there is none: "closed" or "timeout".
local function listen(self, ends)
  self.socket:settimeout(math.max(ends - socket.gettime(), 0))
  local byte, problem = self.socket:receive(1)
  self.heard = self.heard .. (byte or "")
  return problem
end

--- Waits until what was heard since the last time matches, and gives the first capture, or all that matched.
function conversation:hear(pattern)
  local ends = socket.gettime() + LIMIT
  while true do
    local from, to = self.heard:find(pattern)
    if from then
      local found = self.heard:sub(from, to)
      self.heard = self.heard:sub(to + 1)
      return found:match(pattern)
    end
    local problem = listen(self, ends)
    if problem then
      error(("%s instead of %s: %s"):format(problem, pattern, self.heard), 2)
    end
  end
end

--- Waits until the server ends the connection, and gives what it said before.
function conversation:farewell()
  local ends, problem = socket.gettime() + LIMIT, nil
  while not problem do
    problem = listen(self, ends)
  end
  assert(problem == "closed", "the connection is still open")
  return self.heard
end

--- Ends it, even where a process that was started since has inherited it.
function conversation:close()
  self.socket:shutdown "both"
  self.socket:close()
end

return conversation
