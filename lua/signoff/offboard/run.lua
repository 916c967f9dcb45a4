-- SPDX-License-Identifier: MIT

--- Plans and applies in one go, for one person, in memory, without a journal.
-- @module signoff.offboard.run

local apply = require "signoff.offboard.apply"
local core = require "signoff.core"
local options = require "signoff.offboard.options"
local planning = require "signoff.offboard.plan.plan"
local Systems = require "signoff.offboard.systems"

local run = {}

local WHERE = "offboard.run"
local own = { protect = "table", operator = "string", ticket = "string", confirm = "function" }

--- See `offboard.run`.
function run.run(env, systems, person, given)
  given = options.check(WHERE, given, own)
  if type(person) ~= "table" or type(person.person) ~= "string" then
    core.raise(WHERE .. ": the person must be a table such as {person = \"ana.silva\", phones = \"SEP003094C25B15\"}")
  end
  local checked = Systems.check(systems)
  local planned = { protect = given.protect, operator = given.operator, ticket = given.ticket }
  local plan, message, code = planning.make(checked, { person }, planned, env)
  if not plan then
    return nil, message, code
  end
  for _, item in ipairs(plan.items) do
    item.spelling = nil -- nobody has seen this plan, so nobody has approved a name that is nearly the same
  end
  local applied = { people = { person }, journal = false }
  for name, value in pairs(given) do
    if planned[name] == nil then
      applied[name] = value
    end
  end
  return apply.run(env, plan, checked, applied)
end

return run
