-- SPDX-License-Identifier: MIT
-- Pacing, retry, breaker: on a clock of our own.

local breaker = require "signoff.breaker"
local clock = require "spec.support.clock"
local pacing = require "signoff.pacing"
local retry = require "signoff.retry"

-- The times at which `workers` that share a pacing start `count` changes, each `seconds` long.
local function starts(limits, workers, count, options)
  options = options or {}
  local list = {}
  clock.run(function(env)
    local pace = pacing.new(env, limits)
    local began = env.now()
    for _ = 1, workers do
      env.spawn(function()
        while #list + (list.claimed or 0) < count do
          list.claimed = (list.claimed or 0) + 1
          pace:wait()
          list.claimed = list.claimed - 1
          list[#list + 1] = env.now() - began
          if options.late then
            env.late = options.late(#list)
          end
          env.sleep(options.seconds or 0)
        end
      end)
    end
  end)
  return list
end

-- A machine that wakes its sleepers late, and now and then much too late.
local function bad_machine()
  local state = 4711
  return function(n)
    state = state * 16807 % 2147483647
    return n % 37 == 0 and 7 or state / 2147483647 * 0.3
  end
end

describe("pacing", function()
  it("starts the first at once, and the others one interval apart", function()
    local list = starts({ per_minute = 60 }, 3, 5)
    assert.are.equal(0, list[1])
    for i = 2, 5 do
      assert.is_near(1.01, list[i] - list[i - 1], 1e-6)
    end
  end)

  for _, row in ipairs { { "per_minute", 60, 60 }, { "per_minute", 7, 60 }, { "per_minute", 600, 60 }, { "per_second", 20, 1 } } do
    for _, workers in ipairs { 1, 2, 8, 64 } do
      it(("%s = %d holds in every window, with %d at once"):format(row[1], row[2], workers), function()
        local limits = { [row[1]] = row[2] }
        local list = starts(limits, workers, 5 * row[2] + 20, { seconds = 0.3 })
        assert.is_true(clock.densest(list, row[3]) <= row[2])
        list = starts(limits, workers, 5 * row[2] + 20, { late = bad_machine() })
        assert.is_true(clock.densest(list, row[3]) <= row[2])
      end)
    end
  end

  it("starts no burst after everything stood still", function()
    local list = starts({ per_minute = 60 }, 8, 40, { late = function(n) return n == 10 and 30 or 0 end })
    for i = 2, #list do
      assert.is_true(list[i] - list[i - 1] >= 0.85, ("start %d"):format(i))
    end
  end)

  it("keeps up although every sleep is a little late", function()
    local list = starts({ per_minute = 60 }, 2, 600, { late = function() return 0.05 end })
    assert.is_true(list[#list] < 600 * 1.01 + 1, ("took %.1f s"):format(list[#list]))
  end)

  it("two limits both hold", function()
    local list = starts({ per_minute = 60, per_second = 20 }, 4, 150)
    assert.is_true(clock.densest(list, 60) <= 60)
    list = starts({ per_minute = 6000, per_second = 2 }, 4, 150)
    assert.is_true(clock.densest(list, 1) <= 2)
  end)

  it("without a limit nobody waits", function()
    local list = starts({}, 2, 100)
    assert.are.equal(0, list[#list])
  end)

  it("nobody starts while it is held, and then not all at once", function()
    clock.run(function(env)
      local pace, began, list = pacing.new(env, { per_minute = 60 }), env.now(), {}
      pace:wait()
      pace:hold(30)
      pace:hold(5)
      for _ = 1, 3 do
        env.spawn(function()
          pace:wait()
          list[#list + 1] = env.now() - began
        end)
      end
      env.sleep(100)
      assert.is_near(30, list[1], 1e-6)
      assert.is_near(31.01, list[2], 1e-6)
      assert.is_near(32.02, list[3], 1e-6)
    end)
  end)

  it("is never held longer than 300 s", function()
    clock.run(function(env)
      local pace, began = pacing.new(env), env.now()
      pace:hold(86400)
      pace:hold(0 / 0)
      pace:wait()
      assert.is_near(300, env.now() - began, 1e-6)
    end)
  end)

  it("estimates what it then takes", function()
    local list = starts({ per_minute = 90 }, 2, 100)
    clock.run(function(env)
      assert.is_near(list[#list], pacing.new(env, { per_minute = 90 }):estimate(100), 0.01)
      assert.are.equal(0, pacing.new(env, { per_minute = 90 }):estimate(0))
      assert.are.equal(0, pacing.new(env):estimate(1000))
    end)
  end)

  it("one that is given up holds up nobody else", function()
    clock.run(function(env)
      local pace, began = pacing.new(env, { per_second = 1 }), env.now()
      pace:wait()
      local given_up = coroutine.create(pace.wait)
      assert(coroutine.resume(given_up, pace)) -- waits, and is never resumed again
      pace:wait()
      pace:wait()
      assert.is_near(2.02, env.now() - began, 1e-6)
    end)
  end)

  for _, wrong in ipairs { { per_hour = 1 }, { per_minute = 0 }, { per_minute = "60" }, { per_second = -1 }, { per_second = 0 / 0 }, 60 } do
    it("refuses " .. tostring(next(type(wrong) == "table" and wrong or { wrong })), function()
      local fine, message = pcall(pacing.new, {}, wrong)
      assert.is_false(fine)
      assert.is_truthy(message:find("signoff.pacing", 1, true), message)
    end)
  end
end)

describe("retry", function()
  local env = {}

  it("waits up to twice as long each time", function()
    local most = retry.new(env, { base = 1, cap = 10, random = function() return 1 end })
    for attempt, seconds in ipairs { 1, 2, 4, 8, 10, 10 } do
      assert.are.equal(seconds, most:delay(attempt))
    end
  end)

  it("spreads those who failed together", function()
    local some, least, longest = retry.new(env, { base = 8, budget = 1e6 }), math.huge, 0
    for _ = 1, 1000 do
      local seconds = some:delay(1)
      least, longest = math.min(least, seconds), math.max(longest, seconds)
    end
    assert.is_true(least >= 0 and least < 0.5)
    assert.is_true(longest <= 8 and longest > 7.5)
  end)

  it("differs from one to the next", function()
    local one, other = retry.new(env), retry.new(env)
    assert.are_not.equal(one:delay(5), other:delay(5))
  end)

  it("waits as long as the system asks, but never longer than 300 s", function()
    local some = retry.new(env, { random = function() return 0 end })
    assert.are.equal(0, some:delay(3))
    assert.are.equal(17, some:delay(1, 17))
    assert.are.equal(300, some:delay(1, 7200))
    assert.are.equal(60, retry.new(env, { random = function() return 1 end }):delay(20, 3))
  end)

  it("allows 35 when nothing succeeds", function()
    local some, count = retry.new(env), 0
    while some:delay(1) do
      count = count + 1
    end
    assert.are.equal(35, count)
    assert.is_nil(some:delay(1))
  end)

  it("a success gives 1 back, and no more than there was", function()
    local some = retry.new(env)
    for _ = 1, 1000 do
      some:succeeded()
    end
    local count = 0
    while some:delay(1) do
      count = count + 1
    end
    assert.are.equal(35, count)
    for _ = 1, 3 do -- 10 of them are left
      some:succeeded()
    end
    assert.is_nil(some:delay(1))
    some:succeeded()
    assert.is_number(some:delay(1))
    assert.is_nil(some:delay(1))
  end)

  for _, wrong in ipairs { { budgets = 1 }, { cost = "14" }, { base = -1 }, { random = 4 }, "500" } do
    it("refuses " .. tostring(next(type(wrong) == "table" and wrong or { wrong })), function()
      local fine, message = pcall(retry.new, env, wrong)
      assert.is_false(fine)
      assert.is_truthy(message:find("signoff.retry", 1, true), message)
    end)
  end
end)

describe("breaker", function()
  local time
  local env = { now = function() return time end }

  before_each(function()
    time = 5000
  end)

  local function fail(it_is, count)
    for _ = 1, count do
      it_is:failed()
    end
  end

  it("opens after five failures in a row, not before", function()
    local some = breaker.new(env)
    fail(some, 4)
    some:succeeded()
    fail(some, 4)
    assert.is_true(some:allow())
    assert.are.equal("closed", some:state())
    some:failed()
    assert.are.equal("open", some:state())
    local allowed, seconds = some:allow()
    assert.is_false(allowed)
    assert.are.equal(30, seconds)
    time = time + 29
    assert.are.equal(1, select(2, some:allow()))
  end)

  it("lets one probe through, and closes when it succeeds", function()
    local some = breaker.new(env)
    fail(some, 5)
    time = time + 30
    assert.is_true(some:allow())
    assert.are.equal("probing", some:state())
    local allowed, seconds = some:allow()
    assert.is_false(allowed)
    assert.is_true(seconds > 0)
    some:succeeded()
    assert.are.equal("closed", some:state())
    fail(some, 4)
    assert.is_true(some:allow())
  end)

  it("stops for good after three failed probes in a row", function()
    local some = breaker.new(env)
    fail(some, 5)
    for n = 1, 3 do
      assert.are.equal("open", some:state())
      time = time + 30
      assert.is_true(some:allow())
      some:failed()
      assert.are.equal(n == 3 and "stopped" or "open", some:state())
    end
    time = time + 1e6
    assert.is_nil((some:allow()))
    some:succeeded()
    assert.is_nil((some:allow()))
  end)

  it("counts probes anew once one succeeded", function()
    local some = breaker.new(env, { failures = 1, pause = 1, probes = 2 })
    for _ = 1, 10 do
      some:failed()
      time = time + 1
      assert.is_true(some:allow())
      some:failed()
      assert.are.equal("open", some:state())
      time = time + 1
      assert.is_true(some:allow())
      some:succeeded()
    end
    assert.are.equal("closed", some:state())
  end)

  it("what was asked before it opened, and ends only now, changes nothing", function()
    local some = breaker.new(env)
    fail(some, 5)
    time = time + 20
    some:failed()
    some:succeeded()
    assert.are.equal("open", some:state())
    time = time + 10
    assert.is_true(some:allow())
  end)

  for _, wrong in ipairs { { failure = 1 }, { pause = "30" }, { probes = -1 }, true } do
    it("refuses " .. tostring(next(type(wrong) == "table" and wrong or { wrong })), function()
      local fine, message = pcall(breaker.new, env, wrong)
      assert.is_false(fine)
      assert.is_truthy(message:find("signoff.breaker", 1, true), message)
    end)
  end
end)
