--- JD Edwards AIS Server: tokens bound to the device or the address that asked for them.
local json = require "json"
local xml = require "xml"
local clock = require "clock"
local lies = require "lies"
local marks = require "marks"
local nodes = require "nodes"
local token = require "systems.jde_ais.token"
local replies = require "systems.jde_ais.replies"

local system = {
  name = "jde_ais",
  settings = {
    session_minutes = 30,           -- without use a session ends after these
    invalid_token_status = 444,     -- on logout; newer servers: 403
    invalid_on_validate = "444",    -- "444", "403", or "flag": 200 with isValidSession false
    logout_needs_device = true,     -- a token that was got with a device is logged out with it; false: by itself as well
    allowed_origins = { "*" },      -- whose pages in browsers may call; "*": everybody's
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

-- Path after /jderest/<version> -> operation by method, which versions have it (1: no version in the path), and which take XML.
local ROUTES = {
  ["tokenrequest"] = { POST = { "login", { true, true, true } } },
  ["orchestrator/jde-login"] = { GET = { "login", { false, true, true } }, POST = { "login", { true, true, true }, xml = { true } } },
  ["orchestrator/jde-logout"] = {
    GET = { "logout", { false, true, true } }, POST = { "logout", { true, true, true }, xml = { true } },
  },
  ["tokenrequest/logout"] = { POST = { "logout", { true, true, true }, body_only = { true, false, false } } },
  ["orchestrator/jde-validate-session"] = {
    GET = { "validate", { false, true, true } }, POST = { "validate", { false, true, true }, xml = { false, true, true } },
  },
  ["tokenrequest/validate"] = { POST = { "validate", { false, true, true } } },
  ["defaultconfig"] = { GET = { "defaultconfig", { true, true, true } }, POST = { "defaultconfig", { true, true, true } } },
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

--- The members of a body, where it is an object in a format that this door takes.
local function read_body(request)
  local media = request:media_type()
  if request.takes_xml and (media == "application/xml" or media == "text/xml") then
    local root = xml.parse(request.body, true)
    local members = root and {}
    for _, child in ipairs(root and root.children or {}) do members[child.name] = child.text end
    return members
  end
  local object = json.decode(request.body)
  return type(object) == "table" and object or nil
end

--- Where a token may stand: in the body, and in the header except where the oldest door wants it in the body.
local function read_token(request, version)
  local body_only = request.found.body_only
  local given = text((request.members or {}).token)
  if given then return given end
  if body_only and body_only[version] then return nil end
  return request:header "jde-AIS-Auth"
end

local function read_device(request)
  local device = text((request.members or {}).deviceName) or request:header "jde-AIS-Auth-Device"
  return device ~= "" and device or nil
end

function system.receive(request, state)
  nodes.choose(request, state)
  local route, version = find_route(request.path)
  request.route = route
  if not route then return end
  local found = find_operation(route, version, request.method)
  request.found = found
  if not found then return end
  request.takes_xml = found.xml and found.xml[version]
  request.members = request.body ~= "" and read_body(request) or nil
  request.operation, request.changes = found[1], CHANGES[found[1]] or false
  request.token, request.device = read_token(request, version), read_device(request)
  request.targets = { request.token }
  request.decoded = { token = request.token, device = request.device, version = version, body = request.members }
end

--- As AIS writes it: milliseconds, and a zone without a colon.
local function timestamp()
  local now = clock.now()
  return os.date("!%Y-%m-%dT%H:%M:%S", math.floor(now)) .. (".%03d+0000"):format(math.floor(now % 1 * 1000))
end

local function failure(request, state, status, message)
  return replies.of(request, status, {
    message = message, exception = "Exception", timeStamp = timestamp(), status = state.settings.error_status and "ERROR" or nil,
  }, { "message", "exception", "status", "timeStamp" }, "ServiceErrorResponse")
end

--- The session of the token, if it comes from where it was made for: its device or, without one, its address.
local function live_session(request, state)
  local session = request.token and state.sessions:get(request.token)
  if not session or session.expires_at <= clock.now() or not nodes.knows(request, session) then return nil end
  local alone = request.operation == "logout" and not request.device and not state.settings.logout_needs_device
  local from = request.device or request.remote_addr
  return (alone or from == (session.device or session.ip)) and session or nil
end

local function prolong(session, state)
  session.expires_at = clock.now() + state.settings.session_minutes * 60
end

local OPERATIONS = {}

local function new_session(request, user)
  local members = request.members or {}
  return {
    token = token.new(request.device or request.remote_addr, clock.now()), user = user.name, device = request.device,
    ip = request.remote_addr, node = request.node,
    environment = text(members.environment) or request:header "jde-AIS-Auth-Environment" or "JDV920",
    role = text(members.role) or request:header "jde-AIS-Auth-Role" or "*ALL",
  }
end

function OPERATIONS.login(request, state)
  local members = request.members or {}
  local name, password = request:basic()
  name, password = text(members.username) or name, text(members.password) or password
  local user = name and state.users:get(name)
  if not user or user.password ~= password then return failure(request, state, 403, "Authorization Failure") end
  local session = new_session(request, user)
  prolong(session, state)
  state.sessions:put(session)
  return replies.login(request, session, request.node and nodes.value(request.node))
end

local function invalid_token(request, state, status)
  return failure(request, state, status, "Invalid Token")
end

function OPERATIONS.logout(request, state)
  local session = live_session(request, state)
  if not session then return invalid_token(request, state, state.settings.invalid_token_status) end
  lies.perform(request, function() state.sessions:remove(session.token) end, function() state.sessions:put(session) end)
  return replies.of(request, 200, { status = "Success" }, { "status" }, "LogoutResponse")
end

function OPERATIONS.validate(request, state)
  local session, settings = live_session(request, state), state.settings
  local touch = (request.members or {}).touch
  if session and (touch == true or touch == "true") then prolong(session, state) end
  if session or settings.invalid_on_validate == "flag" then
    return replies.of(request, 200, { isValidSession = session ~= nil }, { "isValidSession" }, "ValidateResponse")
  end
  return invalid_token(request, state, tonumber(settings.invalid_on_validate))
end

function OPERATIONS.defaultconfig(request, state)
  return replies.defaultconfig(request, state.settings.session_minutes)
end

--- The servlet container's own page.
local function page(status, words)
  return { status = status, type = "text/html", body = ("<html><body>Error %d--%s</body></html>"):format(status, words) }
end

local MEDIA = { ["application/json"] = "JSON", ["application/xml"] = "XML", ["text/xml"] = "XML" }

--- The error of the request itself, found before the token is read.
local function refuse_request(request, state)
  if not request.route then return page(404, "Not Found") end
  if not request.found then return page(405, "Method Not Allowed") end
  local media = MEDIA[request:media_type() or ""]
  local needed = request.body ~= "" or (state.settings.require_content_type and request.method == "GET")
  if needed and (not media or (media == "XML" and not request.takes_xml)) then
    return failure(request, state, 415, "Invalid Content-Type Header - Must use application/json")
  end
  if request.body ~= "" and not request.members then
    return failure(request, state, 400, ("Bad Request - Invalid %s Input"):format(media))
  end
end

local function answer(request, state)
  if request.route and request.method == "OPTIONS" then return replies.preflight(request.route) end
  local refused = refuse_request(request, state)
  if refused then return refused end
  if lies.kind(request) == "wrong_device" then return invalid_token(request, state, state.settings.invalid_token_status) end
  return OPERATIONS[request.operation](request, state)
end

function system.answer(request, state)
  local reply = replies.share(request, state.settings.allowed_origins, answer(request, state))
  return nodes.route(request, state, reply)
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
