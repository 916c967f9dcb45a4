-- SPDX-License-Identifier: MIT
-- signoff.loop, its tasks and limits, against scripted peers.

local core = require "signoff.core"
local signoff = require "signoff"
local peer = require "spec.support.peer"
local process = require "spec.support.process"
local waiting = require "spec.support.waiting"

local alive, done, jde, slow, timed, assert_says = waiting.alive, waiting.done, waiting.jde, waiting.slow, waiting.timed, waiting.assert_says

local function silent()
  return peer.start { { "request", "stall" } }
end

local function collect()
  collectgarbage()
  collectgarbage()
end

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

describe("limits of a loop", function()
  after_each(peer.stop_all)

  -- How many connections `count` calls at once use: as many as are on their way at once.
  local function used(count, options, limits)
    local server = slow(0.05)
    local client = jde(server.url)
    signoff.loop(function(loop)
      if limits then
        loop:limit(client, limits)
      end
      for _ = 1, count do
        loop:spawn(function()
          assert(client:logout())
        end)
      end
    end, options)
    return #server:connections()
  end

  -- One call at a time: the first one's place goes to a task that makes no call after all, and then to the last one.
  local function given_back(second)
    local client, last, tasks = jde(slow(0.05, alive).url), nil, {}
    signoff.loop(function(loop)
      loop:limit(client, { concurrency = 1 })
      loop:spawn(function()
        assert(client:status())
        second.at_first_reply(tasks)
      end)
      tasks.second = loop:spawn(signoff.pcall, client.status, client, second.argument)
      loop:spawn(function()
        last = assert(client:status())
      end)
    end)
    assert.is_true(last.active)
  end

  it("a place goes on when who waited for it is cancelled", function()
    given_back { at_first_reply = function(tasks) tasks.second:cancel() end }
  end)

  it("a place goes on when who waited for it cannot use it", function()
    given_back { at_first_reply = function() end, argument = 5 }
  end)

  it("a place goes on when the time is over of who waited for it", function()
    for i = 1, 20 do
      given_back { at_first_reply = function() end, argument = { deadline = 0.05 + i / 5000 } }
    end
  end)

  it("calls whose time is over leave nothing in the line", function()
    local client = jde(silent().url, { timeout = 1 })
    signoff.loop(function(loop)
      loop:limit(client, { concurrency = 1 })
      local first = loop:spawn(client.status, client)
      loop:sleep(0.01)
      collect()
      local before = collectgarbage "count"
      for _ = 1, 20 do
        for _ = 1, 100 do
          loop:spawn(signoff.deadline, 0.002, client.status, client)
        end
        loop:sleep(0.005)
      end
      loop:sleep(0.2)
      collect()
      assert.is_true(collectgarbage "count" - before < 1000) -- 4,700 KiB if each is kept
      first:join()
    end)
  end)

  it("64 calls are on their way unless said otherwise", function()
    assert.are.equal(64, used(100))
  end)

  it("as many as the loop says", function()
    assert.are.equal(5, used(30, { concurrency = 5 }))
  end)

  it("as many as a client's limit says, fewer or more than the loop", function()
    assert.are.equal(3, used(20, nil, { concurrency = 3 }))
    assert.are.equal(12, used(30, { concurrency = 4 }, { concurrency = 12 }))
  end)

  it("one client's calls do not hold up another's", function()
    local held, free = jde(slow(0.2).url), jde(peer.start({ peer.always(done) }).url)
    signoff.loop(function(loop)
      loop:limit(held, { concurrency = 1 })
      local first = loop:spawn(held.logout, held)
      for _ = 1, 5 do
        loop:spawn(held.logout, held)
      end
      local task = loop:spawn(free.logout, free)
      assert.are.equal("accepted", task:join().answer)
      assert.are.equal("accepted", first:join().answer)
    end)
  end)

  it("changes are paced, reads are not", function()
    local client = jde(peer.start({ { { loop = { "request", { send = peer.reply("200 OK", '{"status":"Success","isValidSession":true}') } } } } }).url)
    local changes, reads = {}, nil
    signoff.loop(function(loop)
      loop:limit(client, { per_second = 10, concurrency = 8 })
      local began = core.now()
      for _ = 1, 5 do
        loop:spawn(function()
          assert(client:logout())
          changes[#changes + 1] = core.now() - began
        end)
      end
      for _ = 1, 20 do
        loop:spawn(function()
          assert(assert(client:status()).active)
          reads = core.now() - began
        end)
      end
    end)
    assert.are.equal(5, #changes)
    for i, seconds in ipairs(changes) do
      assert.is_true(seconds >= (i - 1) * 0.1, ("change %d after %.3f s"):format(i, seconds))
    end
    assert.is_true(reads < changes[5])
  end)

  it("waiting for a turn does not count as the exchange's time, but does as the method's", function()
    local client = jde(slow(0.3).url, { timeout = 0.8 })
    signoff.loop(function(loop)
      loop:limit(client, { concurrency = 1 })
      local whole = loop:spawn(client.logout, client)
      local patient = {}
      for i = 1, 4 do
        patient[i] = loop:spawn(client.logout, client)
      end
      local hasty = loop:spawn(function()
        return client:logout(nil, { deadline = 0.2 })
      end)
      local answer, message, code, detail = hasty:join()
      assert.is_nil(answer)
      assert.are.equal("timeout", code)
      assert.is_false(detail.sent)
      assert.is_truthy(message:find("nothing was sent", 1, true), message)
      assert.are.equal("accepted", whole:join().answer)
      for i = 1, 4 do
        assert.are.equal("accepted", assert(patient[i]:join()).answer)
      end
    end)
  end)

  local client = jde "http://127.0.0.1:1"
  local closed = jde "http://127.0.0.1:1"
  closed:close()
  local wrong = {
    { "a client is needed, not string", "client", {} }, { "a client is needed, not nil", nil, {} },
    { "a client is needed, not table", {}, {} }, { "a client is needed, not userdata", signoff.secret.new "x", {} },
    { "jde_ais: the client is closed", closed, {} }, { "'concurrency'", client, { concurrency = 0 } },
    { "'concurrency'", client, { concurrency = 1.5 } }, { "'concurrency'", client, { concurrency = 5000 } },
    { "'per_minute'", client, { per_minute = "60" } }, { "a rate must be above 0", client, { per_second = 0 } },
    { "unknown option 'per_hour'", client, { per_hour = 1 } }, { "a table of options", client, 5 },
  }

  for _, row in ipairs(wrong) do
    it("refuses: " .. row[1], function()
      signoff.loop(function(loop)
        assert_says(row[1], loop.limit, loop, row[2], row[3])
      end)
    end)
  end
end)

describe("errors in a loop", function()
  after_each(peer.stop_all)

  local function fail_with_a_name()
    error "the error of a task"
  end

  it("are told where they are equal to anything", function()
    local odd = setmetatable({}, { __eq = function() return true end })
    local fine, message = pcall(signoff.loop, function(loop)
      loop:spawn(error, odd):join()
    end)
    assert.is_false(fine)
    assert.is_true(rawequal(odd, message))
  end)

  it("keep their own place, at the level that was asked for", function()
    local _, message = pcall(signoff.loop, function()
      error("the error of a caller", 2)
    end)
    assert.is_truthy(message:find "^the error of a caller")
  end)

  it("of its function end it at once, with a traceback", function()
    local seconds = timed(function()
      local message = assert_says("the error of a task", signoff.loop, function(loop)
        loop:spawn(function()
          loop:sleep(60)
        end)
        loop:sleep(0.01)
        fail_with_a_name()
      end)
      assert.is_truthy(message:find("stack traceback:.*loop_spec.lua"), message)
    end)
    assert.is_true(seconds < 10)
  end)

  it("of a task that nobody keeps end it soon, with a traceback", function()
    local seconds = timed(function()
      local message = assert_says("the error of a task", signoff.loop, function(loop)
        loop:spawn(fail_with_a_name)
        loop:sleep(60)
      end)
      assert.is_truthy(message:find("stack traceback:.*loop_spec.lua"), message)
    end)
    assert.is_true(seconds < 10)
  end)

  it("of a task that is dropped later end it too", function()
    local seconds = timed(assert_says, "the error of a task", signoff.loop, function(loop)
      local kept = { loop:spawn(fail_with_a_name) }
      loop:sleep(0.01)
      assert.are.equal(1, #kept)
      table.remove(kept)
      collect()
      for _ = 1, 300 do
        loop:sleep(0.2)
      end
    end)
    assert.is_true(seconds < 20)
  end)

  it("of a task that is kept are for who joins it, also much later", function()
    signoff.loop(function(loop)
      local tasks = {}
      for i = 1, 20 do
        tasks[i] = loop:spawn(function()
          loop:sleep(0.001 * i)
          error("task " .. i)
        end)
      end
      loop:sleep(0.1)
      for i = 20, 1, -1 do
        local fine, message = signoff.pcall(tasks[i].join, tasks[i])
        assert.is_false(fine)
        assert.is_truthy(message:find("task " .. i .. "\nstack traceback:", 1, true), message)
      end
    end)
  end)

  it("that nobody joined end it in the end, and the others are mentioned", function()
    local kept = {}
    local message = assert_says("task 1", signoff.loop, function(loop)
      for i = 1, 6 do
        kept[i] = loop:spawn(function()
          error("task " .. i)
        end)
      end
    end)
    assert.are.equal(6, #kept)
    assert.is_truthy(message:find("another task failed: [^\n]*task 2"), message)
    assert.is_truthy(message:find("3 more tasks failed", 1, true), message)
  end)

  it("that are no text stay what they are", function()
    local object = setmetatable({}, { __tostring = function() return "an object" end })
    local fine, problem = pcall(signoff.loop, function(loop)
      loop:spawn(function() error(object) end):join()
    end)
    assert.is_false(fine)
    assert.are.equal(object, problem)
    assert.is_false((pcall(signoff.loop, function() error() end)))
    assert.is_false((pcall(signoff.loop, function(loop) loop:spawn(error) end)))
  end)

  it("leave nothing behind: calls on their way are cancelled, and their log is told", function()
    local server, told = silent(), {}
    local client = jde(server.url, { log = function(_, _, fields) if fields.code then told[#told + 1] = fields end end })
    local function run()
      assert_says("the error of a task", signoff.loop, function(loop)
        for _ = 1, 10 do
          loop:spawn(client.logout, client)
        end
        peer.wait_for("requests", function()
          loop:sleep(0.01)
          return #server:requests() >= 10
        end)
        fail_with_a_name()
      end)
      collect()
    end
    run()
    assert.are.equal(10, #told)
    for _, fields in ipairs(told) do
      assert.are.equal("cancelled", fields.code)
      assert.is_true(fields.sent)
    end
    local before = process.descriptors()
    server = silent()
    client = jde(server.url)
    run()
    collect()
    assert.are.equal(before, process.descriptors())
  end)

  it("say that all tasks wait for each other", function()
    local seconds = timed(function()
      local message = assert_says("all tasks (3) wait for each other", signoff.loop, function(loop)
        local one, other
        one = loop:spawn(function()
          loop:sleep(0.01)
          other:join()
        end)
        other = loop:spawn(function()
          one:join()
        end)
        one:join()
      end)
      assert.is_truthy(message:find("loop_spec.lua", 1, true), message)
    end)
    assert.is_true(seconds < 10)
    assert_says("all tasks (10) wait for each other", signoff.loop, function(loop)
      local function wait_on_top_of_others()
        local task = loop:spawn(wait_on_top_of_others)
        coroutine.wrap(task.join)(task)
      end
      wait_on_top_of_others()
    end)
    assert_says("cannot wait for itself", signoff.loop, function(loop)
      local own
      own = loop:spawn(function() own:join() end)
      own:join()
    end)
  end)

  local wrong = {
    { "a function is needed, not nil", function() signoff.loop() end },
    { "unknown option 'in_flight'", function() signoff.loop(print, { in_flight = 3 }) end },
    { "'concurrency'", function() signoff.loop(print, { concurrency = 0 }) end },
    { "loop:spawn: a function is needed, not string", function() signoff.loop(function(loop) loop:spawn "x" end) end },
    { "a number of seconds", function() signoff.loop(function(loop) loop:sleep() end) end },
    { "a number of seconds", function() signoff.loop(function(loop) loop:sleep(-1) end) end },
    { "with a colon", function() signoff.loop(function(loop) loop.sleep(1) end) end },
    { "with a colon", function() signoff.loop(function(loop) loop:spawn(print).join() end) end },
    { "while it runs", function() local kept signoff.loop(function(loop) kept = loop end) kept:spawn(print) end },
    { "while it runs", function() local kept signoff.loop(function(loop) kept = loop end) kept:sleep(0) end },
    { "for the outermost loop", function() signoff.loop(function() signoff.loop(print, { concurrency = 3 }) end) end },
  }

  for i, row in ipairs(wrong) do
    it(("say what is wrong with a script: %s (%d)"):format(row[1], i), function()
      local message = assert_says(row[1], row[2])
      assert.is_truthy(message:find("loop_spec.lua:%d+: "), message)
    end)
  end

  it("of a closed client are raised, naming it", function()
    local client = jde(slow(0.1).url)
    signoff.loop(function(loop)
      loop:limit(client, { concurrency = 1 })
      local first, second = loop:spawn(client.logout, client), loop:spawn(client.logout, client)
      loop:sleep(0.01)
      client:close()
      assert.are.equal("accepted", first:join().answer)
      local fine, message = signoff.pcall(second.join, second)
      assert.is_false(fine)
      assert.is_truthy(message:find("jde_ais: the client is closed", 1, true), message)
    end)
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
