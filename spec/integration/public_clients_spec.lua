-- SPDX-License-Identifier: MIT
-- Requests of clients that others have published, as those programs write them, against the simulator: it is no mirror of ours.
--
-- A row of spec/data/public_clients/SYSTEM.lua is { name, settings =, people =, { request, status, shows ... }, ... }. Requests stand as they
-- go, with LF for CRLF in their heads, `*` for the length of the body, and @member@ for what the last reply that had it had first in
-- `member`; `keep` gives a member another name. `shows` are patterns of the reply, those with `!` in front must not stand there.

local simulated = require "spec.support.simulated"
local socket = require "socket"

local simulator = simulated.simulator

-- The bytes of a request.
local function bytes_of(text, learnt)
  text = text:gsub("@([%w_]+)@", function(member)
    return assert(learnt[member], "no reply had " .. member)
  end)
  local head, body = text:match "^(.-\n)\n(.*)$"
  return head:gsub("Content%-Length: %*", "Content-Length: " .. #body):gsub("\n", "\r\n") .. "\r\n" .. body
end

-- Status, head and body of the reply to those bytes.
local function exchange(bytes)
  local connection = assert(socket.tcp())
  connection:settimeout(20)
  assert(connection:connect("127.0.0.1", simulator.http:match "%d+$"))
  assert(connection:send(bytes))
  local lines = {}
  repeat
    lines[#lines + 1] = assert(connection:receive "*l")
  until lines[#lines] == ""
  local head = table.concat(lines, "\n")
  local length = tonumber(head:match "\nContent%-Length: (%d+)") or 0
  local body = length > 0 and assert(connection:receive(length)) or ""
  connection:close()
  return tonumber(head:match "^HTTP/1%.1 (%d+)"), head, body
end

-- The first value of each member, under the name that `keep` gives it, or its own.
local function learn(learnt, body, keep)
  local seen = {}
  for _, pattern in ipairs { '"([%w_]+)":"([^"]+)"', "<([%w_]+)>([^<]+)</" } do
    for member, value in body:gmatch(pattern) do
      if not seen[member] then learnt[keep and keep[member] or member] = value end
      seen[member] = true
    end
  end
end

local function check_step(step, learnt)
  local status, head, body = exchange(bytes_of(step[1], learnt))
  local place = step[1]:match "^[^\n]*" .. ": " .. head .. "\n" .. body
  assert.are.equal(step[2], status, place)
  for i = 3, #step do
    local unwanted, pattern = step[i]:match "^(!?)(.*)$"
    assert.are.equal(unwanted == "", (head .. "\n" .. body):find(pattern) ~= nil, pattern .. " in " .. place)
  end
  learn(learnt, body, step.keep)
end

describe("the simulator, asked by", function()
  before_each(simulated.reset)
  teardown(simulated.reset)

  for _, system in ipairs(simulated.systems) do
    for _, row in ipairs(require("spec.data.public_clients." .. system)) do
      it(("%s (%s)"):format(row[1], system), function()
        if row.people then simulator.add { [system] = row.people } end
        if row.settings then simulator.settings(system, row.settings) end
        local learnt = {}
        for i = 2, #row do check_step(row[i], learnt) end
      end)
    end
  end
end)
