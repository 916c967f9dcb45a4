-- SPDX-License-Identifier: MIT
-- Every function of the binding, each scenario in a child, with every action at the allocations that it makes: functions.lua SEED COUNT
-- (of allocations; 0: every one) [NAME]. Where an action comes at one allocation, a call comes to what it comes to undisturbed, or after
-- that action.

local seed, most, only = tonumber((...)), tonumber((select(2, ...))), (select(3, ...))
math.randomseed(seed)

local core = require "signoff.core"
local scenarios = dofile "spec/proofs/lifetime/scenarios.lua"
local actions = dofile "spec/proofs/lifetime/actions.lua"
local report = dofile "spec/proofs/lifetime/report.lua"
local sorted_names = dofile "spec/support/sorted_names.lua"

-- Results in words

local words

local function words_of_table(value)
  local list = {}
  for name, member in pairs(value) do
    list[#list + 1] = ("%s=%s"):format(tostring(name), words(member))
  end
  table.sort(list)
  return "{" .. table.concat(list, " ") .. "}"
end

-- A call is what it would send.
function words(value)
  if type(value) == "table" then
    return words_of_table(value)
  elseif type(value) ~= "userdata" then
    return tostring(value)
  end
  local fine, request = pcall(core.request, value)
  return fine and words(request) or tostring(value)
end

local function words_of_results(first, ...)
  local list = {}
  for i = 1, select("#", ...) do
    list[i] = words((select(i, ...)))
  end
  return first, (table.concat(list, ", "):gsub("after %d+ ms", "after some ms")) -- libcurl's words
end

-- Trying

-- One run with those objects: how many allocations it made, and what it came to.
local function run(scenario, objects, at, lasting, action)
  return words_of_results(collector.call(at, lasting, function()
    return action and action(objects, scenario)
  end, scenario.run, objects))
end

-- The outcome where the action comes first. An object that is dropped then was an argument already.
local function run_after(scenario, action)
  local objects, held = scenario.make(), {}
  for name, object in pairs(objects) do
    held[name] = object
  end
  action(objects, scenario)
  return (select(2, run(scenario, held, -1)))
end

local function compare(what, allowed, found)
  if allowed[found] then
    return
  end
  local lines = { what .. " came to: " .. found }
  for outcome in pairs(allowed) do
    lines[#lines + 1] = "    not to: " .. outcome
  end
  error(table.concat(lines, "\n"), 0)
end

-- Once at an allocation; and there and ever after, where all that counts is that it ends.
local function try_at(scenario, name, at, allowed)
  print(("trying %s at allocation %d"):format(name, at))
  local _, found = run(scenario, scenario.make(), at, false, actions[name])
  if not scenario.loose then
    compare(("%s at allocation %d"):format(name, at), allowed, found)
  end
  run(scenario, scenario.make(), at, true, actions[name])
end

local function try_action(scenario, name, count, good)
  local allowed = { [good] = true, [run_after(scenario, actions[name])] = true }
  for _, at in ipairs(report.sample(count, most, scenario.most)) do
    local function try()
      try_at(scenario, name, at, allowed)
    end
    if scenario.keeps then
      report.apart(try)
    else
      try()
    end
  end
end

local function try_all(scenario)
  run(scenario, scenario.make(), -1)
  local count, good = run(scenario, scenario.make(), -1)
  for _, name in ipairs(sorted_names(actions)) do
    try_action(scenario, name, count, good)
  end
end

-- Functions and methods that no scenario is of.
local function missing()
  local left = {}
  for name, value in pairs(core) do
    left["core." .. name] = type(value) == "function" or nil
  end
  local path = os.getenv "LIFETIME_FOLDER" .. "/methods"
  local objects = {
    secret = core.secret_new "abcd", journal = core.journal(path, "create"), file = core.file(path), saving = core.saving(path), port = core.engine(1),
    call = core.build(require "signoff".jde_ais { url = "http://127.0.0.1:1", token = "044-token" }, "status"),
  }
  for kind, object in pairs(objects) do
    for name in pairs(debug.getmetatable(object).__index) do
      left[kind .. ":" .. name] = true
    end
  end
  objects.port:close() -- a child would not free it
  for _, scenario in ipairs(scenarios) do
    left[scenario.of] = nil
  end
  return table.concat(sorted_names(left), " ")
end

report.say(missing() == "", "every function of the binding is tried: " .. missing())
table.sort(scenarios, function(one, another)
  return one.name < another.name
end)
for _, scenario in ipairs(scenarios) do
  if not only or only == "" or scenario.name:find(only, 1, true) then
    report.try(scenario.name, function()
      try_all(scenario)
    end)
  end
end

-- A child never frees what it inherits of an engine: libcurl's handles are the parent's.
local function inherit(name, order)
  local client = require "signoff".jde_ais { url = "http://127.0.0.1:1", token = "044-token" }
  local held = { engine = core.engine(2), call = core.build(client, "status") }
  held.engine:submit(held.call)
  report.try("a child that inherits a call and its engine, and drops " .. name, function()
    for _, what in ipairs(order) do
      held[what] = nil
      collectgarbage()
      collectgarbage()
      pcall(function() held.call:cancel() end)
      pcall(function() held.engine:finished() end)
    end
  end, true)
end

inherit("the engine first", { "engine", "call" })
inherit("the call first", { "call", "engine" })
return report.close("functions", seed)
