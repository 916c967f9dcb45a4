-- SPDX-License-Identifier: MIT
-- `lua reader.lua FILE PORT TRIES` reads every bomb as everyone who may, and prints a line for each: what it came to, the
-- milliseconds of the quickest of the tries as pace.lua has them (more tries where that is long: the machine may do other things), the
-- KiB that memory grew by at most. Each stands between two attempts to open a file that is not there, which tell strace's reader where it begins
-- and ends. Then it does what no bomb may.

local fixtures = require "spec.support.fixtures"
local pace = require "spec.proofs.bombs.pace"
local reading = require "spec.proofs.bombs.reading"
local socket = require "socket"

local LONG = 0.015 -- seconds

local file, port, tries = arg[1], tonumber(arg[2]), tonumber(arg[3])
local bombs, readings = require "spec.proofs.bombs.table"("file://" .. file, ("http://127.0.0.1:%d/x"):format(port))

local function memory(name)
  local status = io.open "/proc/self/status"
  local text = status:read "*a"
  status:close()
  return tonumber(text:match(name .. ":%s+(%d+)"))
end

local function forget_peak()
  local file_of = assert(io.open("/proc/self/clear_refs", "w"))
  file_of:write "5"
  file_of:close()
end

local function mark(name)
  assert(not io.open("/signoff-bombs/" .. name))
end

local function measure(client, row, body)
  collectgarbage()
  collectgarbage()
  forget_peak()
  local before = memory "VmRSS"
  local code, seconds = reading.read(client, row, body)
  return code, seconds, memory "VmHWM" - before
end

local function line(...)
  io.write(table.concat({ ... }, "\t"), "\n")
end

local function run(index, bomb, row)
  local client = fixtures.client(row[1])
  local body = reading.body(bomb, row[bomb[2]])
  local name = ("%d-%s-%s"):format(index, row[1], row[2])
  local code, quickest, most, slowness = nil, math.huge, 0, math.huge
  for try = 1, 4 * tries do
    if try > tries and (tries == 1 or quickest < LONG) then
      break
    end
    mark("begin-" .. name)
    local seconds, grown
    code, seconds, grown = (tries > 1 and measure or reading.read)(client, row, body)
    mark("end-" .. name)
    quickest, most = math.min(quickest, seconds), math.max(most, grown or 0)
    slowness = tries > 1 and math.min(slowness, pace.measure()) or 0
  end
  line(index, bomb[1], row[1] .. "." .. row[2], code, ("%.1f"):format(pace.of_reference(quickest, slowness) * 1000), most)
end

-- Reading the replies without their bombs does what is done once a process.
for _, row in ipairs(readings) do
  for _, harmless in ipairs { { "none", "xml", "a" }, { "none", "json", '"a"' } } do
    if row[harmless[2]] then
      assert(reading.read(fixtures.client(row[1]), row, reading.body(harmless, row[harmless[2]])) ~= "unusable", row[1])
    end
  end
end
for index, bomb in ipairs(bombs) do
  for _, row in ipairs(readings) do
    if row[bomb[2]] then
      run(index, bomb, row)
    end
  end
end
mark "begin-control"
io.open(file):close()
local connection = socket.tcp()
connection:connect("127.0.0.1", port)
mark "end-control"
connection:close()
