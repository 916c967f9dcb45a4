-- SPDX-License-Identifier: MIT

--- Removes segments of an inbox that nobody needs any more.
--
-- A segment goes when its writer is gone, all of its events are past the time for which they are kept and need nothing any more, and no
-- event that is still there is named in it. So the segment that says what became of an event goes later than the event: never before.
-- @module signoff.receiver.retention

local core = require "signoff.core"
local replay = require "signoff.receiver.replay"
local segments = require "signoff.receiver.segments"

local retention = {}

local WAITS = { act = true, held = true } -- dispositions of events that must be finished

local function segment_of(all, name)
  all[name] = all[name] or { events = {}, named = {}, keep_until = 0 }
  return all[name]
end

local function note_names(segment, ids)
  for _, id in ipairs(type(ids) == "table" and ids or { ids }) do
    segment.named[id] = true
  end
end

-- The contents of each segment, and the events that are finished.
local function read_all(folder)
  local all, finished = {}, {}
  local fine, _, _, message = segments.reader(folder):read(function(record, name)
    local segment = segment_of(all, name)
    if record.event then
      segment.events[record.event.id] = record.event.disposition
      segment.keep_until = math.max(segment.keep_until, replay.keep_until(record.replay or "") or math.huge)
    end
    finished[record.finished or false] = true
    note_names(segment, record.finished)
    note_names(segment, record.held)
    note_names(segment, record.released)
  end)
  return fine and all or nil, fine and finished or message
end

local function is_needed(segment, all, finished, now)
  if segment.keep_until > now then
    return true
  end
  for id, disposition in pairs(segment.events) do
    if WAITS[disposition] and not finished[id] then
      return true
    end
  end
  for _, other in pairs(all) do
    for id in pairs(segment.named) do
      if other ~= segment and other.events[id] then
        return true
      end
    end
  end
  return false
end

-- Removes a segment unless its writer is at work.
local function remove(folder, name)
  local path = segments.path(folder, name)
  local held = core.journal(path, "append")
  local removed = held and os.remove(path)
  if held then
    held:close()
  end
  return removed
end

--- Removes segments that are not needed. Run it once a day, by one process.
-- @tparam string folder of the inbox
-- @tparam[opt] number now Unix seconds
-- @treturn {string,...} the names of the segments that were removed; or nil, message
function retention.prune(folder, now)
  local all, finished = read_all(folder)
  if not all then
    return nil, finished
  end
  local removed = {}
  for name, segment in pairs(all) do
    if not is_needed(segment, all, finished, now or core.time()) and remove(folder, name) then
      removed[#removed + 1] = name
    end
  end
  return core.sort(removed)
end

return retention
