-- SPDX-License-Identifier: MIT
-- The next events of one item of the model, by its stage: a look leaves, is answered, its answer arrives; an act may start,
-- comes to something, its outcome arrives. `self` is the system (spec.support.model.system), `s` the state, and
-- `emit(label, state, broken, before, more)` takes what comes of it.

local journal = require "spec.support.model.journal"
local layout = require "spec.support.model.layout"
local store = require "spec.support.model.store"

local events = {}

local WORLD, REALS, TRUTHS, BUDGET = layout.WORLD, layout.REALS, layout.TRUTHS, layout.BUDGET
local MACHINE, STAGE, LEDGER = layout.MACHINE, layout.STAGE, layout.LEDGER
local at_of, copied = layout.at, layout.copied

-- The adversary's budget

local function less(what)
  return store.remembered(function(self, budget)
    local left = store.copy(self.store.values[budget])
    left[what] = left[what] - 1
    return left[what] >= 0 and self.store:id(left)
  end)
end

--- The number of the budget that is left after a move, a bad reply, a crash; false where there is none.
events.spend = { moves = less "moves", bad = less "bad", crashes = less "crashes" }

--- Of an older truth only a reply that lags can speak.
events.world_after = store.remembered(function(self, world, budget)
  if self.forever or self.store.values[budget].bad > 0 then
    return world
  end
  local kept = store.copy(self.store.values[world])
  kept.old = nil
  return self.store:id(kept)
end)

local moves_of = store.remembered(function(self, world)
  return self.world.moves(self.store.values[world])
end)

