-- SPDX-License-Identifier: MIT
-- Phones of Extension Mobility, asked for by device: one row, or two rows on one phone.

local people = require "spec.support.model.worlds.people"
local shared = require "spec.support.model.worlds.shared"

local PHONE = "SEP1"
local ANA, RITA, TWIN = people.ana, people.rita, people.twin

local function show(world)
  local who = world.who
  if not who then
    return { active = false, state = "free", whole = true }
  end
  return { active = true, state = "logged_in", user = who, whole = true }
end

local function truth(world)
  return { there = { [PHONE] = world.who ~= nil }, who = { [PHONE] = world.who } }
end

local function unreadable(doubt)
  return { answer = { active = nil, state = "unknown", whole = false, doubt = doubt } }
end

-- Kinds of replies that only somebody who sits there can have.
local function where_somebody_sits(make)
  return function(right, world)
    return right.active and { answer = make(world.who) } or nil
  end
end

local function nearly(who)
  return who == TWIN and who:upper() or who .. "@corp.example"
end

local reads = shared.joined({ { name = "right" }, { name = "a node lags", bad = true } }, shared.failed_reads, {
  { name = "cut", bad = true, reply = function() return unreadable "is cut" end },
  { name = "the row is doubled", bad = true, reply = where_somebody_sits(function()
    return { active = true, state = "logged_in", whole = false, doubt = "has a member of this row twice" }
  end) },
  { name = "presence that is not whole", bad = true, reply = where_somebody_sits(function(who)
    return { active = true, state = "logged_in", user = who, whole = false, doubt = "has an error beside" }
  end) },
  { name = "another spelling, the same", bad = true, reply = where_somebody_sits(function(who)
    return { active = true, state = "logged_in", user = who:upper(), whole = true }
  end) },
  { name = "another spelling, nearly", bad = true, reply = where_somebody_sits(function(who)
    return { active = true, state = "logged_in", user = nearly(who), whole = true }
  end) },
  -- Where nobody is named, and nobody was seen, there is no name to look for.
  { name = "free, and a member names her", bad = true, reply = function(right, world, target, sent)
    local others = { { name = "currentUser", text = world.who } }
    return right.active and (target.person or sent.seen) and { answer = { active = false, state = "free", whole = true, others = others } } or nil
  end },
  { name = "no such device", bad = true, reply = function() return { answer = { state = "no_device", whole = true } } end },
  shared.once_more { active = false, state = "free", whole = true },
})

-- Extension Mobility logs out whoever sits there.
local function sign_out(world)
  local answer = world.who and "accepted" or "already_out"
  world.who = nil
  return answer
end

local function moves_among(names)
  return function(world)
    local list = {}
    for _, name in ipairs(names) do
      if world.who ~= name then
        list[#list + 1] = { name .. (world.who and " takes over" or " logs in"), shared.moved(world, function(after) after.who = name end) }
      end
    end
    if world.who then
      list[#list + 1] = { world.who .. " logs out", shared.moved(world, function(after) after.who = nil end) }
    end
    return list
  end
end

local function starts_with(names)
  local list = { {} }
  for i, name in ipairs(names) do
    list[i + 1] = { who = name }
  end
  return list
end

-- The outcome of each start where nobody interferes, and the number of requests.
local calm = { { "already_out", "2 looks, 0 acts" }, { "ended", "3 looks, 1 acts" }, { "skipped protected", "1 looks, 0 acts" } }

local function world(name, names, targets, budget, parts)
  local made = {
    name = name, calm = calm, evidence = "occupant", retry = "once", occupied = true, knows = true, reals = { PHONE }, targets = targets,
    limits = { settle = 2, fresh = 1, schedule = { 1 }, deadline = 3, targets = 2, nodes = 0, in_flight = 1, late = 0 }, compare = people.comparison "folded",
    protects = people.protects,
    starts = starts_with(names), moves = moves_among(names), reads = reads, changes = shared.changes, budget = budget,
    answer = shared.answer(show, truth), act = shared.act(sign_out),
    read = function(observation, answer, about) return observation.occupant(answer, about) end,
  }
  for member, value in pairs(parts or {}) do
    made[member] = value
  end
  return made
end

local two = { ANA, RITA }

local function hers()
  return { id = PHONE, person = ANA, approved = ANA }
end

-- Two cells that name one phone. Waiting is what the other worlds are about.
local pair = world("two rows on one phone", two, { hers(), hers() }, { moves = 1, bad = 1, crashes = 1 }, {
  alike = true, calm = {
    { "already_out, already_out", "4 looks, 0 acts" }, { "ended, ended", "7 looks, 1 acts" },
    { "skipped protected, skipped protected", "2 looks, 0 acts" },
  },
})
pair.limits.settle, pair.limits.queue = 1, 1

-- Answers that take longer than what they say is fresh, and reads that leave late.
local slow = world("a phone, slow", two, { hers() }, { moves = 1, bad = 1, crashes = 0 }, {
  calm = { { "already_out", "2 looks, 0 acts" }, { "ended", "3 looks, 1 acts", also = { ["unknown stale"] = true } }, { "skipped protected", "1 looks, 0 acts" } },
})
slow.limits.in_flight, slow.limits.late = 2, 1

return {
  world("a phone", two, { { id = PHONE, person = ANA, approved = ANA } }, { moves = 3, bad = 2, crashes = 1 }),
  world("a phone, planned", two, { { id = PHONE, person = "Ana Silva", occupant = ANA, seen = true, optional = true, approved = ANA } },
    { moves = 2, bad = 1, crashes = 1 }),
  world("a phone, somebody nearly the same", { ANA, TWIN }, { { id = PHONE, person = "Ana Silva", user = ANA, spelling = nearly(ANA), approved = ANA } },
    { moves = 2, bad = 1, crashes = 1 }, { calm = {
      { "already_out", "2 looks, 0 acts" }, { "ended", "3 looks, 1 acts" }, { "unknown nearly", "1 looks, 0 acts" },
    } }),
  world("a phone, nobody named", two, { { id = PHONE } }, { moves = 2, bad = 1, crashes = 0 }),
  world("a phone, watched", two, { { id = PHONE, watches = true } }, { moves = 2, bad = 1, crashes = 0 }, { calm = {
    { "ended", "2 looks, 0 acts" }, { "still_active", "3 looks, 0 acts" }, { "still_active", "3 looks, 0 acts" },
  } }),
  slow,
  pair,
}
