-- SPDX-License-Identifier: MIT
--- The feature codes of examples/freeswitch and examples/asterisk, called in hosts that behave as mod_lua and pbx_lua do:
-- spec/proofs/hosts/freeswitch.c and spec/proofs/hosts/asterisk.lua.

local child = require "spec.support.child"
local peer = require "spec.support.peer"

local telephony = {}

local ROOT = peer.output_of "pwd"

--- Builds the host of FreeSWITCH.
-- @tparam string directory where it goes
-- @tparam[opt] string lua a name of pkg-config: whose Lua, by default this one's
-- @treturn string its path
function telephony.build(directory, lua)
  lua = lua or child.interpreter
  local host = ("%s/freeswitch-%s"):format(directory, lua)
  local problem = peer.output_of(("%s -std=gnu11 -O1 -pthread $(pkg-config --cflags %s) -Wl,-E -o %s spec/proofs/hosts/freeswitch.c $(pkg-config --libs %s) 2>&1"):format(
    os.getenv "CC" or "cc", lua, host, lua))
  assert(problem == "", problem)
  return host
end

local function assignments(option, variables)
  local words = {}
  for name, value in pairs(variables) do
    words[#words + 1] = ("%s'%s=%s'"):format(option, name, value)
  end
  return table.concat(words, " ")
end

-- Removes the parts that differ from run to run.
local function plain(line)
  return (line:gsub("(https?)://127%.0%.0%.1:%d+", "%1://HOST"):gsub("after %d+ m?i?l?l?i?seco?n?d?s", "after N ms"):gsub("after %d+ ms", "after N ms"))
end

-- Reads the output of a host: `log`, `play`, `set`: lists of the texts; `uuids`: with what the lines of the log began.
local function read(output)
  local found = { log = {}, play = {}, set = {}, uuids = {}, output = output }
  for line in output:gmatch "[^\n]+" do
    local uuid, kind, text = line:match "^(%x*%-?[%x%-]*) ?(%l+) (.*)$"
    if found[kind] then
      table.insert(found[kind], plain((text:gsub("^%u+ signoff: ", ""):gsub("^1 signoff: ", ""))))
      found.uuids[#found.uuids + 1] = kind == "log" and uuid or nil
    end
    found.hung_up = found.hung_up or line == "hangup"
  end
  return found
end

--- Dials the feature code of FreeSWITCH.
-- @tparam string host as `build` made it
-- @tparam string site the folder with signoff_site.lua
-- @tparam table variables of the channel
-- @treturn table
function telephony.freeswitch(host, site, variables)
  return read(peer.output_of(("timeout 300 %s -s 1024 -d '%s/?.lua' -d '%s/examples/telephony/?.lua' %s %s/examples/freeswitch/signoff_logout.lua 2>&1"):format(
    host, site, ROOT, assignments("-v ", variables), ROOT)))
end

--- Dials the feature code of Asterisk.
-- @tparam string site the folder with etc/asterisk/signoff_site.lua
-- @tparam table variables of the channel
-- @treturn table
function telephony.asterisk(site, variables)
  return read(peer.output_of(("env LUA_PATH='%s/examples/telephony/?.lua;%s' timeout 300 %s %s/spec/proofs/hosts/asterisk.lua %s %s/examples/asterisk/extensions.lua signoff '*56' %s 2>&1"):format(
    ROOT, os.getenv "LUA_PATH", child.interpreter, ROOT, site, ROOT, assignments("", variables))))
end

return telephony
