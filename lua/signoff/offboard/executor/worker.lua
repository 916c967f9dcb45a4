-- SPDX-License-Identifier: MIT

--- The worker of one system in a run: it schedules its targets, and stops when the system fails.
--
-- Targets are taken up a few at a time, so that what was seen of them is fresh when they are acted on, and what is kept of
-- them does not grow with the run.
-- @module signoff.offboard.executor.worker

local job_queue = require "signoff.offboard.executor.job_queue"
local circuit_breaker = require "signoff.policy.circuit_breaker"
local core = require "signoff.core"
local rate_limit = require "signoff.policy.rate_limit"
local backoff = require "signoff.policy.backoff"
local Actions = require "signoff.offboard.executor.actions"
local expand = require "signoff.offboard.executor.expand"
local stop = require "signoff.offboard.executor.stop"
local items = require "signoff.offboard.executor.items"
local Batcher = require "signoff.offboard.executor.batcher"
local machine = require "signoff.signout.state_machine"
local observe = require "signoff.signout.observe"
local reals = require "signoff.offboard.executor.reals"
local restore = require "signoff.offboard.executor.restore"

local worker = {}
worker.__index = worker

-- Seconds that a look waits for others to share its request: where changes are paced, and elsewhere in parts of `settle`.
local MAX_WAIT, WAIT_PART, LEAST_WAIT = 60, 0.5, 0.2
-- Seconds that something is put off, at least.
local TICK = 0.001
-- Tokens that are refused right after they were seen alive, none accepted, until the system stops (rule L2).
local REFUSED_AT_ONCE = 5

-- Failures that are the system's, not the target's.
local failing = { unreachable = true, timeout = true, tls = true }

local function is_failure(detail)
  return failing[detail.code] or detail.scope == "client" or (detail.retriable and detail.code ~= "cancelled") or false
end

-- The status that was approved; what the systems say by now may be another one.
local function planned_status(run, entry)
  for _, system in ipairs(run.plan.systems) do
    if system.name == entry.name then
      return system.status
    end
  end
end

-- How many targets one name may have.
local TARGETS = 64

local function limits_of(self)
  local limits = { targets = TARGETS, nodes = observe.elsewhere(self.client) }
  for name, value in pairs(self.rules) do
    limits[name] = value
  end
  return limits
end

local function add_batchers(self, paced)
  local max_wait = paced and MAX_WAIT or math.max(self.rules.settle * WAIT_PART, LEAST_WAIT)
  local question, by_name = observe.question(self.kind), observe.question(self.kind, true)
  self.batcher = Batcher.new(self, question, max_wait)
  self.names = by_name and not by_name.lists and Batcher.new(self, by_name, max_wait) or self.batcher
end

--- @tparam table run what all systems share: `env`, `rules`, `journal`, ...
-- @tparam table entry of the system
-- @tparam table list the plan's items of this system, in order
function worker.new(run, entry, list)
  local facts = core.facts[entry.kind]
  local self = setmetatable({
    run = run, env = run.env, rules = run.rules, name = entry.name, kind = entry.kind, client = entry.client, entry = entry,
    status = planned_status(run, entry) or entry.status, list = list, next = 1, fresh = 0, done = 0, reasons = {},
    resumed = run.begun and run.begun[entry.name] or {}, accepted = 0, refused = 0,
    act = facts.operations[facts.signs_out], proves = facts.operations.status.evidence, compare = observe.comparison(entry.kind),
  }, worker)
  local own = (self.act.excludes_own or {}).option
  self.has_own = own and select(2, core.option(entry.client, own)) and true or false
  self.total = #list + #self.resumed
  self.limits = limits_of(self)
  self.real, self.named = reals.of(run.reals, entry), reals.named(run.reals, entry)
  restore.note_settled(self, run.settled and run.settled[entry.name] or {})
  self.jobs = job_queue.new(run.env, entry.concurrency)
  self.pacing = rate_limit.new(run.env, { per_minute = entry.per_minute or nil, per_second = entry.per_second })
  self.retry = backoff.new(run.env, run.retry)
  self.breaker = circuit_breaker.new(run.env, entry.breaker)
  self.actions = Actions.new(self)
  add_batchers(self, entry.per_minute or entry.per_second)
  self.window = self:window_of(entry)
  return self
