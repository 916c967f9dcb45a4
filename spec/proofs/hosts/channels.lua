-- SPDX-License-Identifier: MIT
-- A script of the host of many threads: many Lua states with one thread. The things that each leaves behind when it is closed, the
-- thread cleans up.

local core = require "signoff.core"
local signoff = require "signoff"

local run = tonumber(session:getVariable "run")
local client = signoff.jde_ais { url = os.getenv "JDE_AIS_URL", ca_file = os.getenv "SIGNOFF_CA_FILE", token = "044-token" }
local channel, calls = core.channel(), {}
for i = 1, 10 do
  calls[i] = core.build(client, "status")
  assert(channel:submit(calls[i]))
end
calls[1]:cancel()
calls[2] = nil
collectgarbage()

if run % 3 > 0 then
  local ends = core.now() + 60
  while channel:pending() > run % 3 * 4 - 4 do
    assert(core.now() < ends, "waited in vain")
    repeat until not channel:finished()
    core.sleep(0.002)
  end
end
session:setVariable("signoff_outcome", "left")
