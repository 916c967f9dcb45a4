-- SPDX-License-Identifier: MIT
-- Leaves its process while its calls are anywhere on their way to the simulator, by https: leave.lua NUMBER. The number
-- says when, and how.

local core = require "signoff.core"
local signoff = require "signoff"

local ways = {
  function()
    os.exit(0)
  end,
  function()
    os.exit(0, true) -- closes its state first, on Lua 5.2 and later
  end,
  function() end,
}

local number = tonumber(arg[1])
local client = signoff.jde_ais { url = os.getenv "JDE_AIS_URL", ca_file = os.getenv "SIGNOFF_CA_FILE", token = "044-token" }
local channel, calls = core.channel(), {}
for i = 1, 20 do
  calls[i] = core.build(client, "status")
  assert(channel:submit(calls[i]))
end
core.sleep(number % 50 / 1000)
ways[number % #ways + 1]()
