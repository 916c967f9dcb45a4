--- iSymphony: the status of panel users, and who is logged in to the panel.
local json = require "json"
local encoding = require "encoding"
local lies = require "lies"
local routes = require "systems.isymphony.routes"
local marks = require "marks"

local function key_of(user)
  return (user.core_server or "default") .. "/" .. user.user_name
end

local system = {
  name = "isymphony",
  settings = {
    acl = { "127.0.0.1", "::1" },  -- who may connect at all
    unauthorized_status = 401,     -- what wrong credentials get, with WWW-Authenticate; 403 as the developer pages say
    ssl_required = false,          -- whether plain HTTP is sent to HTTPS by a 302
    note_form = "kept",            -- how a note is kept: so, or "trimmed", "cut", with "lf" for CRLF, or "escaped"
    license_bound = true,          -- false: a licence must be bound first, and everything is sent there by a 307
  },
  choices = { unauthorized_status = { 401, 403 }, note_form = { "kept", "trimmed", "cut", "lf", "escaped" } },
  collections = {
    accounts = { key = "name", required = { "name", "password" }, columns = { name = "string", password = "string" } },
    core_servers = { key = "slug", required = { "slug" }, columns = { slug = "string", name = "string", licensed = "boolean" } },
    presets = { key = "name", required = { "name", "type" }, columns = { name = "string", type = "string" } },
    users = {
      key = key_of,
      required = { "user_name" },
      columns = {
        core_server = "string", user_name = "string", displayed_name = "string", permission = "string", licensed = "boolean",
        status = "table", logins = "list",
      },
    },
  },
  lies = { still_there = true, status_ignored = true, reborn = true, spoiled = true },
  marks = marks.json("error", "The status could not be read."),
}

--- Shows a returnTime that came as text as the number it is, where Lua can hold it.
function system.collections.users.show(row)
  local time = row.status and tonumber(row.status.return_time)
  if time and math.abs(time) < 2 ^ 53 then
    local status = row.status
    row.status = { name = status.name, type = status.type, note = status.note, return_time = time }
  end
end

local TYPES = {
  available = true, unavailable = true, away = true, xa = true, dnd = true, chat = true, altblue = true, altgreen = true,
  altpink = true, altpurple = true, altred = true,
}

local LARGEST = "9223372036854775807"

function system.owns(path)
  return path:find("/communication_manager/", 1, true) == 1
end

local function text(status, sentence)
  return { status = status, type = "text/plain", body = sentence }
end

local function document(value)
  return { status = 200, type = "application/json", body = value }
end

local NO_RESOURCE = { status = 404, type = "text/html", body = "<html><body><h2>HTTP ERROR 404</h2></body></html>" }
local NO_METHOD = { status = 405, type = "text/html", body = "<html><body><h2>HTTP ERROR 405</h2></body></html>" }

-- Live ids change at every start of the server, configuration ids never.
local function live_id(state, kind, key)
  return encoding.uuid("live " .. (state.memory.starts or 0) .. " " .. kind .. " " .. key)
end

local function configuration_id(kind, key)
  return encoding.uuid("configuration " .. kind .. " " .. key)
end

function system.receive(request)
  local route = routes.find(request.path)
  request.route = route
  if not route then return end
  request.operation, request.changes = route.operation, route.changes and request.method == route.method
  local user, core_server = route.user, route.core_server
  request.targets = { user and (user.name or user.id) }
  request.decoded = { user = user, core_server = core_server, body = request.body ~= "" and json.decode(request.body) or nil }
end

local function listed(list, value)
  for _, item in ipairs(list) do
    if item == value then return true end
  end
  return false
end

local function sent_to(status, location)
  return { status = status, type = "text/html", headers = { Location = location }, body = "" }
end

local function host_of(request)
  return (request:header "Host" or "localhost"):gsub(":%d+$", "")
end

--- The checks before those of the caller's credentials.
local function refuse_transport(request, state)
  if not listed(state.settings.acl, request.remote_addr) then return text(403, "Access from this address is denied.") end
  if state.settings.ssl_required and request.scheme == "http" then
    return sent_to(302, ("https://%s:%d%s"):format(host_of(request), request.server_port + 1, request.uri))
  end
end

local function refuse_caller(request, state)
  local name, password = request:basic()
  local account = name and state.accounts:get(name)
  if not account or account.password ~= password then
    local reply = text(state.settings.unauthorized_status, "Invalid credentials.")
    if reply.status == 401 then reply.headers = { ["WWW-Authenticate"] = 'Basic realm="iSymphony"' } end
    return reply
  end
  if not state.settings.license_bound then
    return sent_to(307, ("%s://%s:%d%s"):format(request.scheme, host_of(request), request.server_port, routes.LICENCE))
  end
