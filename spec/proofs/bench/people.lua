-- SPDX-License-Identifier: MIT
-- The cost of 100,000 people beside ten times 10,000: people.lua DIRECTORY SCRATCH. DIRECTORY is that of this file, and in SCRATCH
-- lists are written. Prints rows for table.lua.
--
-- Instructions say how the work grows, and are counted for a tenth of them, or it would take a quarter of an hour. The processor's
-- time says also what its caches make of it; memory is the list's, or the plan's.

local here, scratch = arg[1], arg[2]
local commands = dofile(here .. "/commands.lua")

local TIMES, ROUNDS = 10, 3
local FEW, COUNTED = 10000, 1000

local cases = { { act = "read", what = "six targets each, read" }, { act = "plan", what = "three targets each, planned, saved and loaded" } }

local function list_of(count)
  local path = ("%s/people.%d"):format(scratch, count)
  local file = assert(io.open(path, "wb"))
  file:write "person,cisco_em,isymphony,agvance,oracle_commerce,jde_ais\n"
  for i = 1, count do
    file:write(("person.%d,SEP%012d;SEPX%d,person.%d,K-%d,oracle-token-%d,jde-token-%d@PC-%d\n"):format(i, i, i, i, i, i, i, i))
  end
  file:close()
  os.execute(("chmod 600 '%s'"):format(path))
  return path
end

local function command(act, path, times)
  return ("lua5.4 %s/list.lua %s %s %d"):format(here, act, path, times)
end

local function cost(act, path, times)
  local spent, kept = commands.read(command(act, path, times)):match "(%d+) (%d+)"
  return tonumber(spent), tonumber(kept)
end

local function row(count, what, ...)
  print(table.concat({ ("%d people, %s, Lua 5.4"):format(count, what), ... }, "\t"))
end

local function against(count)
  return ("%d times %d"):format(TIMES, count)
end

-- Starting is in all counts, and falls out.
local function compare_instructions()
  local nobody, few, many = list_of(1), list_of(COUNTED), list_of(TIMES * COUNTED)
  for _, case in ipairs(cases) do
    local counts = commands.instructions({ command(case.act, nobody, 1), command(case.act, few, 1), command(case.act, many, 1) }, scratch)
    row(TIMES * COUNTED, case.what, "instructions", counts[3] - counts[1], against(COUNTED), TIMES * (counts[2] - counts[1]), "at_most 1.05")
  end
end

-- One after the other; both take about as long, so that other work on the machine meets both.
local function compare_costs()
  local few, many = list_of(FEW), list_of(TIMES * FEW)
  for _, case in ipairs(cases) do
    local spent, kept = { {}, {} }, {}
    for round = 1, ROUNDS do
      for i, run in ipairs { { few, TIMES }, { many, 1 } } do
        spent[i][round], kept[i] = cost(case.act, run[1], run[2])
      end
    end
    row(TIMES * FEW, case.what, "ms", commands.median(spent[2]), against(FEW), commands.median(spent[1]), "at_most 1.5")
    row(TIMES * FEW, case.what, "KiB", kept[2], against(FEW), TIMES * kept[1], "at_most 1.1")
  end
end

compare_instructions()
compare_costs()
