-- SPDX-License-Identifier: MIT
-- Clients, calls and secrets may be closed, dropped and collected in any order.

local core = require "signoff.core"
local signoff = require "signoff"
local fixtures = require "spec.support.fixtures"
local peer = require "spec.support.peer"
local process = require "spec.support.process"
local sorted_names = require "spec.support.sorted_names"

local systems = sorted_names(core.facts)
local alive = peer.reply("200 OK", '{"isValidSession":true}')

local function client_of(kind)
  return signoff[kind](fixtures.options[kind])
end

local function jde(url, options)
  return peer.client("jde_ais", url, options)
end

local function collect()
  collectgarbage "collect"
  collectgarbage "collect"
end

-- The collector always at work, and as before when `f` is through.
local function under_pressure(f)
  local pause, step = collectgarbage("setpause", 0), collectgarbage("setstepmul", 400)
  local fine, problem = pcall(f)
  collectgarbage("setpause", pause)
  collectgarbage("setstepmul", step)
  assert(fine, problem)
end

-- KiB that the process grew by each time `f` was run, at least: what leaks does so every time.
local function growth(f)
  local least
  f()
  collect()
  for _ = 1, 4 do
    local before = process.resident_kib()
    f()
    collect()
    least = math.min(least or math.huge, process.resident_kib() - before)
  end
  return least
end

-- Every operation of any system, and what all clients have besides.
local function each_method(client, f)
  local names = { verify = true, signout = true }
  for _, facts in pairs(core.facts) do
    for name, operation in pairs(facts.operations) do
      names[name] = not operation.internal or nil
    end
  end
  for name in pairs(names) do
    f(name, client[name])
  end
end

describe("a closed client", function()
  for _, kind in ipairs(systems) do
    it("raises in every method: " .. kind, function()
      local client = client_of(kind)
      client:close()
      each_method(client, function(name, method)
        for _, arguments in ipairs { { "SEP1" }, { { token = "044-token" } }, { { "K1" } }, {} } do
          local fine, problem = pcall(method, client, arguments[1])
          assert.is_false(fine, name)
          local clear = tostring(problem):find("the client is closed", 1, true)
          assert.is_truthy(clear, ("%s.%s: %s"):format(kind, name, tostring(problem)))
        end
      end)
    end)

    it("can be closed again, and still tells what it was: " .. kind, function()
      local client = client_of(kind)
      client:close()
      client:close()
      assert.are.equal(kind, client:kind())
      assert.is_table(client:can())
      assert.are.equal(("signoff.client: %s (closed)"):format(kind), tostring(client))
    end)
  end

  it("does not disturb another of the same system", function()
    local one, two = client_of "jde_ais", client_of "jde_ais"
    one:close()
    assert(core.build(two, "logout", "044-token"))
  end)

  it("leaves a call that was built before as it was", function()
    local server = peer.start { peer.always(alive) }
    finally(peer.stop_all)
    local client = jde(server.url)
    local call = core.build(client, "status")
    client:close()
    client = nil -- luacheck: ignore 311
    collect()
    assert.is_true(assert(core.read(core.carry(call))).active)
  end)

  local load_chunk = rawget(_G, "loadstring") or load
  local to_be_closed = load_chunk "local client = ...; do local c <close> = client end return client"
  if to_be_closed then -- Lua 5.4
    it("may have been closed by leaving its block, also with an error", function()
      assert.are.equal("signoff.client: jde_ais (closed)", tostring(to_be_closed(client_of "jde_ais")))
      local client = client_of "jde_ais"
      local failing = load_chunk "local client = ...; local c <close> = client; error 'on purpose'"
      assert.is_false((pcall(failing, client)))
      assert.are.equal("signoff.client: jde_ais (closed)", tostring(client))
      local held = load_chunk "local held = ...; do local s <close> = held end return held"(signoff.secret.new "abcd")
      assert.is_false((pcall(signoff.fingerprint, held)))
    end)
  end
end)

describe("methods and metatables", function()
  it("take a client and nothing else", function()
    each_method(client_of "jde_ais", function(name, method)
      for _, wrong in ipairs { "x", {}, io.stdout, (signoff.secret.new "abcd") } do
        assert.is_false((pcall(method, wrong)), name)
      end
      assert.is_false((pcall(method)), name)
    end)
  end)

  it("are hidden, and hold nothing that collects", function()
    for _, object in ipairs { client_of "jde_ais", (signoff.secret.new "abcd"), (core.build(client_of "jde_ais", "logout", "044-t")) } do
      assert.is_not_table(getmetatable(object))
      assert.is_false((pcall(setmetatable, object, {})))
    end
    local client = client_of "jde_ais"
    for _, name in ipairs { "__gc", "__close", "__index", "__tostring", "nonsense", 1, "options", "token" } do
      assert.is_nil(client[name])
    end
    assert.is_false((pcall(function()
      client.nonsense = 1
    end)))
  end)
end)

