-- SPDX-License-Identifier: MIT
-- Which verdict comes of what was seen and done: rows of what differs from a phone that was never seen, and nothing done.

local store = require "spec.support.model.store"

-- `place`: what this row did at P, `real`: what all of us did there.
local function state_of(row)
  local state = { targets = {}, order = {}, seen = row.seen and {} or nil, node = row.node, presence = row.presence, doubt = row.doubt }
  if row.place then
    state.targets.P, state.order[1] = row.place, "P"
  end
  return state
end

local function context_of(row)
  local untouched = { open = 0, accepted = false, uncertain = false }
  local target = { id = row.by_name and "ana" or "P", by_name = row.by_name, seen = row.planned, renewable = row.renewable, accepted = row.logged_out, status = { name = "Gone", type = "away" } }
  return {
    target = target, evidence = row.evidence or "occupant", watches = row.watches,
    real = function(id) return id == "P" and row.real or untouched end,
  }
end

local accepted, uncertain = { accepted = true, uncertain = false }, { accepted = false, uncertain = true }
local tried = { tries = 1 }
local no = { code = "rejected", message = "no" }
local failing = { tries = 1, failure = no }
local answered = { tries = 1, answer = "undecided" }

local moved = "unknown moved"
local never = "unknown never_seen"

local gone = {
  { "a setting", { evidence = "setting" }, "status_set" },
  { "never there", {}, never },
  { "seen by this run", { seen = true }, "already_out" },
  { "seen by the plan", { planned = true }, "already_out" },
  { "known to the system", { look = { known = true } }, "already_out" },
  { "its user is gone as well", { look = { cleared = true } }, "already_out" },
  { "refused in own words", { place = { tries = 1, refused = true } }, "already_out" },
  { "accepted", { place = tried, real = accepted }, "ended" },
  { "may have acted", { place = tried, real = uncertain }, "ended" },
  { "another row's act was accepted", { real = accepted }, "ended" },
  { "another row's act may have acted", { seen = true, real = uncertain }, "ended" },
  { "a name, and one of its targets was acted on", { by_name = true, place = tried, real = accepted }, "ended" },
  { "a name, and nothing was done", { by_name = true, seen = true }, "already_out" },
  -- Tokens
  { "a token that was never seen", { evidence = "token", real = accepted }, never },
  { "a token that the plan saw alone", { evidence = "token", planned = true, real = accepted }, moved },
  { "a token seen by this run, nothing done", { evidence = "token", seen = true }, moved },
  { "a token's logout was accepted", { evidence = "token", seen = true, real = accepted }, "ended" },
  { "a token's logout may have acted, wherever", { evidence = "token", seen = true, real = uncertain }, moved },
  { "a token's logout may have acted, at its node", { evidence = "token", seen = true, node = "n", real = uncertain }, "ended" },
  { "a token that can be renewed", { evidence = "token", seen = true, node = "n", renewable = true, real = uncertain }, moved },
  { "a token that can be renewed, accepted", { evidence = "token", seen = true, renewable = true, real = accepted }, "ended" },
  { "a token's node says nothing of what was done", { evidence = "token", seen = true, node = "n" }, moved },
  -- Watched
  { "watched, never there", { watches = true }, never },
  { "watched, there before", { watches = true, seen = true }, "ended" },
  { "watched, known to the system", { watches = true, look = { known = true } }, "ended" },
  { "watched, seen by the plan", { watches = true, planned = true }, "ended" },
  { "a token, watched", { evidence = "token", watches = true, seen = true }, "ended" },
  { "a token, watched, never seen", { evidence = "token", watches = true }, never },
  { "a token that can be renewed, watched", { evidence = "token", watches = true, seen = true, renewable = true }, moved },
  { "a token that can be renewed, watched after its logout", { evidence = "token", watches = true, planned = true, renewable = true, logged_out = true }, "ended" },
}

local hopeless = {
  { "a phone", {}, false },
  { "a token, nothing accepted", { evidence = "token", seen = true }, true },
  { "a token, accepted", { evidence = "token", seen = true, real = accepted }, false },
  { "a token, accepted and never seen", { evidence = "token", real = accepted }, true },
  { "a token that may have been ended, at its node", { evidence = "token", seen = true, node = "n", real = uncertain }, false },
  { "watched, never seen", { evidence = "token", watches = true }, true },
  { "watched, seen", { evidence = "token", watches = true, seen = true }, false },
  { "watched, seen before", { evidence = "token", watches = true, planned = true }, false },
  { "watched, and can be renewed", { evidence = "token", watches = true, seen = true, renewable = true }, true },
  { "watched, can be renewed, and was logged out", { evidence = "token", watches = true, planned = true, renewable = true, logged_out = true }, false },
  { "watched, can be renewed, was logged out, and alive since", { evidence = "token", watches = true, seen = true, renewable = true, logged_out = true }, true },
}

local once = "seen gone once; the deadline left no time for the second look after 'settle'"
local hand = { what = "seen", message = "said" }

