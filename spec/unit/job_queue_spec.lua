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

    local function note(list, env)
      local began = env.now()
      return function(job)
        list[#list + 1] = ("%s %g"):format(job.kind, env.now() - began)
        env.sleep(job.takes or 0)
      end
    end

    -- Jobs as they were added, and when which began. A queue of one.
    local rows = {
      { "when they are due, no matter in which order they were added", 10,
        { { kind = "a", due = 30 }, { kind = "b", due = 10 }, { kind = "c", due = 20 }, { kind = "d", due = 5.5 }, { kind = "e" } },
        { "e 0", "d 5.5", "b 10", "c 20", "a 30" } },
      { "in the order in which they were added, if they are due at the same time", 1,
        { { kind = "a", takes = 1 }, { kind = "b" }, { kind = "c", due = 0.5 }, { kind = "d", due = 0.5 } },
        { "a 0", "b 1", "c 1", "d 1" } },
      { "those of a lower rank first", 1,
        { { kind = "c", rank = 1, takes = 1 }, { kind = "a", rank = -1, takes = 1 }, { kind = "d", due = 50 }, { kind = "b", due = 0.5 } },
        { "a 0", "b 1", "c 1", "d 50" } },
      { "beside one that takes long", 2,
        { { kind = "a", takes = 100 }, { kind = "b", due = 1, takes = 3 }, { kind = "c", due = 2 }, { kind = "d", due = 101 } },
        { "a 0", "b 1", "c 4", "d 101" } },
    }
    for _, row in ipairs(rows) do
      it("begins jobs " .. row[1], function()
        run(function(env)
          local list, some, began = {}, job_queue.new(env, row[2]), env.now()
          for _, job in ipairs(row[3]) do
            some:add { kind = job.kind, takes = job.takes, rank = job.rank, due = job.due and began + job.due }
          end
          some:run(note(list, env))
          assert.are.same(row[4], list)
        end)
      end)
    end

    it("does no more at once than it may, and as many as it may", function()
      run(function(env)
        local some, now, most, done, began = job_queue.new(env, 3), 0, 0, 0, env.now()
        for _ = 1, 100 do
          some:add {}
        end
        some:run(function()
          now = now + 1
          most = math.max(most, now)
          assert.is_true(some:running() >= now)
          env.sleep(1)
          now, done = now - 1, done + 1
        end)
        assert.are.same({ 100, 3, 0, 0 }, { done, most, some:running(), some:waiting() })
        assert.is_near(34, env.now() - began, 0.1)
      end)
    end)

    it("jobs may add jobs, also earlier ones than those that wait", function()
      run(function(env)
        local some, list, began = job_queue.new(env, 2), {}, env.now()
        local told = note(list, env)
        some:add { kind = "last", due = began + 100 }
        some:add { kind = "adds", due = began + 10 }
        some:run(function(job)
          told(job)
          if job.kind == "adds" then
            some:add { kind = "second", due = began + 20 }
            some:add { kind = "first" }
          end
        end)
        assert.are.same({ "adds 10", "first 10", "second 20", "last 100" }, list)
      end)
    end)

    it("others may add jobs while it waits, also earlier ones", function()
      run(function(env)
        local some, list, began = job_queue.new(env, 2), {}, env.now()
        some:add { kind = "last", due = began + 100 }
        env.spawn(function()
          env.sleep(3)
          some:add { kind = "first" }
          some:add { kind = "second", due = began + 7 }
        end)
        some:run(note(list, env))
        assert.are.same({ "first 3", "second 7", "last 100" }, list)
      end)
    end)

    for name, closes in pairs { clear = false, close = true } do
      it(name .. ": drops those that have not begun, and waits for none of them", function()
        run(function(env)
          local some, ran, began = job_queue.new(env, 1), 0, env.now()
          for i = 0, 9 do
            some:add { due = began + i * 1000 }
          end
          env.spawn(function()
            env.sleep(1)
            assert.are.equal(9, some:waiting())
            some[name](some)
            assert.are.equal(0, some:waiting())
          end)
          local function perform()
            ran = ran + 1
            env.sleep(3)
          end
          some:run(perform)
          assert.are.equal(1, ran)
          assert.is_near(3, env.now() - began, 0.1)
          some:add {}
          some:run(perform)
          assert.are.equal(closes and 1 or 2, ran)
        end)
      end)
    end

    it("an error of a job reaches its owner", function()
      local fine, message = pcall(run, function(env)
        local some = job_queue.new(env, 2)
        some:add { due = env.now() + 5 }
        some:run(function() error "a job that fails" end)
      end)
      assert.is_false(fine)
      assert.is_truthy(tostring(message):find("a job that fails", 1, true))
    end)

    it("wakes only as often as something is due or ends", function()
      local env = run(function(env)
        local some = job_queue.new(env, 8)
        for i = 1, 100 do
          some:add { due = env.now() + i * 0.1 }
        end
        some:run(function() end)
        assert.are.equal(0, some:waiting())
      end)
      assert.is_true(env.slept <= 205, env.slept .. " waits")
      assert.is_true(env.spawned <= 105, env.spawned .. " spawned")
    end)
  end)
end

describe("job_queue", function()
  for _, wrong in ipairs { 0, -1, "8", 0 / 0 } do
    it("refuses a concurrency of " .. tostring(wrong), function()
      local fine, message = pcall(job_queue.new, { condition = function() end }, wrong)
      assert.is_false(fine)
      assert.is_truthy(message:find("'concurrency'", 1, true), message)
    end)
  end
end)