-- The worlds that moves lead to, each with the budget that is left and what happened. Nobody knows what moved until somebody
-- asks: moves that come right before a look or an act is answered are all that there are.
local reachable = store.remembered(function(self, world, budget)
  local list, known = { { world = world, budget = budget, paid = events.spend.bad(self, budget) } }, { [world] = true }
  local n = 1
  while list[n] do
    local from = list[n]
    local left = events.spend.moves(self, from.budget)
    for _, move in ipairs(left and moves_of(self, from.world) or {}) do
      local id = events.world_after(self, self.store:id(move[2]), left)
      if not known[id] then
        known[id] = true
        list[#list + 1] = { world = id, budget = left, paid = events.spend.bad(self, left), label = (from.label or "") .. move[1] .. "; " }
      end
    end
    n = n + 1
  end
  return list
end)

-- Puts what comes of one event of an item into a state.
local function settle(self, s, at, found)
  s[at + MACHINE], s[at + STAGE], s[REALS] = found.m, found.d, found.r
  return found.note and journal.note(self, s, at, found)
end

-- Answers, those that are not bad first.
local function sorted_by_cost(list)
  local free = {}
  for _, answer in ipairs(list) do
    if not answer.kind.bad then
      free[#free + 1] = answer
    end
  end
  return { all = list, free = free }
end

-- Each answer in each world that may have come about by now: `use(answered state, answer, what happened before)`.
local function each_answer(self, s, i, answers, use)
  local at = at_of[i]
  local shown, d, replies = self.items[i]:shown(s[at + MACHINE]), s[at + STAGE], self.replies
  for _, reached in ipairs(reachable(self, s[WORLD], s[BUDGET])) do
    local lists = answers(self, i, reached.world, shown, d)
    for _, answer in ipairs(reached.paid and lists.all or lists.free) do
      local budget, answered = answer.kind.bad and reached.paid or reached.budget, copied(s)
      replies[answer.name] = (replies[answer.name] or 0) + 1
      answered[at + STAGE], answered[BUDGET] = answer.d, budget
      answered[WORLD] = events.world_after(self, answer.world or reached.world, budget)
      use(answered, answer, reached.label)
    end
  end
end

-- Reads

function events.wait(self, s, i, stage, emit)
  if stage.due <= 0 then
    local at, after = at_of[i], copied(s)
    after[at + STAGE] = self.leaving[self.ledgers[i]:is_ripe(s[at + LEDGER]) or false]
    emit(self.says[i].reads, after)
  end
end

-- The answers that a look may have here and now.
local answers_of = store.remembered(function(self, i, world, shown, d)
  local list, sent, stage = {}, self.store.values[shown], self.store.values[d]
  for _, kind in ipairs(self.world.reads) do
    local reply, truth = self.world.answer(kind, self.store.values[world], self.world.targets[i], sent)
    if reply then
      local answered = { s = "fly", asked = stage.asked, wall = stage.wall, left = stage.left, ripe = stage.ripe, reply = reply, truth = truth }
      list[#list + 1] = {
        kind = kind, name = "look: " .. kind.name, d = self.store:id(answered), label = ("%d: the look is answered: %s"):format(i, kind.name),
      }
    end
  end
  return sorted_by_cost(list)
end)

local function hear(self, s, i, emit, label, before)
  local at, after = at_of[i], copied(s)
  local found = self.items[i]:looked(s[at + MACHINE], s[REALS], s[at + STAGE])
  local truth = self.ledgers[i]:heard(s[at + LEDGER], s[TRUTHS], s[at + STAGE], found.told)
  after[TRUTHS], after[at + LEDGER] = truth.x, truth.o
  local broken = settle(self, after, at, found)
  return emit(label, after, truth.broken or broken, before)
end

-- Whether something of ours may land while an answer is on its way.
local function may_land(self, s, i)
  local other = self.items[2] and at_of[3 - i]
  return other and self.store.values[s[other + STAGE]].s == "acting"
end

function events.fly(self, s, i, stage, emit)
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

-- Changes

function events.queued(self, s, i, _, emit)
  local at, after = at_of[i], copied(s)
  local broken
  local found = self.items[i]:begin(s[at + MACHINE], s[REALS], s[at + STAGE])
  if found.changes then
    local truth = self.ledgers[i]:begun(s[at + LEDGER], s[TRUTHS], found.note)
    after[TRUTHS], after[at + LEDGER], broken = truth.x, truth.o, truth.broken
  else
    broken = self.ledgers[i]:judged(s[at + LEDGER], s[TRUTHS], found.told).broken
  end
  local twice = settle(self, after, at, found)
  emit(found.changes and self.says[i].changes or self.says[i].refrains, after, broken or twice)
end

--- The outcomes that an act may have here and now.
events.outcomes_of = store.remembered(function(self, i, world, shown, d)
  local list, sent, stage = {}, self.store.values[shown], self.store.values[d]
  for _, kind in ipairs(self.world.changes) do
    local outcome, after = self.world.act(kind, self.store.values[world], stage.targets, sent)
    if outcome then
      local ended = { s = "acting", targets = stage.targets, next = stage.next, since = stage.since, outcome = outcome }
      list[#list + 1] = {
        kind = kind, name = "act: " .. kind.name, d = self.store:id(ended), world = self.store:id(after),
        label = ("%d: the act comes to: %s"):format(i, kind.name),
      }
    end
  end
  return sorted_by_cost(list)
end)

-- Whether a look of another item left in this very second: then it is not yet known which of the two came first.
local is_asked_now = store.remembered(function(self, m, d)
  local state = self.store.values[m].state or {}
  local first, looked = state.absent or {}, state.looked or {}
  return self.store.values[d].asked == 0 or first.replied == 0 or looked.asked == 0
end)

local function is_simultaneous(self, s, i)
  local other = self.items[2] and at_of[3 - i]
  return other and is_asked_now(self, s[other + MACHINE], s[other + STAGE])
end

-- An act ended: what all items saw before is old. `s` is the state after it.
local function disturb(self, s, i, d)
  for n, each in ipairs(self.ledgers) do
    local at = at_of[n]
    local keeps = n ~= i or self.store.values[s[at + STAGE]].s == "queued"
    s[at + LEDGER] = each:disturbed(s[at + LEDGER], d, keeps and 1 or 0).o
    s[at + MACHINE] = self.items[n]:aged(s[at + MACHINE])
  end
end

local function conclude_act(self, s, i, emit, label, before)
  if is_simultaneous(self, s, i) then
    return
  end
  local at, after = at_of[i], copied(s)
  local d = s[at + STAGE]
  local found = self.items[i]:acted(s[at + MACHINE], s[REALS], d)
  after[TRUTHS] = self.ledgers[i]:ended(s[TRUTHS], d).x
  journal.note_outcome(self, after, at, d)
  local twice = settle(self, after, at, found)
  disturb(self, after, i, d)
  local broken = self.ledgers[i]:judged(after[at + LEDGER], after[TRUTHS], found.told).broken
  return emit(label, after, broken or twice, before)
end

function events.acting(self, s, i, stage, emit)
  if stage.outcome then
    return conclude_act(self, s, i, emit, self.says[i].ends)
  end
  local may_wait = self.items[2] ~= nil
  each_answer(self, s, i, events.outcomes_of, function(answered, outcome, before)
    conclude_act(self, answered, i, emit, outcome.label, before)
    if may_wait and not outcome.kind.bad then
      emit(outcome.label, answered, nil, before, ", and it is on its way")
    end
  end)
end

-- A target that is over, or left for a later run: nothing happens to it.
function events.over() end
events.off = events.over

return events