end

--- How many targets are taken up at once, and how few must be left of them before more are. Where acts need a fresh look
-- (rule A1), no more are looked at than can be acted on while it is fresh.
function worker:window_of(entry)
  local per_second = entry.per_second or (entry.per_minute and entry.per_minute / 60)
  local size = self.batcher.size
  if size == 1 then
    return { size = 1, low = 2 * entry.concurrency }
  elseif per_second then
    return { size = math.min(size, math.max(1, math.floor(per_second * self.limits.fresh))), low = 0 }
  end
  return { size = size, low = math.min(size, math.max(entry.concurrency, self.actions.size)) }
end

--- What the machine of one target must know (see `signoff.signout.state_machine`).
-- @tparam table plan the plan's item
-- @tparam string id of the target
-- @tparam ?table status the wanted one
-- @treturn table context
function worker:context_of(plan, id, status)
  return {
    target = {
      id = id, by_name = plan.find and true or nil, person = plan.person, user = plan.user, occupant = plan.occupant,
      spelling = plan.spelling, seen = plan.seen, renewable = core.facts[self.kind].renewable, optional = plan.optional,
      status = status, expected_status = plan.expected_status,
    },
    evidence = self.proves, retry = self.act.retry, limits = self.limits, compare = self.compare, protects = self.run.protects,
    real = self.real, named = self.named,
  }
end

-- Starting and stopping

--- Adds a job, unless all has stopped.
-- @tparam number due as `env.now` has it; 0 for at once
-- @tparam function job
-- @tparam[opt] number rank lower ones do first
function worker:add(due, job, rank)
  if not stop.is_at_once(self) then
    self.jobs:add(due, job, rank)
  end
end

--- Adds a job that may not start yet.
-- @tparam number seconds after which it may be tried again
-- @tparam function job
-- @tparam[opt] number rank
function worker:later(seconds, job, rank)
  self:add(self.env.now() + math.max(seconds, TICK), job, rank) -- a sum may fall short of what it is made of
end

--- Stops this system: nothing new is begun; `at_once`: what was begun is not looked at any more either.
-- @tparam string code
-- @tparam string why
-- @tparam[opt] boolean at_once
function worker:stop(code, why, at_once)
  if not stop.stop(self, code, why, at_once) then
    return
  end
  if at_once then
    self.jobs:clear()
  else
    self:flush()
  end
end

--- Starts the looks that need not wait any longer.
function worker:flush()
  self.batcher:flush()
  if self.names ~= self.batcher then
    self.names:flush()
  end
end

--- Who looks at an item.
function worker:batcher_of(item)
  return item.plan.find and self.names or self.batcher
end

-- Stops it for a reason of its own.
local function stop_alone(self, code, why)
  self:stop(code, why, true)
  self.run:note_stop(self.name, code, why)
end

--- Seconds until the time is over that the system asked for; nil when it is.
function worker:held()
  local left = (self.held_until or 0) - self.env.now()
  return left > 0 and left or nil
end

--- Whether a request may be made now. Otherwise `later` is called when one may be, if ever. Who is allowed to must say what
-- it came to: `heard`.
function worker:may_start(later)
  local seconds = self:held()
  if not seconds and not stop.is_at_once(self) then
    local allowed, left = self.breaker:allow()
    if allowed then
      return true
    elseif allowed == nil then
      stop_alone(self, "breaker", "the system kept failing, and is left alone: " .. (self.last_failure or ""))
    end
    seconds = left
  end
  if seconds then
    self:later(seconds, later)
  end
  return false
