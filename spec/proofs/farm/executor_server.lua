-- SPDX-License-Identifier: MIT
-- The server of a farm that restarts, is away, or is replaced by a standby that lost its last commits.

local core = require "signoff.core"
local farm_hosts = require "spec.support.farm_hosts"
local offboard = require "signoff.offboard"
local peer = require "spec.support.peer"
local postgres = require "spec.support.postgres"
local simulated = require "spec.support.simulated"

local simulator = simulated.simulator

local EM = { cisco_em = { kind = "cisco_em", entry = { per_minute = 12000, concurrency = 2, at_once = 4 } } }

local function logouts()
  return simulator.journal { system = "cisco_em", operation = "logout", limit = 10000 }
end

local function slow_logouts(seconds, times, when)
  simulator.faults { { system = "cisco_em", operation = "logout", fault = "slow", seconds = seconds, times = times, when = when } }
end

local function all_out(result, count)
  assert.are.equal(count, result.totals.ended + result.totals.already_out)
  assert.are.equal(0, result.exit)
  assert(offboard.check(farm_hosts.export()))
end

local AN_OPEN_ACT = "SELECT count(*) > 0 FROM farm.act WHERE ended IS NULL"

local function spools(folder)
  return #(core.list(folder) or {})
end

describe("the server of a farm", function()
  before_each(simulated.reset)
  after_each(farm_hosts.stop_all)

  for _, how in ipairs { "fast", "immediate", "kill" } do
    it(("may be restarted (%s) in the middle of a run"):format(how), function()
      local people = farm_hosts.phones(40)
      farm_hosts.farm()
      local path = farm_hosts.plan(EM, people)
      simulator.forget()
      slow_logouts(0.1)
      local hosts, folder = {}, peer.directory()
      for i = 1, 2 do
        hosts[i] = farm_hosts.start("host-" .. i, { systems = EM, plan = path, options = { farm = { spool = folder } } })
      end
      farm_hosts.await "SELECT count(*) = 2 FROM farm.worker" -- one that begins while the server is away ends at once
      for _ = 1, 2 do
        farm_hosts.await(AN_OPEN_ACT)
        farm_hosts.server():restart(how)
        core.sleep(0.5)
      end
      for _, each in ipairs(hosts) do
        all_out(assert(each:wait()), 40)
      end
      assert.are.equal(40, #logouts())
      assert.are.equal(0, spools(folder))
    end)
  end

  for _, lost in ipairs { { "claim" }, { "history", "release" } } do
    it(("gives jobs again where the %s was lost"):format(table.concat(lost, " and the ")), function()
      local people = farm_hosts.phones(12)
      farm_hosts.farm()
      local path = farm_hosts.plan(EM, people)
      simulator.forget()
      local host = farm_hosts.start("first", { systems = EM, plan = path, lose = lost })
      all_out(assert(host:wait(30)), 12)
      assert.are.equal(12, #logouts())
    end)
  end

  it("that is away for too long ends the run, and gets the results with the next command of that host", function()
    local people = farm_hosts.phones(12)
    farm_hosts.farm()
    local path = farm_hosts.plan(EM, people)
    simulator.forget()
    slow_logouts(1, 2)
    local folder = peer.directory()
    local job = { systems = EM, plan = path, options = { farm = { spool = folder, away_limit = 1 } } }
    local host = farm_hosts.start("first", job)
    farm_hosts.await "SELECT count(*) = 2 FROM farm.act WHERE ended IS NULL"
    farm_hosts.server():stop "immediate"
    local result = assert(host:wait())
    assert.are.equal(5, result.exit)
    assert.truthy(result.message:find "^the farm is away since %d%d:%d%d, 2 in flight ended, nothing begins$", result.message)
    assert.are.equal(2, #logouts())
    assert.are.equal(1, spools(folder))
    farm_hosts.server():begin()
    job.verb = "resume"
    all_out(assert(farm_hosts.start("first", job):wait()), 12)
    assert.are.equal(0, spools(folder))
    assert.are.equal(12, #logouts())
    assert.are.equal("12", farm_hosts.sql [[SELECT count(*) FROM farm.line WHERE body LIKE '%"answer":"accepted"%']])
  end)

  it("that lost its last commits is given them again, and holds the system for a window", function()
    local people = farm_hosts.phones(40)
    farm_hosts.farm()
    local path = farm_hosts.plan(EM, people)
    simulator.forget()
    slow_logouts(0.1)
    local primary = farm_hosts.server()
    local standby = postgres.standby(primary)
    local uri = ("host=%s,%s port=%d,%d dbname=%s user=postgres target_session_attrs=read-write"):format(
      primary.directory, standby.directory, primary.port, standby.port, farm_hosts.database)
    local hosts = {}
    for i = 1, 2 do
      hosts[i] = farm_hosts.start("host-" .. i, { systems = EM, plan = path, options = { farm = { uri = uri } } })
    end
    farm_hosts.await "SELECT count(*) >= 4 FROM farm.act WHERE ended IS NOT NULL"
    standby:catch_up(primary)
    standby:detach()
    farm_hosts.await "SELECT count(*) >= 14 FROM farm.act WHERE ended IS NOT NULL"
    primary:stop "kill"
    standby:promote()
    farm_hosts.use(standby)
    for _, each in ipairs(hosts) do
      all_out(assert(each:wait()), 40)
    end
    assert.are.equal(40, #logouts())
    assert.are.equal("40", farm_hosts.sql [[SELECT count(*) FROM farm.line WHERE body LIKE '%"answer":"accepted"%']])
  end)
end)
