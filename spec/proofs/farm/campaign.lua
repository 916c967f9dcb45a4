-- SPDX-License-Identifier: MIT
--- Campaigns: runs of a farm through a storm, one after the other until all blows are dealt, each judged at its end.

local blows = require "spec.proofs.farm.blows"
local core = require "signoff.core"
local expected = require "spec.proofs.farm.expected"
local hosts = require "spec.proofs.farm.hosts"
local judge = require "spec.proofs.farm.judge"
local network = require "spec.proofs.farm.network"
local servers = require "spec.proofs.farm.servers"
local site = require "spec.proofs.farm.site"
local tasks = require "spec.proofs.farm.tasks"

local campaign = {}

-- What each system bears, all hosts together: changes a minute, on the divided clock in 6 s, and requests at once.
campaign.limits = {
  cisco_em = { per_window = 60, at_once = 4 }, agvance = { at_once = 8 }, jde_ais = { at_once = 8 },
}
campaign.window = 6
local REPLY = 0.1 -- seconds that each reply takes
local LIMIT = 300 -- seconds that a run may take after the last blow

local Storm = {}
Storm.__index = Storm

-- Blows that are left, as a list with as many of each kind.
local function bag_of(counts)
  local bag = {}
  for kind, count in pairs(counts) do
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

local function open(given, client, directory)
  network.open(site.simulator.port)
  local self = setmetatable({ given = given, directory = directory, bag = bag_of(given.blows), log = {}, hosts = {}, counts = {} }, Storm)
  self.client = require("spec.proofs.farm.clients." .. client)
  self.servers = servers.open(network.ADDRESS)
  self.servers.database = "farm"
  self.client.init(self)
  for i = 1, given.hosts do
    self.hosts[i] = hosts.add("host" .. i)
  end
  self.servers:build_standby()
  self.servers.pause = tasks.wait
  self.lines = function()
    return tonumber((self.servers:ask("select lines from farm.run where name = '" .. self.run .. "'")))
  end
  return self
end

--- Whether the run has ended, as the farm has it.
function Storm:over()
  if core.now() - (self.asked or 0) > 1 then
    self.asked = core.now()
    self.ended = self.ended or self.servers:ask("select state from farm.run where name = '" .. self.run .. "'") == "over"
  end
  return self.ended
end

local function deal(self)
  while #self.bag > 0 and not self:over() do
    tasks.wait(self.given.gap * (0.3 + 1.4 * math.random()))
    for i = #self.bag, 1, -1 do
      local kind = self.bag[i]
      if not self:over() and blows.kinds[kind](self) then
        table.remove(self.bag, i)
        self.counts[kind] = (self.counts[kind] or 0) + 1
        break
      end
    end
  end
end

-- A worker that ended by itself while the run goes on is started again, as a supervisor does.
local function supervise(self)
  while not self:over() do
    for _, worker in ipairs(self.workers) do
      if not worker.busy and not worker:is_running() then
        worker.ends[#worker.ends + 1] = worker:said(3)
        worker:start()
      end
    end
    tasks.wait(0.5)
  end
end

local function is_anybody_running(self)
  for _, worker in ipairs(self.workers) do
    if worker:is_running() then
      return true
    end
  end
  return false
end

local function weather(self)
  self.ended, self.asked, self.log = false, nil, {}
  tasks.list = {}
  for _, worker in ipairs(self.workers) do
    worker:start()
  end
  tasks.add(deal, self)
  tasks.add(supervise, self)
  local began, quiet = core.now(), nil
  tasks.run(function()
    quiet = quiet or #self.bag == 0 and core.now() or nil
    assert(core.now() - (quiet or core.now()) < LIMIT, "the run does not end: " .. self.workers[1]:said(20))
  end)
  local ends = core.now() + 60
  while is_anybody_running(self) and core.now() < ends do
    core.sleep(0.1)
  end
  assert(not is_anybody_running(self), "workers do not end with their run: " .. self.workers[1]:said(20))
  return core.now() - began
end

local function one(self, number, wanted)
  self.run = "storm" .. number
  self.folder = ("%s/%d"):format(self.directory, number)
  os.execute(("mkdir -p %s && chmod 755 %s"):format(self.folder, self.folder))
  site.load(self.given.counts, REPLY, campaign.limits.cisco_em.at_once)
  self.client.prepare(self)
  site.simulator.forget()
  self.workers = {}
  for _, host in ipairs(self.hosts) do
    for _, command in ipairs(self.client.commands(self, host)) do
      self.workers[#self.workers + 1] = hosts.worker(host, self.folder, command)
    end
  end
  local seconds = weather(self)
  print(("run %d: %.0f s"):format(number, seconds))
  judge.run(self, wanted)
end

--- Runs all of it.
function campaign.run(given, client, directory)
  local self = open(given, client, directory)
  local wanted = expected.verdicts(given.counts, directory)
  local began, number = core.now(), 0
  repeat
    number = number + 1
    one(self, number, wanted)
    if core.now() - began > given.limit then
      break
    end
  until #self.bag == 0
  judge.sum(self)
end

return campaign
