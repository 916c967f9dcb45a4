-- SPDX-License-Identifier: MIT
--- nginx with the configuration of examples/nginx/kill-switch, on a free port, for the site of the cases or for another one.

local cjson = require "cjson".new()
local files = require "spec.support.files"
local killswitch = require "spec.support.killswitch"
local peer = require "spec.support.peer"
local transmitter = require "spec.support.transmitter"

local nginx = {}

-- The site of spec/data/killswitch. Where SIGNOFF_HOOK names a file, all that the receiver says, at any level, goes there as well.
local SITE = [[
package.path = os.getenv "SIGNOFF_ROOT" .. "/?.lua;" .. package.path
local killswitch = require "spec.support.killswitch"
local options = killswitch.options(os.getenv "SIGNOFF_FOLDER", os.getenv "SIGNOFF_INBOX")
local hook = os.getenv "SIGNOFF_HOOK"
options.log = hook and function(level, message, fields)
  local file = assert(io.open(hook, "ab"))
  file:write(level, " ", message)
  for name, value in pairs(fields) do
    file:write(" ", name, "=", tostring(value))
  end
  file:write "\n"
  file:close()
end
return require "signoff.receiver".new(options)
]]

local STAND_IN = files.find "lua/signoff/receiver/keys.lua" and "" or [[
package.preload["signoff.receiver.keys"] = function() return { new = function(given)
  local self = {}
  for _, one in ipairs(given.issuers) do
    self[one.issuer] = require "signoff.jose".key_set(io.open(one.keys):read "*a")
  end
  function self:verify(issuer, token) return self[issuer]:signed(token) end
  return self
end } end
]]

--- A folder of keys, people and the inbox, as the site wants them.
function nginx.folder()
  local folder = transmitter.folder()
  files.write(folder .. "/people.csv", killswitch.people_csv())
  for name in pairs(killswitch.issuers) do
    files.write(("%s/%s.jwks"):format(folder, name), transmitter.jwks(folder, name))
  end
  assert(os.execute(("mkdir -m 700 %s/inbox"):format(folder)))
  return folder
end

-- Beside the endpoints: a neighbour, and the least that an endpoint can do, to compare with.
local BESIDE = [[
        location = /neighbour { return 200 neighbour; }
        location = /body {
            client_max_body_size 64k;
            content_by_lua_block { ngx.req.read_body() ngx.status = 202 ngx.header["Content-Length"] = 0 ngx.send_headers() }
        }
]]

-- The example's configuration, with a port, workers and more lines of ours.
local function configuration(options)
  local text = files.read "examples/nginx/kill-switch/nginx.conf"
  local function replace(from, to)
    local count
    text, count = text:gsub(from, (to:gsub("%%", "%%%%")))
    assert(count > 0, from)
  end
  replace("127%.0%.0%.1:8089", "127.0.0.1:" .. options.port)
  replace("worker_processes 1;", ("worker_processes %d;\nenv SIGNOFF_ROOT;\nenv SIGNOFF_FOLDER;\nenv SIGNOFF_HOOK;\n%s"):format(options.workers or 1,
    peer.output_of "id -u" == "0" and "user root;" or ""))
  replace("        location / {", BESIDE .. "        location / {")
  if options.unlimited then
    replace("rate=500r/s", "rate=1000000r/s")
    replace("burst=1000", "burst=1000000")
    replace("connections 100", "connections 10000")
  end
  for from, to in pairs(options.replace or {}) do
    replace(from, to)
  end
  return text
end

