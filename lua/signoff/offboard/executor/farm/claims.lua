-- SPDX-License-Identifier: MIT

--- Claims the jobs of one system in a farm, a few at a time: when its worker has little left to look at. A job is one of the plan's items.
-- One that another process had before is taken over, with its history.
-- @module signoff.offboard.executor.farm.claims

local items = require "signoff.offboard.executor.items"
local json = require "signoff.json"
local queue = require "signoff.async.queue"
local takeover = require "signoff.offboard.executor.farm.takeover"

local claims = {}
claims.__index = claims

--- @tparam table share of the system
function claims.new(share)
  return setmetatable({
    share = share, buffer = queue.new(), jobs = {}, again_at = -math.huge, changed = share.coordinator.env.condition(),
  }, claims)
end

--- The job that a plan's item belongs to: its own, or that of the item that was found to be it.
-- @tparam table plan
-- @treturn ?table `n`, `epoch`, `open` (items that have no verdict), `begun` (somebody had it before), `dropped`
function claims:job_of(plan)
  local n, parents = plan.n, self.share.coordinator.parents
  while n and not self.jobs[n] do
    n = parents[n]
  end
  return self.jobs[n]
end

--- Forgets a job.
function claims:forget(job)
  if self.jobs[job.n] == job then
    self.jobs[job.n] = nil
  end
end

