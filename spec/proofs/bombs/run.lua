-- SPDX-License-Identifier: MIT
-- Bombs: what reading them comes to, what it costs, and which files and connections it opens; what replies cost that are
-- refused, and those that are taken. Ends with the line that tools/sum reads.

local peer = require "spec.support.peer"

-- Milliseconds of the processor, at the pace of pace.lua: what else the machine does makes them no more.
local MILLISECONDS, KIB, TIMES_LUA_CJSON = 20, 8 * 1024, tonumber(os.getenv "TIMES" or "1.3")

local directory = peer.directory()
local bait = directory .. "/bait"
peer.write_file(bait, "nobody may read this\n")
local server = peer.start { { "arrival", "stall" } }

local passed, failed = 0, 0

local function check(what, problem)
  if problem then
    failed = failed + 1
    print(("not ok - %s: %s"):format(what, problem))
  else
    passed = passed + 1
  end
end

local function reader(tries)
  return ("timeout 240 %s spec/proofs/bombs/reader.lua %s %d %d"):format(arg[-1], bait, server.port, tries)
end

-- { bomb, reader, code, milliseconds, KiB } of each
local function measured()
  local list = {}
  local pipe = assert(io.popen("MALLOC_TRIM_THRESHOLD_=65536 MALLOC_MMAP_THRESHOLD_=65536 " .. reader(3)))
  for text in pipe:lines() do
    local index, bomb, who, code, milliseconds, kib = text:match "^(%d+)\t([^\t]*)\t([^\t]*)\t([^\t]*)\t([^\t]*)\t([^\t]*)$"
    list[#list + 1] = { index = tonumber(index), bomb = bomb, who = who, code = code, milliseconds = tonumber(milliseconds),
      kib = tonumber(kib) }
  end
  check("the reader ends well", not pipe:close() and "it did not" or nil)
  return list
end

local function judge(row)
  local what = ("%s, %s"):format(row.bomb, row.who)
  check(what .. " is unusable", row.code ~= "unusable" and row.code or nil)
  check(what .. ": time", row.milliseconds >= MILLISECONDS and row.milliseconds .. " ms" or nil)
  check(what .. ": memory", row.kib >= KIB and row.kib .. " KiB" or nil)
end

-- The most of each bomb, in the order of the table.
local function worst_of(rows)
  local list = {}
  for _, row in ipairs(rows) do
    local worst = list[row.index] or { bomb = row.bomb, readers = 0, milliseconds = 0, kib = 0 }
    list[row.index] = worst
    worst.readers = worst.readers + 1
    worst.milliseconds = math.max(worst.milliseconds, row.milliseconds)
    worst.kib = math.max(worst.kib, row.kib)
  end
  return list
end

local function print_table(rows)
  print(("%-82s %7s %14s %14s"):format("bomb", "readers", "slowest, ms", "most, KiB"))
  for _, worst in ipairs(worst_of(rows)) do
    print(("%-82s %7d %14.1f %14d"):format(worst.bomb, worst.readers, worst.milliseconds, worst.kib))
  end
end

-- The files that were opened between the marks, by mark; a mark whose end is missing has what came until the end.
local function traced()
  local trace = directory .. "/trace"
  os.execute(("strace -f -qq -e trace=%%file,%%network -o %s %s >/dev/null"):format(trace, reader(1)))
  local seen, current = {}, nil
  for text in io.lines(trace) do
    local mark, name = text:match '"/signoff%-bombs/(%l+)%-([^"]*)"'
    if mark == "begin" then
      current = {}
      seen[name] = current
    elseif mark then
      current = nil
    elseif current then
      current[#current + 1] = text
    end
  end
  return seen
end

local function check_traced(count)
  local seen, bombs = traced(), 0
  local control = table.concat(seen.control or {}, "\n")
  seen.control = nil
  check("strace sees the file and the connection that are no bomb's",
    not (control:find(bait, 1, true) and control:find("connect(", 1, true)) and "it saw: " .. control or nil)
  for name, calls in pairs(seen) do
    bombs = bombs + 1
    check(name .. " opens nothing", calls[1])
  end
  check("strace saw every reading", bombs ~= count and ("%d of %d"):format(bombs, count) or nil)
  check("one connection in all, the control's", #server:connections() ~= 2 and #server:connections() .. " connections" or nil)
end

local function lines_of(command)
  local list = {}
  local pipe = assert(io.popen(command))
  for text in pipe:lines() do
    list[#list + 1] = text
  end
  check(command .. " ends well", not pipe:close() and "it did not" or nil)
  return list
end

-- Replies as they come, with all that is done in the thread of Lua.
local function check_refused()
  print(("\n%-72s %10s %10s"):format("refused, all that Lua's thread does", "blocking", "loop"))
  local before
  for _, text in ipairs(lines_of(("timeout 300 %s spec/proofs/bombs/carried.lua 3 %d"):format(arg[-1], MILLISECONDS))) do
    local what, who, carrier, wanted, code, milliseconds = text:match "^([^\t]*)\t([^\t]*)\t([^\t]*)\t([^\t]*)\t([^\t]*)\t([^\t]*)$"
    local name = ("%s, %s, %s"):format(what, who, carrier)
    check(name .. " is " .. wanted, code ~= wanted and code or nil)
    check(name .. ": time", tonumber(milliseconds) >= MILLISECONDS and milliseconds .. " ms" or nil)
    if carrier == "loop" then
      print(("%-72s %7s ms %7s ms"):format(what, before, milliseconds))
    end
    before = milliseconds
  end
end

-- Memory that the system gives and takes back is not what is compared.
local function check_taken()
  print(("\n%-30s %10s %20s %20s %8s"):format("taken", "bytes", "reading it, ms", "lua-cjson, ms", "times"))
  for _, text in ipairs(lines_of(("MALLOC_TRIM_THRESHOLD_=1000000000 MALLOC_MMAP_THRESHOLD_=1000000000 timeout 300 %s spec/proofs/bombs/taken.lua 61 %s")
    :format(arg[-1], TIMES_LUA_CJSON))) do
    local reply, bytes, ours, theirs, times = text:match "^([^\t]*)\t([^\t]*)\t([^\t]*)\t([^\t]*)\t([^\t]*)$"
    times = tonumber(times)
    print(("%-30s %10d %20.2f %20.2f %8.2f"):format(reply, bytes, ours, theirs, times))
    check(reply .. " costs little more than lua-cjson", times > TIMES_LUA_CJSON and times .. " times" or nil)
  end
end

local function main()
  local rows = measured()
  for _, row in ipairs(rows) do
    judge(row)
  end
  check("there are bombs", #rows < 100 and #rows .. " readings" or nil)
  check_traced(#rows)
  print_table(rows)
  print(("%d readings, each the quickest of three and the most memory of three; between them and strace: no file, no connection")
    :format(#rows))
  check_refused()
  check_taken()
end

local fine, problem = pcall(main)
peer.stop_all()
check("the check itself", not fine and tostring(problem) or nil)
print(("%d passed, %d failed, 0 skipped"):format(passed, failed))
os.exit(failed == 0 and 0 or 1)
