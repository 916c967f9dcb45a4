-- SPDX-License-Identifier: MIT
-- The limiter of calls, by itself: on a clock of our own, with tasks that are tables.

local limiter, counted, reaches_every_line = require "spec.support.covered" "signoff.async.limiter"

local function client()
  return { kind = function() return "jde_ais" end }
end

-- A limiter with so many slots, its clock, and the tasks that it woke, in order.
local function new(most)
  local clock, woken = { time = 1000 }, {}
  local some = limiter.new({ now = function() return clock.time end }, most, function(task)
    woken[#woken + 1] = task.name
  end)
  return some, clock, woken
end

-- Asks for tasks of those names; which were let through at once, and all tasks by name. Those send their calls, unless `unsent`.
local function ask(some, one, operation, names, unsent)
  local through, tasks = {}, {}
  for name in names:gmatch "%S+" do
    local task = { name = name, line = false, reserved = false }
    tasks[name] = task
    if some:try(task, one, operation) then
      if not unsent then
        limiter.acquire(task)
      end
      through[#through + 1] = name
    end
  end
  return table.concat(through, " "), tasks
end

-- A task that was woken sends its call.
local send = limiter.acquire

describe("limiter", function()
  it("lets as many through as there are slots, and the next ones in order", counted(function()
    local some, _, woken = new(2)
    local through, tasks = ask(some, client(), "status", "a b c d e")
    assert.are.equal("a b", through)
    assert.is_true(some:has_waiters())
    some:admit()
    assert.are.same({}, woken)
    limiter.release(tasks.a.slots)
    some:admit()
    some:admit() -- the slot is reserved
    assert.are.same({ "c" }, woken)
    send(tasks.c)
    limiter.release(tasks.b.slots)
    limiter.release(tasks.c.slots)
    some:admit()
    assert.are.same({ "c", "d", "e" }, woken)
    assert.is_false(some:has_waiters())
    assert.is_nil(some:due())
  end))

  it("gives a reserved slot back when its task needs it no more, and passes over tasks that have gone", counted(function()
    local some, _, woken = new(1)
    local _, tasks = ask(some, client(), "status", "a b c d")
    limiter.withdraw(tasks.b) -- its time was over
    limiter.release(tasks.a.slots)
    some:admit()
    assert.are.same({ "c" }, woken)
    limiter.withdraw(tasks.c) -- it was cancelled after it was woken
    some:admit()
    assert.are.same({ "c", "d" }, woken)
  end))

  it("lets nobody overtake those that wait", counted(function()
    local some, _, woken = new(1)
    local one = client()
    local _, tasks = ask(some, one, "status", "a b")
    limiter.release(tasks.a.slots)
    assert.are.equal("", (ask(some, one, "status", "c"))) -- a slot is free, but b was first
    some:admit()
    assert.are.same({ "b" }, woken)
  end))

  it("starts changes no faster than the rate, and reads at once", counted(function()
    local some, clock, woken = new(10)
    local one = client()
    some:limit(one, { per_second = 1 })
    assert.are.equal("a", (ask(some, one, "logout", "a b c")))
    assert.are.equal("r s", (ask(some, one, "status", "r s")))
    some:admit()
    assert.are.same({}, woken)
    assert.is_true(math.abs(some:due() - 1001) < 0.01)
    clock.time = some:due() + 0.001
    some:admit()
    assert.are.same({ "b" }, woken)
    clock.time = some:due() + 0.001
    some:admit()
    assert.are.same({ "b", "c" }, woken)
  end))

  -- The place of a change in the rate, where its call is not sent after all: how it was let through, what happens before it is given
  -- back, and the tasks that are let through then.
  local unsent = {
    { "of one that was let through at once", function(_, tasks) limiter.withdraw(tasks.a) end, { "b" } },
    { "of one that waited", function(some, tasks, clock)
      send(tasks.a)
      clock.time = clock.time + 60
      some:admit()
      limiter.withdraw(tasks.b)
    end, { "b", "c" } },
    { "but not of one that was sent", function(_, tasks)
      send(tasks.a)
      limiter.withdraw(tasks.a)
    end, {} },
    { "but not after another one has started", function(some, tasks, clock)
      clock.time = clock.time + 60
      some:admit()
      limiter.withdraw(tasks.a)
    end, { "b" } },
  }

  for _, row in ipairs(unsent) do
    it("gives back the place of a change, " .. row[1], counted(function()
      local some, clock, woken = new(10)
      local one = client()
      some:limit(one, { per_minute = 2 })
      local _, tasks = ask(some, one, "logout", "a b c", true)
      row[2](some, tasks, clock)
      some:admit()
      assert.are.same(row[3], woken)
    end))
  end

  it("lets reads that wait for a slot overtake changes that the rate holds back", counted(function()
    local some, _, woken = new(1)
    local one = client()
    some:limit(one, { per_minute = 1 })
    local through, changes = ask(some, one, "logout", "a b")
    assert.are.equal("a", through)
    ask(some, one, "status", "r")
    limiter.release(changes.a.slots)
    some:admit()
    assert.are.same({ "r" }, woken)
    assert.is_true(some:has_waiters())
  end))

  -- The limits of one client that follow one another, and how many calls it and another client have at once then.
  local rows = {
    { {}, 3, 3 }, { { { concurrency = 1 } }, 1, 3 }, { { { concurrency = 5 } }, 5, 3 }, { { { concurrency = 1 }, { concurrency = 2 } }, 2, 3 },
    { { { concurrency = 5 }, { per_second = 1000 } }, 1, 3 }, { { { per_second = 1000 }, { concurrency = 2 } }, 2, 3 },
  }

  for i, row in ipairs(rows) do
    it(("keeps the slots of clients apart (%d)"):format(i), counted(function()
      local some = new(3)
      local one = client()
      for _, limits in ipairs(row[1]) do
        some:limit(one, limits)
      end
      local _, count = ask(some, one, "logout", "a b c d e f"):gsub("%S+", "")
      assert.are.equal(row[2], count)
      if #row[1] == 1 then
        local _, others = ask(some, client(), "logout", "u v w x"):gsub("%S+", "")
        assert.are.equal(row[3], others)
      end
    end))
  end

  it("keeps the slots that a client's calls have when its limit changes", counted(function()
    local some, _, woken = new(5)
    local one = client()
    some:limit(one, { concurrency = 1 })
    local _, tasks = ask(some, one, "status", "a b c")
    some:limit(one, { concurrency = 2 })
    some:admit()
    assert.are.same({ "b" }, woken)
    send(tasks.b)
    some:admit()
    assert.are.same({ "b" }, woken)
  end))

  it("says of several rates which comes first", counted(function()
    local some = new(10)
    local slow, fast = client(), client()
    some:limit(slow, { per_minute = 1 })
    some:limit(fast, { per_second = 1 })
    ask(some, slow, "logout", "a b")
    ask(some, fast, "logout", "c d")
    some:admit()
    assert.is_true(math.abs(some:due() - 1001) < 0.01)
  end))

  reaches_every_line(it)
end)
