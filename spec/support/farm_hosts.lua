-- SPDX-License-Identifier: MIT
--- Hosts of a farm, as processes of one machine: each does a job (spec/proofs/farm/executor/host.lua) against the simulator and one
-- PostgreSQL, whose leases and windows are short.

local child = require "spec.support.child"
local files = require "spec.support.files"
local json = require "signoff.json"
local offboard = require "signoff.offboard"
local offboarding = require "spec.support.offboarding"
local peer = require "spec.support.peer"
local postgres = require "spec.support.postgres"
local simulated = require "spec.support.simulated"

local simulator = simulated.simulator

local farm_hosts = {}

local PROGRAM = "spec/proofs/farm/executor/host.lua"
local ROOT = peer.output_of "pwd"
local LIMIT = 120 -- seconds that a host may take

local host = {}
host.__index = host

local server, made = nil, 0

--- The server that the specs share.
function farm_hosts.server()
  server = server or postgres.start()
  return server
end

--- Another server has the farm by now.
function farm_hosts.use(other)
  server = other
end

--- A farm of its own: a database with the schema.
-- @tparam[opt=0.05] number scale of its leases and windows
-- @treturn string its URI
function farm_hosts.farm(scale)
  made = made + 1
  farm_hosts.database = farm_hosts.server():farm(("farm_%d"):format(made), scale or 0.05)
  return farm_hosts.uri()
end

function farm_hosts.uri()
  return farm_hosts.server():uri(farm_hosts.database)
end

--- Asks the farm that was made last.
function farm_hosts.sql(text)
  return farm_hosts.server():sql(text, farm_hosts.database)
end

--- Ends all that was started but the server.
function farm_hosts.reset()
  peer.stop_all()
  server = nil
end

function farm_hosts.stop_all()
  postgres.stop_all()
  peer.stop_all()
  server = nil
end

-- Jobs

--- Clients and their entries in this process, of the same description as a job has.
function farm_hosts.systems(description)
  local systems = {}
  for name, one in pairs(description) do
    systems[name] = offboarding.entry(one.kind, one.entry, one.client)
    systems[name].targets = one.late and function(person) return one.late[person] end or nil
  end
  return systems
end

--- Makes a plan of people, in a file.
-- @treturn string path
-- @treturn table the plan
function farm_hosts.plan(description, people)
  local plan = assert(offboard.plan(farm_hosts.systems(description), people))
  local path = peer.directory() .. "/plan"
  assert(plan:save(path))
  return path, plan
end

-- People as a file that any host reads.
local function people_file(people)
  local path = peer.directory() .. "/people.jsonl"
  local lines = {}
  for i, person in ipairs(people) do
    lines[i] = json.encode(person)
  end
  files.write(path, table.concat(lines, "\n") .. "\n")
  os.execute("chmod 600 " .. path)
  return path
end

farm_hosts.people_file = people_file

--- Starts a host.
-- @tparam string name
-- @tparam table job see the program; `options.farm` gets its URI and host
function farm_hosts.start(name, job)
  local directory = peer.directory()
  local options = { settle = 0.3, schedule = { 0.1 }, deadline = 20 }
  for option, value in pairs(job.options or {}) do
    options[option] = value
  end
  local farm = { uri = farm_hosts.uri(), run = "night-1", host = name }
  for member, value in pairs(options.farm or {}) do
    farm[member] = value
  end
  options.farm = farm
  local written = { verb = job.verb, systems = job.systems, plan = job.plan, people = job.people, options = options,
    interrupt = job.interrupt, lose = job.lose }
  files.write(directory .. "/job", json.encode(written))
  local output = directory .. "/output"
  local process = peer.spawn(("bash -c 'cd %s && exec timeout --foreground %d %s %s %s/job %s'"):format(
    ROOT, LIMIT, child.interpreter, PROGRAM, directory, output), directory)
  return setmetatable({ name = name, process = process, result_path = output, spool = farm.spool }, host)
end

-- The process that works: the one that `timeout` runs.
function host:pid()
  return peer.wait_for("a host", function()
    return peer.children(self.process.pid)[1]
  end)
end

function host:signal(name)
  self.worker = self.worker or self:pid()
  os.execute(("kill -%s %d 2>/dev/null"):format(name, self.worker))
