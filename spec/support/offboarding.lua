-- SPDX-License-Identifier: MIT
-- Offboarding against the simulator on a clock of our own: what is waited for passes at once, here and in the simulator.

local apply = require "signoff.offboard.apply"
local clock = require "spec.support.clock"
local journals = require "signoff.journal"
local leaver = require "spec.support.leaver"
local planning = require "signoff.offboard.plan.plan"
local resume = require "signoff.offboard.resume"
local simulated = require "spec.support.simulated"
local undo = require "signoff.offboard.undo"

local simulator = simulated.simulator

local offboarding = {}

offboarding.GONE = { name = "Gone home", type = "unavailable", note = "left" }

-- The cell of the leaver in each system's column.
offboarding.cells = {
  cisco_em = leaver.systems.cisco_em.target, agvance = leaver.systems.agvance.target, isymphony = "lea.ver",
  oracle_commerce = leaver.tokens.oracle_commerce, jde_ais = leaver.tokens.jde_ais .. "@LEAVER-PC",
}

--- An entry of `systems`: a client with the right credentials, and what else is given.
function offboarding.entry(kind, more, options)
  local entry = { client = simulated.client(kind, "http", options) }
  entry.status = kind == "isymphony" and offboarding.GONE or nil
  for name, value in pairs(more or {}) do
    entry[name] = value
  end
  return entry
end

--- The leaver, in those systems.
function offboarding.leaver(...)
  local person = { person = "lea.ver" }
  for _, system in ipairs { ... } do
    person[system] = offboarding.cells[system]
  end
  return person
end

--- Calls `f(env)` on a clock of our own, and gives what it returned.
function offboarding.on_clock(f)
  local returned
  clock.run(function(env)
    local began = env.now()
    returned = { f(env) }
    offboarding.seconds = env.now() - began -- how long it took, on that clock
  end, { passes = simulator.advance }) -- the simulator's clock goes with ours
  return (table.unpack or unpack)(returned, 1, 4) -- luacheck: ignore 143
end

--- Plans, lets `between` happen, and applies.
-- @treturn ?table result; nil, message
function offboarding.apply(systems, people, options, between)
  return offboarding.on_clock(function(env)
    local plan = assert(planning.make(systems, people, {}, env))
    simulator.forget()
    if between then
      between(plan)
    end
    local given = { people = people, journal = false }
    for name, value in pairs(options or {}) do
      given[name] = value
    end
    return apply.run(env, plan, systems, given)
  end)
end

--- Calls `f(...)`, whose journal ends the program before it has a result.
function offboarding.crash(f, ...)
  local create = journals.create
  journals.create = function(...)
    local writer = create(...)
    local write = writer.write
    function writer:write(record)
      if record.event == "result" then
        self.handle:close()
        error("crash", 0)
      end
      return write(self, record)
    end
    return writer
  end
  local fine, problem = pcall(f, ...)
  journals.create = create
  assert(not fine and tostring(problem):find("crash", 1, true), problem)
end

function offboarding.resume(journal, systems, options)
  return offboarding.on_clock(function(env)
    return resume.run(env, journal, systems, options)
  end)
end

function offboarding.undo(journal, systems, options)
  return offboarding.on_clock(function(env)
    return undo.run(env, journal, systems, options)
  end)
end

--- The verdicts of a result, by system, person and target where asked for: { "ended", ... } in order.
function offboarding.verdicts(result)
  local list = {}
  for i, row in ipairs(result.results) do
    list[i] = row.verdict
  end
  return list
end

--- Whether some text stands in a row's evidence.
function offboarding.saw(row, text)
  for _, entry in ipairs(row.evidence) do
    if entry.what:find(text, 1, true) then
      return true
    end
  end
  return false
end

return offboarding
