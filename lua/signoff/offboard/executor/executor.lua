-- SPDX-License-Identifier: MIT

--- Executes a plan: a worker for each system, side by side; their shared state, the conditions that stop them all, and the result.
-- @module signoff.offboard.executor.executor

local Acted = require "signoff.offboard.executor.acted"
local core = require "signoff.core"
local deadline = require "signoff.async.deadline"
local json = require "signoff.json"
local stop = require "signoff.offboard.executor.stop"
local worker = require "signoff.offboard.executor.worker"
local outcome = require "signoff.offboard.executor.outcome"
local verdicts = require "signoff.signout.verdict"

local executor = {}
executor.__index = executor

-- Seconds between looks whether all is done, or somebody wants it to end; seconds between reports of progress.
local LEAST_GLANCE, GLANCE, TICK = 0.001, 0.05, 1

-- A clock by which two moments are never the same: what was asked before an act ended is older than it (rule A3).
local function strict(now)
  local last = -math.huge
  return function()
    last = math.max(now(), last + 1e-9)
    return last
  end
end

--- @tparam table parts `env`, `plan`, `systems` (checked), `rules`, `secrets`, `protects`, `journal` (nil: in memory),
-- `max_fail` (a number), `on_result`, `on_progress`, `interrupted`, and of an earlier run `rows`, `children`, `last`,
-- `taken_up` (by number), `acted`, `begun` and `settled` (lists by system, see `signoff.offboard.executor.restore`)
function executor.new(parts)
  local self = {
    rows = {}, children = {}, taken_up = {}, acted = Acted.new(),
    reals = {}, last = #parts.plan.items, workers = {}, stops = json.list {},
    failures = 0, active = 0, started = core.time(),
  }
  for name, value in pairs(parts) do
    self[name] = value
  end
  setmetatable(self, executor)
  self.clock = { now = strict(self.env.now), time = core.time }
  if self.journal and self.env.opened then
    table.insert(self.env.opened, self.journal)
  end
  local lists = self:lists()
  for _, entry in ipairs(self.systems) do
    if lists[entry.name] then
      local made = worker.new(self, entry, lists[entry.name])
      self.workers[#self.workers + 1], self.workers[entry.name] = made, made
    end
  end
  return self
end

-- The items that are to be done, by system. Those of an earlier run that are over, or were begun, are not among them.
function executor:lists()
  local lists = {}
  local function add(plan)
    if self.taken_up[plan.n] then
      return
    end
    for _, child in ipairs(self.children[plan.n] or {}) do
      add(child)
    end
    if not self.children[plan.n] and not self.rows[plan.n] then
      table.insert(lists[plan.system], plan)
    end
  end
  for _, plan in ipairs(self.plan.items) do
    lists[plan.system] = lists[plan.system] or {}
    add(plan)
  end
  return lists
end

-- Requests of workers

--- The number of one more item.
function executor:next_number()
  self.last = self.last + 1
  return self.last
end

--- An item was found to be those, or those besides.
function executor:extend(plan, list)
  local children = self.children[plan.n] or {}
  self.children[plan.n] = children
  for _, child in ipairs(list) do
    children[#children + 1] = child
  end
end

-- Without the journal nothing may go on: what it does not hold would be lost.
local function journal_failed(self, message)
  if not self.broken then
    self.broken = message
    self:stop_all("journal", "the journal cannot be written: " .. message, true)
  end
  return false
end

--- Writes a record, and returns true when it is on disk.
function executor:record(record)
  local journal = self.journal
  if not journal then
    self.acted:take(record)
    return true
  elseif self.broken then
    return false
  end
  record.at = core.time()
  local fine, message = journal:write(record)
  if fine then
    fine, message = journal:sync()
  end
  if not fine then
    return journal_failed(self, message)
  end
  self.acted:take(record)
  return true
end

local function write_rows(self, rows)
  if not self.journal or self.broken then
    return
  end
  for _, row in ipairs(rows) do
    local fine, message = self.journal:write { event = "verdict", at = core.time(), item = row.item, row = row }
    if not fine then
      return journal_failed(self, message)
    end
  end
  if not self.on_result then
    return true -- on disk with what comes next: if it is lost, it is found once more
  end
  local fine, message = self.journal:sync()
  return fine or journal_failed(self, message)
end

local function count_failures(self, rows)
  for _, row in ipairs(rows) do
    if verdicts.exit(row.verdict, row.code) == 1 then
      self.failures = self.failures + 1
    end
  end
  if self.max_fail and self.failures > self.max_fail then
    local why = ("%d targets failed or are still active, more than max_fail allows (%d)"):format(self.failures, self.max_fail)
    self:stop_all("max_fail", why)
  end
end

--- Those rows are final.
function executor:conclude(rows)
  for _, row in ipairs(rows) do
    self.rows[row.item] = row
  end
  write_rows(self, rows)
  count_failures(self, rows)
  for _, row in ipairs(self.on_result and rows or {}) do
    self.on_result(row)
  end
end

-- Stopping

--- Notes that a system stopped, or all of them.
function executor:note_stop(system, code, why)
  self.stops[#self.stops + 1] = { system = system, code = code, why = why }
  if not self.broken then
    self:record { event = "stop", system = system, code = code, why = why }
  end
end

--- Stops all systems.
-- @tparam string code
-- @tparam string why
-- @tparam[opt] boolean at_once nothing more is looked at either
function executor:stop_all(code, why, at_once)
  if not stop.stop(self, code, why, at_once) then
    return
  end
  self.message = why
  for _, each in ipairs(self.workers) do
    each:stop(code, why, at_once)
  end
  self:note_stop(nil, code, why)
end

-- Running

-- What a system waits for: true when it may begin; false and the name of one that stopped when it never may.
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
    each:run_all()
    each.over = true
    self.active = self.active - 1
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

-- Whoever calls within `signoff.deadline` waits no longer: no call would have time any more.
local function time_is_over()
  return core.now() >= deadline.ends() and "the time is over that signoff.deadline gave"
end

local function check_interrupted(self)
  local why = not stop.is_at_once(self) and (self.interrupted and self.interrupted() or time_is_over())
  if why == true or why == "interrupted" then
    self:stop_all("interrupted", "it was interrupted", true)
  elseif why then
    self:stop_all("guard", tostring(why), true)
  end
end

local function report_progress(self)
  for _, each in ipairs(self.workers) do
    local to_act = each:to_act()
    self.on_progress(each.name, {
      total = each.total, done = each.done, acted = math.max(each.total - to_act, each.done), in_flight = each.jobs:running(),
      waiting = each.total - each.done,
      eta = each.entry.per_minute and to_act > 0 and each.system:estimate(to_act + 1) + self.rules.settle or nil,
      stopped = each.stopped and each.stopped.code,
    })
  end
end

local function watch_over(self)
  local glance, reported = LEAST_GLANCE, -math.huge
  repeat
    begin_ready(self)
    check_interrupted(self)
    if self.on_progress and self.env.now() - reported >= TICK then
      reported = self.env.now()
      report_progress(self)
    end
    if self.active > 0 then
      self.env.sleep(glance)
      glance = math.min(glance * 2, GLANCE)
    end
    begin_ready(self)
  until self.active == 0
  if self.on_progress then
    report_progress(self)
  end
end

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
    rows = self.rows, children = self.children, kinds = kinds(self), acted = self.acted,
    reason = function(plan) return reason_of(self, plan) end,
  })
  result.results, result.totals, result.acknowledged = rows, outcome.totals(rows), outcome.acknowledged(rows)
  result.exit, result.stops = outcome.exit(rows, self.stops, self.plan.gaps), self.stops
  result.message, result.started, result.ended = self.message, result.started or self.started, core.time()
  return result
end

--- Runs to its end.
-- @tparam table result what is known of it already: who, where, which plan
-- @treturn table the same, with rows, totals, exit, stops
function executor:go(result)
  watch_over(self)
  finish(self, result)
  if self.journal then
    if not self.broken then
      self:record { event = "end", totals = result.totals, exit = result.exit }
    end
    result.journal_head = self.journal:head()
    self.journal:close()
  end
  return result
end

return executor
