-- SPDX-License-Identifier: MIT
-- The processor time that an nginx worker with all its threads takes for a request whose handler does one logout, beside the same
-- handler over minimal.lua; wrk is 64 clients of either, or one. Prints rows for table.lua. Run by LuaJIT, in the checkout.
--    worker.lua [ROUNDS [SECONDS]]

package.path = "./?.lua;" .. package.path
local nginx = require "spec.support.nginx"
local peer = require "spec.support.peer"

local ROUNDS, SECONDS = tonumber(arg[1]) or 9, tonumber(arg[2]) or 2
local TICKS = tonumber(peer.output_of "getconf CLK_TCK")

local function start_system()
  return nginx.start { server = [[
    location /at_once { return 200 '{"status":"Success"}'; }
    location /last { content_by_lua_block { ngx.print(last) } }
    location /noted { content_by_lua_block { last = ngx.req.raw_header() ngx.header.content_length = 20 ngx.print '{"status":"Success"}' } }
  ]], http = "init_by_lua_block { last = '' }" }
end

local ours = [[
  local clients = {}
  for _, name in ipairs { "at_once", "noted" } do
    clients[name] = require "signoff".jde_ais { url = "@url@/" .. name, token = "044-token", device = "leaver-laptop" }
  end
  return function(name)
    return assert(clients[name]:logout()).answer == "accepted" and 204 or 502
  end
]]

local theirs = [[
  local minimal = require "minimal"
  local noted = @bytes@
  local bytes = { noted = noted, at_once = noted:gsub("/noted/", "/at_once/") }
  return function(name)
    local status, reply = minimal("127.0.0.1", @port@, bytes[name])
    return status == 200 and reply.status == "Success" and 204 or 502
  end
]]

local function start(out, values)
  return nginx.start {
    files = { ["out.lua"] = out:gsub("@(%l+)@", values), ["minimal.lua"] = peer.read_file "spec/proofs/bench/minimal.lua" },
    server = [[
      location /at_once { content_by_lua_block { return ngx.exit((require "out"("at_once"))) } }
      location /noted { content_by_lua_block { return ngx.exit((require "out"("noted"))) } }
    ]],
  }
end

-- The request that the system gets, as Lua writes it, when the server sends one.
local function noted(system, server)
  assert(server:get("/noted", "-o /dev/null -w '%{http_code}'") == "204", server:log())
  return ("%q"):format(system:get "/last" .. "\r\n\r\n")
end

-- Seconds of processor time that the worker took in all.
local function cpu(server)
  local fields = peer.read_file(("/proc/%d/stat"):format(server:workers()[1])):match "%) (.*)"
  local user, kernel = fields:match(("%S+ "):rep(11) .. "(%d+) (%d+)")
  return (user + kernel) / TICKS
end

-- Microseconds of processor time for a request.
local function measure(server, clients)
  local before = cpu(server)
  local text = peer.output_of(("wrk -t1 -c%d -d%ds --timeout 10s %s/at_once"):format(clients, SECONDS, server.url))
  assert(not text:find "Non%-2xx" and not text:find "Socket errors", text)
  return (cpu(server) - before) / tonumber(text:match "(%d+) requests in") * 1e6
end

-- Of several rounds, each of both one after the other, the one in the middle: what else the machine does disturbs some.
local function compare(module, minimal, clients, target)
  local rounds = {}
  for i = 1, ROUNDS do
    rounds[i] = { ours = measure(module, clients), theirs = measure(minimal, clients) }
  end
  table.sort(rounds, function(a, b)
    return a.ours / a.theirs < b.ours / b.theirs
  end)
  local middle = rounds[math.ceil(ROUNDS / 2)]
  print(("nginx, clients: %d, a logout, answered at once\tµs of CPU\t%.1f\ta minimal client on ngx.socket.tcp\t%.1f\tat_most %s"):format(
    clients, middle.ours, middle.theirs, target))
end

nginx.script(function()
  local system = start_system()
  local values = { url = system.url, port = system.url:match "%d+$" }
  local module = start(ours, values)
  values.bytes = noted(system, module)
  local minimal = start(theirs, values)
  assert(noted(system, minimal) == values.bytes, "the two did not send the same bytes")
  compare(module, minimal, 64, "2")
  compare(module, minimal, 1, "-")
end)
