-- SPDX-License-Identifier: MIT

--- The actor: reads the events of an inbox as they come, and signs the persons whom they name out, each with a run of its own.
--
--     inbox -> docket -> ledger -> attempt -> ledger -> inbox
--              (what is due)       (plan, apply, verify)
--
-- It reads the inbox five times a second, and plans those whose runs begin then together. Runs of several persons go on side by side;
-- they share the concurrency and the rate of each system.
-- @module signoff.offboard.watch.actor

local attempt = require "signoff.offboard.watch.attempt"
local core = require "signoff.core"
local Docket = require "signoff.offboard.watch.docket"
local rate_limit = require "signoff.policy.rate_limit"
local runtime = require "signoff.async.runtime"
local signoff = require "signoff"

local actor = {}

local Actor = {}
Actor.__index = Actor

local TICK = 0.2 -- seconds from one reading of the inbox to the next
local TIDY = 60 -- seconds after which persons are forgotten of whom nothing is left to know, and the inbox is asked what it need not keep
local MOST = 256 -- runs that go on at once: each has a journal open
local WAITS = { 5, 15, 60, 300 } -- seconds until a run that could not go on is tried again

-- The event that takes an order back.
local ENABLED = "/account%-enabled$"

--- @tparam table parts `inbox` (see `signoff.receiver.backlog`), `ledger`, `brake`, `merge` (seconds), `site` (see
-- `signoff.offboard.watch.attempt`), `once` (end when nothing is left to do now), `prune(now, pause)` (see `signoff.receiver.retention`),
-- `tell(what, about)`
function actor.new(parts)
  return setmetatable({
    inbox = parts.inbox, ledger = parts.ledger, site = parts.site, once = parts.once, tell = parts.tell,
    docket = Docket.new(parts.brake, parts.merge), known = {}, was_held = {}, owed = {}, unheld = {}, active = 0, ended = {}, troubles = {},
    prune = parts.prune, tidied = 0,
  }, Actor)
end

-- Finishing events

-- Tells the inbox what became of an event. Where the disk does not take it, it is tried again: nothing is done twice, since the
-- ledger knows.
local function finish(self, event, result)
  local fine, message = self.inbox:finish(event.id, result)
  self.owed[event.id] = not fine and { event = event, result = result } or nil
  if fine then
    self.known[event.id], self.was_held[event.id] = nil, nil
  else
    self.tell("trouble", { message = message })
  end
end

