-- SPDX-License-Identifier: MIT
--- PostgreSQL's simple protocol over LuaSocket, for accounts without a password: nothing of the client that is proved has a part in it.

local socket = require "socket"

local wire = {}
wire.__index = wire

local function number(bytes)
  local a, b, c, d = bytes:byte(1, 4)
  return ((a * 256 + b) * 256 + c) * 256 + d
end

local function int32(value)
  return string.char(math.floor(value / 16777216) % 256, math.floor(value / 65536) % 256, math.floor(value / 256) % 256, value % 256)
end

local function framed(kind, body)
  return kind .. int32(#body + 4) .. body
end

function wire:send(bytes)
  if not self.socket:send(bytes) then
    error({ away = "send" }, 0)
  end
end

-- One message: its kind and its body.
function wire:receive()
  local head = self.socket:receive(5)
  local body = head and self.socket:receive(number(head:sub(2)) - 4)
  if not body then
    error({ away = "receive" }, 0)
  end
  return head:sub(1, 1), body
end

local function problem_of(body)
  return { sqlstate = body:match "C(%w+)%z", message = body:match "M([^%z]*)%z" }
end

-- The first column of the rows, until the server is ready for the next question; raises its error then.
function wire:answer()
  local rows, problem = {}, nil
  while true do
    local kind, body = self:receive()
    if kind == "D" then
      local length = number(body:sub(3, 6))
      rows[#rows + 1] = length < 4294967295 and body:sub(7, 6 + length) or ""
    elseif kind == "E" then
      problem = problem_of(body)
    elseif kind == "Z" then
      if problem then
        error(problem, 0)
      end
      return rows
    end
  end
end

local function attempt(address, port, user, database, seconds)
  local connection = socket.tcp()
  connection:settimeout(seconds)
  if not connection:connect(address, port) then
    connection:close()
    return nil
  end
  connection:setoption("tcp-nodelay", true)
  local self = setmetatable({ socket = connection }, wire)
  local fine = pcall(function()
    local body = int32(196608) .. ("user\0%s\0database\0%s\0\0"):format(user, database)
    self:send(int32(#body + 4) .. body)
    self:answer()
    assert(self:query("show transaction_read_only")[1] == "off")
  end)
  if not fine then
    connection:close()
    return nil
  end
  return self
end

--- Connects to whichever of the servers takes writes; nil where none does.
function wire.open(address, ports, user, database, seconds)
  for _, port in ipairs(ports) do
    local self = attempt(address, port, user, database, seconds)
    if self then
      return self
    end
  end
end

--- Asks. Gives the first column. Raises `{ away = }` where the connection is lost, `{ sqlstate =, message = }` where the server refuses.
function wire:query(sql)
  self:send(framed("Q", sql .. "\0"))
  return self:answer()
end

function wire:close()
  self.socket:close()
end

return wire
