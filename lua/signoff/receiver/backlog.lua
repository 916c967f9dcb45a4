-- SPDX-License-Identifier: MIT

--- The events of an inbox that still must be acted upon, for the actor: `take` some, `finish` each.
--
-- It reads the segments of all workers as they grow, and writes what became of the events into a segment of its own.
-- @module signoff.receiver.backlog

local core = require "signoff.core"
local appender = require "signoff.receiver.appender"
local disk = require "signoff.async.disk"
local json = require "signoff.json"
local segments = require "signoff.receiver.segments"

local backlog = {}

local ACTED_UPON = { act = true, held = true } -- dispositions of events that wait for an act
local AT_ONCE = 10000 -- ids of a record, whose line has an end
local ENABLED = "/account%-enabled$" -- the end of the event that takes an earlier one back

-- Whether an event takes earlier ones of its person back: one about a session, a device or an application says nothing of the person.
local function takes_back(event)
  return event.person and not event.narrowed and tostring(event.event):find(ENABLED) ~= nil
end

--- Whether the actor must know of an event, so that it finishes it.
-- @tparam table event
-- @treturn ?boolean
function backlog.awaits(event)
  return ACTED_UPON[event.disposition] or event.disposition == "record" and takes_back(event)
end

local Backlog = {}
Backlog.__index = Backlog

-- The same event twice: a token that was written twice, since the disk or a worker failed between.
local function identity(event)
  return ("%s\0%s\0%s"):format(event.kind, event.iss, event.jti)
end

local readers = {}

function readers.event(self, event, at)
  local known = identity(event)
  event.answered = at
  self.latest = math.max(self.latest or 0, event.at or 0)
  if backlog.awaits(event) and not self.finished[event.id] and not self.known[known] then
    self.known[known] = true
    self.open[event.id] = event
    self.held[event.id] = self.held[event.id] or (event.disposition == "held" and not self.released[event.id]) or nil
  end
end

function readers.finished(self, id)
  self.finished[id], self.open[id], self.taken[id], self.held[id] = true, nil, nil, nil
end

function readers.held(self, ids)
  for _, id in ipairs(ids) do
    self.held[id], self.taken[id] = not self.released[id] or nil, nil
  end
end

function readers.released(self, ids)
  for _, id in ipairs(ids) do
    self.held[id], self.released[id] = nil, true
  end
end

local function take_in(self, record)
  for name, read in pairs(readers) do
    if record[name] then
      read(self, record[name], record.at)
    end
  end
end

--- Opens the backlog of an inbox, and reads it.
-- @tparam string folder of the inbox
-- @tparam[opt] table options `worker`: a name (`"watch"`); `now()`: Unix seconds
-- @return a backlog; or nil, message, segment, line
function backlog.open(folder, options)
  options = options or {}
  local fine, problem = segments.check_folder(folder)
  if not fine then
    return nil, problem
  end
  local self = setmetatable({
    folder = folder, now = options.now or core.time, reader = segments.reader(folder),
    open = {}, finished = {}, known = {}, held = {}, released = {}, taken = {},
  }, Backlog)
  self.appender = appender.new(folder, { worker = options.worker or "watch", disk = disk, now = self.now })
  local read, segment, line, message = self:refresh()
  if not read then
    return nil, message, segment, line
  end
  return self
end

--- Reads what was added since.
-- @treturn true, and how many records; or nil, segment, line, message
function Backlog:refresh()
  local count = 0
  local fine, segment, line, message = self.reader:read(function(record)
    count = count + 1
    take_in(self, record)
  end)
  if not fine then
    return nil, segment, line, message
  end
  return true, count
end

local function in_order(first, second)
  if first.at ~= second.at then
    return (first.at or 0) < (second.at or 0)
  end
  return first.id < second.id
end

--- The events that are not finished, oldest first. `answered`: when one was written, right before the answer; `held`: it waits for a
-- person; `released`: a person released it.
-- @treturn {table,...}
function Backlog:pending()
  local list = {}
  for id, event in pairs(self.open) do
    event.held, event.released = self.held[id], self.released[id]
    list[#list + 1] = event
  end
  table.sort(list, in_order)
  return list
end

--- Takes events that are to be acted upon: neither finished, nor held, nor taken before. After a restart they are there again.
-- @tparam[opt] number count at most
-- @treturn {table,...}
function Backlog:take(count)
  local list = {}
  for _, event in ipairs(self:pending()) do
    if #list == (count or math.huge) then
      break
    elseif not event.held and not self.taken[event.id] then
      self.taken[event.id] = true
      list[#list + 1] = event
    end
  end
  return list
end

-- Writes a record; returns when it is on disk.
local function write(self, record)
  local fine, message
  record.at = record.at or self.now()
  self.appender:add(json.encode_unsorted(record), function(done, problem)
    fine, message = done, problem
  end)
  if fine then
    take_in(self, record)
  end
  return fine, message
end

--- Notes what became of an event: it is not taken again.
-- @tparam string id
-- @param[opt] result as JSON has it
-- @treturn true; or nil, message
function Backlog:finish(id, result)
  return write(self, { finished = id, result = result })
end

--- Holds events until a person releases them.
-- @tparam {string,...} ids
-- @treturn true; or nil, message
function Backlog:hold(ids)
  return write(self, { held = json.list(ids) })
end

local function part_of(list, from)
  local part = json.list()
  for i = from, math.min(from + AT_ONCE - 1, #list) do
    part[#part + 1] = list[i]
  end
  return part
end

--- Releases events that are held: they may be taken. Another process may do so.
-- @tparam {string,...}|string ids or `"all"`
-- @treturn {string,...} those that were held; or nil, message
function Backlog:release(ids)
  local wanted, list = {}, {}
  for _, id in ipairs(ids == "all" and {} or ids) do
    wanted[id] = true
  end
  for _, event in ipairs(self:pending()) do
    list[#list + 1] = event.held and (ids == "all" or wanted[event.id]) and event.id or nil
  end
  for from = 1, #list, AT_ONCE do
    local fine, message = write(self, { released = part_of(list, from) })
    if not fine then
      return nil, message
    end
  end
  return list
end

--- All events that were received, oldest first, whatever became of them; `finished_at` and `result` in those that are finished.
-- @tparam[opt] table options `since`: Unix seconds
-- @treturn {table,...}; or nil, message
function Backlog:events(options)
  local since, list, ends = options and options.since or 0, {}, {}
  local fine, _, _, message = segments.reader(self.folder):read(function(record)
    if record.event and (record.event.at or 0) >= since then
      list[#list + 1] = record.event
    elseif record.finished then
      ends[record.finished] = record
    end
  end)
  if not fine then
    return nil, message
  end
  for _, event in ipairs(list) do
    local finished = ends[event.id]
    event.finished_at, event.result = finished and finished.at, finished and finished.result
  end
  table.sort(list, in_order)
  return list
end

--- Checks all segments from their beginning.
-- @treturn true; or nil, the segment's name, the number of the line, message
function Backlog:check()
  return segments.reader(self.folder):read(function() end)
end

--- Closes it.
function Backlog:close()
  self.appender:close()
end

return backlog
