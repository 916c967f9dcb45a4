-- SPDX-License-Identifier: MIT

--- Follows a refusal: an act that others do not let begin, in a farm. It waits for its turn, is looked at again, or is dropped, since
-- another process has it.
-- @module signoff.offboard.executor.refusals

local Change_queue = require "signoff.offboard.executor.change_queue"
local core = require "signoff.core"
local items = require "signoff.offboard.executor.items"
local machine = require "signoff.signout.state_machine"

local refusals = {}

-- Puts back those entries that nothing stands in the way of, in their order.
local function put_back(worker, batch, but)
  local rest = {}
  for _, entry in ipairs(batch) do
    rest[#rest + 1] = not but[entry] and entry or nil
  end
  worker.changes:put_back(rest)
end

-- The refusals, by name. Each gives the items whose next step has come.
local handlers = {}

function handlers.wait(worker, batch)
  put_back(worker, batch, {})
  return {}
end

function handlers.fenced(worker, batch, jobs)
  local done, gone = {}, {}
  for _, entry in ipairs(batch) do
    local job = entry.item.job
    if jobs[job and job.n or false] then
      gone[entry], entry.item.dropped = true, true
      Change_queue.finish(entry, done, "dropped")
    end
  end
  put_back(worker, batch, gone)
  return done
end

-- Seconds until the next look at a target where somebody else makes a change.
local function pause(worker, item)
  local schedule = worker.rules.schedule
  item.times_busy = (item.times_busy or 0) + 1
  return schedule[math.min(item.times_busy, #schedule)]
end

local function note_busy(item, busy)
  local by = ("run %s on %s"):format(busy.run, busy.host or "?")
  local what = by .. (busy.open == false and " acted there since: looked at again" or " acts there: looked at again")
  if item.busy_by ~= what then
    item.busy_by = what
    items.note(item, what, core.time())
  end
  return by
end

-- The next step of a target where somebody else makes a change. A process that is silent does nothing more: its act is closed, since the
-- target was looked at. A target that another one keeps for longer than it is looked at is left to that.
local function after_busy(worker, entry, busy)
  local item, now = entry.item, worker.clock.now()
  local by = note_busy(item, busy)
  item.busy_since = item.busy_since or now
  if busy.open == false then
    return "look", 0
  elseif busy.silent then
    worker.share:recover_silent(item, busy.target)
    return "look", 0
  elseif now - item.busy_since > worker.rules.deadline then
    return "over", "failed", { code = "busy", message = by .. " had an act under way there all the time" }
  end
  item.state.ends = nil
  return "look", pause(worker, item)
end

function handlers.busy(worker, batch, busy)
  local done, gone = {}, {}
  for _, entry in ipairs(batch) do
    if worker.share.key(entry.id) == busy.target then
      gone[entry] = true
      Change_queue.finish(entry, done, after_busy(worker, entry, busy))
    end
  end
  put_back(worker, batch, gone)
  return done
end

function handlers.stopped(worker, batch, stopped)
  put_back(worker, batch, {})
  worker.share:stop(stopped)
  return {}
end

--- Follows a refusal.
-- @tparam table worker
-- @tparam {table,...} batch entries of the act, which was begun in the states of its items
-- @tparam table refusal see `signoff.offboard.executor.farm`
-- @treturn {table,...} the items whose next step has come
function refusals.follow(worker, batch, refusal)
  for _, entry in ipairs(batch) do
    machine.withdrawn(entry.item.state, entry.id, entry.item.context)
  end
  local name, about = next(refusal)
  return handlers[name](worker, batch, about)
end

return refusals
