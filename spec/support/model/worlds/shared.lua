-- SPDX-License-Identifier: MIT
-- Parts that worlds of the model share: what may go wrong with any exchange, whatever the system.

local store = require "spec.support.model.store"

local shared = {}

--- Reads that fail. They say nothing, and cost one of the adversary's bad replies each.
shared.failed_reads = {
  { name = "lost", bad = true, failure = { code = "timeout", retriable = true } },
  { name = "refused in foreign words", bad = true, failure = { code = "denied", retriable = false, own_words = false } },
  { name = "stale", bad = true, stale = "Age 86400" },
}

--- A cache gives the reply of the first absence once more, with its date.
function shared.once_more(answer)
  return { name = "the first absence once more", bad = true, reply = function(_, _, _, sent)
    return sent.absent and { again = true, answer = answer } or nil
  end }
end

--- The outcomes of an act: `changes` (the world does it), `outcome`. The first one is right: it is done, or there was nothing to do.
shared.changes = {
  { name = "right", changes = true },
  { name = "lost before acting", bad = true, outcome = { code = "timeout", retriable = true, sent = true, delay = 1 } },
  { name = "lost after acting", bad = true, changes = true, outcome = { code = "timeout", retriable = true, sent = true, delay = 1 } },
  { name = "lost before acting, for the last time", bad = true, outcome = { code = "timeout", retriable = true, sent = true } },
  { name = "never sent", bad = true, outcome = { code = "unreachable", retriable = true, sent = false, delay = 1 } },
  { name = "never sent, for the last time", bad = true, outcome = { code = "unreachable", retriable = true, sent = false } },
  { name = "refused in own words", bad = true, outcome = { code = "rejected", retriable = false, sent = true, own_words = true } },
  { name = "busy, in own words", bad = true, outcome = { code = "busy", retriable = true, sent = true, own_words = true, delay = 1 } },
  { name = "refused in foreign words", bad = true, outcome = { code = "denied", retriable = false, sent = true, own_words = false } },
  { name = "refused in foreign words after acting", bad = true, changes = true,
    outcome = { code = "server", retriable = true, sent = true, own_words = false, delay = 1 } },
  { name = "accepted without acting", bad = true, outcome = { answer = "accepted", lie = true } },
  { name = "undecided", bad = true, changes = true, outcome = { answer = "undecided" } },
  { name = "stopped before it left", bad = true, outcome = { code = "cancelled", sent = false, stops = true } },
  { name = "stopped under way", bad = true, changes = true, outcome = { code = "cancelled", sent = true, stops = true } },
}

--- An act as a world does it.
-- @tparam function sign_out(world, targets) gives the answer in the system's own words, and changes the world
-- @treturn function(kind, world, targets, sent) that gives the outcome and the world after it; nil for a kind that is only what
-- comes without a cookie
function shared.act(sign_out)
  return function(kind, world, targets, sent)
    if kind.unpinned and sent.cookie then
      return nil
    end
    local after = store.copy(world)
    local answer
    if kind.changes then
      after.old = nil
      answer = sign_out(after, targets)
      after.old = store.text(after) ~= store.text(world) and store.copy(world) or world.old
      if after.old then
        after.old.old = nil
      end
    end
    return kind.outcome and store.copy(kind.outcome) or { answer = answer }, after
  end
end

--- The same world with a change, and what it was before.
function shared.moved(world, change)
  local after = store.copy(world)
  after.old = nil
  local before = store.copy(after)
  change(after)
  after.old = before
  return after
end

--- How a world answers a look: failures are the same everywhere, `lag` speaks of the truth before the last change, and the
-- others are the world's own.
-- @tparam function show(world, target, sent) the right answer
-- @tparam function truth(world) `there`, `who` by place, `alone`
function shared.answer(show, truth)
  return function(kind, world, target, sent)
    if kind.failure or kind.stale then
      return { failure = kind.failure, stale = kind.stale }
    end
    local right = show(world, target, sent)
    if kind.name == "right" then
      return { answer = right }, truth(world)
    elseif kind.name == "a node lags" then
      local other = world.old and show(world.old, target, sent)
      if not other or store.text(other) == store.text(right) then
        return nil
      end
      local lie = truth(world)
      lie.lie = true
      return { answer = other }, lie
    end
    local reply = kind.reply(right, world, target, sent)
    return reply, reply and truth(world)
  end
end

--- Appends lists.
function shared.joined(...)
  local list = {}
  for _, part in ipairs { ... } do
    for _, each in ipairs(part) do
      list[#list + 1] = each
    end
  end
  return list
end

return shared