describe("the collector", function()
  after_each(peer.stop_all)

  it("may take client, call and secret in any order", function()
    local orders = { { 1, 2, 3 }, { 1, 3, 2 }, { 2, 1, 3 }, { 2, 3, 1 }, { 3, 1, 2 }, { 3, 2, 1 } }
    for _, order in ipairs(orders) do
      local token = signoff.secret.new "044-token-in-a-secret"
      local client = signoff.jde_ais { url = "http://ais.example", token = token }
      local held = { client, (core.build(client, "logout")), token } -- luacheck: ignore 241
      client, token = nil, nil -- luacheck: ignore 311
      for _, index in ipairs(order) do
        held[index] = nil
        collect()
      end
    end
  end)

  it("at full pressure changes no request and no answer", function()
    under_pressure(function()
      for _, kind in ipairs(systems) do
        for index, row in ipairs(fixtures.meanings(kind)) do
          if index <= 12 then
            local answer, message = fixtures.read(fixtures.client(kind, row.options), row.operation, row.arguments or {},
              fixtures.reply(kind, row.reply))
            assert(answer == nil == (row.failure ~= nil), row.reply .. ": " .. tostring(message))
          end
        end
      end
    end)
  end)

  it("at full pressure leaves calls alone", function()
    local server = peer.start { peer.always(alive) }
    under_pressure(function()
      for _ = 1, 20 do
        assert.is_true(assert(jde(server.url):status(nil, { own = true, timeout = 2 })).active)
      end
    end)
    assert.are.equal(20, #server:requests())
  end)

  it("closes what was dropped", function()
    local weak = setmetatable({}, { __mode = "v" })
    for i = 1, 10 do
      weak[i] = client_of "agvance"
    end
    collect()
    assert.is_nil(next(weak))
  end)
end)

describe("nothing is left behind", function()
  after_each(peer.stop_all)

  it("by 10,000 clients", function()
    local function make_many()
      for i = 1, 2500 do
        client_of(systems[i % #systems + 1])
      end
    end
    make_many()
    collect()
    local before = process.descriptors()
    assert.is_true(growth(make_many) < 32)
    assert.is_true(process.descriptors() <= before) -- what earlier specs dropped may be closed meanwhile
  end)

  it("by 300 calls of 300 clients on one server", function()
    local server = peer.start { peer.always(alive) }
    assert(jde(server.url):status())
    local before = process.descriptors()
    for _ = 1, 300 do
      assert(jde(server.url):status())
    end
    collect()
    assert.is_true(process.descriptors() <= before)
    assert.are.equal(1, #server:connections())
  end)

  it("by calls that fail", function()
    local closing = peer.start { { "request", "close" } }
    local dead = "http://127.0.0.1:" .. peer.free_port()
    local lying = peer.start { { "request", { send = peer.reply("200 OK", "<nonsense") }, "close" } }
    local function fail_all()
      for _, url in ipairs { closing.url, dead, lying.url } do
        assert.is_nil((jde(url):status()))
        pcall(jde, url, { token = "044\n" })
        pcall(jde(url).logout, jde(url), "044\n")
        pcall(jde(url).logout, jde(url), "044", { timeout = "x" })
      end
    end
    fail_all()
    collect()
    local before = process.descriptors()
    for _ = 1, 60 do
      fail_all()
    end
    collect()
    assert.is_true(process.descriptors() <= before, ("%d descriptors, were %d"):format(process.descriptors(), before))
  end)

  it("by calls that were built and never carried", function()
    local client = jde "http://ais.example"
    assert.is_true(growth(function()
      for _ = 1, 3000 do
        core.build(client, "logout")
      end
    end) < 32)
  end)

  it("by replies that were read", function()
    local client = client_of "cisco_em"
    local reply = fixtures.reply("cisco_em", fixtures.meanings("cisco_em")[1].reply)
    assert.is_true(growth(function()
      for _ = 1, 1000 do
        fixtures.read(client, "logout", { "SEP1" }, reply)
        fixtures.read(client, "logout", { "SEP1" }, { status = 200, headers = {}, body = "<response><failure>" })
      end
    end) < 32)
  end)

  it("by calls to several servers in turn", function()
    local servers = {}
    for i = 1, 6 do
      servers[i] = peer.start { peer.always(alive) }
    end
    local function call_all()
      for _, server in ipairs(servers) do
        assert(jde(server.url):status())
      end
    end
    call_all()
    local before = process.descriptors()
    for _ = 1, 20 do
      call_all()
    end
    assert.is_true(process.descriptors() <= before) -- older ones of the pool may end meanwhile
    for _, server in ipairs(servers) do
      assert.are.equal(1, #server:connections())
    end
  end)
end)

describe("a coroutine", function()
  after_each(peer.stop_all)

  it("may make clients, call, and be dropped", function()
    local server = peer.start { peer.always(alive) }
    for _ = 1, 20 do
      local thread = coroutine.wrap(function()
        local client = jde(server.url)
        coroutine.yield(client)
        coroutine.yield(assert(client:status()).active)
        error "never reached"
      end)
      local client = thread()
      assert.is_true(thread())
      assert.is_true(assert(client:status()).active)
      thread = nil -- luacheck: ignore 311
      collect()
    end
  end)

  it("sees an error raised as anything else does", function()
    local client = client_of "jde_ais"
    client:close()
    local fine, problem = coroutine.resume(coroutine.create(function()
      return client:status "044-token"
    end))
    assert.is_false(fine)
    assert.is_truthy(tostring(problem):find("closed", 1, true))
  end)
end)
