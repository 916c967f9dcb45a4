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

local function by_socket(http, ltn12)
  http.TIMEOUT = TIMEOUT
  return function(method, url, body)
    local chunks = {}
    local ok, status = http.request {
      method = method, url = url, proxy = false, sink = ltn12.sink.table(chunks),
      source = body and ltn12.source.string(body), headers = body and { ["Content-Length"] = #body } or nil,
    }
    if not ok then return nil, status end
    return status, table.concat(chunks)
  end
end

local function choose_exchange()
  local has_http, http = pcall(require, "socket.http")
  local has_ltn12, ltn12 = pcall(require, "ltn12")
  if has_http and has_ltn12 then return by_socket(http, ltn12) end
  return by_curl
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

  --- What one system, or every one, knows now.
  function simulator.state(system) return request("GET", "/people" .. (system and "/" .. system or "")) end

  --- Makes `faults` (one, or a list) all the faults there are.
  function simulator.faults(faults) return request("PUT", "/faults", faults).faults end

  --- Adds faults to those there are.
  function simulator.add_faults(faults) return request("POST", "/faults", faults).faults end

  --- The faults with how many requests each has seen and how often it fired.
  function simulator.read_faults() return request("GET", "/faults").faults end

  --- Nothing is to go wrong any more.
  function simulator.clear_faults() return request("DELETE", "/faults") end

  --- What was received: a list of entries, oldest first. `filter` may hold system, operation, after (a number), limit.
  function simulator.journal(filter) return request("GET", "/journal" .. query(filter)).entries end

  --- Switches the journal: { enabled = false }, { limit = 1000 }.
  function simulator.journal_options(options) return request("POST", "/journal", options) end

  --- Concurrency, changes a minute, connections; in all and by system.
  function simulator.counters() return request("GET", "/counters") end

  --- Forgets the journal and the counters.
  function simulator.forget() return request("DELETE", "/traffic") end

  --- Moves the simulated clock.
  function simulator.advance(seconds) return request("POST", "/time", { advance = seconds }) end

  --- Restarts one system, with what that means for it.
  function simulator.restart(system) return request("POST", "/restart", { system = system }) end

  --- As it was when it was started: people, settings, clock; no fault, no journal.
  function simulator.reset() return request("POST", "/reset") end

  return simulator
end

return control
