-- SPDX-License-Identifier: MIT
-- The whole model of one world: what may happen next in a state. A state is a list of numbers of values
-- (spec.support.model.store): the world, the code's records of real targets, the ledger's, the adversary's budget, and of each
-- item its machine, stage, journal and ledger.
--
-- Exchanges are split: a request leaves, is answered (the world's truth at that moment is what the answer says, unless it lies),
-- and the answer arrives. The clock moves second by second.

local Item = require "spec.support.model.item"
local Ledger = require "spec.support.model.ledger"
local store = require "spec.support.model.store"

local system = {}
system.__index = system

-- Places of a state's members; those of an item follow from its number.
local WORLD, REALS, TRUTHS, BUDGET, SHARED = 1, 2, 3, 4, 4
local MACHINE, STAGE, JOURNAL, LEDGER, EACH = 1, 2, 3, 4, 4

-- By member that is a time: the age after which nothing tells it from an older one. `limits.flight`: seconds within which a
-- request is answered, `limits.late`: how late a look or an act may leave.
local function ages_of(limits)
  local fresh = limits.fresh + 1
  local queued = limits.flight + fresh
  local ages = {
    asked = queued, ended = queued, replied = limits.settle + limits.flight, ends = 0, wall = fresh,
    asked_wall = fresh, glimpse = fresh, gone = limits.settle, left = limits.flight, due = limits.late, since = fresh,
  }
  return ages, { wall = fresh, asked_wall = fresh, glimpse = fresh }
end

-- How traces name the steps of an item.
local function words_of(i)
  return {
    looks = i .. ": a look leaves", arrives = i .. ": the answer arrives", acts = i .. ": an act leaves",
    refrains = i .. ": no act is allowed any more", ends = i .. ": the outcome arrives",
  }
end

--- @tparam table world see spec.support.model.worlds
-- @tparam table modules of signoff.signout: `state_machine`, `proof`, `observation`, `verdict`
-- @tparam table budget `moves`, `bad`, `crashes`
-- @tparam[opt] table lines of spec.support.lines: counts what of the code runs
function system.new(world, modules, budget, lines)
  local ages, walls = ages_of(world.limits)
  local self = setmetatable({
    world = world, modules = modules, budget = budget, items = {}, ledgers = {}, says = {}, known = {}, steps = {}, replies = {},
    store = store.new(ages), walls = walls,
  }, system)
  self.leaving = {}
  for _, ripe in ipairs { false, "out", "alone" } do
    self.leaving[ripe] = self.store:id { s = "fly", asked = 0, wall = 0, left = 0, ripe = ripe or nil }
  end
  for i, target in ipairs(world.targets) do
    self.says[i] = words_of(i)
    self.items[i] = Item.new { world = world, target = target, modules = modules, store = self.store, counts = self.steps, lines = lines }
    self.ledgers[i] = Ledger.new { world = world, target = target, store = self.store }
  end
  return self
end

local function base(i)
  return SHARED + (i - 1) * EACH
end

local function untouched_reals(self)
  local reals = {}
  for _, id in ipairs(self.world.reals) do
    reals[id] = self.modules.state_machine.untouched()
  end
  return self.store:id(reals)
end

--- The states that it starts in.
-- @treturn {table,...}
function system:starts()
  local list = {}
  self.fresh_reals, self.fresh_journal = untouched_reals(self), self.store:id { acts = {}, found = {} }
  for n, world in ipairs(self.world.starts) do
    local s = { self.store:id(world), self.fresh_reals, Ledger.untouched(self.world, self.store), self.store:id(self.budget) }
    for i in ipairs(self.items) do
      local at = base(i)
      s[at + MACHINE], s[at + STAGE] = self.items[i]:fresh(), self.store:id { s = "wait", due = 0 }
      s[at + JOURNAL], s[at + LEDGER] = self.fresh_journal, self.ledgers[i]:fresh()
    end
    list[n] = s
  end
  return list
end

-- Two items with equal targets may be exchanged.
local function ordered(self, s)
  if not self.world.alike then
    return s
  end
  local one, other = base(1), base(2)
  for i = 1, EACH do
    if s[one + i] ~= s[other + i] then
      if s[one + i] > s[other + i] then
        for n = 1, EACH do
          s[one + n], s[other + n] = s[other + n], s[one + n]
        end
      end
      return s
    end
  end
  return s
end

local unpack = table.unpack or unpack -- luacheck: ignore 143 (5.1 has the global only)

local function copied(s)
  return { unpack(s) }
end

local spend_moves = store.remembered(function(self, budget)
  local left = store.copy(self.store.values[budget])
  left.moves = left.moves - 1
  return left.moves >= 0 and self.store:id(left)
end)

local spend_bad = store.remembered(function(self, budget)
  local left = store.copy(self.store.values[budget])
  left.bad = left.bad - 1
  return left.bad >= 0 and self.store:id(left)
end)

local spend_crash = store.remembered(function(self, budget)
  local left = store.copy(self.store.values[budget])
  left.crashes = left.crashes - 1
  return left.crashes >= 0 and self.store:id(left)
end)

-- Of an older truth only a reply that lags can speak.
local world_after = store.remembered(function(self, world, budget)
  if self.store.values[budget].bad > 0 then
    return world
  end
  local kept = store.copy(self.store.values[world])
  kept.old = nil
  return self.store:id(kept)
end)

-- The journal

local function slim(failure)
  return { code = failure.code, retriable = failure.retriable, sent = failure.sent, own_words = failure.own_words, scope = failure.scope }
end

local function note_result(act, outcome)
  act.tries = act.tries + 1
  act.state, act.answer = outcome.answer and "answered" or "failed", outcome.answer
  act.failure = not outcome.answer and slim(outcome) or nil
end

local function noted(self, j, found)
  local journal = store.copy(self.store.values[j])
  for _, id in ipairs(found.found or {}) do
    journal.found[id] = true
  end
  for _, id in ipairs(found.acts or {}) do
    local act = journal.acts[id] or { tries = 0 }
    journal.acts[id] = act
    act.state, act.answer, act.failure, act.before = "lost", nil, nil, act.before or found.before
  end
  return self.store:id(journal)
end

-- A journal that nobody will resume from only has to hold its rows.
local function journaled(self, s, i, found)
  local j = s[base(i) + JOURNAL]
  if found.rows then
    local before = self.store.values[j]
    local acts = self.items[2] and before.acts or {} -- of what is over, others alone learn
    return self.store:id { acts = acts, found = {}, rows = found.rows }, before.rows and "4: a second verdict"
  end
  return self.store.values[s[BUDGET]].crashes > 0 and noted(self, j, found) or j
end

local results_noted = store.remembered(function(self, j, d)
  local journal, stage = store.copy(self.store.values[j]), self.store.values[d]
  for _, id in ipairs(stage.places) do
    note_result(journal.acts[id], stage.outcome)
  end
  return self.store:id(journal)
end)

-- Puts what comes of one event of an item into a state.
local function settle(self, s, i, found)
  local at, broken = base(i), nil
  s[at + MACHINE], s[at + STAGE], s[REALS] = found.m, found.d, found.r
  if found.notes then
    s[at + JOURNAL], broken = journaled(self, s, i, found)
  end
  return broken
end

-- Events of one item

local stages = {}

function stages.wait(self, s, i, stage, emit)
  if stage.due <= 0 then
    local after = copied(s)
    after[base(i) + STAGE] = self.leaving[self.ledgers[i]:is_ripe(s[base(i) + LEDGER]) or false]
    emit(self.says[i].looks, after)
  end
end

-- What a look may be answered with here and now.
local answers_of = store.remembered(function(self, i, world, shown, d)
  local list, sent, stage = {}, self.store.values[shown], self.store.values[d]
  for _, kind in ipairs(self.world.looks) do
    local reply, truth = self.world.answer(kind, self.store.values[world], self.world.targets[i], sent)
    if reply then
      local answered = { s = "fly", asked = stage.asked, wall = stage.wall, left = stage.left, ripe = stage.ripe, reply = reply, truth = truth }
      list[#list + 1] = { what = "look", kind = kind, d = self.store:id(answered), label = ("%d: the look is answered: %s"):format(i, kind.name) }
    end
  end
  return list
end)

local function hear(self, s, i, emit, label, before)
  local at, after = base(i), copied(s)
  local found = self.items[i]:looked(s[at + MACHINE], s[REALS], s[at + STAGE])
  local truth = self.ledgers[i]:heard(s[at + LEDGER], s[TRUTHS], s[at + STAGE], found.told)
  after[TRUTHS], after[at + LEDGER] = truth.x, truth.o
  local broken = settle(self, after, i, found)
  return emit(label, after, truth.broken or broken, before)
end

local moves_of = store.remembered(function(self, world)
  return self.world.moves(self.store.values[world])
end)

-- The worlds that moves lead to, each with the budget that is left and what happened. Nobody knows what moved until somebody
-- asks: moves that come right before a look or an act is answered are all that there are.
local reachable = store.remembered(function(self, world, budget)
  local list, known = { { world = world, budget = budget } }, { [world] = true }
  local n = 1
  while list[n] do
    local from = list[n]
    local left = spend_moves(self, from.budget)
    for _, move in ipairs(left and moves_of(self, from.world) or {}) do
      local id = world_after(self, self.store:id(move[2]), left)
      if not known[id] then
        known[id] = true
        list[#list + 1] = { world = id, budget = left, label = (from.label or "") .. move[1] .. "; " }
      end
    end
    n = n + 1
  end
  return list
end)

-- Whether something of ours may land while an answer is on its way.
local function may_land(self, s, i)
  for other in ipairs(self.items) do
    if other ~= i and self.store.values[s[base(other) + STAGE]].s == "acting" then
      return true
    end
  end
  return false
end

-- The budget and the world after a reply of some kind; nil where the adversary has none left.
local function pay(self, budget, kind, world)
  if kind.bad then
    budget = spend_bad(self, budget)
  end
  return budget, budget and world_after(self, world, budget)
end

local function count(self, what, kind)
  local name = what .. ": " .. kind.name
  self.replies[name] = (self.replies[name] or 0) + 1
end

-- Each answer in each world that may have come about by now: `use(answered state, answer, what happened before)`.
local function each_answer(self, s, i, answers, use)
  local at = base(i)
  local shown = self.items[i]:shown(s[at + MACHINE])
  for _, reached in ipairs(reachable(self, s[WORLD], s[BUDGET])) do
    for _, answer in ipairs(answers(self, i, reached.world, shown, s[at + STAGE])) do
      local budget, world = pay(self, reached.budget, answer.kind, answer.world or reached.world)
      if budget then
        count(self, answer.what, answer.kind)
        local answered = copied(s)
        answered[at + STAGE], answered[BUDGET], answered[WORLD] = answer.d, budget, world
        use(answered, answer, reached.label)
      end
    end
  end
end

function stages.fly(self, s, i, stage, emit)
  if stage.reply then
    return hear(self, s, i, emit, self.says[i].arrives)
  end
  local may_wait = may_land(self, s, i)
  each_answer(self, s, i, answers_of, function(answered, answer, before)
    hear(self, answered, i, emit, answer.label, before)
    if may_wait and not answer.kind.bad then
      emit(answer.label, answered, nil, before, ", and is on its way")
    end
  end)
end

function stages.queued(self, s, i, _, emit)
  local at, after, broken = base(i), copied(s), nil
  local found = self.items[i]:begin(s[at + MACHINE], s[REALS], s[at + STAGE])
  if found.acts then
    local truth = self.ledgers[i]:begun(s[at + LEDGER], s[TRUTHS], found.begun)
    after[TRUTHS], after[at + LEDGER], broken = truth.x, truth.o, truth.broken
  else
    broken = self.ledgers[i]:judged(s[at + LEDGER], s[TRUTHS], found.told).broken
  end
  local twice = settle(self, after, i, found)
  emit(found.acts and self.says[i].acts or self.says[i].refrains, after, broken or twice)
end

-- What acts may come to here and now.
local outcomes_of = store.remembered(function(self, i, world, shown, d)
  local list, sent, stage = {}, self.store.values[shown], self.store.values[d]
  for _, kind in ipairs(self.world.acts) do
    local outcome, after = self.world.act(kind, self.store.values[world], stage.places, sent)
    if outcome then
      local ended = { s = "acting", places = stage.places, next = stage.next, since = stage.since, outcome = outcome }
      list[#list + 1] = {
        what = "act", kind = kind, d = self.store:id(ended), world = self.store:id(after), label = ("%d: the act comes to: %s"):format(i, kind.name),
      }
    end
  end
  return list
end)

-- Whether a look of another item left in this very second: then it is not yet known which of the two came first.
local is_asked_now = store.remembered(function(self, m, d)
  local state = self.store.values[m].state or {}
  local first, looked = state.absent or {}, state.looked or {}
  return self.store.values[d].asked == 0 or first.replied == 0 or looked.asked == 0
end)

local function is_simultaneous(self, s, i)
  for other in ipairs(self.items) do
    if other ~= i and is_asked_now(self, s[base(other) + MACHINE], s[base(other) + STAGE]) then
      return true
    end
  end
  return false
end

-- An act ended: what all items saw before is old. `s` is the state after it.
local function disturb(self, s, i, d)
  for n, each in ipairs(self.ledgers) do
    local at = base(n)
    local keeps = n ~= i or self.store.values[s[at + STAGE]].s == "queued"
    s[at + LEDGER] = each:disturbed(s[at + LEDGER], d, keeps and 1 or 0).o
    s[at + MACHINE] = self.items[n]:aged(s[at + MACHINE])
  end
end

local function conclude_act(self, s, i, emit, label, before)
  if is_simultaneous(self, s, i) then
    return
  end
  local at, after = base(i), copied(s)
  local d = s[at + STAGE]
  local found = self.items[i]:acted(s[at + MACHINE], s[REALS], d)
  after[TRUTHS] = self.ledgers[i]:ended(s[TRUTHS], d).x
  if self.store.values[s[BUDGET]].crashes > 0 then
    after[at + JOURNAL] = results_noted(self, s[at + JOURNAL], d)
  end
  local twice = settle(self, after, i, found)
  disturb(self, after, i, d)
  local broken = self.ledgers[i]:judged(after[at + LEDGER], after[TRUTHS], found.told).broken
  return emit(label, after, broken or twice, before)
end

function stages.acting(self, s, i, stage, emit)
  if stage.outcome then
    return conclude_act(self, s, i, emit, self.says[i].ends)
  end
  local may_wait = self.items[2] ~= nil
  each_answer(self, s, i, outcomes_of, function(answered, outcome, before)
    conclude_act(self, answered, i, emit, outcome.label, before)
    if may_wait and not outcome.kind.bad then
      emit(outcome.label, answered, nil, before, ", and it is on its way")
    end
  end)
end

function stages.over() end
stages.off = stages.over

-- Everything else

-- The process dies and a new run takes up what the journal holds.
local function restart(self, s, emit, label)
  local keeps = self.store.values[s[BUDGET]].crashes > 0
  s[REALS] = self.fresh_reals
  for i in ipairs(self.items) do
    local at = base(i)
    local j = s[at + JOURNAL]
    if self.store.values[j].rows then
      s[REALS] = self.items[i]:recalled(s[REALS], j).r
    else
      local found = self.items[i]:resumed(s[REALS], j)
      s[at + MACHINE], s[at + STAGE], s[REALS] = found.m, found.d, found.r
      s[at + LEDGER], s[at + JOURNAL] = self.ledgers[i]:restarted(s[at + LEDGER]), keeps and j or self.fresh_journal
    end
  end
  emit(label, s)
end

local function crash(self, s, emit)
  local budget = spend_crash(self, s[BUDGET])
  if not budget then
    return
  end
  local worlds = { { s[WORLD], "" } }
  for i in ipairs(self.items) do
    local at = base(i)
    local stage = self.store.values[s[at + STAGE]]
    if stage.s == "acting" and not stage.outcome then
      local right = outcomes_of(self, i, s[WORLD], self.items[i]:shown(s[at + MACHINE]), s[at + STAGE])[1]
      worlds[#worlds + 1] = { right.world, (", and act %d lands"):format(i) }
    end
  end
  local truths = self.ledgers[1]:crashed(s[TRUTHS]).x
  for _, world in ipairs(worlds) do
    local after = copied(s)
    after[BUDGET], after[TRUTHS], after[WORLD] = budget, truths, world_after(self, world[1], budget)
    restart(self, after, emit, "the process dies and is resumed" .. world[2])
  end
end

local function each_member(self, s, budget, change)
  local values = self.store
  local made = { s[WORLD], change(values, s[REALS], self), change(values, s[TRUTHS], self), budget }
  for i in ipairs(self.items) do
    local at = base(i)
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
  local budget = self.world.occupied and spend_moves(self, s[BUDGET])
  for i in ipairs(budget and self.items or {}) do
    if self.store.values[s[base(i) + STAGE]].s == "queued" then
      return emit("the clock jumps", each_member(self, s, budget, jumped))
    end
  end
end

-- Whether nothing must happen before a second passes: a request is answered in time, and a look is not too late.
local may_wait = store.remembered(function(self, d)
  local stage = self.store.values[d]
  local limits = self.world.limits
  if stage.s == "wait" then
    return stage.due > -limits.late
  elseif stage.s == "queued" then
    return stage.since > -(limits.queue or limits.fresh + 1)
  elseif stage.s == "acting" and not self.items[2] and not self.world.reals[2] then
    return false -- nobody else is there to notice
  end
  return (stage.since or stage.left or 0) > -limits.flight
end)

local function pass(self, s, emit)
  for i in ipairs(self.items) do
    if not may_wait(self, s[base(i) + STAGE]) then
      return
    end
  end
  emit("a second passes", each_member(self, s, s[BUDGET], self.store.later))
end

--- Whether all is over; and whether some is left for a later run.
function system:is_over(s)
  local later = false
  for i in ipairs(self.items) do
    local stage = self.store.values[s[base(i) + STAGE]]
    if stage.s ~= "over" and stage.s ~= "off" then
      return false
    end
    later = later or stage.s == "off"
  end
  return true, later
end

-- The first item whose look is due: it leaves before anything else, unless it may be late.
local function due_item(self, s)
  for i in ipairs(self.items) do
    local stage = self.store.values[s[base(i) + STAGE]]
    if stage.s == "wait" and stage.due <= 0 then
      return i, stage
    end
  end
end

--- All that may come next: `emit(label, state, broken, before, more)`, where `before` and `more` are parts of the label. The first
-- is what comes if nobody interferes.
function system:successors(s, report)
  local function emit(label, after, ...)
    report(label, ordered(self, after), ...)
  end
  local over, later = self:is_over(s)
  if not over then
    local due, waiting = due_item(self, s)
    if due then
      stages.wait(self, s, due, waiting, emit)
      return self.world.limits.late > 0 and pass(self, s, emit)
    end
    for i in ipairs(self.items) do
      local stage = self.store.values[s[base(i) + STAGE]]
      stages[stage.s](self, s, i, stage, emit)
    end
    pass(self, s, emit)
    jump(self, s, emit)
  end
  if later or not over then
    crash(self, s, emit)
  end
end

--- The rows of a state that is over: verdict and code each.
-- @treturn {table,...}
function system:rows(s)
  local list = {}
  for i in ipairs(self.items) do
    local journal = self.store.values[s[base(i) + JOURNAL]]
    for _, row in ipairs(journal.rows or { { verdict = "pending" } }) do
      list[#list + 1] = row
    end
  end
  return list
end

return system
