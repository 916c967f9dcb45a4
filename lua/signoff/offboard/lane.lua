-- SPDX-License-Identifier: MIT

--- One system's part of a run: which of its targets comes when, and what stops it.
--
-- Targets are taken up a few at a time, so that what was seen of them is fresh when they are acted on, and what is kept of
-- them does not grow with the run.
-- @module signoff.offboard.lane

local agenda = require "signoff.agenda"
local breaker = require "signoff.breaker"
local core = require "signoff.core"
local judgement = require "signoff.judgement"
local pacing = require "signoff.pacing"
local retry = require "signoff.retry"
local Acts = require "signoff.offboard.acts"
local course = require "signoff.offboard.course"
local expansion = require "signoff.offboard.expansion"
local halt = require "signoff.offboard.halt"
local items = require "signoff.offboard.items"
local resumption = require "signoff.offboard.resumption"
local Looks = require "signoff.offboard.looks"

local lane = {}
lane.__index = lane

-- Seconds that a look waits for others to share its request: where changes are paced, and elsewhere in parts of `settle`.
local PATIENCE, PATIENT_PART, LEAST_PATIENCE = 60, 0.5, 0.2
-- Seconds that something is put off, at least.
local TICK = 0.001
-- Seconds of paced changes that must still wait when the next targets are taken up.
local AHEAD = 3

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

--- @tparam table run what all systems share: `env`, `rules`, `journal`, ...
-- @tparam table entry of the system
-- @tparam table list the plan's items of this system, in order
function lane.new(run, entry, list)
  local facts = core.facts[entry.kind]
  local self = setmetatable({
    run = run, env = run.env, rules = run.rules, name = entry.name, kind = entry.kind, client = entry.client, entry = entry,
    status = planned_status(run, entry) or entry.status, list = list, next = 1, fresh = 0, done = 0, reasons = {}, acted = {},
    resumed = run.begun and run.begun[entry.name] or {},
    act = facts.operations[facts.signs_out], proves = facts.operations.status.proves,
  }, lane)
  self.total = #list + #self.resumed
  local paced = entry.per_minute or entry.per_second
  self.agenda = agenda.new(run.env, entry.concurrency)
  self.pacing = pacing.new(run.env, { per_minute = entry.per_minute or nil, per_second = entry.per_second })
  self.retry = retry.new(run.env, run.retry)
  self.breaker = breaker.new(run.env, entry.breaker)
  self.looks = Looks.new(self, entry.kind, paced and PATIENCE or math.max(self.rules.settle * PATIENT_PART, LEAST_PATIENCE))
  self.acts = Acts.new(self)
  self.window = self:window_of(entry)
  return self
end

--- How many targets are taken up at once, and how few must be left of them before more are.
function lane:window_of(entry)
  local per_minute = entry.per_minute or (entry.per_second and entry.per_second * 60)
  local size = self.looks.size
  if size == 1 then
    return { size = 1, low = 2 * entry.concurrency }
  elseif per_minute then
    return { size = math.min(size, math.max(1, per_minute)), low = math.max(entry.concurrency, per_minute / 60 * AHEAD) }
  end
  return { size = size, low = math.min(size, math.max(entry.concurrency, self.acts.size)) }
end

-- Starting and stopping

--- Adds a job, unless all has stopped.
-- @tparam number due as `env.now` has it; 0 for at once
-- @tparam function job
-- @tparam[opt] number rank lower ones do first
function lane:add(due, job, rank)
  if not halt.is_at_once(self) then
    self.agenda:add(due, job, rank)
  end
end

--- Adds a job that may not start yet.
-- @tparam number seconds after which it may be tried again
-- @tparam function job
-- @tparam[opt] number rank
function lane:later(seconds, job, rank)
  self:add(self.env.now() + math.max(seconds, TICK), job, rank) -- a sum may fall short of what it is made of
end

--- Stops this system: nothing new is begun; `at_once`: what was begun is not looked at any more either.
-- @tparam string code
-- @tparam string why
-- @tparam[opt] boolean at_once
function lane:stop(code, why, at_once)
  if not halt.stop(self, code, why, at_once) then
    return
  end
  if at_once then
    self.agenda:clear()
  else
    self.looks:flush()
  end
end

-- Stops it for a reason of its own.
local function stop_alone(self, code, why)
  self:stop(code, why, true)
  self.run:note_stop(self.name, code, why)
end

--- Seconds until the time is over that the system asked for; nil when it is.
function lane:held()
  local left = (self.held_until or 0) - self.env.now()
  return left > 0 and left or nil
end

--- Whether a request may be made now. Otherwise `later` is called when one may be, if ever. Who is allowed to must say what
-- it came to: `heard`.
function lane:may_start(later)
  local seconds = self:held()
  if not seconds and not halt.is_at_once(self) then
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
    self.held_until = math.max(self.held_until or 0, self.env.now() + math.min(detail.retry_after, pacing.LONGEST_HOLD))
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
function lane:heard(detail)
  if detail then
    return heed(self, detail)
  end
  self.breaker:succeeded()
  self.retry:succeeded()
  return false
end

--- Leaves those items for a later run.
function lane:put_off(list, detail)
  for _, item in ipairs(list) do
    self:leave_first(item)
    self.reasons[item.plan.n] = { code = detail.code, message = core.mask(self.client, detail.message) }
  end
