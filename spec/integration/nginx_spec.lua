-- SPDX-License-Identifier: MIT
-- nginx with nothing configured but `require "signoff"`: methods wait without stopping the worker.

if not rawget(_G, "jit") then
  return -- nginx has its own Lua, whichever runs the specs: once is enough
end

local core = require "signoff.core"
local nginx = require "spec.support.nginx"
local peer = require "spec.support.peer"

local alive = peer.reply("200 OK", '{"isValidSession":true}')
local done = peer.reply("200 OK", '{"status":"Success"}')

-- The reply of every handler below: "true", or the error's code.
local ask_lua = [[
local signoff = require "signoff"
local clients = {}
return function(url, method, timeout, log)
  local client = clients[url] or signoff.jde_ais { url = url, token = "044-token", timeout = 3, log = log }
  clients[url] = client
  local answer, message, code = client[method or "status"](client, "044-token", timeout and { timeout = timeout })
  return answer and tostring(answer.active or answer.answer) or code, message
end
]]

local function slow(seconds)
  return peer.start { { { loop = { "request", { wait = seconds }, { send = alive } } } } }
end

-- Begins 30 requests, and returns when all of them are under way.
local function begin_all(server, upstream)
  local answers = server:begin("/ask", 30)
  peer.wait_for("30 requests", function() return #upstream:requests() == 30 end)
  return answers
end

local function start(options)
  options.files = options.files or {}
  options.files["ask.lua"] = ask_lua
  options.server = options.server:gsub("@url@", options.url or ""):gsub("@timeout@", options.timeout or ""):gsub("@log@", options.log or "")
  options.http = (options.http or ""):gsub("@url@", options.url or "")
  return nginx.start(options)
end

local function assert_quiet_log(server)
  for line in server:log():gmatch "[^\n]+" do
    local level = line:match "%[(%l+)%]"
    assert.is_true(level == nil or level == "notice" or level == "warn", line)
  end
end

local function assert_no_files(server)
  assert.equal("", peer.output_of("ls " .. server.tmpdir))
end

-- The unix sockets of the worker, as one text.
local function unix_sockets(server)
  local all, list = peer.read_file "/proc/net/unix", {}
  for inode in peer.output_of(("ls -l /proc/%d/fd 2>/dev/null"):format(server:workers()[1])):gmatch "socket:%[(%d+)%]" do
    list[#list + 1] = all:find(" " .. inode .. "[ \n]") and inode
  end
  table.sort(list)
  return table.concat(list, " ")
end

local content = [[ location /ask { content_by_lua_block { ngx.say((require "ask"("@url@"))) } } ]]

describe("in nginx", function()
  after_each(function()
    nginx.stop_all()
    peer.stop_all()
  end)

  it("a call for which no descriptor is left says so", function()
    local server = start { url = slow(0).url, main = "worker_rlimit_nofile 100;", server = [[
      location /ask {
        content_by_lua_block {
          local ask, files = require "ask", {}
          local file = io.open "/dev/null"
          while file do
            files[#files + 1], file = file, io.open "/dev/null"
          end
          local code, message = ask "@url@"
          for _, one in ipairs(files) do one:close() end
          ngx.say(code, " ", message, " ", (ask "@url@"))
        }
      }
    ]] }
    local said = server:get "/ask"
    assert.matches("^busy .*no file descriptor is left in this process.* true", said)
  end)

  it("a first sign-out for which no descriptor is left says so", function()
    local server = start { url = slow(0).url, main = "worker_rlimit_nofile 100;", server = [[
      location /ask {
        content_by_lua_block {
          local client, files = require "signoff".jde_ais { url = "@url@", token = "044-token" }, {}
          local file = io.open "/dev/null"
          while file do
            files[#files + 1], file = file, io.open "/dev/null"
          end
          local result = client:signout("044-token", { deadline = 2, settle = 0 })
          for _, one in ipairs(files) do one:close() end
          ngx.say(result.verdict, " ", result.code, " ", result.message)
        }
      }
    ]] }
    assert.matches("^failed busy .*no file descriptor is left in this process", server:get "/ask")
  end)

  it("methods wait without stopping the worker in rewrite, access and content, and in timers", function()
    local server = start { url = slow(0.2).url, server = [[
      location /content { content_by_lua_block { ngx.say((require "ask"("@url@"))) } }
      location /rewrite { rewrite_by_lua_block { ngx.ctx.said = require "ask"("@url@") } content_by_lua_block { ngx.say(ngx.ctx.said) } }
      location /access { access_by_lua_block { ngx.ctx.said = require "ask"("@url@") } content_by_lua_block { ngx.say(ngx.ctx.said) } }
      location /timer {
        content_by_lua_block {
          local wake, said = require "ngx.semaphore".new()
          ngx.timer.at(0, function() said = require "ask"("@url@") wake:post() end)
          wake:wait(5)
          ngx.say(said)
        }
      }
      location /threads {
        content_by_lua_block {
          local threads = {}
          for i = 1, 100 do threads[i] = ngx.thread.spawn(require "ask", "@url@") end
          for i = 1, 100 do ngx.say((select(2, ngx.thread.wait(threads[i])))) end
        }
      }
      location /coroutine {
        content_by_lua_block {
          local said = coroutine.wrap(function() return pcall(require "ask", "@url@") end)
          ngx.say((select(2, said())))
        }
      }
    ]] }
    for _, path in ipairs { "/content", "/rewrite", "/access", "/timer" } do
      local answers, seconds = server:get_many(path, 100)
      assert.same({ ["true"] = 100 }, answers)
      assert.is_true(seconds < 5, ("%s: %.2f s"):format(path, seconds))
    end
    local started = core.now()
    assert.equal(("true\n"):rep(100):sub(1, -2), server:get "/threads")
    assert.is_true(core.now() - started < 5)
    assert.equal("true", server:get "/coroutine")
    assert_quiet_log(server)
    server:stop "QUIT"
    assert_no_files(server)
  end)

  it("a wait between observations does not stop the worker either", function()
    local server = start { url = peer.start({ peer.always(alive) }).url, server = content .. [[
      location /verify {
        content_by_lua_block {
          local client = require "signoff".jde_ais { url = "@url@", token = "044-token" }
          ngx.say(client:verify({ token = "044-token", device = "D" }, { schedule = { 0.1 }, deadline = 2 }).verdict)
        }
      }
    ]] }
    local answers, seconds = server:get_many("/verify", 20)
    assert.same({ still_active = 20 }, answers)
    assert.is_true(seconds < 20, seconds) -- 40 one after another
    assert_quiet_log(server)
  end)

  it("phases that cannot wait raise, and name those that can", function()
    local server = start { url = peer.start({ peer.always(alive) }).url, http = [[
      init_worker_by_lua_block { said = select(2, pcall(require "ask", "@url@")) }
      upstream balanced {
        server 0.0.0.1;
        balancer_by_lua_block { balanced = select(2, pcall(require "ask", "@url@")) ngx.exit(500) }
      }
    ]], server = [[
      location /set { set_by_lua_block $said { return select(2, pcall(require "ask", "@url@")) } return 200 $said; }
      location /header { return 200 x; header_filter_by_lua_block { ngx.header["X-Said"] = select(2, pcall(require "ask", "@url@")) } }
      location /body { return 200 x; body_filter_by_lua_block { ngx.arg[1] = select(2, pcall(require "ask", "@url@")) ngx.arg[2] = true } header_filter_by_lua_block { ngx.header["Content-Length"] = nil } }
      location /log { return 200 x; log_by_lua_block { logged = select(2, pcall(require "ask", "@url@")) } }
      location /balancer { proxy_pass http://balanced; }
      location /balanced { content_by_lua_block { ngx.say(balanced) } }
      location /logged { content_by_lua_block { ngx.say(logged) } }
      location /init_worker { content_by_lua_block { ngx.say(said) } }
    ]] }
    server:get "/log"
    server:get "/balancer"
    for phase, path in pairs { balancer = "/balanced", set = "/set", header_filter = "/header", body_filter = "/body", log = "/logged", init_worker = "/init_worker" } do
      local said = server:get(path, "-i")
      assert.matches("'" .. phase .. "': call it in rewrite, access or content, or in a timer", said)
    end
  end)

  it("the module may be loaded and used in the master, where it blocks, and then in the workers", function()
    local server = start { url = peer.start({ peer.always(alive) }).url, http = [[
      init_by_lua_block { said = require "ask"("@url@") }
    ]], server = content .. [[ location /init { content_by_lua_block { ngx.say(said) } } ]] }
    assert.equal("true", server:get "/init")
    assert.same({ ["true"] = 50 }, (server:get_many("/ask", 50)))
    server:reload()
    assert.same({ ["true"] = 50 }, (server:get_many("/ask", 50)))
    assert_quiet_log(server)
  end)

  it("in a state of the thread pool it blocks that thread alone", function()
    local server = start { url = slow(1).url, files = {
      ["pooled.lua"] = [[ local ask = require "ask" return { ask = function(url) return (ask(url)) end } ]],
    }, server = [[
      location /pooled { content_by_lua_block { ngx.say(select(2, ngx.run_worker_thread("lua_thread_pool", "pooled", "ask", "@url@"))) } }
      location /quick { return 200 quick; }
    ]] }
    local answers = server:begin("/pooled", 2)
    local started = core.now()
    assert.equal("quick", server:get "/quick")
    assert.is_true(core.now() - started < 0.9)
    assert.same({ ["true"] = 2 }, answers())
  end)

  it("reloads leave nothing behind", function()
    local upstream = slow(0.1)
    local server = start { url = upstream.url, server = content }
    server:get_many("/ask", 30)
    local before = server:holdings(upstream.url)
    for _ = 1, 4 do
      local answers = server:begin("/ask", 30)
      core.sleep(0.05)
      server:reload()
      assert.same({ ["true"] = 30 }, answers())
    end
    server:get_many("/ask", 30)
    assert.equal(before, (server:holdings(upstream.url)))
    assert.equal(1, #server:workers())
    assert_no_files(server)
    assert_quiet_log(server)
  end)

  it("a state for each request leaves nothing behind", function()
    local server = start { url = peer.start({ peer.always(alive) }).url, http = "lua_code_cache off;", server = content }
    server:get_many("/ask", 10)
    server:get_many("/ask", 10)
    local before = server:holdings()
    for _ = 1, 5 do
      assert.same({ ["true"] = 40 }, (server:get_many("/ask", 40)))
    end
    local threads = before:match "(%d+) threads"
    local after = server:holdings()
    assert.equal(threads, after:match "(%d+) threads")
    assert.is_true(tonumber(after:match "^%d+") <= tonumber(before:match "^%d+") + 40, after) -- idle connections upstream
    for _ = 1, 5 do
      assert.same({ ["true"] = 40 }, (server:get_many("/ask", 40)))
    end
    assert.is_true(tonumber(server:holdings():match "^%d+") <= tonumber(before:match "^%d+") + 40)
    assert_no_files(server)
  end)

  it("a state that lives on keeps its socket from one call to the next", function()
    local server = start { url = peer.start({ peer.always(alive) }).url, server = content }
    assert.equal("true", server:get "/ask")
    server:holdings()
    local none = unix_sockets(server) -- but libcurl's
    peer.wait_for("a socket that is kept", function()
      assert.equal("true", server:get "/ask")
      local before = unix_sockets(server)
      assert.equal("true", server:get "/ask")
      return before ~= none and before == unix_sockets(server)
    end)
    peer.wait_for("the end of the socket", function()
      return unix_sockets(server) == none
    end)
    assert_no_files(server)
  end)

  it("a worker that is killed with calls on their way is replaced by one that works", function()
    local server = start { url = slow(0.2).url, server = content }
    local answers = server:begin("/ask", 30)
    core.sleep(0.1)
    local before = server:workers()[1]
    os.execute("kill -9 " .. before)
    answers()
    peer.wait_for("another worker", function()
      local now = server:workers()[1]
      return now and now ~= before
    end)
    assert.same({ ["true"] = 30 }, (server:get_many("/ask", 30)))
  end)

  it("bad weather with many calls on their way reaches each of them", function()
    local weather = {
      unreachable = { "http://127.0.0.1:" .. peer.free_port(), peer.start({ { "request", "reset" } }).url },
      timeout = { peer.start({ { "stall" } }).url, peer.start({ {} }, { black_hole = true }).url },
    }
    for code, urls in pairs(weather) do
      for _, url in ipairs(urls) do
        local server = start { url = url, server = [[
          location /ask { content_by_lua_block { ngx.say((require "ask"("@url@", "status", @timeout@))) } }
          location /quick { return 200 quick; }
        ]], timeout = code == "timeout" and 1 or 3 }
        local answers = server:begin("/ask", 200)
        core.sleep(0.2)
        local started = core.now()
        assert.equal("quick", server:get "/quick")
        assert.is_true(core.now() - started < 0.8)
        assert.same({ [code] = 200 }, answers())
        assert_quiet_log(server)
        server:stop()
      end
    end
  end)

  it("what is too much is refused as busy", function()
    local server = start { url = peer.start({ {} }, { black_hole = true }).url, server = [[
      location /flood {
        content_by_lua_block {
          local threads, codes = {}, {}
          for i = 1, 4200 do threads[i] = ngx.thread.spawn(require "ask", "@url@", "status", 1) end
          for i = 1, 4200 do
            local _, code = ngx.thread.wait(threads[i])
            codes[code] = (codes[code] or 0) + 1
          end
          ngx.say(codes.busy, " busy, ", codes.timeout, " timeout")
        }
      }
    ]] }
    assert.equal("104 busy, 4096 timeout", server:get "/flood")
    assert.equal("104 busy, 4096 timeout", server:get "/flood")
    assert_quiet_log(server)
  end)

  it("quitting waits for what is on its way, and stopping does not", function()
    local upstream = slow(2)
    local server = start { url = upstream.url, server = content }
    local answers = begin_all(server, upstream)
    assert.is_true(server:stop "QUIT" < 60)
    assert.same({ ["true"] = 30 }, answers())
    assert_quiet_log(server)
    upstream = slow(120)
    server = start { url = upstream.url, server = content }
    answers = begin_all(server, upstream)
    assert.is_true(server:stop "TERM" < 60)
    answers()
    assert.is_nil(server:log():find("exited on signal", 1, true))
    assert_no_files(server)
  end)

  it("a sign-out that was sent completes and is logged, even if the browser left", function()
    local upstream = peer.start { { { loop = { "request", { wait = 0.5 }, { send = done } } } } }
    local server = start { url = upstream.url, http = "lua_check_client_abort on;", server = [[
      location /out {
        content_by_lua_block {
          require "ask"("@url@", "logout", nil, function(level, message) if level ~= "debug" then ngx.log(ngx.NOTICE, "hook: ", message) end end)
          ngx.log(ngx.NOTICE, "the handler went on")
        }
      }
    ]] }
    server:get("/out", "-m 0.15")
    peer.wait_for("a line in the log", function()
      return server:log():find("hook: jde_ais.logout: accepted", 1, true)
    end)
    assert.equal(1, #upstream:requests())
    assert.is_nil(server:log():find("the handler went on", 1, true))
    assert_quiet_log(server)
  end)

  -- A coroutine of the script's own is not among these: nginx's Lua module frees it while it waits, whatever it waits for.
  local ways = {
    ["the handler"] = "return client:status()", ["a light thread"] = "ngx.thread.wait(ngx.thread.spawn(client.status, client))",
    ["signoff.pcall"] = "signoff.pcall(client.status, client)", ["signoff.deadline"] = "signoff.deadline(20, client.status, client)",
    verify = "client:verify({ token = '044-token', device = 'D' }, { deadline = 20 })",
  }
  for what, way in pairs(ways) do
    it("browsers that leave while a call waits in " .. what .. " harm nothing", function()
      local server = start { url = peer.start({ rest = { "request", "stall" } }).url, http = "lua_check_client_abort on;", server = ([[
        location /wait {
          content_by_lua_block {
            local signoff = require "signoff"
            local client = signoff.jde_ais { url = "@url@", token = "044-token", timeout = 20 }
            %s
          }
        }
        location /collect { content_by_lua_block { collectgarbage() collectgarbage() ngx.sleep(0.01) ngx.say "collected" } }
      ]]):format(way) }
      local worker = server:workers()[1]
      server:get("/wait?[1-30]", "-Z --parallel-immediate --parallel-max 30 -m 0.5 2>/dev/null")
      assert.equal("collected", server:get "/collect")
      assert.same({ worker }, server:workers())
      assert.is_nil(server:log():find("exited on signal", 1, true))
    end)
  end

  -- With 64 descriptors allowed, 32 requests are on their way at once.
  for how, log in pairs { [""] = "nil", [" where a log would hear of it"] = "function() end" } do
    it("what is queued for a browser that left is cancelled by collection" .. how, function()
      local upstream = peer.start { { "request", { wait = 1 }, { send = alive }, { loop = { "request", { send = alive } } } } }
      local server = start { url = upstream.url, http = "lua_check_client_abort on;", server = [[
        location /many {
          content_by_lua_block {
            for i = 1, 100 do ngx.thread.spawn(require "ask", "@url@", nil, nil, @log@) end
          }
        }
        location /collect { content_by_lua_block { collectgarbage() collectgarbage() ngx.say "collected" } }
      ]], main = "worker_rlimit_nofile 64;", log = log }
      server:get("/many", "-m 0.3")
      assert.equal("collected", server:get "/collect")
      server:holdings()
      assert.equal(32, #upstream:requests())
    end)
  end

  for what, where in pairs { ["no directory"] = "/nowhere/at/all", ["a directory that nobody may write"] = "/proc" } do
    it("with " .. what .. " for its socket it still works, and says so once", function()
      local server = start { url = slow(0.1).url, tmpdir = where, server = content }
      for _ = 1, 3 do
        local answers, seconds = server:get_many("/ask", 50)
        assert.same({ ["true"] = 50 }, answers)
        assert.is_true(seconds < 3, seconds)
      end
      local _, times = server:log():gsub("signoff: calls take longer", "")
      assert.equal(1, times)
    end)
  end

  it("without a socket, too, a sign-out that was sent is logged even if the browser left", function()
    local upstream = peer.start { { { loop = { "request", { wait = 0.5 }, { send = done } } } } }
    local server = start { url = upstream.url, tmpdir = "/nowhere/at/all", http = "lua_check_client_abort on;", server = [[
      location /out {
        content_by_lua_block {
          require "ask"("@url@", "logout", nil, function(level, message) if level ~= "debug" then ngx.log(ngx.NOTICE, "hook: ", message) end end)
        }
      }
    ]] }
    server:get("/out", "-m 0.15")
    peer.wait_for("a line in the log", function()
      return server:log():find("hook: jde_ais.logout: accepted", 1, true)
    end)
  end)
end)
