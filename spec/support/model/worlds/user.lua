-- SPDX-License-Identifier: MIT
-- Somebody named, on Extension Mobility: where she is logged in is asked by her name, and she may be at two phones.

local people = require "spec.support.model.worlds.people"
local shared = require "spec.support.model.worlds.shared"

local ANA, RITA = people.ana, people.rita
local PHONES = { "SEP1", "SEP2" }

local function targets_of(world)
  local list = {}
  for _, id in ipairs(PHONES) do
    if world[id] == ANA then
      list[#list + 1] = id
    end
  end
  return list
end

local function show(world)
  local devices = targets_of(world)
  local active = #devices > 0
  return { active = active, state = active and "logged_in" or "free", devices = devices, whole = true }
end

local function truth(world)
  local there, who = {}, {}
  for _, id in ipairs(PHONES) do
    there[id], who[id] = world[id] ~= nil, world[id]
  end
  return { there = there, who = who }
end

local function where_she_is(make)
  return function(right)
    return right.active and { answer = make(right.devices) } or nil
  end
end

local reads = shared.joined({ { name = "right" }, { name = "a node lags", bad = true } }, shared.failed_reads, {
  { name = "cut", bad = true, reply = function()
    return { answer = { state = "unknown", devices = {}, whole = false, doubt = "is cut" } }
  end },
  { name = "one phone is cut off", bad = true, reply = where_she_is(function(devices)
    return { active = true, state = "logged_in", devices = { devices[#devices] }, whole = false, doubt = "is cut" }
  end) },
  { name = "logged in, and not where", bad = true, reply = where_she_is(function()
    return { active = true, state = "logged_in", devices = {}, whole = false, doubt = "has a 'deviceName' that cannot be read" }
  end) },
  { name = "no such user", bad = true, reply = function() return { answer = { state = "no_user", devices = {}, whole = true } } end },
  shared.once_more { active = false, state = "free", devices = {}, whole = true },
})

local function sign_out(world, targets)
  local answer = world[targets[1]] and "accepted" or "already_out"
  world[targets[1]] = nil
  return answer
end

local function put(world, id, name)
  return shared.moved(world, function(after) after[id] = name end)
end

local function moves(world)
  local list = {}
  for _, id in ipairs(PHONES) do
    if world[id] ~= ANA then
      list[#list + 1] = { "she logs in at " .. id, put(world, id, ANA) }
    else
      list[#list + 1] = { "she logs out of " .. id, put(world, id, nil) }
      list[#list + 1] = { "somebody protected takes over " .. id, put(world, id, RITA) }
    end
  end
  return list
end

local function world(name, starts, calm, protects, budget)
  return {
    name = name, calm = calm, evidence = "occupant", retry = "once", occupied = true, knows = true, reals = PHONES,
    targets = { { id = ANA, by_name = true, person = ANA, approved = ANA } },
    limits = { settle = 2, fresh = 1, schedule = { 1 }, deadline = 3, targets = 2, nodes = 0, in_flight = 1, late = 0 },
    compare = people.comparison "folded", protects = protects, budget = budget,
    starts = starts, moves = moves, reads = reads, changes = shared.changes,
    answer = shared.answer(show, truth), act = shared.act(sign_out),
    read = function(observation, answer) return observation.phones_of(answer) end,
  }
end

return {
  world("user:NAME with two phones", { {}, { SEP1 = ANA }, { SEP1 = ANA, SEP2 = ANA } }, {
    { "already_out", "2 looks, 0 acts" }, { "ended", "3 looks, 1 acts" }, { "ended, ended", "3 looks, 2 acts" },
  }, people.protects, { moves = 2, bad = 1, crashes = 1 }),
  world("user:NAME with two phones, one of them protected", { { SEP2 = ANA }, { SEP1 = ANA, SEP2 = ANA } }, {
    { "skipped protected", "1 looks, 0 acts" }, { "still_active, skipped protected", "4 looks, 1 acts" },
  }, function(name)
    return name == "SEP2" or people.protects(name)
  end, { moves = 1, bad = 1, crashes = 0 }),
}
