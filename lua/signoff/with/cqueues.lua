-- SPDX-License-Identifier: MIT

--- Steps an engine in a loop of cqueues, which runs while the engine has tasks. `engine:close` ends that.
-- @module signoff.with.cqueues
-- @param engine in `loop`, or the one that runs; `on_error(message)` gets the errors that steps raise; without it, the loop does
return function(engine, loop, on_error)
  local cqueues = require "cqueues"
  local descriptor, stepping, closed = engine:pollfd(), false, false
  loop = loop or assert(cqueues.running(), "signoff.with.cqueues: no loop runs here; give it as the second argument")
  local function run()
    repeat
      local fine, left = pcall(engine.step, engine)
      if not fine and on_error then on_error(left) end
      if not fine and not on_error then loop:wrap(run) error(left, 0) end
      if fine and left > 0 and not closed then cqueues.poll(engine) end
    until closed or left == 0
    stepping = false
  end
  engine:attach(function()
    if not stepping then stepping = loop:wrap(run) end
  end, function() closed = cqueues.cancel(descriptor) or true end)
end
