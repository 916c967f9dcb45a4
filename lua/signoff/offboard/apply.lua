-- SPDX-License-Identifier: MIT

--- Applies a plan: checks it, begins the journal, and runs.
-- @module signoff.offboard.apply

local executor = require "signoff.offboard.executor.executor"
local core = require "signoff.core"
local protection = require "signoff.offboard.plan.protect"
local journal = require "signoff.journal"
local json = require "signoff.json"
local options = require "signoff.offboard.options"
local people = require "signoff.offboard.people.people"
local process = require "signoff.offboard.process"
local part = require "signoff.offboard.part"
local planning = require "signoff.offboard.plan.plan"
local Systems = require "signoff.offboard.systems"

local apply = {}

local WHERE = "offboard.apply"
local own = { journal = "any", confirm = "function", protect = "table", operator = "string", person = "any", system = "any",
  signals = "table" }

--- The members of a result besides the verdicts.
function apply.heading(plan, rules, signals)
  return {
    signals = signals and json.list(signals),
    settle = rules.settle, gaps = plan.gaps and json.list(plan.gaps), part = plan.part, undo_of = plan.undo_of,
    plan_digest = plan.digest, operator = plan.operator, ticket = plan.ticket, host = plan.host, people_sha256 = plan.people_sha256,
  }
end

local function needs_tokens(plan)
  for _, item in ipairs(plan.items) do
    if item.token then
      return true
    end
  end
  return false
end

--- The tokens of a plan, by fingerprint, from the people as they are now.
-- @tparam table plan
-- @tparam table systems
-- @tparam table given options: `people`, else the plan's own path
-- @treturn ?table nil, message when one of them is not there
function apply.secrets(plan, systems, given)
  if not needs_tokens(plan) then
    return {}
  end
  local source = given.people or plan.people_path
  if not source then
    return nil, WHERE .. ": the plan has tokens, which no plan holds: give the people again (option 'people')"
  end
  local read, message = source, nil
  if type(source) == "string" or not source.sha256 then
    read, message = people.read(source, systems, { ignore = given.ignore or plan.ignore, delimiter = given.delimiter or plan.delimiter })
  end
  if not read then
    return nil, message
  elseif not given.people and read.sha256 ~= plan.people_sha256 then
    return nil, ("%s: %s was changed since the plan was made; make a new plan"):format(WHERE, source)
  end
  return planning.secrets(plan, read)
end

local function start_record(plan, given, rules)
  return {
    event = "start", items = #plan.items, at = core.time(), by = process.this(given.operator), started = core.time(),
    part = plan.part, plan_digest = plan.digest, operator = plan.operator,
    ticket = plan.ticket, host = plan.host, created = plan.created, people_path = plan.people_path,
    people_sha256 = plan.people_sha256, protect = plan.protect, ignore = given.ignore or plan.ignore,
    delimiter = given.delimiter or plan.delimiter,
    systems = plan.systems, gaps = plan.gaps, undo_of = plan.undo_of, signals = given.signals and json.list(given.signals),
    options = {
      settle = rules.settle, schedule = rules.schedule, deadline = rules.deadline,
      max_fail = type(given.max_fail) == "number" and core.digits(given.max_fail) or given.max_fail,
    },
  }
end

--- Makes a journal that begins with the plan.
-- @treturn ?table writer; nil, message when it cannot be: then nothing was sent
function apply.begin_journal(env, path, plan, given, rules)
  local writer, message = journal.create(env, path)
  if not writer then
    return nil, message
  end
  local fine
  fine, message = writer:write(start_record(plan, given, rules))
  for _, item in ipairs(plan.items) do
    if not fine then
      break
    end
    fine, message = writer:write { event = "item", at = core.time(), item = item }
  end
  if fine then
    fine, message = writer:sync()
  end
  if not fine then
    writer:close()
    return nil, message
  end
  return writer
end

--- Whether a name is protected: by the plan, or by today's option (rule A2).
-- @tparam table plan
-- @tparam ?table protect a list of names
-- @treturn function
function apply.protector(plan, protect)
  local today = protection.list(protect)
  return function(...)
    return planning.protects(plan, ...) or protection.holds(today, ...)
  end
end

-- Items keep their numbers in the part of a plan; what they are found to be gets higher ones.
local function last_number(plan)
  local last = plan.items[#plan.items]
  return last and last.n or 0
end

local function check_journal(given)
  if type(given.journal) ~= "string" and given.journal ~= false then
    core.raise(WHERE .. ": option 'journal' must be the path of a new file, or false for none")
  end
end

--- See `offboard.apply`.
function apply.run(env, plan, systems, given)
  given = options.check(WHERE, given, options.reading, own)
  check_journal(given)
  systems = Systems.check(systems)
  local fits, message = planning.fits(plan, systems)
  if fits then
    plan, message = part.of(plan, part.wanted(WHERE, given), systems)
  end
  if not fits or not plan then
    return nil, message
  end
  local secrets
  secrets, message = apply.secrets(plan, systems, given)
  if not secrets then
    return nil, message
  elseif given.confirm and not given.confirm(plan) then
    return nil, WHERE .. ": it was not confirmed; nothing was sent"
  end
  local parts = options.parts(WHERE, given, systems, #plan.items)
  if given.journal then
    parts.journal, message = apply.begin_journal(env, given.journal, plan, given, parts.rules)
    if not parts.journal then
      return nil, message
    end
  end
  parts.env, parts.plan, parts.systems, parts.secrets, parts.protects = env, plan, systems, secrets, apply.protector(plan, given.protect)
  parts.last = last_number(plan)
  return executor.new(parts):go(apply.heading(plan, parts.rules, given.signals))
end

return apply
