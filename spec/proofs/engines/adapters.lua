-- SPDX-License-Identifier: MIT
-- An engine in the loops of real libraries: luv, cqueues and LuaSocket's `select`.

local core = require "signoff.core"
local signoff = require "signoff"
local peer = require "spec.support.peer"
local process = require "spec.support.process"
local stepping = require "spec.support.stepping"
local waiting = require "spec.support.waiting"

local alive, assert_says, collect, jde, silent, slow =
  waiting.alive, waiting.assert_says, waiting.collect, waiting.jde, waiting.silent, waiting.slow

local LIMIT = 30 -- seconds

-- Each library: `attach(engine, on_error)`; `run()` runs the loop until it has nothing to do, and raises what that raises; `after(seconds, f)`.
local libraries = {}

function libraries.luv()
  local uv = require "luv"
  local host, failed = {}, nil
  local with = require "signoff.with.luv"
  function host.attach(engine, on_error)
    with(engine, on_error or function(message) failed = failed or { message } end)
  end
  function host.after(seconds, f)
    local timer = uv.new_timer()
    timer:start(math.ceil(seconds * 1000), 0, function()
      timer:close()
      f()
    end)
  end
  function host.run()
    uv.run()
    if failed then
      local message = failed[1]
      failed = nil
      error(message, 0)
    end
  end
  return host
end

function libraries.cqueues()
  local cqueues = require "cqueues"
  local loop, host = cqueues.new(), {}
  local with = require "signoff.with.cqueues"
  function host.attach(engine, on_error)
    with(engine, loop, on_error)
  end
  function host.after(seconds, f)
    loop:wrap(function()
      cqueues.sleep(seconds)
      f()
    end)
  end
  function host.run()
    local fine, message = loop:loop()
    if not fine then error(message, 0) end
  end
  return host
end

