-- SPDX-License-Identifier: MIT

--- Stops a run, or one system of it: `stopped` in its table, with `code`, `why`, and `at_once` where looking ends, too.
-- @module signoff.offboard.executor.stop

local stop = {}

--- Whether it was stopped, at once.
-- @tparam table of the run or the system
-- @treturn ?boolean
function stop.is_at_once(of)
  return of.stopped and of.stopped.at_once
end

--- Stops it. What was stopped may only be stopped once more if that is at once, and was not before.
-- @tparam table of the run or the system
-- @tparam string code
-- @tparam string why
-- @tparam[opt] boolean at_once
-- @treturn boolean whether that changed anything
function stop.stop(of, code, why, at_once)
  if of.stopped and (of.stopped.at_once or not at_once) then
    return false
  end
  of.stopped = { code = code, why = why, at_once = at_once }
  return true
end

return stop
