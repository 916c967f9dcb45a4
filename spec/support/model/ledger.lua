-- SPDX-License-Identifier: MIT
-- The truth of one item of the model, and what must hold of it whatever the code under test thinks: the invariants. It shares no
-- rule with that code: it knows who was where when each look was answered, and what each act did.
--
-- Of each real target (shared by all items) it holds `open` (changes under way), `ended` (when the last one ended), `undone` (an act
-- may have acted, and no look has found it undone since), `did` ("maybe" or "accepted"), `lied` (an act was accepted that did
-- nothing). Of each item: `glimpse` (when its last look left, by the larger clock), `fits` (by place: whether an act was
-- approved there and then, or "lie") and `status`; `out` and `alone` (the first of the reads that had nobody there, or no session of hers
-- at all, without one between them that had: `gone`, when its answer came), `last` (what the last look was), `seen` (somebody approved was seen there once), `approved`.

local store = require "spec.support.model.store"

local ledger = {}
ledger.__index = ledger

local green = { ended = true, already_out = true, status_set = true }

--- @tparam table parts `world`, `target`, `store`
function ledger.new(parts)
  local self = setmetatable({ known = {} }, ledger)
  for name, value in pairs(parts) do
    self[name] = value
  end
  self.reals = self.target.by_name and self.world.reals or { self.target.id }
  return self
end

--- The knowledge before anything is done, by real targets.
-- @treturn number
function ledger.untouched(world, values)
  local reals = {}
  for _, id in ipairs(world.reals) do
    reals[id] = { open = 0 }
  end
  return values:id(reals)
end

function ledger:fresh()
  return self.store:id { last = "none" }
end

local function is_void(self, reals, stage)
  for _, id in ipairs(self.reals) do
    local real = reals[id]
    if real.open > 0 or (real.ended and stage.asked < real.ended) then
      return true
    end
  end
  return false
end

-- Whether those who were somewhere are out, as this item's row says.
local function is_out(self, truth, approved)
  for _, id in ipairs(self.reals) do
    if truth.there[id] and (not approved or not truth.who[id] or truth.who[id] == approved) then
      return false
    end
  end
  return true
end

-- Whether an act at a place is one that was approved, as far as anybody could know: the one approved was there, or the status that
-- is to be taken back, and nobody protected.
local function may_act_on(self, truth, id, approved)
  local world, target = self.world, self.target
  if truth.lie then
    return "lie"
  elseif target.expected_status then
    return truth.status == target.expected_status.name
  elseif not world.occupied then
    return true
  end
  local who = truth.who[id]
  return truth.there[id] and who ~= nil and who == approved and not world.protects(who) and not world.protects(id)
end

local function note_truth(self, held, stage)
  local truth, approved = stage.truth, self.target.approved or held.approved
  local out = is_out(self, truth, approved)
  held.fits, held.status, held.glimpse = {}, truth.status, stage.wall
  for _, id in ipairs(self.reals) do
    held.fits[id] = may_act_on(self, truth, id, approved)
  end
  held.seen = held.seen or truth.lie or not out or nil
  held.out = (out or truth.lie) and (held.out or { gone = 0 }) or nil
  held.alone = (truth.alone or truth.lie) and (held.alone or { gone = 0 }) or nil
  held.last = held.out and "out" or "in"
end

-- The news that a look has of an act before it: found undone, or seen through. False where it has none.
local function note_undone(self, reals, stage)
  local truth, answer, changed = stage.truth, stage.reply.answer, false
  for _, id in ipairs(self.reals) do
    local real = reals[id]
    if answer.whole and (truth.lie or truth.there[id]) and real.undone then
      real.undone, changed = nil, true
    end
    if answer.active and not truth.lie and real.lied == true then
      real.lied, changed = "seen through", true
    end
  end
  return changed
end

-- Whom `signout(target)` without a user approves: the one whom its first whole look names. `verify` is about the first one seen.
local function approve(self, held, stage)
  local answer = stage.reply.answer
  if not self.target.approved and not held.approved and answer and answer.user and (answer.whole or self.target.watches) then
    held.approved = not stage.truth.lie and stage.truth.who[self.target.id] or answer.user
  end
end

--- The absence that a look confirms, since it leaves late enough to be the second one: that nobody is there ("out"), and that she has no
-- session at all ("alone").
-- @treturn ?string
function ledger:is_ripe(o)
  local held, settle = self.store.values[o], -self.world.limits.settle
  if held.alone and held.alone.gone <= settle then
    return "alone"
  end
  return held.out and held.out.gone <= settle and "out" or nil
end

local function is_proved(held, stage)
  return held.last == "out" and held.out ~= nil and stage.ripe
end

local function did(reals, ids, what)
  for _, id in ipairs(ids) do
    if reals[id].did and (not what or reals[id].did == what) then
      return true
    end
  end
  return false
end

local function has_lied(self, reals)
  for _, id in ipairs(self.reals) do
    if reals[id].lied == true then
      return true
    end
  end
  return false
end

-- The first invariant that a verdict breaks.
local function broken_by(self, held, reals, row, stage)
  local ids = row.place and { row.place } or self.reals
  if green[row.verdict] and not (stage and (is_proved(held, stage) or has_lied(self, reals))) then
    return "1: " .. row.verdict .. ", and it is not true"
  elseif row.verdict == "ended" and not self.target.watches and not did(reals, ids) then
    return "6: ended, and nothing of ours may have acted"
  elseif row.verdict == "already_out" and did(reals, ids, "accepted") then
    return "6: already_out, and an act of ours was accepted"
  elseif row.verdict == "already_out" and not (held.seen or self.target.seen or self.world.knows or (held.alone and stage.ripe == "alone")) then
    return "1: already_out, and it was never there"
  end
