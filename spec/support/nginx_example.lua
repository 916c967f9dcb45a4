-- SPDX-License-Identifier: MIT
--- The service of examples/nginx, as its page says to run it, on a free port, against the simulator that runs.

local peer = require "spec.support.peer"

local example = {}

example.TOKEN = "0123456789abcdef"

-- A copy of the example, for the master's workers to read.
local function copy(port)
  local directory = peer.directory()
  os.execute(("chmod 755 %s; mkdir %s/nginx; cp examples/nginx/*.* %s/nginx; cp examples/systems.lua %s; chmod -R a+rX %s"):format(
    directory, directory, directory, directory, directory))
  local text = peer.read_file(directory .. "/nginx/nginx.conf"):gsub("127.0.0.1:8088", "127.0.0.1:" .. port)
  if peer.output_of "id -u" == "0" then
    text = "user root;\n" .. text -- the simulator's certificates are its user's alone
  end
  peer.write_file(directory .. "/nginx/nginx.conf", text)
  return directory
end

--- Starts it.
-- @tparam[opt] string environment more words of env(1)
-- @tparam[opt] function systems `systems(directory)`: the text of another systems' file
-- @treturn table `url`, `directory`, and what `stop` wants
function example.start(environment, systems)
  local port = peer.free_port()
  local directory = copy(port)
  if systems then
    peer.write_file(directory .. "/systems.lua", systems(directory))
  end
  local process = peer.spawn(("env %s PATH=$PATH:/usr/sbin SIGNOUT_TOKEN=%s nginx -e error.log -p %s/nginx/ -c nginx.conf -g 'daemon off;'"):format(
    environment or "", example.TOKEN, directory), directory)
  local url = ("http://127.0.0.1:%d/signout"):format(port)
  peer.wait_for("nginx", function()
    return peer.output_of((peer.CURL .. " -s --max-time 1 -o /dev/null -w '%%{http_code}' %s"):format(url)) == "405"
  end)
  return { url = url, directory = directory, pid = process.pid }
end

--- Ends it, and waits for that.
function example.stop(one)
  os.execute(("kill -QUIT %d"):format(one.pid))
  peer.wait_for("the end of nginx", function()
    local state = peer.read_file(("/proc/%d/stat"):format(one.pid))
    return not state or state:match "^%d+ %b() Z"
  end)
end

return example
