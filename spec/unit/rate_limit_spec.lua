-- SPDX-License-Identifier: MIT
-- Rate limits, on a clock of our own.

local clock = require "spec.support.clock"
local rate_limit = require "signoff.policy.rate_limit"

-- The times at which `workers` that share a pacing start `count` changes, each `seconds` long.
local function starts(limits, workers, count, options)
  options = options or {}
  local list = {}
  clock.run(function(env)
    local pace = rate_limit.new(env, limits)
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

describe("rate_limit", function()
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
      local pace, began, list = rate_limit.new(env, { per_minute = 60 }), env.now(), {}
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
      local pace, began = rate_limit.new(env), env.now()
      pace:hold(86400)
      pace:hold(0 / 0)
      pace:wait()
      assert.is_near(300, env.now() - began, 1e-6)
    end)
  end)

  it("estimates what it then takes", function()
    local list = starts({ per_minute = 90 }, 2, 100)
    clock.run(function(env)
      assert.is_near(list[#list], rate_limit.new(env, { per_minute = 90 }):estimate(100), 0.01)
      assert.are.equal(0, rate_limit.new(env, { per_minute = 90 }):estimate(0))
      assert.are.equal(0, rate_limit.new(env):estimate(1000))
    end)
  end)

  it("one that is given up holds up nobody else", function()
    clock.run(function(env)
      local pace, began = rate_limit.new(env, { per_second = 1 }), env.now()
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
      local fine, message = pcall(rate_limit.new, {}, wrong)
      assert.is_false(fine)
      assert.is_truthy(message:find("signoff.policy.rate_limit", 1, true), message)
    end)
  end
end)
