-- SPDX-License-Identifier: MIT
-- Sessions of Agvance: one list answers for keys, for keys with a user, and for somebody named.

local people = require "spec.support.model.worlds.people"
local shared = require "spec.support.model.worlds.shared"
local store = require "spec.support.model.store"

local ANA, RITA = people.ana, people.rita
local KEYS = { "K1", "K2", "K3" }
local rules = { name = "exact", target = "key" }

local function show(world)
  local rows = { whole = true, { session_log_key = "K0", user = "service", own = true } }
  for _, key in ipairs(KEYS) do
    if world[key] then
      rows[#rows + 1] = { session_log_key = key, user = world[key] }
    end
  end
  return rows
end

local function truth(world)
  local there, who, alone = {}, {}, true
  for _, key in ipairs(KEYS) do
    there[key], who[key] = world[key] ~= nil, world[key]
    alone = alone and world[key] ~= ANA
  end
  return { there = there, who = who, alone = alone }
end

-- A right list with a change; nil where it has no session of hers to change.
local function with_row(change)
  return function(right)
    local rows = store.copy(right)
    for i, row in ipairs(rows) do
      if row.user == ANA then
        change(row, rows, i)
        return { answer = rows }
      end
    end
  end
end

local function without(right, is_left_out)
  local rows = { whole = right.whole }
  for _, row in ipairs(right) do
    if not is_left_out(row) then
      rows[#rows + 1] = store.copy(row)
    end
  end
  return rows
end

local function is_hers(row)
  return row.user == ANA
end

local reads = shared.joined({ { name = "right" }, { name = "a node lags", bad = true } }, shared.failed_reads, {
  { name = "cut", bad = true, reply = function(right)
    local rows = without(right, is_hers)
    rows.whole, rows.doubt = false, "counts more sessions"
    return { answer = rows }
  end },
  { name = "another login's list", bad = true, reply = function() return { answer = { whole = true } } end },
  { name = "presence that is not whole", bad = true, reply = with_row(function(_, rows) rows.whole, rows.doubt = false, "has an error" end) },
  { name = "a row without its key", bad = true, reply = with_row(function(row) row.session_log_key, row.doubt_key = nil, "has no key" end) },
  { name = "a row without its user", bad = true, reply = with_row(function(row) row.user, row.doubt_user = nil, "has no user" end) },
  { name = "a row without anything", bad = true, reply = with_row(function(row)
    row.session_log_key, row.user, row.doubt_key, row.doubt_user = nil, nil, "has no key", "has no user"
  end) },
  { name = "her name nearly", bad = true, reply = with_row(function(row) row.user = ANA:upper() end) },
  { name = "the row is doubled", bad = true, reply = with_row(function(row, rows)
    rows[#rows + 1] = { session_log_key = row.session_log_key, user = RITA }
  end) },
  { name = "the first absence once more", bad = true, reply = function(right, _, _, sent)
    return sent.absent and { again = true, answer = without(right, is_hers) } or nil
  end },
})

-- Somebody who is asked for by her key only.
local key_reads = shared.joined(reads, {
  { name = "her key nearly", bad = true, reply = with_row(function(row) row.session_log_key = row.session_log_key:lower() end) },
})

local function sign_out(world, targets)
  local answer = "already_out"
  for _, key in ipairs(targets) do
    answer = world[key] and "accepted" or answer
    world[key] = nil
  end
  return answer
end

local function put(world, key, name)
  return shared.moved(world, function(after) after[key] = name end)
end

-- Somebody's key is given to somebody else only once it is free.
local function moves_among(keys)
  return function(world)
    local list = {}
    for _, key in ipairs(keys) do
      if world[key] then
        list[#list + 1] = { "the session " .. key .. " ends", put(world, key, nil) }
        list[#list + 1] = { "the session " .. key .. " becomes another's", put(world, key, RITA) }
      else
        list[#list + 1] = { "she opens " .. key, put(world, key, ANA) }
      end
    end
    return list
  end
end

local function world(name, target, parts)
  local made = {
    name = name, evidence = "session", retry = "paced", occupied = true, safe = true, many = true, has_own = true, reals = KEYS,
    targets = { target }, limits = { settle = 2, fresh = 1, schedule = { 1 }, deadline = 3, targets = 2, nodes = 0, in_flight = 1, late = 0 },
    compare = people.comparison "exact", protects = people.protects, reads = target.by_name and reads or key_reads, changes = shared.changes,
    answer = shared.answer(show, truth), act = shared.act(sign_out),
    read = function(observation, answer, about)
      local index = observation.index(answer, rules, "session_log_key")
      return about.by_name and observation.sessions_of(index, about) or observation.session(index, about)
    end,
  }
  for member, value in pairs(parts) do
    made[member] = value
  end
  return made
end

local never = { "unknown never_seen", "2 looks, 0 acts" }
local ended = { "ended", "3 looks, 1 acts" }

return {
  world("a key", { id = "K1", person = ANA, approved = ANA }, {
    starts = { {}, { K1 = ANA }, { K1 = RITA } }, calm = { never, ended, { "skipped protected", "1 looks, 0 acts" } },
    moves = moves_among { "K1" }, budget = { moves = 3, bad = 2, crashes = 1 },
  }),
  world("a key, watched", { id = "K1", person = ANA, watches = true, approved = ANA }, {
    starts = { {}, { K1 = ANA } }, calm = { never, { "still_active", "3 looks, 0 acts" } },
    moves = moves_among { "K1" }, budget = { moves = 2, bad = 1, crashes = 0 },
  }),
  world("KEY=USER", { id = "K1", person = "Ana Silva", user = ANA, approved = ANA }, {
    starts = { {}, { K1 = ANA }, { K2 = ANA } }, calm = { { "already_out", "2 looks, 0 acts" }, ended, never },
    moves = moves_among { "K1", "K2" }, budget = { moves = 2, bad = 1, crashes = 1 },
  }),
  world("user:NAME with two keys of hers and one of another", { id = ANA, by_name = true, person = ANA, approved = ANA }, {
    starts = { { K3 = RITA }, { K1 = ANA, K3 = RITA }, { K1 = ANA, K2 = ANA, K3 = RITA } },
    calm = { never, ended, { "ended, ended", "3 looks, 1 acts" } },
    moves = moves_among { "K1", "K2" }, budget = { moves = 2, bad = 1, crashes = 1 },
  }),
}
