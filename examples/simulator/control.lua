--- Talks to a running simulator from any Lua (5.1 to 5.4, LuaJIT): loads people, breaks things, reads what was received.
--
--    local simulator = require("control").open(DIR)   -- without DIR: the environment's SIGNOFF_SIMULATOR
--    simulator.faults { { system = "agvance", fault = "status", status = 503, times = 1 } }
--    local journal = simulator.journal { system = "agvance" }
--
-- Functions raise when the simulator refuses or does not answer. Goes by LuaSocket where there is one, else by curl.
local cjson = require("cjson").new()

local control = {}

local TIMEOUT = 30 -- seconds, of one exchange with the simulator

local function read_file(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read "*a"
  file:close()
  return text
end

local function quote(text)
  return "'" .. text:gsub("'", "'\\''") .. "'"
end

local function by_curl(method, url, body)
  local name = os.tmpname()
  local file = assert(io.open(name, "wb"))
  file:write(body or "")
  file:close()
  local command = ("curl -s --noproxy '*' --max-time %d -X %s -w '\\n%%{http_code}' %s %s"):format(
    TIMEOUT, method, body and "--data-binary @" .. quote(name) or "", quote(url))
  local pipe = assert(io.popen(command, "r"))
  local output = pipe:read "*a"
  pipe:close()
  os.remove(name)
  local text, status = output:match "^(.*)\n(%d+)$"
  if status == "000" then return nil, "no answer" end
  return tonumber(status), text
end

local REQUEST = "%s %s HTTP/1.1\r\nHost: simulator\r\nContent-Length: %d\r\n\r\n%s"

local connections = {} -- host and port -> a connection that is kept: the clock alone is moved often

local function connect(socket, host, port)
  local connection = socket.tcp()
  connection:settimeout(TIMEOUT)
  local ok, problem = connection:connect(host, tonumber(port))
  if not ok then return nil, problem end
  connection:setoption("tcp-nodelay", true)
  return connection
end

--- The status and the body of a reply, which says how long it is; or nil and why not.
local function receive(connection)
  local line, problem = connection:receive "*l"
  if not line then return nil, problem end
  local status, length = tonumber(line:match "^HTTP/1%.1 (%d+)"), 0
  while line and line ~= "" do
    length = tonumber(line:lower():match "^content%-length:%s*(%d+)") or length
    line, problem = connection:receive "*l"
  end
  local body = line and connection:receive(length)
  if not body then return nil, problem or "the reply is cut" end
  return status, body
end

local function attempt(connection, request)
  local sent, problem = connection:send(request)
  if not sent then return nil, problem end
  return receive(connection)
end

--- A kept connection may have been closed meanwhile, as idle ones are: then by a new one.
local function by_socket(socket)
  return function(method, url, body)
    local host, port, path = url:match "^http://([^:/]+):(%d+)(/.*)$"
    local key, request = host .. ":" .. port, REQUEST:format(method, path, #(body or ""), body or "")
    local connection, status, text = connections[key], nil, nil
    if connection then status, text = attempt(connection, request) end
    if not status then
      if connection then connection:close() end
      connection, text = connect(socket, host, port)
      if connection then status, text = attempt(connection, request) end
    end
    connections[key] = status and connection or nil
    return status, text
  end
end

local function choose_exchange()
  local has_socket, socket = pcall(require, "socket")
  return has_socket and by_socket(socket) or by_curl
end

local exchange = choose_exchange()

local function call(base, method, path, body)
  local status, text = exchange(method, base .. path, body and cjson.encode(body))
  if not status then error(("simulator: %s %s: %s"):format(method, base .. path, tostring(text)), 0) end
  local answer = text ~= "" and cjson.decode(text) or {}
  if status ~= 200 then error(("simulator: %s %s: %s"):format(method, path, tostring(answer.error)), 0) end
  return answer
end

local function query(filter)
  local parts = {}
  for name, value in pairs(filter or {}) do parts[#parts + 1] = name .. "=" .. tostring(value) end
  return #parts > 0 and "?" .. table.concat(parts, "&") or ""
end

local function decode_base64_with(alphabet)
  local values = {}
  for index = 1, #alphabet do values[alphabet:sub(index, index)] = index - 1 end
  return function(text)
    local bytes, bits, count = {}, 0, 0
    for char in text:gmatch "[%w+/]" do
      bits, count = bits * 64 + values[char], count + 6
      if count >= 8 then
        local unit = 2 ^ (count - 8)
        bytes[#bytes + 1] = string.char(math.floor(bits / unit))
        bits, count = bits % unit, count - 8
      end
    end
    return table.concat(bytes)
  end
end

--- Any bytes from the journal's `body_base64`.
control.decode_base64 = decode_base64_with "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

--- The addresses and the functions of the simulator in `directory`.
function control.open(directory)
  directory = directory or os.getenv "SIGNOFF_SIMULATOR" or error("no directory: start the simulator first", 2)
  local simulator = cjson.decode(read_file(directory .. "/addresses.json"))
  local base = simulator.control

  local function request(method, path, body) return call(base, method, path, body) end

  --- Replaces the lists that `people` names: { cisco_em = { devices = { { name =, user = } }, settings = {} }, ... }.
  function simulator.people(people) return request("PUT", "/people", people) end

  --- Adds rows, replaces those of the same key, removes those with `removed = true`; changes settings.
  function simulator.add(people) return request("POST", "/people", people) end

  --- Changes settings of one system.
  function simulator.settings(system, settings) return request("POST", "/people", { [system] = { settings = settings } }) end

  --- The state of one system, or of all, now.
  function simulator.state(system) return request("GET", "/people" .. (system and "/" .. system or "")) end

  --- Makes `faults` (one, or a list) all the faults there are.
  function simulator.faults(faults) return request("PUT", "/faults", faults).faults end

  --- Adds faults to those there are.
  function simulator.add_faults(faults) return request("POST", "/faults", faults).faults end

  --- The faults with how many requests each has seen and how often it fired.
  function simulator.read_faults() return request("GET", "/faults").faults end

  --- Nothing is to go wrong any more.
  function simulator.clear_faults() return request("DELETE", "/faults") end

  --- Makes `moves` (one, or a list) all the moves of people: { { at = 3, people = {} }, { operation =, when =, people = {} } }.
  function simulator.moves(moves) return request("PUT", "/moves", moves).moves end

  --- The moves with how many requests each has seen and whether it was made.
  function simulator.read_moves() return request("GET", "/moves").moves end

  --- Switches the log of the truth on or off: { enabled = true, limit = 10000 }.
  function simulator.truth_options(options) return request("POST", "/truth", options) end

  --- The log of the truth (who was where from when on, and what was asked in between): a list of entries, oldest first; the number
  --- of the last one that there is, and whether the log was full.
  function simulator.truth(after, limit)
    local log = request("GET", "/truth" .. query { after = after, limit = limit })
    return log.entries, log.last, log.full
  end

  --- The requests that were received: a list of entries, oldest first. `filter` may hold system, operation, after (a number), limit.
  function simulator.journal(filter) return request("GET", "/journal" .. query(filter)).entries end

  --- Switches the journal: { enabled = false }, { limit = 1000 }.
  function simulator.journal_options(options) return request("POST", "/journal", options) end

  --- Concurrency, changes a minute, connections; in all and by system.
  function simulator.counters() return request("GET", "/counters") end

  --- Forgets the journal and the counters.
  function simulator.forget() return request("DELETE", "/traffic") end

  --- That many simulated seconds pass in a real one from now on.
  function simulator.speed(speed) return request("POST", "/time", { speed = speed }) end

  --- Moves the simulated clock.
  function simulator.advance(seconds) return request("POST", "/time", { advance = seconds }) end

  --- Restarts one system, with what that means for it.
  function simulator.restart(system) return request("POST", "/restart", { system = system }) end

  --- A reset and what is given, at once: { people =, faults =, moves =, truth = { enabled = true }, speed = }.
  function simulator.world(world) return request("PUT", "/world", world) end

  --- As it was when it was started: people, settings, clock; no fault, no journal.
  function simulator.reset() return request("POST", "/reset") end

  return simulator
end

return control
