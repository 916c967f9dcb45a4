-- SPDX-License-Identifier: MIT
-- A status of iSymphony: set instead of a sign-out, and set back by `undo`.

local people = require "spec.support.model.worlds.people"
local shared = require "spec.support.model.worlds.shared"

local GONE, IN, LUNCH = { name = "Gone", type = "away" }, { name = "In", type = "available" }, { name = "Lunch", type = "away" }
local statuses = { Gone = GONE, In = IN, Lunch = LUNCH }

-- The status that is wanted is "nobody there".
local function world(name, target, starts, calm, budget)
  local wanted = target.status.name
  local function show(now)
    local status = statuses[now.status]
    return { name = status.name, type = status.type, whole = true }
  end
  local function truth(now)
    return { there = { ["u.ana"] = now.status ~= wanted }, who = {}, status = now.status }
  end
  local function moves(now)
    local list = {}
    for _, other in ipairs { "Gone", "In", "Lunch" } do
      if other ~= now.status then
        list[#list + 1] = { "somebody sets " .. other, shared.moved(now, function(after) after.status = other end) }
      end
    end
    return list
  end
  local function set(now)
    now.status = wanted
    return "accepted"
  end
  return {
    name = name, calm = calm, evidence = "setting", retry = "paced", reals = { "u.ana" }, targets = { target }, starts = starts, moves = moves,
    limits = { settle = 2, fresh = 1, schedule = { 1 }, deadline = 3, targets = 1, nodes = 0, in_flight = 1, late = 0 },
    compare = people.comparison "exact", protects = people.protects, changes = shared.changes, budget = budget,
    reads = shared.joined({ { name = "right" }, { name = "a node lags", bad = true } }, shared.failed_reads, {
      { name = "cut", bad = true, reply = function()
        return { answer = { name = wanted, type = statuses[wanted].type, whole = false, doubt = "is cut" } }
      end },
      { name = "presence that is not whole", bad = true, reply = function(right)
        right.whole, right.doubt = false, "has an error beside"
        return { answer = right }
      end },
      shared.once_more { name = wanted, type = statuses[wanted].type, whole = true },
    }),
    answer = shared.answer(show, truth), act = shared.act(set),
    read = function(observation, answer, about) return observation.setting(answer, about) end,
  }
end

local set, was_set = { "status_set", "3 looks, 1 acts" }, { "status_set", "2 looks, 0 acts" }

return {
  world("a status", { id = "u.ana", person = people.ana, status = GONE }, { { status = "In" }, { status = "Gone" } }, { set, was_set },
    { moves = 3, bad = 2, crashes = 1 }),
  world("a status, undone", { id = "u.ana", person = people.ana, status = IN, expected_status = GONE },
    { { status = "Gone" }, { status = "Lunch" }, { status = "In" } }, { set, { "skipped changed", "1 looks, 0 acts" }, was_set },
    { moves = 2, bad = 1, crashes = 1 }),
}
