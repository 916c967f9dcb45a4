-- SPDX-License-Identifier: MIT
-- The records that check-crash compares: the rows of a result, the intents of a journal, and the requests to the simulator.

local journal = require "signoff.journal"
local world = require "spec.proofs.crash.world"

local ledger = {}

--- Verdicts by person, system and target; a second row of the same raises.
function ledger.verdicts(result)
  local verdicts, count = {}, 0
  for _, row in ipairs(result.results) do
    local name = ("%s %s %s"):format(row.person, row.system, row.target)
    assert(not verdicts[name], name .. " has two rows")
    verdicts[name] = row.verdict .. " " .. (row.code or "")
    count = count + 1
  end
  return verdicts, count
end

--- Targets whose logout was under way at a kill: an intent that no result followed before the run was gone on with.
-- @tparam string path of the journal
-- @treturn table set of names as `verdicts` has them
function ledger.lost(path)
  local names, open, lost = {}, {}, {}
  local reader = assert(journal.read(path))
  for _, record in reader:records() do
    if record.event == "item" then
      local item = record.item
      names[item.n] = ("%s %s %s"):format(item.person, item.system, item.target)
    elseif record.event == "intent" or record.event == "result" then
      for _, n in ipairs(record.items) do
        open[n] = record.event == "intent" or nil
      end
    elseif record.event == "resume" then
      for n in pairs(open) do
        lost[names[n]], open[n] = true, nil
      end
    end
  end
  return lost
end

-- A token whose logout's reply was lost may have been renewed, or live at another node.
local LOST = "unknown moved"

--- Raises where two runs do not agree; of a token whose logout was under way nothing is known.
function ledger.compare(expected, found, lost)
  for name, verdict in pairs(expected) do
    local fine = found[name] == verdict or (lost[name] and name:find(" jde_ais ", 1, true) and found[name] == LOST)
    assert(fine, ("%s: %s, in a run without interruption %s"):format(name, found[name], verdict))
  end
  for name in pairs(found) do
    assert(expected[name], name .. ": is in the interrupted run only")
  end
end

--- Reads a journal whole: raises where an acknowledged act was begun again, or a target has two verdicts.
-- @treturn number how often an act was begun that had been begun before
function ledger.read(path)
  local acknowledged, begun, verdicts, again = {}, {}, {}, 0
  local reader = assert(journal.read(path))
  for number, record in reader:records() do
    local acting = record.event == "intent" or record.event == "result"
    for _, item in ipairs(acting and record.items or {}) do
      if record.event == "intent" then
        assert(not acknowledged[item], ("line %d: item %d was acknowledged, and is done again"):format(number, item))
        again = again + (begun[item] and 1 or 0)
        begun[item] = true
      elseif record.event == "result" and record.answer then
        acknowledged[item] = true
      end
    end
    if record.event == "verdict" then
      assert(not verdicts[record.item], ("line %d: a second verdict of item %d"):format(number, record.item))
      verdicts[record.item] = true
    end
  end
  assert(reader:result())
  return again
end

-- How often the simulator was asked to end each target of one system.
local function count_changes(kind)
  local counts, after = {}, 0
  repeat
    local entries = world.simulator.journal { system = kind, operation = "logout", after = after, limit = 5000 }
    for _, entry in ipairs(entries) do
      after = entry.number
      for _, target in ipairs(entry.targets or {}) do
        counts[target] = (counts[target] or 0) + 1
      end
    end
  until #entries == 0
  return counts
end

--- Raises where the simulator was asked more often to end targets again than could be under way at that many kills.
-- @treturn number how often it was
function ledger.count_repeats(kills)
  local sum = 0
  for _, kind in ipairs(world.kinds) do
    local repeats = 0
    for _, count in pairs(count_changes(kind)) do
      repeats = repeats + count - 1
    end
    assert(repeats <= kills * world.in_flight[kind], ("%s: %d acts repeated after %d kills"):format(kind, repeats, kills))
    sum = sum + repeats
  end
  return sum
end

return ledger
