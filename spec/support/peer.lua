-- SPDX-License-Identifier: MIT
--- A server of scripted bytes on a free loopback port, in a process of its own that ends with the test.
--
-- A plan is a list of connections, each a list of steps; `rest` is for those that come later (by default the last one):
--    "request"                 read one request to its end
--    "arrival"                 wait until something comes, without reading it
--    { send = bytes }          { wait = seconds }          { note = name } (a file in the directory of the peer)
--    { drip = bytes, every = seconds } (one byte at a time)
--    { flood = bytes, every = seconds } (for ever)         { loop = { steps } } (for ever)
--    { tunnel = port }         all that comes goes there, and its answers come back
--    { relay = port, unless = text, reply = bytes } (one request to that port and its reply back, unless it has that text)
--    "close", "reset"          (RST)                       "stall" (read on, say nothing)
-- After its last step a connection stalls. Everything received is kept, by connection.

local core = require "signoff.core"
local files = require "spec.support.files"

local peer = {}
peer.__index = peer

local running = {}

--- curl in a shell's command. A sanitizer's library, which the interpreter may need, can stop it for good.
peer.CURL = "LD_PRELOAD= curl"

local LIMIT = 120 -- seconds that anything here may take

local function quoted(text)
  return '"' .. text:gsub("[^%w ]", function(byte)
    return ("\\%03d"):format(byte:byte())
  end) .. '"'
end

