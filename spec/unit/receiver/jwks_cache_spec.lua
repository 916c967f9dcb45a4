-- SPDX-License-Identifier: MIT
-- The cache of an issuer's keys: how old they are by either clock, and which kids are missing.

local covered = require "spec.support.covered"

local jwks_cache, counted, reaches_every_line = covered "signoff.receiver.jwks_cache"

describe("the cache of keys", function()
  local cache

  before_each(counted(function()
    cache = jwks_cache.new()
  end))

  it("has none at first, and then for a day", counted(function()
    assert.are.equal("none", cache:state(0, 0))
    assert.are.equal(math.huge, cache:age(0, 0))
    cache:put("set", { fetched = 1000 }, 5)
    assert.are.equal("fresh", cache:state(1000, 5))
    assert.are.equal(60, cache:age(1060, 65))
    assert.are.equal("due", cache:state(1000 + 86400, 86405))
    assert.are.equal("none", cache:state(1000 + 86401, 86406))
  end))

  for name, row in pairs {
    ["an hour where the issuer says nothing"] = { nil, 3600 }, ["as long as it says"] = { 1200, 1200 }, ["5 minutes at least"] = { 0, 300 },
    ["a day at most"] = { 1e9, 86400 },
  } do
    it("keeps them fresh for " .. name .. ", and has them due at four fifths of that", counted(function()
      cache:put("set", { fetched = 0, max_age = row[1] }, 0)
      assert.are.equal("fresh", cache:state(0.8 * row[2] - 1, 0))
      assert.are.equal("due", cache:state(0.8 * row[2], 0))
      assert.same({ false, true }, { cache:is_late(row[2] - 1, 0), cache:is_late(row[2], 0) })
    end))
  end

  it("60 counts the larger age of two clocks", counted(function()
    cache:put("set", { fetched = 10000 }, 0)
    assert.are.equal(0, cache:age(6400, 0))
    assert.are.equal(7200, cache:age(6400, 7200))
    assert.are.equal(3600, cache:age(13600, 0))
  end))

  it("83 remembers a kid that is missing for 5 minutes, 128 at most, until keys come", counted(function()
    cache:note_missing("a", 0)
    cache:note_missing("a", 0)
    assert.is_true(cache:is_missing("a", 299))
    assert.is_false(cache:is_missing("a", 300))
    assert.is_false(cache:is_missing("b", 0))
    for number = 1, 128 do
      cache:note_missing("x" .. number, 0)
    end
    assert.is_false(cache:is_missing("a", 0))
    assert.is_true(cache:is_missing("x1", 0))
    cache:put("set", { fetched = 0 }, 0)
    assert.is_false(cache:is_missing("x1", 0))
    assert.are.equal(1, cache.generation)
  end))

  reaches_every_line(it)
end)
