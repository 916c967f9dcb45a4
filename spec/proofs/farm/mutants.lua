-- SPDX-License-Identifier: MIT
-- Negative controls: for each guarantee of the schema a run that holds with it, and that is caught by a row once it is taken out.
--
--   mutants.lua DIRECTORY SEED

package.path = "./?.lua;" .. package.path
local rehearsal = require "spec.proofs.farm.rehearsal"
local checks = require "spec.support.checks"
local peer = require "spec.support.peer"
local schema = require "spec.proofs.farm.schema"

local directory, seed = arg[1], tonumber(arg[2])

local RECENT = "a.worker <> me.id AND a.ended > looked AND a.sent IS DISTINCT FROM false"

-- The part that is taken out, the run that shows it, and words of the row that must catch it.
local mutants = {
  -- The count alone has to keep the ceiling: that changes come evenly is taken out of both.
  { name = "the changes of a window are not counted", row = "in any 6 s",
    form = { counts = { cisco_em = 400 }, gap = 0.5, blows = { hiccup = 30, kill = 5, crash = 1, promotion = 1 } },
    both = { { "start_act", "s.per_window > 0", "false" } }, alter = { { "wait_of", "open + recent < s.per_window", "true" } } },
  { name = "two acts on one target may be open", row = "is ended again", form = { counts = { cisco_em = 40 }, twins = 2, slow = 0.5,
      unlike = true },
    sql = "drop index farm.act_target_open", alter = { { "busy_of", "AND (t.open OR " .. RECENT .. ")", "AND false" } } },
  { name = "an act may rest on a look that is older than another's act", row = "repeated acts",
    form = { counts = { cisco_em = 80 }, twins = 2, reply = 0.15, unlike = true }, alter = { { "busy_of", " OR " .. RECENT, "" } } },
  -- Fencing, and that an item has one verdict, each keep a late host from a second one.
  { name = "jobs are not fenced", row = "verdicts, one for each item", form = { counts = { cisco_em = 100 }, gap = 1, blows = { long_stop = 8 } },
    both = { { "finish", "OR job = ANY (concluded) OR farm.is_over(me.run, job, item)", "" } },
    alter = { { "fenced_of", "mine IS NULL OR n <> ALL (mine)", "false" } } },
  { name = "an item may have two verdicts", row = "verdicts, one for each item",
    form = { counts = { cisco_em = 100 }, gap = 1, blows = { long_stop = 8 } },
    both = { { "fenced_of", "mine IS NULL OR n <> ALL (mine)", "false" } },
    alter = { { "finish", "OR job = ANY (concluded) OR farm.is_over(me.run, job, item)", "" } } },
  { name = "no hold after a lost tail", row = "is ended again",
    form = { counts = { cisco_em = 80 }, gap = 4, blows = { late_promotion = 1 }, slow = 4, workers = 4, claim = 1,
      bears = { cisco_em = { per_window = 60, at_once = 20, concurrency = 6 } } },
    alter = { { "lock_system", "s.identity <> here", "false" }, { "claim", "s.identity <> farm.here()", "false" },
      { "reattach", "PERFORM farm.hold_all();", "NULL;" } } },
  { name = "each host has all places", row = "requests at once", form = { counts = { cisco_em = 60 }, reply = 0.5, workers = 4,
      bears = { cisco_em = { per_window = 60, at_once = 6, concurrency = 6 } } },
    alter = { { "deal", "dealt := least(greatest(in_use, share), greatest(room, 0));", "dealt := s.at_once; share := s.at_once;" } } },
}

local storm

local function rows_of(mutant, name, changed)
  schema.init(storm.servers, name)
  for _, list in ipairs { mutant.both or {}, changed and mutant.alter or {} } do
    for _, change in ipairs(list) do
      schema.alter(storm.servers, change[1], change[2], change[3])
    end
  end
  if changed and mutant.sql then
    storm.servers:tell(mutant.sql)
  end
  return rehearsal.run(storm, mutant.form)
end

local function broken(rows)
  local list = {}
  for _, row in ipairs(rows) do
    if row.fine then
      print("  " .. row.what)
    else
      list[#list + 1] = row.what .. "\n    " .. row.why
    end
  end
  return list
end

local function check(number, mutant)
  local problems = broken(rows_of(mutant, ("whole%d"):format(number), false))
  checks.note(#problems == 0, ("the farm as it is, in the run for: %s"):format(mutant.name))
  print("    " .. table.concat(problems, "\n    "))
  problems = broken(rows_of(mutant, ("mutant%d"):format(number), true))
  local said = table.concat(problems, "\n    ")
  checks.note(said:find(mutant.row, 1, true) ~= nil, ("caught: %s"):format(mutant.name))
  print("    " .. said)
end

print("seed " .. seed)
math.randomseed(seed)
local fine, problem = xpcall(function()
  storm = rehearsal.open(3, directory)
  for number, mutant in ipairs(mutants) do
    if not os.getenv "MUTANT" or tonumber(os.getenv "MUTANT") == number then
      check(number, mutant)
    end
  end
end, debug.traceback)
if not fine then
  checks.note(false, "the mutants are tried to the end")
  print(problem)
end
peer.stop_all()
checks.close()
