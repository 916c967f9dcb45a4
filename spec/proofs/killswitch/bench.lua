-- SPDX-License-Identifier: MIT
-- The figures of the kill switch, each beside what it is compared with, in one run: `make bench-killswitch`, on a machine that does
-- nothing else. TOKENS: how many distinct tokens are signed beforehand (200000). ONLY: first_change, burst (PERSONS), paced,
-- durable.

local burst = require "spec.proofs.killswitch.burst"
local cjson = require "cjson".new()
local files = require "spec.support.files"
local killswitch = require "spec.support.killswitch"
local nginx = require "spec.support.kill_switch_nginx"
local peer = require "spec.support.peer"

local TOKENS = tonumber(os.getenv "TOKENS") or 200000
local NODE, FOLDER = os.getenv "KILLSWITCH_NODE", os.getenv "KILLSWITCH_FOLDER"
local AUTHORIZATION = killswitch.issuers.final.ssf.authorization
local ROOT = peer.output_of "pwd"
local LEAST_RATE, LATEST, NEIGHBOUR, FIRST_ACT = 10000, 20, 5, 1 -- a second; ms; ms more; s

local passed, failed = 0, 0

local function check(holds, ...)
  passed, failed = passed + (holds and 1 or 0), failed + (holds and 0 or 1)
  print((holds and "ok - " or "not ok - ") .. string.format(...))
  io.stdout:flush()
end

local function sign_many(one, algorithm, count, name)
  local path = one.folder .. "/" .. name
  assert(os.execute(("%s %s/sign_many.mjs %s/final.json %s %d %s > %s"):format(NODE, FOLDER, one.folder, algorithm, count, name, path)))
  return path
end

local function flood(one, location, body, seconds)
  return peer.spawn(("env AUTHORIZATION='%s' GARBAGE='%s' wrk -t1 -c64 -d%d -s %s/spec/proofs/killswitch/flood.lua %s%s"):format(AUTHORIZATION, body,
    seconds, ROOT, one.url, location), one.folder)
end

-- How many a flood was refused, and in how many seconds.
local function refused_of(process)
  local text = peer.wait_for("wrk", function()
    local output = files.find(process.output) or ""
    return output:find("p99 [%d.]+ ms") and output
  end, 400)
  return tonumber(text:match "others (%d+)"), tonumber(text:match "seconds ([%d.]+)")
end

-- Pushes each line of a file once, as fast as they are taken. Gives the counts by their names, and the path of the numbers of those that
-- were answered 202.
local function push_all(one, location, path)
  local tool, taken = one.folder .. "/push", path .. ".taken"
  assert(os.execute(("cc -O2 -o %s spec/proofs/killswitch/push.c"):format(tool)))
  local text = peer.output_of(("AUTHORIZATION='%s' %s %d %s 64 %s < %s"):format(AUTHORIZATION, tool, one.port, location, taken, path))
  local counts = {}
  for name, number in text:gmatch "(%w+) ([%d.]+)" do
    counts[name] = tonumber(number)
  end
  return counts, taken
end

local function client(one, location, rate, count, words)
  return cjson.decode(peer.output_of(("AUTHORIZATION='%s' %s %s/client.mjs %s%s %d %d %s"):format(AUTHORIZATION, NODE, FOLDER, one.url, location,
    rate, count, words or "")))
end

-- How often each event is in the inbox, by its jti.
local function count_events(one)
  local counts = {}
  nginx.each_event(one, function(event)
    counts[event.jti] = (counts[event.jti] or 0) + 1
  end)
  return counts
end

-- Distinct tokens, as fast as they are taken. Each is answered 202, and is in the inbox, once; no other one is.
local function push_durably(one, algorithm, path, name)
  local pushed, taken = push_all(one, "/ssf/events", path)
  local counts, missing, twice, answered = count_events(one), 0, 0, 0
  for number in io.lines(taken) do
    local count = counts[("%s-%s"):format(name, number)] or 0
    answered, missing, twice = answered + 1, missing + (count == 0 and 1 or 0), twice + (count > 1 and 1 or 0)
  end
  check(missing == 0 and twice == 0 and answered == pushed.lines and pushed.refused == 0 and pushed.unanswered == 0,
    "%s: %d distinct tokens: %d answered 202, %d refused, %d without an answer; of those that were answered, %d are not in the inbox, %d twice",
    algorithm, pushed.lines, answered, pushed.refused, pushed.unanswered, missing, twice)
  return pushed.lines / pushed.seconds, pushed.p99
