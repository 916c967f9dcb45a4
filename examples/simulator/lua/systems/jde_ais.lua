--- JD Edwards AIS Server: tokens bound to the device or the address that asked for them.
local json = require "json"
local xml = require "xml"
local clock = require "clock"
local lies = require "lies"
local marks = require "marks"
local nodes = require "nodes"

local system = {
  name = "jde_ais",
  settings = {
    session_minutes = 30,           -- without use a session ends after these
    invalid_token_status = 444,     -- on logout; newer servers: 403
    invalid_on_validate = "444",    -- "444", "403", or "flag": 200 with isValidSession false
    require_content_type = false,   -- a GET without Content-Type: application/json gets 415
    error_status = false,           -- errors carry status ERROR
    nodes = 1,                      -- how many servers stand behind the name; a session is on one of them
    node_cookie = "JSESSIONID",     -- the cookie by which a balancer keeps a caller at one of them; login gives its value
    sticky = true,                  -- whether replies set it
  },
  choices = { invalid_token_status = { 444, 403 }, invalid_on_validate = { "444", "403", "flag" } },
  collections = {
    users = { key = "name", required = { "name", "password" }, columns = { name = "string", password = "string" } },
    sessions = {
      key = "token", required = { "token" },
      columns = {
        token = "string", user = "string", device = "string", ip = "string", environment = "string", role = "string",
        expires_in = "number", expires_at = "number", node = "number",
      },
    },
  },
  lies = { still_there = true, reborn = true, wrong_device = true, spoiled = true },
  marks = marks.json("exception", "java.lang.NullPointerException"),
}

-- Path after /jderest/<version> -> operation by method, and which versions have it (1: no version in the path).
local ROUTES = {
  ["tokenrequest"] = { POST = { "login", { true, true, true } } },
  ["orchestrator/jde-login"] = { GET = { "login", { false, true, true } }, POST = { "login", { true, true, true } } },
  ["orchestrator/jde-logout"] = { GET = { "logout", { false, true, true } }, POST = { "logout", { true, true, true } } },
  ["tokenrequest/logout"] = { POST = { "logout", { true, true, true }, body_only = { true, false, false } } },
  ["orchestrator/jde-validate-session"] = { GET = { "validate", { false, true, true } } },
  ["tokenrequest/validate"] = { POST = { "validate", { false, true, true } } },
  ["defaultconfig"] = { GET = { "defaultconfig", { true, true, true } } },
}

local CHANGES = { login = true, logout = true }

--- A session that is loaded without device or address belongs to whoever calls from this machine.
function system.collections.sessions.arrive(row, now)
  row.expires_at = row.expires_at or now + (row.expires_in or system.settings.session_minutes * 60)
  row.expires_in = nil
  if not row.device then row.ip = row.ip or "127.0.0.1" end
end

function system.collections.sessions.show(row, now)
  row.expires_in = row.expires_at - now
end

function system.owns(path)
  return path:find("/jderest/", 1, true) == 1
end

