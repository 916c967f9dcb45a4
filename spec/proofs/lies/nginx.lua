-- SPDX-License-Identifier: MIT
--- The example for nginx as it stands in examples/nginx, run once for all worlds.

local cjson = require("cjson").new()
local example = require "spec.support.nginx_example"
local peer = require "spec.support.peer"
local simulated = require "spec.support.simulated"

local nginx = {}

local server

-- The site's systems.lua: those of the specs, with the waits of the moment, which stand in a file.
local SITE = [[
local signoff = require "signoff"
local cjson = require "cjson"
local url, directory = %q, %q
local headers = { ["X-Api-Key"] = "agvance-key", ["X-Database-Id"] = "agvance-database", ["X-Session-Id"] = "session-own" }
local clients = {
  cisco_em = signoff.cisco_em { url = url .. "/emservice/EMServiceServlet", app_id = "offboarding", app_certificate = "em-password" },
  isymphony = signoff.isymphony { url = url, username = "manager", password = "manag3rpa55word" },
  agvance = signoff.agvance { url = url, headers = headers, session_id = "session-own" },
  oracle_commerce = signoff.oracle_commerce { url = url }, jde_ais = signoff.jde_ais { url = url },
}
local function waits()
  local file = assert(io.open(directory .. "/waits"))
  local text = file:read "*a"
  file:close()
  return cjson.decode(text)
end
local systems = {}
for name, client in pairs(clients) do
  systems[name] = {
    client = {
      kind = function() return client:kind() end,
      signout = function(_, target, options)
        for option, value in pairs(waits()) do options[option] = value end
        return client:signout(target, options)
      end,
    },
    status = { name = "Gone home", type = "unavailable", note = "left" },
  }
end
return { environment = "lies", systems = systems, options = {} }
]]

local function start()
  server = example.start('LUA_PATH="$NGINX_LUA_PATH" LUA_CPATH="$NGINX_LUA_CPATH"', function(directory)
    return SITE:format(simulated.simulator.http, directory)
  end)
end

--- Posts to the example, and gives its answer: `results`, `all_out`.
-- @tparam table asked lists of targets by system
-- @tparam table waits `settle`, `schedule`, `deadline`
function nginx.post(asked, waits)
  if not server then
    start()
  end
  peer.write_file(server.directory .. "/waits", cjson.encode(waits))
  peer.write_file(server.directory .. "/body", cjson.encode(asked))
  local text = peer.output_of(("curl -s --max-time 60 -H 'Authorization: Bearer %s' --data-binary @%s/body %s"):format(
    example.TOKEN, server.directory, server.url))
  return cjson.decode(text)
end

function nginx.stop()
  if server then
    os.execute(("kill -TERM %d"):format(server.pid))
    server = nil
  end
  peer.stop_all()
end

return nginx
