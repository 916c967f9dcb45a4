-- SPDX-License-Identifier: MIT

--- Resumes a run that did not end, from its journal alone.
-- @module signoff.offboard.resume

local core = require "signoff.core"
local apply = require "signoff.offboard.apply"
local executor = require "signoff.offboard.executor.executor"
local replay = require "signoff.offboard.executor.replay"
local journal = require "signoff.journal"
local options = require "signoff.offboard.options"
local planning = require "signoff.offboard.plan.plan"
local Systems = require "signoff.offboard.systems"

local resume = {}

local WHERE = "offboard.resume"

-- The journal, open to be gone on with, and what it says; or nil, message.
local function open(env, path, systems)
  local found = replay.new()
  local writer, message = journal.reopen(env, path, function(number, record)
    found:take(number, record)
  end)
  if not writer then
    return nil, message
  end
  local fits
  fits, message = found:is_whole(path)
  if fits then
    fits, message = planning.fits(found:plan(), systems)
  end
  if not fits then
    writer:close()
    return nil, message
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

local function prepare(env, found, systems, given)
  local plan = found:plan()
  local secrets, message = apply.secrets(plan, systems, given)
  if not secrets then
    return nil, message
  end
  local parts = options.parts(WHERE, inherit(given, found.start.options or {}), systems, #plan.items)
  found:forget_found()
  for name, value in pairs(found:parts()) do
    parts[name] = value
  end
  parts.env, parts.plan, parts.systems, parts.secrets, parts.protects = env, plan, systems, secrets, apply.protector(plan, given.protect)
  return parts
end

--- See `offboard.resume`.
function resume.run(env, path, systems, given)
  given = options.check(WHERE, given, options.reading, { protect = "table" })
  systems = Systems.check(systems)
  local writer, found = open(env, path, systems)
  if not writer then
    return nil, found
  end
  local parts, message = prepare(env, found, systems, given)
  if parts then
    parts.journal = writer
    local run = executor.new(parts)
    if run:record { event = "resume", torn = writer.torn > 0 and writer.torn or nil, settle = parts.rules.settle } then
      local result = apply.heading(parts.plan, parts.rules)
      result.started, result.notice = found.start.started, writer.notice
      return run:go(result)
    end
    message = run.message
  end
  writer:close()
  return nil, message
end

return resume
