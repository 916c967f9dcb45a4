-- SPDX-License-Identifier: MIT
-- Errors in a loop: each is raised somewhere.

local signoff = require "signoff"
local peer = require "spec.support.peer"
local process = require "spec.support.process"
local waiting = require "spec.support.waiting"

local collect, jde, silent, slow, timed, assert_says =
  waiting.collect, waiting.jde, waiting.silent, waiting.slow, waiting.timed, waiting.assert_says

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
      assert.is_truthy(message:find("stack traceback:.*loop_errors_spec.lua"), message)
    end)
    assert.is_true(seconds < 10)
  end)

  it("of a task that nobody joined are raised once, when all have ended, with a traceback", function()
    local ended
    local message = assert_says("the error of a task", signoff.loop, function(loop)
      loop:spawn(fail_with_a_name)
      loop:sleep(0.05)
      collect()
      loop:sleep(0.01)
      ended = true
    end)
    assert.is_true(ended)
    assert.is_truthy(message:find("stack traceback:.*loop_errors_spec.lua"), message)
    local _, count = message:gsub("the error of a task", "")
    assert.are.equal(1, count)
  end)

  it("of a task that nobody joined are not lost when the function fails later", function()
    local message = assert_says("of the function", signoff.loop, function(loop)
      loop:spawn(fail_with_a_name)
      local joined = loop:spawn(error, "of a task that was joined")
      signoff.pcall(joined.join, joined)
      error "of the function"
    end)
    assert.is_truthy(message:find("another task failed: [^\n]*the error of a task"), message)
    assert.is_nil(message:find("of a task that was joined", 1, true))
  end)

  it("of a task that nobody joined are not lost where all others wait for each other", function()
    local message = assert_says("wait for each other", signoff.loop, function(loop)
      loop:spawn(fail_with_a_name)
      local other
      local one = loop:spawn(function() other:join() end)
      other = loop:spawn(function() one:join() end)
    end)
    assert.is_truthy(message:find("another task failed: [^\n]*the error of a task"), message)
  end)

  it("of a task that nobody joined are not lost with a loop inside that is ended from outside", function()
    for _, inside in ipairs {
      function(run) run() end, -- a loop
      function(run) signoff.loop(function(loop) loop:spawn(run) loop:sleep(60) end) end, -- a loop in a loop
    } do
      local function run()
        signoff.loop(function(inner) inner:spawn(fail_with_a_name) inner:sleep(60) end)
      end
      assert_says("the error of a task", signoff.loop, function(loop)
        local task = loop:spawn(inside, run)
        loop:sleep(0.01)
        task:cancel()
      end)
      local message = assert_says("of the function", signoff.loop, function(loop)
        loop:spawn(inside, run)
        loop:sleep(0.01)
        error "of the function"
      end)
      assert.is_truthy(message:find("another task failed: [^\n]*the error of a task"), message)
    end
  end)

  it("of a task are not raised again where one that joined it was told, and another one was cancelled", function()
    signoff.loop(function(loop)
      local failing, cancelled = loop:spawn(function() loop:sleep(0.01) error "told" end), nil
      loop:spawn(function()
        assert.is_false(signoff.pcall(failing.join, failing))
        cancelled:cancel()
      end)
      cancelled = loop:spawn(failing.join, failing)
    end)
  end)

  it("that were told are not kept", function()
    signoff.loop(function(loop)
      local function fail_and_join()
        local task = loop:spawn(error, ("x"):rep(2000))
        signoff.pcall(task.join, task)
      end
      fail_and_join()
      collect()
      local before = collectgarbage "count"
      for _ = 1, 1000 do
        fail_and_join()
      end
      collect()
      local more = collectgarbage "count" - before
      assert.is_true(more < 500, more)
    end)
  end)

  it("of a task are for the task that joins it, also much later", function()
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
    assert.is_true(process.descriptors() <= before) -- what earlier specs dropped may be closed meanwhile
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
      assert.is_truthy(message:find("loop_errors_spec.lua", 1, true), message)
    end)
    assert.is_true(seconds < 10)
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
      assert.is_truthy(message:find("loop_errors_spec.lua:%d+: "), message)
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