local function written(value)
  if type(value) == "string" then
    return quoted(value)
  elseif type(value) ~= "table" then
    return tostring(value)
  end
  local members = {}
  for name, member in pairs(value) do
    members[#members + 1] = ("[%s] = %s"):format(written(name), written(member))
  end
  return "{" .. table.concat(members, ", ") .. "}"
end

local function output_of(command)
  local pipe = assert(io.popen(command))
  local output = pipe:read "*a"
  pipe:close()
  return (output:gsub("%s+$", ""))
end

--- Calls `f` until it gives something, and gives that.
-- @tparam[opt] number seconds that this may take
function peer.wait_for(what, f, seconds)
  local ends = core.now() + (seconds or LIMIT)
  repeat
    local found = f()
    if found then
      return found
    end
    core.sleep(0.005)
  until core.now() > ends
  error("waited in vain for " .. what, 2)
end

--- A fresh directory, removed by `peer.stop_all`.
function peer.directory()
  local directory = output_of "mktemp -d"
  running[#running + 1] = { remove = directory }
  return directory
end

local spawned = 0

--- Before a command: it inherits no files but the first three, and may open as many as `ulimit -n` says (nil: as many as we).
function peer.with_descriptors(count)
  return ([[bash -c 'for file in /proc/$$/fd/*; do [ ${file##*/} -lt 3 ] || eval "exec ${file##*/}>&-"; done
    %s exec "$@"' -]]):format(count and "ulimit -n " .. count .. ";" or "")
end

--- Starts a process in the background, in that directory; it is ended by `peer.stop_all`.
-- @tparam string command
-- @tparam string directory
-- @tparam[opt] string input the shell's redirection of its standard input, instead of nothing
-- @treturn table with `pid`, and `output`: the file that its output goes to
function peer.spawn(command, directory, input)
  spawned = spawned + 1
  local output = ("%s/output-%d"):format(directory, spawned)
  local pid = output_of(("cd %s && { exec %s %s >%s 2>&1 & echo $!; }"):format(directory, command, input or "</dev/null", output))
  local process = { pid = assert(tonumber(pid), "no process"), directory = directory, output = output }
  running[#running + 1] = process
  return setmetatable(process, peer)
end

local server = output_of "pwd" .. "/spec/support/peer_server.lua"

local function own_process()
  return tonumber(files.find("/proc/self/stat"):match "^%d+")
end

--- @tparam table connections the plan
-- @tparam[opt] table options `port` ("aside": one that nobody gets by chance), `black_hole` (connections are never answered),
-- `addresses` (in place of connections: what every connection to 127.0.0.1, 127.0.0.2 and so on is given, each a list of steps)
function peer.start(connections, options)
  options = options or {}
  local directory = peer.directory()
  connections.rest = connections.rest or connections[#connections]
  files.write(directory .. "/plan.lua", "return " .. written {
    connections = connections, owner = own_process(), port = options.port, black_hole = options.black_hole,
    addresses = options.addresses,
  })
  local process = peer.spawn(("lua5.4 %s %s"):format(server, directory), directory)
  local port = peer.wait_for("a peer", function()
    return files.find(directory .. "/port")
  end)
  process.port, process.url = tonumber(port), "http://127.0.0.1:" .. port
  return process
end

--- A port on which nobody listens, and which nobody gets by chance.
function peer.free_port()
  local gone = peer.start({ { "close" } }, { port = "aside" })
  local pid = gone.pid
  gone:stop()
  peer.wait_for("the end of a peer", function()
    local state = files.find(("/proc/%d/stat"):format(pid))
    return not state or state:match "^%d+ %b() Z"
  end)
  return gone.port
end

--- The bytes that came, a string a connection.
function peer:connections()
  local list = {}
  for number = 1, math.huge do
    local bytes = files.find(("%s/%d.received"):format(self.directory, number))
    if not bytes then
      return list
    end
    list[number] = bytes
  end
end

local function parse(bytes, list)
  local at = 1
  while true do
    local first, head, next_at = bytes:match("^([^\r]*)\r\n(.-\r\n)\r\n()", at)
    if not first then
      return list
    end
    local request = { method = first:match "^%S*", target = first:match "^%S* (%S*)", headers = {} }
    for name, value in head:gmatch "([^:\r\n]+): ?([^\r\n]*)" do
      request.headers[name:lower()] = value
    end
    at = next_at + (tonumber(request.headers["content-length"]) or 0)
    request.body = bytes:sub(next_at, at - 1)
    list[#list + 1] = request
  end
end

--- Whole requests, in the order of connections: `method`, `target`, `headers` (names in lower case), `body`.
function peer:requests()
  local list = {}
  for _, bytes in ipairs(self:connections()) do
    parse(bytes, list)
  end
  return list
end

--- The processes that a process has started, and that have not ended.
function peer.children(pid)
  local list = {}
  for child in (files.find(("/proc/%d/task/%d/children"):format(pid, pid)) or ""):gmatch "%d+" do
    list[#list + 1] = tonumber(child)
  end
  return list
end

function peer:stop()
  if self.pid then
    os.execute(("kill -9 %d %s 2>/dev/null"):format(self.pid, table.concat(peer.children(self.pid), " "))) -- nginx has workers
    self.pid = nil
  end
end

--- For after_each.
function peer.stop_all()
  for _, process in ipairs(running) do
    peer.stop(process)
    if process.remove then
      os.execute("rm -rf " .. process.remove)
    end
  end
  running = {}
end

--- An HTTP reply as bytes.
-- @tparam string status "200 OK"
-- @tparam[opt] string body
-- @tparam[opt] table headers
function peer.reply(status, body, headers)
  local lines = { "HTTP/1.1 " .. status }
  local all = { ["Content-Length"] = tostring(#(body or "")) }
  for name, value in pairs(headers or {}) do
    all[name] = value
  end
  for name, value in pairs(all) do
    if value then
      lines[#lines + 1] = name .. ": " .. value
    end
  end
  return table.concat(lines, "\r\n") .. "\r\n\r\n" .. (body or "")
end

--- The plan of a connection that gives these replies, one a request.
function peer.replies(...)
  local steps = {}
  for _, bytes in ipairs { ... } do
    steps[#steps + 1] = "request"
    steps[#steps + 1] = { send = bytes }
  end
  return steps
end

--- The plan of a connection that gives the same reply to every request.
function peer.always(bytes)
  return { { loop = { "request", { send = bytes } } } }
end

local tokens = { jde_ais = "044-token-of-a-test", oracle_commerce = "eyJ-token-of-a-test" }

--- Adds options to a table, which it gives.
function peer.with(all, options)
  for name, value in pairs(options or {}) do
    all[name] = value
  end
  return all
end

--- A client of whatever answers at that address; it gives up after 5 s.
function peer.client(system, url, options)
  return require "signoff"[system](peer.with({ url = url, token = tokens[system], timeout = 5 }, options))
end

peer.read_file, peer.write_file, peer.output_of = files.find, files.write, output_of

return peer
