-- SPDX-License-Identifier: MIT
-- Delays between attempts, and their budget, on a clock of our own.

local backoff = require "signoff.policy.backoff"

describe("backoff", function()
  local env = { now = os.clock }

  it("waits up to twice as long each time", function()
    local most = backoff.new(env, { base = 1, cap = 10, random = function() return 1 end })
    for attempt, seconds in ipairs { 1, 2, 4, 8, 10, 10 } do
      assert.are.equal(seconds, most:delay(attempt))
    end
  end)

  it("spreads those who failed together", function()
    local some, least, longest = backoff.new(env, { base = 8, budget = 1e6 }), math.huge, 0
    for _ = 1, 1000 do
      local seconds = some:delay(1)
      least, longest = math.min(least, seconds), math.max(longest, seconds)
    end
    assert.is_true(least >= 0 and least < 0.5)
    assert.is_true(longest <= 8 and longest > 7.5)
  end)

  it("differs from one to the next", function()
    local one, other = backoff.new(env), backoff.new(env)
    assert.are_not.equal(one:delay(5), other:delay(5))
  end)

  it("waits as long as the system asks, but never longer than 300 s", function()
    local some = backoff.new(env, { random = function() return 0 end })
    assert.are.equal(0, some:delay(3))
    assert.are.equal(17, some:delay(1, 17))
    assert.are.equal(300, some:delay(1, 7200))
    assert.are.equal(60, backoff.new(env, { random = function() return 1 end }):delay(20, 3))
  end)

  it("allows 35 when nothing succeeds", function()
    local some, count = backoff.new(env), 0
    while some:delay(1) do
      count = count + 1
    end
    assert.are.equal(35, count)
    assert.is_nil(some:delay(1))
  end)

  it("a success gives 1 back, and no more than there was", function()
    local some = backoff.new(env)
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
      local fine, message = pcall(backoff.new, env, wrong)
      assert.is_false(fine)
      assert.is_truthy(message:find("signoff.policy.backoff", 1, true), message)
    end)
  end
end)
