-- SPDX-License-Identifier: MIT
--- The requests that the simulator received, judged: no client's record is believed.
--
-- An entry: `system`, `operation`, `targets`, `changes`, `at` (seconds), `over` (when it was answered; nil where it was cut),
-- `host` (the address that it came from), `at_once` (requests of that system in flight, with this one), `status`, `lie`.

local site = require "spec.proofs.farm.site"

local witness = {}

local PAGE = 2000
local AGAIN = 15 -- seconds in which a host has given the farm its lost lines again: a window of hold, and what a busy machine takes

local function entry_of(raw)
  local targets = {}
  for i, target in ipairs(raw.targets or {}) do
    targets[i] = tostring(target):lower()
  end
  return { number = raw.number, system = raw.system, operation = raw.operation, targets = targets, changes = raw.changes or nil,
    at = raw.time, over = raw.seconds and raw.time + raw.seconds, host = raw.remote_addr, at_once = raw.in_flight, status = raw.status,
    lie = raw.lie, fault = raw.fault }
end

--- All requests so far, oldest first.
function witness.read()
  local list, after = {}, 0
  repeat
    local page = site.simulator.journal { after = after, limit = PAGE }
    for _, raw in ipairs(page) do
      list[#list + 1] = entry_of(raw)
      after = raw.number
    end
  until #page == 0
  return list
end

local function changes_of(list, system)
  local found = {}
  for _, entry in ipairs(list) do
    if entry.changes and entry.system == system then
      found[#found + 1] = entry
    end
  end
  return found
end

--- The most changes of a system in any window of so many seconds, and when that window ended.
function witness.most_in_window(list, system, seconds)
  local changes = changes_of(list, system)
  local most, when, oldest = 0, nil, 1
  for i, entry in ipairs(changes) do
    while changes[oldest].at <= entry.at - seconds do
      oldest = oldest + 1
    end
    if i - oldest + 1 > most then
      most, when = i - oldest + 1, entry.at
    end
  end
  return most, when, #changes
end

--- The most requests of a system in flight, reading included; and the request at which it was.
function witness.most_at_once(list, system)
  local most, which = 0, nil
  for _, entry in ipairs(list) do
    if entry.system == system and entry.at_once > most then
      most, which = entry.at_once, entry
    end
  end
  return most, which
end

-- The requests that are about each target, oldest first: those that read a whole system are about all.
local function histories(list)
  local by_target, whole = {}, {}
  for _, entry in ipairs(list) do
    if #entry.targets == 0 and not entry.changes then
      whole[#whole + 1] = entry
    end
    for _, target in ipairs(entry.targets) do
      by_target[target] = by_target[target] or {}
      table.insert(by_target[target], entry)
    end
  end
  return by_target, whole
end

local function each_repeat(history, f)
  local before
  for _, entry in ipairs(history) do
    if entry.changes then
      if before then
        f(before, entry)
      end
      before = entry
    end
  end
end

local function is_look_between(entry, before, again)
  return not entry.changes and entry.system == again.system and entry.host == again.host and entry.over and entry.at >= before.at
    and entry.over <= again.at + 0.002 -- the simulator's clock has milliseconds
end

local function looked_between(history, whole, before, again)
  for _, requests in ipairs { history, whole } do
    for _, entry in ipairs(requests) do
      if is_look_between(entry, before, again) then
        return true
      end
    end
  end
  return false
end

--- Targets whose session an act ended, and that somebody was asked to end again.
-- @treturn {string,...} what happened, one a repeat
function witness.ended_twice(list)
  local problems = {}
  for target, history in pairs((histories(list))) do
    if not site.lied_about[target] then
      each_repeat(history, function(before, again)
        problems[#problems + 1] = ("%s: by %s at %.3f, and again by %s at %.3f"):format(target, before.host, before.at, again.host, again.at)
      end)
    end
  end
  return problems
end

--- Changes of a target that had been acted on, without a look by the same host in between.
-- @treturn {string,...} one a repeat
-- @treturn number all repeats
function witness.blind_repeats(list)
  local by_target, whole = histories(list)
  local problems, count = {}, 0
  for target, history in pairs(by_target) do
    each_repeat(history, function(before, again)
      count = count + 1
      if not looked_between(history, whole, before, again) then
        problems[#problems + 1] = ("%s: by %s at %.3f, and again by %s at %.3f"):format(target, before.host, before.at, again.host, again.at)
      end
    end)
  end
  return problems, count
end

--- Changes that a host began while it could not reach the farm, later than the grace.
-- @tparam table list
-- @tparam {table,...} times `{ host = (nil: all), from =, till =, what = }`
-- @tparam number grace seconds
function witness.begun_while_away(list, times, grace)
  local problems = {}
  for _, entry in ipairs(list) do
    for _, time in ipairs(entry.changes and times or {}) do
      local late = entry.at - time.from
      if (not time.host or time.host == entry.host) and late > grace and entry.at < time.till then
        problems[#problems + 1] = ("%s of %s by %s, %.3f s after the %s"):format(entry.operation, entry.targets[1], entry.host, late, time.what)
      end
    end
  end
  return problems
end

-- Whether a host was killed after that moment, before it can have given the farm its lost lines again.
local function was_killed(log, host, moment)
  for _, entry in ipairs(log) do
    if entry.what == "kill" and entry.host == host and entry.from >= moment and entry.from < moment + AGAIN then
      return true
    end
  end
  return false
end

--- Targets of changes of which no line is left: it was lost with the tail of the primary, and its host was killed as well.
-- @treturn {[string]=boolean,...}
function witness.forgotten(list, log)
  local targets = {}
  for _, promotion in ipairs(log) do
    for _, entry in ipairs(promotion.what == "promotion" and list or {}) do
      if entry.changes and entry.at > promotion.lagging - 1 and entry.at < promotion.from + 1 and was_killed(log, entry.host, entry.at) then
        for _, target in ipairs(entry.targets) do
          targets[target] = true
        end
      end
    end
  end
  return targets
end

return witness
