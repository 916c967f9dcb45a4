--- Cisco Extension Mobility: who sits at which phone.
local document = require "systems.cisco_em.document"
local marks = require "systems.cisco_em.marks"
local replies = require "systems.cisco_em.replies"
local transmit = require "transmit"
local encoding = require "encoding"
local clock = require "clock"
local lies = require "lies"
local spelling = require "spelling"
local xml = require "xml"

local system = {
  name = "cisco_em",
  settings = {
    max_concurrent = 5,         -- logins and logouts at once; above it code 26
    logout_seconds = 0,         -- how long a login or logout takes
    queries_count = false,      -- whether queries count as well
    multiple_login = false,     -- whether a user may sit at two phones
    allow_proxy = false,        -- whether a Via header is accepted
    trusted_ips = {},           -- when not empty, everybody else gets code 28
    logout_all = true,          -- whether the release knows logoutAll
    prologue = "changes",       -- which replies begin with an XML declaration
    line_breaks = true,         -- between the elements of query replies
    query_failure = "error",    -- how a failed query is worded
    percent_encode = true,      -- user ids in replies
    spelling = "plain",         -- of user ids in replies
    emcc = true,                -- whether replies have emccDevice
    order = "asked",            -- of the entries in query replies
    form_charset = "utf-8",     -- how the bytes of the form are read
    charset = "utf-8",          -- of replies
    leading_lines = false,      -- whether blank lines stand in front of them
    get = false,                -- whether the form may stand in the address of a GET
  },
  choices = {
    prologue = { "changes", "always", "never" },
    query_failure = { "error", "errorMessage" },
    order = { "asked", "reversed" },
    form_charset = { "utf-8", "iso-8859-1" },
    charset = { "utf-8", "iso-8859-1" },
    spelling = spelling.names,
  },
  collections = {
    application_users = {
      key = "name", required = { "name", "password" }, columns = { name = "string", password = "string", rights = "boolean" },
    },
    users = { key = "name", fold = true, required = { "name" }, columns = { name = "string", password = "string", profiles = "list" } },
    devices = {
      key = "name", fold = true, required = { "name" },
      columns = { name = "string", user = "string", last_user = "string", emcc = "boolean", enabled = "boolean" },
    },
  },
  lies = { still_there = true, reborn = true, taken = true, code = true, spelled = true, spoiled = true },
  marks = marks,
}

-- Path -> which roots it takes and the style of its replies.
local PATHS = {
  ["/emservice/EMServiceServlet"] = { roots = { request = true, query = true }, style = "current" },
  ["/LoginService/login.asp"] = { roots = { request = true }, style = "older" },
  ["/LoginService/query.asp"] = { roots = { query = true }, style = "older" },
}

function system.owns(path)
  local folded = path:lower()
  return folded:find("^/emservice/") ~= nil or folded:find("^/loginservice/") ~= nil
end

local function refuse_transport(request, settings)
  if not request.route then return { status = 404, type = "text/html", body = "<html><body>HTTP Status 404</body></html>" } end
  if request.method ~= "POST" and not (request.method == "GET" and settings.get) then
    return { status = 405, type = "text/html", headers = { Allow = "POST" }, body = "<html><body>HTTP Status 405</body></html>" }
  end
end

local function form_of(request)
  if request.method == "GET" then return request.query end
  return request:media_type() == "application/x-www-form-urlencoded" and request.body or ""
end

function system.receive(request, state)
  request.route = PATHS[request.path]
  if refuse_transport(request, state.settings) then return end
  local decoded, code, problem = document.read(form_of(request), state.settings.form_charset)
  if decoded and not request.route.roots[decoded.root] then decoded, code, problem = nil, 1, "this address does not take that request" end
  if not decoded then
    request.operation, request.refusal, request.decoded = "unreadable", code, { code = code, problem = problem }
    return
  end
  request.decoded, request.operation = decoded, decoded.operation
  request.targets, request.changes = document.describe(decoded)
end

local function failure(request, state, code, message)
  return replies.failure(state.settings, request.changes, code, message)
end

local function trusted(settings, address)
  if #settings.trusted_ips == 0 then return true end
  for _, allowed in ipairs(settings.trusted_ips) do
    if allowed == address then return true end
  end
  return false
