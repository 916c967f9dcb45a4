-- SPDX-License-Identifier: MIT
-- Reading 50,000 sessions by a system that is described in Lua, against the same one in C: described.lua SCRATCH prints a row for table.lua.
-- described.lua SCRATCH KIND READS is what is counted.

local SESSIONS = 50000

local here = arg[0]:match "^.*/"
local scratch, kind, reads = arg[1], arg[2], tonumber(arg[3])

local function reply()
  local list = {}
  for i = 1, SESSIONS do
    list[i] = ('{"UseriD":"user%05d","Application":"Dispatch","SessionLogKey":"%08x-5e55","SessionID":"%08x-1060"}'):format(i % 20000, i, i)
  end
  return ('{"Status":"0","Message":"OK","Count":"%d","APIUsers":[%s]}'):format(SESSIONS, table.concat(list, ","))
end

local function read_all()
  local core, signoff = require "signoff.core", require "signoff"
  local client = (signoff[kind] or dofile(here .. "../../support/" .. kind .. ".lua")) { url = "http://127.0.0.1:1", timeout = 3600 }
  local body = reply()
  for _ = 1, reads do
    local rows = assert(core.read(core.reply(core.build(client, "sessions"), 200, body)))
    assert(#rows == SESSIONS and rows.whole and rows[SESSIONS].user and rows[SESSIONS].session_log_key)
  end
end

local function print_row()
  local list = {}
  for _, name in ipairs { "agvance_in_lua", "agvance" } do
    for count = 1, 2 do
      list[#list + 1] = ("lua5.4 %s %s %s %d"):format(arg[0], scratch, name, count)
    end
  end
  local counts = dofile(here .. "commands.lua").instructions(list, scratch)
  print(table.concat({ ("reading %d sessions by a system described in Lua"):format(SESSIONS), "instructions",
    counts[2] - counts[1], "agvance, in C", counts[4] - counts[3], "at_most -" }, "\t"))
end

if kind then
  read_all()
else
  print_row()
end
