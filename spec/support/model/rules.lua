-- SPDX-License-Identifier: MIT
-- The rules of proof: where each stands in the code, and a mutant of the code that does without it. `by` says who carries a rule
-- that this model cannot.

local mutants = require "spec.support.model.mutants"

-- Rows: rule, the mutant in words, file, the part of the source, what stands there instead.
local switched_off = {
  { "A1", "an act whoever sits there", "state_machine", "  local found = wanted and likeness(context, seen.occupant, wanted) or \"nearly\"", "  local found = 'same'" },
  { "A1", "an act where nobody can be named", "state_machine", "  elseif not seen.occupant then\n    return \"unknown\", {", "  elseif not seen.occupant then\n    do return nil end\n    return \"unknown\", {" },
  { "A1", "nearly the same is the same", "state_machine", "  if found == \"nearly\" and target.spelling and context.compare(name, target.spelling) == \"same\" then", "  if found == \"nearly\" then" },
  { "A1", "an act on an old look", "state_machine", "age > context.limits.fresh)", "false)" },
  { "A1", "the wall clock is not looked at", "state_machine", "math.max(now - seen.asked, seen.asked_wall and wall - seen.asked_wall or 0)", "now - seen.asked" },
  { "A2", "nobody is protected", "state_machine", "    if name and context.protects(name) then", "    if false then" },
  { "A3", "acts make no look old", "state_machine", "  return real.open > 0 or (real.ended ~= nil and seen.asked < real.ended)", "  return false" },
  { "A3", "acts of others at once", "state_machine", "  return real.open > 0 or (real.ended ~= nil", "  return (real.ended ~= nil" },
  { "A3", "an act leaves a first absence as it is", "state_machine", "    if is_stale(state.absent, id, context) then\n      return nil", "    if false then\n      return nil" },
  { "A4", "repeated after a reply that is not whole", "state_machine", "  if (real.accepted or real.uncertain) and not seen.whole then", "  if false then" },
  { "A4", "repeated after a look that failed", "state_machine", "  elseif seen.retriable and seen.delay then", "  elseif state.phase == \"rechecking\" then\n    return act_at(state, seen, context.target.id)\n  elseif seen.retriable and seen.delay then" },
  { "A7", "what somebody changed since is taken back", "state_machine", "  if expected and seen.status and not observation.is_set(seen.status, expected) then", "  if false then" },
  { "A7", "what was there before is read once", "state_machine", "  place_of(state, id)\n  state.looked = seen\n", "  place_of(state, id)\n  state.looked = state.looked or seen\n" },
  { "L1", "a row that is not whole is free", "observation", "  elseif row.whole ~= true or row.active == nil and row.state ~= \"no_device\" then", "  elseif false then" },
  { "L1", "an unknown member is not looked at", "observation", "      if name and other.text and about.compare(other.text, name) ~= \"different\" then", "      if false then" },
  { "L1", "a name's row that is not whole", "observation", "  elseif row.whole ~= true or row.active == nil and row.state ~= \"no_user\" then", "  elseif false then" },
  { "L1", "a list that is not whole", "observation", "local function key_may_hide(index, about)\n  if not index.whole then", "local function key_may_hide(index, about)\n  if false then" },
  { "L1", "a row without its key hides nothing", "observation", "    if not row.own and (not row.user or not expected or about.compare(row.user, expected) ~= \"different\") then", "    if false then" },
  { "L1", "a key that is nearly this is another", "observation", "  if index.near_keys[near_key(about.id, index.rules.target) or about.id] then", "  if false then" },
  { "L1", "a row without its user hides nobody", "observation", "  elseif index.nameless > 0 then", "  elseif false then" },
  { "L1", "a user who is nearly this is another", "observation", "  elseif near then", "  elseif false then" },
  { "L1", "a refusal with an error beside", "observation", "  elseif answer.active ~= false or answer.whole ~= true then", "  elseif false then" },
  { "L1", "a status beside an error", "observation", "  if set and not seen.whole then", "  if false then" },
  { "L2", "a control that fails is not heeded", "observation", "  if seen.present ~= false or holds ~= false then", "  if true then" },
  { "L2", "another login's list", "observation", "  elseif about.has_own and not index.own then\n    return \"our own session is not in the list either: it is no list of this login\"\n  end\n  if", "  end\n  if" },
  { "L3", "a refusal in foreign words is an absence", "state_machine", "  if seen.code then\n    return \"failed\"", "  if seen.code == \"denied\" then\n    return \"absent\"\n  elseif seen.code then\n    return \"failed\"" },
  { "L4", "a reply of a cache", "state_machine", "    if not is_dated(first, seen) then", "    if false then" },
  { "L5", "wherever the token was asked for", "proof", "not context.target.renewable and state.node ~= nil)", "not context.target.renewable)" },
  { "V1", "seen gone once", "state_machine", "  if first and seen.asked - first.replied >= settle - TICK then", "  if true then\n    first = first or seen" },
  { "V1", "settle runs from the first request", "state_machine", "seen.asked - first.replied >= settle", "seen.replied - first.replied >= settle" },
  { "V1", "a token's logout need not be accepted", "proof", "  return done.accepted or (done.uncertain and", "  return true or (done.uncertain and" },
  { "V1", "a token that can be renewed need not either", "proof", "done.uncertain and not context.target.renewable and", "done.uncertain and" },
  { "V1", "an acceptance is not contradicted", "state_machine", "    real.uncertain, real.accepted = real.uncertain or real.accepted, false", "" },
  { "V1", "somebody nearly the same has taken over", "state_machine", "    if name and likeness(context, seen.occupant, name) ~= \"different\" then\n      return false", "    if name and likeness(context, seen.occupant, name) == \"same\" then\n      return false" },
  { "V2", "the proof is of the place", "state_machine", "  elseif not seen.present then\n    return \"absent\"", "  elseif not seen.present or (state.order[1] and seen.places[1] and not state.places[seen.places[1]]) then\n    return \"absent\"" },
  { "V2", "all places have the name's verdict", "state_machine", "  elseif verdict == \"ended\" and not (real.accepted or real.uncertain) then", "  elseif false then" },
  { "V3", "never seen, and gone", "proof", "local function never_seen()\n", "local function never_seen()\n  do return \"already_out\" end\n" },
  { "V3", "moved, and gone", "proof", "  return \"unknown\", { code = \"moved\",", "  do return \"already_out\" end\n  return \"unknown\", { code = \"moved\"," },
  { "V3", "out, though our act was accepted", "proof", "  elseif done.accepted or done.uncertain then\n    if was_seen", "  elseif false then\n    if was_seen" },
  { "V3", "a key alone, and not its user", "observation", "  seen.cleared = about.user ~= nil and not others and index.nameless == 0", "  seen.cleared = true" },
  { "V4", "a status is read once", "state_machine", "  local first, settle = first_absence(state, context), context.limits.settle", "  local first, settle = first_absence(state, context), context.limits.settle\n  if context.evidence == \"setting\" then\n    first, settle = seen, -1\n  end" },
  { "V6", "unknown is harmless", "verdict", "  { name = \"unknown\", exit = 3,", "  { name = \"unknown\"," },
}

-- Rules that no world of the model has: what carries them.
local carried_elsewhere = {
  A5 = "no act without a target, and no nil that means something else: spec/offboard, check-lies",
  A6 = "identities of systems in plan and journal: spec/offboard, check-lies",
  V5 = "the strictest settle of a run, in journal and report: spec/offboard, check-lies",
}

local rules = { names = { "A1", "A2", "A3", "A4", "A5", "A6", "A7", "L1", "L2", "L3", "L4", "L5", "V1", "V2", "V3", "V4", "V5", "V6" },
  carried_elsewhere = carried_elsewhere }

--- The mutants, one or more of each rule.
-- @treturn {table,...} `rule`, `name`, `texts` for `mutants.load`
function rules.mutants()
  local list = {}
  for i, row in ipairs(switched_off) do
    list[i] = { rule = row[1], name = row[2], texts = { [row[3]] = mutants.replaced(row[3], row[4], row[5]) } }
  end
  return list
end

local function line_of(text, position)
  return select(2, text:sub(1, position):gsub("\n", "\n")) + 1
end

--- Where the code names a rule: a comment that begins with it or speaks of it.
-- @treturn {string,...} `file:line`
function rules.places(rule)
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
