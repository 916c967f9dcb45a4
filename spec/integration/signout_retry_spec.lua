-- SPDX-License-Identifier: MIT
-- client:signout and time: Retry-After, deadlines, schedules, and the profile of dialplans, which has 2 seconds in all.

local leaver = require "spec.support.leaver"
local signoff = require "signoff"
local simulated = require "spec.support.simulated"
local socket = require "socket"

local simulator = simulated.simulator

local GONE = { name = "Gone home", type = "unavailable" }

-- iSymphony belongs to it where all systems must be on time.
local all = { "cisco_em", "agvance", "oracle_commerce", "jde_ais", "isymphony" }

local function target_of(system)
  return system == "isymphony" and "lea.ver" or leaver.systems[system].target
end

-- The outcome of a call, and how long it took.
local function timed(run, ...)
  local started = socket.gettime()
  local result, message, code = run(...)
  return socket.gettime() - started, result, message, code
end

local function signout(system, client, changes)
  local options = leaver.options(changes)
  options.status = system == "isymphony" and GONE or nil
  return timed(client.signout, client, target_of(system), options)
end

-- Seconds between the first request of `operation` and the next one to that system.
local function pause_after(system, operation)
  local entries = simulated.journal(system)
  for index, entry in ipairs(entries) do
    if entry.operation == operation and entries[index + 1] then
      return entries[index + 1].time - entry.time
    end
  end
end

local function busy(system, operation, status, seconds, times)
  simulator.faults { { system = system, operation = operation, fault = "status", status = status, times = times,
    headers = { ["Retry-After"] = seconds } } }
end

local function act_of(system) return system == "isymphony" and "set_status" or "logout" end

local function look_of(system) return system == "isymphony" and "status" or leaver.systems[system].look end

-- Runs `body` with clients of the dialplan's profile.
local function in_dialplan(body)
  signoff.defaults { profile = "dialplan" }
  local ok, problem = pcall(body)
  signoff.defaults { profile = "script" }
  assert(ok, problem)
end

local function out_of(verdict)
  return verdict == "ended" or verdict == "status_set"
end

-- A system does this in every exchange with a dialplan: never more than 2 s in all. A few systems each: it takes 2 s.
local burdens = {
  { name = "stalls", systems = { "cisco_em" }, fault = { fault = "stall", seconds = 5 } },
  { name = "takes 0.9 s an exchange", systems = { "isymphony" }, fault = { fault = "slow", seconds = 0.9 } },
  { name = "drips", systems = { "oracle_commerce" }, fault = { fault = "drip", seconds = 5, pieces = 10 } },
  { name = "asks to wait", systems = all, fault = { fault = "status", status = 503, headers = { ["Retry-After"] = "1" } } },
}

-- Which of the two a system says when it is busy: one of each kind of retry.
local busy_statuses = { cisco_em = 429, agvance = 503, isymphony = 429 }

-- Methods that take more than one exchange, each of 0.9 s or as `slow` says.
local long_methods = {
  { "agvance", "its own session is looked up before the act", client = { session_id = "session-own" },
    run = function(client) return client:signout(leaver.systems.agvance.target) end },
  { "agvance", "three chunks", client = { chunk = 1 }, run = function(client) return client:logout { "A", "B", "C" } end },
  { "jde_ais", "once more after 415", settings = { require_content_type = true },
    run = function(client) return client:logout(leaver.systems.jde_ais.target) end, slow = 1.2 },
  { "isymphony", "the probe of 403", settings = { acl = { "192.0.2.1" } }, run = function(client) return client:status "lea.ver" end, slow = 1.2 },
}

