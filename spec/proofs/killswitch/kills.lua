-- SPDX-License-Identifier: MIT
-- Row 54: workers, and now and then all of nginx, are killed with -9 at random moments while 500 events come each second. A sender
-- sends an event again until it is answered with 202. Afterwards each event that was answered is in the inbox, and none is there twice.
-- KILLS: how many (200); SEED.

local nginx = require "spec.support.nginx"
local nginx_inbox = require "spec.support.nginx_inbox"
local inboxes = require "spec.support.inboxes"
local peer = require "spec.support.peer"
local core = require "signoff.core"

local KILLS = tonumber(os.getenv "KILLS") or 200
local SEED = tonumber(os.getenv "SEED") or os.time()
local ALL = 10 -- every so many kills, master and workers
local MOST = 500 -- events that wait for their answer: a busy machine must not be buried under those that are sent again

-- The sender: 500 events a second, each in a light thread of its own that tries until it is answered with 202, and notes that.
local sender = [[
  local sender, made, answered, tries = {}, 0, 0, 0
  local function try(port, jti)
    local socket = ngx.socket.tcp()
    socket:settimeout(5000)
    if not socket:connect("127.0.0.1", port) then return end
    socket:send(("GET /add?jti=%%d HTTP/1.0\r\nHost: receiver\r\n\r\n"):format(jti))
    local line = socket:receive "*l"
    socket:close()
    return (line or ""):match "^HTTP/1.1 (%%d+)"
  end
  local function exists(path)
    local file = io.open(path)
    return file and file:close()
  end
  function sender.run(port)
    local notes, threads = assert(io.open("%s/answered", "w")), {}
    local began = ngx.now()
    while not exists "%s/stop" do
      while made < (ngx.now() - began) * 500 and made - answered < %d do
        made = made + 1
        threads[#threads + 1] = ngx.thread.spawn(function(jti)
          repeat
            tries = tries + 1
            local status = try(port, jti)
            if status ~= "202" then ngx.sleep(0.1) end
            ngx.update_time()
          until status == "202"
          answered = answered + 1
          notes:write(jti, "\n")
        end, made)
      end
      ngx.sleep(0.002)
    end
    for _, thread in ipairs(threads) do ngx.thread.wait(thread) end
    notes:close()
    return ("%%d events, %%d answers, %%d tries, %%d s"):format(made, answered, tries, ngx.now() - began)
  end
  return sender]]

describe("an inbox whose workers are killed", function()
  after_each(function()
    nginx.stop_all()
    peer.stop_all()
  end)

  local function start_sender(place, port)
    local one = nginx.start {
      files = { ["sender.lua"] = sender:format(place, place, MOST) },
      http = "lua_socket_log_errors off;",
      server = ([[ location = /run { content_by_lua_block { ngx.say(require("sender").run(%d)) } } ]]):format(port),
    }
    return peer.spawn(("curl -s --max-time 3000 %s/run"):format(one.url), place)
  end

  local function kill_one(server)
    local pids = peer.wait_for("workers", function()
      local found = server:workers()
      return #found > 0 and found
    end)
    os.execute(("kill -9 %d 2>/dev/null"):format(pids[math.random(#pids)]))
  end

  -- All of nginx at once, whose master must not start another worker meanwhile; then another nginx at the same port.
  local function kill_all(server, start)
    server:signal "STOP"
    os.execute(("kill -9 %d %s 2>/dev/null"):format(server.pid, table.concat(server:workers(), " ")))
    return start()
  end

  it("54 has every event that was answered, and none twice", function()
    math.randomseed(SEED)
    local folder, place = inboxes.folder(), peer.directory()
    os.execute("chmod 777 " .. place)
    local port
    local function start()
      local server = nginx_inbox.start(folder, { processes = 2, port = port, room = "16m" })
      port = tonumber(server.url:match "%d+$")
      return server
    end
    local server = start()
    local running = start_sender(place, port)
    for number = 1, KILLS do
      core.sleep(math.random() * 0.15)
      if number % ALL == 0 then
        server = kill_all(server, start)
      else
        kill_one(server)
      end
    end
    peer.write_file(place .. "/stop", "")
    local summary
    local rounds = 0
    repeat -- rounds, not seconds: a machine may stand still for all of us
      core.sleep(0.05)
      summary, rounds = (peer.read_file(running.output) or ""):match "^(.+ s)\n", rounds + 1
    until summary or rounds == 6000
    assert.is_truthy(summary, "some events were never answered")
    server:stop()
    local waiting, seen, count = nginx_inbox.backlog(folder), {}, 0
    for _, event in ipairs(assert(waiting:events())) do
      assert.is_nil(seen[event.jti], event.jti .. " is there twice")
      seen[event.jti], count = true, count + 1
    end
    local answered = 0
    for jti in io.lines(place .. "/answered") do
      assert.is_true(seen[jti], jti .. " was answered, and is not there")
      answered = answered + 1
    end
    print(("%d kills, seed %d: %s; %d lines in %d segments"):format(KILLS, SEED, summary, count, #inboxes.segments(folder)))
    assert.is_true(answered > 0)
    assert.are.equal(answered, count)
  end)
end)