end

local function is_running(pid)
  local state = files.find(("/proc/%d/stat"):format(pid))
  return state and not state:match "^%d+ %b() Z" or false
end

--- Waits for a host's end, and gives its result; or nil, message, code.
function host:wait(seconds)
  peer.wait_for("the end of host " .. self.name, function()
    return not is_running(self.process.pid)
  end, seconds or LIMIT)
  local text = files.find(self.result_path)
  assert(text, self.name .. " has no result: " .. (files.find(self.process.output) or ""))
  local said = json.decode(text)
  return said.result, said.message, said.code
end

-- Worlds

--- That many people at phones of their own.
function farm_hosts.phones(count)
  local devices, users, people = {}, {}, {}
  for i = 1, count do
    local name = ("per.son%04d"):format(i)
    devices[i], users[i] = { name = ("SEP%04d"):format(i), user = name }, { name = name }
    people[i] = { person = name, cisco_em = ("SEP%04d"):format(i) }
  end
  simulator.people { cisco_em = { devices = devices, users = users } }
  return people
end

--- That many people on all five systems: at phones of their own or found by name, with keys or by name, tokens, and statuses.
-- @treturn table people
-- @treturn table the description of the systems
function farm_hosts.everywhere(count)
  local world = { cisco_em = { devices = {}, users = {} }, agvance = { sessions = { { user = "api.offboarding", application = "signoff",
    session_log_key = "KEY-OWN", session_id = "session-own" } } }, jde_ais = { sessions = {} }, oracle_commerce = { tokens = {} },
    isymphony = { users = {} } }
  local people = {}
  for i = 1, count do
    local name, by_name = ("per.son%04d"):format(i), i % 3 == 0
    local phone, key, token, jde = ("SEP%04d"):format(i), ("KEY-%04d"):format(i), ("eyToken.%04d.x"):format(i), ("044token%04d"):format(i)
    world.cisco_em.devices[i], world.cisco_em.users[i] = { name = phone, user = name }, { name = name }
    world.cisco_em.devices[count + i] = by_name and { name = phone .. "B", user = name } or { name = phone .. "B" }
    world.agvance.sessions[i + 1] = { user = name, session_log_key = key, session_id = "s" .. key, application = "Desktop" }
    world.jde_ais.sessions[i] = { token = jde, device = "PC" .. i, expires_in = 86400 }
    world.oracle_commerce.tokens[i] = { token = token, agent = "rita.stone", expires_in = 86400 }
    world.isymphony.users[i] = { user_name = name, displayed_name = name, logins = json.list() }
    people[i] = {
      person = name, cisco_em = by_name and "user:" .. name or phone, agvance = by_name and "user:" .. name or key,
      jde_ais = jde .. "@PC" .. i, oracle_commerce = token, isymphony = name,
    }
  end
  simulator.people(world)
  local systems = {}
  for name in pairs(world) do
    systems[name] = { kind = name, entry = { per_minute = name == "cisco_em" and 12000 or nil } }
  end
  return people, systems
end

--- How often the simulator was asked for an act at each target, by a member of the request.
function farm_hosts.changes_of(system, member)
  local counts, most = {}, 0
  for _, seen in ipairs(simulator.journal { system = system, operation = "logout", limit = 10000 }) do
    local key = tostring(seen[member] or seen.target or seen.number)
    counts[key] = (counts[key] or 0) + 1
    most = math.max(most, counts[key])
  end
  return counts, most
end

--- Waits until a question to the farm is answered with yes.
function farm_hosts.await(question, seconds)
  return peer.wait_for(question, function()
    return farm_hosts.sql(question) == "t"
  end, seconds)
end

--- Waits until the run has so many lines.
function farm_hosts.await_lines(count)
  return farm_hosts.await(("SELECT count(*) >= %d FROM farm.line"):format(count))
end

--- The lines of the run as a journal file.
function farm_hosts.export(run)
  local path = peer.directory() .. "/export"
  local file = assert(io.open(path, "wb"))
  file:write(farm_hosts.sql(("SELECT body FROM farm.lines('%s', 1, 1000000)"):format(run or "night-1")), "\n")
  file:close()
  os.execute("chmod 600 " .. path)
  return path
end

return farm_hosts
