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

local function add_batchers(self, paced)
  local max_wait = paced and MAX_WAIT or math.max(self.rules.settle * WAIT_PART, LEAST_WAIT)
  local question, by_name = observe.question(self.kind), observe.question(self.kind, true)
  self.by_target = Batcher.new(self.jobs, self.env.now, question, max_wait)
  self.by_name = by_name and not by_name.lists and Batcher.new(self.jobs, self.env.now, by_name, max_wait) or self.by_target
end

-- How many targets are taken up at once, and how few must be left of them before more are. Where an act needs a fresh look
-- (rule A1), no more are looked at than can be acted on while it is fresh.
local function window_of(self, entry)
  local per_second = entry.per_second or (entry.per_minute and entry.per_minute / 60)
  local size = self.by_target.size
  if size == 1 then
    return { size = 1, low = 2 * entry.concurrency }
  elseif per_second then
    return { size = math.min(size, math.max(1, math.floor(per_second * self.rules.fresh))), low = 0 }
  end
  return { size = size, low = math.min(size, math.max(entry.concurrency, self.changes.size)) }
end

--- @tparam table run the parts that all workers share: `env`, `clock`, `rules`, `retry`, `systems` (of the plan), `secrets`, `protects`,
-- `reals`, `log` (see `signoff.offboard.executor.recorder`), `begun`, `settled`
-- @tparam table entry of the system
-- @tparam table list the plan's items of this system, in order
function worker.new(run, entry, list)
  local facts = core.facts[entry.kind]
  local operation = facts.operations[facts.signs_out]
  local own = (operation.excludes_own or {}).option
  local self = setmetatable({
    env = run.env, clock = run.clock, log = run.log, secrets = run.secrets, protects = run.protects, rules = run.rules,
    entry = entry, name = entry.name, kind = entry.kind, client = entry.client, operation = operation,
    evidence = facts.operations.status.evidence, has_own = own and select(2, core.option(entry.client, own)) and true or false,
    list = list, next = 1, resumed = run.begun[entry.name] or {}, fresh = 0, under_way = 0, done = 0, reasons = {},
  }, worker)
  self.total = #list + #self.resumed
  self.shared = contexts.of_system(run, entry)
  restore.note_settled(self, run.settled[entry.name] or {})
  self.jobs = job_queue.new(run.env, entry.concurrency)
  self.system = Admission.new(run.env, entry, run.retry)
  self.changes = Change_queue.new(composite.chunk_size(entry.client, operation))
  add_batchers(self, entry.per_minute or entry.per_second)
  self.window = window_of(self, entry)
  return self
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
  if at_once then
    self.jobs:close()
  else
    self:flush()
  end
end

-- Stops this system for a reason of its own.
local function stop_alone(self, code, why)
  self:stop(code, why, true)
  self.log:note_stop(self.name, code, why)
end

-- Asking the system

local function put_off(self, job, seconds)
  job.due = self.env.now() + math.max(seconds, TICK)
  self.jobs:add(job)
end

-- Whether a request may be made now; `heard` must be told its outcome. Otherwise the job comes back when one may be, if ever.
local function may_ask(self, job)
  if self.stopped and self.stopped.at_once then
    return false
  end
  local allowed, left = self.system:allow()
  if allowed == nil then
    stop_alone(self, "breaker", left)
  elseif not allowed then
    put_off(self, job, left)
  end
  return allowed
end

-- Takes the outcome of a request. Returns whether nothing follows from it for its targets: they stay as they are, for a later run.
local function heard(self, detail)
  local ended = self.system:heard(detail)
  if ended == "denied" then
    stop_alone(self, "denied", core.mask(self.client, detail.message))
  end
  return ended ~= nil
end

