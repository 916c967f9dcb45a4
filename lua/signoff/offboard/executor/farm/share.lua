-- SPDX-License-Identifier: MIT

--- The share of one system that a process of a farm works on: the jobs that it claimed, the places that it has, and its acts, each of which
-- the server grants.
-- @module signoff.offboard.executor.farm.share

local Claims = require "signoff.offboard.executor.farm.claims"
local core = require "signoff.core"
local identity = require "signoff.offboard.executor.farm.identity"
local items = require "signoff.offboard.executor.items"
local json = require "signoff.json"
local machine = require "signoff.signout.state_machine"
local Pacing = require "signoff.offboard.executor.farm.pacing"
local restore = require "signoff.offboard.executor.restore"
local targets = require "signoff.offboard.people.target"
local time = require "signoff.offboard.time"

local share = {}
share.__index = share

-- The plan's items whose tokens are not here: only hosts that have them take these.
local function keyless_of(coordinator, entry)
  if coordinator.keyless then
    return true
  end
  local list = json.list()
  for _, item in ipairs(coordinator.plan.items) do
    if item.system == entry.name and item.token and not coordinator.secrets[item.token] then
      list[#list + 1] = item.n
    end
  end
  return #list > 0 and list or nil
end

--- @tparam table coordinator
-- @tparam table entry of the system
-- @tparam number id of the system in the farm
-- @tparam number count the plan's items there
function share.new(coordinator, entry, id, count)
  local self = setmetatable({
    coordinator = coordinator, session = coordinator.session, entry = entry, name = entry.name, id = id, plans = coordinator.plans,
    begun = {}, settled = {}, unfinished = count, total = count, key = identity.keys(entry), notes = {},
    keyed = keyless_of(coordinator, entry), places = 0,
  }, share)
  self.pacing = Pacing.new(self, entry)
  self.claims = Claims.new(self)
  return self
end

-- Items

--- Begins to claim jobs for a worker.
function share:open(worker)
  worker.jobs:keep_open(true)
  worker.jobs:limit(math.min(self.places, self.entry.concurrency))
  self.coordinator.env.spawn(self.claims.run, self.claims)
end

--- Notes that there is nothing more to claim.
function share:exhausted()
  self.is_over = true
  self.worker.jobs:keep_open(false)
  if self.worker.open <= 0 then
    self.worker.jobs:clear()
  end
end

--- Whether nobody will have another item of this system.
function share:is_exhausted()
  return self.is_over or false
end

--- Stops claiming.
function share:halt()
  self.claims:finish()
end

--- Gives back what was not done.
function share:close()
  self.claims:finish()
  local numbers = self.claims:numbers()
  if #numbers > 0 then
    self.session:ask("release", { jobs = numbers })
  end
end

--- How many items nobody has taken yet, as far as is known.
function share:left()
  return math.max(self.unfinished - self.worker.open, 0)
end

--- Whether `take` has something now. If not, and the worker has room, more are claimed.
function share:has_items()
  if self.claims.buffer:size() > 0 then
    return true
  end
  self.claims:ask()
  return false
end

--- Takes items.
-- @tparam number count at most
-- @treturn {table,...} the plan's items
function share:take(count)
  local list = {}
  while #list < count and self.claims.buffer:size() > 0 do
    local plan = self.claims.buffer:pop()
    list[#list + 1] = self.claims:job_of(plan) and plan or nil -- others may have it by now
  end
  return list
end

--- How many jobs the worker has room for.
function share:appetite()
  return self.worker:appetite()
end

--- Lets the worker go on: there are items.
function share:wake()
  if self.places == 0 then
    self.coordinator.lease:hurry()
  end
  self.worker:go_on()
end

--- Takes up what another process had begun.
-- @tparam {table,...} begun and
-- @tparam {table,...} settled as `signoff.offboard.executor.restore` takes them
function share:take_up(begun, settled)
  restore.note_settled(self.worker, settled)
  self.worker.open = self.worker.open + #begun
  restore.take_up(self.worker, begun)
end

--- Notes that targets which a function gave stand in the place of an item.
function share:add_items(plan, more)
  local job = self.claims:job_of(plan)
  if job then
    job.open = job.open + more
  end
end

local function text_of(other)
  local when = other.ended and "acted here at " .. time.shown(other.ended) or "began to act here at " .. time.shown(other.began)
  return ("run %s on %s %s%s"):format(other.run, other.host or "?", when, other.answer and " (" .. other.answer .. ")" or "")
end

--- Notes the act of somebody else on a target: of another run for the evidence, of another row of this run for what is known of the target
-- (rules A3, A4).
function share:note_other(other)
  if other.run ~= self.session.options.run then
    self.notes[other.target_key] = { at = other.ended or other.began, what = text_of(other) }
  elseif not self.remembered or not self.remembered[other.target_key] then
    self.remembered = self.remembered or {}
    self.remembered[other.target_key] = { tries = 1, answer = other.answer, failure = not other.answer and {
      code = "cancelled", message = "another host acted here", retriable = true } or nil }
  end
end

--- Adds to an item which job it is of, and what is known of its target.
function share:annotate(item)
  item.job = self.claims:job_of(item.plan)
  if item.job then
    item.job.share = self
  end
  local key = identity.target_key(self.entry, self.key, item.plan)
  local note, known = key and self.notes[key], key and self.remembered and self.remembered[key]
  if note then
    items.note(item, note.what, note.at)
  end
  if known then
    machine.remember(machine.new(), targets.id_of_item(self.entry.kind, item.plan), known, { real = self.worker.shared.real })
    self.remembered[key] = nil
  end
end

-- Places, holds and stops

--- How many places are in use.
function share:in_use()
  return self.worker.jobs:running()
end

--- How many places are wanted.
function share:wanted()
  local worker = self.worker
  local idle = worker.stopped and worker.stopped.at_once or (worker.open <= 0 and self.claims.buffer:size() == 0)
  local begins = not (self.has_begun or worker.stopped)
  self.has_begun = true
  return (begins or not idle) and self.entry.concurrency or 0
end

--- Sets how many places there are.
function share:limit(places)
  self.places = places
  self.worker.jobs:limit(math.min(places, self.entry.concurrency))
end

--- Heeds a hold of all hosts.
function share:hold(seconds)
  self.worker.system:hold_with_others(seconds)
  self.pacing:put_off(seconds)
end

--- Heeds a stop of all hosts.
-- @tparam table stopped `code`, `why`
function share:stop(stopped)
  if not self.worker.stopped then
    self.worker:stop(stopped.code, stopped.why, true)
    self.coordinator.executor.log:note_stop_of_others(self.name, stopped.code, stopped.why)
  end
end

--- Whether something may begin now.
function share:may_begin()
  return self.coordinator.lease:is_valid()
end

-- Acts

-- The server's list of targets; one that stands twice in a request is told apart.
local function targets_of(self, batch)
  local jobs, keys, known = json.list(), json.list(), {}
  for i, entry in ipairs(batch) do
    local key, job = self.key(entry.id), entry.item.job
    while known[key] do
      key = key .. " (again)"
    end
    known[key], keys[i], jobs[i] = true, key, { job.n, job.epoch }
  end
  return jobs, keys
end

-- Closes what another process left open on these targets, which were looked at since.
local function recover(self, jobs)
  local lost = {}
  for _, job in ipairs(jobs) do
    lost[#lost + 1] = job.begun and job or nil
  end
  if #lost == 0 then
    return
  end
  local answer = self.session:ask("recover", { jobs = Claims.pairs_of(lost) })
  for _, job in ipairs(answer and answer.recovered and lost or {}) do
    job.begun = false
  end
end

local function jobs_in(batch)
  local list, known = {}, {}
  for _, entry in ipairs(batch) do
    local job = entry.item.job
    if not known[job] then
      known[job], list[#list + 1] = true, job
    end
  end
  return list
end

-- The jobs of a request that others have, as far as is known here.
local function dropped_in(batch)
  local set
  for _, entry in ipairs(batch) do
    local job = entry.item.job
    if not job or job.dropped then
      set = set or {}
      set[job or false] = true
    end
  end
  return set
end

local function sets_of(self, numbers)
  local set = {}
  for _, n in ipairs(numbers) do
    local job = self.claims.jobs[n]
    if job then
      job.dropped, set[job] = true, true
      self.claims:forget(job)
    end
  end
  return set
end

-- Why an act may not begin, for the worker.
local function refusal_of(self, answer)
  if answer.fenced then
    return { fenced = sets_of(self, answer.fenced) }
  elseif answer.wait or answer.held then
    self.pacing:put_off(answer.wait or answer.held)
    if answer.held then
      self.worker.system:hold_with_others(answer.held)
    end
    return { wait = answer.wait or answer.held }
  end
  return { busy = answer.busy, stopped = answer.stopped }
end

-- Whether the server has begun an act or not is not known: it is asked once more, and what was begun is ended unsent.
local function resolve(self, asked, record)
  if not self.session:wait_back() then
    return nil, self.session.ended
  end
  local answer = self.session:ask("begin_act", asked)
  if answer and answer.go then
    self.coordinator.in_flight = self.coordinator.in_flight + 1
    self:withdraw({ act = answer.go, seq = asked.seq, text = asked.record }, record.items)
    return nil, { wait = 0 }
  elseif answer then
    return nil, refusal_of(self, answer)
  end
  return resolve(self, asked, record)
end

--- Asks whether an act may begin, and records its intent.
-- @tparam {table,...} batch entries of the act: `item`, `id`
-- @tparam table record
-- @treturn ?table a grant
-- @return where there is none a refusal, or a message where the run is at its end
function share:begin_act(batch, record)
  local dropped = dropped_in(batch)
  if dropped then
    return nil, { fenced = dropped }
  end
  recover(self, jobs_in(batch))
  local jobs, keys = targets_of(self, batch)
  local text, seq, before = self.coordinator:encode(record), self.session.outbox:number(1), self.session.clock()
  local asked = { system = self.id, jobs = jobs, targets = keys, record = text, seq = seq }
  local answer = self.session:ask("begin_act", asked)
  if not answer then
    return resolve(self, asked, record)
  elseif not answer.go then
    return nil, refusal_of(self, answer)
  end
  self.session.outbox:acknowledge(seq, { text })
  self.coordinator.in_flight = self.coordinator.in_flight + 1
  return { act = answer.go, asked = before }
end

--- Whether a grant is young enough to send the act.
function share:may_send(grant)
  return self.session.clock() - grant.asked <= self.coordinator.terms.grant
end

--- Records what came of an act.
-- @tparam table grant
-- @tparam table record
-- @treturn ?boolean true; nil and a message where it was not taken
function share:end_act(grant, record)
  self.coordinator.in_flight = self.coordinator.in_flight - 1
  local text = self.coordinator:encode(record)
  local answer, message = self.session:send("end_act", {
    act = grant.act, sent = record.sent ~= false, answer = record.answer, record = text,
  }, { text })
  if answer and answer.missing then -- the server lost the act, and has its records again: the result belongs to them
    answer, message = self.session:send("append", { records = { text } }, { text })
  end
  return answer and true, message
end

--- Ends an act that was granted and is not sent.
-- @tparam table grant
-- @tparam {number,...} numbers of its items
-- @treturn ?boolean true; nil and a message where it was not taken
function share:withdraw(grant, numbers)
  return self:end_act(grant, {
    event = "result", items = numbers, code = "cancelled", message = "the farm's answer came too late: it was not sent", sent = false,
    retriable = true,
  })
end

--- Closes the acts of a silent process on a target that was looked at.
-- @tparam table item
-- @tparam string key of the target
function share:recover_silent(item, key)
  self.session:ask("recover", { system = self.id, targets = { key }, jobs = Claims.pairs_of { item.job } })
end

-- Verdicts

--- Records verdicts.
-- @tparam {table,...} jobs that they are about
-- @tparam {table,...} done those of them where nothing is left
-- @tparam {string,...} texts the records
-- @tparam[opt] number failed how many of them count as failures
-- @return the server's answer; nil and a message
function share:conclude(jobs, done, texts, failed)
  recover(self, jobs)
  local over = json.list()
  for i, job in ipairs(done) do
    over[i] = job.n
  end
  local answer, message = self.session:send("finish", {
    jobs = Claims.pairs_of(jobs), records = json.list(texts), over = over, failed = failed,
  }, texts, done)
  for _, job in ipairs(answer and done or {}) do
    self.unfinished = self.unfinished - 1
    self.claims:forget(job)
  end
  if answer then
    sets_of(self, answer.fenced or {})
  end
  return answer, message
end

--- Ends jobs where nothing is left, though no verdict of this process says so.
function share:close_jobs(jobs)
  local done = {}
  for _, job in ipairs(jobs) do
    done[#done + 1] = job.open <= 0 and job or nil
  end
  if #done > 0 then
    self:conclude(done, done, {})
  end
end

--- Gives the jobs of items back: this process does not go on with them.
function share:give_back(list)
  local numbers = json.list()
  for _, item in ipairs(list) do
    if item.job and not item.job.dropped then
      item.job.dropped, numbers[#numbers + 1] = true, item.job.n
      self.claims:forget(item.job)
    end
  end
  if #numbers > 0 then
    self.session:ask("release", { jobs = numbers })
  end
end

--- Drops all jobs: the server does not know that they are here.
function share:drop_all()
  for _, job in pairs(self.claims.jobs) do
    job.dropped = true
  end
  self.claims.jobs = {}
  while self.claims.buffer:size() > 0 do
    self.claims.buffer:pop()
  end
end

--- The time of this process, for evidence.
share.now = core.time

return share
