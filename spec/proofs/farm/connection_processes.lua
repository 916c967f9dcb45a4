-- SPDX-License-Identifier: MIT
-- The connection of a farm and the life of processes: forks, ends in every state, Lua states that close, threads, signals.

local child = require "spec.support.child"
local core = require "signoff.core"
local farm_server = require "spec.support.farm_server"
local peer = require "spec.support.peer"
local postgres = require "spec.support.postgres"

local server, uri

local function run(code, environment)
  return child.run(("local URI = %q\nlocal core, signoff, connection = require 'signoff.core', require 'signoff', require 'signoff.farm.connection'\n%s"):format(
    uri, code), environment)
end

local function sessions(application)
  return server:sql(("SELECT count(*) FROM pg_stat_activity WHERE application_name = '%s'"):format(application))
end

describe("the connection of a farm and processes", function()
  setup(function()
    server = farm_server.start()
    uri = server:uri("postgres", "signoff")
  end)
  teardown(function()
    postgres.stop_all()
    peer.stop_all()
  end)

  it("a process ends in any state of a connection, at once and with its own status", function()
    for name, code in pairs {
      ["unused"] = "", ["idle"] = "c:query 'SELECT 1'", ["busy"] = "c:query('SELECT pg_sleep(5)', nil, 0.1) c:query('SELECT pg_sleep(5)', nil, 0.1)",
      ["listening"] = "c:notified(0.1)", ["closed"] = "c:query 'SELECT 1' c:close()",
      ["on its way"] = "c.own:submit(nil, 5, 'SELECT pg_sleep(5)', {})",
      ["in a loop"] = "pcall(signoff.loop, function(loop) loop:spawn(function() c:query('SELECT pg_sleep(5)') end) loop:sleep(0.1) error 'x' end)",
    } do
      for _, ending in ipairs { "os.exit(7, true)", "os.exit(7)" } do
        local began = core.now()
        local output = run(("local c = connection.open(nil, URI) %s io.write 'end' io.stdout:flush() %s"):format(code, ending))
        assert.equal("end", output, name)
        assert.is_true(core.now() - began < 4, name)
      end
    end
  end)

  it("a name that is not resolved does not keep a process", function()
    local began = core.now()
    local output = run([[
      local c = connection.open(nil, "host=nothing.invalid dbname=x user=y")
      local _, message, code = c:query("SELECT 1", nil, 0.3)
      print(code)
    ]])
    assert.equal("away", output)
    assert.is_true(core.now() - began < 8)
  end)

  it("a state that closes with statements on their way leaves nothing", function()
    local output = run [[
      for i = 1, 200 do
        local c = connection.open(nil, URI .. " application_name=states")
        c.own:submit(nil, 5, "SELECT pg_sleep(0.01)", {})
        if i % 2 == 0 then c:close() end
        c = nil
        collectgarbage() collectgarbage()
      end
      core.sleep(0.5)
      local threads, files = io.popen("ls /proc/$PPID/task | wc -l"):read "*a", io.popen("ls /proc/$PPID/fd | wc -l"):read "*a"
      print(tonumber(threads), tonumber(files) < 12)
    ]]
    assert.equal("1\ttrue", output)
  end)

  it("a child has its own connection, and the parent keeps its own", function()
    local source, built = "spec/proofs/farm/fork.c", peer.directory() .. "/fork"
    local version = rawget(_G, "jit") and "luajit" or "lua" .. _VERSION:match "%d%.%d"
    assert(os.execute(("cc -std=gnu11 -Wall -o %s %s $(pkg-config --cflags --libs %s) -Wl,-E"):format(built, source, version)))
    peer.write_file(built .. ".lua", ([[
      local core, connection = require "signoff.core", require "signoff.farm.connection"
      local c = connection.open(nil, "%s application_name=fork")
      local mine = c:query "SELECT pg_backend_pid()"[1][1]
      local waiting = c.own:submit(nil, 5, "SELECT pg_sleep(0.3)", {})
      local child = fork()
      if child == 0 then
        local other = c:query "SELECT pg_backend_pid()"[1][1]
        local answer = other ~= mine and #c:query "SELECT 1" == 1
        waiting:wait()
        c:close()
        exit(answer and 3 or 4)
      end
      local status = wait(child)
      assert(c:query "SELECT pg_backend_pid()"[1][1] == mine)
      waiting:wait()
      print(status, waiting:rows() ~= nil)
    ]]):format(uri))
    for _ = 1, 20 do
      assert.equal("3\ttrue", peer.output_of(("timeout 20 %s %s.lua 2>&1"):format(built, built)))
    end
    peer.wait_for("the ends of connections", function()
      return sessions "fork" == "0"
    end)
  end)

  it("a child that lives on does not keep its parent's connection open", function()
    local built = peer.directory() .. "/fork"
    local version = rawget(_G, "jit") and "luajit" or "lua" .. _VERSION:match "%d%.%d"
    assert(os.execute(("cc -std=gnu11 -Wall -o %s spec/proofs/farm/fork.c $(pkg-config --cflags --libs %s) -Wl,-E"):format(built, version)))
    peer.write_file(built .. ".lua", ([[
      local core, connection = require "signoff.core", require "signoff.farm.connection"
      local c = connection.open(nil, "%s application_name=orphan")
      c:query "SELECT 1"
      if fork() == 0 then core.sleep(5) exit(0) end
      kill_self()
    ]]):format(uri))
    os.execute(("timeout 20 %s %s.lua >/dev/null 2>&1 </dev/null"):format(built, built))
    peer.wait_for("the end of a connection", function()
      return sessions "orphan" == "0"
    end, 3)
  end)

  it("its thread has all signals blocked", function()
    local output = run [[
      local c = connection.open(nil, URI)
      c:query "SELECT 1"
      for task in io.popen("ls /proc/$PPID/task"):lines() do
        for line in io.lines("/proc/self/task/" .. task .. "/status") do
          if line:find "^Name:%s*signoff%-farm" then io.write "there " end
        end
      end
      local text = io.popen("grep -l signoff-farm /proc/$PPID/task/*/comm | xargs dirname | xargs -I{} grep SigBlk {}/status"):read "*a"
      print(text:match "SigBlk:%s*(%x+)")
    ]]
    assert.equal("there fffffffe7ffbfeff", output)
  end)

  it("core.so has no libpq in its process", function()
    assert.equal("false", child.run [[
      require "signoff"
      print(io.open("/proc/self/maps"):read("*a"):find("libpq", 1, true) ~= nil)
    ]])
  end)

  it("a farm.so of another version is refused, and one that is not there is named", function()
    local output = child.run [[
      local core = require "signoff.core"
      core.ports_v1 = nil
      print(pcall(require, "signoff.farm"))
      package.loaded["signoff.farm"] = nil
      package.cpath = "/nonexistent/?.so"
      print(pcall(require("signoff.farm.connection").open, nil, "service=x"))
    ]]
    assert.matches("false.*signoff/core.so is of another version than signoff/farm.so", output)
    assert.matches("signoff/farm.so cannot be loaded: .*make farm", output)
  end)
end)
