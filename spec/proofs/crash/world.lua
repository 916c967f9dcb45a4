-- SPDX-License-Identifier: MIT
-- Whom check-crash offboards: N people on three systems of the simulator, some of them already out, unknown, refused, lied
-- about, or replaced by somebody else.

local simulated = require "spec.support.simulated"

local simulator = simulated.simulator
local world = { simulator = simulator }

world.kinds = { "agvance", "cisco_em", "jde_ais" }

local function name(i)
  return ("leaver.%05d"):format(i)
end

local function device(i)
  return ("SEP0000000%05d"):format(i)
end

local function key(i)
  return ("AGV-CRASH-%05d"):format(i)
end

local function token(i)
  return ("044CrashToken%05dTGVhdmVy"):format(i)
end

-- Which of a few ways a person's sessions are, so that each verdict comes about.
local function is(i, part, of)
  return i % of == part
end

local function sessions(i, devices, keys, tokens)
  devices[i] = { name = device(i), user = is(i, 1, 17) and "somebody.else" or not is(i, 0, 17) and name(i) or nil }
  if not is(i, 0, 11) then
    keys[#keys + 1] = { session_log_key = key(i), user = name(i), session_id = "session-" .. i }
  end
  if not is(i, 0, 13) then
    tokens[#tokens + 1] = { token = token(i), device = "PC" .. i, user = name(i), expires_in = 86400 }
  end
end

local faults = {
  { system = "cisco_em", operation = "logout", target = device(2), fault = "code", code = 18, message = "refused" },
  { system = "cisco_em", operation = "logout", target = device(3), fault = "still_there" },
  { system = "jde_ais", operation = "logout", target = token(4), fault = "still_there" },
}

--- Fills the simulator with so many people.
function world.load(count)
  local devices, tokens = {}, {}
  local keys = { { session_log_key = "AGV-OWN", user = "offboarding", session_id = "session-own" } }
  for i = 1, count do
    sessions(i, devices, keys, tokens)
  end
  simulator.reset()
  simulator.people { cisco_em = { devices = devices }, agvance = { sessions = keys }, jde_ais = { sessions = tokens } }
  simulator.settings("cisco_em", { max_concurrent = 1000 })
  simulator.faults(faults)
  simulator.journal_options { enabled = true, limit = 10 * count + 100000 }
  simulator.forget()
end

--- Writes the list of people; it holds tokens. With `phones`, only so many have one.
function world.write_people(path, count, phones)
  local lines = { "person,cisco_em,agvance,jde_ais" }
  for i = 1, count do
    local phone = i > (phones or count) and "" or is(i, 1, 17) and device(i) .. "=" .. name(i) or device(i)
    lines[i + 1] = ("%s,%s,%s,%s@PC%d"):format(name(i), phone, key(i), token(i), i)
  end
  assert(require "signoff.core".save(path, table.concat(lines, "\n") .. "\n"))
end

--- The systems, as a site has them; nothing is paced, since the point is to be interrupted often.
function world.systems()
  return {
    cisco_em = { client = simulated.client "cisco_em", concurrency = 8, per_minute = false },
    agvance = { client = simulated.client "agvance" },
    jde_ais = { client = simulated.client "jde_ais" },
  }
end

--- How long a target is looked at; short, so that many runs fit into a minute.
world.rules = { settle = 0.1, schedule = { 0.1, 0.2, 0.3 }, deadline = 1 }

--- The most targets whose act can be under way when a process is killed.
world.in_flight = { agvance = 8 * 50, cisco_em = 8, jde_ais = 8 }

return world