describe("signout", function()
  before_each(leaver.arrive)

  for system, status in pairs(busy_statuses) do
    it(("%s: waits as long as HTTP %d asks, then logs out again"):format(system, status), function()
      busy(system, act_of(system), status, "1", 1)
      local took, result = signout(system, simulated.client(system), { deadline = 5 })
      assert.is_true(out_of(result.verdict), result.verdict)
      assert.are.equal(2, #simulated.journal(system, act_of(system)))
      assert.is_true(pause_after(system, act_of(system)) >= 0.95 and took < 3, tostring(took))
    end)
  end

  for _, system in ipairs(all) do
    it(system .. ": does not wait for what is behind its deadline", function()
      busy(system, act_of(system), 429, "100")
      local took, result = signout(system, simulated.client(system), { deadline = 0.3 })
      assert.are.same({ "failed", "busy" }, { result.verdict, result.code })
      assert.are.equal(1, #simulated.journal(system, act_of(system)))
      assert.is_true(took < 0.5, tostring(took))
    end)

    it(system .. ": ends at its deadline, whatever the system does", function()
      for _, operation in ipairs { look_of(system), act_of(system) } do
        simulator.faults { { system = system, operation = operation, fault = "stall", seconds = 5 } }
        local took, result = signout(system, simulated.client(system), { deadline = 0.2 })
        assert.is_false(out_of(result.verdict), result.verdict)
        assert.is_true(took < 0.4, tostring(took))
      end
    end)

    it(system .. ": a dialplan retries nothing", function()
      in_dialplan(function()
        busy(system, act_of(system), 503, "0")
        local _, result = signout(system, simulated.client(system), { deadline = 0.3, schedule = { 0.05 } })
        assert.are.equal("failed", result.verdict)
        assert.are.equal(1, #simulated.journal(system, act_of(system)))
      end)
    end)

    it(system .. ": a dialplan does not take a look from before the act for one after it", function()
      simulator.faults { { system = system, operation = look_of(system), fault = "stall", seconds = 5, after = 1 } }
      in_dialplan(function()
        local _, result = signout(system, simulated.client(system), { deadline = 0.5 })
        assert.are.same({ "unknown", "timeout", 1 }, { result.verdict, result.code, #simulated.journal(system, act_of(system)) })
        assert.matches(("^%s%%.[%%a_]+: .*timed out"):format(system), result.message)
      end)
    end)

    it(system .. ": a dialplan needs no time to settle", function()
      in_dialplan(function()
        local client = simulated.client(system)
        local took, result = timed(client.signout, client, target_of(system), { status = system == "isymphony" and GONE or nil })
        assert.is_true(out_of(result.verdict), result.verdict)
        assert.is_true(took < 0.5, tostring(took))
      end)
    end)
  end

  for _, system in ipairs { "cisco_em", "isymphony" } do
    it(system .. ": waits as long as the first look is asked to", function()
      busy(system, look_of(system), 503, "1", 1)
      local _, result = signout(system, simulated.client(system), { deadline = 5 })
      assert.is_true(out_of(result.verdict), result.verdict)
      assert.is_true(pause_after(system, look_of(system)) >= 0.95)
    end)
  end

  for _, burden in ipairs(burdens) do
    for _, system in ipairs(burden.systems) do
      it(("%s: a dialplan is done in 2 s when the system %s"):format(system, burden.name), function()
        simulator.faults { burden.fault }
        in_dialplan(function()
          local client = simulated.client(system)
          local took, result = timed(client.signout, client, target_of(system), { status = system == "isymphony" and GONE or nil })
          assert.is_true(took < 2.15, ("it took %.2f s"):format(took))
          assert.is_false(out_of(result.verdict) and system ~= "isymphony" and leaver.systems[system].here())
        end)
      end)
    end
  end

  -- Extension Mobility's own "busy, please try again": `at` says what is refused, `changes` how often it was asked to act.
  for _, row in ipairs {
    { "a busy look", at = "query_devices", times = 1, verdict = "ended", changes = 1 },
    { "a busy logout", at = "logout", times = 1, verdict = "ended", changes = 2 },
    { "a logout that is busy for long", at = "logout", verdict = "failed", changes = 2 },
    { "a look that is busy for long", at = "query_devices", verdict = "failed", changes = 0 },
  } do
    it(("%s gets one more try from a dialplan"):format(row[1]), function()
      simulator.faults { { system = "cisco_em", operation = row.at, fault = "code", code = 26, times = row.times } }
      in_dialplan(function()
        local client = simulated.client "cisco_em"
        local took, result = timed(client.signout, client, target_of "cisco_em")
        assert.are.same({ row.verdict, row.verdict == "failed" and "busy" or nil }, { result.verdict, result.code })
        assert.are.equal(row.changes, #simulated.journal("cisco_em", "logout"))
        assert.is_true(took < 2.15, tostring(took))
      end)
    end)
  end

  it("a stalled method of a dialplan takes 2 s", function()
    simulator.faults { { fault = "stall", seconds = 5 } }
    in_dialplan(function()
      local client = simulated.client "cisco_em"
      local took, answer, _, code = timed(client.status, client, target_of "cisco_em")
      assert.are.same({ nil, "timeout" }, { answer, code })
      assert.is_true(took > 1.8 and took < 2.15, tostring(took))
    end)
  end)

  for _, row in ipairs(long_methods) do
    it(("%s: a dialplan's method is done in 2 s though %s"):format(row[1], row[2]), function()
      simulator.settings(row[1], row.settings or {})
      simulator.faults { { system = row[1], fault = "slow", seconds = row.slow or 0.9 } }
      in_dialplan(function()
        local took = timed(row.run, simulated.client(row[1], "http", row.client))
        assert.is_true(took > 0.8 and took < 2.15, ("it took %.2f s"):format(took))
      end)
    end)
  end

  it("refuses wrong options, naming them, before anything is sent", function()
    for name, value in pairs { tolerance = 1, settle = "10", deadline = -1, schedule = {}, user = 1, status = "gone" } do
      local client = simulated.client "cisco_em"
      local ok, message = pcall(client.signout, client, target_of "cisco_em", { [name] = value })
      assert.is_false(ok)
      assert.is_truthy(tostring(message):find("'" .. name .. "'", 1, true), tostring(message))
    end
    assert.are.equal(0, #simulator.journal())
  end)
end)
