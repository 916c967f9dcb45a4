-- SPDX-License-Identifier: MIT
-- People of the worlds, and how their names compare.

local core = require "signoff.core"

local people = { ana = "ana.silva", rita = "rita.stone", twin = "ana.silva@lab.example" }

--- The comparison by a rule of a system.
function people.comparison(rule)
  return function(a, b)
    return (core.compare(a, b, rule))
  end
end

--- Rita is protected.
function people.protects(name)
  return core.compare(name, people.rita, "exact") ~= "different"
end

return people
