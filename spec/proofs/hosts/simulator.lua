-- SPDX-License-Identifier: MIT
-- The questions of the checks of hosts to the simulator:
--
--   reset               as it was started
--   stall               as reset, and Extension Mobility says nothing to whatever it is asked
--   load N              N phones SEP000000000001 ..., each with its user, who is in iSymphony as well
--   all_out N           nobody is logged in at any of them, and every status is set
--   devices_out N       nobody is logged in at any of them
--   out DEVICE USER     nobody is logged in at that phone, and that user's status is set
--   in DEVICE USER      that user is still logged in there
--   connections MOST    at most so many carried requests
--   sign_outs N         so many logouts were received

package.path = "examples/simulator/?.lua;" .. package.path
local simulator = require("control").open()

local checks = {}

local function by(list, key)
  local rows = {}
  for _, row in ipairs(list) do
    rows[row[key]] = row
  end
  return rows
end

local function device(number)
  return ("SEP000000%06d"):format(number)
end

local function user(number)
  return ("user.%06d"):format(number)
end

local function state()
  local all = simulator.state()
  return by(all.cisco_em.devices, "name"), by(all.isymphony.users, "user_name")
end

local function check_free(devices, name)
  local found = assert(devices[name], name)
  assert(not found.user or found.user == "", ("%s: %s is logged in"):format(name, tostring(found.user)))
end

local function check_out(devices, users, name, who)
  check_free(devices, name)
  local status = assert(users[who], who).status
  assert(type(status) == "table" and status.name == "Gone home", who .. ": the status is not set")
end

function checks.reset()
  simulator.reset()
end

function checks.stall()
  simulator.reset()
  simulator.faults { { system = "cisco_em", fault = "stall", seconds = 20 } }
end

function checks.load(count)
  local devices, users = {}, {}
  for i = 1, count do
    devices[i] = { name = device(i), user = user(i) }
    users[i] = { user_name = user(i), displayed_name = user(i) }
  end
  simulator.reset()
  simulator.people { cisco_em = { devices = devices }, isymphony = { users = users } }
  simulator.settings("cisco_em", { max_concurrent = 1000 })
  simulator.journal_options { enabled = false }
  simulator.forget()
end

function checks.all_out(count)
  local devices, users = state()
  for i = 1, count do
    check_out(devices, users, device(i), user(i))
  end
end

function checks.devices_out(count)
  local devices = state()
  for i = 1, count do
    check_free(devices, device(i))
  end
end

function checks.out(name, who)
  local devices, users = state()
  check_out(devices, users, name, who)
end

checks["in"] = function(name, who)
  local found = state()[name]
  assert(found.user == who, ("%s: %s"):format(name, tostring(found.user)))
end

function checks.connections(most)
  local total = simulator.counters().total
  print(("%d requests over %d connections"):format(total.requests, total.connections))
  assert(total.connections <= tonumber(most))
end

function checks.sign_outs(count)
  local operations = simulator.counters().systems.cisco_em.operations
  assert(operations.logout == tonumber(count), ("%s logouts"):format(tostring(operations.logout)))
end

assert(checks[arg[1]], "nothing is checked by that name")((table.unpack or unpack)(arg, 2)) -- luacheck: ignore 143
