-- SPDX-License-Identifier: MIT

--- Undoes the statuses that a run set: a status that nobody has changed since becomes what it was before.
-- @module signoff.offboard.undo

local apply = require "signoff.offboard.apply"
local executor = require "signoff.offboard.executor.executor"
local replay = require "signoff.offboard.executor.replay"
local identity = require "signoff.offboard.identity"
local journal = require "signoff.journal"
local options = require "signoff.offboard.options"
local Systems = require "signoff.offboard.systems"

local undo = {}

local WHERE = "offboard.undo"
local own = { journal = "any", protect = "table", operator = "string" }

-- Reads a journal.
local function read(path)
  local found = replay.new()
  local file, message = journal.trusted(path)
  if not file then
    return nil, message
  end
  local result
  result, message = journal.check(path, function(number, record)
    return found:take(number, record)
  end, file)
  if not result then
    return nil, message
  end
  result, message = found:is_whole(path)
  if not result then
    return nil, message
  end
  return found
end

-- The plan that takes statuses back: all that the run may have set, also where it does not know the outcome.
local function plan_of(path, found)
  local plan = found:plan()
  local wanted = {}
  for _, system in ipairs(plan.systems) do
    wanted[system.name] = system.status
  end
  plan.items, plan.gaps, plan.part, plan.undo_of = {}, nil, nil, path
  for _, item in ipairs(found:in_order()) do
    local act = found.actions[item.n]
    if act and act.previous then -- what was undone is what was last seen (rule A7)
      plan.items[#plan.items + 1] = {
        n = #plan.items + 1, person = item.person, system = item.system, action = item.action, target = item.target, user = item.user,
        status = act.previous, expected_status = item.status or wanted[item.system],
      }
    end
  end
  return plan
end

-- The error of the systems that are given: those where something is to be taken back must be the same.
local function misfit(plan, systems)
  local planned = {}
  for _, system in ipairs(plan.systems) do
    planned[system.name] = system
  end
  for _, item in ipairs(plan.items) do
    local was, is = planned[item.system], systems[item.system]
    if not is or was.kind ~= is.kind or was.host ~= is.host then
      return ("%s: '%s' was %s at %s, and is %s here"):format(WHERE, item.system, was.kind, tostring(was.host),
        is and ("%s at %s"):format(is.kind, is.host) or "no system")
    end
    local what = identity.difference(was.identity, is.identity)
    if what then
      return ("%s: '%s' is %s"):format(WHERE, item.system, what)
    end
  end
end

--- See `offboard.undo`.
function undo.run(env, path, systems, given)
  given = options.check(WHERE, given, own)
  systems = Systems.check(systems)
  local found, message = read(path)
  if not found then
    return nil, message
  end
  local plan = plan_of(path, found)
  message = misfit(plan, systems)
  if message then
    return nil, message
  end
  local parts = options.parts(WHERE, given, systems, #plan.items)
  if given.journal then
    local about = { max_fail = given.max_fail, operator = given.operator }
    parts.journal, message = apply.begin_journal(env, given.journal, plan, about, parts.rules)
    if not parts.journal then
      return nil, message
    end
  end
  parts.env, parts.plan, parts.systems, parts.secrets = env, plan, systems, {}
  parts.protects = apply.protector({ protect = found:plan().protect }, given.protect)
  return executor.new(parts):go(apply.heading(plan, parts.rules))
end

return undo
