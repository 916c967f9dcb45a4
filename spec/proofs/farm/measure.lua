-- SPDX-License-Identifier: MIT
--- Runs that are measured, on the clock as it is: wall time, CPU of the commands and of the server, requests, requests at once.

local command = require "spec.proofs.farm.clients.command"
local core = require "signoff.core"
local files = require "spec.support.files"
local hosts = require "spec.proofs.farm.hosts"
local json = require "signoff.json"
local network = require "spec.proofs.farm.network"
local peer = require "spec.support.peer"
local pgbouncer = require "spec.support.pgbouncer"
local schema = require "spec.proofs.farm.schema"
local servers = require "spec.proofs.farm.servers"
local site = require "spec.proofs.farm.site"
local wire = require "spec.proofs.farm.wire"

local measure = {}

local LIMIT = 1200 -- seconds of a run
local TICKS = tonumber(peer.output_of "getconf CLK_TCK")

--- A farm on the clock as it is.
function measure.open(count, directory)
  network.open(site.simulator.port)
  local storm = { directory = directory, hosts = {}, number = 0, client = command }
  storm.servers = servers.open(network.ADDRESS)
  schema.init(storm.servers)
  schema.set(storm.servers, { lease = 60, heartbeat = 2, poll = 2, grant = 0.5, window_scale = 1 })
  for i = 1, count do
    storm.hosts[i] = hosts.add("host" .. i)
  end
  return storm
end