--- Starts it, and waits until it answers.
-- @tparam[opt] table options `folder` (that of one before), `workers`, `unlimited`, `site` (a text), `replace` (in the configuration),
-- `environment` (more words of env(1))
-- @treturn table `url`, `folder`, `inbox`, `log` (its path), `pid`
function nginx.start(options)
  options = options or {}
  local folder = options.folder or nginx.folder()
  options.port = options.port or peer.free_port()
  assert(os.execute(("mkdir -p %s/nginx"):format(folder)))
  files.write(folder .. "/nginx/nginx.conf", configuration(options))
  files.write(folder .. "/nginx/site.lua", STAND_IN .. (options.site or SITE))
  local root = peer.output_of "pwd"
  local version_5_1 = peer.output_of "make -s env LUA_VERSION=5.1":gsub("export ", ""):gsub("\n", " ")
  local process = peer.spawn(("env %s SIGNOFF_ROOT=%s SIGNOFF_FOLDER=%s SIGNOFF_INBOX=%s/inbox PATH=$PATH:/usr/sbin %s nginx -e error.log -p %s/nginx/ -c nginx.conf -g 'daemon off;'"):format(
    version_5_1, root, folder, folder, options.environment or "", folder), folder)
  local one = {
    url = "http://127.0.0.1:" .. options.port, port = options.port, folder = folder, inbox = folder .. "/inbox", log = folder .. "/nginx/error.log",
    pid = process.pid, options = options,
  }
  local fine, message = pcall(peer.wait_for, "nginx", function()
    return peer.output_of((peer.CURL .. " -s --max-time 5 -o /dev/null -w '%%{http_code}' %s/ssf/events"):format(one.url)) == "405"
  end)
  if not fine then
    error(("%s\n%s\n%s"):format(message, (files.find(process.output) or ""):sub(1, 2000), (files.find(one.log) or ""):sub(1, 4000)))
  end
  return one
end

--- Ends it, at once with `"KILL"`, and waits for that.
function nginx.stop(one, signal)
  os.execute(("kill -%s %d"):format(signal or "QUIT", one.pid))
  peer.wait_for("the end of nginx", function()
    local state = files.find(("/proc/%d/stat"):format(one.pid))
    return not state or state:match "^%d+ %b() Z"
  end)
end

local PATHS = { push = "/ssf/events", backchannel = "/backchannel-logout", revocation = "/global-token-revocation" }

--- Sends requests, one after the other on one connection.
-- @tparam table one as `start` gives it
-- @tparam {table,...} list `kind` and what `killswitch.request` gives
-- @treturn {table,...} `status`, `headers` (names in lower case), `body`
function nginx.send(one, list)
  local socket = assert(require "socket".connect("127.0.0.1", one.port))
  socket:settimeout(20)
  local answers = {}
  for i, request in ipairs(list) do
    local lines = {
      ("%s %s HTTP/1.1"):format(request.method, PATHS[request.kind]), "Host: 127.0.0.1", "Content-Type: " .. request.content_type,
      "Content-Length: " .. #request.body,
    }
    if request.authorization then
      lines[#lines + 1] = "Authorization: " .. request.authorization
    end
    assert(socket:send(table.concat(lines, "\r\n") .. "\r\n\r\n" .. request.body))
    local status, headers = tonumber(assert(socket:receive "*l"):match "^HTTP/1.1 (%d+)"), {}
    for line in function() local got = assert(socket:receive "*l"); return got ~= "" and got or nil end do
      local name, value = line:match "^([^:]+):%s*(.*)$"
      headers[name:lower()] = value
    end
    local length = tonumber(headers["content-length"]) or 0
    answers[i] = { status = status, headers = headers, body = length > 0 and assert(socket:receive(length)) or "" }
    if headers.connection == "close" then
      socket:close()
      socket = assert(require "socket".connect("127.0.0.1", one.port))
      socket:settimeout(20)
    end
  end
  socket:close()
  return answers
end

--- Calls a function with each event of an inbox, in the order of its files.
function nginx.each_event(one, each)
  local pipe = assert(io.popen(("cat %s/*.jsonl 2>/dev/null || true"):format(one.inbox)))
  for line in pipe:lines() do
    local record = cjson.decode(line)
    if type(record.event) == "table" then
      each(record.event)
    end
  end
  pipe:close()
end

--- The events of an inbox.
function nginx.events(one)
  local events = {}
  nginx.each_event(one, function(event)
    events[#events + 1] = event
  end)
  return events
end

return nginx