-- Leaves those items for a later run.
local function leave(self, list, detail)
  for _, item in ipairs(list) do
    self:leave_first(item)
    self.reasons[item.plan.n] = { code = detail.code, message = core.mask(self.client, detail.message) }
  end
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
  local list = {}
  while #list < self.window.size and self.next <= #self.list do
    list[#list + 1] = self.list[self.next]
    self.next = self.next + 1
  end
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
  self.done = self.done + #over
  self.log:conclude(rows)
  if self.done >= self.total then
    self.jobs:clear() -- each is a flush that nobody needs any more
  end
end

-- Takes the next step of those items: a look, an act, or the end.
local function follow(self, list)
  local over = {}
  for _, item in ipairs(list) do
    local step, a, b = item.next_step[1], item.next_step[2], item.next_step[3]
    self:leave_first(item, step)
    if step == "over" then
      over[#over + 1] = { item = item, verdict = a, why = b }
    elseif step == "look" then
      batcher_of(self, item):after(a, item)
    elseif expand.found(self, item) then
      self.changes:add(item, a)
    end
  end
  self:conclude(over)
end

-- Adds the one job that waits until the rate allows the next act. More than one could be late and come in a burst.
local function await_change(self)
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
  if not may_ask(self, job) then
    return
  end
  local list = job.target
  local found, detail = exchange.look(self, batcher_of(self, list[1]).question, list)
  if heard(self, detail) then
    return leave(self, list, detail)
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
  follow(self, list)
end

-- Stops the system when it refuses all tokens right after they were alive (rule L2).
local function count_token(self, batch, answer)
  local counts = self.evidence == "token" and answer and batch[1].item.state.seen
  local why = counts and self.system:count_token(answer.answer)
  if why then
    stop_alone(self, "refused_at_once", why)
  end
end

-- Takes the outcome of an act, for each of its targets.
local function acted(self, batch, answer, detail)
  local first = batch[1]
  local delay = detail and self.system:delay(detail, first.item.state.targets[first.id].tries)
  local outcome, what = exchange.outcome(self, answer, detail, delay)
  local done, now, at = {}, self.clock.now(), core.time()
  for _, entry in ipairs(batch) do
    exchange.note_act(entry, what, at)
    Change_queue.finish(entry, done, machine.acted(entry.item.state, entry.id, outcome, entry.item.context, now))
  end
  follow(self, done)
end

-- Makes one request that changes something. Nothing is sent that the journal did not take: resume would not know of it.
local function change(self, batch)
  if not exchange.intend(self, batch) then
    exchange.release(self, batch)
    return self.system:withdrawn()
  end
  local answer, detail = exchange.act(self, batch)
  local recorded = exchange.record_result(self, batch, answer, detail)
  local ended = heard(self, detail)
  if not recorded then
    return
  elseif ended then
    exchange.release(self, batch, detail.sent ~= false)
    return leave(self, items.of_entries(batch), detail)
  end
  count_token(self, batch, answer)
  acted(self, batch, answer, detail)
end

-- Makes a change, while the job of the next one already waits.
local function start_change(self, batch)
  self.awaiting = nil
  if #batch > 0 then
    self.system:start_act()
    self.under_way = self.under_way + 1
    await_change(self)
    change(self, batch)
    self.under_way = self.under_way - 1
  end
end

--- Makes the next change, when the rate allows it.
function perform.act(self, job)
  local seconds = self.system:until_act()
  if self.stopped then
    return
  elseif seconds > 0 then
    return put_off(self, job, seconds)
  end
  local batch, done = self.changes:take(self.clock.now(), core.time())
  if #batch > 0 and not may_ask(self, job) then
    self.changes:put_back(batch)
  else
    start_change(self, batch)
  end
  follow(self, done)
end

-- Running

-- Whether no job is under way that would soon need a look.
local function is_quiet(self)
  local coming = not self.stopped and (self.next <= #self.list or self.changes:waiting() > 0)
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
  while not self.stopped and self.next <= #self.list and self.fresh + self.changes:waiting() <= self.window.low do
    take_up(self)
  end
  await_change(self)
  self:flush()
end

--- How far the worker is.
-- @treturn table `total`, `done`, `acted` (no act is due there any more), `in_flight`, `waiting`, `eta` (seconds, where the rate
-- is limited), `stopped` (a code)
function worker:progress()
  local to_act = #self.list - self.next + 1 + self.fresh + self.changes:waiting()
  return {
    total = self.total, done = self.done, acted = math.max(self.total - to_act, self.done), in_flight = self.jobs:running(),
    waiting = self.total - self.done,
    eta = self.entry.per_minute and to_act > 0 and self.system:estimate(to_act + 1) + self.rules.settle or nil,
    stopped = self.stopped and self.stopped.code,
  }
end

--- Runs until each target has its verdict, or it was stopped.
function worker:run()
  restore.take_up(self, self.resumed)
  proceed(self)
  self.jobs:run(function(job)
    perform[job.kind](self, job)
    proceed(self)
  end)
end

return worker
