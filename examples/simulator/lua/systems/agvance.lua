--- Agvance Web API: who has a session, and ending sessions by key.
local formats = require "systems.agvance.formats"
local lies = require "lies"
local marks = require "systems.agvance.marks"
local spelling = require "spelling"

local system = {
  name = "agvance",
  settings = {
    header_api_key = "X-Api-Key",            -- what the headers are called that carry a caller's login
    header_database_id = "X-Database-Id",
    header_session_id = "X-Session-Id",
    unreadable = "400",                      -- what a body gets that cannot be read: "400", "500" or "status" (200, Status 1)
    unknown_keys = "ignored",                -- "error": Status 1 when a key is unknown
    logoff_lists = "empty",                  -- APIUsers in a reply to LogOff: "empty", "null" or "rows" (those logged off)
    spelling = "plain",                      -- of users in the list
  },
  choices = {
    spelling = spelling.names, unreadable = { "400", "500", "status" }, unknown_keys = { "ignored", "error" },
    logoff_lists = { "empty", "null", "rows" },
  },
  collections = {
    api_keys = { key = "api_key", required = { "api_key" }, columns = { api_key = "string" } },
    databases = { key = "database_id", required = { "database_id" }, columns = { database_id = "string" } },
    sessions = {
      key = "session_log_key", required = { "session_log_key" },
      columns = { user = "string", application = "string", session_log_key = "string", session_id = "string" },
    },
  },
  lies = { still_there = true, reborn = true, count_short = true, code = true, spelled = true, spoiled = true },
  marks = marks,
}

-- Path in lower case -> method and operation. Routes ignore case.
local ROUTES = {
  ["/apiuser"] = { method = "GET", operation = "sessions" },
  ["/apiuser/logoff"] = { method = "POST", operation = "logout", changes = true },
}

function system.owns(path)
  local folded = path:lower()
  return folded == "/apiuser" or folded:find("/apiuser/", 1, true) == 1
end

