-- SPDX-License-Identifier: MIT
--- The verdicts of a run that nobody disturbs: on this machine alone, without a farm.

local offboard = require "signoff.offboard"
local site = require "spec.proofs.farm.site"

local expected = {}

--- Verdict and code by "system target".
function expected.of(rows)
  local verdicts = {}
  for _, row in ipairs(rows) do
    local name = ("%s %s"):format(row.system, row.target)
    assert(not verdicts[name], name .. " has two rows")
    verdicts[name] = row.verdict .. " " .. (row.code or "")
  end
  return verdicts
end

--- Those of a run over so many targets.
function expected.verdicts(counts, directory)
  local people = directory .. "/people.csv"
  site.load(counts)
  site.write_people(people, counts)
  local systems = site.unlimited()
  local plan = assert(offboard.plan(systems, people))
  local result = assert(offboard.apply(plan, systems, { people = people, journal = false, settle = site.rules.settle,
    schedule = site.rules.schedule, deadline = site.rules.deadline }))
  return expected.of(result.results)
end

return expected
