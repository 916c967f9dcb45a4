-- SPDX-License-Identifier: MIT
-- Plays a row of the state machine: reads and changes in order, each with the step that must come of it. A row is a name, what of its
-- context differs, and its events; times are seconds.

local people = require "spec.support.model.worlds.people"

local play = {}

local sorts = { occupant = "once", session = "paced", token = "paced", setting = "paced" }

local function limits_of(given)
  local limits = { settle = 10, fresh = 5, schedule = { 1, 2, 3 }, deadline = 60, targets = 2, nodes = 0 }
  for name, value in pairs(given or {}) do
    limits[name] = value
  end
  return limits
end

local function context_of(given, modules)
  local reals, named = {}, {}
  local target = { id = "P", person = people.ana }
  for name, value in pairs(given.target or {}) do
    target[name] = value or nil
  end
  local evidence = given.evidence == nil and "occupant" or given.evidence
  return {
    target = target, evidence = evidence, watches = given.watches, retry = given.retry or sorts[evidence] or "paced", limits = limits_of(given.limits),
    compare = people.comparison "folded", protects = given.protects or people.protects, reals = reals, real = function(id)
      reals[id] = reals[id] or modules.state_machine.untouched()
      return reals[id]
    end,
    named = function(name)
      named[name] = named[name] or modules.state_machine.untouched()
      return named[name]
    end,
  }
end

-- A step as text: `look 2`, `act P`, `over unknown nearly`.
local function told(step, a, b)
  if step == "look" then
    return ("look %g"):format(a)
  elseif step == "over" then
    local code = b and (b.code or b.reason)
    return "over " .. a .. (code and " " .. code or ""), b and b.message
  end
  return step .. " " .. tostring(a)
end

-- Events: functions of the one who plays, that give a step.

--- A look: `seen` is an observation. It is asked and answered `now`, unless it says so itself.
function play.look(now, seen, wanted, message)
  return { wanted = wanted, message = message, run = function(self)
    local made = { asked = now, replied = now, what = "seen" }
    for name, value in pairs(seen) do
      made[name] = value
    end
    return told(self.machine.looked(self.state, made, self.context, now))
  end }
end

--- The turn of an act.
function play.may(now, id, wanted, wall)
  return { wanted = wanted, run = function(self)
    return told(self.machine.may_act(self.state, id, self.context, now, wall or 0))
  end }
end

--- An act of this row, from its beginning to its outcome.
function play.act(now, id, outcome, wanted)
  return { wanted = wanted, run = function(self)
    local made = {}
    for name, value in pairs(outcome) do
      made[name] = value
    end
    self.machine.acting(self.state, id, self.context)
    return told(self.machine.acted(self.state, id, made, self.context, now))
  end }
end

--- Anything else: `wanted` is what the function must give.
function play.call(run, wanted)
  return { wanted = wanted, run = run }
end

--- Another row did something to the same real target.
function play.other(id, changes)
  return play.call(function(self)
    local real = self.context.real(id)
    for name, value in pairs(changes) do
      real[name] = value
    end
  end)
end

--- Another row did something to whatever had that occupant.
function play.elsewhere(name, changes)
  return play.call(function(self)
    for member, value in pairs(changes) do
      self.context.named(name)[member] = value
    end
  end)
end

--- The record of the changes to whatever had that occupant, as `open changes, end of the last one`.
function play.record(name, wanted)
  return play.call(function(self)
    local record = self.context.named(name)
    return record.open .. ", " .. tostring(record.ended)
  end, wanted)
end

--- An act of an earlier run.
function play.remember(id, known)
  return play.call(function(self)
    self.machine.remember(self.state, id, known, self.context)
    return self.state.phase
  end, known.answer and "confirming" or "rechecking")
end

--- Plays a row.
-- @tparam table row
-- @tparam table modules of signoff.signout
-- @treturn ?string what is not as it must be
function play.check(row, modules)
  local machine = modules.state_machine
  local self = { machine = machine, state = machine.new(), context = context_of(row[2], modules) }
  for i, event in ipairs(row[3]) do
    local found, message = event.run(self)
    if found ~= event.wanted then
      return ("event %d: %s, not %s"):format(i, tostring(found), tostring(event.wanted))
    elseif event.message and message ~= event.message then
      return ("event %d: says '%s', not '%s'"):format(i, tostring(message), event.message)
    end
  end
end

return play