local unproved = {
  { "gone once", { presence = "absent" }, "unknown", once },
  { "gone once, accepted", { presence = "absent", real = accepted }, "unverified", once },
  { "gone once, may have acted", { presence = "absent", real = uncertain }, "unknown", once },
  { "gone once, watched", { presence = "absent", watches = true }, "unverified", once },
  { "a refused token", { presence = "absent", evidence = "token" }, never },
  { "a refused token, once", { presence = "absent", evidence = "token", seen = true, real = accepted }, "unverified", once },
  { "there", { presence = "present" }, "still_active", "still there: seen" },
  { "there, refused", { presence = "present", place = failing }, "failed rejected", "no" },
  { "there, refused, though accepted before", { presence = "present", place = failing, real = accepted }, "still_active" },
  { "there, answered", { presence = "present", place = answered }, "still_active" },
  { "there, answered and failed", { presence = "present", place = { tries = 2, answer = "undecided", failure = no } }, "still_active" },
  { "another status", { presence = "present", evidence = "setting", look = { status = { name = "In", type = "there" } } }, "failed server", "asked for status 'Gone' (away), found status 'In' (there)" },
  { "another status, refused", { presence = "present", evidence = "setting", place = failing, look = { status = { name = "In", type = "there" } } }, "failed rejected" },
  { "unknown to the system", { presence = "missing", look = hand }, "failed not_found", "said" },
  { "unknown to the system, which says nothing", { presence = "missing" }, "failed not_found", "the system knows no such target" },
  { "unknown to the system now", { presence = "missing", place = tried, look = hand }, "unknown not_found", "said" },
  { "unknown to the system, refused", { presence = "missing", place = failing }, "failed rejected" },
  { "unknown to the system, refused, accepted before", { presence = "missing", place = failing, real = accepted }, "unknown not_found" },
  { "unreadable", { presence = "unreadable" }, "unknown", "seen" },
  { "unreadable, with a word", { presence = "unreadable", look = hand }, "unknown", "said" },
  { "unreadable, with a doubt", { presence = "unreadable", doubt = "nearly her", look = hand }, "unknown nearly", "nearly her" },
  { "unreadable, refused", { presence = "unreadable", place = failing }, "failed rejected" },
  { "unreadable, refused, accepted before", { presence = "unreadable", place = failing, real = accepted }, "unknown" },
  { "unreadable, refused, may have acted before", { presence = "unreadable", place = failing, real = uncertain }, "unknown" },
  { "unprovable, accepted", { presence = "unreadable", real = accepted, look = { unprovable = true, what = "seen" } }, "unverified", "seen" },
  { "unprovable, nothing accepted", { presence = "unreadable", real = uncertain, look = { unprovable = true, what = "seen" } }, "unknown" },
  { "unreadable, accepted", { presence = "unreadable", real = accepted }, "unknown" },
  { "failed, nothing done", { presence = "failed", look = { code = "busy", message = "later" } }, "failed busy", "later" },
  { "failed, something done", { presence = "failed", place = tried, look = { code = "busy" } }, "unknown busy" },
  { "failed, watched", { presence = "failed", watches = true, look = { code = "busy" } }, "unknown busy" },
  { "failed after a refusal", { presence = "failed", place = failing, look = { code = "busy" } }, "failed rejected" },
  { "failed after a refusal, accepted before", { presence = "failed", place = failing, real = accepted, look = { code = "busy" } }, "unknown busy" },
  { "failed after a refusal, may have acted before", { presence = "failed", place = failing, real = uncertain, look = { code = "busy" } }, "unknown busy" },
  { "no such question, accepted", { presence = "failed", place = tried, real = accepted, look = { code = "unsupported" } }, "unverified unsupported" },
  { "no such question, watched", { presence = "failed", watches = true, look = { code = "unsupported" } }, "unverified unsupported" },
  { "no such question, nothing accepted", { presence = "failed", place = tried, look = { code = "unsupported" } }, "unknown unsupported" },
  { "another question, accepted", { presence = "failed", place = tried, real = accepted, look = { code = "busy" } }, "unknown busy" },
}

local function told(verdict, why)
  return verdict .. (why and why.code and " " .. why.code or ""), why and why.message
end

local functions = {
  gone = function(proof, row)
    return told(proof.gone(state_of(row), row.look or {}, context_of(row)))
  end,
  is_hopeless = function(proof, row)
    return proof.is_hopeless(state_of(row), context_of(row)) == true
  end,
  unproved = function(proof, row)
    return told(proof.unproved(state_of(row), row.look or { what = "seen" }, context_of(row)))
  end,
  reals = function(proof, row)
    return table.concat(proof.reals(row, { target = row.target }), " ")
  end,
}

local reals = {
  { "a phone that nobody looked at", { target = { id = "P" }, order = {}, targets = {} }, "P" },
  { "a phone", { target = { id = "P" }, order = { "P" }, targets = { P = tried } }, "P" },
  { "a phone that is spelled otherwise", { target = { id = "P" }, order = { "p" }, targets = { p = tried } }, "P p" },
  { "a name", { target = { id = "ana", by_name = true }, order = { "P", "Q" }, targets = {} }, "P Q" },
}

local rows = {}
for name, list in pairs { gone = gone, is_hopeless = hopeless, unproved = unproved, reals = reals } do
  for _, row in ipairs(list) do
    rows[#rows + 1] = { name .. ": " .. row[1], functions[name], row[2], row[3], row[4] }
  end
end
table.sort(rows, function(a, b) return a[1] < b[1] end)

local function check(row, modules)
  local found, message = row[2](modules.proof, store.copy(row[3]))
  if found ~= row[4] then
    return tostring(found) .. ", not " .. tostring(row[4])
  elseif row[5] and message ~= row[5] then
    return "it says " .. tostring(message)
  end
end

return { check = check, rows = rows }