end

-- Following one target

--- Adds to the evidence.
-- @function lane:note
function lane.note(_, item, what, more)
  items.note(item, what, core.time(), more)
end

--- Whether the plan protects that name.
function lane:protects(name)
  return self.run.protects(name)
end

--- A record in the journal, on disk when this returns true.
function lane:record(record)
  return self.run:record(record)
end

--- What was seen of one item, and what comes next.
function lane:seen(item, sighting, now)
  local phase = item.phase
  local previous = sighting.status and phase == "first" and { previous = judgement.settable(sighting.status) } or nil
  self:note(item, sighting.code and sighting.what or core.mask(self.client, sighting.what), previous)
  local step, a, b = course.saw(item, sighting, self, now)
  if step == "over" and a == "status_set" and phase == "first" then
    self:note(item, "it already was", { already = true })
  end
  return step, a, b
end

--- The item has left the first phase.
function lane:leave_first(item)
  if item.fresh then
    item.fresh = nil
    self.fresh = self.fresh - 1
  end
end

-- Seconds as the key of those that wait as long.
local function rounded(seconds)
  return math.ceil(seconds * 100) / 100
end

local function sort_out(self, list, decide)
  local acting, over, waiting, order = {}, {}, {}, {}
  for i, item in ipairs(list) do
    local step, a, b = decide(item, i)
    if step ~= "look" then
      self:leave_first(item)
    end
    if step == "act" then
      acting[#acting + 1] = item
    elseif step == "over" then
      over[#over + 1] = { item = item, verdict = a, why = b }
    else
      local seconds = rounded(a)
      if not waiting[seconds] then
        waiting[seconds] = {}
        order[#order + 1] = seconds
      end
      table.insert(waiting[seconds], item)
    end
  end
  return acting, over, waiting, order
end

-- Goes on with the only item of a request in the same job, if it need not wait.
local function follow_one(self, item, step, a, b)
  if step ~= "look" then
    self:leave_first(item)
    if step == "over" then
      self:conclude { { item = item, verdict = a, why = b } }
      return self:proceed()
    end
  end
  self:proceed()
  if step == "act" and self.acts:may_start_now() then
    return self.acts:try { item }
  elseif step == "act" then
    return self.acts:push { item }
  elseif a == 0 then
    return self.looks:look { item }
  end
  self.looks:after(a, { item })
end

--- Does what comes next for each of those items: `decide(item, i)` says what that is (see `signoff.offboard.course`).
function lane:follow(list, decide)
  if self.looks.size == 1 and #list == 1 then
    return follow_one(self, list[1], decide(list[1], 1))
  end
  local acting, over, waiting, order = sort_out(self, list, decide)
  for _, seconds in ipairs(order) do
    self.looks:after(seconds, waiting[seconds])
  end
  if #acting > 0 then
    self.acts:push(acting)
  end
  if #over > 0 then
    self:conclude(over)
  end
  self:proceed()
end

--- Those items have a verdict.
-- @tparam {table,...} over `item`, `verdict`, `why`
function lane:conclude(over)
  local rows = {}
  for i, one in ipairs(over) do
    if one.verdict == "status_set" then
      self.looks:note_panels(one.item)
    end
    rows[i] = items.row(one.item.plan, self.kind, one.verdict, one.why, one.item.evidence)
  end
  self.done = self.done + #rows
  self.run:conclude(rows)
  if self.done >= self.total then
    self.agenda:clear() -- alarms of looks that nobody needs any more
  end
end

-- Taking targets up

--- Whether nothing is on its way that would soon want a look.
function lane:is_quiet()
  local acting = not self.stopped and self.acts:waiting() > 0
  local feeding = not self.stopped and self.next <= #self.list
  return not feeding and not acting and self.fresh == 0 and self.acts.under_way == 0
end

--- How many targets may still be acted on: those that did not have their turn.
function lane:to_act()
  return #self.list - self.next + 1 + self.fresh + self.acts:waiting()
end

--- The first look at those items, all in one request if it takes that many.
function lane:look_first(list)
  for _, item in ipairs(list) do
    if not item.fresh then
      item.fresh = true
      self.fresh = self.fresh + 1
    end
  end
  for first = 1, #list, math.min(self.looks.size, math.max(#list, 1)) do
    local batch = {}
    for i = first, math.min(first + self.looks.size - 1, #list) do
      batch[#batch + 1] = list[i]
    end
    self:add(0, function()
      self.looks:look(batch)
    end, 1)
  end
end

-- The next targets of the plan.
local function take_up(self)
  local chunk = {}
  while #chunk < self.window.size and self.next <= #self.list do
    chunk[#chunk + 1] = self.list[self.next]
    self.next = self.next + 1
  end
  expansion.begin(self, chunk)
end

--- Takes up more targets where few are left, and starts what waits for nothing any more.
function lane:proceed()
  while not self.stopped and self.next <= #self.list and self.fresh + self.acts:waiting() <= self.window.low do
    take_up(self)
  end
  self.acts:pump()
  self.looks:flush()
end

--- Runs until each target has its verdict, or it was stopped.
function lane:start()
  resumption.take_up(self, self.resumed)
  self:proceed()
  self.agenda:drain()
end

return lane
