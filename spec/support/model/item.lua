-- SPDX-License-Identifier: MIT
-- One target of a run in the model: drives the state machine as the executor's worker and replay do, without a clock,
-- a journal on disk, or a network. Each function takes and returns numbers of values (spec.support.model.store), and remembers
-- what it found: equal questions are asked of the code once.
--
-- Of an item there are: its machine with what is kept beside it (`state`, `cookie`, `found`), the records of real targets, the
-- stage that it is in (`wait`, `fly`: a look is on its way, `queued`, `acting`, `over`, `off`: left for a later run), and what
-- the journal holds of it (`changes`, `found`, `rows`).

local store = require "spec.support.model.store"

local item = {}
item.__index = item

-- A module whose functions are watched as they run.
local function watched(module, lines)
  local made = {}
  for name, member in pairs(module) do
    made[name] = lines:around(member)
  end
  return made
end

--- @tparam table parts `world`, `target`, `modules` (of signoff.signout), `store`, `counts` of steps, `lines` (see
-- spec.support.lines), `exact` (nothing is left out of what the code holds)
function item.new(parts)
  local self = setmetatable({ known = {}, plain = {} }, item)
  for name, value in pairs(parts) do
    self[name] = value
  end
  self.machine, self.observation = self.modules.state_machine, self.modules.observation
  if self.lines then
    self.machine, self.observation = watched(self.machine, self.lines), watched(self.observation, self.lines)
  end
  return self
end

local function always_untouched(self, reals)
  return function(id)
    reals[id] = reals[id] or self.machine.untouched()
    return reals[id]
  end
end

local function context_of(self, reals)
  local world = self.world
  return {
    target = self.target, evidence = world.evidence, retry = world.retry, limits = world.limits, compare = world.compare,
    protects = world.protects, watches = self.target.watches, real = always_untouched(self, reals),
  }
end

-- A first absence was asked for before the last act ended, or after it, and dated before all that comes next: nothing else of
-- when that was is ever read.
local BEFORE, LONG_AGO = -100, -9

local function thaw(self, m, r)
  local held, reals = store.copy(self.store.values[m]), store.copy(self.store.values[r])
  local first = held.state and held.state.absent
  if first and not self.exact then
    first.asked, first.date = first.old and BEFORE or 0, LONG_AGO
  end
  return held, reals, context_of(self, reals)
end

-- Members that nothing reads any more are left out, so that states which behave alike are one.

local function slim_failure(failure)
  return failure and { code = failure.code == "server" and "server" or "timeout", retriable = failure.retriable, sent = failure.sent }
end

local function slim_look(seen)
  return seen and {
    asked = seen.asked, asked_wall = seen.asked_wall, whole = seen.whole, occupant = seen.occupant, targets = seen.targets,
    status = seen.status,
  }
end