end

local function judged(self, held, reals, rows, stage)
  for _, row in ipairs(rows) do
    local broken = broken_by(self, held, reals, row, stage)
    if broken then
      return broken
    end
  end
end

-- `reals`: the records of real targets, or their number where they did not change.
local function frozen(self, held, reals, broken)
  return { o = self.store:id(held), x = type(reals) == "table" and self.store:id(reals) or reals, broken = broken }
end

local function heard(self, o, x, d, told)
  local held, reals = store.copy(self.store.values[o]), store.copy(self.store.values[x])
  local stage, changed = self.store.values[d], false
  if not stage.truth then
    held.last = "nothing"
  elseif is_void(self, reals, stage) then
    held.last = "void"
  else
    approve(self, held, stage)
    note_truth(self, held, stage)
    changed = note_undone(self, reals, stage)
  end
  told = self.store.values[told]
  local broken = told.rows and judged(self, held, reals, told.rows, stage)
  if not told.queued then
    held.fits, held.glimpse, held.status = nil, nil, nil
  end
  return frozen(self, told.rows and {} or held, changed and reals or x, broken)
end

--- The answer of a look arrives, and the code comes to this (a number): `rows`, or whether an act is `queued`.
-- @treturn table `o`, `x`, `broken`: the invariant that does not hold
ledger.heard = store.remembered(heard)

-- Changes

local function wrong_act(self, held, reals, id, before)
  local fits, real = held.fits and held.fits[id], reals[id]
  if real.open > 0 then
    return "3: two acts at once"
  elseif held.fits and not fits or self.world.occupied and not fits then
    return "2: an act on somebody who was not approved"
  elseif held.status and before.previous.name ~= held.status and fits ~= "lie" then
    return "2: what is journaled to be taken back was not there"
  elseif self.world.occupied and held.glimpse < -self.world.limits.fresh then
    return "2: an act on what was seen too long ago"
  elseif real.undone then
    return "3: a second act, and no look found the first one undone"
  end
end

local function begun(self, o, x, note)
  local held, reals, broken = self.store.values[o], store.copy(self.store.values[x]), nil
  note = self.store.values[note]
  for _, id in ipairs(note.changes) do
    broken = broken or wrong_act(self, held, reals, id, note.before or {})
    reals[id].open, reals[id].undone = reals[id].open + 1, not self.world.safe or nil
  end
  return frozen(self, held, reals, broken)
end

--- Changes begin (a number): the targets of `changes`, and what is journaled `before`.
ledger.begun = store.remembered(begun)

local function note_act(self, real, outcome)
  local nothing = outcome.sent == false or outcome.answer == "already_out"
    or (not outcome.answer and outcome.own_words and not outcome.retriable)
  real.open = real.open - 1
  if outcome.sent ~= false then
    real.ended = 0
  end
  if nothing then
    real.undone = nil
  elseif outcome.answer == "accepted" then
    real.did, real.lied = "accepted", outcome.lie and self.world.evidence == "token" or real.lied
  else
    real.did = real.did or "maybe"
  end
end

local function ended(self, x, d)
  local reals, stage = store.copy(self.store.values[x]), self.store.values[d]
  for _, id in ipairs(stage.targets) do
    note_act(self, reals[id], stage.outcome)
  end
  return { x = self.store:id(reals) }
end

--- The outcome of changes arrives.
-- @treturn table `x`
ledger.ended = store.remembered(ended)

local function disturbed(self, o, d, queued)
  local held, mine = store.copy(self.store.values[o]), {}
  if queued == 0 then
    held.fits, held.glimpse, held.status = nil, nil, nil
  end
  for _, id in ipairs(self.reals) do
    mine[id] = true
  end
  local outcome = self.store.values[d].outcome
  for _, id in ipairs(self.store.values[d].targets) do
    if mine[id] and outcome.sent ~= false then
      held.out, held.alone = nil, nil
    end
  end
  return { o = self.store:id(held) }
end

--- An act of anybody of ours ended: what was seen before it proves nothing. `queued`: 1 where this item's own next act follows.
-- @treturn table `o`
ledger.disturbed = store.remembered(disturbed)

local function judged_alone(self, o, x, told)
  local held, reals, rows = self.store.values[o], self.store.values[x], self.store.values[told].rows
  return { broken = rows and judged(self, held, reals, rows) or nil }
end

--- The code comes to this without a look.
-- @treturn table `broken`
ledger.judged = store.remembered(judged_alone)

local function crashed(self, x)
  local reals = store.copy(self.store.values[x])
  for _, real in pairs(reals) do
    if real.open > 0 then
      real.open, real.ended, real.did = 0, 0, real.did or "maybe"
    end
    real.lied = real.lied and true -- a journal holds no observations
  end
  return { x = self.store:id(reals) }
end

--- The process dies: what was under way ended, one way or another.
-- @treturn table `x`
ledger.crashed = store.remembered(crashed)

--- The part of an item that a new run keeps: what it once saw.
-- @treturn number
function ledger:restarted(o)
  local held = self.store.values[o]
  return self.store:id { last = "none", seen = held.seen, approved = held.approved }
end

return ledger