--- The route and the version (1, 2 or 3) of a path.
local function find_route(path)
  local rest = path:sub(#"/jderest/" + 1)
  local version, tail = rest:match "^v([23])/(.*)$"
  return ROUTES[tail or rest], tonumber(version or 1)
end

--- The operation behind a route, nil where this version has none for the method.
local function find_operation(route, version, method)
  local found = route[method]
  return found and found[2][version] and found or nil
end

local function text(value)
  return type(value) == "string" and value or nil
end

--- Where a token may stand: in the body, and in the header except where the oldest door wants it in the body.
local function read_token(request, version)
  local body = type(request.json) == "table" and request.json or {}
  local body_only = request.found.body_only
  if text(body.token) then return body.token end
  if body_only and body_only[version] then return nil end
  return request:header "jde-AIS-Auth"
end

local function read_device(request)
  local body = type(request.json) == "table" and request.json or {}
  local device = text(body.deviceName) or request:header "jde-AIS-Auth-Device"
  return device ~= "" and device or nil
end

function system.receive(request, state)
  nodes.choose(request, state)
  local route, version = find_route(request.path)
  request.route = route
  if not route then return end
  local found = find_operation(route, version, request.method)
  request.found = found
  request.json = request.body ~= "" and json.decode(request.body) or nil
  if not found then return end
  request.operation, request.changes = found[1], CHANGES[found[1]] or false
  request.token, request.device = read_token(request, version), read_device(request)
  request.targets = { request.token }
  request.decoded = { token = request.token, device = request.device, version = version, body = request.json }
end

local function wants_xml(request)
  local accept = (request:header "Accept" or ""):lower()
  local at_xml, at_json = accept:find("application/xml", 1, true), accept:find("application/json", 1, true)
  return at_xml and (not at_json or at_xml < at_json)
end

local function members_xml(object, names)
  local parts = {}
  for _, name in ipairs(names) do
    local value = object[name]
    if type(value) == "table" then
      local inner = {}
      for key in pairs(value) do inner[#inner + 1] = key end
      table.sort(inner)
      parts[#parts + 1] = "<" .. name .. ">" .. members_xml(value, inner) .. "</" .. name .. ">"
    elseif value ~= nil then
      parts[#parts + 1] = xml.element(name, tostring(value))
    end
  end
  return table.concat(parts)
end

--- JSON or XML, as Accept says. The names of the XML roots are not published.
local function reply(request, status, object, names, root)
  if wants_xml(request) then
    local body = '<?xml version="1.0" encoding="UTF-8"?><' .. root .. ">" .. members_xml(object, names) .. "</" .. root .. ">"
    return { status = status, type = "application/xml", body = body }
  end
  return { status = status, type = "application/json", body = json.ordered(object, names) }
end

--- As AIS writes it: milliseconds, and a zone without a colon.
local function timestamp()
  local now = clock.now()
  return os.date("!%Y-%m-%dT%H:%M:%S", math.floor(now)) .. (".%03d+0000"):format(math.floor(now % 1 * 1000))
end

local function failure(request, state, status, message)
  return reply(request, status, {
    message = message, exception = "Exception", timeStamp = timestamp(), status = state.settings.error_status and "ERROR" or nil,
  }, { "message", "exception", "status", "timeStamp" }, "ServiceErrorResponse")
end

--- The session of the token, if it comes from where it was made for: its device or, without one, its address.
local function live_session(request, state)
  local session = request.token and state.sessions:get(request.token)
  if not session or session.expires_at <= clock.now() or not nodes.knows(request, session) then return nil end
  local from = request.device or request.remote_addr
  return from == (session.device or session.ip) and session or nil
end

local function prolong(session, state)
  session.expires_at = clock.now() + state.settings.session_minutes * 60
end

local function random_bytes(length)
  local bytes = {}
  for index = 1, length do bytes[index] = string.char(math.random(0, 255)) end
  return table.concat(bytes)
end

local function digits(length)
  local list = {}
  for index = 1, length do list[index] = math.random(0, 9) end
  return table.concat(list)
end

--- 044, a run of base64, and another that tells the device or address and the time in milliseconds.
local function new_token(from, now)
  local machine = digits(26) .. from .. ("%.0f"):format(now * 1000)
  return "044" .. ngx.encode_base64(random_bytes(32)) .. ngx.encode_base64(machine)
end

local OPERATIONS = {}

function OPERATIONS.login(request, state)
  local body = type(request.json) == "table" and request.json or {}
  local name, password = request:basic()
  name, password = text(body.username) or name, text(body.password) or password
  local user = name and state.users:get(name)
  if not user or user.password ~= password then return failure(request, state, 403, "Authorization Failure") end
  local device = request.device
  local session = {
    token = new_token(device or request.remote_addr, clock.now()), user = user.name, device = device, ip = request.remote_addr,
    environment = text(body.environment) or request:header "jde-AIS-Auth-Environment" or "JDV920",
    role = text(body.role) or request:header "jde-AIS-Auth-Role" or "*ALL",
    node = request.node,
  }
  prolong(session, state)
  state.sessions:put(session)
  return reply(request, 200, {
    username = user.name, environment = session.environment, role = session.role,
    userInfo = { token = session.token, username = user.name, langPref = "  ", locale = "en" },
    aisSessionCookie = request.node and nodes.value(request.node) or digits(16),
  }, { "username", "environment", "role", "userInfo", "aisSessionCookie" }, "LoginResponse")
end

local function invalid_token(request, state, status)
  return failure(request, state, status, "Invalid Token")
end

function OPERATIONS.logout(request, state)
  local session = live_session(request, state)
  if not session then return invalid_token(request, state, state.settings.invalid_token_status) end
  lies.perform(request, function() state.sessions:remove(session.token) end, function() state.sessions:put(session) end)
  return reply(request, 200, { status = "Success" }, { "status" }, "LogoutResponse")
end

function OPERATIONS.validate(request, state)
  local session, settings = live_session(request, state), state.settings
  if session and type(request.json) == "table" and request.json.touch == true then prolong(session, state) end
  if session or settings.invalid_on_validate == "flag" then
    return reply(request, 200, { isValidSession = session ~= nil }, { "isValidSession" }, "ValidateResponse")
  end
  return invalid_token(request, state, tonumber(settings.invalid_on_validate))
end

function OPERATIONS.defaultconfig(request, state)
  return reply(request, 200, {
    aisVersion = "EnterpriseOne 9.2.8", environment = "JDV920", role = "*ALL", sessionTimeout = tostring(state.settings.session_minutes),
  }, { "aisVersion", "environment", "role", "sessionTimeout" }, "DefaultConfig")
end

-- The servlet container's own pages.
local NOT_FOUND = { status = 404, type = "text/html", body = "<html><body>Error 404--Not Found</body></html>" }
local NO_METHOD = { status = 405, type = "text/html", body = "<html><body>Error 405--Method Not Allowed</body></html>" }

--- What is wrong with the request itself, before anybody looks at the token.
local function refuse_request(request, state)
  if not request.route then return NOT_FOUND end
  if not request.found then return NO_METHOD end
  local is_json = request:media_type() == "application/json"
  local needed = request.body ~= "" or state.settings.require_content_type
  if needed and not is_json then return failure(request, state, 415, "Invalid Content-Type Header - Must use application/json") end
  if request.body ~= "" and type(request.json) ~= "table" then return failure(request, state, 400, "Bad Request - Invalid JSON Input") end
end

local function answer(request, state)
  local refused = refuse_request(request, state)
  if refused then return refused end
  if lies.kind(request) == "wrong_device" then return invalid_token(request, state, state.settings.invalid_token_status) end
  return OPERATIONS[request.operation](request, state)
end

function system.answer(request, state)
  return nodes.route(request, state, answer(request, state))
end

--- For the log of the truth: the sessions that are alive.
function system.truth(state, now)
  local list = {}
  for _, row in ipairs(state.sessions:rows()) do
    local is = { who = row.user, device = row.device or row.ip, expires_at = row.expires_at, node = row.node }
    if row.expires_at > now then list[#list + 1] = { target = row.token, is = is } end
  end
  return list
end

--- Sessions live in the server's memory: a restart ends them all.
function system.restart(state)
  state.sessions:clear()
end

return system
