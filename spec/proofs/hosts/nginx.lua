-- SPDX-License-Identifier: MIT
-- The checks of check-nginx on a real nginx, by name; run by LuaJIT, whose modules nginx takes:
--
--   reloads N      N sign-outs with a reload after every 1,000, but 20 at most: the worker then holds what it held at first
--   states N       N sign-outs, each in a Lua state of its own: likewise
--   latency N      N sign-outs on their way to a slow system: what that does to another location of the worker
--   flood N        N at a time of replies of 64 KB that expand to 64 MB: likewise
--   hang N, reset N, refuse N
--                  N sign-outs on their way to a system that does so: each is told, and the worker goes on

package.path = "./?.lua;" .. package.path
local core = require "signoff.core"
local gzip = require "spec.support.gzip"
local nginx = require "spec.support.nginx"
local peer = require "spec.support.peer"
local socket = require "socket"

local AT_ONCE, MOST_RELOADS = 64, 20

local checks = {}

local system_server = [[
  location /at_once { return 200 '{"status":"Success"}'; }
  location /slow { content_by_lua_block { ngx.sleep(1) ngx.say '{"status":"Success"}' } }
  location /hang { content_by_lua_block { ngx.sleep(60) } }
  location /reset { return 444; }
]]

local signing_server = [[
  location /out { content_by_lua_block { return ngx.exit((require "out"())) } }
  location /timers {
    content_by_lua_block { ngx.say(ngx.timer.running_count(), " running, ", ngx.timer.pending_count(), " pending") }
  }
  location /quick { return 200 quick; }
  location /requests { stub_status; }
  location /many {
    content_by_lua_block {
      local out, threads, said = require "out", {}, {}
      for i = 1, ngx.var.arg_count do threads[i] = ngx.thread.spawn(out) end
      for i = 1, #threads do
        local _, status, code = ngx.thread.wait(threads[i])
        said[code or status] = (said[code or status] or 0) + 1
      end
      for code, count in pairs(said) do ngx.say(code, " ", count) end
    }
  }
  location /busy {
    content_by_lua_block {
      local out, threads, ends = require "out", {}, ngx.now() + ngx.var.arg_seconds
      for i = 1, ngx.var.arg_count do
        threads[i] = ngx.thread.spawn(function()
          ngx.sleep(math.random())
          while ngx.now() < ends do assert(out() == 204) end
        end)
      end
      for i = 1, #threads do assert(ngx.thread.wait(threads[i])) end
      ngx.say "done"
    }
  }
]]

local out_lua = [[
  local client = require "signoff".jde_ais { url = "@url@", token = "044-token", timeout = @timeout@ }
  return function()
    local answer, _, code = client:logout()
    return answer and 204 or 502, code
  end
]]

-- A system, and an nginx that signs out of it.
local function start(path, options)
  local files = "worker_rlimit_nofile 16384;"
  local system = nginx.start { server = system_server, main = files, http = "reset_timedout_connection on;" }
  local url = path and system.url .. path or "http://127.0.0.1:" .. peer.free_port()
  local lua = out_lua:gsub("@(%l+)@", { url = url, timeout = options.timeout or 20 })
  local server = nginx.start { server = signing_server, http = options.http, main = files, files = { ["out.lua"] = lua } }
  return server, system
end

local function output_later(command)
  local output = os.tmpname()
  os.execute(("{ %s; echo the end; } >%s 2>&1 &"):format(command, output))
  return function(seconds)
    local text = peer.wait_for(command, function()
      return peer.read_file(output):match "^(.*)the end\n$"
    end, seconds)
    os.remove(output)
    return text
  end
end

-- So many requests, some at once, each on a connection of its own; gives a function that waits until all were answered well.
local function begin(server, count)
  local output = output_later(("ab -q -n %d -c %d %s/out"):format(count, AT_ONCE, server.url))
  return function()
    local text = output(60 + count / 100)
    assert(text:match "Complete requests: *(%d+)" == tostring(count) and text:match "Failed requests: *0\n" and
      not text:find "Non%-2xx", text .. server:log():sub(-2000))
  end
end

local function memory(pid)
  return tonumber(peer.read_file(("/proc/%d/status"):format(pid)):match "VmRSS:%s*(%d+)") / 1024
end

-- Connections that are kept for the next call are no leak, as long as they are few.
local function holdings(server, system)
  local held, kept = server:holdings(system.url)
  return ("%s, timers: %s"):format(held, server:get "/timers"), kept, memory(server:workers()[1])
end

-- Before each look some sign-outs: the last reload may have brought a worker that had none to do.
local function compare(server, system, work)
  begin(server, 4 * AT_ONCE)()
  local before, _, memory_before = holdings(server, system)
  work()
  begin(server, 4 * AT_ONCE)()
  local after, kept, memory_after = holdings(server, system)
  print(("at the start: %s, %.1f MB"):format(before, memory_before))
  print(("at the end:   %s, %.1f MB; %d connections kept"):format(after, memory_after, kept))
  assert(before == after, "not as at the start")
  assert(kept <= AT_ONCE, "too many connections")
  assert(memory_after < memory_before + 24, "memory has grown")
  assert(peer.output_of("ls " .. server.tmpdir) == "", "files are left")
end

local function assert_quiet_log(server)
  for line in server:log():gmatch "[^\n]+" do
    local level = line:match "%[(%l+)%]"
    assert(level == nil or level == "notice" or level == "warn", line)
  end
end

-- How many requests nginx has had, reloads or not.
local function requests(server)
  return tonumber(server:get "/requests":match "accepts handled requests%s+%d+ %d+ (%d+)")
end