end

--- A user id may come percent-encoded.
local function find_user(state, id)
  return state.users:get(id) or state.users:get(encoding.percent_decode(id))
end

local function same(one, other)
  return one ~= nil and other ~= nil and one:lower() == other:lower()
end

--- An end user may log himself in and out, nobody else.
local function is_about_himself(request, state, user)
  local decoded = request.decoded
  local device = decoded.devices[1] and state.devices:get(decoded.devices[1])
  return (decoded.operation == "logout" and device and same(device.user, user.name))
    or (decoded.operation == "login" and same(decoded.users[1], user.name))
end

--- The code of a refusal of the caller, nil if he may.
local function refuse_caller(request, state)
  local decoded = request.decoded
  if decoded.app_id == "" or decoded.app_certificate == "" then return 2 end
  local application = state.application_users:get(decoded.app_id)
  local user = not application and state.users:get(decoded.app_id)
  local caller = application or user
  if not caller or decoded.encrypted or caller.password ~= decoded.app_certificate then
    return 3, ("Could not authenticate '%s'"):format(decoded.app_id)
  end
  if application and application.rights == false then return 10 end
  if user and not is_about_himself(request, state, user) then return 10 end
end

local function refuse_network(request, settings)
  if request:header "Via" and not settings.allow_proxy then return 30 end
  if not trusted(settings, request.remote_addr) then return 28 end
end

local function leave(device)
  device.last_user, device.user, device.until_time = device.user or device.last_user, nil, nil
end

--- A login that was given a time ends by itself.
local function expire(state)
  local now = clock.now()
  for device in pairs(state.memory.limited or {}) do
    if device.until_time and device.until_time <= now then leave(device) end
    if not device.until_time then state.memory.limited[device] = nil end
  end
end

local OPERATIONS = {}

function OPERATIONS.logout(request, state)
  local device = state.devices:get(request.decoded.devices[1])
  if not device then return failure(request, state, 11) end
  if device.enabled == false then return failure(request, state, 5) end
  local user = device.user
  if not user then return failure(request, state, 19) end
  lies.perform(request, function() leave(device) end, function() device.user = device.user or user end)
  return replies.success(state.settings)
end

function OPERATIONS.logout_all(request, state)
  if not state.settings.logout_all then return failure(request, state, 1) end
  lies.perform(request, function()
    for _, device in ipairs(state.devices:rows()) do leave(device) end
  end, function() end)
  return replies.success(state.settings)
end

local function sits_elsewhere(state, user, device)
  for _, other in ipairs(state.devices:rows()) do
    if other ~= device and same(other.user, user.name) then return true end
  end
  return false
end

local function has_profile(user, wanted)
  local profiles = user.profiles or {}
  if not wanted then return #profiles > 0 end
  for _, profile in ipairs(profiles) do
    if profile == wanted then return true end
  end
  return false
end

--- The code of a login's refusal, nil if it may happen.
local function refuse_login(state, decoded, device, user)
  if not device then return 11 end
  if device.enabled == false then return 22 end
  if not user then return 23 end
  if not has_profile(user, decoded.profile) then return 12 end
  if decoded.time and not decoded.time:find "^%s*%d+%s*$" then return 1 end
  if device.user then return 18 end
  if not state.settings.multiple_login and sits_elsewhere(state, user, device) then return 25 end
end

local function limit(state, device, minutes)
  if not minutes or minutes == 0 then return end
  device.until_time = clock.now() + minutes * 60
  state.memory.limited = state.memory.limited or {}
  state.memory.limited[device] = true
end

function OPERATIONS.login(request, state)
  local decoded = request.decoded
  local device, user = state.devices:get(decoded.devices[1]), find_user(state, decoded.users[1])
  local code = refuse_login(state, decoded, device, user)
  if code then return failure(request, state, code) end
  lies.perform(request, function()
    device.user = user.name
    limit(state, device, tonumber(decoded.time))
  end, function() leave(device) end)
  return replies.success(state.settings)
end

