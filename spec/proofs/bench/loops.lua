-- SPDX-License-Identifier: MIT
-- Logouts by an engine in the event loops of other programs, against signoff.loop, and by how much a timer of the same loop is late:
-- loops.lua DIRECTORY PROGRAMS. DIRECTORY is that of this file; PROGRAMS has `crowd`. Prints rows for table.lua.

local here, programs = arg[1], arg[2]
local commands = dofile(here .. "/commands.lua")

local COUNT, IN_FLIGHT, ROUNDS, MILLISECONDS, LATE = 1000, 64, 15, 20, 5
local loops = { { "signoff", "signoff.loop" }, { "luv", "luv" }, { "cqueues", "cqueues" }, { "luasocket", "LuaSocket's select" } }

-- One after the other, so that what else the machine does meets all. It can only make a timer later, so the least counts.
local function measure(port)
  local spent, late = {}, {}
  for _ = 1, ROUNDS do
    for _, loop in ipairs(loops) do
      local name = loop[1]
      local said = commands.read(("lua5.4 %s/in_loop.lua %s %d %d %d"):format(here, name, port, COUNT, IN_FLIGHT))
      local seconds, milliseconds = said:match "^(%S+) (%S+)\n$"
      spent[name] = spent[name] or {}
      table.insert(spent[name], (assert(tonumber(seconds), said)))
      late[name] = math.min(late[name] or math.huge, tonumber(milliseconds))
    end
  end
  return spent, late
end

local port, stop = commands.start_crowd(programs, MILLISECONDS)
local fine, spent, late = pcall(measure, port)
stop()
assert(fine, spent)

local usual = commands.median(spent.signoff) * 1e6
for _, loop in ipairs(loops) do
  local name, title = loop[1], loop[2]
  if name ~= "signoff" then
    print(table.concat({
      ("processor, %d logouts in %s, %d in flight, replies after %d ms, Lua 5.4"):format(COUNT, title, IN_FLIGHT, MILLISECONDS),
      "microseconds", ("%.0f"):format(commands.median(spent[name]) * 1e6), "signoff.loop", ("%.0f"):format(usual), "at_most 1.15",
    }, "\t"))
  end
  print(table.concat({
    ("a 1 ms timer of %s meanwhile, late at most 99 of 100 times"):format(title), "microseconds", ("%.0f"):format(late[name] * 1000),
    ("%d ms"):format(LATE), ("%d"):format(LATE * 1000), "at_most 1",
  }, "\t"))
end
