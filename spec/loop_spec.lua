-- SPDX-License-Identifier: MIT
-- signoff.loop: its tasks, and loops in one another, against scripted peers.

local core = require "signoff.core"
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

  it("tasks take turns while others wait, and join gives what they returned", function()
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

  it("calls go on while many others have their turns", function()
    local client = jde(slow(0).url, { timeout = 0.3 })
    signoff.loop(function(loop)
      local call = loop:spawn(function()
        return client:logout()
      end)
      for _ = 1, 1000 do
        loop:spawn(core.sleep, 0.001) -- no waiting, but work
      end
      assert.are.equal("accepted", assert(call:join()).answer)
    end)
  end)

  it("loop:sleep(0) gives all others a turn, also where calls wait for their places", function()
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

  it("a plain yield gives the others a turn", function()
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

  it("one that waits for its turn is not sent, and holds up nobody", function()
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

  it("whatever else waits raises, and so does what would wait after it", function()
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

describe("a coroutine of the script's own in a task", function()
  after_each(peer.stop_all)

  it("may call methods, and the other tasks go on meanwhile", function()
    local client, ticks, ticked = jde(slow(0.2, alive).url), 0, nil
    signoff.loop(function(loop)
      local ended
      loop:spawn(function()
        repeat
          loop:sleep(0.01)
          ticks = ticks + 1
        until ended
      end)
      local list = {}
      for n, active in coroutine.wrap(function()
        for n = 1, 3 do
          coroutine.yield(n, assert(client:status()).active)
        end
      end) do
        list[#list + 1] = ("%d %s"):format(n, tostring(active))
      end
      ticked, ended = ticks, true
      assert.are.equal("1 true, 2 true, 3 true", table.concat(list, ", "))
    end)
    assert.is_true(ticked >= 5, ticked)
  end)

  it("gives the others their turns, and what is left of them is gone on with", function()
    local ended = 0
    signoff.loop(function(loop)
      for _ = 1, 3 do
        loop:spawn(function()
          coroutine.wrap(function() loop:sleep(0.01) end)()
          ended = ended + 1
        end)
      end
      loop:spawn(function()
        loop:sleep(0.1)
        ended = ended + 1
      end)
    end)
    assert.are.equal(4, ended)
  end)

  it("whose waiting was in vain is not woken by it later", function()
    local fine, waited
    signoff.loop(function(loop)
      local main
      local joined = loop:spawn(function()
        signoff.pcall(main.join, main)
        loop:sleep(0.05)
      end)
      main = loop:spawn(function()
        loop:sleep(0.01)
        fine = pcall(coroutine.wrap(joined.join), joined) -- both wait for each other
        joined:cancel()
        local other = loop:spawn(loop.sleep, loop, 0.2)
        waited = timed(other.join, other)
      end)
      main:join()
    end)
    assert.is_false(fine)
    assert.is_true(waited >= 0.2)
  end)

  it("many of them, each waiting for the other's calls", function()
    local client, count = jde(slow(0.02, alive).url), 0
    signoff.loop(function(loop)
      for _ = 1, 100 do
        loop:spawn(function()
          coroutine.wrap(function()
            assert.is_true(assert(client:status()).active)
            loop:sleep(0.01)
            count = count + 1
          end)()
        end)
      end
    end)
    assert.are.equal(100, count)
  end)

  it("an error in another task ends the loop all the same", function()
    local client = jde(silent().url, { timeout = 20 })
    local seconds = timed(assert_says, "the error of another", signoff.loop, function(loop)
      loop:spawn(function()
        loop:sleep(0.05)
        error "the error of another"
      end)
      coroutine.wrap(function()
        client:logout()
      end)()
    end)
    assert.is_true(seconds < 10)
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
        inner:spawn(function() error "of the inner one" end)
        inner:sleep(60)
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
