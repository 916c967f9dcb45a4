-- SPDX-License-Identifier: MIT
-- An nginx with one worker whose handler does one logout, and the same handler with a blocking call; wrk is 64 clients of
-- either. Prints rows for table.lua. Run by LuaJIT, in the checkout.

package.path = "./?.lua;" .. package.path
local nginx = require "spec.support.nginx"
local peer = require "spec.support.peer"

local ROUNDS, SECONDS = 5, 2

local function start_system()
  return nginx.start { server = [[
    location /at_once { return 200 '{"status":"Success"}'; }
    location /slow { content_by_lua_block { ngx.sleep(0.02) ngx.say '{"status":"Success"}' } }
  ]] }
end

local out_lua = [[
  local clients = {}
  for _, name in ipairs { "at_once", "slow" } do
    clients[name] = require "signoff".jde_ais { url = "@url@/" .. name, token = "044-token", device = "leaver-laptop" }
  end
  return function(name)
    return assert(clients[name]:logout()).answer == "accepted" and 204 or 502
  end
]]

-- Calls block, as where there is no nginx.
local blocking = [[
  init_by_lua_block {
    local core, runtime = require "signoff.core", require "signoff.async.runtime"
    runtime.carry, runtime.sleep = core.carry, core.sleep
  }
]]

local function start(system, http)
  return nginx.start {
    http = http, files = { ["out.lua"] = (out_lua:gsub("@url@", system.url)) }, server = [[
      location /at_once { content_by_lua_block { return ngx.exit((require "out"("at_once"))) } }
      location /slow { content_by_lua_block { return ngx.exit((require "out"("slow"))) } }
    ]],
  }
end

local function rate(server, path)
  local text = peer.output_of(("wrk -t1 -c64 -d%ds --timeout 10s %s%s"):format(SECONDS, server.url, path))
  assert(not text:find "Non%-2xx" and not text:find "Socket errors", text)
  return tonumber(text:match "Requests/sec: *([%d.]+)")
end

-- Of several rounds, each of both one after the other, the one in the middle: what else the machine does disturbs some.
local function compare(path, what, target)
  local system, rounds = start_system(), {}
  local waiting, plain = start(system), start(system, blocking)
  for i = 1, ROUNDS do
    rounds[i] = { ours = rate(waiting, path), theirs = rate(plain, path) }
  end
  table.sort(rounds, function(a, b)
    return a.ours / a.theirs < b.ours / b.theirs
  end)
  local middle = rounds[(ROUNDS + 1) / 2]
  print(("%s\trequests/s\t%.0f\tthe same handler, blocking\t%.0f\ttimes %s"):format(
    what, middle.ours, middle.theirs, target))
  nginx.stop_all()
end

nginx.script(function()
  compare("/at_once", "nginx, 64 clients: a logout, answered at once", "2.5")
  compare("/slow", "nginx, 64 clients: a logout, answered after 20 ms", "40")
end)
