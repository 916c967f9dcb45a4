-- SPDX-License-Identifier: MIT
-- The scenarios of spec/proofs/torture, each in a child: while a method runs, a finalizer closes every client, secret, journal, engine and
-- channel that there is. methods.lua SEED COUNT (of allocations; 0: every one) [NAME]. The method ends in an answer, a code or a clear error,
-- and does what it should once its client was opened again.

local seed, most, only = tonumber((...)), tonumber((select(2, ...))), (select(3, ...))
math.randomseed(seed)

local held = dofile "spec/proofs/lifetime/held.lua"
local report = dofile "spec/proofs/lifetime/report.lua"
require "signoff.offboard" -- with all that it needs, once for all children

local scenarios_of = assert(loadfile "spec/proofs/torture/scenarios.lua")

local clear = {
  "client is closed", "the port is closed", "the secret was closed", "the journal was closed", "the file was closed",
}

local function is_clear(message)
  for _, text in ipairs(clear) do
    if tostring(message):find(text, 1, true) then
      return text
    end
  end
end

-- How a run ended, and in which words.
local function describe_results(describe, asked, fine, ...)
  if fine then
    return asked, "answer", describe(...)
  end
  return asked, "raised", tostring((...))
end

local function run(scenario, describe, at)
  collector.replies(scenario.replies)
  return describe_results(describe, collector.call(at, false, held.close, scenario.run))
end

-- Whether it works as before: at the third attempt, since a request that a loop gave up may yet have taken a reply.
local function works(scenario, describe, good)
  local status, text
  for _ = 1, 3 do
    status, text = select(2, run(scenario, describe, -1))
    if status == "answer" and (text == good or scenario.loose) then
      return true
    end
  end
  return false, ("the call after it came to: %s; not to: %s"):format(text, good)
end

local function try(scenario, describe, at, good)
  local _, status, text = run(scenario, describe, at)
  assert(status == "answer" or is_clear(text), text)
  held.reopen()
  assert(works(scenario, describe, good))
end

local function try_all(name)
  port = collector.serve()
  local scenarios, describe = scenarios_of()
  local scenario = scenarios[name]
  run(scenario, describe, -1)
  local asked, status, good = run(scenario, describe, -1)
  assert(status == "answer", good)
  for _, at in ipairs(report.sample(asked, most)) do
    print("trying allocation " .. at)
    try(scenario, describe, at, good)
  end
end

local function names()
  local list = {}
  torture, port = true, 1 -- no clients are made
  for name in pairs((scenarios_of())) do
    list[#list + 1] = name
  end
  torture = nil
  table.sort(list)
  return list
end

for _, name in ipairs(names()) do
  if not only or only == "" or name:find(only, 1, true) then
    report.try(name, function()
      try_all(name)
    end)
  end
end
return report.close("methods", seed)
