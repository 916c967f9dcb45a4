-- SPDX-License-Identifier: MIT

--- Removes segments of an inbox that nobody needs any more.
--
-- A segment goes when it was begun 31 days ago, its writer is gone, all of its events are past the time for which they are kept and
-- need nothing any more, and no event that is still there is named in it. So the segment that says what became of an event goes later
-- than the event: never before.
-- @module signoff.receiver.retention

local backlog = require "signoff.receiver.backlog"
local core = require "signoff.core"
local replay = require "signoff.receiver.replay"
local segments = require "signoff.receiver.segments"

local retention = {}

local WAITS = { act = true, held = true } -- dispositions of events that must be finished
local DAY = 86400
local SHORTEST = 31 * DAY -- seconds for which all is kept: 30 days, and the day on which a segment is written
local AT_ONCE = 500 -- records that are read before others may run: some milliseconds

local function segment_of(all, name)
  all[name] = all[name] or { events = {}, named = {}, keep_until = 0 }
  return all[name]
end

local function note_names(segment, ids)
  for _, id in ipairs(type(ids) == "table" and ids or { ids }) do
    segment.named[id] = true
  end
end

-- The contents of each segment, as far as somebody waits for them, and the events that are finished.
local function read_all(folder, pause)
  local all, finished, count = {}, {}, 0
  local fine, _, _, message = segments.reader(folder):read(function(record, name)
    local segment = segment_of(all, name)
    count = count + 1
    if pause and count % AT_ONCE == 0 then
      pause()
    end
    if record.event then
      segment.events[record.event.id] = backlog.awaits(record.event) and record.event.disposition or nil
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

-- The segments that are old enough, by name; nil where there is none, and nothing needs to be read. One that is older than a day is
-- written no more.
local function old_ones(folder, now)
  local names, message = segments.names(folder)
  if not names then
    return nil, message
  end
  local old, ends = {}, segments.name(now - SHORTEST, "", 0)
  for _, name in ipairs(names) do
    old[name] = name < ends or nil
  end
  return next(old) and old
end

--- Removes segments that are not needed. Run it once a day, by one process.
-- @tparam string folder of the inbox
-- @tparam number now Unix seconds
-- @tparam[opt] function pause called now and then, to let others run
-- @treturn {string,...} the names of the segments that were removed; or nil, message
function retention.prune(folder, now, pause)
  local old, message = old_ones(folder, now)
  if not old then
    return not message and {} or nil, message
  end
  local all, finished = read_all(folder, pause)
  if not all then
    return nil, finished
  end
  local removed = {}
  for name, segment in pairs(all) do
    if old[name] and not is_needed(segment, all, finished, now) and remove(folder, name) then
      removed[#removed + 1] = name
    end
  end
  return core.sort(removed)
end

--- Makes a function that may be called often, and prunes with its first call and then once a day.
-- @tparam string folder of the inbox
-- @treturn function(now, pause) as `prune`; nothing is removed on the same day
function retention.daily(folder)
  local last
  return function(now, pause)
    if last and math.abs(now - last) < DAY then
      return {}
    end
    last = now
    return retention.prune(folder, now, pause)
  end
end

return retention
