-- SPDX-License-Identifier: MIT
--- The lies of the simulator's systems about the leaver's logout, and about where the leaver is.

local leaver = require "spec.support.leaver"
local simulated = require "spec.support.simulated"

local lies = {}

local function with(made, more)
  for name, value in pairs(more or {}) do
    made[name] = value
  end
  return made
end

--- A fault of the simulator, for no system yet.
function lies.fault(kind, more)
  return with({ fault = kind }, more)
end

--- The same: that HTTP status.
function lies.status(code, body, more)
  return with(with({ fault = "status" }, more), { status = code, body = body or "", type = "text/html" })
end

--- Sets up those of a row: `act` and `also` for the logout, `look` for reads, of which `reads` pass first.
function lies.tell(row, system)
  local facts, list = leaver.systems[system], {}
  for _, made in ipairs { row.act or false, row.also or false } do
    list[#list + 1] = made and with({ system = system, operation = facts.act }, made) or nil
  end
  if row.look then
    list[#list + 1] = with({ system = system, operation = facts.look, after = row.reads }, row.look)
  end
  simulated.simulator.faults(list)
end

-- Their targets are tokens.
local of_tokens = { oracle_commerce = true, jde_ais = true }

--- Calls `f(case)` with clients of the case's kind: in C, or its copy that is described in Lua.
function lies.with_kind(case, f)
  local before = simulated.described
  simulated.described = case.described or before
  local fine, problem = pcall(f, case)
  simulated.described = before
  assert(fine, problem)
end

--- Each row for each system, and for the copy of one that is described in Lua (`described`): `name`, `row`, `system`, and `wanted`, which is what the row has under the system's name, or under
-- `tokens`, or the row itself; with `false` there, the system is left out.
function lies.cases(rows)
  local cases = {}
  for _, system in ipairs(leaver.names) do
    for _, row in ipairs(rows) do
      if row[system] ~= false then
        local wanted = row[system] or of_tokens[system] and row.tokens or row
        cases[#cases + 1] = { name = ("%s: %s"):format(system, row.name), row = row, system = system, wanted = wanted }
        cases[#cases + 1] = simulated.has_copy(system)
          and { name = ("%s in Lua: %s"):format(system, row.name), row = row, system = system, wanted = wanted, described = true } or nil
      end
    end
  end
  return cases
end

return lies
