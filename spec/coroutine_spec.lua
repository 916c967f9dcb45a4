-- SPDX-License-Identifier: MIT
-- The coroutines of tasks: one that has returned serves again, as if it were new.

local core = require "signoff.core"
local signoff = require "signoff"

-- Runs each function in a task, one after the other. Gives what each returned or raised, and each one's coroutine.
local function one_by_one(list)
  local outcomes, threads = {}, {}
  signoff.loop(function(loop)
    for i, f in ipairs(list) do
      local task = loop:spawn(function(...)
        threads[i] = coroutine.running()
        return f(...)
      end, i, nil, "third", nil)
      outcomes[i] = { signoff.pcall(task.join, task) }
    end
  end)
  return outcomes, threads
end

local function nothing() end

-- What a task finds on the coroutine of another, which did that before.
local function after(before, f)
  local outcomes, threads = one_by_one { before, f }
  assert.are.equal(threads[1], threads[2])
  assert.is_true(outcomes[2][1], outcomes[2][2])
  return outcomes[2][2], outcomes[2][3]
end

describe("a task on the coroutine of another", function()
  it("has its own arguments", function()
    local seen
    after(nothing, function(...)
      seen = { n = select("#", ...), ... }
    end)
    assert.are.same({ n = 4, 2, nil, "third", nil }, seen)
  end)

  it("waits", function()
    assert.are.equal("done", (after(coroutine.yield, function()
      coroutine.yield()
      return "done"
    end)))
  end)

  it("has the globals of a new one", function()
    local function change()
      if setfenv then -- luacheck: ignore 113 143 (5.1)
        setfenv(0, {}) -- luacheck: ignore 113 143
      end
    end
    assert.are.equal(_G, (after(change, function()
      return getfenv and getfenv(0) or _G -- luacheck: ignore 113 143
    end)))
  end)

  it("is never on that of one that set a hook, and has the hook of a new one", function()
    local function hook()
      debug.sethook(nothing, "", 1000000)
    end
    local outcomes, threads = one_by_one { hook, function()
      return select(3, debug.gethook()) or 0
    end }
    debug.sethook()
    assert.are_not.equal(threads[1], threads[2])
    assert.are.same({ true, rawget(_G, "jit") and 1000000 or 0 }, outcomes[2]) -- LuaJIT's is everybody's
  end)

  it("has the hook of the program", function()
    local function count()
      return select(3, debug.gethook()) or 0
    end
    debug.sethook(nothing, "", 100)
    local fine, outcomes, threads = pcall(one_by_one, { count, count })
    debug.sethook()
    assert.is_true(fine, outcomes)
    assert.are.same({ { true, 100 }, { true, 100 } }, outcomes)
    assert.are_not.equal(threads[1], threads[2])
  end)

  it("has an end of its own: no function of ours stands below", function()
    signoff.loop(function(loop)
      loop:spawn(nothing):join()
      local task = loop:spawn(function()
        error("the error of a caller", 2)
      end)
      local _, message = signoff.pcall(task.join, task)
      assert.is_truthy(message:find "^the error of a caller")
    end)
  end)

  it("may run a function written in C", function()
    signoff.loop(function(loop)
      loop:spawn(nothing):join()
      assert.are.equal("5", loop:spawn(tostring, 5):join())
      assert.are.equal("6", loop:spawn(tostring, 6):join())
    end)
  end)

  it("is never on that of one that raised", function()
    local outcomes, threads = one_by_one { function() error "mine" end, nothing }
    assert.is_false(outcomes[1][1])
    assert.is_true(outcomes[2][1])
    assert.are_not.equal(threads[1], threads[2])
  end)
end)

describe("core.refill", function()
  it("takes only a coroutine that has returned", function()
    local suspended = coroutine.create(function() coroutine.yield() end)
    assert.is_false(core.refill(suspended, nothing)) -- has not begun
    coroutine.resume(suspended)
    assert.is_false(core.refill(suspended, nothing))
    coroutine.resume(suspended)
    assert.is_true(core.refill(suspended, function(...) return ... end))
    assert.are.same({ true, 1, 2 }, { coroutine.resume(suspended, 1, 2) })
    local failed = coroutine.create(function() error "mine" end)
    coroutine.resume(failed)
    assert.is_false(core.refill(failed, nothing))
    assert.has_error(function()
      core.refill({}, nothing)
    end)
  end)

  it("takes none that is running, or has another on top of it", function()
    local outer
    outer = coroutine.create(function()
      local own = pcall(core.refill, outer, nothing)
      local inner = coroutine.create(function()
        return core.refill(outer, nothing)
      end)
      return own, select(2, coroutine.resume(inner))
    end)
    assert.are.same({ true, false, false }, { coroutine.resume(outer) })
  end)
end)
