-- SPDX-License-Identifier: MIT
--- The bad weathers: what falls upon a run, and what must be so besides the rows of a storm.
--
-- A weather is a form of a run (`rehearsal`) with a `name`; `before(storm, form)`, `after(storm, form, rows)`; `no_run`: nothing is run
-- between the two.

local core = require "signoff.core"
local files = require "spec.support.files"
local network = require "spec.proofs.farm.network"
local peer = require "spec.support.peer"
local pgbouncer = require "spec.support.pgbouncer"
local site = require "spec.proofs.farm.site"
local tasks = require "spec.proofs.farm.tasks"
local witness = require "spec.proofs.farm.witness"

local TAKEN_UP = 7.5 -- seconds after which a lost host's targets are looked at by others: 75 on an undivided clock

local function assert_count(what, found, wanted)
  assert(found == wanted, ("%s: %s, not %s"):format(what, tostring(found), tostring(wanted)))
end

-- Runs the command on a host; raises unless it ends with that status and says that. Nothing may be sent.
local function expect(storm, host, words, status, said_wanted)
  local before = site.simulator.counters().total.requests
  local found, said = storm.client.run_on(storm, storm.hosts[host], words)
  assert(found == status, ("status %s, not %d: %s"):format(tostring(found), status, said))
  assert(said:find(said_wanted, 1, true), said)
  return said, site.simulator.counters().total.requests - before
end

local function apply_words(storm, run, user, database)
  local uri = storm.servers:uri(user or "storm"):gsub("/farm%?", "/" .. (database or "farm") .. "?")
  return ("apply %s/plan --people %s/people.csv --farm \"%s\" --run %s --yes"):format(storm.folder, storm.folder, uri, run)
end

-- Loads the simulator and makes a plan, for a weather that has no run of its own.
local function prepare(storm, form)
  storm.number = storm.number + 1
  storm.form, storm.folder = form, ("%s/%d"):format(storm.directory, storm.number)
  os.execute(("mkdir -p %s && chmod 755 %s"):format(storm.folder, storm.folder))
  site.load(form.counts)
  storm.client.prepare(storm)
end

-- Lost hosts

-- Phones that the host's worker has claimed, as the simulator has them.
local function claimed_by(storm, host)
  local said = storm.servers:tell(([[select lower(j.target_key) from farm.job j join farm.worker w on w.id = j.worker
    join farm.system s on s.id = j.system where w.host = '%s' and j.state = 'claimed' and s.kind = 'cisco_em']]):format(host.name))
  local targets = {}
  for target in said:gmatch "([^ \n]+)[^\n]*" do
    targets[target] = true
  end
  return targets
end

local lost = {}

local function lose_a_host(storm)
  tasks.wait(2.5)
  local worker = storm.workers[1]
  worker.busy = true -- it is not started again
  worker:signal "STOP"
  lost.targets = claimed_by(storm, worker.host)
  worker:signal "KILL"
  lost.at, lost.host = core.time(), worker.host.address
end

local function assert_taken_up(storm)
  local waiting, count = {}, 0
  for target in pairs(lost.targets) do
    waiting[target], count = true, count + 1
  end
  assert(count > 0, "the lost host had nothing")
  local last = 0
  for _, entry in ipairs(witness.read()) do
    for _, target in ipairs(entry.targets) do
      if waiting[target] and entry.at > lost.at and entry.host ~= lost.host then
        waiting[target], last = nil, entry.at - lost.at
      end
    end
  end
  local left = next(waiting)
  assert(not left, left and left .. " was never taken up by another host")
  print(("  %d targets of %s, taken up after %.1f s at most"):format(count, storm.hosts[1].name, last))
  assert(last <= TAKEN_UP, ("%.1f s until all targets of the lost host were looked at"):format(last))
end

-- Partitions

local partition = {}

