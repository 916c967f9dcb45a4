-- SPDX-License-Identifier: MIT
-- The runtime: waiting in a loop of its own, in that of the task that calls, and where calls block.

local core = require "signoff.core"
local runtime = require "signoff.async.runtime"
local signoff = require "signoff"
local peer = require "spec.support.peer"
local waiting = require "spec.support.waiting"

local jde, slow, timed, assert_says = waiting.jde, waiting.slow, waiting.timed, waiting.assert_says

describe("signoff.async.runtime", function()
  after_each(peer.stop_all)

  local function use(env, url)
    local client, ended = jde(url), 0
    for i = 1, 10 do
      env.spawn(function(n)
        assert(client:logout())
        env.sleep(0.01)
        ended = ended + n
      end, i)
    end
    return function() return ended end, env.now()
  end

  it("returns when all that was spawned has ended", function()
    local url = slow(0.05).url
    local ended, now = runtime.run(function(env) return use(env, url) end)
    assert.are.equal(55, ended())
    assert.is_true(math.abs(now - core.now()) < 10)
  end)

  it("uses the loop whose task calls it", function()
    local url = slow(0.05).url
    signoff.loop(function(loop)
      local ticks = waiting.ticking(loop, 3, 0.01)
      local ended = runtime.run(function(env) return use(env, url) end)
      assert.are.equal(55, ended())
      assert.is_true(ticks() > 0)
    end)
  end)

  it("raises the error of what was spawned, at once", function()
    local seconds = timed(assert_says, "of what was spawned", runtime.run, function(env)
      env.spawn(function()
        env.sleep(0.01)
        error "of what was spawned"
      end)
      env.sleep(60)
    end)
    assert.is_true(seconds < 10)
  end)
end)

describe("a condition", function()
  -- Waits until so many wait for a condition.
  local function await(env, condition, count)
    while #condition.waiters ~= count do
      env.sleep(0.001)
    end
  end

  -- The rows of every runtime that has tasks; each gives what its waiting returned, in the order in which it ended.
  local rows = {
    { "wakes the one that waits", "true", function(env, condition, note)
      env.spawn(function() note(condition:wait()) end)
      await(env, condition, 1)
      condition:signal()
    end },
    { "wakes all that wait, in their order", "1 2 3", function(env, condition, note)
      for i = 1, 3 do
        env.spawn(function() condition:wait(i ~= 2 and 60 or nil) note(i) end)
      end
      await(env, condition, 3)
      condition:signal()
    end },
    { "says false at the time limit", "false", function(_, condition, note)
      note(condition:wait(0.01))
    end },
    { "is not remembered: only the next signal counts", "false true", function(env, condition, note)
      condition:signal()
      note(condition:wait(0.01))
      env.spawn(function() condition:signal() end)
      note(condition:wait(60))
    end },
    { "wakes nobody who has gone at the time limit", "false slept", function(env, condition, note)
      note(condition:wait(0.01))
      env.spawn(function() condition:signal() end)
      local began = core.now()
      env.sleep(0.05)
      note(core.now() - began >= 0.05 and "slept" or "woken")
    end },
    { "is waited for again by who was woken", "true false true", function(env, condition, note)
      local noted = 0
      env.spawn(function()
        for _, seconds in ipairs { 60, 0.01, false } do
          note(condition:wait(seconds or nil))
          noted = noted + 1
        end
      end)
      await(env, condition, 1)
      condition:signal()
      while noted < 2 do
        env.sleep(0.001)
      end
      await(env, condition, 1)
      condition:signal()
    end },
    { "signals from one to the other and back", "a b a b", function(env, condition, note)
      local back = env.condition()
      env.spawn(function()
        for _ = 1, 2 do
          condition:wait()
          note "a"
          back:signal()
        end
      end)
      for _ = 1, 2 do
        await(env, condition, 1)
        condition:signal()
        back:wait()
        note "b"
      end
    end },
  }

  for _, row in ipairs(rows) do
    it("in a loop " .. row[1], function()
      local said = {}
      runtime.run(function(env)
        row[3](env, env.condition(), function(value) said[#said + 1] = tostring(value) end)
      end)
      assert.are.equal(row[2], table.concat(said, " "))
    end)
  end

  it("in a loop raises in a task that is cancelled", function()
    local condition = runtime.condition()
    signoff.loop(function(loop)
      local waits, unlimited = loop:spawn(condition.wait, condition, 60), loop:spawn(condition.wait, condition)
      loop:sleep(0.01)
      for _, task in ipairs { waits, unlimited } do
        task:cancel()
        local fine, message = signoff.pcall(task.join, task)
        assert.is_false(fine)
        assert.matches("cancelled", message)
      end
      assert.are.equal(0, #condition.waiters)
    end)
  end)

  it("in a loop that nobody can signal says that all wait for each other", function()
    assert_says("wait for each other", runtime.run, function(env)
      env.condition():wait()
    end)
  end)

  it("where calls block waits for its time limit, and needs one", function()
    local condition = runtime.condition()
    condition:signal()
    local seconds = timed(function()
      assert.is_false(condition:wait(0.05))
    end)
    assert.is_true(seconds >= 0.05)
    assert_says("a time limit is needed", condition.wait, condition)
  end)
end)