function system.receive(request)
  local route = ROUTES[request.path:lower():gsub("/$", "")]
  request.route = route
  if not route then return end
  request.operation = route.operation
  if not route.changes or request.method ~= route.method then return end
  request.changes = true
  if not formats.can_read(request:media_type()) then return end
  request.keys, request.problem, request.broken = formats.read(request)
  request.decoded = { keys = request.keys, problem = request.problem }
  for _, key in ipairs(request.keys or {}) do
    if key then request.targets[#request.targets + 1] = key end
  end
end

local function no_such_resource(request)
  local uri = request.scheme .. "://" .. (request:header "Host" or "") .. request.uri
  return formats.error(request, 404, {
    { "Message", ("No HTTP resource was found that matches the request URI '%s'."):format(uri) },
    { "MessageDetail", "No route data was found for this request." },
  })
end

local function no_such_method(request)
  local reply = formats.error(request, 405, {
    { "Message", ("The requested resource does not support http method '%s'."):format(request.method) },
  })
  reply.headers = { Allow = request.route.method }
  return reply
end

--- The caller's session id is found fast while it stays where it was found.
local function session_alive(state, id)
  local known = state.memory.caller
  if known and known.session_id == id and state.sessions:get(known.session_log_key) == known then return true end
  for _, session in ipairs(state.sessions:rows()) do
    if session.session_id == id then
      state.memory.caller = session
      return true
    end
  end
  return false
end

local function authorized(request, state)
  local settings = state.settings
  local api_key = request:header(settings.header_api_key)
  local database_id = request:header(settings.header_database_id)
  local session_id = request:header(settings.header_session_id)
  return api_key and database_id and session_id and state.api_keys:get(api_key) and state.databases:get(database_id)
    and session_alive(state, session_id)
end

local function refuse_media(request)
  local media = request:media_type()
  if not media then
    return formats.error(request, 415, { { "Message", "The request contains an entity body but no Content-Type header. "
      .. "The inferred media type 'application/octet-stream' is not supported for this resource." } })
  end
  return formats.error(request, 415, {
    { "Message", ("The request entity's media type '%s' is not supported for this resource."):format(media) },
  })
end

local UNREADABLE = {}

UNREADABLE["400"] = function(request)
  return formats.error(request, 400, {
    { "Message", "The request is invalid." }, { "ModelState", { session = { request.problem } } },
  })
end

UNREADABLE["500"] = function(request)
  return formats.error(request, 500, {
    { "Message", "An error has occurred." }, { "ExceptionMessage", "Object reference not set to an instance of an object." },
    { "ExceptionType", "System.NullReferenceException" },
  })
end

UNREADABLE.status = function(request)
  return formats.result(request, { status = "1", message = "No sessions could be read from the request.", count = "0", sessions = {} })
end

local function too_many_keys(request)
  return formats.error(request, 500, {
    { "Message", "An error has occurred." },
    { "ExceptionMessage", "The number of keys in a NameValueCollection has exceeded the limit of '1000'." },
    { "ExceptionType", "System.InvalidOperationException" },
  })
end

local function first_unknown(request, state)
  for _, key in ipairs(request.keys) do
    if not key or not state.sessions:get(key) then return key or "" end
  end
end

--- Ends the sessions; the last `spared` ones that exist stay. Returns those that it ended, or says it ended.
local function end_sessions(request, state, spared)
  local found, seen = {}, {}
  for _, key in ipairs(request.keys) do
    local session = key and not seen[key] and state.sessions:get(key)
    if session then found[#found + 1], seen[key] = session, true end
  end
  for _ = 1, math.min(spared, #found) do found[#found] = nil end
  lies.perform(request, function()
    for _, session in ipairs(found) do state.sessions:remove(session.session_log_key) end
  end, function()
    for _, session in ipairs(found) do state.sessions:put(session) end
  end)
  return found
end

local LOGOFF_LISTS = {
  empty = function() return {} end,
  null = function() return nil end,
  rows = function(ended) return ended end,
}

local OPERATIONS = {}

--- The rows with users spelt in that way.
local function spelt(rows, how)
  if how == "plain" then return rows end
  for index, row in ipairs(rows) do
    rows[index] = setmetatable({ user = row.user and spelling.of(how, row.user) }, { __index = row })
  end
  return rows
end

function OPERATIONS.sessions(request, state)
  local rows = spelt(state.sessions:rows(), lies.spelling(request, state))
  return formats.result(request, { status = "0", message = "OK", count = tostring(#rows), sessions = rows })
end

function OPERATIONS.logout(request, state)
  local settings = state.settings
  if not formats.can_read(request:media_type()) then return refuse_media(request) end
  if request.broken then return too_many_keys(request) end
  if not request.keys then return UNREADABLE[settings.unreadable](request) end
  if #request.keys == 0 then return UNREADABLE.status(request) end
  local unknown = settings.unknown_keys == "error" and first_unknown(request, state)
  if unknown then
    return formats.result(request, { status = "1", message = ("Session '%s' was not found."):format(unknown), count = "0", sessions = {} })
  end
  local spared = lies.kind(request) == "count_short" and (request.lie.by or 1) or 0
  local ended = end_sessions(request, state, spared)
  return formats.result(request, {
    status = "0", message = "OK", count = tostring(#ended), sessions = LOGOFF_LISTS[settings.logoff_lists](ended),
  })
end

function system.answer(request, state)
  local route = request.route
  if not route then return no_such_resource(request) end
  if request.method ~= route.method then return no_such_method(request) end
  if not authorized(request, state) then
    return formats.error(request, 401, { { "Message", "Authorization has been denied for this request." } })
  end
  if lies.kind(request) == "code" then
    local lie = request.lie
    return formats.result(request, { status = tostring(lie.code or 1), message = lie.message or "Error", count = "0", sessions = {} })
  end
  return OPERATIONS[route.operation](request, state)
end

--- For the log of the truth.
function system.truth(state)
  local list = {}
  for index, row in ipairs(state.sessions:rows()) do
    list[index] = { target = row.session_log_key, is = { who = row.user, session_id = row.session_id } }
  end
  return list
end

--- Sessions are kept in the database: a restart loses none.
function system.restart() end

return system
