-- SPDX-License-Identifier: MIT

--- Looking again and again: "gone" counts when it was seen twice, `settle` seconds apart.
--
-- Options of `client:verify` and `client:signout`, with their defaults in the profiles `script` and `dialplan`:
--
-- `schedule`: seconds between looks, the last one again and again (1, 2, 3, 5; 0.2, 0.3, 0.5). `settle`: seconds between the
-- two looks that make "gone" count (10; 0). `deadline`: seconds for all of it (60; 2). `user`: `signout` of Extension
-- Mobility, only if this person sits there. `status`: iSymphony, what `signout` sets, or `verify` wants to read back.
-- @module signoff.watch

local core = require "signoff.core"
local sightings = require "signoff.sightings"

local watch = {}

local known = { schedule = "table", settle = "number", deadline = "number", user = "string", status = "table" }

local function check(where, name, value)
  if not known[name] then
    core.raise(("%s: unknown option '%s'"):format(where, tostring(name)))
  elseif type(value) ~= known[name] then
    core.raise(("%s: option '%s' must be a %s, not %s"):format(where, name, known[name], type(value)))
  elseif known[name] == "number" and not (value >= 0 and value < math.huge) then
    core.raise(("%s: option '%s' is no number of seconds"):format(where, name))
  end
end

local function check_schedule(where, schedule)
  for _, seconds in ipairs(schedule) do
    check(where, "deadline", seconds)
  end
  if #schedule == 0 or schedule[#schedule] == 0 then
    core.raise(("%s: option 'schedule' must be a list of seconds that does not end with 0"):format(where))
  end
end

--- The options of `verify` and `signout`, with the client's profile behind them, and a clock that began now.
-- @treturn table plan
function watch.plan(client, operation, options)
  local where = ("%s.%s"):format(client:kind(), operation)
  for name, value in pairs(options or {}) do
    check(where, name, value)
  end
  local profile = core.anchor(client).profile
  local plan = { retry = profile.retry, ends = nil }
  for name in pairs(known) do
    plan[name] = options and options[name] or profile[name]
  end
  check_schedule(where, plan.schedule)
  plan.ends = core.now() + plan.deadline
  return plan
end

--- What is left of the deadline, as options of one call; nil when nothing is.
function watch.overrides(client, plan)
  local left = plan.ends - core.now()
  if left <= 0 then
    return nil
  end
  return { timeout = math.max(0.001, math.min(left, core.anchor(client).options.timeout or 15)) }
end

--- Waits for the `n`th time, if the deadline leaves that much.
-- @treturn boolean whether it did
function watch.wait(plan, n, seconds)
  seconds = seconds or plan.schedule[math.min(n, #plan.schedule)]
  if core.now() + seconds >= plan.ends then
    return false
  end
  core.sleep(seconds)
  return true
end

--- One look, noted in the result.
function watch.look(client, target, plan, result, before)
  local overrides = watch.overrides(client, plan)
  if not overrides then
    return { what = "the deadline was reached", code = "timeout", message = "the deadline was reached", final = true }
  end
  local sighting = sightings.look(client, target, before, overrides)
  result:note(sighting.what)
  return sighting
end

--- Looks until it is gone, will not be known, or the deadline.
-- @treturn table the last sighting; `settled` is true when "gone" was seen twice
function watch.until_gone(client, target, plan, result, before)
  local gone_at
  for n = 1, math.huge do
    local sighting = watch.look(client, target, plan, result, before)
    if sighting.gone and gone_at and core.now() - gone_at >= plan.settle then
      sighting.settled = true
      return sighting
    end
    gone_at = sighting.gone and (gone_at or core.now()) or nil
    local pause = gone_at and math.max(0, plan.settle - (core.now() - gone_at)) or nil
    if sighting.final or sighting.absent or not watch.wait(plan, n, pause) then
      return sighting
    end
  end
end

--- What a last sighting means.
-- @treturn string verdict
-- @treturn[opt] table why
function watch.verdict(sighting)
  if sighting.settled then
    return "ended"
  elseif sighting.gone then
    return "unverified", { message = "seen gone once; the deadline left no time for the second look after 'settle'" }
  elseif sighting.gone == false then
    return "still_active", { message = "still there: " .. sighting.what }
  elseif sighting.absent then
    return "failed", { code = "not_found", message = "the system knows no such target" }
  elseif sighting.code == "unsupported" then
    return "unverified", sighting
  end
  return "unknown", { code = sighting.code, message = sighting.message or sighting.what }
end

return watch
