-- SPDX-License-Identifier: MIT
--- Helpers of specs of waiting: peers that take their time, how long a function took, the error that it raised.

local core = require "signoff.core"
local peer = require "spec.support.peer"

local waiting = {}

waiting.done = peer.reply("200 OK", '{"status":"Success"}')
waiting.alive = peer.reply("200 OK", '{"isValidSession":true}')

function waiting.jde(url, options)
  return peer.client("jde_ais", url, options)
end

--- A peer that takes that long for every reply (`waiting.done`, or those bytes).
function waiting.slow(seconds, bytes)
  return peer.start { { { loop = { "request", { wait = seconds }, { send = bytes or waiting.done } } } } }
end

--- A peer that never replies.
function waiting.silent()
  return peer.start { { "request", "stall" } }
end

--- Collects all garbage, and what only that let go of.
function waiting.collect()
  collectgarbage()
  collectgarbage()
end

--- The seconds that `f` took.
function waiting.timed(f, ...)
  local started = core.now()
  f(...)
  return core.now() - started
end

--- Starts a task in a loop that ticks so many times, that long apart. Gives a function that tells how often it did.
function waiting.ticking(loop, count, seconds)
  local ticks = 0
  loop:spawn(function()
    for _ = 1, count do
      loop:sleep(seconds)
      ticks = ticks + 1
    end
  end)
  return function()
    return ticks
  end
end

--- Raises unless `f` raises an error that says that. Gives its text.
function waiting.assert_says(wanted, f, ...)
  local fine, message = pcall(f, ...)
  message = tostring(message)
  assert(not fine, "nothing was raised")
  assert(message:find(wanted, 1, true), message)
  return message
end

return waiting
