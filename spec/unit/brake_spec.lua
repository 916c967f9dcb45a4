-- SPDX-License-Identifier: MIT
-- The brake: how many different persons may be signed out in a span of time.

local Brake = require "signoff.offboard.watch.brake"

local HOUR = 3600

describe("a brake as it is written", function()
  local good = {
    { "25/h", 25, 3600 }, { "1/m", 1, 60 }, { "100/d", 100, 86400 }, { "0007/h", 7, 3600 }, { "2147483647/h", 2147483647, 3600 },
  }
  for _, case in ipairs(good) do
    it(("%s is %d persons in %d s"):format(case[1], case[2], case[3]), function()
      assert.same({ count = case[2], seconds = case[3] }, Brake.parse(case[1]))
    end)
  end

  for _, text in ipairs { "", "25", "25/", "/h", "0/h", "-1/h", "1.5/h", "25/s", "25/H", "25 /h", "25/h ", "h/25", "1e3/h", "2147483648/h" } do
    it(("'%s' is none"):format(text), function()
      local limit, message = Brake.parse(text)
      assert.is_nil(limit)
      assert(message:find("such as 25/h", 1, true), message)
    end)
  end
end)

describe("48 a brake of 25 in an hour", function()
  local brake

  before_each(function()
    brake = Brake.new { count = 25, seconds = HOUR }
    for number = 1, 25 do
      assert(brake:allows("person." .. number, number))
      brake:note("person." .. number, number)
    end
  end)

  it("48 does not allow the 26th person", function()
    assert.is_false(brake:allows("person.26", 26))
    assert.is_false(brake:allows("person.26", HOUR))
  end)

  it("48 allows a person again who is among the 25", function()
    assert.is_true(brake:allows("person.7", 26))
  end)

  it("48 allows one more for each that is an hour ago", function()
    assert.is_true(brake:allows("person.26", HOUR + 1))
    brake:note("person.26", HOUR + 1)
    assert.is_false(brake:allows("person.27", HOUR + 1))
    assert.is_true(brake:allows("person.27", HOUR + 2))
  end)

  it("48 counts a person by the last time", function()
    brake:note("person.1", 100)
    brake:note("person.1", 50) -- an older note changes nothing
    assert.is_false(brake:allows("person.26", HOUR + 1))
    assert.is_true(brake:allows("person.26", HOUR + 2))
  end)

  it("60 forgets nobody when the clock is set back", function()
    assert.is_false(brake:allows("person.26", 26 - HOUR))
    assert.is_false(brake:allows("person.26", 26))
  end)
end)
