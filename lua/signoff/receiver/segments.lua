-- SPDX-License-Identifier: MIT

--- The files of an inbox, as they are read: journals in one folder, each with one writer, which may still be at work.
--
-- A line is one of: `{replay = ..., event = ..., at = ...}` (see `signoff.receiver.replay`), `{finished = id, at = ..., result = ...}`,
-- `{held = {ids}, at = ...}`, `{released = {ids}, at = ...}`.
-- @module signoff.receiver.segments

local core = require "signoff.core"
local journal = require "signoff.journal"

local segments = {}

local ENDING = ".jsonl"

local PRIVATE = 64 -- a mode with anything for others leaves a rest of this or more

--- The path of a segment.
-- @tparam string folder
-- @tparam string name
-- @treturn string
function segments.path(folder, name)
  return folder .. "/" .. name
end

--- A name for a new segment.
-- @tparam number now Unix seconds
-- @tparam string worker
-- @tparam number number tells apart those of one worker and one second
-- @treturn string
function segments.name(now, worker, number)
  return ("%s-%s-%d%s"):format(os.date("!%Y%m%dT%H%M%SZ", math.floor(now)), worker, number, ENDING)
end

--- Checks the folder of an inbox: its own, of which others can neither read nor write anything.
-- @tparam string folder
-- @treturn true; or nil, message
function segments.check_folder(folder)
  local file, message = core.file(folder)
  if not file then
    return nil, ("%s; make it: install -d -m 700 -o USER %s"):format(message, folder)
  end
  local about = file:about()
  local fine
  fine, message = file:trust()
  file:close()
  if about.kind ~= "directory" then
    return nil, ("%s: is a %s; name the folder of the inbox"):format(folder, about.kind)
  elseif not fine then
    return nil, message
  elseif about.mode % PRIVATE ~= 0 then
    return nil, ("%s: others may use it; close it: chmod 700 %s"):format(folder, folder)
  end
  return true
end

--- The names of the segments in a folder, in the order in which they were made.
-- @tparam string folder
-- @treturn {string,...}; or nil, message
function segments.names(folder)
  local all, message = core.list(folder)
  if not all then
    return nil, message
  end
  local names = {}
  for _, name in ipairs(all) do
    if name:sub(-#ENDING) == ENDING then
      names[#names + 1] = name
    end
  end
  core.sort(names)
  return names
end

local Reader = {}
Reader.__index = Reader

--- Makes a reader of all segments in a folder. Each `read` goes on where the one before it ended.
-- @tparam string folder
function segments.reader(folder)
  return setmetatable({ folder = folder, reached = {} }, Reader)
end

-- Whether a segment has grown since it was read. One that became shorter is read again, which shows its damage.
local function has_grown(path, reached)
  local about = core.stat(path)
  return about and about.size ~= (reached and reached.size or 0)
end

local function read_one(self, name, each)
  local path, before = segments.path(self.folder, name), self.reached[name]
  if not has_grown(path, before) then
    return true
  end
  local file, message = journal.trusted(path)
  if not file then
    return nil, name, 0, message
  end
  local reading = journal.read(path, file, before)
  for number, record in reading:records() do
    each(record, name, number)
  end
  local fine, problem, line = reading:result()
  if not fine then
    return nil, name, line, problem
  end
  self.reached[name] = { size = reading.size, lines = reading.lines, head = reading.head, last = reading.last }
  return true
end

--- Reads the lines that are new.
-- @tparam function each `each(record, segment, number)`
-- @treturn true; or nil, the segment's name, the number of the line that is wrong, message
function Reader:read(each)
  local names, message = segments.names(self.folder)
  if not names then
    return nil, self.folder, 0, message
  end
  for _, name in ipairs(names) do
    local fine, segment, line, problem = read_one(self, name, each)
    if not fine then
      return nil, segment, line, problem
    end
  end
  return true
end

return segments
