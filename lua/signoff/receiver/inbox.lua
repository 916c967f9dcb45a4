-- SPDX-License-Identifier: MIT

--- The inbox: events that were received are on disk before they are answered, each once.
--
-- A folder of hash-chained segments, one writer each; `signoff.receiver.backlog` reads them. The next worker that starts
-- enters in the replay index whatever one that is gone left behind, and cuts off its torn last line.
-- @module signoff.receiver.inbox

local core = require "signoff.core"
local appender = require "signoff.receiver.appender"
local disk = require "signoff.async.disk"
local journal = require "signoff.journal"
local json = require "signoff.json"
local replay = require "signoff.receiver.replay"
local segments = require "signoff.receiver.segments"

local inbox = {}

local LONGEST = 10 -- seconds that an answer waits for the disk
local START = 120 -- seconds that a start waits for others that start
local LOCK = "start.lock"

local Inbox = {}
Inbox.__index = Inbox

local env = { sleep = function() end }

-- A line: `{"prev":"...","replay":"ENTRY","event":{...},"at":SECONDS}`.
local FRAME = '{"prev":"' .. ("0"):rep(64) .. '","replay":"'
local BEFORE, FIRST, LAST = '","replay":"', #FRAME + 1, #FRAME + replay.LENGTH

-- Enters the event of a line in the replay index.
local function enter(self, line)
  local entry = line:sub(FIRST, LAST)
  if line:sub(FIRST - #BEFORE, FIRST - 1) == BEFORE and replay.is_entry(entry) then
    local fine, message = self.replay:keep(entry)
    self.problem = not fine and message or self.problem
  end
end

-- Enters a segment whose worker is gone, and cuts off its torn last line; nil, message, reason (`"locked"`: its worker is at work).
local function adopt(self, name)
  local path = segments.path(self.folder, name)
  local found, message, reason = journal.reopen(env, path, function(_, line)
    enter(self, line)
  end, true)
  if not found then
    return nil, message, reason
  end
  found:close()
  if found.lines == 0 then
    os.remove(path)
  end
  self.replay:note_entered(name)
  return true
end

-- Enters a segment whose worker is at work. If it shares the index, it enters its events itself.
local function enter_live(self, name)
  local path = segments.path(self.folder, name)
  local file, message = journal.trusted(path)
  if not file then
    return nil, message
  end
  local fine, problem = journal.check(path, function(_, line)
    enter(self, line)
  end, file, true)
  return fine, problem
end

local function enter_segment(self, name)
  local entered = self.replay:entered(name)
  if entered == "d" then
    return true
  end
  local fine, message, reason = adopt(self, name)
  if reason == "missing" then
    return true
  elseif reason ~= "locked" then
    return fine, message
  elseif entered then
    return true
  end
  fine, message = enter_live(self, name)
  return fine or not core.stat(segments.path(self.folder, name)), message -- it may have been removed meanwhile
end

local function enter_all(self)
  local names, message = segments.names(self.folder)
  if not names then
    return nil, message
  end
  for _, name in ipairs(names) do
    local fine
    fine, message = enter_segment(self, name)
    if not fine then
      return nil, message
    end
  end
  return true
end

-- Takes the lock of those that start; nil, message.
local function lock(folder)
  local path = segments.path(folder, LOCK)
  local ends = core.now() + START
  repeat
    local handle, message, reason = core.journal(path, "append")
    if reason == "missing" then
      handle, message, reason = core.journal(path, "create")
    end
    if handle or (reason ~= "locked" and reason ~= "exists") then
      return handle, message
    end
    core.sleep(0.01)
  until core.now() > ends
  return nil, path .. ": another process has it for 2 minutes; end that process"
end

-- One after the other: the first one that starts reads what is there, and those that share its index need not.
local function begin(self)
  local held, message = lock(self.folder)
  if not held then
    return nil, message
  end
  local fine, problem = enter_all(self)
  if fine then
    self.appender:begin(function(begun, why)
      fine, problem = begun, why
    end)
  end
  held:close()
  return fine, problem
end

-- Whether the worker of a segment lives. If not, its events are entered.
local function lives(self, name)
  if self.replay:entered(name) == "d" then
    return false
  end
  local fine, _, reason = adopt(self, name)
  return not fine and reason ~= "missing"
end

--- Opens the inbox of a worker. Blocks until all that is in the folder was read, unless a shared index has it.
-- @tparam string folder of mode 0700
-- @tparam table options `worker`: a name; `shared`: a dictionary of nginx for the replay index (nil: a table of this process);
-- `now()`: Unix seconds; `disk`: one like `signoff.async.disk`
-- @return an inbox; or nil, message: `"PATH:LINE: ..."` where it was damaged
function inbox.open(folder, options)
  local fine, message = segments.check_folder(folder)
  if not fine then
    return nil, message
  end
  local self = setmetatable({ folder = folder, now = options.now or core.time, disk = options.disk or disk }, Inbox)
  self.replay = replay.new {
    shared = options.shared, now = self.now, look = function(name) return lives(self, name) end,
  }
  self.appender = appender.new(folder, {
    worker = tostring(options.worker or "script"), disk = self.disk, now = self.now, largest = options.largest,
    begun = function(name) self.replay:begin(name) end,
  })
  fine, message = begin(self)
  if not fine then
    self:close()
    return nil, message
  end
  return self
end

local function finish(self, entry, fine, message)
  if fine then
    self.replay:keep(entry)
    self.problem = nil
  else
    self.replay:release(entry)
    self.problem = message
  end
end

--- Adds an event, and returns when it is on disk.
-- @tparam table event its members as JSON has them
-- @tparam table about `kind`, `iss`, `jti`, `sha256` (of the token), `keep_until` (Unix seconds): which events are the same
-- @treturn string `"added"`; `"same"`: it was there; `"other"`: another token with this issuer and jti was there; `"writing"`: it is being
-- added, ask again; or nil, message: it is not on disk now
function Inbox:add(event, about)
  local entry = replay.entry(about)
  local text = json.encode_between('{"replay":"' .. entry .. '","event":', event, ',"at":' .. core.digits(self.now()) .. "}")
  if not text then
    return nil, self.folder .. ": an event is nested too deeply; nobody could read its line"
  end
  local state, message = self.replay:claim(entry)
  if state ~= "claimed" then
    self.problem = not state and message or self.problem
    return state, message
  end
  local outcome = self.disk.outcome()
  self.appender:add(text, function(fine, problem)
    finish(self, entry, fine, problem)
    outcome:set(fine and "added", problem)
  end)
  local result, why = outcome:wait(LONGEST)
  if not result and why == "late" then
    why = ("%s: the disk takes longer than %d s"):format(self.folder, LONGEST)
  end
  return result or nil, why
end

--- The last thing that went wrong, for `doctor`; nil: nothing since the last event.
-- @treturn ?string
function Inbox:trouble()
  return self.problem
end

--- Closes it: another worker may take over what is in it.
function Inbox:close()
  self.appender:close()
end

return inbox
