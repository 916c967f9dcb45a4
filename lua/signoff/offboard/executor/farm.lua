-- SPDX-License-Identifier: MIT

--- The coordinator of a run that several hosts share, in a farm: items are claimed from the server, which grants each act and keeps the
-- journal. It has the methods of `signoff.offboard.executor.local`, and the same state machines stand above it.
--
-- A refusal of an act, as `begin_act` gives it, is one of: `wait` (seconds), `busy` (`run`, `host`, `target`: somebody makes a change
-- there), `fenced` (a set of the numbers of jobs that others have), `stopped` (`code`, `why`).
-- @module signoff.offboard.executor.farm

local conclusions = require "signoff.offboard.executor.farm.conclusions"
local core = require "signoff.core"
local json = require "signoff.json"
local Lease = require "signoff.offboard.executor.farm.lease"
local Share = require "signoff.offboard.executor.farm.share"

local coordinator = {}
coordinator.__index = coordinator

-- Numbers that are asked for at once.
local NUMBERS = 50
-- Stops that concern all hosts: who is refused once is refused everywhere, and is locked out if all of them go on.
local shared_stops = { denied = true, refused_at_once = true }
-- How often the lines of the run are read, where they cannot be.
local READS = 5
-- Seconds that the server may be away before the run ends.
local AWAY_LIMIT = 300

local function by_number(plan)
  local plans = {}
  for _, item in ipairs(plan.items) do
    plans[item.n] = item
  end
  return plans
end

--- @tparam table parts `env`, `plan`, `session`, `terms` (the answer to `join_run`), `host`, `secrets`, `keyless` (no tokens are here),
-- `read_rows` (`read_rows()`: the rows of the whole run, by its lines), `join` (the record of a process that joins; none where it made
-- the run), `away_limit` (seconds)
function coordinator.new(parts)
  local self = setmetatable({
    env = parts.env, plan = parts.plan, plans = by_number(parts.plan), session = parts.session, terms = parts.terms, host = parts.host,
    secrets = parts.secrets, keyless = parts.keyless, read_rows = parts.read_rows, join = parts.join, alone = not parts.join,
    is_shared = true, parents = {}, shares = {}, hosts = 1, in_flight = 0, away_limit = parts.away_limit or AWAY_LIMIT,
  }, coordinator)
  self.session:listen {
    on_away = function() self:note_away() end, on_back = function() self:note_back() end, on_unknown = function() self:note_unknown() end,
    on_failure = function(message, code) self:fail(code, message) end,
  }
  return self
end

--- The number of one more item.
function coordinator:next_number()
  while not self.number or self.number > self.last do
    local answer = self.session:ask("numbers", { count = NUMBERS })
    if answer then
      self.number, self.last = answer.first, answer.first + NUMBERS - 1
    elseif not self.session:wait_back() then
      return 0 -- the run ends: nothing with this number is recorded
    end
  end
  self.number = self.number + 1
  return self.number - 1
end

-- Records

--- A record as the farm takes it.
function coordinator:encode(record)
  record.at, record.host = record.at or core.time(), self.host
  return json.encode_unsorted(record)
end

