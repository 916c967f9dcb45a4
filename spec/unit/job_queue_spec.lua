-- SPDX-License-Identifier: MIT
-- The job queue and its heap, on a clock of our own.

local job_queue = require "signoff.offboard.executor.job_queue"
local clock = require "spec.support.clock"
local heap = require "signoff.async.heap"

describe("heap", function()
  it("gives what comes first, first, and equals in order", function()
    local some, list, state = heap.new(), {}, 99
    for i = 1, 2000 do
      state = state * 16807 % 2147483647
      list[i] = { due = state % 50, number = i }
      some:push(list[i].due, list[i])
      if i % 3 == 0 then
        local due, what = some:first()
        assert.are.equal(due, what.due)
        assert.are.equal(what, some:pop())
        what.gone = true
      end
    end
    table.sort(list, function(a, b) return a.due < b.due or (a.due == b.due and a.number < b.number) end)
    for _, what in ipairs(list) do
      if not what.gone then
        assert.are.equal(what, some:pop())
      end
    end
    assert.is_nil(some:pop())
    assert.is_nil(some:first())
    assert.are.equal(0, some.count)
  end)
end)

for _, at_once in ipairs { false, true } do
  describe(at_once and "job_queue, where what is spawned begins at once" or "job_queue", function()
    local function run(f)
      return clock.run(f, { spawn_at_once = at_once })
    end

    it("runs jobs when they are due, no matter in which order they came", function()
      run(function(env)
        local began, list = env.now(), {}
        local some = job_queue.new(env, 10)
        for _, seconds in ipairs { 30, 10, 20, 5.5, 10, 0 } do
          some:add(began + seconds, function()
            list[#list + 1] = env.now() - began
          end)
        end
        some:drain()
        assert.are.same({ 0, 5.5, 10, 10, 20, 30 }, list)
        assert.is_true(env.now() - began < 30.1)
      end)
    end)

    it("runs no more at once than it may, and as many as it may", function()
      run(function(env)
        local some, now, most, done, began = job_queue.new(env, 3), 0, 0, 0, env.now()
        for _ = 1, 100 do
          some:add(0, function()
            now = now + 1
            most = math.max(most, now)
            assert.is_true(some:running() >= now)
            env.sleep(1)
            now, done = now - 1, done + 1
          end)
        end
        some:drain()
        assert.are.same({ 100, 3, 0, 0 }, { done, most, some:running(), some:waiting() })
        assert.is_near(34, env.now() - began, 0.1)
      end)
    end)

    it("keeps the order of those that are due at the same time", function()
      run(function(env)
        local some, list, wanted = job_queue.new(env, 1), {}, {}
        for i = 1, 50 do
          wanted[i] = i
          some:add(0, function()
            list[#list + 1] = i
          end)
        end
        some:drain()
        assert.are.same(wanted, list)
      end)
    end)

    it("of those that are due, lower ranks run first", function()
      run(function(env)
        local some, list = job_queue.new(env, 1), {}
        local function note(name)
          return function()
            env.sleep(1)
            list[#list + 1] = name
          end
        end
        some:add(0, note "first")
        env.sleep(0.1)
        some:add(0, note "act", 2)
        some:add(env.now() + 0.5, note "look", 1)
        some:add(env.now() + 50, note "late", 0)
        some:drain()
        assert.are.same({ "first", "look", "act", "late" }, list)
      end)
    end)

    it("jobs may add jobs, also earlier ones than those that wait", function()
      run(function(env)
        local some, list, began = job_queue.new(env, 2), {}, env.now()
        local function note(name)
          return function()
            list[#list + 1] = ("%s %g"):format(name, env.now() - began)
          end
        end
        some:add(began + 100, note "last")
        some:add(began + 10, function()
          some:add(began + 20, note "second")
          some:add(0, note "first")
        end)
        some:drain()
        assert.are.same({ "first 10", "second 20", "last 100" }, list)
      end)
    end)

    it("a job that waits keeps none of the others", function()
      run(function(env)
        local some, began, second = job_queue.new(env, 2), env.now(), nil
        some:add(0, function() env.sleep(100) end)
        some:add(began + 1, function() second = env.now() - began end)
        env.sleep(2)
        assert.are.equal(1, second)
        assert.are.same({ 1, 0 }, { some:running(), some:waiting() })
        some:drain()
      end)
    end)

    it("what has not begun can be dropped, and nothing stays behind for it", function()
      local ended
      local env = run(function(env)
        local some, ran = job_queue.new(env, 1), 0
        for i = 0, 9 do
          some:add(env.now() + i * 1000, function()
            ran = ran + 1
            env.sleep(3)
          end)
        end
        env.sleep(1)
        assert.are.equal(9, some:waiting())
        assert.are.equal(9, some:clear())
        assert.are.equal(0, some:waiting())
        some:drain()
        assert.are.equal(1, ran)
        ended = env.now()
        some:add(0, function() ran = ran + 1 end)
        some:drain()
        assert.are.equal(2, ran)
      end)
      assert.is_true(env.now() - ended < 1)
    end)

    it("an error of a job reaches its owner", function()
      local fine, message = pcall(run, function(env)
        local some = job_queue.new(env, 2)
        some:add(env.now() + 5, function() error "a job that fails" end)
        some:drain()
      end)
      assert.is_false(fine)
      assert.is_truthy(tostring(message):find("a job that fails", 1, true))
    end)

    it("wakes only as often as something is due", function()
      local env = run(function(env)
        local some = job_queue.new(env, 8)
        for i = 1, 100 do
          some:add(env.now() + i * 0.1, function() end)
        end
        env.sleep(11)
        assert.are.equal(0, some:waiting())
      end)
      assert.is_true(env.slept <= 110, env.slept .. " sleeps")
      assert.is_true(env.spawned <= 205, env.spawned .. " spawned")
    end)
  end)
end

describe("job_queue", function()
  for _, wrong in ipairs { 0, -1, "8", 0 / 0 } do
    it("refuses a concurrency of " .. tostring(wrong), function()
      local fine, message = pcall(job_queue.new, {}, wrong)
      assert.is_false(fine)
      assert.is_truthy(message:find("'concurrency'", 1, true), message)
    end)
  end
end)
