-- SPDX-License-Identifier: MIT

--- Steps an engine in luv's loop (libuv; `vim.uv` in Neovim), which runs while the engine has tasks. `engine:close` ends that.
-- @module signoff.with.luv
-- @param engine `on_error(message)` gets the errors that steps raise; without it, callbacks of luv raise them
return function(engine, on_error)
  local uv = require "luv"
  local timer, poll, closed = uv.new_timer(), nil, false
  local function step()
    local fine, left = pcall(engine.step, engine)
    local seconds = not fine and 0 or not closed and engine:timeout()
    timer:stop()
    if seconds and not closed then timer:start(math.ceil(seconds * 1000), 0, step) end
    if left == 0 then uv.unref(poll) end
    if not fine and on_error then on_error(left) elseif not fine then error(left, 0) end
  end
  engine:attach(function() return poll and uv.ref(poll) end, function()
    closed = true -- the collector closes both: luv dies where a state is closed before its loop has closed them
    poll:stop()
    timer:stop()
  end)
  poll = assert(uv.new_poll(engine:pollfd()))
  poll:start("r", step)
end
