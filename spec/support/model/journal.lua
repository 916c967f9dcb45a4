-- SPDX-License-Identifier: MIT
-- The journal of an item of the model: `changes` by real target (`state`, `tries`, `answer`, `failure`, `before`), the real targets that were
-- `found`, and its `rows` when it is over. Members that no later run will read are left out.

local layout = require "spec.support.model.layout"
local store = require "spec.support.model.store"

local journal = {}

local BUDGET, JOURNAL = layout.BUDGET, layout.JOURNAL

--- Nothing happened.
journal.empty = { changes = {}, found = {} }

-- Whether a later run may read it.
local function is_kept(self, s)
  return self.forever or self.store.values[s[BUDGET]].crashes > 0
end

local noted = store.remembered(function(self, j, note)
  local held = store.copy(self.store.values[j])
  note = self.store.values[note]
  for _, id in ipairs(note.found or {}) do
    held.found[id] = true
  end
  for _, id in ipairs(note.changes or {}) do
    local act = held.changes[id] or { tries = 0 }
    held.changes[id] = act
    act.state, act.answer, act.failure, act.before = "lost", nil, nil, act.before or note.before
  end
  return self.store:id(held)
end)

-- Of what is over, other items alone learn.
local concluded = store.remembered(function(self, j, note)
  local changes = self.items[2] and self.store.values[j].changes or {}
  return self.store:id { changes = changes, found = {}, rows = self.store.values[note].rows }
end)

--- Notes what comes of one event of an item: intents, targets that were found, verdicts.
-- @treturn ?string what is broken
function journal.note(self, s, at, found)
  local j = s[at + JOURNAL]
  if found.rows then
    s[at + JOURNAL] = concluded(self, j, found.note)
    return self.store.values[j].rows and "4: a second verdict" or nil
  elseif is_kept(self, s) then
    s[at + JOURNAL] = noted(self, j, found.note)
  end
end

local function slim(failure)
  return { code = failure.code, retriable = failure.retriable, sent = failure.sent, own_words = failure.own_words, scope = failure.scope }
end

local with_results = store.remembered(function(self, j, d)
  local held, stage = store.copy(self.store.values[j]), self.store.values[d]
  for _, id in ipairs(stage.targets) do
    local act, outcome = held.changes[id], stage.outcome
    act.tries = act.tries + 1
    act.state, act.answer = outcome.answer and "answered" or "failed", outcome.answer
    act.failure = not outcome.answer and slim(outcome) or nil
  end
  return self.store:id(held)
end)

--- Notes the outcome of changes.
-- @tparam number d the stage that has it
function journal.note_outcome(self, s, at, d)
  if is_kept(self, s) then
    s[at + JOURNAL] = with_results(self, s[at + JOURNAL], d)
  end
end

return journal
