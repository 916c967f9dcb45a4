-- SPDX-License-Identifier: MIT
-- The fault matrix: `lua spec/proofs/faults/run.lua CARRIER` runs every cell in several processes at a time, prints the table, and ends
-- with the line that tools/sum reads. `... run.lua CARRIER PART` is one of those processes: it runs its share of the faults.

local PROCESSES = 8 -- most of the time they wait
local GIVE_UP = 240 -- seconds

local cells = require "spec.proofs.faults.cells"
local peer = require "spec.support.peer"

local members = { "fault", "system", "operation", "wanted", "got", "seconds", "deadline", "repeated", "false_success", "problem" }

local function write(index, cell)
  cell.fault = index
  local texts = {}
  for at, name in ipairs(members) do
    texts[at] = tostring(cell[name] or ""):gsub("%s", " ")
  end
  io.write(table.concat(texts, "\t"), "\n")
  io.flush()
end

local function work(part)
  for index = part, #cells.faults, PROCESSES do
    local fine, problem = pcall(cells.run, cells.faults[index], cells.all_pairs(), function(cell)
      write(index, cell)
    end)
    peer.stop_all()
    if not fine then
      error(problem, 0)
    end
  end
end

local function read(line)
  local cell, at = {}, 0
  for text in (line .. "\t"):gmatch "([^\t]*)\t" do
    at = at + 1
    cell[members[at] or at] = text ~= "" and text or nil
  end
  return cell
end

-- The cells of each fault, as the processes report them.
local function gather()
  local pipes, found = {}, {}
  for part = 1, PROCESSES do
    pipes[part] = assert(io.popen(("timeout %d %s %s %s %d 2>&1"):format(GIVE_UP, arg[-1], arg[0], cells.carrier, part)))
  end
  for _, pipe in ipairs(pipes) do
    for line in pipe:lines() do
      local cell = read(line)
      local index = tonumber(cell.fault)
      if index and cell.deadline then
        found[index] = found[index] or {}
        table.insert(found[index], cell)
      else
        print(line)
      end
    end
    pipe:close()
  end
  return found
end

-- "unusable 9, undecided 1"
local function outcomes(list)
  local counts, names = {}, {}
  for _, cell in ipairs(list) do
    if not counts[cell.got] then
      names[#names + 1] = cell.got
    end
    counts[cell.got] = (counts[cell.got] or 0) + 1
  end
  table.sort(names, function(a, b)
    return counts[a] > counts[b] or (counts[a] == counts[b] and a < b)
  end)
  for at, name in ipairs(names) do
    names[at] = ("%s %d"):format(name, counts[name])
  end
  return table.concat(names, ", ")
end

local function slowest(list)
  local seconds = 0
  for _, cell in ipairs(list) do
    seconds = math.max(seconds, tonumber(cell.seconds))
  end
  return seconds
end

local totals = { passed = 0, failed = 0, repeated = 0, false_success = 0 }

local function add(fault, list)
  for _, cell in ipairs(list) do
    local result = cell.problem and "failed" or "passed"
    totals[result] = totals[result] + 1
    totals.repeated = totals.repeated + (cell.repeated and 1 or 0)
    totals.false_success = totals.false_success + (cell.false_success and 1 or 0)
    if cell.problem then
      print(("    not as declared: %s, %s.%s: %s"):format(fault[1], cell.system, cell.operation, cell.problem))
    end
  end
  local missing = #cells.all_pairs() - #list
  totals.failed = totals.failed + missing
  if missing > 0 then
    print(("    %d cells of '%s' did not end"):format(missing, fault[1]))
  end
end

local function report(found)
  print(("%-42s %-40s %s"):format("fault", "its cells ended in", "slowest of its deadline"))
  for index, fault in ipairs(cells.faults) do
    local list = found[index] or {}
    print(("%-42s %-40s %.2f of %.2f s"):format(fault[1], outcomes(list), slowest(list), fault.deadline or cells.deadline))
    add(fault, list)
  end
  print(("%d faults x %d systems x %d operations, carried by the %s: %d false successes; %d cells were late once and asked again"):format(
    #cells.faults, #cells.systems, #cells.operations, cells.carrier, totals.false_success, totals.repeated))
  print(("%d passed, %d failed, 0 skipped"):format(totals.passed, totals.failed))
end

cells.carrier = assert(arg[1], "usage: run.lua call|loop")
if arg[2] then
  work(tonumber(arg[2]))
else
  report(gather())
  os.exit(totals.failed == 0 and 0 or 1)
end
