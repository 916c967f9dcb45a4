--- `/_control`: what a test or a rehearsal tells the simulator, and reads from it. JSON, loopback only.
local state = require "state"
local systems = require "systems"
local faults = require "faults"
local journal = require "journal"
local counters = require "counters"
local clock = require "clock"
local check = require "check"
local json = require "json"
local moves = require "moves"
local truth = require "truth"

local control = {}

local function names()
  local list = json.list {}
  for index, system in ipairs(systems) do list[index] = system.name end
  return list
end

local function times()
  return { real = clock.real(), simulated = clock.now(), advanced = clock.offset(), speed = clock.speed() }
end

local function faults_shown()
  return { faults = json.list(faults.list()) }
end

local function moves_shown()
  return { moves = json.list(moves.list()) }
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

local function reset()
  faults.clear()
  moves.clear()
  truth.reset()
  clock.reset()
  state.reset()
  journal.reset()
  counters.clear()
end

ROUTES["POST reset"] = reset

--- All at once, after a reset.
ROUTES["PUT world"] = function(body)
  check.members(body, { people = "table", faults = "table", moves = "table", truth = "table", speed = "number" }, "world")
  reset()
  state.load(body.people or {}, true)
  if body.speed then clock.run_at(body.speed) end
  faults.add(body.faults or {}, true)
  if body.truth then ROUTES["POST truth"](body.truth) end
  moves.add(body.moves or {}, true)
end

ROUTES["GET time"] = times

ROUTES["POST time"] = function(body)
  check.members(body, { advance = "number", speed = "number" }, "time")
  if body.speed then clock.run_at(body.speed) end
  clock.advance(body.advance or 0)
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

ROUTES["GET moves"] = moves_shown

ROUTES["POST moves"] = function(body)
  moves.add(body)
  return moves_shown()
end

ROUTES["PUT moves"] = function(body)
  moves.add(body, true)
  return moves_shown()
end

ROUTES["DELETE moves"] = moves.clear

ROUTES["GET truth"] = function(_, arguments) return truth.read(tonumber(arguments.after), tonumber(arguments.limit)) end

ROUTES["POST truth"] = function(body)
  check.members(body, { enabled = "boolean", limit = "number" }, "truth")
  truth.configure(body)
  return truth.options()
end

ROUTES["DELETE truth"] = truth.clear

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
  local answered = route(body, ngx.req.get_uri_args())
  truth.look "control"
  return answered or { ok = true }
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
  truth.look "time"
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