end

-- What a failure means for all that is asked of this system.
local function heed(self, detail)
  if is_failure(detail) then
    self.last_failure = core.mask(self.client, detail.message)
    self.breaker:failed()
  else
    self.breaker:succeeded()
  end
  if detail.retry_after then
    self.pacing:hold(detail.retry_after)
    self.held_until = math.max(self.held_until or 0, self.env.now() + math.min(detail.retry_after, rate_limit.LONGEST_HOLD))
  end
  if detail.code == "denied" and detail.scope == "client" then
    stop_alone(self, "denied", core.mask(self.client, detail.message))
    return true
  end
  return detail.code == "cancelled"
end

--- What came of a request.
-- @tparam[opt] table detail of its failure
-- @treturn boolean whether nothing follows from it for its targets: they stay as they are, for a later run
function worker:heard(detail)
  if detail then
    return heed(self, detail)
  end
  self.breaker:succeeded()
  self.retry:succeeded()
  return false
end

--- Counts what a system says of tokens that were alive a moment ago. Where it refuses them all, it is not they that ended
-- (rule L2): the system stops.
function worker:count_refusal(batch, answer)
  if self.proves ~= "token" or not answer or not batch[1].item.state.seen then
    return
  elseif answer.answer == "accepted" then
    self.accepted = self.accepted + 1
  elseif answer.answer == "already_out" then
    self.refused = self.refused + 1
  end
  if self.refused >= REFUSED_AT_ONCE and self.accepted == 0 then
    stop_alone(self, "refused_at_once",
      ("%d tokens were refused right after they were alive, and none was accepted: it is not they that ended"):format(self.refused))
  end
end

--- Leaves those items for a later run.
function worker:put_off(list, detail)
  for _, item in ipairs(list) do
    self:leave_first(item)
    self.reasons[item.plan.n] = { code = detail.code, message = core.mask(self.client, detail.message) }
  end
end

-- Following one target

--- A record in the journal, on disk when this returns true.
function worker:record(record)
  return self.run:record(record)
end

--- What was seen of one item, and what comes next.
function worker:seen(item, seen, now)
  local first = item.state.phase == "checking"
  local previous = seen.status and first and { previous = seen.status } or nil
  items.note(item, seen.code and seen.what or core.mask(self.client, seen.what), core.time(), previous)
  if first and seen.status and seen.present == false and not item.state.absent then
    items.note(item, "it already was", core.time(), { already = true })
  end
  return machine.looked(item.state, seen, item.context, now)
end

--- The item has left the first phase: its first look has said something.
function worker:leave_first(item, step)
  if item.fresh and (step ~= "look" or item.state.absent) then
    item.fresh = nil
    self.fresh = self.fresh - 1
  end
end

-- Seconds as the key of those that wait as long.
local function rounded(seconds)
  return math.ceil(seconds * 100) / 100
end

