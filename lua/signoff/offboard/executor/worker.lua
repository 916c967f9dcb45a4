-- SPDX-License-Identifier: MIT

--- The worker of one system in a run. Some coroutines do its jobs; each takes a job, waits until the system may be asked, records the
-- intent of an act, makes the request, records the result, asks the state machine of each target what comes next, and adds the next
-- jobs. A target goes this way:
--
--     take_up -> [expand] -> look -> act -> look ... -> conclude
--
-- Targets are taken up a few at a time, so that the observations of them are fresh when an act is due, and memory does not grow
-- with the run.
-- @module signoff.offboard.executor.worker

local acting = require "signoff.offboard.executor.acting"
local Admission = require "signoff.offboard.executor.admission"
local Batcher = require "signoff.offboard.executor.batcher"
local Change_queue = require "signoff.offboard.executor.change_queue"
local composite = require "signoff.composite"
local contexts = require "signoff.offboard.executor.contexts"
local core = require "signoff.core"
local exchange = require "signoff.offboard.executor.exchange"
local expand = require "signoff.offboard.executor.expand"
local items = require "signoff.offboard.executor.items"
local job_queue = require "signoff.offboard.executor.job_queue"
local machine = require "signoff.signout.state_machine"
local observe = require "signoff.signout.observe"
local restore = require "signoff.offboard.executor.restore"

local worker = {}
worker.__index = worker

-- Seconds that a look waits for others to share its request: where changes are paced, and elsewhere in parts of `settle`.
local MAX_WAIT, WAIT_PART, LEAST_WAIT = 60, 0.5, 0.2
-- Seconds that a job is put off, at least: a sum may fall short of its parts.
local TICK = 0.001
-- Seconds until a job asks again whether it may begin, in a farm that is away.
local LEASELESS = 0.2

local function add_batchers(self, paced)
  local max_wait = paced and MAX_WAIT or math.max(self.rules.settle * WAIT_PART, LEAST_WAIT)
  local question, by_name = observe.question(self.kind), observe.question(self.kind, true)
  self.by_target = Batcher.new(self.jobs, self.env.now, question, max_wait)
  self.by_name = by_name and not by_name.lists and Batcher.new(self.jobs, self.env.now, by_name, max_wait) or self.by_target
end

--- @tparam table run the parts that all workers share: `env`, `clock`, `rules`, `retry`, `systems` (of the plan), `secrets`, `protects`,
-- `reals`, `log` (see `signoff.offboard.executor.recorder`)
-- @tparam table entry of the system
-- @tparam table share of the system: gives the items, see `signoff.offboard.executor.local`
function worker.new(run, entry, share)
  local facts = core.facts[entry.kind]
  local operation = facts.operations[facts.signs_out]
  local own = (operation.excludes_own or {}).option
  local self = setmetatable({
    env = run.env, clock = run.clock, log = run.log, secrets = run.secrets, protects = run.protects, rules = run.rules,
    entry = entry, name = entry.name, kind = entry.kind, client = entry.client, operation = operation,
    evidence = facts.operations.status.evidence, has_own = own and select(2, core.option(entry.client, own)) and true or false,
    share = share, fresh = 0, under_way = 0, open = #share.begun, set_aside = 0, done = 0, reasons = {},
  }, worker)
  self.shared = contexts.of_system(run, entry)
  restore.note_settled(self, share.settled)
  self.jobs = job_queue.new(run.env, entry.concurrency)
  self.system = Admission.new(run.env, entry, run.retry, share.pacing)
  self.changes = Change_queue.new(composite.chunk_size(entry.client, operation))
  add_batchers(self, entry.per_minute or entry.per_second)
  self:set_hosts(1)
  share.doer = self
  return self
end

--- Sets how many hosts share the system's rate.
-- @tparam number hosts
function worker:set_hosts(hosts)
  self.room = Batcher.room(self.entry, self.by_target.size, self.changes.size, self.rules.fresh, hosts)
end

-- Stopping

