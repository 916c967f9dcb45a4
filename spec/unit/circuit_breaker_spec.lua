-- SPDX-License-Identifier: MIT
-- Circuit breakers, on a clock of our own.

local circuit_breaker = require "signoff.policy.circuit_breaker"

describe("circuit_breaker", function()
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
    local some = circuit_breaker.new(env)
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
    local some = circuit_breaker.new(env)
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
    local some = circuit_breaker.new(env)
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
    local some = circuit_breaker.new(env, { failures = 1, pause = 1, probes = 2 })
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
    local some = circuit_breaker.new(env)
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
      local fine, message = pcall(circuit_breaker.new, env, wrong)
      assert.is_false(fine)
      assert.is_truthy(message:find("signoff.policy.circuit_breaker", 1, true), message)
    end)
  end
end)
