-- SPDX-License-Identifier: MIT
-- Calls that the module's own thread carries, many at once: what nginx is served with, without nginx.

local child = require "spec.support.child"
local core = require "signoff.core"
local peer = require "spec.support.peer"
local slow_name = require "spec.support.slow_name"

local alive = peer.reply("200 OK", '{"isValidSession":true}')

local function jde(url, options)
  return peer.client("jde_ais", url, options)
end

local function submit(channel, client, overrides)
  local call = core.build(client, "status", "044-token-of-a-test", overrides)
  return call, channel:submit(call)
end

-- Waits until all is finished; gives the numbers of the calls in the order in which they came back.
local function collect_all(channel)
  local order = {}
  peer.wait_for("calls that finish", function()
    for number in function() return channel:finished() end do
      order[#order + 1] = number
    end
    return channel:pending() == 0
  end)
  return order
end

local function carry(channel, client, overrides)
  local call = submit(channel, client, overrides)
  collect_all(channel)
  return core.read(call)
end

local function output_of(code, environment)
  return child.run([[
    package.path = "./?.lua;" .. package.path
    local core, signoff, peer = require "signoff.core", require "signoff", require "spec.support.peer"
    local channel = core.channel()
    local function submit(client)
      local call = core.build(client, "status")
      return call, channel:submit(call)
    end
  ]] .. code, environment)
end

describe("channels", function()
  after_each(peer.stop_all)

  it("carries a call as the blocking carrier does, and keeps the connection", function()
    local server = peer.start { peer.always(alive) }
    local client, channel = jde(server.url), core.channel()
    for _ = 1, 3 do
      assert.is_true(assert(carry(channel, client)).active)
    end
    assert(client:status())
    local connections = server:connections()
    assert.equal(2, #connections)
    assert.equal(4, #server:requests())
    local request = connections[2]
    assert.equal(request:rep(3), connections[1])
  end)

  it("carries many at once", function()
    local server = peer.start { { { loop = { "request", { wait = 0.2 }, { send = alive } } } } }
    local client, channel = jde(server.url), core.channel()
    local calls, started = {}, core.now()
    for i = 1, 100 do
      calls[i] = submit(channel, client)
    end
    assert.equal(100, #collect_all(channel))
    assert.is_true(core.now() - started < 5)
    for i = 1, 100 do
      assert.is_true(assert(core.read(calls[i])).active)
    end
  end)

  it("notices that an idle connection was closed before it sends anything", function()
    local server = peer.start { { "request", { send = alive }, "close" } }
    local client, channel = jde(server.url), core.channel()
    for i = 1, 5 do
      assert.is_true(assert(carry(channel, client)).active)
      peer.wait_for("the end of the connection", function()
        return #server:connections() == i
      end)
      core.sleep(0.02)
    end
  end)

  it("takes no processor while it waits, whatever its idle connections do", function()
    local closing = peer.start { { "request", { send = alive }, { wait = 0.1 }, "close" } }
    local talking = peer.start { { "request", { send = alive }, { wait = 0.1 }, { send = alive }, "stall" } }
    local channel = core.channel()
    for _, server in ipairs { closing, talking } do
      assert(carry(channel, jde(server.url)))
    end
    local waiting = submit(channel, jde(peer.start({ { "stall" } }).url, { timeout = 0.9 }))
    core.sleep(0.2)
    local before = os.clock()
    core.sleep(0.5)
    assert.is_true(os.clock() - before < 0.1)
    collect_all(channel)
    assert.equal("timeout", (select(3, core.read(waiting))))
    for _, server in ipairs { closing, talking } do
      assert(carry(channel, jde(server.url)))
      assert.equal(2, #server:connections())
    end
  end)

  it("sends a request once, whatever becomes of its connection", function()
    local server = peer.start { { "request", { send = alive }, "request", "close" } }
    local client, channel = jde(server.url), core.channel()
    assert(carry(channel, client))
    local _, _, code, detail = carry(channel, client)
    assert.equal("unreachable", code)
    assert.is_true(detail.sent)
    assert.equal(2, #server:requests())
  end)

  it("gives each call its own time", function()
    local server = peer.start { { "stall" } }
    local client, channel = jde(server.url), core.channel()
    local started = core.now()
    local slow, quick = submit(channel, client, { timeout = 0.6 }), submit(channel, client, { timeout = 0.1 })
    assert.same({ 2, 1 }, collect_all(channel))
    assert.is_true(core.now() - started < 3)
    assert.equal("timeout", (select(3, core.read(quick))))
    assert.equal("timeout", (select(3, core.read(slow))))
  end)

  it("says what happened, as the blocking carrier does", function()
    for plan, wanted in pairs { [{ { "arrival", "reset" } }] = "unreachable", [{ { "request", { send = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{" }, "close" } }] = "unusable" } do
      local _, message, code, detail = carry(core.channel(), jde(peer.start(plan).url))
      assert.equal(wanted, code, message)
      assert.equal("boolean", type(detail.sent))
    end
    local _, _, code, detail = carry(core.channel(), jde("http://127.0.0.1:" .. peer.free_port()))
    assert.equal("unreachable", code)
    assert.is_false(detail.sent)
  end)

  it("lets a call that is on its way be neither read nor submitted again", function()
    local channel = core.channel()
    local call = submit(channel, jde(peer.start({ { "stall" } }).url, { timeout = 0.2 }))
    assert.matches("on its way", tostring(call))
    for _, act in ipairs { core.read, core.carry, core.request, function() channel:submit(call) end } do
      local fine, problem = pcall(act, call)
      assert.is_false(fine)
      assert.matches("on its way", problem)
    end
    collect_all(channel)
    assert.equal("timeout", (select(3, core.read(call))))
  end)

  it("does not mind calls that are collected, or a channel that is, in any order", function()
    local server = peer.start { { { loop = { "request", { wait = 0.05 }, { send = alive } } } } }
    local client = jde(server.url)
    for round = 1, 20 do
      local channel, kept = core.channel(), {}
      for i = 1, 10 do
        local call = submit(channel, client)
        kept[i] = i % 2 == 0 and call or nil
      end
      assert.is_truthy(kept[10])
      if round % 2 == 0 then
        channel = nil -- luacheck: no unused
      end
      collectgarbage "collect"
      if channel then
        collect_all(channel)
      end
    end
    collectgarbage "collect"
    assert.is_true(assert(carry(core.channel(), client)).active)
  end)

  it("refuses what is too much as busy, and takes more when there is room", function()
    local server = peer.start({ { "stall" } }, { black_hole = true })
    local client, channel, calls = jde(server.url, { timeout = 1 }), core.channel(), {}
    local number
    repeat
      calls[#calls + 1], number = submit(channel, client)
    until not number or #calls > 5000
    assert.equal(4097, #calls)
    local _, message, code, detail = core.read(calls[#calls])
    assert.equal("busy", code)
    assert.is_true(detail.retriable)
    assert.is_false(detail.sent)
    assert.matches("too many calls", message)
    calls[#calls] = nil
    assert.equal(4096, #collect_all(channel))
    local codes = {}
    for _, call in ipairs(calls) do
      local found = select(3, core.read(call))
      codes[found] = (codes[found] or 0) + 1
    end
    assert.is_nil(codes.busy)
    assert.equal(4096, codes.timeout)
    assert.is_truthy(select(2, submit(channel, client)))
    collect_all(channel)
  end)

  -- With 64 descriptors 32 requests are on their way at once.
  it("lets calls wait their turn, in which their time runs, and cancels those that nobody wants", function()
    local server = peer.start { { "stall" } }
    assert.equal("32 timeout cancelled false timeout false", output_of(([[
      local client = signoff.jde_ais { url = %q, token = "t", timeout = 0.4 }
      for _ = 1, 32 do submit(client) end
      core.sleep(0.2)
      local hasty = core.build(client, "status", "044-token", { timeout = 0.1 })
      channel:submit(hasty)
      local unwanted = core.build(client, "status", "044-token", { timeout = 3 })
      channel:submit(unwanted)
      unwanted:cancel()
      peer.wait_for("all", function() repeat until not channel:finished() return channel:pending() == 0 end)
      local _, _, code, detail = core.read(unwanted)
      local _, _, late, lateness = core.read(hasty)
      print(32, "timeout", code, detail.sent, late, lateness.sent)
    ]]):format(server.url), peer.with_descriptors(64)):gsub("%s+", " "))
  end)

  it("goes on while a name server takes six seconds, and ends with its process then as well", function()
    local started = core.now()
    local output = output_of(([[
      local slow = signoff.jde_ais { url = "http://ais.example", token = "t", timeout = 0.5 }
      local quick = signoff.jde_ais { url = %q, token = "t" }
      local never = submit(signoff.jde_ais { url = "http://ais.example", token = "t", timeout = 20 })
      local late = submit(slow)
      local started, most = core.now(), 0
      for _ = 1, 20 do
        local before, call = core.now(), submit(quick)
        peer.wait_for("an answer", function() repeat until not channel:finished() return channel:pending() <= 2 and not tostring(call):find "on its way" end)
        assert(core.read(call))
        most = math.max(most, core.now() - before)
      end
      peer.wait_for("the end of its time", function() repeat until not channel:finished() return channel:pending() == 1 end)
      local _, _, code, detail = core.read(late)
      print(code, detail.sent, core.now() - started < 3, most < 0.5, tostring(never):find "on its way" ~= nil)
    ]]):format(peer.start({ peer.always(alive) }).url), slow_name(6))
    assert.equal("timeout false true true true", (output:gsub("%s+", " ")))
    assert.is_true(core.now() - started < 5)
  end)

  it("hears of a slow name at once, also after connections that never came about", function()
    local output = output_of(([[
      local nobody = signoff.jde_ais { url = %q, token = "t", timeout = 0.1 }
      local slow = signoff.jde_ais { url = "http://ais.example", token = "t" }
      local least = math.huge
      signoff.loop(function(loop)
        local tasks = {}
        for i = 1, 12 do
          tasks[i] = loop:spawn(nobody.status, nobody)
        end
        for i = 1, 12 do
          local _, _, code = tasks[i]:join()
          assert(code == "timeout", code)
        end
        slow:status()
        for _ = 1, 4 do
          local before = core.now()
          slow:status()
          least = math.min(least, core.now() - before)
        end
      end)
      print(least)
    ]]):format(peer.start({ { "stall" } }, { black_hole = true }).url), slow_name(0.14))
    local least = assert(tonumber(output), output)
    assert.is_true(least >= 0.14 and least < 0.2, output)
  end)

  it("ends with its process, whatever is on its way", function()
    local server = peer.start { { "stall" } }
    for _, leaving in ipairs { "os.exit(0)", "os.exit(0, true)", "", "channel = nil collectgarbage() os.exit(0)" } do
      for _ = 1, 10 do
        local started = core.now()
        assert.equal("fine", output_of(([[
          local client = signoff.jde_ais { url = %q, token = "t", timeout = 10 }
          for _ = 1, 20 do submit(client) end
          submit(signoff.jde_ais { url = %q, token = "t", timeout = 10 })
          core.sleep(0.01)
          io.write "fine" io.flush()
          %s
        ]]):format(server.url, server.url:gsub("http", "https"), leaving)))
        assert.is_true(core.now() - started < 5)
      end
    end
  end)
end)

describe("the channel's socket", function()
  local has_unix, unix = pcall(require, "socket.unix")

  after_each(peer.stop_all)

  local function connect(path)
    local socket = (type(unix) == "table" and unix.stream or unix)()
    assert(socket:connect(path))
    socket:settimeout(3)
    return socket
  end

  local function mode_of(path)
    return peer.output_of("stat -c %a " .. path)
  end

  it("stands in a directory of its own until it is accepted, and gets a byte when something is finished", function()
    if not has_unix then
      return pending "this luasocket has no unix sockets"
    end
    local server = peer.start { peer.always(alive) }
    local client, channel = jde(server.url), core.channel()
    local path = assert(channel:listen())
    local directory = path:match "^(.*)/"
    assert.equal("700", mode_of(directory))
    local socket = connect(path)
    assert.is_true(channel:accept())
    assert.equal("", peer.output_of("ls -d " .. directory .. " 2>/dev/null"))
    for _ = 1, 3 do
      local call = submit(channel, client)
      repeat -- a heartbeat may come in between
        assert.equal("\0", socket:receive(1))
      until channel:finished()
      assert(core.read(call))
    end
    local started = core.now()
    assert.equal("\0", socket:receive(1))
    assert.is_true(core.now() - started < 2.5)
    channel:disconnect()
    local bytes, problem, rest
    repeat
      bytes, problem, rest = socket:receive(1)
    until not bytes
    assert.equal("closed", problem, rest)
  end)

  it("is for its own process alone", function()
    if not has_unix then
      return pending "this luasocket has no unix sockets"
    end
    local channel = core.channel()
    local path = assert(channel:listen())
    local directory = peer.directory()
    peer.write_file(directory .. "/code.lua", ([[
      local unix = require "socket.unix"
      local socket = (type(unix) == "table" and unix.stream or unix)()
      print(socket:connect(%q))
      io.open(%q, "w"):close()
      socket:receive(1)
    ]]):format(path, directory .. "/connected"))
    peer.spawn("lua5.4 code.lua", directory)
    peer.wait_for("a stranger", function()
      return peer.read_file(directory .. "/connected")
    end)
    local accepted, message = channel:accept()
    assert.is_nil(accepted)
    assert.matches("from this process", message)
    assert.equal("", peer.output_of("ls " .. path .. " 2>/dev/null"))
  end)

  it("says why there is none", function()
    local output = child.run([[
      local core = require "signoff.core"
      print(core.channel():listen())
    ]], "TMPDIR=/nowhere/at/all")
    assert.matches("^nil.*No such file", output)
  end)
end)

describe("ports", function()
  after_each(peer.stop_all)

  local kinds = {
    engine = {
      make = function() return core.engine(4) end,
      step = function(port) port:step(0.01) end,
      strange = { "pending", "listen", "accept", "disconnect" }, message = "a channel expected", closed = "cancelled",
    },
    channel = { make = core.channel, step = function() end, strange = { "step" }, message = "an engine expected" },
  }

  local function next_finished(kind, port)
    local number
    peer.wait_for("a call that finishes", function()
      kind.step(port)
      number = port:finished()
      return number
    end)
    return number
  end

  for name, kind in pairs(kinds) do
    it(name .. ": gives the number of each call once, and the call back", function()
      local port, client, calls = kind.make(), jde(peer.start({ peer.always(alive) }).url), {}
      for i = 1, 5 do
        local call, number = submit(port, client)
        assert.equal(i, number)
        calls[number] = call
      end
      for _ = 1, 5 do
        local number = next_finished(kind, port)
        assert.is_true(core.read(calls[number]).active)
        calls[number] = nil
      end
      assert.is_nil(next(calls))
      assert.is_nil(port:finished())
    end)

    it(name .. ": has the functions of its kind alone", function()
      local port = kind.make()
      for _, method in ipairs(kind.strange) do
        local fine, message = pcall(port[method], port, 0)
        assert.is_false(fine)
        assert.matches(kind.message, message)
      end
    end)

    it(name .. ": is closed once and for all, with a call on its way", function()
      local port = kind.make()
      local call = submit(port, jde(peer.start({ { "stall" } }).url, { timeout = 5 }))
      kind.step(port)
      port:close()
      port:close()
      for _, use in ipairs { port.finished, port.submit, port.step, port.pending, port.listen } do
        local fine, message = pcall(use, port, use == port.step and 0 or core.build(jde "http://127.0.0.1:1", "status"))
        assert.is_false(fine)
        assert.matches("the port is closed", message)
      end
      if kind.closed then
        assert.equal(kind.closed, (select(3, core.read(call))))
      else
        assert.matches("on its way", tostring(call))
      end
      call:cancel()
    end)

    it(name .. ": keeps nothing of a call that was collected", function()
      local port = kind.make()
      submit(port, jde(peer.start({ { "stall" } }).url, { timeout = 0.2 }))
      collectgarbage()
      collectgarbage()
      local kept = core.build(jde("http://127.0.0.1:" .. peer.free_port()), "status")
      local number = port:submit(kept)
      assert.equal(number, next_finished(kind, port))
      assert.equal("unreachable", (select(3, core.read(kept))))
    end)
  end

  it("an engine ends a call when it is cancelled", function()
    local port = core.engine(1)
    local call, number = submit(port, jde(peer.start({ { "stall" } }).url, { timeout = 30 }))
    port:step(0)
    call:cancel()
    assert.equal(number, port:finished())
    assert.equal("cancelled", (select(3, core.read(call))))
    call:cancel()
  end)
end)