--- Stops this system: nothing new is begun; `at_once`: the targets that were begun are not looked at any more either.
-- @tparam string code
-- @tparam string why
-- @tparam[opt] boolean at_once
function worker:stop(code, why, at_once)
  if self.stopped and (self.stopped.at_once or not at_once) then
    return
  end
  self.stopped = { code = code, why = why, at_once = at_once }
  self.share:end_claims()
  if at_once then
    self.jobs:close()
  else
    self:flush()
    self:end_if_idle()
  end
end

--- Ends a system that was stopped once all of its targets wait for an act: none begins any more.
function worker:end_if_idle()
  if self.stopped and self.open - self.set_aside <= self.changes:items() then
    self.jobs:clear()
  end
end

--- Stops this system for a reason of its own.
function worker:stop_alone(code, why)
  self:stop(code, why, true)
  self.log:note_stop(self.name, code, why)
end

--- Asking the system

--- Puts a job off by so many seconds.
function worker:put_off(job, seconds)
  seconds = math.min(seconds, self.share.longest_pause or seconds)
  job.due = self.env.now() + math.max(seconds, TICK)
  self.jobs:add(job)
end

--- Whether a request may be made now; `heard` must be told its outcome. Otherwise the job comes back when one may be, if ever.
function worker:may_ask(job)
  if self.stopped and self.stopped.at_once then
    return false
  elseif not self.share:may_begin() then
    self:put_off(job, LEASELESS)
    return false
  end
  local allowed, left = self.system:allow()
  if allowed == nil then
    self:stop_alone("breaker", left)
  elseif not allowed then
    self:put_off(job, left)
  end
  return allowed
end

--- Takes the outcome of a request. Returns whether nothing follows from it for its targets: they stay as they are, for a later run.
function worker:heard(detail)
  local ended = self.system:heard(detail)
  if ended == "denied" then
    self:stop_alone("denied", core.mask(self.client, detail.message))
  end
  return ended ~= nil
end

--- Leaves those items for a later run.
function worker:leave(list, detail)
  for _, item in ipairs(list) do
    self:leave_first(item)
    self.reasons[item.plan.n] = { code = detail.code, message = core.mask(self.client, detail.message) }
  end
  self.set_aside = self.set_aside + #list
  self.share:give_back(list)
end

-- Taking targets up

local function batcher_of(self, item)
  return item.plan.find and self.by_name or self.by_target
end

--- Adds the first look at those items.
-- @tparam {table,...} list
function worker:look_first(list)
  local by_target, by_name = {}, {}
  for _, item in ipairs(list) do
    if not item.fresh then
      item.fresh = true
      self.fresh = self.fresh + 1
    end
    table.insert(batcher_of(self, item) == self.by_target and by_target or by_name, item)
  end
  self.by_target:at_once(by_target)
  self.by_name:at_once(by_name)
end

--- Notes that an item has left the first phase: its first look has said something.
function worker:leave_first(item, step)
  if item.fresh and (step ~= "look" or item.state.absent) then
    item.fresh = nil
    self.fresh = self.fresh - 1
  end
end

-- Takes up the next targets of the plan.
local function take_up(self)
  local list = self.share:take(self.room.size)
  self.open = self.open + #list
  expand.begin(self, list)
end

-- The next steps

--- Concludes items that have a verdict.
-- @tparam {table,...} over `item`, `verdict`, `why`
function worker:conclude(over)
  if #over == 0 then
    return
  end
  local rows = {}
  for _, one in ipairs(over) do
    if one.verdict == "status_set" then
      exchange.note_panels(self, one.item)
    end
    items.add_rows(rows, self.kind, one.item, one.verdict, one.why)
  end
  self.done, self.open = self.done + #over, self.open - #over
  self.log:conclude(rows, items.of_entries(over))
  if self.open <= 0 and self.share:is_exhausted() then
    self.jobs:clear() -- each is a flush that nobody needs any more
  end
end