-- What comes next for each of some items: entries of acts, verdicts, and who waits how long for a look.
local function sort_out(self, list, decide)
  local acting, over, waiting, order = {}, {}, {}, {}
  for i, item in ipairs(list) do
    local step, a, b = decide(item, i)
    self:leave_first(item, step)
    if step == "act" then
      for _, entry in ipairs(expand.found(self, item) and self.actions:entries(item, a) or {}) do
        acting[#acting + 1] = entry
      end
    elseif step == "over" then
      over[#over + 1] = { item = item, verdict = a, why = b }
    else
      local key = rounded(a)
      if not waiting[key] then
        waiting[key] = {}
        order[#order + 1] = key
      end
      table.insert(waiting[key], item)
    end
  end
  return acting, over, waiting, order
end

-- Goes on with the only item of a request in the same job, if it need not wait.
local function follow_one(self, item, step, a, b)
  self:leave_first(item, step)
  if step == "over" then
    self:conclude { { item = item, verdict = a, why = b } }
    return self:proceed()
  end
  self:proceed()
  if step == "act" then
    local entries = self.actions:entries(item, a)
    if self.actions:may_start_now() then
      return self.actions:try(entries)
    end
    return self.actions:push(entries)
  elseif a == 0 then
    return self:batcher_of(item):look { item }
  end
  self:batcher_of(item):after(a, { item })
end

-- Those who wait, by who looks at them.
local function wait_in_batches(self, seconds, list)
  local direct, named = {}, {}
  for _, item in ipairs(list) do
    table.insert(self:batcher_of(item) == self.batcher and direct or named, item)
  end
  if #direct > 0 then
    self.batcher:after(seconds, direct)
  end
  if #named > 0 then
    self.names:after(seconds, named)
  end
end

--- Does what comes next for each of those items: `decide(item, i)` says what that is (see `signoff.signout.state_machine`).
function worker:follow(list, decide)
  if self.batcher.size == 1 and #list == 1 then
    return follow_one(self, list[1], decide(list[1], 1))
  end
  local acting, over, waiting, order = sort_out(self, list, decide)
  for _, seconds in ipairs(order) do
    wait_in_batches(self, seconds, waiting[seconds])
  end
  if #acting > 0 then
    self.actions:push(acting)
  end
  if #over > 0 then
    self:conclude(over)
  end
  self:proceed()
end

-- The rows of one target: of somebody named one for each place.
local function add_rows(self, rows, one)
  local plans, ids = items.rows_of(one.item)
  for i, plan in ipairs(plans) do
    local verdict, why = one.verdict, one.why
    if ids[i] then
      verdict, why = machine.verdict_of_place(one.item.state, ids[i], verdict, why, one.item.context)
    end
    rows[#rows + 1] = items.row(plan, self.kind, verdict, why, one.item.evidence)
  end
end

--- Those items have a verdict.
-- @tparam {table,...} over `item`, `verdict`, `why`
function worker:conclude(over)
  local rows = {}
  for _, one in ipairs(over) do
    if one.verdict == "status_set" then
      self.batcher:note_panels(one.item)
    end
    add_rows(self, rows, one)
  end
  self.done = self.done + #over
  self.run:conclude(rows)
  if self.done >= self.total then
    self.jobs:clear() -- alarms of looks that nobody needs any more
  end
end

-- Taking targets up

--- Whether nothing is on its way that would soon want a look.
function worker:is_quiet()
  local acting = not self.stopped and self.actions:waiting() > 0
  local feeding = not self.stopped and self.next <= #self.list
  return not feeding and not acting and self.fresh == 0 and self.actions.under_way == 0
end

--- How many targets may still be acted on: those that did not have their turn.
function worker:to_act()
  return #self.list - self.next + 1 + self.fresh + self.actions:waiting()
end

--- The first look at those items, all in one request if it takes that many.
function worker:look_first(list)
  for _, item in ipairs(list) do
    if not item.fresh then
      item.fresh = true
      self.fresh = self.fresh + 1
    end
  end
  local direct, named = {}, {}
  for _, item in ipairs(list) do
    table.insert(self:batcher_of(item) == self.batcher and direct or named, item)
  end
  self.batcher:at_once(direct)
  self.names:at_once(named)
end

-- The next targets of the plan.
local function take_up(self)
  local chunk = {}
  while #chunk < self.window.size and self.next <= #self.list do
    chunk[#chunk + 1] = self.list[self.next]
    self.next = self.next + 1
  end
  expand.begin(self, chunk)
end

--- Takes up more targets where few are left, and starts what waits for nothing any more.
function worker:proceed()
  while not self.stopped and self.next <= #self.list and self.fresh + self.actions:waiting() <= self.window.low do
    take_up(self)
  end
  self.actions:pump()
  self:flush()
end

--- Runs until each target has its verdict, or it was stopped.
function worker:start()
  restore.take_up(self, self.resumed)
  self:proceed()
  self.jobs:drain()
end

return worker
