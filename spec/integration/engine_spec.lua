-- SPDX-License-Identifier: MIT
-- signoff.engine, stepped by hand, against scripted peers.

local core = require "signoff.core"
local runtime = require "signoff.async.runtime"
local signoff = require "signoff"
local child = require "spec.support.child"
local native = require "spec.support.native"
local peer = require "spec.support.peer"
local process = require "spec.support.process"
local stepping = require "spec.support.stepping"
local waiting = require "spec.support.waiting"

local alive, assert_says, collect, jde, silent, slow =
  waiting.alive, waiting.assert_says, waiting.collect, waiting.jde, waiting.silent, waiting.slow

local engines = {}

local function new(options)
  local engine = signoff.engine(options)
  engines[#engines + 1] = engine
  return engine
end

-- A function that notes what it is called with, and those notes.
local function noter()
  local notes = {}
  return function(...)
    notes[#notes + 1] = { n = select("#", ...), ... }
  end, notes
end

local function stop_all()
  for _, engine in ipairs(engines) do
    pcall(engine.close, engine)
  end
  engines = {}
  peer.stop_all()
end

-- Waits, in a task, until the server has that many requests.
local function await(engine, server, count)
  peer.wait_for("requests", function()
    engine:sleep(0.005)
    return #server:requests() >= count
  end)
end

describe("signoff.engine", function()
  after_each(stop_all)

  it("has a descriptor that stays the same, and nothing to do at first", function()
    local engine = new()
    local descriptor = engine:pollfd()
    assert.are.equal("number", type(descriptor))
    assert.are.equal(descriptor, engine:getfd())
    assert.are.equal("r", engine:events())
    assert.is_nil(engine:timeout())
    assert.is_false(stepping.is_readable(engine))
    assert.are.equal(0, engine:step())
    assert.are.equal(descriptor, engine:pollfd())
  end)

  it("runs many calls at once, and no step waits for any of them", function()
    local client, engine, note, notes = jde(slow(0.2).url), new(), noter()
    for i = 1, 20 do
      engine:spawn(function(a, b)
        return a, b, assert(client:logout()).answer
      end, i, nil):done(note)
    end
    local seconds = waiting.timed(stepping.run, engine)
    assert.are.equal(20, #notes)
    for _, told in ipairs(notes) do
      assert.are.same({ n = 4, true, told[2], nil, "accepted" }, told)
    end
    assert.is_true(seconds < 3, seconds) -- one after the other: 4 s
    assert.are.equal(0, engine:step())
  end)

  it("does not wait for a system that says nothing", function()
    local client, engine = jde(silent().url, { timeout = 60 }), new()
    engine:spawn(client.logout, client):done(function() end)
    for _ = 1, 20 do
      assert.are.equal(1, engine:step())
    end
    local timeout = engine:timeout()
    assert.is_true(timeout and timeout > 0 and timeout <= 60)
  end)

  -- Uses outside of a step that make the descriptor readable, until the next step.
  local outside = {
    { "spawn", function(engine) engine:spawn(function() end) end },
    { "cancel", function(engine, task) task:cancel() return engine end },
    { "done of a task that has ended", function(_, _, ended) ended:done(function() end) end },
    { "limit", function(engine, _, _, client) engine:limit(client, { concurrency = 2 }) end },
  }

  for _, row in ipairs(outside) do
    it("is readable after " .. row[1] .. ", until a step", function()
      local client, engine = jde(silent().url), new()
      local task, ended = engine:spawn(engine.sleep, engine, 60), engine:spawn(function() end)
      task:done(function() end)
      stepping.settle(engine)
      assert.is_false(stepping.is_readable(engine))
      row[2](engine, task, ended, client)
      row[2](engine, task, ended, client)
      assert.is_true(stepping.is_readable(engine))
      stepping.settle(engine)
      assert.is_false(stepping.is_readable(engine))
      assert.is_true((engine:timeout() or 1) > 0)
    end)
  end

  it("hears of its port's notifier in a step of 0 seconds", function()
    local port = core.engine(1)
    local watched = { getfd = function() return port:descriptor() end }
    assert.is_false(stepping.is_readable(watched))
    port:wake()
    port:wake()
    assert.is_true(stepping.is_readable(watched))
    port:step(0)
    assert.is_false(stepping.is_readable(watched))
    port:close()
  end)

  it("says when a step is due", function()
    local client, engine = jde(silent().url, { timeout = 0.3 }), new()
    engine:limit(client, { per_minute = 600 })
    engine:spawn(engine.sleep, engine, 30)
    stepping.settle(engine)
    local at = engine:timeout()
    assert.is_true(at > 25 and at <= 30, at)
    engine:spawn(function() engine:sleep(0.5) end)
    assert.are.equal(0, engine:timeout())
    stepping.settle(engine)
    at = engine:timeout()
    assert.is_true(at > 0 and at <= 0.5, at)
    local told
    engine:spawn(client.logout, client):done(function(_, _, _, code) told = code end)
    stepping.run(engine, function() return told end) -- libcurl's own time limit
    assert.are.equal("timeout", told)
  end)

  it("ends a step though there is always more to do", function()
    local engine, rounds = new(), 0
    engine:spawn(function()
      while true do
        rounds = rounds + 1
        coroutine.yield()
      end
    end)
    local function again()
      engine:spawn(function() end):done(again)
    end
    again()
    for _ = 1, 5 do
      local before = rounds
      assert.is_true(engine:step() >= 1)
      assert.is_true(rounds > before)
      assert.are.equal(0, engine:timeout())
    end
  end)

  it("has the limits of a loop", function()
    local server = slow(0.05)
    local client, engine = jde(server.url), new { concurrency = 3 }
    for _ = 1, 9 do
      engine:spawn(function() assert(client:logout()) end)
    end
    stepping.run(engine)
    assert.are.equal(3, #server:connections())
    engine:limit(client, { concurrency = 1 })
    for _ = 1, 3 do
      engine:spawn(function() assert(client:logout()) end)
    end
    stepping.run(engine)
    assert.are.equal(3, #server:connections())
  end)

  it("carries sign-outs, loops, conditions and deadlines in its tasks", function()
    local client, engine, told = jde(slow(0.02, alive).url), new(), {}
    engine:spawn(function()
      return signoff.loop(function(loop)
        return loop:spawn(function() return assert(client:status()).active end):join()
      end)
    end):done(function(...) told.loop = { ... } end)
    engine:spawn(client.signout, client, { token = "044-token" }, { deadline = 2, settle = 0 }):done(function(_, result) told.signout = result end)
    engine:spawn(runtime.run, function(env)
      env.spawn(env.sleep, 0.01)
      return "run"
    end):done(function(...) told.run = { ... } end)
    signoff.deadline(0.05, function()
      engine:spawn(function()
        engine:sleep(0.1)
        return (select(3, client:status()))
      end):done(function(...) told.deadline = { ... } end)
    end)
    stepping.run(engine)
    assert.are.same({ true, true }, told.loop)
    assert.are.equal("still_active", told.signout.verdict)
    assert.are.same({ true, "run" }, told.run)
    assert.are.same({ true, "timeout" }, told.deadline)
  end)

  it("works beside others, and in a coroutine of the program's own", function()
    local client, note, notes = jde(slow(0.02).url), noter()
    local one, other = new(), new()
    one:spawn(client.logout, client):done(note)
    other:spawn(client.logout, client):done(note)
    local both = coroutine.wrap(function()
      while one:step() + other:step() > 0 do
        coroutine.yield()
      end
      return true
    end)
    peer.wait_for("two logouts", both)
    assert.are.equal(2, #notes)
    assert.are.equal("accepted", notes[1][2].answer)
    assert.are.equal("accepted", client:logout().answer) -- outside of tasks it blocks
  end)
end)

describe("the ends of an engine's tasks", function()
  after_each(stop_all)

  -- An error by its own words: the first line.
  local function words(message)
    return type(message) == "string" and message:match "^[^\n]*" or message
  end

  local object = setmetatable({}, { __tostring = function() return "an object" end })

  -- A use; the errors that steps raise, in order; those that callbacks and joiners are told.
  local rows = {
    { "of a task alone", function(engine) engine:spawn(error, "one", 0) end, { "one" } },
    { "of several tasks, one in each step", function(engine)
      engine:spawn(error, "one", 0)
      engine:spawn(error, "two", 0)
      engine:spawn(error, "three", 0)
    end, { "one", "two", "three" } },
    { "that is no text", function(engine) engine:spawn(error, object) end, { object } },
    { "of a task with done", function(engine, note) engine:spawn(error, "one", 0):done(note) end, {}, { "one" } },
    { "of a task with done, set after its end", function(engine, note)
      local task = engine:spawn(error, "one", 0)
      pcall(engine.step, engine)
      task:done(note)
    end, {}, { "one" } },
    { "of a task that another one joins", function(engine, note)
      local task = engine:spawn(function() engine:sleep(0.01) error("one", 0) end)
      engine:spawn(function() note(signoff.pcall(task.join, task)) end)
    end, {}, { "one" } },
    { "of a task that its own spawned and joins later", function(engine, note)
      engine:spawn(function()
        local task = engine:spawn(error, "one", 0)
        engine:sleep(0.02)
        note(signoff.pcall(task.join, task))
      end)
    end, {}, { "one" } },
    { "of a task that its own spawned and left", function(engine)
      engine:spawn(function()
        engine:spawn(error, "one", 0)
        engine:spawn(error, "two", 0)
        engine:sleep(0.01)
      end)
    end, { "one" } },
    { "of a task that its own spawned, which has done", function(engine, note)
      engine:spawn(function()
        engine:spawn(error, "one", 0)
        engine:sleep(0.01)
      end):done(note)
    end, { "one" }, {} },
    { "of a task whose joiner was cancelled", function(engine)
      local cancelled = false
      local task = engine:spawn(function()
        repeat engine:sleep(0.01) until cancelled
        error("one", 0)
      end)
      local joiner = engine:spawn(task.join, task)
      stepping.settle(engine)
      joiner:cancel()
      cancelled = true
    end, { "one" } },
    { "of a task whose joiner is cancelled while it is told", function(engine)
      local joiner
      local task = engine:spawn(function() engine:sleep(0.01) joiner:cancel() error("one", 0) end)
      joiner = engine:spawn(task.join, task)
    end, { "one" } },
    { "of a callback", function(engine) engine:spawn(function() end):done(function() error("one", 0) end) end, { "one" } },
    { "of each callback, and all are called", function(engine, note)
      local function fail() error("one", 0) end
      engine:spawn(error, "of the task", 0):done(fail):done(note):done(fail)
    end, { "one", "one" }, { "of the task" } },
    { "that it was cancelled", function(engine) engine:spawn(engine.sleep, engine, 60):cancel() end, {} },
    { "that it was cancelled, after it began", function(engine, note)
      local task = engine:spawn(engine.sleep, engine, 60):done(note)
      stepping.settle(engine)
      task:cancel()
    end, {}, { "signoff: the task was cancelled" } },
    { "that tasks wait for each other", function(engine)
      local other
      local one = engine:spawn(function() other:join() end)
      other = engine:spawn(function() one:join() end)
    end, { "all tasks (2) wait for each other", "was ended with its loop, or with the task that began it" } },
  }

  for _, row in ipairs(rows) do
    it("errors are told: " .. row[1], function()
      local engine, told, raised = new(), {}, {}
      row[2](engine, function(fine, message)
        told[#told + 1] = not fine and words(message) or nil
      end)
      for i, message in ipairs(stepping.errors(engine)) do
        local wanted = row[3][i]
        raised[i] = type(message) == "string" and type(wanted) == "string" and message:find(wanted, 1, true) and wanted or message
      end
      assert.are.same(row[3], raised)
      assert.are.same(row[4] or {}, told)
      assert.is_nil(engine:timeout())
    end)
  end

  it("errors have a traceback, and others of their tree are mentioned", function()
    local engine = new()
    engine:spawn(function()
      engine:spawn(error, "another", 0)
      engine:sleep(0.01)
      error "the first task's"
    end)
    local list = stepping.errors(engine)
    assert.are.equal(1, #list)
    assert.is_truthy(list[1]:find("^[^\n]*engine_spec.lua:%d+: the first task's"), list[1])
    assert.is_truthy(list[1]:find("stack traceback:.*engine_spec.lua"), list[1])
    assert.is_truthy(list[1]:find("another task failed: another", 1, true), list[1])
  end)

  it("a task that fails or is cancelled ends those that it spawned, and no others", function()
    for _, how in ipairs { "fails", "is cancelled" } do
      local engine, others, begun, note, notes = new(), 0, 0, noter()
      local function sleep()
        begun = begun + 1
        engine:sleep(60)
      end
      local first = engine:spawn(function()
        engine:spawn(sleep):done(note)
        signoff.loop(function(loop)
          loop:spawn(function() engine:spawn(sleep):done(note) end)
          loop:sleep(how == "fails" and 0.02 or 60)
        end)
        error "of the first"
      end)
      engine:spawn(function() engine:sleep(0.05) others = others + 1 end)
      first:done(function() end)
      if how == "is cancelled" then
        stepping.run(engine, function() return begun == 2 end)
        first:cancel()
      end
      stepping.run(engine)
      assert.are.equal(2, #notes)
      for _, told in ipairs(notes) do
        assert.are.same({ n = 2, false, "signoff: the task was ended with its loop, or with the task that began it" }, told)
      end
      assert.are.equal(1, others)
    end
  end)

  it("a task that waits for one that is ended with its tree is told", function()
    local engine, inner = new(), nil
    engine:spawn(function()
      inner = engine:spawn(engine.sleep, engine, 60)
      engine:sleep(0.02)
      error("of the first", 0)
    end):done(function() end)
    stepping.settle(engine)
    local told
    engine:spawn(function() told = select(2, signoff.pcall(inner.join, inner)) end)
    stepping.run(engine)
    assert.is_truthy(told:find("was ended with its loop, or with the task that began it", 1, true), told)
  end)

  it("a task that waits for one of a loop that has failed is told", function()
    local told
    signoff.loop(function(loop)
      local inner
      local owner = loop:spawn(signoff.pcall, signoff.loop, function(own)
        inner = own:spawn(own.sleep, own, 60)
        own:sleep(0.02)
        error "of the loop inside"
      end)
      loop:sleep(0.01)
      told = select(2, signoff.pcall(inner.join, inner))
      assert.is_false(owner:join())
    end)
    assert.is_truthy(told:find("was ended with its loop", 1, true), told)
  end)

  it("callbacks may spawn, cancel, call back and close, and methods block in them", function()
    local client, engine, order = jde(slow(0.02).url), new(), {}
    local sleeping = engine:spawn(engine.sleep, engine, 60)
    sleeping:done(function(fine) order[#order + 1] = "cancelled " .. tostring(fine) end)
    engine:spawn(function() return "first" end):done(function(_, value)
      order[#order + 1] = value
      engine:spawn(function() return assert(client:logout()).answer end):done(function(_, answer)
        order[#order + 1] = answer
        order[#order + 1] = client:logout().answer
        sleeping:cancel()
        sleeping:done(function()
          order[#order + 1] = "again"
          engine:close()
          engine:close()
        end)
      end)
    end)
    stepping.run(engine)
    assert.are.equal("first, accepted, accepted, cancelled false, again", table.concat(order, ", "))
    assert_says("engine:step: the engine is closed", engine.step, engine)
  end)

  it("callbacks that a step has no time for are left, though no task is", function()
    local engine, called = signoff.engine {}, false
    local task = engine:spawn(function() end)
    task:done(function()
      local ends = core.now() + 0.01
      while core.now() < ends do end
      task:done(function() called = true end)
    end)
    while engine:step() > 0 do end
    assert.is_true(called)
    assert.is_nil(engine:timeout())
    engine:close()
  end)

  it("a task may cancel others, and itself, while the engine is stepped", function()
    local engine, list, note, notes = new(), {}, noter()
    for i = 1, 5 do
      list[i] = engine:spawn(function()
        engine:sleep(i * 0.01)
        for _, task in ipairs(list) do
          task:cancel()
        end
        engine:sleep(60)
      end):done(note)
    end
    stepping.run(engine)
    assert.are.equal(5, #notes)
    assert.are.same({}, stepping.errors(engine))
  end)

  it("task:done calls back in a loop, too; an error there ends the loop", function()
    local note, notes = noter()
    signoff.loop(function(loop)
      loop:spawn(function() return 1, nil end):done(note)
      local failing = loop:spawn(error, "told", 0):done(note)
      loop:sleep(0.01)
      assert.are.equal(failing, failing:done(note))
      loop:spawn(loop.sleep, loop, 60):done(note):cancel()
      signoff.pcall(failing.join, failing)
    end)
    assert.are.same({ n = 3, true, 1 }, notes[1])
    assert.are.equal(4, #notes)
    for i = 2, 3 do
      assert.are.equal("told", words(notes[i][2]))
    end
    assert_says("of a callback", signoff.loop, function(loop)
      loop:spawn(function() end):done(function() error "of a callback" end)
      loop:sleep(60)
    end)
    assert_says("of the last callback", signoff.loop, function(loop)
      loop:spawn(function() end):done(function() error "of the last callback" end)
    end)
    assert_says("task:done: its loop has ended", function()
      local task
      signoff.loop(function(loop) task = loop:spawn(function() end) end)
      task:done(print)
    end)
  end)
end)

describe("what an engine is not for", function()
  after_each(stop_all)

  local function in_task(engine, f)
    local told
    engine:spawn(function() told = select(2, pcall(f)) end)
    engine:step()
    error(told, 0)
  end

  local wrong = {
    { "engine:step: the engine is in a step already", function(engine) in_task(engine, function() engine:step() end) end },
    { "engine:step: the engine is in a step already", function(engine)
      engine:spawn(function() end):done(function() engine:step() end)
      engine:step()
    end },
    { "engine:step: a task cannot step an engine", function(engine)
      signoff.loop(function() engine:step() end)
    end },
    { "engine:step: a task cannot step an engine", function(engine)
      in_task(new(), function() coroutine.wrap(engine.step)(engine) end)
    end },
    { "engine:close: a task cannot close its own engine", function(engine) in_task(engine, function() engine:close() end) end },
    { "engine:sleep: only for tasks of this engine", function(engine) engine:sleep(0) end },
    { "engine:sleep: only for tasks of this engine", function(engine) in_task(new(), function() engine:sleep(0) end) end },
    { "engine:sleep: a number of seconds is needed, not x", function(engine) in_task(engine, function() engine:sleep "x" end) end },
    { "task:join: only another task of the same loop or engine", function(engine) engine:spawn(print):join() end },
    { "engine:spawn: a function is needed, not nil", function(engine) engine:spawn() end },
    { "task:done: a function is needed, not number", function(engine) engine:spawn(print):done(1) end },
    { "engine:limit: a client is needed, not nil", function(engine) engine:limit(nil, {}) end },
    { "unknown option 'most'", function() signoff.engine { most = 1 } end },
    { "'concurrency' must be a whole number from 1 to 1024", function() signoff.engine { concurrency = 1025 } end },
    { "engine:step: call it with a colon, on an engine", function(engine) engine.step() end },
    { "engine:pollfd: call it with a colon, on an engine", function(engine) engine.pollfd {} end },
    { "another loop steps this engine already", function(engine)
      engine:attach(function() end, function() end)
      engine:attach(function() end, function() end)
    end },
    { "engine:attach: a function is needed, not nil", function(engine) engine:attach(function() end) end },
  }

  for i, row in ipairs(wrong) do
    it(("is raised: %s (%d)"):format(row[1], i), function()
      local message = assert_says(row[1], row[2], new())
      assert.is_truthy(message:find("engine_spec.lua:%d+: "), message)
    end)
  end

  it("nothing but close may be done after close", function()
    local engine = new()
    engine:close()
    engine:close()
    for name, method in pairs(getmetatable(engine)) do
      if type(method) == "function" and not name:find "close" then
        assert_says(("engine:%s: the engine is closed"):format(name == "getfd" and "pollfd" or name), method, engine)
      end
    end
  end)

  it("a child of the process, and another thread", function()
    local output = child.run(native.paths { "spec/proofs/hosts/forking.c", "spec/support/elsewhere.c" } .. [[
      local forking, elsewhere, signoff = require "forking", require "elsewhere", require "signoff"
      local engine, ran = signoff.engine(), 0
      local task = engine:spawn(function() engine:sleep(0) ran = ran + 1 end)
      local names = { "step", "pollfd", "getfd", "events", "timeout", "spawn", "limit", "attach" }
      local function try_all()
        for _, name in ipairs(names) do
          local fine, message = pcall(engine[name], engine, function() end, function() end)
          io.write(name, " ", tostring(fine), " ", tostring(message):match "it belongs to the %a+" or tostring(message), "\n")
        end
      end
      io.stdout:setvbuf "no"
      local id = forking.fork()
      if id == 0 then
        try_all()
        task:cancel()
        engine:close()
        io.write("ran ", ran, "\n")
        os.exit(0)
      end
      io.write("status ", tostring(forking.wait(id)), "\n")
      assert(elsewhere.call(try_all))
      while engine:step() > 0 do end
      io.write("ran ", ran, "\n")
    ]])
    local expected = {}
    for _, who in ipairs { "process", "thread" } do
      for _, name in ipairs { "step", "pollfd", "getfd", "events", "timeout", "spawn", "limit", "attach" } do
        expected[#expected + 1] = name .. " false it belongs to the " .. who
      end
      expected[#expected + 1] = who == "process" and "ran 0\nstatus 0" or "ran 1"
    end
    assert.are.equal(table.concat(expected, "\n"), output)
  end)
end)

describe("the end of an engine", function()
  after_each(stop_all)

  it("cancels calls on their way, tells everybody, and gives its descriptors back", function()
    local before = process.descriptors()
    local server, logged, note, notes = silent(), {}, noter()
    local client = jde(server.url, { log = function(_, _, fields) if fields.code then logged[#logged + 1] = fields end end })
    local engine, arrived = new(), false
    for _ = 1, 10 do
      engine:spawn(client.logout, client):done(note)
    end
    local slept = engine:spawn(engine.sleep, engine, 60)
    engine:spawn(slept.join, slept):done(note)
    engine:spawn(await, engine, server, 10):done(function() arrived = true end)
    stepping.run(engine, function() return arrived end)
    local closing
    engine:attach(function() end, function() closing = engine:pollfd() end)
    local fine, message = pcall(engine.close, engine)
    assert.is_true(fine, message)
    assert.are.equal("number", type(closing))
    assert.are.equal(11, #notes)
    for _, told in ipairs(notes) do
      assert.are.same({ n = 2, false, "signoff: the engine of this task was closed" }, told)
    end
    assert.are.equal(10, #logged)
    for _, fields in ipairs(logged) do
      assert.are.equal("cancelled", fields.code)
      assert.is_true(fields.sent)
    end
    collect()
    assert.is_true(process.descriptors() <= before)
  end)

  it("raises what nobody was told, also of callbacks", function()
    local engine = new()
    engine:spawn(function()
      engine:spawn(error, "of a task", 0)
      engine:sleep(60)
    end)
    stepping.settle(engine)
    assert_says("of a task", engine.close, engine)
    engine = new()
    engine:spawn(engine.sleep, engine, 60):done(function() error "of a callback" end)
    stepping.settle(engine)
    assert_says("of a callback", engine.close, engine)
    engine:close()
  end)

  it("is no use in a callback but to begin nothing more", function()
    local engine = new()
    engine:spawn(engine.sleep, engine, 60):done(function() engine:spawn(print) end)
    assert_says("engine:spawn: the engine is closed", engine.close, engine)
  end)

  it("may be forgotten: the collector gives the descriptors of an engine back, with calls on their way", function()
    local server, before = silent(), process.descriptors()
    local client = jde(server.url)
    local function forget()
      local engine = signoff.engine()
      for _ = 1, 5 do
        engine:spawn(client.logout, client):done(function() end)
      end
      engine:spawn(function() signoff.loop(function(loop) loop:sleep(60) end) end)
      for _ = 1, 3 do
        engine:step()
      end
    end
    for _ = 1, 10 do
      forget()
    end
    for _ = 1, 3 do
      collect()
    end
    assert.is_true(process.descriptors() <= before, process.descriptors())
  end)

  it("comes to thousands of engines, and each gives its descriptors back", function()
    local before, count = process.descriptors(), 0
    for i = 1, 3000 do
      local engine = signoff.engine()
      engine:spawn(function() engine:sleep(0) count = count + 1 end)
      repeat until engine:step() == 0
      if i % 2 == 0 then
        engine:close()
      elseif i % 100 == 1 then
        collect()
      end
    end
    collect()
    assert.are.equal(3000, count)
    assert.is_true(process.descriptors() <= before, process.descriptors())
  end)

  it("is not reached where no descriptor is left: the error says so", function()
    local output = child.run([[
      local signoff = require "signoff"
      local kept, message = {}, nil
      for i = 1, 100 do
        local fine, made = pcall(signoff.engine)
        kept[i], message = made, not fine and made or message
        if not fine then break end
      end
      print(message)
      for _, engine in ipairs(kept) do if type(engine) == "table" then engine:close() end end
      local engine = signoff.engine()
      engine:spawn(function() print "ran" end)
      engine:step()
    ]], peer.with_descriptors(48))
    assert.is_truthy(output:find("no file descriptor is left in this process[^\n]*\nran$"), output)
  end)

  if _VERSION == "Lua 5.4" then
    it("comes with the end of a variable's scope", function()
      local engine = assert(load [[
        local engine <close> = require "signoff".engine()
        engine:spawn(function() end)
        return engine
      ]])()
      assert_says("engine:step: the engine is closed", engine.step, engine)
    end)
  end
end)
