-- SPDX-License-Identifier: MIT
-- Tokens: one that can be renewed (Oracle Commerce), and one that lives at one of two nodes behind one name (JDE AIS).
--
-- `alive`: the session stands; `token`: which token of it is the right one (1 is the one that we hold).

local people = require "spec.support.model.worlds.people"
local shared = require "spec.support.model.worlds.shared"

local function always(_)
  return "different"
end

local refused = { active = false, whole = true, own_words = true }

local function truth(world)
  return { there = { T1 = world.alive or false }, who = {} }
end

local function show(world)
  if world.alive and world.token == 1 then
    return { active = true, whole = true, own_words = true }
  end
  return refused
end

local common = shared.joined({ { name = "right" }, { name = "a node lags", bad = true } }, shared.failed_reads, {
  { name = "a refusal that fits a wrong device as well", bad = true, reply = function()
    return { answer = { whole = false, doubt = "fits a wrong device as well", http_status = 403 } }
  end },
  { name = "no such question", bad = true, failure = { code = "unsupported", retriable = false } },
  { name = "says nothing", bad = true, reply = function() return { answer = { whole = false, doubt = "says nothing", http_status = 200 } } end },
  { name = "refused, and an error beside", bad = true, reply = function()
    return { answer = { active = false, whole = false, doubt = "has an error beside", http_status = 200 } }
  end },
  { name = "our own token is refused as well", bad = true, reply = function() return { answer = refused, control = false } end },
  shared.once_more(refused),
})

-- Without a cookie the balancer chooses, and the other node knows no such session; the node that was seen has a cookie.
local nodes = shared.joined({
  { name = "the right node, which sets a cookie", reply = function(right) return { answer = right, cookie = "node 1" } end },
  { name = "the other node", reply = function(_, _, _, sent)
    return not sent.cookie and { answer = refused, control = true } or nil
  end },
}, common)

local function sign_out(world)
  local fits = world.alive and world.token == 1
  world.alive = not fits and world.alive or nil
  return fits and "accepted" or "already_out"
end

local function moves(world)
  local list = {}
  if world.alive then
    list[1] = { "the session ends", shared.moved(world, function(after) after.alive = nil end) }
  end
  if world.alive and world.renewable and world.token == 1 then
    list[2] = { "the browser renews the token", shared.moved(world, function(after) after.token = 2 end) }
  end
  return list
end

-- At the other node a logout with our token finds no session, and is refused.
local node_changes = shared.joined(shared.changes, {
  { name = "refused by the other node", unpinned = true, outcome = { answer = "already_out" } },
})

local function world(name, target, reads, starts, parts)
  local made = {
    name = name, evidence = "token", retry = "paced", safe = true, reals = { "T1" }, targets = { target }, reads = reads, changes = shared.changes,
    limits = { settle = 2, fresh = 1, schedule = { 1 }, deadline = 3, targets = 1, nodes = 1, in_flight = 1, late = 0 },
    compare = always, protects = people.protects, starts = starts, moves = moves, answer = shared.answer(show, truth),
    act = shared.act(sign_out), read = function(observation, answer, about) return observation.token(answer, about) end,
    budget = { moves = 3, bad = 2, crashes = 1 },
  }
  for member, value in pairs(parts or {}) do
    made[member] = value
  end
  if reads == nodes then
    made.changes = node_changes
  end
  return made
end

local function target(parts)
  local made = { id = "T1", person = people.ana }
  for member, value in pairs(parts or {}) do
    made[member] = value
  end
  return made
end

local renewable = { { alive = true, token = 1, renewable = true }, { alive = true, token = 2, renewable = true }, { token = 1, renewable = true } }
local fixed = { { alive = true, token = 1 }, { token = 1 } }

-- Where the balancer chooses, it may choose the other node each time.
local function calm(verdict)
  local astray = { ["unknown " .. verdict] = true, ["unknown moved"] = true, still_active = true }
  local gone = { "unknown " .. verdict, "2 looks, 0 acts" }
  return { { "ended", "3 looks, 1 acts", also = astray }, gone, gone }
end

return {
  world("a token that can be renewed", target { renewable = true }, nodes, renewable, { calm = calm "never_seen" }),
  world("a token that can be renewed, seen by the plan", target { renewable = true, seen = true }, nodes, renewable,
    { budget = { moves = 2, bad = 1, crashes = 1 }, calm = calm "moved" }),
  world("a token that cannot, at one of two nodes", target(), nodes, fixed, { calm = calm "never_seen" }),
  world("a token that cannot, seen by the plan", target { seen = true }, nodes, fixed,
    { budget = { moves = 2, bad = 1, crashes = 1 }, calm = calm "moved" }),
}