-- Cuts the first host when a change of it is on its way.
local function cut_in_the_middle(storm)
  local host = storm.hosts[1]
  tasks.wait_for("a change of the first host", function()
    for _, entry in ipairs(site.simulator.journal { system = "cisco_em", operation = "logout" }) do
      if entry.remote_addr == host.address and not entry.seconds then
        return true
      end
    end
  end, 60)
  partition.from = core.time()
  network.cut(host.address, storm.servers.ports)
  local entry = { what = "partition", host = host.address, away = true, from = partition.from }
  storm.log[#storm.log + 1] = entry
  tasks.wait(4)
  entry.till = core.time()
  network.mend(host.address, storm.servers.ports)
end

local function assert_ended_and_recorded(storm)
  local path = ("%s/journal.%s"):format(storm.folder, storm.runs[1])
  local journal, found = files.read(path), 0
  for _, entry in ipairs(witness.read()) do
    if entry.changes and entry.host == storm.hosts[1].address and entry.at <= partition.from and (entry.over or 0) > partition.from then
      found = found + 1
      assert(entry.status == 200, "a change that was on its way did not end")
    end
  end
  assert(found > 0, "nothing was on its way")
  assert(journal:find('"host":"host1"', 1, true), "no line of the first host")
end

-- A full disk

local DISK = "200m" -- of the server; what it holds is less than half of that
local BALLAST = "/ballast"

-- Puts the servers on a disk of that size, in this namespace alone.
local function move_to_small_disk(storm)
  local servers = storm.servers
  servers:stop "fast"
  servers:stop("fast", servers.standby)
  local small, folder = peer.output_of "mktemp -d -u", servers.folders[servers.primary]
  local said = peer.output_of(("mkdir %s && mount -t tmpfs -o size=%s small %s && chown postgres %s && chmod 700 %s && cp -a %s/. %s 2>&1"):format(
    small, DISK, small, small, small, folder, small))
  assert(files.find(small .. "/PG_VERSION"), said)
  servers.folders[servers.primary], storm.small = small, small
  servers:start()
end

local function fill_the_disk(storm)
  tasks.wait(1)
  local servers = storm.servers
  servers.busy = true
  local entry = { what = "full disk", away = true }
  os.execute(("timeout 20 dd if=/dev/zero of=%s%s bs=64k status=none 2>/dev/null"):format(storm.small, BALLAST))
  servers:ask "create table if not exists public.ballast (t text)"
  tasks.wait_for("a commit that fails", function()
    return not servers:ask "insert into public.ballast select repeat('x', 2000) from generate_series(1, 2000)"
  end, 60)
  entry.from = core.time()
  tasks.wait(3)
  entry.till = core.time()
  storm.log[#storm.log + 1], storm.full = entry, entry
  os.remove(storm.small .. BALLAST)
  if not servers:ask "select 1" then
    servers:stop "all"
    servers:start()
  end
  servers:ask "drop table if exists public.ballast"
  servers.busy = false
end

-- Hosts that are gone for good

local function run_state(storm, run)
  return storm.servers:tell(("select state from farm.run where name = '%s'"):format(run))
end

-- The only host of a run is killed in the middle, and does not come back.
local function lose_the_only_host(storm)
  tasks.wait_for("the first changes", function()
    return #site.simulator.journal { system = "cisco_em", operation = "logout", limit = 4 } > 3
  end, 60)
  local worker = storm.workers[1]
  worker.busy = true
  worker:signal "KILL"
  storm.gone = core.time()
end

local function resume_elsewhere(storm)
  lose_the_only_host(storm)
  local worker = storm.workers[2]
  worker.command = storm.client.resume(storm, storm.hosts[2], storm.runs[1])
  worker:start()
end

local function abandon(storm)
  lose_the_only_host(storm)
  local status, said = storm.client.run_on(storm, storm.hosts[2], ("farm abandon %s --farm \"%s\""):format(storm.runs[1],
    storm.servers:uri "storm"))
  assert(status == 0, said)
  storm.ended = true
end

local function assert_abandoned(storm)
  assert_count("state", run_state(storm, storm.runs[1]), "abandoned")
  local status, said = storm.client.run_on(storm, storm.hosts[2], apply_words(storm, storm.runs[1]))
  assert(status ~= 0 and said:find("abandoned", 1, true), said)
end

return {
  { name = "the server is killed", blows = { crash = 1 } },
  { name = "the server is restarted", blows = { restart = 1 } },
  { name = "the server fails over to a standby that lost its tail", blows = { promotion = 1 } },
  { name = "a worker is killed, and started again", blows = { kill = 2 } },
  { name = "a worker stands still for longer than its lease", blows = { long_stop = 2 } },
  { name = "a host is lost for good: others take its targets up in time", meanwhile = lose_a_host, after = assert_taken_up, slow = 0.5 },
  { name = "a partition in the middle of an act", slow = 1.5, meanwhile = cut_in_the_middle, after = assert_ended_and_recorded },
  { name = "two plans with the same people", twins = 2, slow = 0.3, unlike = true },
  { name = "a pool in transaction mode is between, and a worker is killed", blows = { kill = 1 }, before = function(storm)
    storm.servers:ask "create role host_of_a_test login"
    storm.servers:tell "grant signoff_worker to host_of_a_test"
    local pool = pgbouncer.start({ directory = storm.servers.directory, port = storm.servers.ports[storm.servers.primary] }, "transaction", 2)
    storm.uri = pool.uri("farm", "host_of_a_test")
  end },
  { name = "the clock of a host is an hour ahead", before = function(storm)
    local library = peer.output_of "ls /usr/lib/*/faketime/libfaketime.so.1"
    assert(library ~= "", "libfaketime is not installed")
    storm.hosts[2].before = ("env LD_PRELOAD=%s FAKETIME=+1h FAKETIME_DONT_FAKE_MONOTONIC=1 "):format(library)
  end },
  { name = "the account may have two connections, for three hosts", before = function(storm)
    storm.servers:tell "alter role storm connection limit 2"
  end, after = function(storm)
    storm.servers:tell "alter role storm connection limit -1"
    assert(#storm.ends > 0, "no host was refused")
    assert(table.concat(storm.ends):find "connection", "the refused host does not say why")
  end },
  { name = "the schema is of another version: nothing is sent", no_run = true, after = function(storm, form)
    prepare(storm, form)
    storm.servers:tell "insert into farm.version (number, name, sha256) values (9999, 'later', '')"
    local _, requests = expect(storm, 1, apply_words(storm, "other"), 2, "schema")
    storm.servers:tell "delete from farm.version where number = 9999"
    assert_count("requests", requests, 0)
  end },
  { name = "the account has the wrong role: nothing is sent", no_run = true, after = function(storm, form)
    prepare(storm, form)
    storm.servers:tell "create role onlooker login; grant signoff_reader to onlooker"
    local _, requests = expect(storm, 1, apply_words(storm, "other", "onlooker"), 4, "permission denied for function join_run")
    assert_count("requests", requests, 0)
  end },
  { name = "the only host of a run is gone for good: another one resumes it", hosts = 2, patient = true, first = 1,
    meanwhile = resume_elsewhere },
  { name = "the only host of a run is gone for good: it is abandoned", hosts = 1, patient = true, meanwhile = abandon,
    after = assert_abandoned, partial = true },
  { name = "the disk of the server is full for a while", before = move_to_small_disk, meanwhile = fill_the_disk, after = function(storm)
    assert(storm.full, "the disk was never full")
  end },
}
