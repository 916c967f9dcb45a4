-- SPDX-License-Identifier: MIT

--- Looking again and again: "gone" counts when it was seen twice, `settle` seconds apart.
--
-- Options of `client:verify` and `client:signout`, with their defaults in the profiles `script` and `dialplan`:
--
-- `schedule`: seconds between looks, the last one again and again (1, 2, 3, 5; 0.2, 0.3, 0.5). `settle`: seconds between the
-- two looks that make "gone" count (10; 0). `deadline`: seconds for all of it (60; 2). `user`: `signout` of Extension
-- Mobility, only if this person sits there. `status`: iSymphony, what `signout` sets, or `verify` wants to read back.
-- @module signoff.watch

local carry = require "signoff.carry"
local core = require "signoff.core"
local deadline = require "signoff.deadline"
local sightings = require "signoff.sightings"

local watch = {}

-- What each method takes.
local known = {
  verify = { schedule = "table", settle = "number", deadline = "number", status = "table" },
  signout = { schedule = "table", settle = "number", deadline = "number", status = "table", user = "string" },
}

local function check(where, name, value, wanted)
  if not wanted then
    core.raise(("%s: unknown option '%s'"):format(where, tostring(name)))
  elseif type(value) ~= wanted then
    core.raise(("%s: option '%s' must be a %s, not %s"):format(where, name, wanted, type(value)))
  elseif wanted == "number" and not (value >= 0 and value < math.huge) then
    core.raise(("%s: option '%s' is no number of seconds"):format(where, name))
  end
end

local function check_schedule(where, schedule)
  if not schedule then
    return
  end
  for _, seconds in pairs(schedule) do
    check(where, "schedule", seconds, "number")
  end
  if #schedule == 0 or schedule[#schedule] == 0 then
    core.raise(("%s: option 'schedule' must be a list of seconds that does not end with 0"):format(where))
  end
end

--- Raises what is wrong with options.
-- @tparam string where the method, for the message
-- @tparam ?table options
-- @tparam table wanted the type of each option that there is; numbers are seconds
function watch.check_options(where, options, wanted)
  if options ~= nil and type(options) ~= "table" then
    core.raise(("%s: the options must be a table, not %s"):format(where, type(options)))
  end
  for name, value in pairs(options or {}) do
    check(where, name, value, wanted[name])
  end
  check_schedule(where, options and options.schedule)
end

--- The options of `verify` and `signout`, with the client's profile behind them, and a clock that began now.
-- @treturn table plan
function watch.plan(client, operation, options)
  local where = ("%s.%s"):format(client:kind(), operation)
  watch.check_options(where, options, known[operation])
  local profile = core.anchor(client).profile
  local plan = { retry = profile.retry }
  for name in pairs(known[operation]) do
    plan[name] = options and options[name] or profile[name]
  end
  plan.ends = math.min(core.now() + plan.deadline, deadline.ends())
  return plan
end

--- Raises what is wrong with a target, before anything is sent.
function watch.check_target(client, method, operation, target)
  if type(target) == "table" and #target > 0 then
    core.raise(("%s.%s: a list is no target; call it for each"):format(client:kind(), method))
  end
  core.build(client, operation, target)
end

--- What is left of the deadline, as options of one call; nil when nothing is.
function watch.overrides(plan)
  local left = plan.ends - core.now()
  return left >= 0.001 and { deadline = left } or nil
end

-- Waits that long, if the deadline leaves that much.
local function pause(plan, seconds)
  if core.now() + seconds >= plan.ends then
    return false
  end
  carry.sleep(seconds)
  return true
end

--- Waits for the `n`th time, if the deadline leaves that much: as the schedule says, at least as long as the system asks.
-- @treturn boolean whether it did
function watch.wait(plan, n, at_least)
  return pause(plan, math.max(plan.schedule[math.min(n, #plan.schedule)], at_least or 0))
end

--- One look, noted in the result.
function watch.look(client, target, plan, result, before)
  local overrides = watch.overrides(plan)
  if not overrides then
    return { what = "the deadline was reached", code = "timeout", message = "the deadline was reached", final = true }
  end
  local sighting = sightings.look(client, target, before, overrides)
  result:note(sighting.what)
  return sighting
end

-- Waits for the next look: for `settle` where the last one found it gone.
local function wait_for_look(plan, n, sighting, gone_at)
  if gone_at then
    return pause(plan, math.max(0, plan.settle - (core.now() - gone_at)))
  end
  return watch.wait(plan, n, sighting.retry_after)
end

--- Looks until it is gone, will not be known, or the deadline; with `refused`, the first look that finds it ends it,
-- since nothing was done that could still take effect.
-- @treturn table the last sighting that said something; `settled` is true when "gone" was seen twice
function watch.until_gone(client, target, plan, result, before, refused)
  local gone_at, said
  for n = 1, math.huge do
    local sighting = watch.look(client, target, plan, result, before)
    if sighting.gone and gone_at and core.now() - gone_at >= plan.settle then
      sighting.settled = true
      return sighting
    end
    gone_at = sighting.gone and (gone_at or core.now()) or nil
    local cut = sighting.code == "timeout" and not watch.overrides(plan)
    said = not (cut and said) and sighting or said -- a look that the deadline cut unsays nothing
    local decided = sighting.final or sighting.absent or (refused and not sighting.gone)
    if decided or not wait_for_look(plan, n, sighting, gone_at) then
      return said
    end
  end
end

return watch
