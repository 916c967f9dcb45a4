--- Oracle Commerce, Agent REST API: bearer tokens that expire.
local json = require "json"
local encoding = require "encoding"
local clock = require "clock"
local lies = require "lies"
local marks = require "marks"
local nodes = require "nodes"

local system = {
  name = "oracle_commerce",
  settings = {
    lifetime = 930,              -- seconds, of a token that login or refresh gives, and of a loaded one that says nothing
    application_lifetime = 300,  -- of a token that an application's key gives
    language_required = false,   -- without X-CCAsset-Language: 400, errorCode 82001
    unauthorized = "json",       -- the body of a 401: "json", "empty" or "oauth"
    verify = true,               -- whether this site has /verify
    application_tokens = "any",  -- where a token of an application's key counts: in "any" API, or in its "own" alone
    revoke = true,               -- whether a logout ends the token at once; else it lives until it expires
    trailing_commas = false,     -- bodies as the manual prints them: not quite JSON
    links = false,               -- replies carry links
    cookie = true,               -- replies set a cookie, as a servlet container does
    verify_dead_token = "401",   -- what verify says of a dead token: "401", or "flag": 200 with success false
    nodes = 1,                   -- how many servers stand behind the name
    node_cookie = "ROUTEID",     -- the cookie by which a balancer keeps a caller at one of them
    sticky = true,               -- whether it gives such cookies
  },
  choices = { unauthorized = { "json", "empty", "oauth" }, verify_dead_token = { "401", "flag" }, application_tokens = { "any", "own" } },
  collections = {
    agents = { key = "name", required = { "name", "password" }, columns = { name = "string", password = "string", id = "string" } },
    applications = { key = "key", required = { "key" }, columns = { key = "string", name = "string" } },
    tokens = {
      key = "token", required = { "token" },
      columns = {
        token = "string", agent = "string", application = "string", api = "string", expires_in = "number", expires_at = "number",
        node = "number", renewed_from = "string",
      },
    },
  },
  lies = { still_there = true, reborn = true, result_false = true, code = true, spoiled = true },
  marks = marks.json("errorCode", "222001"),
}

-- Which operations an API has; `ccadminui` and `ccapp` are doors to the login of `ccadmin` alone.
local LOGIN = { method = "POST", operation = "login", changes = true, open = true }

local WHOLE = {
  login = LOGIN,
  logout = { method = "POST", operation = "logout", changes = true },
  verify = { method = "POST", operation = "verify" },
  refresh = { method = "POST", operation = "refresh", changes = true },
  profiles = { method = "GET", operation = "profiles" },
}

local APIS = {
  ccagent = { name = "ccagent", routes = WHOLE }, ccadmin = { name = "ccadmin", routes = WHOLE },
  ccstore = { name = "ccstore", routes = WHOLE }, ccadminui = { name = "ccadmin", routes = { login = LOGIN } },
  ccapp = { name = "ccadmin", routes = { login = LOGIN } },
}

local PROFILE = { method = "GET", operation = "profile" }

--- A loaded token says how many seconds it has; what counts is when they are over.
function system.collections.tokens.arrive(row, now)
  row.expires_at = row.expires_at or now + (row.expires_in or system.settings.lifetime)
  row.expires_in = nil
end

function system.collections.tokens.show(row, now)
  row.expires_in = row.expires_at - now
end

local function api_of(path)
  local name, rest = path:match "^/(%w+)/(.*)$"
  return APIS[name], rest
end

function system.owns(path)
  return api_of(path) ~= nil
end

--- The API, what it is asked, and whose profile.
local function find_route(path)
  local api, rest = api_of(path)
  rest = rest:match "^v1/(.*)$"
  local profile = rest and rest:match "^profiles/([^/]+)$"
  if profile and api.routes == WHOLE then return api.name, PROFILE, encoding.percent_decode(profile) end
  return api.name, api.routes[rest]
end

local function is_form(request)
  return request:media_type() == "application/x-www-form-urlencoded"
end

function system.receive(request, state)
  nodes.choose(request, state)
  local api, route, profile = find_route(request.path)
  request.api, request.route, request.profile = api, route, profile
  if not route then return end
  request.operation, request.changes = route.operation, route.changes and request.method == route.method
  request.token = request:bearer()
  request.targets = { request.token or profile }
  request.decoded = {
    api = api, token = request.token, profile = profile, language = request:header "X-CCAsset-Language",
    form = is_form(request) and encoding.form_fields(request.body) or nil,
    body = not is_form(request) and request.body ~= "" and json.decode(request.body) or nil,
  }
end

--- An object with its members in the order of `names`, as JSON or as the manual prints it.
local function body_of(settings, object, names)
  local text = json.ordered(object, names)
  return settings.trailing_commas and text:gsub("}$", ",}") or text
end

local function reply(settings, status, object, names)
  local answered = { status = status, type = "application/json;charset=UTF-8", body = body_of(settings, object, names), headers = {} }
  if settings.cookie then answered.headers["Set-Cookie"] = "JSESSIONID=simulator; path=/; HttpOnly" end
  return answered
end

local ERROR_NAMES = { "message", "status", "errorCode" }

local function failure(settings, status, code, message)
  return reply(settings, status, { message = message, status = tostring(status), errorCode = code }, ERROR_NAMES)
end

-- The error code of a refused token or login is not published.
local UNAUTHORIZED = {
  json = function(settings) return failure(settings, 401, "401", "Your session has expired or the token is not valid.") end,
  empty = function() return { status = 401 } end,
  oauth = function(settings)
    local object = { error = "invalid_token", error_description = "The access token expired or was revoked" }
    return reply(settings, 401, object, { "error", "error_description" })
  end,
}

