-- SPDX-License-Identifier: MIT

--- Checks the options of a run before anything else is done.
-- @module signoff.offboard.options

local core = require "signoff.core"
local check = require "signoff.check"

local options = {}

-- The options of every kind of run.
local common = {
  schedule = "table", settle = "number", fresh = "number", deadline = "number", max_fail = "any", on_result = "function",
  on_progress = "function", interrupted = "function", retry = "table",
}

--- The options that give the people of a run, and say how they are read.
options.reading = { people = "any", ignore = "table", delimiter = "string" }

-- A number of targets, or a part of all of them.
local function most_failures(where, given, total)
  local percent = type(given) == "string" and core.number(given:match "^(%d+%.?%d*)%%$" or "")
  local count = type(given) == "number" and given or percent and math.floor(total * percent / 100)
  if given ~= nil and not (count and count >= 0) then
    core.raise(("%s: option 'max_fail' must be a number of targets, or a part of them such as \"1%%\""):format(where))
  end
  return count or nil
end

--- Raises what is wrong with options.
-- @tparam string where for the message
-- @tparam ?table given
-- @tparam table ... of each the types of options that there are
-- @treturn table the options, never nil
function options.check(where, given, ...)
  local known, plain = {}, {}
  for _, part in ipairs { common, ... } do
    for name, wanted in pairs(part) do
      known[name] = wanted
    end
  end
  if type(given) ~= "table" and given ~= nil then
    check.options(where, given, known)
  end
  for name, value in pairs(given or {}) do
    if known[name] ~= "any" then
      plain[name] = value
    end
  end
  check.options(where, plain, known)
  most_failures(where, given and given.max_fail, 0)
  return given or {}
end

-- Seconds that a look may be old when an act relies on it, at most (rule A1).
local FRESH = 5

-- Rule V5: seconds between the two observations that make "gone" count: what the options say, else the strictest of the profiles. None
-- at all only where every client's profile has none.
local function settle_of(where, given, systems)
  local strictest = 0
  for _, system in ipairs(systems) do
    strictest = math.max(strictest, core.anchor(system.client).profile.settle)
  end
  if given.settle == 0 and strictest > 0 then
    core.raise(("%s: option 'settle' may be 0 only where all clients have the profile 'dialplan'"):format(where))
  end
  return given.settle or strictest
end

-- How long a target is looked at, and how often.
local function rules_of(where, given, systems)
  local rules = { fresh = given.fresh or FRESH, settle = settle_of(where, given, systems) }
  for _, system in ipairs(systems) do
    local profile = core.anchor(system.client).profile
    rules.deadline = math.max(rules.deadline or 0, given.deadline or profile.deadline)
    if not rules.schedule or profile.settle == rules.settle then
      rules.schedule = given.schedule or profile.schedule
    end
  end
  if rules.fresh > FRESH then
    core.raise(("%s: option 'fresh' may be %d seconds at most: a look that is older allows no act"):format(where, FRESH))
  end
  return rules
end

--- The parts of a run that its options give.
function options.parts(where, given, systems, total)
  return {
    rules = rules_of(where, given, systems), max_fail = most_failures(where, given.max_fail, total), retry = given.retry,
    on_result = given.on_result, on_progress = given.on_progress, interrupted = given.interrupted,
  }
end

return options
