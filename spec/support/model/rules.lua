-- SPDX-License-Identifier: MIT
-- The rules of proof: where each stands in the code, and a mutant of the code without it. `by` names what carries a rule
-- that this model cannot.

local mutants = require "spec.support.model.mutants"

-- Each with the mutant in words, the world and the budget (moves, bad replies, crashes) that tell it from the code, and its changes:
-- a part of the source, and what stands there instead.
local switched_off = {
  { rule = "A1", name = "an act whoever sits there", file = "occupant", world = "a phone, nobody named", budget = { 1, 1, 0 }, changes = {
    { "  local found = wanted and likeness(context, seen.occupant, wanted) or \"nearly\"", "  local found = 'same'" },
  } },
  { rule = "A1", name = "an act where nobody can be named", file = "occupant", world = "a phone, nobody named", budget = { 1, 1, 0 }, changes = {
    { "  elseif not seen.occupant then\n    return \"unknown\", {", "  elseif not seen.occupant then\n    do return nil end\n    return \"unknown\", {" },
  } },
  { rule = "A1", name = "nearly the same is the same", file = "occupant", world = "a phone, somebody nearly the same", budget = { 1, 1, 0 }, changes = {
    { "  if found == \"nearly\" and target.spelling and context.compare(name, target.spelling) == \"same\" then", "  if found == \"nearly\" then" },
  } },
  { rule = "A1", name = "an act on an old look", file = "state_machine", world = "a key", budget = { 1, 1, 0 }, changes = {
    { "age > context.limits.fresh)", "false)" },
  } },
  { rule = "A1", name = "the wall clock is not looked at", file = "state_machine", world = "a key", budget = { 1, 1, 0 }, changes = {
    { "math.max(now - seen.asked, seen.asked_wall and wall - seen.asked_wall or 0)", "now - seen.asked" },
  } },
  { rule = "A2", name = "nobody is protected", file = "occupant", world = "a phone, nobody named", budget = { 1, 1, 0 }, changes = {
    { "    if name and context.protects(name) then", "    if false then" },
  } },
  { rule = "A3", name = "acts make no look old", file = "attempts", world = "two rows on one phone", budget = { 1, 1, 0 }, changes = {
    { "  return real.open > 0 or (real.ended ~= nil and seen.asked < real.ended)", "  return false" },
  } },
  { rule = "A3", name = "acts of others at once", file = "attempts", world = "two rows on one phone", budget = { 1, 1, 0 }, changes = {
    { "  return real.open > 0 or (real.ended ~= nil", "  return (real.ended ~= nil" },
  } },
  { rule = "A3", name = "an act leaves a first absence as it is", file = "state_machine", world = "two rows on one phone", budget = { 1, 1, 0 }, changes = {
    { "  if state.absent and not attempts.is_outdated(state, state.absent, context) then", "  if state.absent then" },
  } },
  { rule = "A4", name = "repeated after a reply that is not whole", file = "attempts", world = "two rows on one phone", budget = { 1, 1, 0 }, changes = {
    { "  if (real.accepted or real.uncertain) and not seen.whole then", "  if false then" },
  } },
  { rule = "A4", name = "repeated after a look that failed", file = "state_machine", world = "a status, undone", budget = { 1, 1, 1 }, changes = {
    { "  elseif seen.retriable and seen.delay then", "  elseif state.phase == \"rechecking\" then\n    return act_at(state, seen, context.target.id)\n  elseif seen.retriable and seen.delay then" },
  } },
  { rule = "A7", name = "what somebody changed since is taken back", file = "occupant", world = "a status, undone", budget = { 1, 1, 0 }, changes = {
    { "  if expected and seen.status and not observation.is_set(seen.status, expected) then", "  if false then" },
  } },
  { rule = "A7", name = "what was there before is read once", file = "state_machine", world = "a status", budget = { 1, 1, 0 }, changes = {
    { "  attempts.place(state, id)\n  state.looked = seen\n", "  attempts.place(state, id)\n  state.looked = state.looked or seen\n" },
  } },
  { rule = "L1", name = "a row that is not whole is free", file = "observation", world = "a phone", budget = { 1, 1, 0 }, changes = {
    { "  elseif row.whole ~= true or row.active == nil and not is_missing(row) then\n    return unreadable(row.doubt and \"the reply \" .. row.doubt or row.state, row.state)",
      "  elseif false then\n    return nil" },
  } },
  { rule = "L1", name = "an unknown member is not looked at", file = "observation", world = "a phone", budget = { 1, 1, 0 }, changes = {
    { "      if name and other.text and about.compare(other.text, name) ~= \"different\" then", "      if false then" },
  } },
  { rule = "L1", name = "a name's row that is not whole", file = "observation", world = "user:NAME with two phones, one of them protected", budget = { 1, 1, 0 }, changes = {
    { "  elseif row.whole ~= true or row.active == nil and not is_missing(row) then\n    return unreadable(row.doubt and \"the reply \" .. row.doubt or \"the",
      "  elseif false then\n    return unreadable(row.doubt and \"the reply \" .. row.doubt or \"the" },
  } },
  { rule = "L1", name = "a list that is not whole", file = "observation", world = "a key", budget = { 1, 1, 0 }, changes = {
    { "local function key_may_hide(index, about)\n  if not index.whole then", "local function key_may_hide(index, about)\n  if false then" },
  } },
  { rule = "L1", name = "a row without its key hides nothing", file = "observation", world = "a key", budget = { 1, 1, 0 }, changes = {
    { "    if not row.user or not expected or about.compare(row.user, expected) ~= \"different\" then", "    if false then" },
  } },
  { rule = "L1", name = "a key that is nearly this is another", file = "observation", world = "a key", budget = { 1, 1, 0 }, changes = {
    { "  if index.near_keys[near_key(about.id, index.rules.target) or about.id] then", "  if false then" },
  } },
  { rule = "L1", name = "a row without its user hides nobody", file = "observation", world = "user:NAME with two keys of hers and one of another", budget = { 1, 1, 0 }, changes = {
    { "  elseif index.nameless > 0 then", "  elseif false then" },
  } },
  { rule = "L1", name = "a user who is nearly this is another", file = "observation", world = "user:NAME with two keys of hers and one of another", budget = { 1, 1, 0 }, changes = {
    { "  elseif near then", "  elseif false then" },
  } },
  { rule = "L1", name = "a refusal with an error beside", file = "observation", world = "a token that cannot, at one of two nodes", budget = { 1, 1, 1 }, changes = {
    { "  elseif answer.active ~= false or answer.whole ~= true then", "  elseif false then" },
  } },
  { rule = "L1", name = "a status beside an error", file = "observation", world = "a status, undone", budget = { 1, 1, 0 }, changes = {
    { "  if set and not seen.whole then", "  if false then" },
  } },
  { rule = "L2", name = "a control that fails is not heeded", file = "observation", world = "a token that cannot, at one of two nodes", budget = { 1, 1, 1 }, changes = {
    { "  if seen.present ~= false or holds ~= false then", "  if true then" },
  } },
  { rule = "L2", name = "another login's list", file = "observation", world = "a key", budget = { 1, 1, 0 }, changes = {
    { "  elseif about.has_own and not index.own then\n    return \"our own session is not in the list either: it is no list of this login\"\n  end\n  if", "  end\n  if" },
  } },
  { rule = "L3", name = "a refusal in foreign words is an absence", file = "occupant", world = "a token that can be renewed", budget = { 1, 1, 0 }, changes = {
    { "  if seen.code then\n    return \"failed\"", "  if seen.code == \"denied\" then\n    return \"absent\"\n  elseif seen.code then\n    return \"failed\"" },
  } },
  { rule = "L4", name = "a reply of a cache", file = "state_machine", world = "a phone", budget = { 1, 1, 0 }, changes = {
    { "    if not is_dated(first, seen) then", "    if false then" },
  } },
  { rule = "L5", name = "wherever the token was asked for", file = "proof", world = "a token that cannot, at one of two nodes", budget = { 1, 1, 0 }, changes = {
    { "not context.target.renewable and state.node ~= nil)", "not context.target.renewable)" },
  } },
  { rule = "V1", name = "seen gone once", file = "state_machine", world = "a phone", budget = { 1, 1, 0 }, changes = {
    { "  if first and seen.asked - first.replied >= settle - TICK then", "  if true then\n    first = first or seen" },
  } },
  { rule = "V1", name = "a second less than settle", file = "state_machine", world = "a phone", budget = { 1, 1, 0 }, changes = {
    { "seen.asked - first.replied >= settle - TICK", "seen.asked - first.replied >= settle - 1 - TICK" },
    { "state.absent.replied + settle - now", "state.absent.replied + settle - 1 - now" },
  } },
  { rule = "V1", name = "a token's logout need not be accepted", file = "proof", world = "a token that cannot, at one of two nodes", budget = { 1, 1, 0 }, changes = {
    { "  return done.accepted or (done.uncertain and", "  return true or (done.uncertain and" },
  } },
  { rule = "V1", name = "a token that can be renewed need not either", file = "proof", world = "a token that can be renewed", budget = { 1, 1, 0 }, changes = {
    { "done.uncertain and not context.target.renewable and", "done.uncertain and" },
  } },
  { rule = "V1", name = "an acceptance is not contradicted", file = "state_machine", world = "a token that cannot, at one of two nodes", budget = { 1, 1, 0 }, changes = {
    { "    real.uncertain, real.accepted = real.uncertain or real.accepted, false", "" },
  } },
  { rule = "V1", name = "somebody nearly the same has taken over", file = "occupant", world = "a phone, watched", budget = { 1, 1, 0 }, changes = {
    { "    if name and likeness(context, seen.occupant, name) ~= \"different\" then\n      return false", "    if name and likeness(context, seen.occupant, name) == \"same\" then\n      return false" },
  } },
  { rule = "V2", name = "the proof is of the place", file = "occupant", world = "user:NAME with two keys of hers and one of another", budget = { 1, 1, 0 }, changes = {
    { "  elseif not seen.present then\n    return \"absent\"", "  elseif not seen.present or (state.order[1] and seen.targets[1] and not state.targets[seen.targets[1]]) then\n    return \"absent\"" },
  } },
  { rule = "V2", name = "all targets have the name's verdict", file = "state_machine", world = "user:NAME with two keys of hers and one of another", budget = { 1, 1, 0 }, changes = {
    { "  elseif verdict == \"ended\" and not (real.accepted or real.uncertain) then", "  elseif false then" },
  } },
  { rule = "V3", name = "never seen, and gone", file = "proof", world = "a token that cannot, at one of two nodes", budget = { 1, 1, 0 }, changes = {
    { "local function never_seen()\n", "local function never_seen()\n  do return \"already_out\" end\n" },
  } },
  { rule = "V3", name = "moved, and gone", file = "proof", world = "a token that cannot, seen by the plan", budget = { 1, 1, 0 }, changes = {
    { "  return \"unknown\", { code = \"moved\",", "  do return \"already_out\" end\n  return \"unknown\", { code = \"moved\"," },
  } },
  { rule = "V3", name = "out, though our act was accepted", file = "proof", world = "a key", budget = { 1, 1, 0 }, changes = {
    { "  elseif done.accepted or done.uncertain then\n    return \"ended\"", "  elseif false then\n    return \"ended\"" },
  } },
  { rule = "V3", name = "a key alone, and not its user", file = "observation", world = "KEY=USER", budget = { 1, 1, 0 }, changes = {
    { "  seen.cleared = user ~= nil and not others and index.nameless == 0", "  seen.cleared = true" },
  } },
  { rule = "V4", name = "a status is read once", file = "state_machine", world = "a status", budget = { 1, 1, 0 }, changes = {
    { "  local first, settle = first_absence(state, context), context.limits.settle", "  local first, settle = first_absence(state, context), context.limits.settle\n  if context.evidence == \"setting\" then\n    first, settle = seen, -1\n  end" },
  } },
  { rule = "V6", name = "unknown is harmless", file = "verdict", world = "a status", budget = { 1, 1, 0 }, changes = {
    { "  { name = \"unknown\", exit = 3,", "  { name = \"unknown\"," },
  } },
}

