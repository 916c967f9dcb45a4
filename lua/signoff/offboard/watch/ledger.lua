-- SPDX-License-Identifier: MIT

--- The ledger of the actor: which run each event became a part of, on disk before the run begins. It is a journal in the folder of the
-- inbox. Its lock makes that there is one actor; what it says makes that nobody is signed out twice after a crash, and that the brake
-- knows whom it met before.
-- @module signoff.offboard.watch.ledger

local core = require "signoff.core"
local journal = require "signoff.journal"
local json = require "signoff.json"
local process = require "signoff.offboard.process"

local ledger = {}
ledger.__index = ledger

ledger.NAME = "watch.journal"

local AT_ONCE = 10000 -- ids of a record, whose line has an end
local NAME = "run-%06d.journal"

local events = {}

function events.run(self, record)
  self.runs[record.run] = {
    number = record.run, person = record.person, at = record.at, ids = record.ids, joined = {}, journal = record.journal,
  }
  self.last = math.max(self.last, record.run)
end

function events.again(self, record)
  self.runs[record.run].journal = record.journal
end

function events.join(self, record)
  local run = self.runs[record.run]
  for _, id in ipairs(record.ids) do
    run.ids[#run.ids + 1], run.joined[id] = id, true
  end
end

-- Events that were not finished with the run wait again. A run with very many has several such records.
function events.over(self, record)
  local run = self.runs[record.run]
  local ids = run.over and run.over.ids or {}
  run.over = { exit = record.exit, totals = record.totals, cancelled = record.cancelled, ids = ids, at = record.at }
  for _, id in ipairs(record.ids) do
    ids[#ids + 1], self.finished[id] = id, run
  end
end

local function take_in(self, record)
  local read = events[record.event]
  if read then
    read(self, record)
  end
end

local function new(folder)
  return setmetatable({ folder = folder, runs = {}, finished = {}, last = 0 }, ledger)
end

--- The path of the ledger of an inbox.
-- @tparam string folder
function ledger.path(folder)
  return folder .. "/" .. ledger.NAME
end

--- Reads the ledger, without its lock.
-- @tparam string folder
-- @treturn ?table `runs` by number, each `number`, `person`, `at`, `ids`, `journal` (a name in the folder), `over` (`exit`, `totals`,
-- `cancelled`, `ids`); nil, message
function ledger.read(folder)
  local self = new(folder)
  if not core.stat(ledger.path(folder)) then
    return self
  end
  local fine, message = journal.check(ledger.path(folder), function(_, record)
    take_in(self, record)
  end)
  return fine and self, message
end

local TRIES, PAUSE = 5, 0.1 -- `watch --status` has the lock for a moment

local function open(self, env)
  local path = ledger.path(self.folder)
  local writer, message, reason
  for try = 1, TRIES do
    writer, message, reason = journal.reopen(env, path, function(_, record)
      take_in(self, record)
    end)
    if reason == "missing" then
      writer, message, reason = journal.create(env, path)
    end
    if writer or reason ~= "locked" or try == TRIES then
      break
    end
    core.sleep(PAUSE)
  end
  return writer, (reason == "locked" or reason == "exists") and process.locked(path, message) or message
end

--- Whether an actor is at work.
-- @tparam string folder
-- @treturn boolean
-- @treturn ?string who, as far as its ledger tells
function ledger.is_taken(folder)
  local path = ledger.path(folder)
  local free, _, reason = core.journal(path, "append")
  if free then
    free:close()
  end
  local taken = reason == "locked"
  return taken, taken and process.holder(path) or nil
end

--- Opens the ledger as the one actor of an inbox.
-- @tparam table env `sleep`
-- @tparam string folder
-- @tparam ?string operator who runs this
-- @treturn ?table as `read` gives it; nil, message: another actor is at work, or it is damaged
function ledger.open(env, folder, operator)
  local self = new(folder)
  local writer, problem = open(self, env)
  if not writer then
    return nil, problem
  end
  self.writer = writer
  local fine, message = self:write { event = writer.lines and "resume" or "start", by = process.this(operator) }
  if not fine then
    writer:close()
    return nil, message
  end
  return self
end

-- Adds a record, which is on disk after `sync`.
local function add(self, record)
  record.at = record.at or core.time()
  local fine, message = self.writer:write(record)
  if fine then
    take_in(self, record)
  end
  return fine, message
end

--- Returns when all records are on disk.
-- @treturn ?boolean true; nil, message: nothing may follow from them
function ledger:sync()
  return self.writer:sync()
end

--- Writes a record, and returns when it is on disk.
-- @treturn ?boolean true; nil, message: nothing may follow from it
function ledger:write(record)
  local fine, message = add(self, record)
  if fine then
    fine, message = self:sync()
  end
  return fine, message
end

-- The ids of events, from one to another.
local function ids_of(list, from, to)
  local ids = json.list()
  for i = from or 1, math.min(to or #list, #list) do
    ids[#ids + 1] = list[i].id
  end
  return ids
end

--- Notes that events make a run, which may not begin before `sync`.
-- @tparam string person
-- @tparam {table,...} list events
-- @treturn ?table the run; nil, message
function ledger:begin(person, list)
  local number = self.last + 1
  while core.stat(("%s/%s"):format(self.folder, NAME:format(number))) do -- of a ledger that was lost: it tells of another run
    number = number + 1
  end
  local record = { event = "run", run = number, person = person, ids = ids_of(list), journal = NAME:format(number) }
  local fine, message = add(self, record)
  return fine and self.runs[number], message
end

--- Notes that a run begins again, with another journal.
-- @treturn ?boolean true; nil, message
function ledger:again(run)
  local stem, count = run.journal:match "^(run%-%d+)%-?(%d*)%.journal$"
  local name = ("%s-%.0f.journal"):format(stem, (core.number(count) or 1) + 1)
  return self:write { event = "again", run = run.number, journal = name }
end

--- Notes that more events are of a run.
-- @treturn ?boolean true; nil, message
function ledger:join(run, list)
  return self:write { event = "join", run = run.number, ids = ids_of(list) }
end

--- Notes that a run is over, and with it those events.
-- @tparam table run
-- @tparam {table,...} list events
-- @tparam table result `exit`, `totals`, or `cancelled`
-- @treturn ?boolean true; nil, message
function ledger:over(run, list, result)
  local fine, message
  for from = 1, math.max(#list, 1), AT_ONCE do
    fine, message = self:write {
      event = "over", run = run.number, ids = ids_of(list, from, from + AT_ONCE - 1), exit = result.exit, totals = result.totals,
      cancelled = result.cancelled,
    }
    if not fine then
      break
    end
  end
  return fine, message
end

--- Forgets runs that are over: an actor that works for a year has many.
function ledger:trim()
  self.finished = {}
  for number, run in pairs(self.runs) do
    self.runs[number] = not run.over and run or nil
  end
end

--- Ends the lock.
function ledger:close()
  self.writer:close()
end

return ledger
