-- SPDX-License-Identifier: MIT
-- How many calls of a loop are on their way, and how fast they follow one another, against scripted peers.

local core = require "signoff.core"
local signoff = require "signoff"
local peer = require "spec.support.peer"
local waiting = require "spec.support.waiting"

local alive, collect, done, jde, silent, slow, assert_says =
  waiting.alive, waiting.collect, waiting.done, waiting.jde, waiting.silent, waiting.slow, waiting.assert_says

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

  -- A log hook that lets others run before its call is sent: each client has the slots that it was given all the same.
  local hooks = {
    ["another client's call"] = function(_, other) assert(other:status()) end,
    ["a call of the same client"] = function(_, _, own) assert(own:status()) end,
    ["a pause"] = function(loop) loop:sleep(0.01) end,
    ["another client's call, in a coroutine"] = function(_, other)
      signoff.wrap(function()
        assert(other:status())
      end)()
    end,
    ["a loop of its own"] = function(_, other)
      signoff.loop(function(inner)
        inner:spawn(other.status, other):join()
      end)
    end,
    ["a call that is refused"] = function(_, other) pcall(other.status, other, 5) end,
    ["an error"] = function() error "x" end,
  }

  for what, hook in pairs(hooks) do
    it("hold for calls whose log hook makes " .. what, function()
      local server, another = slow(0.02, alive), slow(0.02, alive)
      local other, own = jde(another.url), nil
      local depth, done_calls = 0, 0
      signoff.loop(function(loop)
        own = jde(server.url, { log = function(level)
          if level == "debug" and depth < 6 then
            depth = depth + 1
            hook(loop, other, own)
          end
        end })
        loop:limit(own, { concurrency = 1 })
        loop:limit(other, { concurrency = 2 })
        for _ = 1, 6 do
          loop:spawn(function()
            assert(own:status())
            done_calls = done_calls + 1
          end)
          loop:spawn(other.status, other)
        end
      end)
      assert.are.equal(6, done_calls)
      assert.are.equal(1, #server:connections())
      assert.are.equal(2, #another:connections())
    end)
  end

  it("give a cancelled change's place in the rate to the next one", function()
    local client = jde(slow(0.01).url)
    signoff.loop(function(loop)
      loop:limit(client, { concurrency = 1, per_minute = 1 })
      local second
      loop:spawn(function()
        assert(client:status())
        second:cancel() -- it has been let through, and has not run since
      end)
      second = loop:spawn(client.logout, client)
      loop:spawn(function()
        assert(client:logout(nil, { own = true, deadline = 30 })) -- a minute later without that place
      end)
    end)
  end)

  -- One call at a time: the first one's slot goes to a task that makes no call after all, and then to the last one.
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

  it("a slot goes to the next task when the one that waited for it is cancelled", function()
    given_back { at_first_reply = function(tasks) tasks.second:cancel() end }
  end)

  it("a slot goes to the next task when the one that waited for it cannot use it", function()
    given_back { at_first_reply = function() end, argument = 5 }
  end)

  it("a slot goes to the next task when the time of the one that waited for it is over", function()
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

  it("waiting for a slot does not count as the exchange's time, but does as the method's", function()
    local client = jde(slow(0.3).url, { timeout = 0.8 })
    signoff.loop(function(loop)
      loop:limit(client, { concurrency = 1 })
      local whole = loop:spawn(client.logout, client)
      local patient = {}
      for i = 1, 4 do
        patient[i] = loop:spawn(client.logout, client)
      end
      local hasty = loop:spawn(function()
        return client:logout(nil, { own = true, deadline = 0.2 })
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
