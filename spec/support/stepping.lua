-- SPDX-License-Identifier: MIT
--- Steps engines as the loop of a program does, by LuaSocket's `select`.

local core = require "signoff.core"
local socket = require "socket"

local stepping = {}

local LIMIT = 120 -- seconds

--- Steps until `enough()`; without it, until no task is left.
function stepping.run(engine, enough)
  local ends = core.now() + LIMIT
  while true do
    local left = engine:step()
    if enough and enough() or not enough and left == 0 then
      return
    end
    assert(core.now() < ends, "stepped in vain")
    socket.select({ engine }, nil, math.min(engine:timeout() or 1, 1))
  end
end

--- Steps until nothing is due at once: a single step ends after a time, and on a busy machine that is before a task's own have run.
function stepping.settle(engine)
  stepping.run(engine, function()
    return engine:timeout() ~= 0
  end)
end

--- Whether the engine's descriptor is readable.
function stepping.is_readable(engine)
  return #socket.select({ engine }, nil, 0) == 1
end

--- Steps until no task is left and no error is to be raised. Gives the errors that steps raised.
function stepping.errors(engine)
  local list, ends = {}, core.now() + LIMIT
  while true do
    local fine, left = pcall(engine.step, engine)
    if not fine then
      list[#list + 1] = left
    elseif left == 0 and engine:timeout() ~= 0 then
      return list
    end
    assert(core.now() < ends, "stepped in vain")
    socket.select({ engine }, nil, math.min(engine:timeout() or 1, 1))
  end
end

return stepping