-- Children belong to the job of the item that was found to be them. Targets that a function gave stand in the place of theirs.
local function note_found(self, record)
  for _, plan in ipairs(record.items) do
    self.parents[plan.n] = record.item
  end
  local parent = self.plans[record.item]
  if parent and parent.late then
    self.shares[parent.system]:add_items(parent, #record.items - 1)
  end
end

-- Drops a job whose targets the server does not take: another process has it, or has their numbers.
local function drop_found(self, record)
  self.number = nil
  for _, share in ipairs(self.shares) do
    local job = share.claims:job_of { n = record.item }
    share.claims:drop { job and job.n }
  end
end

--- Writes records. They are in the farm when this returns true, but for targets of jobs that this process has not any more.
-- @tparam {table,...} records
-- @treturn ?boolean true; nil and a message when nothing more can be written
function coordinator:write(records)
  local texts = {}
  for i, record in ipairs(records) do
    texts[i] = self:encode(record)
  end
  local given = { records = texts }
  local answer, message = self.session:send("append", given, texts)
  if not answer then
    return nil, message
  end
  local refused = {}
  for _, seq in ipairs(answer.refused or {}) do
    refused[seq - given.seq + 1] = true
  end
  for i, record in ipairs(records) do
    local note = record.event == "found" and (refused[i] and drop_found or note_found)
    if note then
      note(self, record)
    end
  end
  return true
end

--- Records the verdicts of items, see `signoff.offboard.executor.farm.conclusions`.
coordinator.conclude = conclusions.record

--- Records that a system stopped, or all of them here.
function coordinator:stop(code, record)
  local share = record.system and self.shares[record.system]
  if not (share and shared_stops[code]) then
    return self:write { record }
  end
  local text = self:encode(record)
  local answer, message = self.session:send("stop", { system = share.id, code = code, why = record.why, record = text }, { text })
  return answer and true, message
end

-- News of the server

--- Notes that the server is away: nothing begins.
function coordinator:note_away()
  self.away_in_flight = self.in_flight
  for _, share in ipairs(self.shares) do
    share:limit(0)
  end
end

local function away_text(self)
  return ("the farm is away since %s, %d in flight ended, nothing begins"):format(os.date("%H:%M", math.floor(self.session.away)),
    self.away_in_flight)
end

--- Ends the run when the server was away for longer than it may be.
function coordinator:check_away()
  local seconds = self.session:seconds_away()
  if seconds and seconds > self.away_limit then
    local text = away_text(self)
    self.session:give_up(text, "away")
    self:fail("away", text)
  end
end

--- Notes that the server is back.
function coordinator:note_back()
  self:wake_claims()
end

--- Notes that the server does not know what this process had: others may have it.
function coordinator:note_unknown()
  for _, share in ipairs(self.shares) do
    share:drop_all()
  end
end

--- Ends the run here.
function coordinator:fail(code, message)
  if self.run then
    self.run:stop_all(code, message, true)
  end
end

local function count_failed(self, failed)
  local most = self.run.log.max_fail
  if most and failed and failed > most and not self.run.stopped then
    self.run:stop_all("max_fail", ("%d targets of all hosts failed or are still active, more than max_fail allows (%d)"):format(
      failed, most))
  end
end

--- Takes the answer to a renewal.
function coordinator:take_news(answer)
  self.hosts, self.alone = answer.hosts, self.alone and answer.hosts <= 1
  for _, share in ipairs(self.shares) do
    share.doer:set_hosts(answer.hosts)
  end
  count_failed(self, answer.failed)
  if answer.state == "abandoned" then
    self:fail("abandoned", "the run was abandoned")
  elseif answer.draining and not self.draining then
    self.draining = true
    self.run:stop_all("draining", "this host is drained: what it had begun was ended, the rest is for others")
  end
end

--- Asks for jobs at once, wherever some are wanted.
function coordinator:wake_claims()
  for _, share in ipairs(self.shares) do
    share.claims:hurry()
  end
end

-- Listens to notifications. They only make things quicker.
local function listen(self)
  local connection = self.session.connection
  while not self.closing do
    local heard = connection:notified(self.terms.poll)
    if heard then
      self.lease:hurry()
      self:wake_claims()
    elseif heard == nil or self.session.away then
      self.env.sleep(self.terms.poll)
    end
  end
end

--- Begins to work: `executor` hears of stops.
function coordinator:open(executor)
  self.run = executor
  self.lease = Lease.new(self.env, self.session, self.terms, self.shares, function(answer)
    self:take_news(answer)
  end, function()
    self:check_away()
  end)
  self.lease:renew()
  self.env.spawn(self.lease.run, self.lease) -- also asks for a server that is away, while the next record waits
  self.env.spawn(listen, self)
  if self.join then
    self.join.alone = self.hosts <= 1 or nil
    self:write { self.join }
  end
end

-- One system

--- The share of a system that this process works on; nil where the plan has nothing of it.
-- @tparam table entry of the system
function coordinator:share(entry)
  local count, terms = 0, self.terms.systems[entry.name]
  for _, item in ipairs(self.plan.items) do
    count = count + (item.system == entry.name and 1 or 0)
  end
  if count == 0 or not terms then
    return nil
  end
  local share = Share.new(self, entry, terms.id, count)
  self.shares[#self.shares + 1], self.shares[entry.name] = share, share
  return share
end

--- Takes what others know of jobs that are taken over.
-- @tparam table parts as `replay:parts` gives them
function coordinator:adopt(parts)
  local log = self.run.log
  self.alone = false
  for n, row in pairs(parts.rows) do
    log.rows[n] = row
  end
  for n, children in pairs(parts.children) do
    log.children[n] = children
  end
  for n, state in pairs(parts.acted.states) do
    log.acted.states[n] = state
  end
end

-- The end

-- Whether all that there is was done here.
local function has_all(self)
  local rows, children = self.run.log.rows, self.run.log.children
  for _, item in ipairs(self.plan.items) do
    if not (rows[item.n] or children[item.n]) then
      return false
    end
  end
  return self.alone
end

--- The rows of all of the run; nil where those of this process are all, or the server is away.
function coordinator:rows()
  local rows
  for _ = 1, has_all(self) and 0 or READS do
    rows = rows or self.session:wait_back() and self.read_rows()
    if not rows then
      self.session:ask("renew", {}) -- tells whether the server is away
    end
  end
  return rows or nil
end

--- Ends the run, unless there is something left for others: `record` is its last one.
-- @tparam table record
-- @tparam function _
-- @tparam table result gets the journal's head
function coordinator:finish(record, _, result)
  local given = { record = self:encode(record), seq = self.session.outbox:number(1) }
  local answer
  repeat
    answer = self.session:ask("end_run", given)
  until answer or not self.session:wait_back()
  result.journal_head = answer and answer.head
  self.closing = true
  self.lease:stop()
  self.session:leave()
end

--- Closes the connection. Closing twice is harmless.
function coordinator:close()
  self.closing = true
  self.session:close()
end

return coordinator