-- Rules that no world of the model has: what carries them.
local carried_elsewhere = {
  A5 = "no act without a target, and no nil that means something else: spec/integration/offboard/false_exits_spec.lua, check-lies",
  A6 = "identities of systems in plan and journal: spec/integration/offboard/false_exits_spec.lua, check-lies",
  V5 = "the strictest settle of a run, in journal and report: spec/integration/offboard/false_exits_spec.lua, check-lies",
}

local rules = { names = { "A1", "A2", "A3", "A4", "A5", "A6", "A7", "L1", "L2", "L3", "L4", "L5", "V1", "V2", "V3", "V4", "V5", "V6" },
  carried_elsewhere = carried_elsewhere }

--- The mutants, one or more of each rule.
-- @treturn {table,...} `rule`, `name`, `texts` for `mutants.load`, `world` (its name) and `budget`
function rules.mutants()
  local list = {}
  for i, row in ipairs(switched_off) do
    list[i] = {
      rule = row.rule, name = row.name, world = row.world, texts = { [row.file] = mutants.replaced(row.file, row.changes) },
      budget = { moves = row.budget[1], bad = row.budget[2], crashes = row.budget[3] },
    }
  end
  return list
end

local function line_of(text, position)
  return select(2, text:sub(1, position):gsub("\n", "\n")) + 1
end

--- Where the code names a rule: a comment that begins with it or speaks of it.
-- @treturn {string,...} `file:line`
function rules.mentions(rule)
  local found = {}
  for _, name in ipairs(mutants.files) do
    local text = mutants.source(name)
    for position, list in text:gmatch "()[Rr]ules? ([^%.:]-)[%.:%)]" do
      if (" " .. list .. " "):find("[^%w]" .. rule .. "[^%w]") then
        found[#found + 1] = ("%s.lua:%d"):format(name, line_of(text, position))
      end
    end
  end
  return found
end

return rules