-- Seconds of CPU of a process and of those that it had and that have ended.
local function cpu_of(pid)
  local fields = {}
  for field in ((files.find(("/proc/%d/stat"):format(pid)) or ""):match "%) (.*)$" or ""):gmatch "%S+" do
    fields[#fields + 1] = tonumber(field) or field
  end
  return fields[12] and (fields[12] + fields[13] + fields[14] + fields[15]) / TICKS or 0
end

local function cpu_of_server(storm)
  local pid = storm.servers:postmaster(storm.servers.primary)
  local sum = cpu_of(pid)
  for _, child in ipairs(peer.children(pid)) do
    sum = sum + cpu_of(child)
  end
  return sum
end

local function prepare(storm, form)
  storm.number, storm.form = storm.number + 1, form
  storm.folder, storm.runs = ("%s/%d"):format(storm.directory, storm.number), { "bench" .. storm.number }
  os.execute(("mkdir -p %s && chmod 755 %s"):format(storm.folder, storm.folder))
  site.load(form.counts, nil)
  command.prepare(storm)
  site.load(form.counts, form.reply)
  site.simulator.journal_options { enabled = false }
end

-- The line of a host, whose CPU is written into a file: seconds of user and of system.
local function timed(storm, index, how)
  local words = how == "journal" and command.alone(storm) or command.commands(storm, storm.hosts[index], storm.runs[1])[1]
  local path = ("%s/times%d"):format(storm.folder, index)
  files.write(path .. ".sh", ("TIMEFORMAT='%%U %%S'\ntime %s\n"):format(words))
  return ("bash %s.sh 2> %s"):format(path, path), path
end

local function wait_for_all(workers)
  for _, worker in ipairs(workers) do
    assert(worker:wait(LIMIT), "a run takes too long")
  end
end

--- Runs a plan on so many hosts.
-- @tparam table storm
-- @tparam table form as `rehearsal` has it
-- @tparam number count of hosts
-- @tparam[opt] string how `"journal"`: without the farm
-- @treturn table `wall`, `cpu`, `server` (seconds), `requests`, `at_once` (the most of one system)
function measure.run(storm, form, count, how)
  prepare(storm, form)
  local workers, paths = {}, {}
  for i = 1, count do
    local text, path = timed(storm, i, how)
    workers[i], paths[i] = hosts.worker(storm.hosts[i], storm.folder, ("sh -c '%s'"):format(text)), path
  end
  site.simulator.forget()
  local server, began = cpu_of_server(storm), core.now()
  for _, worker in ipairs(workers) do
    worker:start()
  end
  wait_for_all(workers)
  local result = { wall = core.now() - began, server = cpu_of_server(storm) - server, cpu = 0, at_once = 0 }
  for _, path in ipairs(paths) do
    local user, system = (files.find(path) or ""):match "(%d+%.%d+) (%d+%.%d+)\n$"
    assert(user, files.find(path))
    result.cpu = result.cpu + tonumber(user) + tonumber(system)
  end
  local counters = site.simulator.counters()
  result.requests = counters.total.requests
  for _, kind in pairs(counters.systems) do
    result.at_once = math.max(result.at_once, kind.max_in_flight)
  end
  return result
end

-- Changes, by the SQL alone

local function call(connection, f, worker, given)
  local arguments = (worker and ("%.0f, "):format(worker) or "") .. "'" .. json.encode(given):gsub("'", "''") .. "'"
  return json.decode(connection:query(("select farm.%s(%s)"):format(f, arguments))[1])
end

measure.call = call

local function connect(storm)
  return assert(wire.open(network.ADDRESS, storm.servers.ports, "storm", storm.servers.database, 30))
end

measure.connect = connect

local function add_times(list, path)
  for time in assert(files.find(path), "an actor said nothing"):gmatch "[^\n]+" do
    list[#list + 1] = tonumber(time)
  end
end

--- Begins and ends so many changes on one system, by that many connections at once.
-- @tparam table storm
-- @tparam number connections
-- @tparam number count
-- @tparam boolean together the end of one goes with the beginning of the next
-- @treturn table `median` (seconds of `begin_act`), `rate` (changes a second), `server` (its seconds of CPU for an act)
function measure.changes(storm, connections, count, together)
  storm.number = storm.number + 1
  local folder = ("%s/%d"):format(storm.directory, storm.number)
  os.execute("mkdir -p " .. folder)
  local run, times = "acts" .. storm.number, {}
  files.write(folder .. "/farm.lua", ("return { address = %q, ports = { %d, %d }, database = %q, run = %q, count = %d, share = %d, together = %s }"):format(
    network.ADDRESS, storm.servers.ports[1], storm.servers.ports[2], storm.servers.database, run, count, math.floor(count / connections), tostring(together)))
  for i = 1, connections do
    peer.spawn(("sh -c 'cd %s && exec lua5.4 spec/proofs/farm/actor.lua %s %d'"):format(peer.output_of "pwd", folder, i), folder)
  end
  peer.wait_for("actors that are ready", function()
    return peer.output_of(("ls %s/ready.* 2>/dev/null | wc -l"):format(folder)) == tostring(connections)
  end)
  local server, began = cpu_of_server(storm), core.now()
  files.write(folder .. "/go", "")
  peer.wait_for("actors that are done", function()
    return peer.output_of(("ls %s/times.* 2>/dev/null | wc -l"):format(folder)) == tostring(connections)
  end, LIMIT)
  local took = core.now() - began
  server = cpu_of_server(storm) - server
  for i = 1, connections do
    add_times(times, ("%s/times.%d"):format(folder, i))
  end
  table.sort(times)
  return { median = times[math.ceil(#times / 2)], rate = #times / took, server = server / #times }
end

-- Wakes

-- When the simulator was asked about a phone, later than that.
local function asked_at(target, after)
  for _, raw in ipairs(site.simulator.journal { system = "cisco_em", operation = "query_devices" }) do
    for _, one in ipairs(raw.targets) do
      if one:lower() == target:lower() and raw.time > after then
        return raw.time
      end
    end
  end
end

-- A worker of ours that takes every job of the run that is left.
local function take_all(connection, storm, system)
  local run = storm.runs[1]
  local digest = connection:query(("select digest from farm.run where name = '%s'"):format(run))[1]
  local terms = call(connection, "join_run", nil, { run = run, digest = digest, host = "other", pid = 0, version = "bench",
    schema = tonumber(connection:query("select farm.schema_version()")[1]), systems = system })
  assert(terms.worker, json.encode(terms))
  local jobs = {}
  repeat
    local answer = call(connection, "claim", terms.worker, { system = terms.systems.cisco_em.id, count = 1000 })
    for _, job in ipairs(answer.jobs) do
      jobs[#jobs + 1] = job
    end
  until #answer.jobs == 0
  return terms.worker, jobs
end

-- A pool in transaction mode, through which no notification comes.
local function open_pool(storm)
  storm.servers:ask "create role host_of_a_test login"
  storm.servers:tell "grant signoff_worker to host_of_a_test"
  local pool = pgbouncer.start({ directory = storm.servers.directory, port = storm.servers.ports[storm.servers.primary] }, "transaction", 2)
  return pool.uri(storm.servers.database, "host_of_a_test")
end

-- A host that goes on with a run of which a worker of ours has all that is left: the host, our connection, our worker, its jobs.
local function start_idle(storm, count)
  local bears = { at_once = 4, concurrency = 2, per_window = 100000 }
  prepare(storm, { counts = { cisco_em = count + 40 }, bears = { cisco_em = bears } })
  site.simulator.journal_options { enabled = true }
  local host = hosts.worker(storm.hosts[1], storm.folder, command.commands(storm, storm.hosts[1], storm.runs[1])[1])
  host:start()
  peer.wait_for("the run", function()
    return storm.servers:ask(("select state from farm.run where name = '%s'"):format(storm.runs[1])) == "open"
  end)
  local connection = assert(wire.open(network.ADDRESS, storm.servers.ports, "postgres", storm.servers.database, 30))
  local systems = json.decode(connection:query([[select jsonb_agg(jsonb_build_object('name', 'cisco_em', 'kind', kind, 'url', url, 'per_window',
    per_window, 'window', window_s, 'at_once', at_once)) from farm.system where per_window = 100000]])[1])
  return host, connection, take_all(connection, storm, systems)
end

local function target_of(connection, storm, job)
  return connection:query(("select target_key from farm.job j join farm.run r on r.id = j.run where r.name = '%s' and n = %d"):format(
    storm.runs[1], job.n))[1]:match "^%S+"
end

--- Seconds, sorted, from the moment at which one host gives a job back until another asks about its target.
-- @tparam table storm
-- @tparam number count of jobs
-- @tparam boolean pooled through a pool that drops notifications
function measure.wakes(storm, count, pooled)
  storm.uri = pooled and open_pool(storm) or nil
  local host, connection, other, jobs = start_idle(storm, count)
  core.sleep(4) -- the host has ended what it had
  local times = {}
  for i = 1, math.min(count, #jobs) do
    call(connection, "renew", other, { in_use = {}, want = {} })
    core.sleep(1.5 + math.random())
    local target, before = target_of(connection, storm, jobs[i]), core.time()
    call(connection, "release", other, { jobs = { jobs[i].n } })
    times[i] = peer.wait_for("the other host", function()
      return asked_at(target, before)
    end, 30) - before
  end
  host:signal "KILL"
  storm.uri = nil
  table.sort(times)
  return times
end

return measure
