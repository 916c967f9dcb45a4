-- SPDX-License-Identifier: MIT
-- The brake: different persons in a span of time, counted for all workers.

local covered = require "spec.support.covered"

describe("receiver.brake", function()
  local brake, counted, reaches_every_line = covered "signoff.receiver.brake"
  local new = counted(function(...) return brake.new(...) end)
  local take = counted(function(one, ...) return one:take(...) end)

  it("48 lets 25 persons of 26 pass in an hour, and each as often as it comes", function()
    local one, passed = new { count = 25, seconds = 3600 }, 0
    for round = 1, 3 do
      for n = 1, 26 do
        passed = passed + (take(one, "person " .. n, 1000 + round) and 1 or 0)
      end
    end
    assert.are.equal(75, passed)
    assert.is_false(take(one, "person 26", 4602))
    assert.is_true(take(one, "person 26", 4603))
  end)

  it("48 forgets a person when the span is over, and counts again whoever comes within", function()
    local one = new { count = 1, seconds = 60 }
    assert.is_true(take(one, "ana", 0))
    assert.is_true(take(one, "ana", 59))
    assert.is_false(take(one, "ben", 118))
    assert.is_true(take(one, "ben", 119))
    assert.is_false(take(one, "ana", 120))
  end)

  it("60 forgets nobody when the clock is set back", function()
    local one = new { count = 1, seconds = 60 }
    assert.is_true(take(one, "ana", 5000))
    assert.is_false(take(one, "ben", 1400))
  end)

  it("48 counts for all workers that share a dictionary", function()
    local text
    local dictionary = { get = function() return text end, safe_set = function(_, _, value) text = value end }
    local one, other = new({ count = 1, seconds = 60 }, dictionary), new({ count = 1, seconds = 60 }, dictionary)
    assert.is_true(take(one, "ana", 0))
    assert.is_false(take(other, "ben", 0))
    assert.is_true(take(other, "ana", 0))
    assert.is_nil(text:find("ana", 1, true))
  end)

  reaches_every_line(it)
end)
