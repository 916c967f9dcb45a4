-- SPDX-License-Identifier: MIT
-- That many logouts, each of another session, each in a task of its own or in so many tasks: many.lua PORT COUNT CONCURRENCY [TASKS].
-- Prints the seconds that it took, and those of the processor.

local core = require "signoff.core"
local signoff = require "signoff"

local port, count, in_flight = arg[1], tonumber(arg[2]), tonumber(arg[3])
local tasks = tonumber(arg[4]) or count

local client = signoff.jde_ais { url = "http://127.0.0.1:" .. port }

local begun, accepted = 0, 0

local function log_out()
  begun = begun + 1
  local token = ("044kbwMICIsL8P4jttMjVtpnhrrSK17i7fa2h8VjwjEMDE5MDEy%08d"):format(begun)
  local answer = assert(client:logout { token = token, device = "leaver-laptop" })
  accepted = accepted + (answer.answer == "accepted" and 1 or 0)
end

local function log_out_some(some)
  for _ = 1, some do
    log_out()
  end
end

-- All connections are there before the clock runs.
local function warm_up(loop)
  local first = {}
  for i = 1, in_flight do
    first[i] = loop:spawn(log_out)
  end
  for i = 1, in_flight do
    first[i]:join()
  end
end

local started, clock
signoff.loop(function(loop)
  warm_up(loop)
  collectgarbage()
  begun, accepted, started, clock = 0, 0, core.now(), os.clock()
  for i = 1, tasks do
    loop:spawn(log_out_some, math.floor(i * count / tasks) - math.floor((i - 1) * count / tasks))
  end
end, { concurrency = in_flight })
assert(accepted == count)
print(("%.6f %.6f"):format(core.now() - started, os.clock() - clock))
