-- SPDX-License-Identifier: MIT
-- The inbox in nginx: answered only when on disk, and nobody else waits for that disk.

if not rawget(_G, "jit") and not os.getenv "KILLSWITCH_FOLDER" then
  return -- nginx has its own Lua, whichever runs the specs: once is enough
end

local core = require "signoff.core"
local disk = require "spec.support.disk"
local inboxes = require "spec.support.inboxes"
local nginx_inbox = require "spec.support.nginx_inbox"
local peer = require "spec.support.peer"

local folder

before_each(function()
  folder = inboxes.folder()
end)

after_each(function()
  nginx_inbox.stop_all()
  peer.stop_all()
end)

local function start(options)
  return nginx_inbox.start(folder, options)
end

-- The answers to one event that comes so many times at once.
local function repeated(server, jti, count)
  return server:begin(("/add?jti=%s&n="):format(jti), count)()
end

local function count_lines()
  return #inboxes.lines(folder)
end

describe("in nginx, the inbox", function()
  it("50 has a token once that comes 100 times at once from 4 workers", function()
    local server = start({ processes = 4 })
    local answers = repeated(server, "1", 100)
    assert.are.equal(1, answers.added)
    assert.are.equal(99, (answers.same or 0) + (answers.writing or 0))
    assert.are.equal("same", server:get "/add?jti=1")
    assert.are.equal("other", server:get "/add?jti=1&token=forged")
    assert.are.equal(1, count_lines())
  end)

  it("51 knows its events after a reload, and after the worker was killed", function()
    local server = start()
    assert.are.equal("added", server:get "/add?jti=1")
    server:reload()
    assert.are.equal("same", server:get "/add?jti=1")
    assert.are.equal("added", server:get "/add?jti=2")
    local before = server:workers()[1]
    os.execute("kill -9 " .. before)
    peer.wait_for("another worker", function()
      return server:workers()[1] ~= before and server:get "/still" == "still"
    end)
    assert.are.equal("same", server:get "/add?jti=1")
    assert.are.equal("same", server:get "/add?jti=2")
    assert.are.equal(2, count_lines())
  end)

  it("51 knows its events after all of nginx was killed", function()
    local server = start({ processes = 2 })
    for number = 1, 20 do
      assert.are.equal("added", server:get("/add?jti=" .. number))
    end
    local pids = table.concat(server:workers(), " ")
    os.execute(("kill -9 %d %s"):format(server.pid, pids))
    server = start()
    for number = 1, 20 do
      assert.are.equal("same", server:get("/add?jti=" .. number))
    end
    assert.are.equal(20, count_lines())
  end)

  it("56 takes nothing more where the replay index is full, says so, and goes on with what it has", function()
    local server = start({ room = "12k" })
    local taken, answer = 0
    repeat
      answer = server:get("/add?jti=" .. taken + 1)
      taken = taken + (answer == "added" and 1 or 0)
    until answer ~= "added"
    assert.matches("^none the replay index is full .*lua_shared_dict", answer)
    assert.are.equal("503", server:get("/add?jti=more", "-o /dev/null -w '%{http_code}'"))
    assert.are.equal("same", server:get "/add?jti=1")
    assert.are.equal(taken, count_lines())
  end)

  it("56 takes events again when those in a full replay index are over", function()
    local server = start({ room = "12k" })
    local ends, number, answer = core.now() + 60, 0
    repeat
      number = number + 1
      answer = server:get(("/add?keep=3&jti=%d"):format(number))
    until answer ~= "added" or number > 1000
    assert.matches("^none the replay index is full", answer)
    repeat
      core.sleep(0.2)
      answer = server:get "/add?jti=kill"
    until answer == "added" or core.now() > ends
    assert.are.equal("added", answer)
    assert.are.equal(number, count_lines())
  end)

  it("57 waits for a slow disk alone: nobody else does", function()
    local server = start({ preload = disk.library(), environment = "DISK_WAIT=2000" })
    local wait, slowest, ends = server:begin("/add?n=1&jti=", 200), 0, core.now() + 2
    repeat
      local seconds = tonumber(server:get("/still", "-o /dev/null -w '%{time_total}'"))
      slowest = math.max(slowest, seconds)
    until core.now() > ends
    assert.are.same({ added = 200 }, wait())
    assert.is_true(slowest < 1, "another location took " .. slowest)
    assert.are.equal(200, count_lines())
  end)

  it("117 loses no line where code is not cached, and leaves no thread behind", function()
    local server = start({ lazy = true, http = "lua_code_cache off;" })
    for number = 1, 20 do
      assert.are.equal("added", server:get("/add?jti=" .. number))
    end
    for number = 1, 20 do
      assert.are.equal("same", server:get("/add?jti=" .. number))
    end
    assert.are.equal(20, count_lines())
    local holdings = server:holdings()
    server:get "/add?jti=21"
    assert.are.equal(holdings, (server:holdings()))
  end)

  it("117 loses no line while it is reloaded under load, with 1, 4 and 2 workers", function()
    local server = start()
    local answered = 0
    for round, workers in ipairs { 4, 2, 1 } do
      local wait = server:begin(("/add?round=%d&jti=r%d-"):format(round, round), 500)
      local configuration = peer.read_file(server.directory .. "/nginx.conf")
      peer.write_file(server.directory .. "/nginx.conf", (configuration:gsub("worker_processes %d+", "worker_processes " .. workers)))
      server:signal "HUP"
      local answers = wait()
      answered = answered + (answers.added or 0)
      peer.wait_for("its workers", function()
        return #server:workers() == workers
      end)
    end
    assert.is_true(answered > 1000, answered .. " were answered")
    server:stop()
    local events = assert(nginx_inbox.backlog(folder):events())
    assert.is_true(#events >= answered)
    local ids = {}
    for _, event in ipairs(events) do
      assert.is_nil(ids[event.id])
      ids[event.id] = true
    end
  end)
end)
