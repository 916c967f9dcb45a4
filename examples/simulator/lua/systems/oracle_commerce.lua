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
    language_required = false,   -- without X-CCAsset-Language: 400, errorCode 82001
    unauthorized = "json",       -- the body of a 401: "json", "empty" or "oauth"
    verify = true,               -- whether this site has /verify
    revoke = true,               -- whether a logout ends the token at once; else it lives until it expires
    trailing_commas = false,     -- bodies as the manual prints them: not quite JSON
    links = false,               -- replies carry links
    cookie = true,               -- replies set a cookie, as a servlet container does
    dead_on_verify = "401",      -- what verify says of a dead token: "401", or "flag": 200 with success false
    nodes = 1,                   -- how many servers stand behind the name
    node_cookie = "ROUTEID",     -- the cookie by which a balancer keeps a caller at one of them
    sticky = true,               -- whether it gives such cookies
  },
  choices = { unauthorized = { "json", "empty", "oauth" }, dead_on_verify = { "401", "flag" } },
  collections = {
    agents = { key = "name", required = { "name", "password" }, columns = { name = "string", password = "string", id = "string" } },
    tokens = {
      key = "token", required = { "token" },
      columns = {
        token = "string", agent = "string", api = "string", expires_in = "number", expires_at = "number", node = "number",
        renewed_from = "string",
      },
    },
  },
  lies = { still_there = true, reborn = true, result_false = true, code = true, spoiled = true },
  marks = marks.json("errorCode", "222001"),
}

local PREFIX = "/ccagent/v1/"

local ROUTES = {
  login = { method = "POST", operation = "login", changes = true, open = true },
  logout = { method = "POST", operation = "logout", changes = true },
  verify = { method = "POST", operation = "verify" },
  refresh = { method = "POST", operation = "refresh", changes = true },
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

function system.owns(path)
  return path:find("/ccagent/", 1, true) == 1
end

local function find_route(path)
  if path:find(PREFIX, 1, true) ~= 1 then return nil end
  local rest = path:sub(#PREFIX + 1)
  local profile = rest:match "^profiles/([^/]+)$"
  if profile then return PROFILE, encoding.percent_decode(profile) end
  return ROUTES[rest]
end

local function is_form(request)
  return request:media_type() == "application/x-www-form-urlencoded"
end

function system.receive(request, state)
  nodes.choose(request, state)
  local route, profile = find_route(request.path)
  request.route, request.profile = route, profile
  if not route then return end
  request.operation, request.changes = route.operation, route.changes and request.method == route.method
  request.token = request:bearer()
  request.targets = { request.token or profile }
  request.decoded = {
    token = request.token, profile = profile, language = request:header "X-CCAsset-Language",
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

local UNAUTHORIZED = {
  json = function(settings) return failure(settings, 401, "13036", "Your session has expired or the token is not valid.") end,
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

--- Three runs of base64 with its + / and =: it looks like a JWT and is none.
local function new_token(agent, now, lifetime)
  local header = ngx.encode_base64 '{"alg":"RS256","typ":"JWT"}'
  local payload = json.encode { sub = agent, iat = math.floor(now), exp = math.floor(now + lifetime), scope = "agent" }
  return header .. "." .. ngx.encode_base64(payload) .. "." .. random_base64(128)
end

local function give_token(request, state, agent, renewed_from)
  local now, lifetime = clock.now(), state.settings.lifetime
  local token = new_token(agent, now, lifetime)
  state.tokens:put {
    token = token, agent = agent, api = "ccagent", expires_at = now + lifetime, node = request.node, renewed_from = renewed_from,
  }
  return success(request, state, { access_token = token, token_type = "bearer", expires_in = lifetime },
    { "access_token", "token_type", "expires_in" })
end

local OPERATIONS = {}

function OPERATIONS.login(request, state)
  local form = request.decoded.form or {}
  local agent = form.grant_type == "password" and form.username and state.agents:get(form.username)
  if not agent or agent.password ~= form.password then return unauthorized(state.settings) end
  return give_token(request, state, agent.name)
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
  return give_token(request, state, row.agent, row.token)
end

function OPERATIONS.profile(request, state)
  local id = request.profile
  return success(request, state, { id = id, repositoryId = id }, { "id", "repositoryId" })
end

--- What is wrong with the request itself, before anybody looks at the token.
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
  if not row and request.route.operation == "verify" and settings.dead_on_verify == "flag" then
    return success(request, state, { success = false }, { "success" })
  end
  if not row then return unauthorized(settings) end
  if row.api and row.api ~= "ccagent" then return failure(settings, 403, "403", "The token is not meant for this API") end
  return OPERATIONS[request.route.operation](request, state, row)
end

function system.answer(request, state)
  return nodes.route(request, state, answer(request, state))
end

--- For the log of the truth: the tokens that are alive.
function system.truth(state, now)
  local list = {}
  for _, row in ipairs(state.tokens:rows()) do
    local is = { who = row.agent, expires_at = row.expires_at, renewed_from = row.renewed_from, node = row.node }
    if row.expires_at > now then list[#list + 1] = { target = row.token, is = is } end
  end
  return list
end

--- Tokens carry their own expiry: a restart ends none.
function system.restart() end

return system