--- Takes the next step of those items: a look, an act, or the end.
function worker:follow(list)
  local over = {}
  for _, item in ipairs(list) do
    local step, a, b = item.next_step[1], item.next_step[2], item.next_step[3]
    self:leave_first(item, step)
    if step == "dropped" then
      self.open = self.open - 1 -- another host has it
    elseif step == "over" then
      over[#over + 1] = { item = item, verdict = a, why = b }
    elseif step == "look" then
      batcher_of(self, item):after(a, item)
    elseif expand.found(self, item) then
      self.changes:add(item, a)
    end
  end
  self:conclude(over)
end

--- Adds the one job that waits until the rate allows the next act. More than one could be late and come in a burst.
function worker:await_change()
  if not self.awaiting and self.changes:waiting() > 0 and not self.stopped then
    self.awaiting = true
    self.jobs:add { kind = "act", rank = -1 }
  end
end

-- The jobs

local perform = {}

--- Asks the function that knows a person's targets.
function perform.expand(self, job)
  expand.ask_late(self, job.target)
end

--- Does nothing itself: after each job the batches that are due become jobs.
function perform.flush() end

-- Adds a look at each target alone where a refusal of many may be meant for one of them.
local function split(self, list, detail)
  local may_be_for_one = #list > 1 and batcher_of(self, list[1]).size < math.huge and not detail.retriable
    and detail.scope ~= "client" and detail.code ~= "unsupported"
  for _, item in ipairs(may_be_for_one and list or {}) do
    self.jobs:add { kind = "look", target = { item } }
  end
  return may_be_for_one
end

--- Makes one look at some targets.
function perform.look(self, job)
  if not self:may_ask(job) then
    return
  end
  local list = job.target
  local found, detail = exchange.look(self, batcher_of(self, list[1]).question, list)
  if self:heard(detail) then
    return self:leave(list, detail)
  elseif detail and split(self, list, detail) then
    return
  end
  local attempt = exchange.count_reads(list, detail ~= nil)
  if detail then
    found[1].delay = self.system:delay(detail, attempt)
    found[1].what = core.mask(self.client, found[1].what)
  end
  local now = self.clock.now()
  for i, item in ipairs(list) do
    exchange.note_look(self, item, found[i])
    item.next_step = { machine.looked(item.state, found[i], item.context, now) }
  end
  self:follow(list)
end

--- Makes the next change, when the rate allows it.
perform.act = acting.perform

-- Running

-- Whether no job is under way that would soon need a look.
local function is_quiet(self)
  local coming = not self.stopped and (self.share:has_items() or self.changes:waiting() > 0)
  return not coming and self.fresh == 0 and self.under_way == 0
end

--- Adds a look for each batch that is due.
function worker:flush()
  local quiet = is_quiet(self)
  self.by_target:flush(quiet)
  if self.by_name ~= self.by_target then
    self.by_name:flush(quiet)
  end
end

-- Takes up more targets where few are left, and adds the jobs that wait for nothing any more.
local function proceed(self)
  while not self.stopped and self.share:has_items() and self.fresh + self.changes:waiting() <= self.room.low do
    take_up(self)
  end
  self:await_change()
  self:flush()
  self:end_if_idle()
end

--- How far the worker is.
-- @treturn table `total`, `done`, `acted` (no act is due there any more), `in_flight`, `waiting`, `eta` (seconds, where the rate
-- is limited), `stopped` (a code)
function worker:progress()
  local to_act = self.share:left() + self.fresh + self.changes:waiting()
  local total = self.share:left() + self.open + self.done
  return {
    total = total, done = self.done, acted = math.max(total - to_act, self.done), in_flight = self.jobs:running(),
    waiting = total - self.done,
    eta = self.entry.per_minute and to_act > 0 and self.system:estimate(to_act + 1) + self.rules.settle or nil,
    stopped = self.stopped and self.stopped.code,
  }
end

--- How many more targets there is room for, in a farm.
-- @treturn number
function worker:appetite()
  local has_room = not self.stopped and self.fresh + self.changes:waiting() <= self.room.low
  return has_room and self.room.claim or 0
end

--- Goes on: there are items.
worker.go_on = proceed

--- Runs until each target has its verdict, or it was stopped.
function worker:run()
  self.share:open(self)
  restore.take_up(self, self.share.begun)
  proceed(self)
  self.jobs:run(function(job)
    perform[job.kind](self, job)
    proceed(self)
  end)
  self.share:close()
end

return worker