--- The jobs of some that this process does not have. Of one that it has the server had forgotten that: it goes on as it is.
-- @tparam {table,...} jobs
-- @treturn {table,...}
function claims:others(jobs)
  local list = {}
  for _, job in ipairs(jobs) do
    local own = self.jobs[job.n]
    if own then
      own.epoch = job.epoch
    else
      list[#list + 1] = job
    end
  end
  return list
end

--- Drops jobs that others have.
-- @tparam {number,...} numbers
-- @treturn table a set of them
function claims:drop(numbers)
  local set = {}
  for _, n in ipairs(numbers) do
    set[n] = true
    if self.jobs[n] then
      self.jobs[n].dropped = true
      self.jobs[n] = nil
    end
  end
  return set
end

--- The numbers of all jobs that this process has.
function claims:numbers()
  local list = json.list()
  for n in pairs(self.jobs) do
    list[#list + 1] = n
  end
  return list
end

-- Taking jobs

-- Notes each act on the same targets: of other runs, and of other rows of this one.
local function note_others(self, others)
  for _, other in ipairs(others) do
    if other.sent ~= false then
      self.share:note_other(other)
    end
  end
end

local function begin(self, job)
  job.open = 1
  self.buffer:push(self.share.plans[job.n])
end

-- By job: how many of those items belong to it.
local function count_open(self, lists)
  for _, list in ipairs(lists) do
    for _, one in ipairs(list) do
      local job = self:job_of(one.plan or one)
      job.open = job.open + 1
    end
  end
end

-- Takes over jobs that have a history.
local function take_over(self, jobs, records)
  local share, plans, numbers = self.share, {}, json.list()
  for i, job in ipairs(jobs) do
    plans[i], numbers[i], job.begun, job.open = share.plans[job.n], job.n, true, 0
  end
  local coordinator = share.coordinator
  local replay = takeover.replay(coordinator.plan, plans, records)
  for n, parent in pairs(replay.parents) do
    coordinator.parents[n] = parent
  end
  if not coordinator:write { { event = "taken_over", items = numbers } } then
    return
  end
  replay:forget_found(numbers)
  local parts = replay:parts()
  local untouched, begun = items.untouched(plans, parts), parts.begun[share.name] or {}
  count_open(self, { begun, untouched })
  coordinator:adopt(parts)
  for _, plan in ipairs(untouched) do
    self.buffer:push(plan)
  end
  share:take_up(begun, parts.settled[share.name] or {})
  share:close_jobs(jobs)
end

-- Sorts jobs: those with a history are taken over, the others begin.
local function take(self, jobs, history)
  local records, old = history.records, {}
  local known = takeover.with_history(jobs, records)
  note_others(self, history.others or {})
  for _, job in ipairs(jobs) do
    self.jobs[job.n], job.since = job, self.share.session.clock()
    if known[job] then
      old[#old + 1] = job
    else
      begin(self, job)
    end
  end
  if #old > 0 then
    take_over(self, old, records)
  end
end

local function pairs_of(jobs)
  local list = json.list()
  for i, job in ipairs(jobs) do
    list[i] = { job.n, job.epoch }
  end
  return list
end

claims.pairs_of = pairs_of

-- Jobs that are claimed. Where their history cannot be had, they are given back when the server is there again.
local function claimed(self, jobs)
  if #jobs == 0 then
    return
  end
  local session = self.share.coordinator.session
  local history = session:ask("history", { jobs = pairs_of(jobs) })
  if history then
    return take(self, jobs, history)
  end
  session:wait_back()
  local numbers = json.list()
  for i, job in ipairs(jobs) do
    numbers[i] = job.n
  end
  session:ask("release", { jobs = numbers })
end

-- Waiting

local function delay(self, seconds)
  self.again_at = self.share.coordinator.env.now() + seconds
end

-- Stops the system where all that is left needs tokens which no host at work has. It waits for as long as for a server that is away:
-- another host may join.
local function check_tokens(self, answer)
  local share = self.share
  local now, is_idle = share.session.clock(), next(self.jobs) == nil and answer.free == 0
  if not (share.keyed and is_idle) or answer.wait or answer.held or answer.stopped then
    self.tokenless = nil
    return
  end
  self.tokenless = self.tokenless or now
  if now - self.tokenless > share.coordinator.away_limit then
    share.doer:stop_alone("no_token", ("%d targets need tokens that no host at work has: give --people"):format(answer.left))
  end
end

local function take_answer(self, answer)
  local share, poll = self.share, self.share.coordinator.terms.poll
  share.unfinished = answer.left
  if answer.stopped then
    share:stop(answer.stopped)
  elseif answer.left == 0 or answer.draining and next(self.jobs) == nil then
    return self:finish()
  elseif answer.held then
    share:hold(answer.held)
  end
  if #answer.jobs > 0 then
    self.tokenless = nil
    claimed(self, self:others(answer.jobs))
    share:wake()
  else
    check_tokens(self, answer)
    delay(self, math.min(answer.held or answer.wait or poll, poll))
  end
end

-- How many jobs are wanted now; 0: none.
local function wanted(self)
  local share = self.share
  local due = share.coordinator.env.now() >= self.again_at and not share.coordinator.session.away
  return due and self.buffer:size() == 0 and share:appetite() or 0
end

-- Sleeps until it may ask again, or something has changed.
local function nap(self)
  local poll = self.share.coordinator.terms.poll
  local left = self.again_at - self.share.coordinator.env.now()
  self.asleep = true
  self.changed:wait(left > 0 and math.min(left, poll) or poll)
  self.asleep = false
end

--- Claims jobs again and again, until nobody has any of this system, or it was stopped. The server hears which jobs are here: where the
-- answer to a claim was lost, or a job could not be given back, it gives that job again.
function claims:run()
  local session = self.share.coordinator.session
  while not self.over do
    local count = wanted(self)
    local answer = count > 0 and session:ask("claim", {
      system = self.share.id, count = count, keyed = self.share.keyed, have = self:numbers(),
    }) or nil
    if answer then
      take_answer(self, answer)
    else
      nap(self)
    end
  end
end

--- Asks again: the worker needs more.
function claims:ask()
  if self.asleep then
    self.changed:signal()
  end
end

--- Asks again at once: others have given jobs back, or have ended.
function claims:hurry()
  self.again_at = -math.huge
  self.changed:signal()
end

--- Ends the claiming.
function claims:finish()
  if not self.over then
    self.over = true
    self.share:exhausted()
    self.changed:signal()
  end
end

return claims
