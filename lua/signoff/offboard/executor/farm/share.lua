-- SPDX-License-Identifier: MIT

--- The share of one system that a process of a farm works on: the jobs that it claimed, the slots that it has, and its changes, each of
-- which the server grants.
-- @module signoff.offboard.executor.farm.share

local Claims = require "signoff.offboard.executor.farm.claims"
local grants = require "signoff.offboard.executor.farm.grants"
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
    keyed = keyless_of(coordinator, entry), slots = 0, late = 0, longest_pause = coordinator.terms.poll,
  }, share)
  self.pacing = Pacing.new(self, entry)
  self.claims = Claims.new(self)
  return self
end

-- Items

--- Begins to claim jobs for a worker.
function share:open(worker)
  worker.jobs:keep_open(true)
  worker.jobs:limit(math.min(self.slots, self.entry.concurrency))
  self.coordinator.env.spawn(self.claims.run, self.claims)
end

--- Notes that there is nothing more to claim.
function share:exhausted()
  self.is_over = true
  self.doer.jobs:keep_open(false)
  if self.doer.open <= 0 then
    self.doer.jobs:clear()
  end
end

--- Whether nobody will have another item of this system.
function share:is_exhausted()
  return self.is_over or false
end

--- Stops claiming.
function share:end_claims()
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
  return math.max(self.unfinished - self.doer.open, 0)
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
  return self.doer:appetite()
end

--- Lets the worker go on: there are items.
function share:wake()
  if self.slots == 0 then
    self.coordinator.lease:hurry()
  end
  self.doer:go_on()
end

--- Takes up what another process had begun.
-- @tparam {table,...} begun and
-- @tparam {table,...} settled as `signoff.offboard.executor.restore` takes them
function share:take_up(begun, settled)
  restore.note_settled(self.doer, settled)
  self.doer.open = self.doer.open + #begun
  restore.take_up(self.doer, begun)
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

-- Adds to an item the key of its target, and what is known of that.
local function tell_of_others(self, item)
  local key = identity.target_key(self.entry, self.key, item.plan)
  local note, known = key and self.notes[key], key and self.remembered and self.remembered[key]
  item.key = key
  if note then
    items.note(item, note.what, note.at)
  end
  if known then
    machine.remember(machine.new(), targets.id_of_item(self.entry.kind, item.plan), known, { real = self.doer.shared.real })
    self.remembered[key] = nil
  end
end

--- Adds to an item which job it is of, and what is known of its target.
function share:annotate(item)
  item.job = self.claims:job_of(item.plan)
  if item.job then
    item.job.share = self
  end
  if self.remembered or next(self.notes) then -- a key takes long to make
    tell_of_others(self, item)
  end
end

-- Slots, holds and stops

--- How many slots are in use.
function share:in_use()
  return self.doer.jobs:running()
end

--- How many slots are wanted.
function share:wanted()
  local worker = self.doer
  local idle = worker.stopped and worker.stopped.at_once or (worker.open <= 0 and self.claims.buffer:size() == 0)
  local begins = not (self.has_begun or worker.stopped)
  self.has_begun = true
  return (begins or not idle) and self.entry.concurrency or 0
end

--- Sets how many slots there are.
function share:limit(slots)
  self.slots = slots
  self.doer.jobs:limit(math.min(slots, self.entry.concurrency))
end

--- Heeds a hold of all hosts.
function share:hold(seconds)
  self.is_held = true
  self.doer.system:hold_with_others(seconds)
  self.pacing:put_off(seconds)
end

--- Heeds that there is no hold of all hosts, or none any more. A hold that the server has not heard of yet stays.
function share:end_hold()
  if self.is_held then
    self.is_held = false
    self.doer.system:end_hold()
    self.pacing:end_hold()
  end
end

--- Heeds a stop of all hosts.
-- @tparam table stopped `code`, `why`
function share:stop(stopped)
  if not self.doer.stopped then
    self.doer:stop(stopped.code, stopped.why, true)
    self.coordinator.run.log:note_stop_of_others(self.name, stopped.code, stopped.why)
  end
end

--- Whether something may begin now.
function share:may_begin()
  return self.coordinator.lease:is_valid()
end

for _, name in ipairs { "begin_act", "may_send", "put_off", "end_act", "withdraw", "recover_silent" } do
  share[name] = grants[name]
end

-- Verdicts

--- Records verdicts.
-- @tparam {table,...} jobs that they are about
-- @tparam {table,...} done those of them where nothing is left
-- @tparam {string,...} texts the records
-- @return the server's answer; nil and a message
-- @treturn nil
-- @treturn ?number with an answer the number of the first record
function share:conclude(jobs, done, texts)
  grants.recover(self, jobs)
  local over = json.list()
  for i, job in ipairs(done) do
    over[i] = job.n
  end
  local given = { jobs = Claims.pairs_of(jobs), records = json.list(texts), over = over }
  local answer, message = self.session:send("finish", given, texts, done)
  for _, job in ipairs(answer and done or {}) do
    self.unfinished = self.unfinished - 1
    self.claims:forget(job)
  end
  if answer then
    self.claims:drop(answer.fenced or {})
  end
  return answer, message, given.seq
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
  self.claims:drop(self.claims:numbers())
end

return share