end

local function durable()
  local one = nginx.start { unlimited = true, replace = { ["signoff_seen 16m"] = "signoff_seen 64m" } }
  local path = sign_many(one, "RS256", TOKENS, "durable")
  local alone = push_all(one, "/body", path)
  local rate, p99 = push_durably(one, "RS256", path, "durable")
  check(rate >= LEAST_RATE, "durable push, RS256, one worker, 64 clients: %.0f/s (p99 %.1f ms), at least %d/s; a location that only reads the body: %.0f/s",
    rate, p99, LEAST_RATE, alone.lines / alone.seconds)
  rate, p99 = push_durably(one, "ES256", sign_many(one, "ES256", math.floor(TOKENS / 10), "elliptic"), "elliptic")
  check(true, "durable push, ES256, one worker, 64 clients: %.0f/s (p99 %.1f ms)", rate, p99)
  nginx.stop(one)
end

local function paced()
  local one = nginx.start { unlimited = true }
  local path = sign_many(one, "RS256", 10000, "paced")
  local alone = client(one, "/body", 500, 2500, path)
  local result = client(one, "/ssf/events", 500, 10000, path)
  check(result.p99 <= LATEST and result.statuses["202"] == 10000, "500/s, one worker: p99 %.2f ms (middle %.2f), at most %d ms; a location that only reads the body: p99 %.2f ms",
    result.p99, result.middle, LATEST, alone.p99)
  local quiet = client(one, "/neighbour", 200, 2000)
  local garbage = flood(one, "/ssf/events", "garbage", 12)
  local beside = client(one, "/neighbour", 200, 2000)
  local refused, seconds = refused_of(garbage)
  check(beside.p99 - quiet.p99 <= NEIGHBOUR, "a neighbour beside %.0f refusals/s: p99 %.2f ms; without: %.2f ms; %.2f ms more, at most %d", refused / seconds,
    beside.p99, quiet.p99, beside.p99 - quiet.p99, NEIGHBOUR)
  nginx.stop(one)
end

-- From the answer to the first act, of each person of examples/leavers.csv that has an account.
local function first_change()
  local folder = nginx.folder()
  assert(os.execute(("install -m 600 examples/leavers.csv examples/systems.lua %s"):format(folder)))
  local csv = files.read(folder .. "/leavers.csv")
  local persons = {}
  for name in csv:gmatch "\n([%w.]+)," do
    persons[#persons + 1] = name
  end
  local site = ([[return require "signoff.receiver".new { inbox = os.getenv "SIGNOFF_INBOX", people = %q, identities = { ["https://idp.example"] = "person" },
    issuers = { { issuer = "https://idp.example", keys = %q, ssf = { audience = "https://signoff.example/ssf" } } } }]]):format(folder .. "/leavers.csv", folder .. "/final.jwks")
  local one = nginx.start { folder = folder, site = site }
  local watch = peer.spawn(("env SIGNOFF_CONFIG=%s/systems.lua lua5.4 %s/examples/offboard.lua watch %s --people %s/leavers.csv"):format(folder, ROOT,
    one.inbox, folder), folder)
  peer.wait_for("the actor", function() return files.find(one.inbox .. "/watch.journal") end)
  for _, person in ipairs(persons) do
    assert(os.execute(("examples/simulator/transmitter/transmitter send %s final account-disabled --subject %s --to %s/ssf/events > /dev/null"):format(folder,
      person, one.url)))
  end
  local longest, count = 0, 0
  peer.wait_for("the runs", function()
    longest, count = 0, 0
    for seconds in (files.find(watch.output) or ""):gmatch "first act ([%d.]+) s" do
      longest, count = math.max(longest, tonumber(seconds)), count + 1
    end
    return count >= #persons
  end, 120)
  check(longest <= FIRST_ACT, "from the answer to the first act, %d persons: %.2f s at most, and %d s are allowed", count, longest, FIRST_ACT)
  os.execute(("kill -TERM %d"):format(watch.pid))
  nginx.stop(one)
end

local parts = { { "first_change", first_change }, { "burst", function() burst.run(check) end }, { "paced", paced }, { "durable", durable } }
for _, part in ipairs(parts) do
  local fine, problem = pcall((os.getenv "ONLY" or part[1]) == part[1] and part[2] or function() end)
  if not fine then
    check(false, "%s: %s", part[1], tostring(problem))
  end
end
peer.stop_all()
print(("%d passed, %d failed, 0 skipped"):format(passed, failed))
os.exit(failed == 0)