end

local function user_live_id(state, user) return live_id(state, "user", key_of(user)) end

--- The status, with its preset if it is one.
local function status_of(state, user)
  local status = user.status or {}
  local name, kind = status.name or "Available", status.type or "available"
  local preset = state.presets:get(name)
  return { name = name, type = kind, note = status.note or "", return_time = status.return_time or -1 },
    preset and preset.type == kind and preset or nil
end

local function show_status(state, user)
  local status, preset = status_of(state, user)
  local configuration = preset and configuration_id("preset", preset.name) or configuration_id("custom", key_of(user))
  -- returnTime is written as it came: a Lua number would not hold the largest ones.
  return ('{"id":"%s","configurationId":"%s","name":%s,"type":%s,"note":%s,"returnTime":%s,"userCreated":%s}'):format(
    live_id(state, "status", key_of(user)), configuration,
    json.string(status.name), json.string(status.type), json.string(status.note),
    type(status.return_time) == "number" and ("%.0f"):format(status.return_time) or status.return_time, tostring(preset == nil))
end

--- Appends the user in pieces: a long string for each of thousands would be slow.
local function write_user(out, state, user)
  out[#out + 1] = '{"id":"'
  out[#out + 1] = user_live_id(state, user)
  out[#out + 1] = '","configurationId":"'
  out[#out + 1] = configuration_id("user", key_of(user))
  out[#out + 1] = '","userName":'
  out[#out + 1] = json.string(user.user_name)
  out[#out + 1] = ',"displayedName":'
  out[#out + 1] = json.string(user.displayed_name or user.user_name)
  out[#out + 1] = ',"permissionId":"'
  out[#out + 1] = configuration_id("permission", user.permission or "default")
  out[#out + 1] = '"}'
end

--- As the configuration has it, or with `live` as it runs.
local function show_core(state, core, live)
  local configuration = configuration_id("core", core.slug)
  return json.ordered({
    id = live and live_id(state, "core", core.slug) or configuration, configurationId = live and configuration or nil, slug = core.slug,
    name = core.name or core.slug,
  }, { "id", "configurationId", "slug", "name" })
end

--- As the older addresses have a user: `username`, where the live ones say `userName`.
local function show_older_user(user)
  return json.ordered({
    id = configuration_id("user", key_of(user)), username = user.user_name, enabled = true, full = user.licensed ~= false,
  }, { "id", "username", "enabled", "full" })
end

local function show_login(state, user, login, index)
  return json.ordered({
    id = live_id(state, "login", key_of(user) .. " " .. index), ip = login.ip or "127.0.0.1", port = login.port or 52237,
    timeConnected = login.time_connected or 1436471084211,
  }, { "id", "ip", "port", "timeConnected" })
end

local function array(items, show)
  local parts = {}
  for index, item in ipairs(items) do parts[index] = show(item, index) end
  return document("[" .. table.concat(parts, ",") .. "]")
end

--- returnTime as its digits, or nil where it is no number or too large. Read from the text: 2^63 - 1 is no Lua number.
local function return_time(body, decoded)
  if decoded.returnTime == nil or decoded.returnTime == json.null then return "-1" end
  if type(decoded.returnTime) ~= "number" then return nil end
  local digits = body:match '"returnTime"%s*:%s*(%-?%d+)%s*[,}]' or ("%.0f"):format(decoded.returnTime)
  local magnitude = digits:gsub("^%-", "")
  if #magnitude > #LARGEST or (#magnitude == #LARGEST and magnitude > LARGEST) then return nil end
  return digits
end

local function given(value)
  return type(value) == "string"
end

--- The status asked for, or nil and the refusal.
local function read_status(request)
  if request:media_type() ~= "application/json" then return nil, text(415, "Unsupported media type.") end
  local decoded = json.decode(request.body)
  if type(decoded) ~= "table" or not request.body:find "^%s*{" then return nil, text(412, "Invalid JSON.") end
  if not given(decoded.name) then return nil, text(422, "No name property provided.") end
  if not given(decoded.type) then return nil, text(422, "No type property provided.") end
  if not TYPES[decoded.type] then return nil, text(422, "Invalid type property provided.") end
  local time = return_time(request.body, decoded)
  if not time then return nil, text(422, "Invalid returnTime property provided.") end
  return { name = decoded.name, type = decoded.type, note = given(decoded.note) and decoded.note or "", return_time = time }
end

local function users_of(state, core)
  local list = {}
  for _, user in ipairs(state.users:rows()) do
    if (user.core_server or "default") == core.slug then list[#list + 1] = user end
  end
  return list
end

local NOTES = {
  kept = function(note) return note end,
  trimmed = function(note) return note:match "^%s*(.-)%s*$" end,
  cut = function(note) return note:sub(1, 16) end,
  lf = function(note) return (note:gsub("\r\n", "\n")) end,
  escaped = function(note) return (note:gsub("&", "&amp;"):gsub("<", "&lt;")) end,
}

local LICENSED = { status = true, set_status = true }

local OPERATIONS = {}

function OPERATIONS.status(_, state, _, user) return document(show_status(state, user)) end

function OPERATIONS.set_status(request, state, _, user)
  local wanted, refusal = read_status(request)
  if not wanted then return refusal end
  wanted.note = NOTES[state.settings.note_form](wanted.note)
  local before = user.status
  lies.perform(request, function() user.status = wanted end, function() user.status = before end)
  return { status = 204 }
end

function OPERATIONS.user(_, state, _, user)
  local out = {}
  write_user(out, state, user)
  return document(table.concat(out))
end

function OPERATIONS.users(_, state, core)
  local out = { "[" }
  for index, user in ipairs(users_of(state, core)) do
    if index > 1 then out[#out + 1] = "," end
    write_user(out, state, user)
  end
  out[#out + 1] = "]"
  return document(table.concat(out))
end

function OPERATIONS.logins(_, state, _, user)
  return array(user.logins or {}, function(login, index) return show_login(state, user, login, index) end)
end

function OPERATIONS.extensions() return document "[]" end

function OPERATIONS.core_servers(request, state)
  return array(state.core_servers:rows(), function(core) return show_core(state, core, request.route.live) end)
end

function OPERATIONS.core_server(request, state, core) return document(show_core(state, core, request.route.live)) end

function OPERATIONS.older_users(_, state, core) return array(users_of(state, core), show_older_user) end

--- The whole object is put; what is no panel user's here goes unnoticed.
function OPERATIONS.put_user(request, _, _, user)
  local body = request.decoded.body
  if type(body) ~= "table" then return text(412, "Invalid JSON.") end
  if type(body.full) == "boolean" then user.licensed = body.full end
  return { status = 204 }
end

--- The core server that is meant: by its slug, or by its live id or that of its configuration.
local function find_core_server(state, route)
  local wanted = route.core_server
  for _, core in ipairs(state.core_servers:rows()) do
    local id = route.live and live_id(state, "core", core.slug) or configuration_id("core", core.slug)
    if core.slug == wanted.name or id == wanted.id then return core end
  end
end

local function find_user(state, core, route)
  local wanted = route.user
  if wanted.name then return state.users:get(core.slug .. "/" .. wanted.name) end
  for _, user in ipairs(users_of(state, core)) do
    local id = route.live and user_live_id(state, user) or configuration_id("user", key_of(user))
    if id == wanted.id then return user end
  end
end

--- The core server and the user that the address names, or nil and the refusal.
local function find(request, state)
  local route = request.route
  if not route.core_server then return {} end
  local core = find_core_server(state, route)
  if not core then return nil, text(404, "No core server exists with the given id or slug.") end
  if not route.user then return { core = core } end
  local user = find_user(state, core, route)
  if not user then return nil, text(404, "No user exists with the given id or username.") end
  if LICENSED[route.operation] and (core.licensed == false or user.licensed == false) then
    return nil, text(403, core.licensed == false and "No license is installed on the core server." or "The user is not licensed.")
  end
  return { core = core, user = user }
end

function system.answer(request, state)
  local refused = refuse_transport(request, state) or refuse_caller(request, state)
  if refused then return refused end
  local route = request.route
  if not route then return NO_RESOURCE end
  if request.method ~= route.method then return NO_METHOD end
  local found, refusal = find(request, state)
  if not found then return refusal end
  return OPERATIONS[route.operation](request, state, found.core, found.user)
end

--- For the log of the truth: what each panel user shows.
function system.truth(state)
  local list = {}
  for index, user in ipairs(state.users:rows()) do
    list[index] = { target = key_of(user), is = { who = user.user_name, status = status_of(state, user) } }
  end
  return list
end

--- All live ids change.
function system.restart(state)
  state.memory.starts = (state.memory.starts or 0) + 1
end

return system
