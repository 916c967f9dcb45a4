-- SPDX-License-Identifier: MIT
--- A run of a farm through a storm, judged at its end; several of them, one after the other, where there are more blows than one run bears.
--
-- A form says what is run: `counts` of targets by system, `blows` by kind (or the `bag` that has them), `gap` (seconds between them),
-- `reply` (seconds that each takes), `twins` (so many runs over the same people at once), `slow` (seconds that each change takes),
-- `hosts` (how many of them take part), `first` (how many of their workers begin; all), `meanwhile` (a task, called with the storm),
-- `patient` (a worker that ended is not started again), `unlike` (its verdicts are others than those of a run by itself), `partial` (it does
-- not come to its end).

local blows = require "spec.proofs.farm.blows"
local core = require "signoff.core"
local hosts = require "spec.proofs.farm.hosts"
local judge = require "spec.proofs.farm.judge"
local limits = require "spec.proofs.farm.limits"
local network = require "spec.proofs.farm.network"
local servers = require "spec.proofs.farm.servers"
local site = require "spec.proofs.farm.site"
local tasks = require "spec.proofs.farm.tasks"

local rehearsal = {}

local REPLY = 0.04 -- seconds that each reply takes
local LIMIT = 120 -- seconds that a run may take after the last blow

local Storm = {}
Storm.__index = Storm

--- Blows, in the seed's order.
function rehearsal.bag_of(counts)
  local bag = {}
  for kind, count in pairs(counts or {}) do
    for _ = 1, count do
      bag[#bag + 1] = kind
    end
  end
  table.sort(bag) -- the order of pairs is not the seed's
  for i = #bag, 2, -1 do
    local j = math.random(i)
    bag[i], bag[j] = bag[j], bag[i]
  end
  return bag
end

--- Starts the servers, and makes so many hosts.
function rehearsal.open(count, directory)
  network.open(site.simulator.port)
  local self = setmetatable({ directory = directory, hosts = {}, counts = {}, number = 0 }, Storm)
  self.client = require("spec.proofs.farm.clients." .. (os.getenv "CLIENT" or "command"))
  self.servers = servers.open(network.ADDRESS)
  self.client.init(self)
  for i = 1, count do
    self.hosts[i] = hosts.add("host" .. i)
  end
  self.servers:build_standby()
  return self
end

--- Lines of all journals.
function Storm:lines()
  return tonumber((self.servers:ask "select sum(lines) from farm.run")) or 0
end

--- Whether all runs have ended, as the farm has it.
function Storm:over()
  if core.now() - (self.asked or 0) > 1 then
    self.asked = core.now()
    self.ended = self.ended or self.servers:ask(("select count(*) from farm.run where state = 'over' and name in ('%s')"):format(
      table.concat(self.runs, "', '"))) == tostring(#self.runs)
  end
  return self.ended
end

-- Deals one that can be dealt now.
local function deal_one(self)
  for i = #self.bag, 1, -1 do
    local kind = self.bag[i]
    if not self:over() and blows.kinds[kind](self) then
      table.remove(self.bag, i)
      self.counts[kind] = (self.counts[kind] or 0) + 1
      return
    end
  end
end

local function deal(self)
  while #self.bag > 0 and not self:over() do
    tasks.wait(self.form.gap * (0.3 + 1.4 * math.random()))
    deal_one(self)
  end
end

-- A worker that ended by itself while its run goes on is started again, as a supervisor does.
local function supervise(self)
  while not self:over() do
    for _, worker in ipairs(self.workers) do
      if not worker.busy and not worker:is_running() and not self.form.patient then
        self.ends[#self.ends + 1] = ("%.1f s, %s: %s"):format(core.now() - self.began, worker.host.name, worker:said(3))
        worker:start()
      end
    end
    tasks.wait(0.5)
  end
end

local function running_of(self)
  local list = {}
  for _, worker in ipairs(self.workers) do
    if worker:is_running() then
      list[#list + 1] = worker
    end
  end
  return list
end

-- Where a run stands that does not end.
local function state_of(self)
  local list = { tostring(self.servers:ask "select farm.status()"),
    tostring(self.servers:ask "select j from farm.job j where state <> 'done' order by run, n limit 10") }
  for _, worker in ipairs(self.workers) do
    list[#list + 1] = ("%s %s:\n%s"):format(worker.host.name, worker:is_running() and "runs" or "does not run", worker:said(16))
  end
  return table.concat(list, "\n")
end

local function weather(self)
  for i = 1, self.form.first or #self.workers do
    self.workers[i]:start()
  end
  tasks.add(deal, self)
  tasks.add(supervise, self)
  if self.form.meanwhile then
    tasks.add(self.form.meanwhile, self)
  end
  local quiet
  tasks.run(function()
    quiet = quiet or #self.bag == 0 and core.now() or nil
    if core.now() - (quiet or core.now()) > LIMIT then
      error("the run does not end: " .. state_of(self))
    end
  end)
  local ends = core.now() + 60
  while #running_of(self) > 0 and core.now() < ends do
    core.sleep(0.1)
  end
  local left = running_of(self)[1]
  assert(not left, left and "workers do not end with their run: " .. left:said(20))
end

local function prepare(self, form)
  self.number, self.form = self.number + 1, form
  self.folder, self.runs = ("%s/%d"):format(self.directory, self.number), {}
  os.execute(("mkdir -p %s && chmod 755 %s"):format(self.folder, self.folder))
  site.load(form.counts, form.reply or REPLY, limits.of(form, "cisco_em").at_once, form.slow)
  for i = 1, form.twins or 1 do
    self.runs[i] = ("storm%d%s"):format(self.number, ("abc"):sub(i, i))
  end
  self.client.prepare(self)
  site.simulator.forget()
  self.workers = {}
  for i = 1, form.hosts and math.min(form.hosts, #self.hosts) or #self.hosts do
    local host = self.hosts[i]
    for _, command in ipairs(self.client.commands(self, host, self.runs[i % #self.runs + 1])) do
      self.workers[#self.workers + 1] = hosts.worker(host, self.folder, command)
    end
  end
  self.ended, self.asked, self.log, self.ends, self.began = false, nil, {}, {}, core.now()
  tasks.list = {}
end

--- Does one run.
-- @tparam table storm
-- @tparam table form
-- @treturn {table,...} rows: `what` must hold, whether it is `fine`, and `why` not
function rehearsal.run(self, form)
  self.bag = form.bag or rehearsal.bag_of(form.blows)
  prepare(self, form)
  local pause = self.servers.pause
  self.servers.pause = tasks.wait
  weather(self)
  self.servers.pause = pause
  print(("run %d: %.0f s, %d workers that ended were started again"):format(self.number, core.now() - self.began, #self.ends))
  for _, said in ipairs(os.getenv "VERBOSE" and self.ends or {}) do
    print("  " .. said)
  end
  return judge.rows(self)
end

--- The blows so far, as text.
function rehearsal.dealt(self)
  local list = {}
  for kind, count in pairs(self.counts) do
    list[#list + 1] = ("%d x %s"):format(count, kind)
  end
  table.sort(list)
  return table.concat(list, ", ")
end

return rehearsal
