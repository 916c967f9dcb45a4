-- SPDX-License-Identifier: MIT

--- Executes a plan: a worker for each system, side by side or after one another; the conditions that stop them all, and the result.
-- @module signoff.offboard.executor.executor

local core = require "signoff.core"
local deadline = require "signoff.async.deadline"
local outcome = require "signoff.offboard.executor.outcome"
local Recorder = require "signoff.offboard.executor.recorder"
local Worker = require "signoff.offboard.executor.worker"

local executor = {}
executor.__index = executor

-- Seconds between two questions whether somebody wants the run to end, and between two reports of its progress.
local GLANCE, TICK = 0.05, 1

-- A clock by which two moments are never the same: a look that was asked for before an act ended is older than it (rule A3).
local function strict(now)
  local last = -math.huge
  return function()
    last = math.max(now(), last + 1e-9)
    return last
  end
end

-- The items that are to be done, by system. Those of an earlier run that are over, or were begun, are not among them.
local function lists_of(self, taken_up)
  local lists, children, rows = {}, self.log.children, self.log.rows
  local function add(plan)
    if taken_up[plan.n] then
      return
    end
    for _, child in ipairs(children[plan.n] or {}) do
      add(child)
    end
    if not children[plan.n] and not rows[plan.n] then
      table.insert(lists[plan.system], plan)
    end
  end
  for _, plan in ipairs(self.plan.items) do
    lists[plan.system] = lists[plan.system] or {}
    add(plan)
  end
  return lists
end

-- The parts that all workers share.
local function shared_parts(self, parts)
  return {
    env = parts.env, clock = { now = strict(parts.env.now), time = core.time }, rules = parts.rules, retry = parts.retry,
    systems = parts.plan.systems, secrets = parts.secrets, protects = parts.protects, begun = parts.begun or {},
    settled = parts.settled or {}, reals = {}, log = self.log,
  }
end

--- @tparam table parts `env`, `plan`, `systems` (checked), `rules`, `retry`, `secrets`, `protects`, `journal` (nil: in memory),
-- `max_fail` (a number), `on_result`, `on_progress`, `interrupted`, and of an earlier run `rows`, `children`, `last`,
-- `taken_up` (by number), `acted`, `first_act`, `begun` and `settled` (lists by system, see `signoff.offboard.executor.restore`)
function executor.new(parts)
  local self = setmetatable({
    env = parts.env, plan = parts.plan, systems = parts.systems, rules = parts.rules, on_progress = parts.on_progress,
    interrupted = parts.interrupted, workers = {}, active = 0, started = core.time(), changed = parts.env.condition(),
  }, executor)
  self.log = Recorder.new(parts, function(code, why, at_once)
    self:stop_all(code, why, at_once)
  end)
  if parts.journal and self.env.opened then
    table.insert(self.env.opened, parts.journal)
  end
  local lists, shared = lists_of(self, parts.taken_up or {}), shared_parts(self, parts)
  for _, entry in ipairs(self.systems) do
    if lists[entry.name] then
      local made = Worker.new(shared, entry, lists[entry.name])
      self.workers[#self.workers + 1], self.workers[entry.name] = made, made
    end
  end
  return self
end

--- Writes a record to the journal.
-- @treturn boolean
function executor:record(record)
  return self.log:record(record)
end

-- Stopping

--- Stops all systems. A run that was stopped can be stopped once more only to end at once.
-- @tparam string code
-- @tparam string why
-- @tparam[opt] boolean at_once nothing more is looked at either
function executor:stop_all(code, why, at_once)
  if self.stopped and (self.stopped.at_once or not at_once) then
    return
  end
  self.stopped = { code = code, why = why, at_once = at_once }
  self.message = why
  for _, each in ipairs(self.workers) do
    each:stop(code, why, at_once)
  end
  self.log:note_stop(nil, code, why)
end

-- Whether the deadline around the run has passed: no call would have time any more.
local function time_is_over()
  return core.now() >= deadline.ends() and "the time is over that signoff.deadline gave"
end

local function check_interrupted(self)
  local at_once = self.stopped and self.stopped.at_once
  local why = not at_once and (self.interrupted and self.interrupted() or time_is_over())
  if why == true or why == "interrupted" then
    self:stop_all("interrupted", "it was interrupted", true)
  elseif why then
    self:stop_all("guard", tostring(why), true)
  end
end

-- Running

-- Whether a system may begin: true; nil while it waits for another one; false and the name of one that stopped when it never may.
local function may_begin(self, each)
  for _, name in ipairs(each.entry.after or {}) do
    local other = self.workers[name]
    if other and other.stopped then
      return false, name
    elseif other and not other.over then
      return nil
    end
  end
  return true
end

local function begin(self, each)
  each.begun = true
  self.active = self.active + 1
  self.env.spawn(function()
    each:run()
    each.over = true
    self.active = self.active - 1
    self.changed:signal()
  end)
end

local function begin_ready(self)
  for _, each in ipairs(self.workers) do
    if not each.begun and not each.stopped then
      local yes, name = may_begin(self, each)
      if yes then
        begin(self, each)
      elseif yes == false then
        each:stop("after", ("waits for %s, which was stopped"):format(name), true)
      end
    end
  end
end

local function report_progress(self)
  self.reported = self.env.now()
  for _, each in ipairs(self.workers) do
    self.on_progress(each.name, each:progress())
  end
end

-- Waits until a system ends, or until it is time to ask whether the run must end, or to report.
local function wait(self)
  local seconds = math.min(self.interrupted and GLANCE or math.huge, math.max(deadline.ends() - core.now(), 0))
  if self.on_progress then
    seconds = math.min(seconds, math.max(self.reported + TICK - self.env.now(), 0))
  end
  self.changed:wait(seconds < math.huge and seconds or nil)
end

local function watch_over(self)
  begin_ready(self)
  while self.active > 0 do
    check_interrupted(self)
    if self.on_progress and self.env.now() - (self.reported or -math.huge) >= TICK then
      report_progress(self)
    end
    wait(self)
    begin_ready(self)
  end
  if self.on_progress then
    report_progress(self)
  end
end

-- The result

local function reason_of(self, plan)
  local each = self.workers[plan.system]
  local reason = each and each.reasons[plan.n]
  local stopped = each and each.stopped or self.stopped
  return { code = reason and reason.code, message = reason and reason.message or stopped and stopped.why }
end

local function kinds(self)
  local by_name = {}
  for _, entry in ipairs(self.systems) do
    by_name[entry.name] = entry.kind
  end
  return by_name
end

local function finish(self, result)
  local rows = outcome.rows(self.plan.items, {
    rows = self.log.rows, children = self.log.children, kinds = kinds(self), acted = self.log.acted,
    reason = function(plan) return reason_of(self, plan) end,
  })
  result.results, result.totals, result.acknowledged = rows, outcome.totals(rows), outcome.acknowledged(rows)
  result.exit, result.stops = outcome.exit(rows, self.log.stops, self.plan.gaps), self.log.stops
  result.message, result.started, result.ended = self.message, result.started or self.started, core.time()
  result.first_act = result.signals and self.log.first_act
end

--- Runs the plan to its end.
-- @tparam table result what is known of it already: who, where, which plan
-- @treturn table the same, with rows, totals, exit, stops
function executor:go(result)
  watch_over(self)
  finish(self, result)
  self.log:close(result)
  return result
end

return executor
