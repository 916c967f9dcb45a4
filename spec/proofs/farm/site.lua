-- SPDX-License-Identifier: MIT
--- Whom the storm offboards: so many on each of three systems, some of them already out, unknown, refused or lied about.

local simulated = require "spec.support.simulated"

local site = { simulator = simulated.simulator }

site.kinds = { "cisco_em", "agvance", "jde_ais" }

local function name(i)
  return ("leaver.%05d"):format(i)
end

local targets = {}

function targets.cisco_em(i)
  return ("SEP0000000%05d"):format(i)
end

function targets.agvance(i)
  return ("AGV-STORM-%05d"):format(i)
end

function targets.jde_ais(i)
  return ("044StormToken%05dTGVhdmVy"):format(i)
end

site.targets = targets

-- Which of a few ways somebody's session is, so that each verdict comes about.
local function is(i, part, of)
  return i % of == part
end

local rows = {}

function rows.cisco_em(i, list)
  list[#list + 1] = { name = targets.cisco_em(i), user = is(i, 1, 17) and "somebody.else" or not is(i, 0, 17) and name(i) or nil }
end

function rows.agvance(i, list)
  if not is(i, 0, 11) then
    list[#list + 1] = { session_log_key = targets.agvance(i), user = name(i), session_id = "session-" .. i }
  end
end

function rows.jde_ais(i, list)
  if not is(i, 0, 13) then
    list[#list + 1] = { token = targets.jde_ais(i), device = "PC" .. i, user = name(i), expires_in = 86400 }
  end
end

-- Targets that an act does not end, so that it may be repeated.
site.lied_about = { [targets.cisco_em(3):lower()] = true, [targets.jde_ais(4):lower()] = true, [targets.cisco_em(2):lower()] = true }

local LIES = {
  { system = "cisco_em", operation = "logout", target = targets.cisco_em(2), fault = "code", code = 18, message = "refused" },
  { system = "cisco_em", operation = "logout", target = targets.cisco_em(3), fault = "still_there" },
  { system = "jde_ais", operation = "logout", target = targets.jde_ais(4), fault = "still_there" },
}

-- Each reply takes so long, so that there is something in flight; changes on Extension Mobility another time.
local function slow(seconds, change)
  local faults = {}
  if change then
    faults[1] = { system = "cisco_em", operation = "logout", fault = "slow", seconds = change }
  end
  for _, kind in ipairs(site.kinds) do
    faults[#faults + 1] = { system = kind, fault = "slow", seconds = seconds }
  end
  return faults
end

--- Fills the simulator.
-- @tparam {[string]=number} counts of targets by system
-- @tparam[opt] number seconds that every reply takes
-- @tparam[opt] number at_once changes that the cluster bears
-- @tparam[opt] number change seconds that a change on Extension Mobility takes
function site.load(counts, seconds, at_once, change)
  local sessions = { cisco_em = {}, agvance = { { session_log_key = "AGV-OWN", user = "offboarding", session_id = "session-own" } },
    jde_ais = {} }
  for kind, count in pairs(counts) do
    for i = 1, count do
      rows[kind](i, sessions[kind])
    end
  end
  local simulator = site.simulator
  simulator.reset()
  simulator.people { cisco_em = { devices = sessions.cisco_em }, agvance = { sessions = sessions.agvance },
    jde_ais = { sessions = sessions.jde_ais } }
  simulator.settings("cisco_em", { max_concurrent = at_once or 1000 })
  simulator.faults(LIES)
  if seconds then
    simulator.add_faults(slow(seconds, change))
  end
  simulator.journal_options { enabled = true, limit = 1000000, max_bytes = 2 ^ 31 }
  simulator.forget()
end

local cells = {}

function cells.cisco_em(i)
  return is(i, 1, 17) and targets.cisco_em(i) .. "=" .. name(i) or targets.cisco_em(i)
end

cells.agvance = targets.agvance

function cells.jde_ais(i)
  return targets.jde_ais(i) .. "@PC" .. i
end

--- Writes the list of people; it holds tokens.
function site.write_people(path, counts)
  local most, kinds = 0, {}
  for _, kind in ipairs(site.kinds) do
    kinds[#kinds + 1] = counts[kind] and kind
    most = math.max(most, counts[kind] or 0)
  end
  local lines = { "person," .. table.concat(kinds, ",") }
  for i = 1, most do
    local row = { name(i) }
    for _, kind in ipairs(kinds) do
      row[#row + 1] = i <= (counts[kind] or 0) and cells[kind](i) or ""
    end
    lines[#lines + 1] = table.concat(row, ",")
  end
  assert(require "signoff.core".save(path, table.concat(lines, "\n") .. "\n"))
end

--- The systems without any limit, as a run of this machine alone has them.
function site.unlimited()
  local systems = {}
  for _, kind in ipairs(site.kinds) do
    systems[kind] = { client = simulated.client(kind), concurrency = 16, per_minute = false }
  end
  return systems
end

--- How long a target is looked at, in all runs; a tenth of a real night.
site.rules = { settle = 1, schedule = { 0.2, 0.5 }, deadline = 6 }

return site
