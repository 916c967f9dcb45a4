-- SPDX-License-Identifier: MIT

--- Gaps in a plan: people and systems that it does not reach (rule V6). Exit status 0 says that all are out. So a person without a
-- row is named, and counts as unproved unless somebody declared it beforehand.
--
-- A gap: `code` (`"no_targets"`: a person without any target; `"no_column"`: a system that the list has no column for), `person`
-- or `system`, and `declared` where it is wanted (`no_targets = "fine"`; a column that is ignored).
-- @module signoff.offboard.plan.coverage

local json = require "signoff.json"

local coverage = {}

--- The gaps of a plan.
-- @tparam table people as `people.read` returns them
-- @tparam {table,...} systems as `systems.check` returns them
-- @tparam {table,...} items of the plan
-- @tparam table options `ignore` (a set of columns), `no_targets` (`"fine"`)
-- @treturn ?{table,...} nil where there is none
function coverage.gaps(people, systems, items, options)
  local reached, gaps = {}, json.list()
  for _, item in ipairs(items) do
    reached[item.person] = true
  end
  for _, person in ipairs(people) do
    if not reached[person.person] then
      gaps[#gaps + 1] = { code = "no_targets", person = person.person, declared = options.no_targets == "fine" or nil }
    end
  end
  for _, system in ipairs(systems) do
    if not people.columns[system.column] and not system.targets then
      gaps[#gaps + 1] = { code = "no_column", system = system.name, declared = options.ignore[system.column] or nil }
    end
  end
  return #gaps > 0 and gaps or nil
end

--- Whether there is a gap that nobody declared.
-- @tparam ?{table,...} gaps
-- @treturn boolean
function coverage.is_open(gaps)
  for _, gap in ipairs(gaps or {}) do
    if not gap.declared then
      return true
    end
  end
  return false
end

local sentences = { no_targets = "%s: has no target on any system", no_column = "%s: the list has no column for it" }

--- A gap in words. A code that another version wrote stands as it is.
-- @tparam table gap
-- @treturn string
function coverage.describe(gap)
  local name = gap.person or gap.system or "?"
  local sentence = sentences[gap.code]
  local words = sentence and sentence:format(name) or ("%s: not reached (%s)"):format(name, gap.code)
  return words .. (gap.declared and " (declared)" or "")
end

return coverage
