-- SPDX-License-Identifier: MIT
-- Many logouts at once in signoff.loop, against a program in C on libcurl's multi handle that does the same: crowd.lua DIRECTORY
-- PROGRAMS. DIRECTORY is that of this file; PROGRAMS has `crowd` and `logouts`. Prints rows for table.lua.

local here, programs = arg[1], arg[2]
local commands = dofile(here .. "/commands.lua")
local instructions, median, read = commands.instructions, commands.median, commands.read

local COUNT, IN_FLIGHT, ROUNDS = 10000, 64, 9

local function start(milliseconds)
  return commands.start_crowd(programs, milliseconds)
end

local unpack = table.unpack or unpack -- luacheck: ignore 143 (by version)

local function numbers(text)
  local list = {}
  for number in text:gmatch "%S+" do
    list[#list + 1] = assert(tonumber(number), text)
  end
  return unpack(list)
end

local function by_signoff(port, count, tasks)
  return ("lua5.4 %s/many.lua %d %d %d %d"):format(here, port, count, IN_FLIGHT, tasks)
end

local function by_libcurl(port, count)
  return ("%s/logouts %d %d %d"):format(programs, port, count, IN_FLIGHT)
end

local function row(...)
  print(table.concat({ ... }, "\t"))
end

-- One after the other, so that what else the machine does meets both.
local function compare(milliseconds, tasks)
  local port, stop = start(milliseconds)
  local ours, theirs = {}, {}
  for round = 1, ROUNDS do
    ours[round] = numbers(read(by_signoff(port, COUNT, tasks)))
    theirs[round] = numbers(read(by_libcurl(port, COUNT)))
  end
  stop()
  return median(ours) * 1000, median(theirs) * 1000
end

local function what_of(tasks, when)
  return ("%d logouts in signoff.loop, %d tasks, %d in flight, replies %s, Lua 5.4"):format(COUNT, tasks, IN_FLIGHT, when)
end

local function compare_times()
  for _, case in ipairs {
    { 5, COUNT, "after 5 ms", "at_least 0.7" }, { 0, IN_FLIGHT, "at once", "at_least -" }, { 0, COUNT, "at once", "at_least -" },
  } do
    local milliseconds, tasks, when, target = case[1], case[2], case[3], case[4]
    local ours, theirs = compare(milliseconds, tasks)
    row(what_of(tasks, when), "ms", ours, "the same in C", theirs, target)
  end
end

-- Replies at once come from another program of the same machine: how fast it is today counts as much as we. Counted, both
-- are so slow that all replies are there at each step. Starting, and a tenth of the calls, are in both counts, and fall out.
local function compare_instructions()
  local port, stop = start(0)
  local few = math.floor(COUNT / 10)
  local counts = instructions({
    by_signoff(port, few, IN_FLIGHT), by_libcurl(port, few), by_signoff(port, COUNT, IN_FLIGHT), by_libcurl(port, COUNT),
  }, programs)
  stop()
  row(what_of(IN_FLIGHT, "at once"), "instructions", counts[3] - counts[1], "the same in C", counts[4] - counts[2],
    "at_least 0.66")
end

local function compare_sizes()
  local port, stop = start(60000)
  local bytes = {}
  for round = 1, 3 do
    bytes[round] = numbers(read(("lua5.4 %s/waiting.lua %d %d %d"):format(here, port, COUNT, IN_FLIGHT)))
  end
  stop()
  row(("memory of a task that waits for a slot, of %d"):format(COUNT), "bytes", math.max(unpack(bytes)), "4 KiB", 4096, "at_most 1")
end

-- The processor's seconds for so many tasks, `times` times; both numbers take about as long, so that what else runs meets both.
local function spent(port, count, times)
  local sum = 0
  for _ = 1, times do
    local _, seconds = numbers(read(by_signoff(port, count, count)))
    sum = sum + seconds
  end
  return sum
end

local function compare_counts()
  local port, stop = start(0)
  local few, many = {}, {}
  for round = 1, 3 do
    few[round], many[round] = spent(port, COUNT, 10), spent(port, 10 * COUNT, 1)
  end
  stop()
  row(("processor, %d tasks"):format(10 * COUNT), "ms", median(many) * 1000, ("ten times %d tasks"):format(COUNT),
    median(few) * 1000, "at_most 1.5")
end

compare_times()
compare_instructions()
compare_sizes()
compare_counts()
