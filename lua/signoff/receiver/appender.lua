-- SPDX-License-Identifier: MIT

--- The segment that a worker writes: all records that wait are written together, and each is told when it is on disk.
--
-- A segment has one writer for its whole life, and is locked as long as that one lives. Another one is begun where it is large or old,
-- and where it could not be written.
-- @module signoff.receiver.appender

local segments = require "signoff.receiver.segments"

local appender = {}

local LARGEST = 64 * 1024 * 1024 -- bytes
local LONGEST = 24 * 3600 -- seconds

local Appender = {}
Appender.__index = Appender

--- Makes an appender. Its first segment is made with the first record.
-- @tparam string folder
-- @tparam table options `worker`: a name; `disk`: `signoff.async.disk`, or one like it; `now()`: Unix seconds; `begun(name)`: called
-- when a segment was made, before anything is in it; `largest`: bytes, and `longest`: seconds, of a segment
function appender.new(folder, options)
  return setmetatable({
    folder = folder, worker = options.worker, disk = options.disk, now = options.now, begun = options.begun or function() end,
    waiting = {}, number = 0, largest = options.largest or LARGEST, longest = options.longest or LONGEST,
  }, Appender)
end

local function tell(records, ...)
  for _, record in ipairs(records) do
    record.done(...)
  end
end

local function take_waiting(self)
  local records = self.waiting
  self.waiting = {}
  return records
end

local function is_used_up(self)
  return not self.journal or self.failed or self.size >= self.largest or self.now() - self.since >= self.longest
end

-- Closes the segment. Nothing is left of one in which nothing was ever written.
local function close(self)
  if self.journal then
    self.journal:close()
    if self.size == 0 then
      self.disk.remove(self.path, function() end)
    end
  end
end

local start

local function use(self, path, name, journal)
  self.begun(name)
  close(self) -- only now: as long as the worker lives, one segment is locked
  self.journal, self.path, self.size, self.since, self.failed = journal, path, 0, self.now(), false
end

local function begin_segment(self, done)
  self.number = self.number + 1
  local name = segments.name(self.now(), self.worker, self.number)
  local path = segments.path(self.folder, name)
  self.disk.create(path, function(journal, message, reason)
    if journal then
      use(self, path, name, journal)
      done(true)
    elseif reason == "exists" then
      begin_segment(self, done)
    else
      done(nil, message, reason)
    end
  end)
end

local function turn_over(self)
  begin_segment(self, function(fine, message, reason)
    self.busy = false
    if not fine then
      tell(take_waiting(self), nil, message, reason)
    end
    start(self)
  end)
end

local function write(self)
  local records, size = take_waiting(self), 0
  for _, record in ipairs(records) do
    self.journal:append(record.text)
    size = size + #record.text
  end
  self.disk.commit(self.journal, function(fine, message, reason)
    self.busy, self.failed = false, not fine
    self.size = self.size + (fine and size or 0)
    tell(records, fine, message, reason)
    start(self)
  end)
end

-- Does the next step, unless one is being done.
function start(self)
  if self.busy or #self.waiting == 0 then
    return
  end
  self.busy = true
  local step = is_used_up(self) and turn_over or write
  step(self)
end

--- Adds a record.
-- @tparam string text a JSON object on one line
-- @tparam function done `done(true)` when it is on disk; or `done(nil, message, reason)`, and it never will be
function Appender:add(text, done)
  self.waiting[#self.waiting + 1] = { text = text, done = done }
  start(self)
end

--- Makes the first segment now.
-- @tparam function done `done(true)`, or `done(nil, message, reason)`
function Appender:begin(done)
  begin_segment(self, done)
end

--- Closes its segment. Records that are not on disk are dropped.
function Appender:close()
  close(self)
  self.journal = nil
  tell(take_waiting(self), nil, "the inbox was closed", "closed")
end

return appender
