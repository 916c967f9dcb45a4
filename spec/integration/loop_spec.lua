-- SPDX-License-Identifier: MIT
-- signoff.loop: its tasks, and loops in one another, against scripted peers.

local core = require "signoff.core"
local runtime = require "signoff.async.runtime"
local signoff = require "signoff"
local peer = require "spec.support.peer"
local waiting = require "spec.support.waiting"

local alive, done, jde, silent, slow, timed, assert_says =
  waiting.alive, waiting.done, waiting.jde, waiting.silent, waiting.slow, waiting.timed, waiting.assert_says

describe("signoff.loop", function()
  after_each(peer.stop_all)

  it("gives what its function returned", function()
    local function values()
      return 1, nil, "three", nil
    end
    assert.are.same({ n = 4, 1, nil, "three", nil }, (function(...) return { n = select("#", ...), ... } end)(signoff.loop(values)))
    assert.are.equal(0, select("#", signoff.loop(function() end)))
  end)

  it("tasks run while others wait, and join gives what they returned", function()
    local client, seconds = jde(slow(0.3).url), nil
    signoff.loop(function(loop)
      local tasks = {}
      seconds = timed(function()
        for i = 1, 20 do
          tasks[i] = loop:spawn(function(a, b)
            local answer = assert(client:logout())
            return a, b, answer.answer
          end, i, nil)
        end
        for i = 1, 20 do
          assert.are.same({ n = 3, i, nil, "accepted" }, (function(...) return { n = select("#", ...), ... } end)(tasks[i]:join()))
        end
      end)
      assert.are.equal("accepted", select(3, tasks[7]:join())) -- again
    end)
    assert.is_true(seconds >= 0.3 and seconds < 3, seconds) -- one after the other: 6 s
  end)

  it("returns only when all tasks have ended", function()
    local ended = 0
    signoff.loop(function(loop)
      for i = 1, 5 do
        loop:spawn(function()
          loop:sleep(i * 0.01)
          loop:spawn(function()
            loop:sleep(0.01)
            ended = ended + 1
          end)
        end)
      end
    end)
    assert.are.equal(5, ended)
  end)

  it("calls go on while many others run", function()
    local client, ends, answer = jde(slow(0).url, { timeout = 60 }), core.now() + 30, nil
    signoff.loop(function(loop)
      loop:spawn(function()
        answer = assert(client:logout()).answer
      end)
      local function work()
        core.sleep(0.001) -- no waiting, but work
        if not answer and core.now() < ends then
          loop:spawn(work)
        end
      end
      for _ = 1, 200 do
        loop:spawn(work)
      end
    end)
    assert.are.equal("accepted", answer)
    assert.is_true(core.now() < ends) -- otherwise it went on only when the others had ended
  end)

  it("loop:sleep(0) lets all others run, also where calls wait for slots", function()
    local client, begun = jde(peer.start({ peer.always(done) }).url), 0
    local function log_out()
      begun = begun + 1
      assert(client:logout())
    end
    signoff.loop(function(loop)
      local busy = loop:spawn(function()
        for _ = 1, 20 do
          log_out()
        end
      end)
      loop:sleep(0.01)
      for _ = 1, 300 do
        loop:spawn(log_out)
      end
      local before = begun
      loop:sleep(0)
      assert.is_true(begun - before >= 300)
      busy:join()
    end, { concurrency = 2 })
  end)

  it("sleepers wake before those that have not begun", function()
    local seconds
    signoff.loop(function(loop)
      loop:spawn(function()
        seconds = timed(loop.sleep, loop, 0.05)
      end)
      for _ = 1, 1000 do
        loop:spawn(core.sleep, 0.001)
      end
    end)
    assert.is_true(seconds < 0.5)
  end)

  it("sleepers wake in order, and no sooner", function()
    local order = {}
    signoff.loop(function(loop)
      local began = core.now()
      for _, seconds in ipairs { 0.06, 0.02, 0.04, 0 } do
        loop:spawn(function()
          loop:sleep(seconds)
          assert.is_true(core.now() - began >= seconds)
          order[#order + 1] = seconds
        end)
      end
    end)
    assert.are.same({ 0, 0.02, 0.04, 0.06 }, order)
  end)

  it("a plain yield lets the others run", function()
    local order = {}
    signoff.loop(function(loop)
      for _, name in ipairs { "a", "b" } do
        loop:spawn(function()
          for i = 1, 3 do
            order[#order + 1] = name .. i
            coroutine.yield()
          end
        end)
      end
    end)
    assert.are.equal("a1 b1 a2 b2 a3 b3", table.concat(order, " "))
  end)

  it("10,000 tasks are normal", function()
    local client, accepted = jde(peer.start({ peer.always(done) }).url, { timeout = 30 }), 0
    signoff.loop(function(loop)
      for i = 1, 10000 do
        loop:spawn(function()
          if i % 50 == 0 then
            assert.are.equal("accepted", assert(client:logout()).answer)
          else
            loop:sleep(i % 7 / 100)
          end
          accepted = accepted + 1
        end)
      end
    end)
    assert.are.equal(10000, accepted)
  end)

  it("runs again and again, and inside a coroutine of the script's own", function()
    local client = jde(peer.start({ peer.always(done) }).url)
    for _ = 1, 3 do
      local thread = coroutine.wrap(function()
        return signoff.loop(function(loop)
          return loop:spawn(client.logout, client):join().answer
        end)
      end)
      assert.are.equal("accepted", thread())
    end
    assert.are.equal("accepted", client:logout().answer) -- outside it blocks
  end)
end)

describe("task:cancel", function()
  after_each(peer.stop_all)

  it("a call on its way returns 'cancelled', and whether it was sent", function()
    local server = silent()
    local client = jde(server.url)
    signoff.loop(function(loop)
      local task = loop:spawn(client.logout, client)
      peer.wait_for("a request", function()
        loop:sleep(0.01)
        return server:requests()[1]
      end)
      task:cancel()
      task:cancel()
      local answer, _, code, detail = task:join()
      assert.is_nil(answer)
      assert.are.equal("cancelled", code)
      assert.is_true(detail.sent)
    end)
  end)

  it("one that waits for a slot is not sent, and holds up nobody", function()
    local server = slow(0.1)
    local client = jde(server.url)
    signoff.loop(function(loop)
      loop:limit(client, { concurrency = 1 })
      local tasks = {}
      for i = 1, 4 do
        tasks[i] = loop:spawn(client.logout, client)
      end
      loop:sleep(0.02)
      tasks[2]:cancel()
      tasks[3]:cancel()
      local _, _, code, detail = tasks[2]:join()
      assert.are.equal("cancelled", code)
      assert.is_false(detail.sent)
      assert.are.equal("accepted", tasks[4]:join().answer)
    end)
    assert.are.equal(2, #server:requests())
  end)

  it("anything else that waits raises, and so does all that would wait after it", function()
    local seen = {}
    signoff.loop(function(loop)
      local slept = loop:spawn(function()
        seen[1] = select(2, signoff.pcall(loop.sleep, loop, 60))
        seen[2] = select(2, signoff.pcall(loop.sleep, loop, 60))
        return "still there"
      end)
      local unheard = loop:spawn(function()
        loop:sleep(60)
      end)
      local never = loop:spawn(function()
        seen.begun = true
      end)
      never:cancel()
      loop:sleep(0.01)
      slept:cancel()
      unheard:cancel()
      assert.are.equal("still there", slept:join())
      local fine, message = signoff.pcall(never.join, never)
      assert.is_false(fine)
      assert.is_truthy(message:find("cancelled", 1, true))
    end)
    assert.is_truthy(seen[1]:find("cancelled", 1, true))
    assert.is_truthy(seen[2]:find("cancelled", 1, true))
    assert.is_nil(seen.begun)
  end)

  it("one that catches everything keeps none of the others", function()
    signoff.loop(function(loop)
      local rounds = 0
      local stubborn = loop:spawn(function()
        while rounds < 1000 do
          rounds = rounds + 1
          signoff.pcall(loop.sleep, loop, 60)
        end
      end)
      loop:sleep(0.01)
      stubborn:cancel()
      loop:sleep(0)
      loop:sleep(0)
      assert.is_true(rounds < 1000)
    end)
  end)
end)

describe("a coroutine that a task made itself", function()
  after_each(peer.stop_all)

  -- The ticks of another task while `f(loop, client)` runs in such a coroutine, and what it returned.
  local function beside(f)
    local client = jde(slow(0.1, alive).url)
    return signoff.loop(function(loop)
      local ticks = waiting.ticking(loop, 5, 0.001)
      loop:sleep(0)
      local before = ticks()
      local value = coroutine.wrap(f)(loop, client)
      return ticks() - before, value
    end)
  end

  local rows = {
    { "a method", true, function(_, client) return assert(client:status()).active end },
    { "loop:sleep", "slept", function(loop)
      return timed(loop.sleep, loop, 0.05) >= 0.05 and "slept"
    end },
    { "a condition, up to its time limit", false, function() return runtime.condition():wait(0.05) end },
    { "a loop of its own", 3, function(_, client)
      return signoff.loop(function(inner)
        local count, list = 0, {}
        for i = 1, 3 do
          list[i] = inner:spawn(client.status, client)
        end
        for _, task in ipairs(list) do
          count = count + (task:join().active and 1 or 0)
        end
        return count
      end, { concurrency = 3 })
    end },
    { "a method whose deadline is that of the task", "timeout", function(_, client)
      return signoff.deadline(0.05, coroutine.wrap(function() return select(3, client:status()) end))
    end },
  }

  for _, row in ipairs(rows) do
    it("blocks in " .. row[1], function()
      local ticks, value = beside(row[3])
      assert.are.equal(row[2], value)
      assert.are.equal(0, ticks)
    end)
  end

  it("may begin tasks and ask those that have ended, but wait for none", function()
    signoff.loop(function(loop)
      local ended = loop:spawn(function() return "value" end)
      ended:join()
      local task, value, fine, message = coroutine.wrap(function()
        local task = loop:spawn(loop.sleep, loop, 0.01)
        return task, ended:join(), pcall(task.join, task)
      end)()
      assert.are.equal("value", value)
      assert.is_false(fine)
      assert.is_truthy(message:find "loop_spec.lua:%d+: task:join: .*signoff.wrap")
      task:join()
    end)
  end)

  it("leaves its task as it was", function()
    local client = jde(slow(0.02, alive).url)
    signoff.loop(function(loop)
      local ticks = waiting.ticking(loop, 5, 0.001)
      coroutine.wrap(function() assert(client:status()) end)()
      assert(client:status())
      assert.is_true(ticks() > 0)
      local fine = pcall(coroutine.wrap(function() signoff.loop(error) end))
      assert.is_false(fine)
      assert.is_true(timed(loop.sleep, loop, 0.02) >= 0.02)
    end)
  end)
end)

describe("signoff.wrap", function()
  after_each(peer.stop_all)

  it("is coroutine.wrap", function()
    local resume = signoff.wrap(function(a, b)
      local c, d = coroutine.yield(a, b)
      return c, nil, d, nil
    end)
    assert.are.same({ 1, nil, n = 2 }, { n = select("#", resume(1, nil)), 1, nil })
    assert.are.equal(4, select("#", resume(2, 3)))
    local fine, message = pcall(resume)
    assert.is_false(fine)
    assert.is_truthy(tostring(message):find("dead coroutine", 1, true), message)
    local object = {}
    local _, problem = pcall(signoff.wrap(error), object)
    assert.are.equal(object, problem)
    assert.are.equal("5", signoff.wrap(tostring)(5)) -- written in C
    assert_says("signoff.wrap: a function is needed, not nil", signoff.wrap)
  end)

  it("lets a generator wait, and the other tasks go on meanwhile", function()
    local client = jde(slow(0.1, alive).url)
    signoff.loop(function(loop)
      local ticks, list = waiting.ticking(loop, 40, 0.005), {}
      local each = signoff.wrap(function()
        for n = 1, 3 do
          coroutine.yield(("%d %s"):format(n, tostring(assert(client:status()).active)))
        end
      end)
      for _ = 1, 3 do
        list[#list + 1] = each()
      end
      assert.are.equal("1 true, 2 true, 3 true", table.concat(list, ", "))
      assert.is_true(ticks() >= 5, ticks())
    end)
  end)

  it("waits through several, also with signoff.pcall and signoff.deadline between them", function()
    local client = jde(slow(0.05, alive).url)
    signoff.loop(function(loop)
      local ticks = waiting.ticking(loop, 5, 0.005)
      local active, slept = signoff.wrap(function()
        return signoff.wrap(function()
          local _, active = signoff.pcall(function() return assert(client:status()).active end)
          return active, signoff.deadline(60, timed, loop.sleep, loop, 0.02) >= 0.02
        end)()
      end)()
      assert.is_true(active and slept)
      assert.is_true(ticks() > 0)
    end)
  end)

  it("may be gone on with by another task, but not while it waits", function()
    signoff.loop(function(loop)
      local resume = signoff.wrap(function()
        loop:sleep(0.02)
        coroutine.yield(coroutine.running())
        loop:sleep(0.02)
        return "end"
      end)
      local first = loop:spawn(resume)
      loop:sleep(0)
      assert_says("is resumed already", resume)
      first:join()
      local second = loop:spawn(resume)
      assert.are.equal("end", second:join())
    end)
  end)

  -- Where Lua 5.1 cannot wait, and how the coroutine is gone on with then; every other Lua waits in the first three.
  local held = setmetatable({}, { __index = function(_, resume) return resume() end })
  local waits = {
    ["pcall"] = function(resume) return select(2, pcall(resume)) end,
    ["pcall in a function"] = function(resume) return select(2, pcall(function() return resume() end)) end,
    ["a metamethod"] = function(resume) return select(2, pcall(function() return held[resume] end)) end,
    ["an iterator"] = function(resume)
      return select(2, pcall(function()
        for value in resume do -- luacheck: ignore 512
          return value
        end
      end))
    end,
    ["signoff.pcall"] = function(resume) return select(2, signoff.pcall(resume)) end,
    ["a call"] = function(resume) return resume() end,
  }
  for what, wait in pairs(waits) do
    it("says where it cannot wait, and what can be done, in " .. what, function()
      local is_51 = _VERSION == "Lua 5.1" and not rawget(_G, "jit")
      signoff.loop(function(loop)
        local resume = signoff.wrap(function()
          loop:sleep(0.001)
          coroutine.yield(1)
          loop:sleep(0.001)
          return 2
        end)
        local first = wait(resume)
        if first == 1 then
          assert(not is_51 or what == "signoff.pcall" or what == "a call")
          assert.are.equal(2, resume())
        else
          assert(tostring(first):find("attempt to yield", 1, true), tostring(first))
          for _, again in pairs(waits) do
            local _, message = signoff.pcall(again, resume)
            assert(tostring(message):find("was broken off, and it cannot go on; Lua 5.1 cannot wait inside pcall", 1, true), tostring(message))
          end
        end
        loop:sleep(0.01) -- the task waits as before
      end)
    end)
  end

  it("hands on what ends its waiting: errors, and that the task is cancelled", function()
    signoff.loop(function(loop)
      local failing = loop:spawn(signoff.wrap(function() loop:sleep(0.001) error("of the inner one", 0) end))
      local _, message = signoff.pcall(failing.join, failing)
      assert.is_truthy(message:find("of the inner one", 1, true))
      local sleeping = loop:spawn(signoff.wrap(function() loop:sleep(60) end))
      loop:sleep(0.01)
      sleeping:cancel()
      _, message = signoff.pcall(sleeping.join, sleeping)
      assert.is_truthy(message:find("cancelled", 1, true))
    end)
  end)

  it("is ended with its loop", function()
    assert_says("of another task", signoff.loop, function(loop)
      loop:spawn(signoff.wrap(function() loop:sleep(60) end))
      loop:sleep(0.01)
      error("of another task", 0)
    end)
  end)

  -- That each holds the other must not keep them: Lua 5.1 and LuaJIT know no ephemerons.
  for name, wrapped in pairs {
    ["signoff.wrap"] = signoff.wrap,
    ["signoff.deadline"] = function(f) return function() return signoff.deadline(60, f) end end,
    ["signoff.pcall"] = function(f) return function() return signoff.pcall(f) end end,
  } do
    it("is collected where its loop ended while it waited, as that of " .. name, function()
      local kept = setmetatable({}, { __mode = "v" })
      pcall(signoff.loop, function(loop)
        loop:spawn(wrapped(function()
          local here = {}
          kept[1] = here
          loop:sleep(60)
          return here
        end))
        loop:sleep(0.001)
        error "of another task"
      end)
      waiting.collect()
      assert.is_nil(kept[1])
    end)
  end

  it("blocks outside of tasks", function()
    local client = jde(slow(0.01, alive).url)
    assert.is_true(signoff.wrap(function() return assert(client:status()).active end)())
  end)
end)

describe("a loop in a task of another", function()
  after_each(peer.stop_all)

  it("keeps only that task, and its errors end only it", function()
    local client = jde(slow(0.1, alive).url)
    signoff.loop(function(outer)
      local ticks = waiting.ticking(outer, 10, 0.01)
      local value = signoff.loop(function(inner)
        for _ = 1, 5 do
          inner:spawn(function() assert(client:status()) end)
        end
        return "value"
      end)
      assert.are.equal("value", value)
      assert.is_true(ticks() > 0)
      local fine, message = signoff.pcall(signoff.loop, function(inner)
        inner:spawn(function() inner:sleep(60) end)
        inner:sleep(0.01)
        error "of the inner one"
      end)
      assert.is_false(fine)
      assert.is_truthy(message:find("of the inner one", 1, true))
      assert(client:status())
    end)
  end)

  it("ends when its task is cancelled", function()
    local seconds = timed(signoff.loop, function(outer)
      local task = outer:spawn(signoff.loop, function(inner)
        inner:spawn(function() inner:sleep(60) end)
        inner:sleep(60)
      end)
      outer:sleep(0.01)
      task:cancel()
    end)
    assert.is_true(seconds < 10)
  end)
end)