-- Holds events. Where the disk does not take it, they wait all the same, and it is tried again.
local function hold(self, events)
  local ids = {}
  for i, event in ipairs(events) do
    ids[i] = event.id
  end
  local fine, message = self.inbox:hold(ids)
  if not fine then
    self.unheld[#self.unheld + 1] = events
    return self.tell("trouble", { message = message })
  end
  for _, id in ipairs(ids) do
    self.was_held[id] = true
  end
  self.tell("held", { person = events[1].person, events = events })
end

-- Tells the inbox again what its disk did not take.
local function pay(self)
  local unheld = self.unheld
  self.unheld = {}
  for _, events in ipairs(unheld) do
    hold(self, events)
  end
  for _, debt in pairs(self.owed) do
    finish(self, debt.event, debt.result)
  end
end

local function result_of(run)
  local over = run.over
  if over.cancelled then
    return { outcome = "cancelled", run = run.number }
  end
  local outcome = over.exit and "acted" or "unknown_subject"
  return { outcome = outcome, run = run.number, journal = run.journal, exit = over.exit, totals = over.totals }
end

-- Taking events in

local function cancel(self, enabled)
  local cancelled = enabled.narrowed and {} or self.docket:cancel(enabled)
  for _, event in ipairs(cancelled) do
    finish(self, event, { outcome = "cancelled", by = enabled.id })
  end
  if #cancelled > 0 then
    self.tell("cancelled", { person = enabled.person, events = cancelled, by = enabled })
  end
  finish(self, enabled, { outcome = "recorded", cancelled = #cancelled })
end

local function take_in(self, event)
  local run = self.ledger.finished[event.id]
  self.known[event.id], self.was_held[event.id] = event, event.held or nil
  if run then
    finish(self, event, result_of(run))
  elseif type(event.person) ~= "string" then
    finish(self, event, { outcome = "unknown_subject" })
  elseif tostring(event.event):find(ENABLED) then
    cancel(self, event)
  elseif not self.members[event.id] then
    self.docket:add(event)
  end
end

-- An event that a person released.
local function release(self, event)
  self.was_held[event.id] = nil
  self.docket:release(event.person, function(held)
    return held.id == event.id
  end)
end

-- Reads what is new in the inbox. An inbox that is damaged ends the actor: nobody knows what it said.
local function read_inbox(self, before)
  local fine, count, line, message = self.inbox:refresh()
  if not fine then
    self.problem = message or ("%s:%s: the inbox is damaged"):format(tostring(count), tostring(line))
    return false
  elseif before then
    before(self)
  elseif count == 0 then
    return true
  end
  for _, event in ipairs(self.inbox:pending()) do
    if not self.known[event.id] then
      take_in(self, event)
    elseif self.was_held[event.id] and not event.held then
      release(self, event)
    end
  end
  return true
end

-- Runs

local function is_stopping(self)
  self.stopped = self.stopped or core.interrupted() or nil
  return self.stopped ~= nil or self.problem ~= nil
end

-- A ledger that cannot be written ends the actor: what it did would be done again.
local function must(self, fine, message)
  self.problem = self.problem or not fine and message or nil
  return fine
end

local function finish_all(self, run, events)
  for _, event in ipairs(events) do
    finish(self, event, result_of(run))
  end
end

-- Notes in the run's journal which events it was for, where others than those it began with are.
local function note_signals(self, run, events)
  if run.over.exit then
    local fine, message = attempt.note_signals(("%s/%s"):format(self.site.folder, run.journal), events)
    if not fine then
      self.tell("trouble", { run = run, message = message })
    end
  end
end

local function conclude(self, run, result)
  local proved = result.results and attempt.proved(result)
  local events = self.docket:ended(run, proved)
  if not must(self, self.ledger:over(run, events, result)) then
    return
  end
  run.finished = events
  if next(run.joined) then
    note_signals(self, run, events)
  end
  for _, id in ipairs(run.ids) do
    self.members[id] = nil
  end
  self.ended[#self.ended + 1] = self.once and run or nil
  self.ledger:trim()
  finish_all(self, run, events)
  self.tell("over", { run = run, result = result })
end

-- Waits, as long as the actor goes on.
local function pause(self, seconds)
  local ends = core.now() + seconds
  while core.now() < ends and not is_stopping(self) do
    runtime.sleep(TICK)
  end
end

-- Makes an attempt at a run, and another one where it can only begin again.
local function try(self, run)
  local fine, result, message, code = signoff.pcall(attempt.make, run, self.site)
  if not fine then
    return nil, tostring(result), "bug"
  elseif not result and attempt.must_begin_again(code) and must(self, self.ledger:again(run)) then
    self.tell("again", { run = run, message = message })
    return try(self, run)
  end
  return result, message, code
end

-- Makes attempts until the run is over.
local function follow(self, run)
  local attempts = 0
  repeat
    local result, message, code = try(self, run)
    if result then
      self.troubles[run.number] = nil
      return conclude(self, run, result)
    elseif is_stopping(self) then
      return
    end
    self.troubles[run.number] = { run = run, message = tostring(message), code = code }
    self.tell("trouble", self.troubles[run.number])
    attempts = attempts + 1
    pause(self, self.once and 0 or WAITS[math.min(attempts, #WAITS)])
  until self.once or is_stopping(self)
end

-- Its caller has counted it as active.
local function spawn(self, work, about)
  self.loop:spawn_detached(function()
    work(self, about)
    self.active = self.active - 1
  end)
end

-- Runs that begin together. Where planning them raises an error, each run plans for itself, and tells it.
local function spawn_together(self, runs)
  self.active = self.active + #runs
  for _, run in ipairs(runs) do
    self.tell("begun", { run = run })
  end
  self.loop:spawn_detached(function()
    signoff.pcall(attempt.draft, runs, self.site)
    for _, run in ipairs(runs) do
      spawn(self, follow, run)
    end
  end)
end

-- The runs of an actor that was ended in the middle.
local function restore(self)
  local events = {}
  self.members = {}
  for _, event in ipairs(self.inbox:pending()) do
    events[event.id] = event
  end
  self.docket.brake:note_runs(self.ledger.runs)
  for number = 1, self.ledger.last do
    local run = self.ledger.runs[number]
    if run and not run.over then
      run.events = {}
      for _, id in ipairs(run.ids) do
        run.events[#run.events + 1], self.members[id] = events[id], run
      end
      self.docket:began(run)
      self.active = self.active + 1
      self.tell("resumed", { run = run })
      spawn(self, follow, run)
    end
  end
end

-- The steps of the docket

local steps = {}

function steps.run(self, step)
  local run, message = self.ledger:begin(step.person, step.events)
  if must(self, run, message) then
    run.events = step.events
    self.docket:began(run)
    self.begun[#self.begun + 1] = run
  end
end

function steps.join(self, step)
  must(self, self.ledger:join(step.run, step.events))
end

-- Events that a run which is over covers already.
function steps.merge(self, step)
  local run = step.run
  for _, event in ipairs(step.events) do
    run.finished[#run.finished + 1] = event
  end
  note_signals(self, run, run.finished)
  finish_all(self, run, step.events)
end

function steps.hold(self, step)
  hold(self, step.events)
end

-- Removes what the inbox need not keep any more, beside the runs.
local function prune(self, now)
  local fine, removed, message = signoff.pcall(self.prune, now, function()
    runtime.sleep(0)
  end)
  if not (fine and removed) then
    self.tell("trouble", { message = message or tostring(removed) })
  end
end

local function take_steps(self)
  local now = core.time()
  self.begun = {}
  for _, step in ipairs(self.docket:due(now, MOST - self.active)) do
    steps[step.step](self, step)
  end
  if #self.begun > 0 and must(self, self.ledger:sync()) then
    spawn_together(self, self.begun)
  end
  if math.abs(now - self.tidied) > TIDY then
    self.docket:tidy(now)
    self.tidied = now
    self.active = self.active + 1
    spawn(self, prune, now)
  end
end

-- Running

-- Concurrency and rate of a system are for all runs together.
local function share_limits(self)
  local env = { now = core.now, sleep = runtime.sleep }
  for _, entry in ipairs(self.site.systems) do
    self.loop:limit(entry.client, { concurrency = entry.concurrency })
    entry.pacing = rate_limit.new(env, { per_minute = entry.per_minute or nil, per_second = entry.per_second })
  end
end

local function has_work(self)
  return not self.once or self.active > 0 or self.docket:counts().waiting > 0
end

local function work(self)
  share_limits(self)
  if read_inbox(self, restore) then
    self.ledger:trim()
  end
  while not is_stopping(self) do
    pay(self)
    read_inbox(self)
    take_steps(self)
    if not has_work(self) then
      break
    end
    runtime.sleep(TICK)
  end
  while self.active > 0 do
    runtime.sleep(TICK)
  end
end

--- Works until it is interrupted; with `once` until nothing is left to do.
-- @treturn table `ended` (runs, with `once`), `troubles` (of runs that are not over), `counts` (see `docket:counts`), `stopped` (a
-- signal), `problem` (why it could not go on)
function Actor:run()
  self.site.interrupted = function()
    return is_stopping(self) and "interrupted"
  end
  signoff.loop(function(loop)
    self.loop = loop
    work(self)
  end)
  return {
    ended = self.ended, troubles = self.troubles, counts = self.docket:counts(), stopped = self.stopped, problem = self.problem,
  }
end

return actor
