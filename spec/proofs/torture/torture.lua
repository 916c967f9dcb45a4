-- SPDX-License-Identifier: MIT
-- Every scenario with an allocation that fails: torture.lua SEED PER_SCENARIO (0: every one) [NAME, of one scenario]. Prints what
-- held and what did not, and a table of what came of it.

local seed, sample, only = tonumber((...)), tonumber((select(2, ...))), (select(3, ...))
math.randomseed(seed)

require "cjson" -- stays loaded when the other state is closed: what it leaks can be told from ours by its name
local file = "spec/proofs/torture/scenarios.lua"
local scenarios = dofile(file)
local kinds = { "own", "libcurl", "libxml2", "lua" }

local counts = { passed = 0, failed = 0, runs = 0 }
local outcomes = {}

local function say(holds, what)
  counts[holds and "passed" or "failed"] = counts[holds and "passed" or "failed"] + 1
  print((holds and "ok - " or "not ok - ") .. what)
end

local function code_of(kind, text)
  return kind == "raised" and (text:find("not enough memory", 1, true) and "memory error" or "another error") or text:match "^[%w_]+ ?[%l_]*"
end

-- The words of libcurl for memory that ran out where it does not say so: connection, name, TLS.
local harmless = { unreachable = true, unusable = true, tls = true, timeout = true }
-- A plan that could not see who is there approves nobody but the person of the list: apply then skips whoever else is.
local unproven = { ["verdict failed"] = true, ["verdict unknown"] = true, ["verdict unverified"] = true, ["verdict still_active"] = true,
  ["verdict skipped"] = true }

-- Whether that may come of an allocation that failed; and under what it is counted.
local function judge(good, status, text, allocator)
  local code = code_of(status, text)
  if text == good then
    return true, "as with memory"
  elseif code == "nomem" or code == "memory error" then
    return true, code
  elseif status == "answer" and not text:find "^answer" and code == code_of("answer", good) then
    return true, "as with memory, less said"
  elseif unproven[code] or text:find("failed={", 1, true) then
    return true, "not proven"
  end
  return allocator == "libcurl" and harmless[code] == true, code
end

local function known(requests, request)
  for _, good in ipairs(requests) do
    if good == request then
      return true
    end
  end
end

-- One run with the n-th allocation failing, and one with memory behind it. Gives a problem, or nothing; and whether any failed.
local function try(name, scenario, good, allocator, n, lasting)
  torture.replies(scenario.replies)
  local status, text, failures = torture.run(name, allocator, n, lasting)
  local fine, counted = judge(good.text, status, text, allocator)
  outcomes[allocator][counted] = (outcomes[allocator][counted] or 0) + 1
  counts.runs = counts.runs + 1
  if not fine then
    return ("came to: %s; with memory to: %s"):format(text, good.text), failures
  end
  for _, request in ipairs(torture.requests()) do
    if not known(good.requests, request) then
      return "sent another request: " .. request, failures
    end
  end
  torture.replies(scenario.replies)
  status, text = torture.run(name)
  if status ~= good.status or not (text == good.text or (scenario.loose and code_of(status, text) == code_of(status, good.text))) then
    return ("the call after it came to: %s; not to: %s"):format(text, good.text), failures
  end
  return nil, failures
end

-- The blocks that may be left afterwards: libxml2 keeps the texts of the last error, and libcurl a connection that it
-- opened anew with what belongs to it.
local slack = { own = 0, libxml2 = 5, libcurl = 8 }

local function leak(before)
  local now = torture.live()
  for kind, least in pairs(slack) do
    if now[kind] > before[kind] + least then
      return ("%d blocks of %s more than before"):format(now[kind] - before[kind], kind)
    end
  end
end

-- Which allocations fail: all of them one after the other, both ways, or some by chance.
local function failures_of(count)
  local list = {}
  for i = 1, sample > 0 and math.min(sample, count) or 2 * count do
    if sample > 0 then
      list[i] = { math.random(count), math.random(2) == 1 }
    else
      list[i] = { math.ceil(i / 2), i % 2 == 0 }
    end
  end
  return list
end

local function run_all(name, scenario, good, allocator, count)
  local tried, before = 0, torture.live()
  for _, place in ipairs(failures_of(count)) do
    local problem, failures = try(name, scenario, good, allocator, place[1], place[2])
    problem = problem or leak(before)
    if problem then
      return ("%s: %s of %s, allocation %d%s: %s"):format(name, "without memory", allocator, place[1], place[2] and " and all after it" or "", problem)
    end
    tried = tried + (failures > 0 and 1 or 0)
  end
  return nil, tried
end

-- Twice, so that what is kept for later is there.
local function good_run(name, scenario)
  local good
  for _ = 1, 3 do
    torture.replies(scenario.replies)
    local status, text = torture.run(name)
    good = { status = status, text = text, requests = torture.requests() }
  end
  return good
end

local function scenario_holds(name, scenario)
  local good = good_run(name, scenario)
  if good.status ~= "answer" or #good.requests < (scenario.least or 0) then
    return say(false, name .. ": does not work with memory: " .. good.text)
  end
  local asked, tried, problem = {}, {}, nil
  for _, allocator in ipairs(kinds) do
    asked[allocator] = torture.asked(allocator)
  end
  for i, allocator in ipairs(kinds) do
    local why, count = nil, 0
    if asked[allocator] > 0 and allocator ~= scenario.unharmed then
      why, count = run_all(name, scenario, good, allocator, asked[allocator])
    end
    problem = problem or why
    tried[i] = ("%s %d of %d"):format(allocator, count or 0, asked[allocator])
  end
  problem = problem or (torture.leaked() and "memory that nobody points at" or nil)
  say(not problem, problem or ("%s: %s"):format(name, table.concat(tried, ", ")))
end

local function print_table()
  for _, allocator in ipairs(kinds) do
    local list = {}
    for what, count in pairs(outcomes[allocator]) do
      list[#list + 1] = ("%s %d"):format(what, count)
    end
    table.sort(list)
    print(("    %-8s %s"):format(allocator, table.concat(list, ", ")))
  end
end

for _, allocator in ipairs(kinds) do
  outcomes[allocator] = {}
end
torture.open(file)
local names = {}
for name in pairs(scenarios) do
  if not only or only == "" or name == only then
    names[#names + 1] = name
  end
end
table.sort(names)
for _, name in ipairs(names) do
  scenario_holds(name, scenarios[name])
end
local left = torture.close()
say(left == 0, ("a closed state has %d blocks left"):format(left))
print(("    %d scenarios, %d runs without memory on %s, seed %d; what they came to:"):format(#names, counts.runs, _VERSION, seed))
print_table()
print(("%d passed, %d failed, 0 skipped"):format(counts.passed, counts.failed))
return counts.failed == 0