--- Each name once, in the order asked.
local function each_once(names)
  local seen, once = {}, {}
  for _, name in ipairs(names) do
    if not seen[name:lower()] then once[#once + 1] = name end
    seen[name:lower()] = true
  end
  return once
end

function OPERATIONS.query_devices(request, state)
  local found = {}
  for index, name in ipairs(each_once(request.decoded.devices)) do found[index] = { name, state.devices:get(name) } end
  return replies.devices(state.settings, request.route.style, found, lies.spelling(request, state))
end

--- Answers one `user` for each asked; `elements(user)` lists what stands in it.
local function answer_users(request, state, name, empty, elements)
  local found = {}
  for index, id in ipairs(each_once(request.decoded.users)) do
    local user = find_user(state, id)
    found[index] = { id, user, user and elements(user) or {} }
  end
  return replies.users(state.settings, name, found, empty, lies.spelling(request, state))
end

local function devices_by_user(state)
  local by_user = {}
  for _, device in ipairs(state.devices:rows()) do
    if device.user then
      local key = device.user:lower()
      by_user[key] = by_user[key] or {}
      table.insert(by_user[key], xml.element("deviceName", device.name))
    end
  end
  return by_user
end

function OPERATIONS.query_users(request, state)
  local by_user = devices_by_user(state)
  return answer_users(request, state, "userDevicesResults", "<none/>", function(user) return by_user[user.name:lower()] or {} end)
end

function OPERATIONS.check_user(request, state)
  return answer_users(request, state, "checkUserResults", "", function(user) return { xml.element("exists", user.name) } end)
end

function OPERATIONS.query_profiles(request, state)
  return answer_users(request, state, "deviceProfileResults", "<none/>", function(user)
    local elements = {}
    for index, profile in ipairs(user.profiles or {}) do
      elements[index] = "<deviceProfile>" .. xml.element("deviceProfileName", profile)
        .. xml.element("isDefaultDeviceProfile", index == 1 and "t" or "f") .. "</deviceProfile>"
    end
    return elements
  end)
end

--- Does the work, holding one of the slots that the service has for logins and logouts.
local function work(request, state)
  local settings, memory = state.settings, state.memory
  if not request.changes and not settings.queries_count then return OPERATIONS[request.operation](request, state) end
  memory.busy = (memory.busy or 0) + 1
  if request.changes and settings.logout_seconds > 0 then transmit.wait(settings.logout_seconds) end
  local ok, reply = xpcall(OPERATIONS[request.operation], debug.traceback, request, state)
  memory.busy = memory.busy - 1
  return ok and reply or error(reply, 0)
end

local function too_busy(request, state)
  local counts = request.changes or state.settings.queries_count
  return counts and (state.memory.busy or 0) >= state.settings.max_concurrent
end

--- Somebody else sits down at the phones that the request names.
local function take(request, state)
  for _, name in ipairs(request.decoded.devices) do
    local device = state.devices:get(name)
    if device then device.user = request.lie.user or "somebody.else" end
  end
end

local function answer(request, state)
  local code, message = refuse_network(request, state.settings)
  if not code and too_busy(request, state) then code = 26 end
  if not code then code, message = refuse_caller(request, state) end
  if code then return failure(request, state, code, message) end
  return work(request, state)
end

local function respond(request, state)
  local refused = refuse_transport(request, state.settings)
  if refused then return refused end
  if request.refusal then return failure(request, state, request.refusal) end
  expire(state)
  local lie = lies.kind(request)
  if lie == "code" then return failure(request, state, request.lie.code or 0, request.lie.message) end
  if lie == "taken" and request.lie.when == "before" then take(request, state) end
  local reply = answer(request, state)
  if lie == "taken" and request.lie.when ~= "before" then
    clock.later(request.lie.seconds or 0, request.lie.clock or "simulated", function() take(request, state) end)
  end
  return reply
end

function system.answer(request, state)
  return replies.sent(state.settings, respond(request, state))
end

--- For the log of the truth.
function system.truth(state, now)
  local list = {}
  for index, device in ipairs(state.devices:rows()) do
    local over = device.until_time and device.until_time <= now
    list[index] = { target = device.name:lower(), is = { who = not over and device.user or nil } }
  end
  return list
end

--- The database of the cluster holds the logins: a restart of the service loses nothing.
function system.restart(state)
  state.memory.busy = 0
end

return system
