--- `/_control`: what a test or a rehearsal tells the simulator, and reads from it. JSON, loopback only.
local state = require "state"
local systems = require "systems"
local faults = require "faults"
local journal = require "journal"
local counters = require "counters"
local clock = require "clock"
local check = require "check"
local json = require "json"

local control = {}

local function names()
  local list = json.list {}
  for index, system in ipairs(systems) do list[index] = system.name end
  return list
end

local function times()
  return { real = clock.real(), simulated = clock.now(), advanced = clock.offset() }
end

local function faults_shown()
  local list = json.list {}
  for index, entry in ipairs(faults.list()) do list[index] = entry end
  return { faults = list }
end

local function forget_traffic()
  journal.clear()
  counters.clear()
end

local ROUTES = {}

ROUTES["GET "] = function() return { systems = names(), time = times(), journal = journal.options() } end

ROUTES["GET people"] = function() return state.dump_all() end

ROUTES["PUT people"] = function(body) state.load(body, true) end

ROUTES["POST people"] = function(body) state.load(body, false) end

ROUTES["POST reset"] = function()
  faults.clear()
  clock.reset()
  state.reset()
  journal.reset()
  counters.clear()
end

ROUTES["GET time"] = times

ROUTES["POST time"] = function(body)
  check.members(body, { advance = "number" }, "time")
  check.required(body, "advance", "time")
  clock.advance(body.advance)
  clock.run_due()
  return times()
end

ROUTES["POST restart"] = function(body)
  check.members(body, { system = "string" }, "restart")
  local system = state.system(body.system)
  if not system then error({ message = "restart: no such system" }, 0) end
  system.restart(state.of(system.name))
end

ROUTES["GET faults"] = faults_shown

ROUTES["POST faults"] = function(body)
  faults.add(body)
  return faults_shown()
end

ROUTES["PUT faults"] = function(body)
  faults.add(body, true)
  return faults_shown()
end

ROUTES["DELETE faults"] = faults.clear

ROUTES["GET journal"] = function(_, arguments)
  return journal.read {
    after = tonumber(arguments.after), limit = tonumber(arguments.limit), system = arguments.system, operation = arguments.operation,
  }
end

ROUTES["POST journal"] = function(body)
  check.members(body, { enabled = "boolean", limit = "number", max_bytes = "number" }, "journal")
  journal.configure(body)
  return journal.options()
end

ROUTES["DELETE journal"] = journal.clear

ROUTES["GET counters"] = counters.read

ROUTES["DELETE counters"] = counters.clear

ROUTES["DELETE traffic"] = forget_traffic

local function send(status, value)
  ngx.status = status
  ngx.header["Content-Type"] = "application/json"
  local text = json.encode(value) .. "\n"
  ngx.header["Content-Length"] = #text
  ngx.print(text)
end

local function read_body()
  ngx.req.read_body()
  local text = ngx.req.get_body_data()
  if not text then return nil end
  local value, problem = json.decode(text)
  if value == nil then error({ message = "the body is not JSON: " .. problem }, 0) end
  return value
end

local function run(route)
  local body = read_body()
  if body == nil and not ngx.var.request_method:find "^[GD]" then body = {} end
  return route(body, ngx.req.get_uri_args()) or { ok = true }
end

--- One system's part of a route: `GET people/agvance`.
local function part(method, name)
  local system = name:match "^people/(.+)$"
  if method == "GET" and system and state.of(system) then
    return function() return state.dump(system) end
  end
end

function control.serve()
  clock.run_due()
  local name = ngx.var.uri:gsub("^/_control/?", "")
  local method = ngx.req.get_method()
  local route = ROUTES[method .. " " .. name] or part(method, name)
  if not route then return send(404, { error = ("nothing is called %s %s"):format(method, name) }) end
  local ok, result = xpcall(run, function(problem)
    return type(problem) == "table" and problem or { message = debug.traceback(problem), bug = true }
  end, route)
  if ok then return send(200, result) end
  if result.bug then ngx.log(ngx.ERR, result.message) end
  return send(result.bug and 500 or 400, { error = result.message })
end

return control
