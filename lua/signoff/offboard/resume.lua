-- SPDX-License-Identifier: MIT

--- Resumes a run that did not end, from its journal alone.
-- @module signoff.offboard.resume

local core = require "signoff.core"
local apply = require "signoff.offboard.apply"
local executor = require "signoff.offboard.executor.executor"
local replay = require "signoff.offboard.executor.replay"
local journal = require "signoff.journal"
local options = require "signoff.offboard.options"
local process = require "signoff.offboard.process"
local part = require "signoff.offboard.part"
local planning = require "signoff.offboard.plan.plan"
local Systems = require "signoff.offboard.systems"

local resume = {}

local WHERE = "offboard.resume"
local own = { protect = "table", operator = "string", person = "any", system = "any" }

-- The journal, open to be gone on with, and what it says; or nil, message, reason.
local function open(env, path, systems)
  local found = replay.new()
  local writer, message, reason = journal.reopen(env, path, function(number, record)
    return found:take(number, record)
  end)
  if not writer then
    return nil, reason == "locked" and process.locked(path, message) or message, reason
  end
  local fits
  fits, message = found:is_whole(path)
  if fits then
    fits, message = planning.fits(found:plan(), systems)
    reason = "systems"
  end
  if not fits then
    writer:close()
    return nil, message, reason
  end
  return writer, found
end

-- How the run is judged: as it was at first, unless options say otherwise.
local function inherit(given, started)
  local merged = { max_fail = started.max_fail and core.number(started.max_fail) or started.max_fail }
  local settle = started.settle ~= 0 and started.settle or nil -- none at all is for the clients of today to say (rule V5)
  for _, source in ipairs { { settle = settle, schedule = started.schedule, deadline = started.deadline }, given } do
    for name, value in pairs(source) do
      merged[name] = value
    end
  end
  return merged
end

-- The tokens are those of the part that goes on.
local function secrets_of(plan, systems, given, wanted)
  local mine, message = part.of(plan, wanted, systems)
  if not mine then
    return nil, message
  end
  return apply.secrets(mine, systems, given)
end

local function prepare(env, found, systems, given)
  local plan, wanted = found:plan(), part.wanted(WHERE, given)
  local secrets, message = secrets_of(plan, systems, given, wanted)
  if not secrets then
    return nil, message, "list"
  end
  local parts = options.parts(WHERE, inherit(given, found.start.options or {}), systems, #plan.items)
  found:forget_found()
  local left = found:parts()
  part.limit(left, plan, wanted)
  for name, value in pairs(left) do
    parts[name] = value
  end
  parts.env, parts.plan, parts.systems, parts.secrets, parts.protects = env, plan, systems, secrets, apply.protector(plan, given.protect)
  return parts
end

--- See `offboard.resume`. A third value says why nothing was done: `"systems"`, `"list"` (the plan does not fit them any more), or what
-- `journal.reopen` gives.
function resume.run(env, path, systems, given)
  given = options.check(WHERE, given, options.reading, own)
  systems = Systems.check(systems)
  local writer, found, reason = open(env, path, systems)
  if not writer then
    return nil, found, reason
  end
  local parts, message, code = prepare(env, found, systems, given)
  if parts then
    parts.journal = writer
    local run = executor.new(parts)
    local began = { event = "resume", torn = writer.torn > 0 and writer.torn or nil, settle = parts.rules.settle }
    began.by, began.part = process.this(given.operator), part.wanted(WHERE, given)
    if run:record(began) then
      local result = apply.heading(parts.plan, parts.rules, found.start.signals)
      result.started, result.notice = found.start.started, writer.notice
      return run:go(result)
    end
    message = run.message
  end
  writer:close()
  return nil, message, code
end

return resume