local function unauthorized(settings)
  return UNAUTHORIZED[settings.unauthorized](settings)
end

local function success(request, state, object, names)
  if state.settings.links then
    object.links = json.list { { rel = "self", href = ("%s://%s%s"):format(request.scheme, request:header "Host" or "", request.path) } }
    names[#names + 1] = "links"
  end
  return reply(state.settings, 200, object, names)
end

--- The row of the token that came, nil if it is unknown or has expired.
local function live_token(request, state)
  local row = request.token and state.tokens:get(request.token)
  return row and row.expires_at > clock.now() and nodes.knows(request, row) and row or nil
end

local function random_base64(length)
  local bytes = {}
  for index = 1, length do bytes[index] = string.char(math.random(0, 255)) end
  return ngx.encode_base64(table.concat(bytes))
end

--- Three runs of base64 with its + / and =: it resembles a JWT and is none.
local function new_token(agent, now, lifetime)
  local header = ngx.encode_base64 '{"alg":"RS256","typ":"JWT"}'
  local payload = json.encode { sub = agent, iat = math.floor(now), exp = math.floor(now + lifetime), scope = "agent" }
  return header .. "." .. ngx.encode_base64(payload) .. "." .. random_base64(128)
end

--- A new token like `row`, which says whose it is.
local function give_token(request, state, row)
  local now, settings = clock.now(), state.settings
  local lifetime = row.application and settings.application_lifetime or settings.lifetime
  row.token = new_token(row.agent or row.application, now, lifetime)
  row.api, row.expires_at, row.node = request.api, now + lifetime, request.node
  state.tokens:put(row)
  return success(request, state, { access_token = row.token, token_type = "bearer", expires_in = lifetime },
    { "access_token", "token_type", "expires_in" })
end

-- Logins by `grant_type`: a person gives name and password, a program the key that it was registered with.
local GRANTS = {}

function GRANTS.password(_, state, form)
  local agent = form.username and state.agents:get(form.username)
  return agent and agent.password == form.password and { agent = agent.name }
end

function GRANTS.client_credentials(request, state)
  local application = request.token and state.applications:get(request.token)
  return application and { application = application.name or "application" }
end

local OPERATIONS = {}

function OPERATIONS.login(request, state)
  local form = request.decoded.form or {}
  local grant = GRANTS[form.grant_type]
  local row = grant and grant(request, state, form)
  if not row then return unauthorized(state.settings) end
  return give_token(request, state, row)
end

function OPERATIONS.logout(request, state, row)
  if lies.kind(request) == "result_false" then return success(request, state, { result = false }, { "result" }) end
  if state.settings.revoke then
    lies.perform(request, function() state.tokens:remove(row.token) end, function() state.tokens:put(row) end)
  end
  return success(request, state, { result = true }, { "result" })
end

function OPERATIONS.verify(request, state)
  return success(request, state, { success = true }, { "success" })
end

function OPERATIONS.refresh(request, state, row)
  lies.perform(request, function() state.tokens:remove(row.token) end, function() state.tokens:put(row) end)
  return give_token(request, state, { agent = row.agent, application = row.application, renewed_from = row.token })
end

function OPERATIONS.profile(request, state)
  local id = request.profile
  return success(request, state, { id = id, repositoryId = id }, { "id", "repositoryId" })
end

--- A search, which finds nobody here.
function OPERATIONS.profiles(request, state)
  return success(request, state, { total = 0, totalResults = 0, offset = 0, limit = 250, items = json.list {} },
    { "total", "totalResults", "offset", "limit", "items" })
end

--- Whether the token was given for that API.
local function fits(row, request, settings)
  if row.application and settings.application_tokens == "any" then return true end
  return row.api == nil or row.api == request.api
end

--- The error of the request itself, found before the token is read.
local function refuse_request(request, settings)
  local route = request.route
  if not route or (route.operation == "verify" and not settings.verify) then return failure(settings, 404, "404", "Resource not found") end
  if request.method ~= route.method then return failure(settings, 405, "405", "Method not allowed") end
  if settings.language_required and not request.decoded.language then
    return failure(settings, 400, "82001", "Required header is missing: x-ccasset-language")
  end
  if route.open then return nil end
  local media = request:media_type()
  if request.body ~= "" and media ~= "application/json" then return failure(settings, 415, "415", "Unsupported media type") end
  if request.body ~= "" and request.decoded.body == nil then return failure(settings, 400, "400", "The request is not valid JSON") end
end

local function answer(request, state)
  local settings = state.settings
  local refused = refuse_request(request, settings)
  if refused then return refused end
  local lie = request.lie
  if lies.kind(request) == "code" then return failure(settings, lie.status or 400, tostring(lie.code or ""), lie.message or "Error") end
  if request.route.open then return OPERATIONS.login(request, state) end
  local row = live_token(request, state)
  if not row and request.route.operation == "verify" and settings.verify_dead_token == "flag" then
    return success(request, state, { success = false }, { "success" })
  end
  if not row then return unauthorized(settings) end
  if not fits(row, request, settings) then return failure(settings, 403, "403", "The token is not meant for this API") end
  return OPERATIONS[request.route.operation](request, state, row)
end

function system.answer(request, state)
  return nodes.route(request, state, answer(request, state))
end

--- For the log of the truth: the tokens that are alive.
function system.truth(state, now)
  local list = {}
  for _, row in ipairs(state.tokens:rows()) do
    local is = { who = row.agent or row.application, expires_at = row.expires_at, renewed_from = row.renewed_from, node = row.node }
    if row.expires_at > now then list[#list + 1] = { target = row.token, is = is } end
  end
  return list
end

--- Tokens carry their own expiry: a restart ends none.
function system.restart() end

return system