function checks.reloads(count)
  local server, system = start("/at_once", {})
  compare(server, system, function()
    local reloads = math.min(MOST_RELOADS, math.ceil(count / 1000))
    for _ = 1, reloads do
      local others = requests(server)
      local finish = begin(server, math.ceil(count / reloads))
      peer.wait_for("requests on their way", function()
        others = others + 1 -- this one
        return requests(server) - others >= AT_ONCE
      end)
      server:reload(30)
      finish()
    end
  end)
  assert_quiet_log(server)
end

function checks.states(count)
  local server, system = start("/at_once", { http = "lua_code_cache off;" })
  compare(server, system, function()
    begin(server, count)()
  end)
end

-- A worker that asks for lists of sessions, and gets what expands beyond all limits.
local function start_flood()
  local list = '{"Status":"0","Count":"0","APIUsers":[]'
  local bombs = { blanks = gzip.pack(list .. "}", 63 * 1024 * 1024), text = gzip.pack(list .. ',"x":"' .. ("no "):rep(20 * 1024 * 1024) .. '"}') }
  local system = nginx.start { files = bombs, server = [[
    location / { root .; default_type application/json; add_header Content-Encoding gzip; }
  ]] }
  return nginx.start { files = { ["flood.lua"] = ([[
    local signoff, clients = require "signoff", {}
    for i, path in ipairs { "blanks", "text" } do
      clients[i] = signoff.agvance { url = "@url@", path = path, headers = { ["X-Login"] = "site-login-4711" } }
    end
    return function(number)
      local client = clients[number % #clients + 1]
      local _, message, code, detail = client:sessions()
      assert(code == "unusable" and detail.sent, message)
    end
  ]]):gsub("@url@", system.url) }, server = [[
    location /quick { return 200 quick; }
    location /flood {
      content_by_lua_block {
        local flood, threads, ends, count = require "flood", {}, ngx.now() + ngx.var.arg_seconds, 0
        for i = 1, ngx.var.arg_count do
          threads[i] = ngx.thread.spawn(function()
            while ngx.now() < ends do
              flood(i)
              count = count + 1
            end
          end)
        end
        for i = 1, #threads do assert(ngx.thread.wait(threads[i])) end
        ngx.say(count)
      }
    }
  ]] }
end

-- A visitor who asks for the other location a thousand times, one after the other; milliseconds.
local function p99(server)
  local connection, times = assert(socket.connect("127.0.0.1", (server.url:match "%d+$"))), {}
  connection:setoption("tcp-nodelay", true)
  for i = 1, 1000 do
    local started = core.now()
    assert(connection:send "GET /quick HTTP/1.1\r\nHost: x\r\n\r\n")
    assert(connection:receive "*l" == "HTTP/1.1 200 OK")
    repeat
      local line = assert(connection:receive "*l")
    until line == ""
    assert(connection:receive(5) == "quick")
    times[i] = (core.now() - started) * 1000
    core.sleep(0.001)
  end
  connection:close()
  table.sort(times)
  return times[990]
end

-- Other programs of the machine may take a processor from us at any time, but not each time: milliseconds of the best of three
-- tries without and with what `begin_load` begins, or of more where that seems to matter. It gives what waits for its end.
local function compare_p99(server, begin_load)
  local alone, loaded, tries = math.huge, math.huge, 0
  repeat
    tries = tries + 1
    alone = math.min(alone, p99(server))
    local finish = begin_load()
    loaded = math.min(loaded, p99(server))
    finish()
  until tries >= 3 and (loaded - alone < 5 or tries == 9)
  return alone, loaded
end

function checks.latency(count)
  local server = start("/slow", {})
  local alone, busy = compare_p99(server, function()
    local finish = output_later(("curl -s --max-time 30 '%s/busy?count=%d&seconds=5'"):format(server.url, count))
    core.sleep(2)
    return function() assert(finish(30) == "done\n") end
  end)
  print(("99 of 100 requests took at most %.2f ms alone, %.2f ms with %d sign-outs on their way"):format(alone, busy, count))
  assert(busy - alone < 5, "it rises by 5 ms or more")
end

function checks.flood(count)
  local server = start_flood()
  local replies = 0
  local alone, flooded = compare_p99(server, function()
    local finish = output_later(("curl -s --max-time 30 '%s/flood?count=%d&seconds=5'"):format(server.url, count))
    core.sleep(1)
    return function() replies = replies + assert(tonumber((finish(30))), server:log()) end
  end)
  print(("99 of 100 requests took at most %.2f ms alone, %.2f ms among %d replies that expand to 64 MB"):format(alone, flooded, replies))
  assert(replies > 100, "no flood")
  assert(flooded - alone < 5, "it rises by 5 ms or more")
  assert_quiet_log(server)
end

-- All of them with that code; meanwhile the worker answers others at once.
local function weather(path, count, code, timeout)
  local server = start(path, { timeout = timeout })
  local finish = output_later(("curl -s --max-time 30 '%s/many?count=%d'"):format(server.url, count))
  core.sleep(0.2)
  local started = core.now()
  assert(server:get "/quick" == "quick")
  local seconds = core.now() - started
  local said = finish(40)
  print(("%s; another location answered after %.3f s"):format(said:gsub("\n", " "), seconds))
  assert(said == ("%s %d\n"):format(code, count), said)
  assert(seconds < 0.5)
  assert_quiet_log(server)
end

function checks.hang(count)
  weather("/hang", count, "timeout", 2)
end

function checks.reset(count)
  weather("/reset", count, "unreachable")
end

function checks.refuse(count)
  weather(nil, count, "unreachable")
end

nginx.script(assert(checks[arg[1]], "nothing is checked by that name"), tonumber(arg[2]))
