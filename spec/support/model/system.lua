-- SPDX-License-Identifier: MIT
-- The whole model of one world: what may happen next in a state (spec.support.model.layout).
--
-- Exchanges are split: a request leaves, is answered (the world's truth at that moment is what the answer says, unless it lies),
-- and the answer arrives. The clock moves second by second.

local events = require "spec.support.model.events"
local Item = require "spec.support.model.item"
local journal = require "spec.support.model.journal"
local layout = require "spec.support.model.layout"
local Ledger = require "spec.support.model.ledger"
local store = require "spec.support.model.store"

local system = {}
system.__index = system

local WORLD, REALS, TRUTHS, BUDGET = layout.WORLD, layout.REALS, layout.TRUTHS, layout.BUDGET
local MACHINE, STAGE, JOURNAL, LEDGER = layout.MACHINE, layout.STAGE, layout.JOURNAL, layout.LEDGER
local at_of, copied = layout.at, layout.copied

-- More seconds than anything takes.
local EXACT = 1000

-- By member that is a time: the age after which nothing tells it from an older one. `limits.in_flight`: seconds within which a
-- request is answered, `limits.late`: how late a look or an act may leave. `more`: seconds that are told besides.
local function ages_of(limits, more)
  local fresh = limits.fresh + 1 + more
  local queued, settle = limits.in_flight + fresh, limits.settle + more
  local ages = {
    asked = queued, ended = queued, replied = settle + limits.in_flight, date = settle + limits.in_flight, ends = more, wall = fresh,
    asked_wall = fresh, glimpse = fresh, gone = settle, left = limits.in_flight, due = limits.late, since = fresh,
  }
  return ages, { wall = fresh, asked_wall = fresh, glimpse = fresh }
end


-- How traces name the steps of an item.
local function words_of(i)
  return {
    reads = i .. ": a look leaves", arrives = i .. ": the answer arrives", changes = i .. ": an act leaves",
    refrains = i .. ": no act is allowed any more", ends = i .. ": the outcome arrives",
  }
end

local function untouched_reals(self)
  local reals = {}
  for _, id in ipairs(self.world.reals) do
    reals[id] = self.modules.state_machine.untouched()
  end
  return self.store:id(reals)
end

-- The stages of reads that leave now, by what they are late enough for.
local function reads_that_leave(values)
  local list = {}
  for _, ripe in ipairs { false, "out", "alone" } do
    list[ripe] = values:id { s = "fly", asked = 0, wall = 0, left = 0, ripe = ripe or nil }
  end
  return list
end

--- @tparam table world see spec.support.model.worlds
-- @tparam table modules of signoff.signout: `state_machine`, `proof`, `observation`, `verdict`
-- @tparam table budget `moves`, `bad`, `crashes`
-- @tparam[opt] table parts `lines` (of spec.support.lines, counts what of the code runs), `forever` (the budget comes back with
-- each step), `exact` (nothing is left out of states, and no time is too old to be told: to compare with)
function system.new(world, modules, budget, parts)
  parts = parts or {}
  local ages, walls = ages_of(world.limits, parts.exact and EXACT or 0)
  local self = setmetatable({
    world = world, modules = modules, budget = budget, items = {}, ledgers = {}, says = {}, known = {}, steps = {}, replies = {},
    store = store.new(ages), walls = walls, forever = parts.forever,
  }, system)
  for i, target in ipairs(world.targets) do
    self.says[i] = words_of(i)
    self.items[i] = Item.new {
      world = world, target = target, modules = modules, store = self.store, counts = self.steps, lines = parts.lines,
      exact = parts.exact,
    }
    self.ledgers[i] = Ledger.new { world = world, target = target, store = self.store }
  end
  self.leaving, self.fresh_reals, self.fresh_journal = reads_that_leave(self.store), untouched_reals(self), self.store:id(journal.empty)
  return self
end

--- The states that it starts in.
-- @treturn {table,...}
function system:starts()
  local list = {}
  for n, world in ipairs(self.world.starts) do
    local s = { self.store:id(world), self.fresh_reals, Ledger.untouched(self.world, self.store), self.store:id(self.budget) }
    for i in ipairs(self.items) do
      local at = at_of[i]
      s[at + MACHINE], s[at + STAGE] = self.items[i]:fresh(), self.store:id { s = "wait", due = 0 }
      s[at + JOURNAL], s[at + LEDGER] = self.fresh_journal, self.ledgers[i]:fresh()
    end
    list[n] = s
  end
  return list
end

-- The process dies and a new run takes up what the journal holds.
local function restart(self, s, emit, label)
  local keeps = self.forever or self.store.values[s[BUDGET]].crashes > 0
  s[REALS] = self.fresh_reals
  for i in ipairs(self.items) do
    local at = at_of[i]
    local j = s[at + JOURNAL]
    if self.store.values[j].rows then
      s[REALS] = self.items[i]:learned(s[REALS], j).r
    else
      local found = self.items[i]:resumed(s[REALS], j)
      s[at + MACHINE], s[at + STAGE], s[REALS] = found.m, found.d, found.r
      s[at + LEDGER], s[at + JOURNAL] = self.ledgers[i]:restarted(s[at + LEDGER]), keeps and j or self.fresh_journal
    end
  end
  emit(label, s)
end

-- An act that is under way when the process dies lands, or does not.
local function crash(self, s, emit)
  local budget = events.spend.crashes(self, s[BUDGET])
  if not budget then
    return
  end
  local worlds = { { s[WORLD], "" } }
  for i in ipairs(self.items) do
    local at = at_of[i]
    local stage = self.store.values[s[at + STAGE]]
    if stage.s == "acting" and not stage.outcome then
      local right = events.outcomes_of(self, i, s[WORLD], self.items[i]:shown(s[at + MACHINE]), s[at + STAGE]).all[1]
      worlds[#worlds + 1] = { right.world, (", and act %d lands"):format(i) }
    end
  end
  for _, world in ipairs(worlds) do
    local after = copied(s)
    after[BUDGET], after[TRUTHS] = budget, self.ledgers[1]:crashed(s[TRUTHS]).x
    after[WORLD] = events.world_after(self, world[1], budget)
    restart(self, after, emit, "the process dies and is resumed" .. world[2])
  end
end

-- Time

local function each_member(self, s, budget, change)
  local values = self.store
  local made = { s[WORLD], change(values, s[REALS], self), change(values, s[TRUTHS], self), budget }
  for i in ipairs(self.items) do
    local at = at_of[i]
    made[at + MACHINE], made[at + STAGE] = change(values, s[at + MACHINE], self), change(values, s[at + STAGE], self)
    made[at + JOURNAL], made[at + LEDGER] = s[at + JOURNAL], change(values, s[at + LEDGER], self)
  end
  return made
end

local function jumped(values, id, self)
  return values:jumped_by(id, self.world.limits.fresh + 1, self.walls)
end

-- The machine sleeps while an act waits for its turn: the wall clock alone tells.
local function jump(self, s, emit)
  local budget = self.world.occupied and events.spend.moves(self, s[BUDGET])
  for i in ipairs(budget and self.items or {}) do
    if self.store.values[s[at_of[i] + STAGE]].s == "queued" then
      return emit("the clock jumps", each_member(self, s, budget, jumped))
    end
  end
end

-- Whether nothing must happen before a second passes: a request is answered in time, and a look is not too late.
local may_wait = store.remembered(function(self, d)
  local stage, limits = self.store.values[d], self.world.limits
  if stage.s == "wait" then
    return stage.due > -limits.late
  elseif stage.s == "queued" then
    return stage.since > -(limits.queue or limits.fresh + 1)
  elseif stage.s == "acting" and not self.items[2] and not self.world.reals[2] then
    return false -- nobody else is there to notice
  end
  return (stage.since or stage.left or 0) > -limits.in_flight
end)

local function pass(self, s, emit)
  for i in ipairs(self.items) do
    if not may_wait(self, s[at_of[i] + STAGE]) then
      return
    end
  end
  emit("a second passes", each_member(self, s, s[BUDGET], self.store.later))
end

-- All of it

--- Whether all is over; and whether some is left for a later run.
function system:is_over(s)
  local later = false
  for i in ipairs(self.items) do
    local stage = self.store.values[s[at_of[i] + STAGE]].s
    if stage ~= "over" and stage ~= "off" then
      return false
    end
    later = later or stage == "off"
  end
  return true, later
end

-- The first item whose look is due: it leaves before anything else, unless it may be late.
local function due_item(self, s)
  for i in ipairs(self.items) do
    local stage = self.store.values[s[at_of[i] + STAGE]]
    if stage.s == "wait" and stage.due <= 0 then
      return i, stage
    end
  end
end

local function happen(self, s, emit)
  local due, waiting = due_item(self, s)
  if due then
    events.wait(self, s, due, waiting, emit)
    return self.world.limits.late > 0 and pass(self, s, emit)
  end
  for i in ipairs(self.items) do
    local stage = self.store.values[s[at_of[i] + STAGE]]
    events[stage.s](self, s, i, stage, emit)
  end
  pass(self, s, emit)
  jump(self, s, emit)
  crash(self, s, emit)
end

--- All that may come next: `emit(label, state, broken, before, more)`, where `before` and `more` are parts of the label. The first
-- is what comes if nobody interferes.
-- @treturn boolean whether all is over
function system:successors(s, emit)
  local over, later = self:is_over(s)
  if self.world.alike then
    local report = emit
    emit = function(label, after, ...)
      return report(label, layout.ordered(after), ...)
    end
  end
  if not over then
    happen(self, s, emit)
  elseif later then
    crash(self, s, emit)
  end
  return over
end

--- The rows of a state that is over: verdict and code each.
-- @treturn {table,...}
function system:rows(s)
  local list = {}
  for i in ipairs(self.items) do
    local held = self.store.values[s[at_of[i] + JOURNAL]]
    for _, row in ipairs(held.rows or { { verdict = "pending" } }) do
      list[#list + 1] = row
    end
  end
  return list
end

return system
