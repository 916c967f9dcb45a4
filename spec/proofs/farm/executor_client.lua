-- SPDX-License-Identifier: MIT
-- Rare answers of the server of a farm: the parts of the client, with a session that gives them.

local Claims = require "signoff.offboard.executor.farm.claims"
local Coordinator = require "signoff.offboard.executor.farm"
local grants = require "signoff.offboard.executor.farm.grants"
local schema = require "signoff.farm.schema"
local verdicts = require "signoff.signout.verdict"

local function condition()
  return { wait = function() end, signal = function() end }
end

-- A coordinator whose server gives those answers; `sent` has what it was asked.
local function coordinator_of(answers)
  local sent, seq = {}, 0
  local session = {
    outbox = { number = function() return 1 end }, clock = function() return 0 end, listen = function() end, meet = function() end,
  }
  function session.ask(_, name)
    return answers[name]
  end
  function session.send(_, name, given, texts)
    given.seq, seq = seq + 1, seq + #texts
    sent[#sent + 1] = given
    local answer = answers[name]
    return type(answer) == "function" and answer(given) or answer
  end
  local env = { now = function() return 0 end, condition = condition, spawn = function() end }
  return Coordinator.new {
    env = env, plan = { items = {} }, session = session, host = "first", terms = { heartbeat = 2, poll = 2, grant = 0.5 },
  }, sent
end

describe("a host of a farm", function()
  it("drops a job whose targets the server refuses, and goes on", function()
    local made = coordinator_of { append = function(given)
      return { refused = { given.seq + 1 } }
    end }
    local share = { coordinator = made }
    share.claims = Claims.new(share)
    made.shares[1] = share
    local fine, lost = { n = 1 }, { n = 2 }
    share.claims.jobs = { fine, lost }
    made.number, made.last = 7, 50
    assert.is_true(made:write {
      { event = "found", item = 1, items = { { n = 5 } } }, { event = "found", item = 2, items = { { n = 6 } } },
    })
    assert.are.same({ fine }, share.claims.jobs)
    assert.is_true(lost.dropped)
    assert.are.equal(fine, share.claims:job_of { n = 5 })
    assert.is_nil(share.claims:job_of { n = 6 })
    assert.is_nil(made.number) -- others are asked for
  end)

  it("asks a slow server after pauses that grow, and stops in the end", function()
    local now, pauses, stopped = 100, {}, nil
    local share = {
      late = 0, session = { clock = function() return now end }, coordinator = { terms = { grant = 0.5 } },
      pacing = { heed = function(_, answer)
        pauses[#pauses + 1] = answer.wait
        return answer.wait
      end },
      doer = { stop_alone = function(_, code, why) stopped = stopped or { #pauses + 1, code, why } end },
    }
    assert.is_false(grants.may_send(share, { asked = 99 }))
    assert.are.same({ wait = 0.5 }, grants.put_off(share, { age = 1 }))
    assert.is_true(grants.may_send(share, { asked = 99.6 }))
    for _ = 1, 10 do
      local grant = { asked = 98.75 }
      assert.is_false(grants.may_send(share, grant))
      grants.put_off(share, grant)
    end
    assert.are.same({ 0.5, 0.5, 1, 2, 4, 8, 16, 30, 30, 30, 30 }, pauses)
    assert.are.same({ 11, "slow", "the farm's server answers too slowly (1250 ms)" }, stopped)
  end)

  it("rests where notifications cannot be had", function()
    local made = coordinator_of { renew = { lease = 60, hosts = 1, left = 0, ["places"] = {}, held = {}, stopped = {} } }
    local asked, slept, spawned = 0, {}, {}
    made.session.connection = { notified = function()
      asked = asked + 1
      made.closing = asked >= 100
    end }
    made.run = { log = {} }
    made.env.spawn = function(f, ...)
      spawned[#spawned + 1] = { f, ... }
    end
    made.env.sleep = function(seconds)
      slept[#slept + 1] = seconds
      made.closing = #slept >= 3
    end
    made:open(made.run)
    spawned[2][1](spawned[2][2])
    assert.are.same({ 2, 2, 2 }, slept)
    assert.are.equal(3, asked)
  end)

  it("counts the same verdicts as failures as the server", function()
    local names = {}
    for _, name in ipairs(verdicts.names) do
      names[#names + 1] = verdicts.exit(name) == 1 and "'" .. name .. "'" or nil
    end
    table.sort(names)
    local wanted, found = ("'verdict' IN (%s)"):format(table.concat(names, ", ")), nil
    for _, file in ipairs(schema.files) do
      found = found or file.text:find(wanted, 1, true)
    end
    assert.truthy(found)
  end)
end)