local function slim(held, stage, world, exact)
  local state = held.state
  if stage == "over" or stage == "off" then
    return {}
  elseif exact then
    return held
  end
  state.presence, state.doubt, state.waits = nil, nil, math.min(state.waits, #world.limits.schedule - 1)
  local keeps = stage == "queued" or stage == "acting" or world.evidence == "setting"
  state.looked = keeps and slim_look(state.looked) or nil
  if state.seen then
    state.seen = { occupant = state.seen.occupant }
  end
  if state.absent then
    state.absent = { replied = state.absent.replied, cleared = state.absent.cleared, old = state.absent.asked == BEFORE or nil }
  end
  for _, place in pairs(state.targets) do
    place.failure = slim_failure(place.failure)
  end
  return held
end

-- Asks the code once, and counts how often its answer was needed.
local function remembered(make)
  local known = store.remembered(make)
  return function(self, a, b, c)
    local found = known(self, a, b, c)
    self.counts[found.counted] = (self.counts[found.counted] or 0) + 1
    return found
  end
end

-- The number of a stage that has nothing but a time; of the others the number of all that they hold.
local function stage_number(self, stage)
  local name = stage.s .. (stage.due or "")
  if stage.targets then
    return self.store:id(stage)
  end
  self.plain[name] = self.plain[name] or self.store:id(stage)
  return self.plain[name]
end

-- The facts for the ledger: the rows, and whether an act follows.
local function told_number(self, rows, queued)
  if rows then
    return self.store:id { rows = rows }
  end
  self.plain[queued] = self.plain[queued] or self.store:id { queued = queued }
  return self.plain[queued]
end

-- `reals`: the records of real targets, or their number where they did not change.
local function frozen(self, held, reals, stage, more)
  local found = more or {}
  found.m, found.d = self.store:id(slim(held, stage.s, self.world, self.exact)), stage_number(self, stage)
  found.r = type(reals) == "table" and self.store:id(reals) or reals
  found.told = told_number(self, found.rows, stage.s == "queued")
  if found.rows or found.found or found.changes then
    found.note = self.store:id { rows = found.rows, found = found.found, changes = found.changes, before = found.before }
  end
  return found
end

-- The next step

local function new_targets(held)
  local list = {}
  for _, id in ipairs(held.state.looked.targets or {}) do
    if not held.found[id] then
      list[#list + 1], held.found[id] = id, true
    end
  end
  return list
end

-- The rows of a target with their verdicts: of somebody named one for each place that was found.
local function rows_of(self, held, context, verdict, why)
  local rows = {}
  for _, id in ipairs(held.state.order) do
    if held.found[id] then
      local one, reason = self.machine.verdict_of_place(held.state, id, verdict, why, context)
      rows[#rows + 1] = { place = id, verdict = one, code = reason and (reason.code or reason.reason) }
    end
  end
  return rows[1] and rows or { { verdict = verdict, code = why and (why.code or why.reason) } }
end

local function follow(self, held, reals, context, step, a, b, more)
  if step == "over" then
    more.rows = rows_of(self, held, context, a, b)
    return frozen(self, held, reals, { s = "over" }, more)
  elseif step == "look" then
    return frozen(self, held, reals, { s = "wait", due = math.ceil(a - 1e-6) }, more)
  end
  more.found = self.target.by_name and new_targets(held) or nil
  local targets = self.world.many and self.machine.due_targets(held.state, context) or { a }
  return frozen(self, held, reals, { s = "queued", targets = targets, since = 0 }, more)
end

--- A target that nothing was done for.
-- @treturn number
function item:fresh()
  return self.store:id { state = self.machine.new(), found = {} }
end

-- Reads

local function about_of(self, held)
  local target = self.target
  return {
    id = target.id, by_name = target.by_name, person = target.person, user = target.user, wanted = target.status,
    occupant = held.state.seen and held.state.seen.occupant or target.occupant, compare = self.world.compare,
    has_own = self.world.has_own,
  }
end

local function observed(self, reply, held)
  local observation = self.observation
  if reply.failure then
    return observation.failed("the look failed", reply.failure)
  elseif reply.stale then
    return observation.stale(reply.stale)
  end
  local seen = self.world.read(observation, reply.answer, about_of(self, held))
  return observation.controlled(seen, reply.control, "our own token is not alive")
end

local function step_name(self, state, step, before)
  local id = self.target.watches and "verify: " or ""
  return ("%s%s, %s: %s"):format(id, before, state.presence or "-", step)
end

local function looked(self, m, r, d)
  local held, reals, context = thaw(self, m, r)
  local stage, before = self.store.values[d], held.state.phase
  local seen = observed(self, stage.reply, held)
  local first = held.state.absent
  seen.asked, seen.asked_wall, seen.replied, seen.date = stage.asked, stage.wall, 0, stage.reply.again and first and first.date or 0
  if seen.present and stage.reply.cookie and not held.cookie then
    held.cookie, held.state.node = true, stage.reply.cookie
  end
  seen.delay = seen.retriable and 1 or nil
  local step, a, b = self.machine.looked(held.state, seen, context, 0)
  local counted = step_name(self, held.state, step == "over" and a or step, before)
  local unchanged = self.world.evidence ~= "token" and r or reals -- only a token's look may unsay what an act did
  return follow(self, held, unchanged, context, step, a, b, { counted = counted })
end

--- The answer of a look arrives.
-- @treturn table `m`, `r`, `d`, and `rows` when it is over, `found` (real targets that get rows); `told` (for the ledger), `note`
-- (for the journal), both numbers
local ask = remembered(looked)

-- The code knows nothing of the truth.
local known_of = store.remembered(function(self, d)
  local stage = self.store.values[d]
  return self.store:id { asked = stage.asked, wall = stage.wall, reply = stage.reply }
end)

function item:looked(m, r, d)
  return ask(self, m, r, known_of(self, d))
end

-- Changes

-- The last step of several changes is the next one, unless one of them ended it.
local function later_step(earlier, step, a, b)
  if earlier and earlier[1] == "over" and step ~= "over" then
    return earlier
  end
  return { step, a, b }
end

local function before_of(state, batch)
  if state.looked and state.looked.status then
    return { previous = state.looked.status }
  elseif state.seen and not batch[2] then
    return { occupant = state.seen.occupant, alive = true }
  elseif state.seen then
    return { alive = true }
  end
end

local function begin(self, m, r, d)
  local held, reals, context = thaw(self, m, r)
  local batch, next_step, was = {}, nil, held.state.phase
  for _, id in ipairs(self.store.values[d].targets) do
    local step, a, b = self.machine.may_act(held.state, id, context, 0, 0)
    if step == "act" then
      batch[#batch + 1] = id
    else
      next_step = later_step(next_step, step, a, b)
    end
  end
  if #batch == 0 then
    local named = next_step[1] == "over" and next_step[2] or next_step[1]
    return follow(self, held, r, context, next_step[1], next_step[2], next_step[3], { counted = ("%s, may_act: %s"):format(was, named) })
  end
  local before = before_of(held.state, batch)
  for _, id in ipairs(batch) do
    self.machine.acting(held.state, id, context)
  end
  return frozen(self, held, reals, { s = "acting", targets = batch, next = next_step, since = 0 },
    { changes = batch, before = before, counted = was .. ", may_act: act" })
end

--- The turn of an act comes.
-- @treturn table as `looked`; `changes` (ids) and `before` when it begins
item.begin = remembered(begin)

local function release(self, held, reals, context, stage)
  for _, id in ipairs(stage.targets) do
    self.machine.released(held.state, id, context, 0, stage.outcome.sent ~= false)
  end
  return frozen(self, held, reals, { s = "off" }, { counted = held.state.phase .. ", released" })
end

local function acted(self, m, r, d)
  local held, reals, context = thaw(self, m, r)
  local stage, was = self.store.values[d], held.state.phase
  if stage.outcome.stops then
    return release(self, held, reals, context, stage)
  end
  local next_step = stage.next
  for _, id in ipairs(stage.targets) do
    next_step = later_step(next_step, self.machine.acted(held.state, id, store.copy(stage.outcome), context, 0))
  end
  local step = next_step[1] == "over" and next_step[2] or next_step[1]
  local counted = ("%s, acted: %s, %s"):format(was, step, held.state.phase)
  return follow(self, held, reals, context, next_step[1], next_step[2], next_step[3], { counted = counted })
end

--- The outcome of an act arrives.
-- @treturn table as `looked`
item.acted = remembered(acted)

-- The record of one act, as signoff.offboard.executor.replay has it.
local function known_act(act)
  if act.state == "answered" then
    return { tries = act.tries, answer = act.answer }
  elseif act.state == "lost" then
    return { tries = act.tries + 1, failure = { code = "cancelled", retriable = true } }
  elseif act.failure.code == "denied" and act.failure.scope == "client" or act.failure.sent == false then
    return nil
  end
  return { tries = act.tries, failure = act.failure }
end

local function learned(self, r, j)
  local held, reals, context = thaw(self, self:fresh(), r)
  for id, act in pairs(self.store.values[j].changes) do
    local known = known_act(act)
    if known then
      self.machine.remember(held.state, id, known, context)
    end
  end
  return { r = self.store:id(reals), counted = "remember: of what is over" }
end

--- A new run learns what was done about an item that is over.
-- @treturn table `r`
item.learned = remembered(learned)

local function resumed(self, r, j)
  local held, reals, context = thaw(self, self:fresh(), r)
  local journal = self.store.values[j]
  held.found = store.copy(next(journal.changes) and journal.found or {})
  for _, id in ipairs(self.world.reals) do
    local act = journal.changes[id]
    local before = act and act.before
    if before and (before.occupant or before.alive) then
      held.state.seen = held.state.seen or { occupant = before.occupant }
    end
    local known = act and known_act(act)
    if known then
      self.machine.remember(held.state, id, known, context)
    end
  end
  return frozen(self, held, reals, { s = "wait", due = 0 }, { counted = "remember: " .. held.state.phase })
end

--- An act of ours ended: the first absence was asked for before.
item.aged = store.remembered(function(self, m)
  local held = self.store.values[m]
  if self.exact or not (held.state and held.state.absent) then
    return m
  end
  held = store.copy(held)
  held.state.absent.old = true
  return self.store:id(held)
end)

--- The members of an item that a reply may depend on: the cookie that it sends, whether there was a first absence, and who
-- was seen.
-- @treturn number
item.shown = store.remembered(function(self, m)
  local held = self.store.values[m]
  local state = held.state or {}
  return self.store:id { cookie = held.cookie, absent = state.absent ~= nil, seen = state.seen and state.seen.occupant }
end)

--- A new run takes the item up as its journal has it.
item.resumed = remembered(resumed)

return item
