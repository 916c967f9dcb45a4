-- SPDX-License-Identifier: MIT
--- The site of a made world: its systems' clients, its list of people, and a clock that goes with the simulator's.
-- @module spec.proofs.lies.site

local clock = require "spec.support.clock"
local files = require "spec.support.files"
local offboarding = require "spec.support.offboarding"
local signoff = require "signoff"
local simulated = require "spec.support.simulated"
local world = require "spec.proofs.lies.world"

local simulator = simulated.simulator

local site = {}

-- The simulator's clock goes with ours: it is moved when something is about to be sent, which a client's log says first.
local behind = 0 -- seconds

local function catch_up()
  if behind > 0 then
    simulator.advance(behind)
    behind = 0
  end
end

--- Calls `f(env)` on a clock of our own.
function site.on_clock(f)
  behind = 0
  clock.run(f, {
    passes = function(seconds)
      behind = behind + seconds
    end,
  })
  catch_up()
end

-- A function that knows the targets of a system, or says that it cannot tell.
local function late_targets(case, system)
  return function(person)
    if case.nasty.fails then
      return nil, "the directory is down"
    end
    for _, row in ipairs(site.people(case, true)) do
      if row.person == person then
        return row[system] or {}
      end
    end
    return {}
  end
end

-- In real time nothing waits long.
local QUICK = { per_minute = { cisco_em = 60000 }, breaker = { pause = 0.1 } }

-- One header more names another tenant.
local function headers_of(system)
  local headers = { ["X-Tenant"] = "another" }
  for name, value in pairs(system == "agvance" and simulated.headers or {}) do
    headers[name] = value
  end
  return headers
end

local function entry_of(case, system, moved)
  local nasty, quick = case.nasty or {}, world.real[case.way] and QUICK or {}
  if nasty.hurried == system then
    signoff.defaults { profile = "dialplan" }
  end
  local entry = offboarding.entry(system, {
    status = world.systems[system].wanted, per_minute = quick.per_minute and quick.per_minute[system], breaker = quick.breaker,
    targets = nasty.late == system and late_targets(case, system) or nil,
  }, {
    log = catch_up, timeout = 15, session_id = system == "agvance" and case.own_session and "session-own" or nil,
    headers = moved and headers_of(system) or nil,
  })
  signoff.defaults { profile = "script" }
  return entry
end

--- The systems of a case, as `offboard.plan` takes them. `moved` names one that is another tenant's by now.
function site.systems(case, moved)
  local entries = {}
  for system in pairs(world.systems) do
    entries[system] = case.state[system] and entry_of(case, system, system == moved) or nil
  end
  return entries
end

--- The list of people, as `offboard.plan` takes it; with `all` also what a function knows.
function site.people(case, all)
  local rows, by_person = {}, {}
  local late = not all and case.nasty and case.nasty.late
  for _, cell in ipairs(case.cells) do
    local row = by_person[cell.person]
    if not row then
      row = { person = cell.person }
      rows[#rows + 1], by_person[cell.person] = row, row
    end
    if cell.system ~= late then
      row[cell.system] = row[cell.system] and row[cell.system] .. ";" .. cell.text or cell.text
    end
  end
  return rows
end

local function quoted(text)
  return '"' .. text:gsub('"', '""') .. '"'
end

-- The same in a file; a stray quote stands before some cell.
local function write_file(case, path)
  local systems = {}
  for system in pairs(case.state) do
    systems[#systems + 1] = system
  end
  table.sort(systems)
  local lines, cells = { "person," .. table.concat(systems, ",") }, 0
  for i, row in ipairs(site.people(case)) do
    local parts = { quoted(row.person) }
    for j, system in ipairs(systems) do
      cells = cells + 1
      local stray = cells == case.nasty.stray
      parts[j + 1] = row[system] and (stray and '"' .. row[system] or quoted(row[system])) or ""
    end
    lines[i + 1] = table.concat(parts, ",")
  end
  files.write(path, "")
  os.execute("chmod 600 " .. path)
  files.write(path, table.concat(lines, "\n") .. "\n")
  return path
end

--- People for `offboard.plan`, as a list or as the path of a file, and a function that removes that.
function site.given(case)
  if not (case.nasty and case.nasty.file) then
    return site.people(case), function() end
  end
  local path = os.tmpname()
  return write_file(case, path), function() os.remove(path) end
end

return site
