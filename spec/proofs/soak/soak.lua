-- SPDX-License-Identifier: MIT
-- One process for a long time: soak.lua MINUTES CLIENTS. First 200 requests a second over the five systems of the simulator, two in
-- a hundred of which break; then so many clients, made and closed. Every minute a line: descriptors, memory, and what came of it.

local core = require "signoff.core"
local process = require "spec.support.process"
local simulated = require "spec.support.simulated"
local signoff = require "signoff"
local checks = require "spec.support.checks"

local minutes, clients = tonumber((...)), tonumber((select(2, ...)))
local PER_SECOND, WARM = 200, 5 -- requests; minutes that are not counted
local MOST = 1024 -- KiB an hour

local simulator = simulated.simulator
simulator.reset()
simulator.journal_options { enabled = false }

-- Each breaks one request in 250 of all: two in a hundred together.
local function break_some()
  local faults = {}
  for _, fault in ipairs {
    { fault = "close" }, { fault = "reset_inside_body", at = 5 }, { fault = "cut", at = 9 }, { fault = "status", status = 503, headers = { ["Retry-After"] = "1" } },
    { fault = "raw", bytes = "nonsense\r\n\r\n" },
  } do
    faults[#faults + 1] = fault
  end
  return faults
end

local faults = break_some()

local asks = {
  { client = simulated.client "cisco_em", ask = function(client) return client:status "SEP001122334401" end },
  { client = simulated.client "isymphony", ask = function(client) return client:status "ana.silva" end },
  { client = simulated.client "agvance", ask = function(client) return client:sessions() end },
  { client = simulated.client "oracle_commerce", ask = function(client) return client:status "no-such-token" end },
  { client = simulated.client "jde_ais", ask = function(client) return client:status { token = "no-such-token", device = "PC" } end },
  { client = simulated.client("cisco_em", "https"), ask = function(client) return client:logout "SEP001122334404" end },
  { client = simulated.client("agvance", "https", { accept = "xml" }), ask = function(client) return client:status "nobody's" end },
}

local samples = {}

local function sample(minute, phase, made, failed)
  collectgarbage()
  collectgarbage()
  local row = { minute = minute, phase = phase, descriptors = process.descriptors(), kib = process.resident_kib() }
  samples[#samples + 1] = row
  print(("%6.1f  %-8s %9d requests or clients  %7d failed  %4d descriptors  %7d KiB"):format(minute, phase, made, failed, row.descriptors, row.kib))
  io.stdout:flush()
end

-- KiB an hour: the straight line that fits best.
local function slope(rows)
  local n, x, y, xx, xy = #rows, 0, 0, 0, 0
  for _, row in ipairs(rows) do
    local hours = row.minute / 60
    x, y, xx, xy = x + hours, y + row.kib, xx + hours * hours, xy + hours * row.kib
  end
  return (n * xy - x * y) / (n * xx - x * x)
end

local function select_rows(phase, from)
  local rows = {}
  for _, row in ipairs(samples) do
    if row.phase == phase and row.minute >= from then
      rows[#rows + 1] = row
    end
  end
  return rows
end

-- A request that will break, now and then: what breaks is the next one of any system.
local broken = 0
local function plan_fault(number)
  if number % 50 == 0 then
    broken = broken + 1
    local fault = { times = 1 }
    for name, value in pairs(faults[broken % #faults + 1]) do
      fault[name] = value
    end
    simulator.faults { fault }
  end
end

local function request(number)
  plan_fault(number)
  local one = asks[number % #asks + 1]
  local answer, message, code = one.ask(one.client)
  assert(answer or code, message)
  return answer ~= nil
end

local function ask_for(seconds)
  local started, made, failed = core.now(), 0, 0
  local next_sample = 60
  while core.now() - started < seconds do
    made = made + 1
    failed = failed + (request(made) and 0 or 1)
    local ahead = made / PER_SECOND - (core.now() - started)
    if ahead > 0 then
      core.sleep(ahead)
    end
    if core.now() - started >= next_sample then
      sample(next_sample / 60, "requests", made, failed)
      next_sample = next_sample + 60
    end
  end
  return made, failed, core.now() - started
end

local makers = {
  function() return signoff.jde_ais { url = "https://ais.example", token = signoff.secret.new "044Token", device = "PC" } end,
  function() return signoff.agvance { url = "https://agvance.example", headers = { ["X-Key"] = "agvance-key" }, session_id = "own" } end,
  function() return signoff.cisco_em { host = "10.0.0.1:8443", app_id = "app", app_certificate = "password" } end,
}

local function make_and_close(count)
  for number = 1, count do
    local client = makers[number % #makers + 1]()
    core.build(client, "logout", "044Other")
    client:close()
    if number % math.ceil(count / 10) == 0 then
      sample(number / count * 10, "clients", number, 0)
    end
  end
end

local function descriptors_flat(rows)
  local least, most = math.huge, 0
  for _, row in ipairs(rows) do
    least, most = math.min(least, row.descriptors), math.max(most, row.descriptors)
  end
  return most - least <= #asks, ("%d to %d"):format(least, most)
end

print "minute  phase"
local made, failed, seconds = ask_for(minutes * 60)
simulator.clear_faults()
make_and_close(clients)

local late = select_rows("requests", minutes > WARM + 1 and WARM or 1)
checks.note(made / seconds >= PER_SECOND * 0.5, ("%d requests, %.0f a second"):format(made, made / seconds))
checks.note(failed > made * 0.01 and failed < made * 0.04, ("%d of them failed, %.1f %%"):format(failed, failed / made * 100))
local flat, range = descriptors_flat(late)
checks.note(flat, "descriptors: " .. range)
if minutes > WARM + 4 then
  local hourly = slope(late)
  checks.note(hourly < MOST, ("memory after minute %d: %+.0f KiB an hour"):format(WARM, hourly))
end
local rows = select_rows("clients", 0)
-- The first half is for the heap to find its size: a collector that has closed so many at once leaves room that is used again.
local growth = rows[#rows].kib - rows[math.ceil(#rows / 2)].kib
checks.note(growth < MOST, ("memory from %d clients to %d: %+d KiB"):format(math.floor(clients / 2), clients, growth))
checks.note(rows[#rows].descriptors <= rows[1].descriptors, ("descriptors after %d clients: %d, were %d"):format(clients, rows[#rows].descriptors, rows[1].descriptors))
checks.close()
