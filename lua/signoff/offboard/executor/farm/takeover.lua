-- SPDX-License-Identifier: MIT

--- Takes over jobs that another process of a farm had begun: its records are replayed, as those of a run that goes on. Targets
-- that it found without doing anything about them are forgotten, and asked for again.
-- @module signoff.offboard.executor.farm.takeover

local json = require "signoff.json"
local Replay = require "signoff.offboard.executor.replay"

local takeover = {}

-- The record with those of its items alone that are known here: others of one request are other jobs' and not ours.
local function narrowed(replay, record)
  if type(record.items) ~= "table" or record.event == "found" then
    return record
  end
  local copy, items = {}, json.list()
  for _, n in ipairs(record.items) do
    items[#items + 1] = replay.plans[n] and n or nil
  end
  for name, value in pairs(record) do
    copy[name] = value
  end
  copy.items = items
  return #items > 0 and copy or nil
end

local function decode(text)
  local record = json.decode(text)
  if type(record) == "table" then
    record.prev = nil
    return record
  end
end

-- The items that a record is about.
local function items_of(record)
  return record.event ~= "found" and record.items or { record.item }
end

--- The jobs of some that records are about, or about what those were found to be.
-- @tparam {table,...} jobs
-- @tparam {string,...} lines
-- @treturn table a set of them
function takeover.with_history(jobs, lines)
  local known, parents, found = {}, {}, {}
  for _, job in ipairs(jobs) do
    known[job.n] = job
  end
  for _, line in ipairs(lines) do
    local record = decode(line) or {}
    for _, plan in ipairs(record.event == "found" and record.items or {}) do
      parents[plan.n] = record.item
    end
    for _, n in ipairs(items_of(record)) do
      while n and not known[n] do
        n = parents[n]
      end
      found[known[n] or false] = true
    end
  end
  return found
end

--- Replays the records of some jobs.
-- @tparam table plan of the run: `systems`
-- @tparam {table,...} items the plan's items of those jobs
-- @tparam {string,...} lines of the journal that are about them
-- @treturn table replay, see `signoff.offboard.executor.replay`
function takeover.replay(plan, items, lines)
  local replay, number = Replay.new(), #items + 1
  replay:take(1, { event = "start", systems = plan.systems, items = #items })
  for i, item in ipairs(items) do
    replay:take(i + 1, { event = "item", item = item })
  end
  for _, line in ipairs(lines) do
    local record = decode(line)
    record = record and narrowed(replay, record)
    number = number + 1
    if record then
      replay:take(number, record)
    end
  end
  return replay
end

return takeover