-- As a program would: its own timers beside engines.
function libraries.luasocket()
  local socket = require "socket"
  local host, watched, timers, on_errors = {}, {}, {}, {}
  function host.attach(engine, on_error)
    watched[#watched + 1] = engine
    on_errors[engine] = on_error or error
    engine:attach(function() end, function()
      for i = #watched, 1, -1 do
        if watched[i] == engine then table.remove(watched, i) end
      end
    end)
  end
  function host.after(seconds, f)
    timers[#timers + 1] = { due = core.now() + seconds, f = f }
  end
  local function fire()
    for i = #timers, 1, -1 do
      if timers[i].due <= core.now() then table.remove(timers, i).f() end
    end
  end
  local function step_all()
    local left, timeout = 0, #timers > 0 and 0.001 or 1
    for _, engine in ipairs({ (table.unpack or unpack)(watched) }) do -- luacheck: ignore 143 (by version)
      local fine, count = pcall(engine.step, engine)
      if not fine then on_errors[engine](count, 0) end
      left = left + (fine and count or 1)
      timeout = watched[1] and math.min(timeout, engine:timeout() or 1) or 0
    end
    return left, timeout
  end
  function host.run()
    local left, timeout
    repeat
      fire()
      left, timeout = step_all()
      socket.select(watched, nil, timeout)
    until left == 0 and #timers == 0
  end
  return host
end

local engines = {}

local function new(options)
  local engine = signoff.engine(options)
  engines[#engines + 1] = engine
  return engine
end

local function stop_all()
  for _, engine in ipairs(engines) do
    pcall(engine.close, engine)
  end
  engines = {}
  peer.stop_all()
end

for name, make in pairs(libraries) do
  describe("an engine in the loop of " .. name, function()
    local host, engine

    before_each(function()
      host, engine = make(), new()
    end)
    after_each(stop_all)

    it("carries many calls at once, beside the loop's own timers", function()
      local client, accepted, ticks, left = jde(slow(0.1).url), 0, 0, 100
      host.attach(engine)
      for _ = 1, 100 do
        engine:spawn(client.logout, client):done(function(fine, answer)
          accepted, left = accepted + (fine and answer.answer == "accepted" and 1 or 0), left - 1
        end)
      end
      local function tick()
        ticks = ticks + 1
        if left > 0 then host.after(0.005, tick) end
      end
      tick()
      host.run()
      assert.are.equal(100, accepted)
      assert.is_true(ticks > 5, ticks)
    end)

    it("runs while it has tasks, and again when there are new ones", function()
      local ended = 0
      local function count() ended = ended + 1 end
      host.attach(engine)
      host.run()
      for round = 1, 3 do
        engine:spawn(engine.sleep, engine, 0.01):done(count)
        host.run()
        assert.are.equal(round, ended)
      end
      host.after(0.05, function() engine:spawn(engine.sleep, engine, 0.01):done(count) end)
      host.run()
      assert.are.equal(4, ended)
    end)

    it("takes up what was spawned and stepped before", function()
      local ended
      engine:spawn(engine.sleep, engine, 0.05):done(function() ended = true end)
      engine:step()
      host.attach(engine)
      host.run()
      assert.is_true(ended)
    end)

    it("hears of tasks that are spawned and cancelled from elsewhere", function()
      local told, client = {}, jde(silent().url, { timeout = LIMIT })
      host.attach(engine)
      local task = engine:spawn(client.logout, client)
      task:done(function(_, _, _, code) told[#told + 1] = code end)
      host.after(0.05, function()
        engine:spawn(function() return "spawned" end):done(function(_, value)
          told[#told + 1] = value
          host.after(0.05, function() task:cancel() end)
        end)
      end)
      host.run()
      assert.are.same({ "spawned", "cancelled" }, told)
    end)

    it("steps only when there is something to do", function()
      local client, steps = jde(slow(1).url), 0
      local methods = getmetatable(engine)
      local step = methods.step
      finally(function() methods.step = step end)
      function methods.step(...)
        steps = steps + 1
        return step(...)
      end
      host.attach(engine)
      engine:spawn(client.logout, client)
      engine:spawn(engine.sleep, engine, 0.5)
      host.run()
      assert.is_true(steps < 40, steps)
    end)

    it("hands errors of tasks that nobody joined to the program, and goes on", function()
      local told, ended = {}, nil
      host.attach(engine, function(message) told[#told + 1] = message:match "^[^\n]*" end)
      engine:spawn(error, "one", 0)
      engine:spawn(error, "two", 0)
      engine:spawn(engine.sleep, engine, 0.05):done(function() ended = true end)
      host.run()
      assert.are.same({ "one", "two" }, told)
      assert.is_true(ended)
    end)

    it("raises them in the loop where nobody takes them, and goes on when that runs again", function()
      local ended
      host.attach(engine)
      engine:spawn(error, "one", 0)
      engine:spawn(engine.sleep, engine, 0.05):done(function() ended = true end)
      assert_says("one", host.run)
      host.run()
      assert.is_true(ended)
    end)

    it("closes in a callback, with calls on their way, and gives its descriptors back", function()
      local client, told, before = jde(silent().url, { timeout = LIMIT }), 0, nil
      local function close_one()
        local own = new()
        host.attach(own)
        for _ = 1, 3 do
          own:spawn(client.logout, client):done(function(fine) told = told + (fine and 0 or 1) end)
        end
        own:spawn(own.sleep, own, 0.02):done(function() own:close() end)
        host.run()
        assert_says("the engine is closed", own.step, own)
        table.remove(engines)
      end
      for i = 1, 12 do
        close_one()
        collect()
        host.run()
        collect()
        before = i == 2 and process.descriptors() or before
      end
      assert.are.equal(36, told)
      assert.is_true(process.descriptors() <= before)
    end)

    it("closes from outside, and the loop ends", function()
      local client = jde(silent().url, { timeout = LIMIT })
      host.attach(engine)
      engine:spawn(client.logout, client):done(function() end)
      host.after(0.05, function() engine:close() end)
      host.run()
      engine:close()
      host.run()
    end)

    it("has two engines side by side", function()
      local other, client, codes = new { concurrency = 1 }, jde(slow(0.02, alive).url), {}
      host.attach(engine)
      host.attach(other)
      for _, one in ipairs { engine, other, engine, other } do
        one:spawn(function() return assert(client:status()).active end):done(function(_, active) codes[#codes + 1] = active end)
      end
      host.run()
      assert.are.same({ true, true, true, true }, codes)
    end)

    it("is refused a second loop", function()
      host.attach(engine)
      assert_says("another loop steps this engine already", host.attach, engine)
      assert_says("another loop steps this engine already", make().attach, engine)
    end)
  end)
end

describe("signoff.with.cqueues", function()
  after_each(stop_all)

  it("takes the loop that runs, and says so where none does", function()
    local cqueues = require "cqueues"
    local with = require "signoff.with.cqueues"
    local engine, ended = new(), nil
    assert_says("signoff.with.cqueues: no loop runs here", with, engine)
    engine:spawn(engine.sleep, engine, 0.01):done(function() ended = true end)
    assert(cqueues.new():wrap(function() with(engine) end):loop())
    assert.is_true(ended)
  end)
end)

describe("the adapters", function()
  after_each(stop_all)

  it("load without their libraries, and are short", function()
    for _, name in ipairs { "luv", "cqueues" } do
      local path, lines = ("lua/signoff/with/%s.lua"):format(name), 0
      local text = peer.read_file(path)
      for _ in text:gmatch "\n" do lines = lines + 1 end
      assert.is_true(lines <= 25, path)
      assert.is_nil(text:match '\nlocal [%w_, ]+= require', path)
    end
  end)

  it("refuse an engine that is closed", function()
    for _, name in ipairs { "luv", "cqueues" } do
      local engine = new()
      engine:close()
      assert_says("the engine is closed", require("signoff.with." .. name), engine, require "cqueues".new())
    end
  end)

  it("leave an engine steppable by hand that none of them has", function()
    local engine, ended = new(), nil
    engine:spawn(engine.sleep, engine, 0.01):done(function() ended = true end)
    stepping.run(engine)
    assert.is_true(ended)
  end)
end)
