-- SPDX-License-Identifier: MIT
-- So many tasks that wait, each for its logout from a system that does not answer: waiting.lua PORT COUNT CONCURRENCY.
-- Prints the bytes that the process grew by for each of them.

local signoff = require "signoff"

local port, count, in_flight = arg[1], tonumber(arg[2]), tonumber(arg[3])

local target = { token = "044kbwMICIsL8P4jttMjVtpnhrrSK17i7fa2h8VjwjEMDE5MDEyMjcyMTY0MTI2", device = "leaver-laptop" }
local client = signoff.jde_ais { url = "http://127.0.0.1:" .. port }

local function resident()
  local file = assert(io.open("/proc/self/statm"))
  local pages = file:read "*a":match "^%d+ (%d+)"
  file:close()
  return tonumber(pages) * 4096
end

local begun = 0

local function log_out()
  begun = begun + 1
  client:logout(target)
end

local function spawn(loop, some)
  local tasks = {}
  for i = 1, some do
    tasks[i] = loop:spawn(log_out)
  end
  return tasks
end

local function cancel(tasks)
  for _, task in ipairs(tasks) do
    task:cancel()
  end
end

signoff.loop(function(loop)
  local first = spawn(loop, in_flight) -- with libcurl's own memory
  loop:sleep(0.5)
  collectgarbage()
  local before = resident()
  local others = spawn(loop, count)
  loop:sleep(0)
  assert(begun == in_flight + count, "not all of them have begun")
  print(("%.0f"):format((resident() - before) / count))
  cancel(first)
  cancel(others)
end, { concurrency = in_flight })
