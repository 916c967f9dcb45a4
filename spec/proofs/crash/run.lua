-- SPDX-License-Identifier: MIT
-- Kills runs and goes on with them: at random moments, then at every step of the journal. Prints what held, and the sum.
--
--   run.lua DIRECTORY PEOPLE KILLS SEED

package.path = "./?.lua;" .. package.path
local core = require "signoff.core"
local json = require "signoff.json"
local offboard = require "signoff.offboard"
local files = require "spec.support.files"
local ledger = require "spec.proofs.crash.ledger"
local checks = require "spec.support.checks"
local world = require "spec.proofs.crash.world"

local directory, people, kills, seed = arg[1], tonumber(arg[2]), tonumber(arg[3]), tonumber(arg[4])
local FEW = 6 -- people of the runs that die at every step
local LONGEST = 3 -- seconds until a kill, at most; less where a run takes less
local LIMIT = 300 -- seconds that a victim may take in all

local function path(name)
  return directory .. "/" .. name
end

local function execute(command)
  local _, how, status = os.execute(command)
  return how == "signal" and 128 + status or status
end

-- Prepares a run over so many people: a fresh world, a plan, no journal.
local function prepare(count)
  world.load(count)
  world.write_people(path "people.csv", count)
  os.remove(path "journal")
  os.remove(path "result")
  local plan = assert(offboard.plan(world.systems(), path "people.csv"))
  assert(plan:save(path "plan"))
  world.simulator.forget()
end

-- One life of the victim. True when it came to its end, false when it was killed.
local function live(seconds, step, moment)
  local status = execute(("timeout --foreground --preserve-status -s KILL %.3f lua5.4 spec/proofs/crash/victim.lua '%s' %s 2> '%s'"):format(
    seconds, directory, step and step .. " " .. moment or "", path "stderr"))
  assert(status == 0 or status == 137, ("the victim ended with %s: %s"):format(status, files.read(path "stderr")))
  return status == 0
end

local function result()
  return assert(json.decode(files.read(path "result")))
end

local function undisturbed(count)
  prepare(count)
  local started = core.now()
  assert(live(LIMIT), "the run without interruption took too long")
  return ledger.verdicts(result()), core.now() - started
end

-- The conditions for a run that was killed so often.
local function judge(expected, killed)
  ledger.compare(expected, (ledger.verdicts(result())), ledger.lost(path "journal"))
  local again = ledger.read(path "journal")
  assert(offboard.check(path "journal"))
  return again, ledger.count_repeats(killed)
end

-- A run that is killed at random moments until it ends, or has been killed often enough.
local function random_run(expected, most, longest)
  prepare(people)
  local killed = 0
  while not live(killed < most and math.random() * longest or LIMIT) do
    killed = killed + 1
    assert(killed <= most, "the run took too long after its last kill")
  end
  local again, repeats = judge(expected, killed)
  return killed, ("%d kills, %d acts begun again, %d repeated at the systems"):format(killed, again, repeats)
end

local function random_kills()
  local expected, seconds = undisturbed(people)
  print(("%d people, %d systems: %.1f s without interruption"):format(people, #world.kinds, seconds))
  local done = 0
  while done < kills and checks.failed == 0 do
    checks.check(("campaign, %d of %d kills so far"):format(done, kills), function()
      local killed, what = random_run(expected, kills - done, math.min(LONGEST, seconds))
      done = done + killed
      print("  " .. what)
    end)
  end
end

-- Dies at each step in turn, until there are no more.
local function scripted(expected, moment)
  for step = 1, math.huge do
    local over
    checks.check(("killed %s step %d of the journal"):format(moment, step), function()
      prepare(FEW)
      over = live(LIMIT, step, moment)
      if not over then
        assert(live(LIMIT), "the run took too long after it was killed")
      end
      judge(expected, 1)
    end)
    if over or checks.failed > 0 then
      return step - 1
    end
  end
end

math.randomseed(seed)
print("seed " .. seed)
local expected = undisturbed(FEW)
for _, moment in ipairs { "before", "after" } do
  print(("%d steps, killed %s each"):format(scripted(expected, moment), moment))
end
random_kills()
checks.close()
