-- SPDX-License-Identifier: MIT

--- Counts the rows of a result: by verdict, by system, by person.
-- @module signoff.offboard.report.summary

local core = require "signoff.core"
local Text = require "signoff.text"
local verdicts = require "signoff.signout.verdict"

local summary = {}

--- A group without rows: `name`, `targets`, `counts` by verdict.
function summary.group(name)
  return { name = name, targets = 0, counts = {} }
end

--- Counts a row in a group.
function summary.add(group, row)
  group.targets = group.targets + 1
  group.counts[row.verdict] = (group.counts[row.verdict] or 0) + 1
end

--- The group of that name in a list with `by_name`, made at its first row; the list keeps their order.
function summary.group_of(groups, name)
  if not groups.by_name[name] then
    local made = summary.group(name)
    groups.by_name[name] = made
    groups[#groups + 1] = made
  end
  return groups.by_name[name]
end

--- Counts rows.
-- @tparam {table,...} rows of a result
-- @treturn table `all`, `systems` and `people`: groups of `name`, `targets`, `counts` (by verdict); the last two are lists,
-- systems in the order in which they come and people by name, and have `by_name`; of people `systems` has the rows by system
function summary.count(rows)
  local counted = { all = summary.group "all", systems = { by_name = {} }, people = { by_name = {} } }
  for _, row in ipairs(rows) do
    local person = summary.group_of(counted.people, row.person)
    person.systems = person.systems or {}
    person.systems[row.system] = person.systems[row.system] or {}
    table.insert(person.systems[row.system], row)
    summary.add(person, row)
    summary.add(summary.group_of(counted.systems, row.system), row)
    summary.add(counted.all, row)
  end
  table.sort(counted.people, function(a, b)
    return core.before(a.name, b.name)
  end)
  return counted
end

--- The verdicts that occur in these counts, in order; those that only another version knows come last, as the worst.
function summary.verdicts(counts)
  local found, strange = {}, {}
  for _, verdict in ipairs(verdicts.names) do
    if counts[verdict] then
      found[#found + 1] = verdict
    end
  end
  for verdict in pairs(counts) do
    strange[#strange + 1] = not verdicts.exists(verdict) and verdict or nil
  end
  for _, verdict in ipairs(core.sort(strange)) do
    found[#found + 1] = verdict
  end
  return found
end

--- Counts in words: "3 ended, 1 failed".
function summary.words(counts)
  local parts = {}
  for _, verdict in ipairs(summary.verdicts(counts)) do
    parts[#parts + 1] = ("%d %s"):format(counts[verdict], verdict)
  end
  return #parts > 0 and table.concat(parts, ", ") or "nothing to do"
end

-- "ana, ben and 3 more"
local function listed(names)
  local shown = {}
  for i = 1, math.min(#names, 10) do
    shown[i] = Text.short(names[i])
  end
  return table.concat(shown, ", ") .. (#names > 10 and (" and %d more"):format(#names - 10) or "")
end

--- The people and systems that something is limited to, in words: `person ana, ben; system phones`.
-- @tparam table wanted `person`, `system`: a name or a list of them
-- @treturn string
function summary.asked(wanted)
  local parts = {}
  for _, member in ipairs { "person", "system" } do
    local names = wanted[member]
    names = type(names) == "string" and { names } or names
    parts[#parts + 1] = names and ("%s %s"):format(member, listed(names))
  end
  return table.concat(parts, "; ")
end

local function counted(count, one, many)
  return ("%d %s"):format(count, count == 1 and one or many)
end

--- The part of a plan that a run was asked for, and how much of the plan it leaves out.
-- @tparam table part as a result has it
-- @treturn string
function summary.part(part)
  local left = part.left_out
  return ("%s; left out of the plan: %s of %s"):format(summary.asked(part), counted(left.targets, "target", "targets"),
    left.people > 0 and counted(left.people, "more person", "more people") or "the same people")
end

local offboarding = { title = "Offboarding", done = "out", left = "not out", alone = "Everybody is out, or was left alone on purpose.",
  gap = "Nobody with a target is in, but somebody or something was not reached." }
local undoing = { title = "Undoing of an offboarding", done = "back at the earlier status", left = "not back at the earlier status",
  alone = "Everybody is back at the earlier status, or was left alone on purpose." }

--- The words for what a run was to do: to take people out, or to put back what another run had set.
-- @tparam table result
-- @treturn table `title`, `done` and `left` (what somebody is then, or is not), `alone`, `gap`
function summary.subject(result)
  return result.undo_of and undoing or offboarding
end

--- Whether a row is left to a person.
function summary.is_to_do(row)
  return not verdicts.is_settled(row.verdict, row.code) and not verdicts.is_open(row.verdict) and row.verdict ~= "skipped"
end

--- The task of such a row: its `by_hand` begins with "VERDICT for TARGET: ".
function summary.task(row)
  local prefix = ("%s for %s: "):format(row.verdict, row.target)
  local task = row.by_hand or "look at it"
  return task:sub(1, #prefix) == prefix and task:sub(#prefix + 1) or task
end

return summary
