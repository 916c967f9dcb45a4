-- SPDX-License-Identifier: MIT
-- POST /signout: signs one person out of all systems at once, and answers with what was found. nginx.conf says where it is
-- mounted, README.md what to send.

local cjson = require "cjson.safe"
local json = require "signoff.json"
local semaphore = require "ngx.semaphore"
local signoff = require "signoff"
local site = require "systems"

local MOST_TARGETS, MOST_AT_ONCE = 100, 4

local function answer(status, value)
  ngx.status = status
  ngx.header.content_type = "application/json"
  ngx.say(cjson.encode(value))
  return ngx.exit(ngx.OK)
end

-- Compares digests under a key that nobody knows: how long that takes says nothing of the token.
local key = ngx.now() .. tostring({}) .. ngx.worker.pid()

local function same(a, b)
  return ngx.hmac_sha1(key, a) == ngx.hmac_sha1(key, b)
end

local function is_allowed()
  local expected = os.getenv "SIGNOUT_TOKEN"
  local given = (ngx.var.http_authorization or ""):match "^Bearer (%S+)$"
  return expected and #expected >= 16 and given ~= nil and same(given, expected)
end

-- A list of at least one target, with nothing beside its elements.
local function is_list_of_targets(targets)
  local count = 0
  for index in pairs(type(targets) == "table" and targets or {}) do
    count = count + 1
    if type(index) ~= "number" then
      return false
    end
  end
  return count > 0 and count == #targets
end

-- The body: {"cisco_em": ["SEP..."], "jde_ais": [{"token": "...", "device": "..."}], ...}
local function read_targets()
  ngx.req.read_body()
  local body = json.decode_once(ngx.req.get_body_data() or "") -- a system that stands twice would lose its first list
  if type(body) ~= "table" or next(body) == nil then
    return nil, "the body must be a JSON object: a list of targets for each system"
  end
  local list = {}
  for system, targets in pairs(body) do
    if not site.systems[system] then
      return nil, "there is no system called " .. tostring(system)
    elseif not is_list_of_targets(targets) then
      return nil, ("%s: a list of one target or more, please"):format(system)
    end
    for _, target in ipairs(targets) do
      list[#list + 1] = { system = system, target = target }
    end
  end
  if #list > MOST_TARGETS then
    return nil, ("at most %d targets a request"):format(MOST_TARGETS)
  end
  return list
end

-- Tokens are credentials: their fingerprints stand for them in what is answered and logged.
local function shown(system, target)
  if type(target) == "table" then
    target = target.token
  end
  if system == "cisco_em" or system == "isymphony" or type(target) ~= "string" then
    return tostring(target)
  end
  return signoff.fingerprint(target)
end

local has_tokens = { oracle_commerce = true, jde_ais = true }

local function sign_out(item)
  if has_tokens[item.system] and type(item.target) == "table" and type(item.target.token) ~= "string" then
    error("a token is missing; none never means our own", 0)
  end
  local system = site.systems[item.system]
  return system.client:signout(item.target, { settle = site.options.settle, status = system.status })
end

-- A target that the module refuses raises, and the others go on. LuaJIT may wait inside a pcall, Lua 5.1 may not.
local function try(slots, item)
  repeat
  until slots:wait(60)
  local fine, result = pcall(sign_out, item)
  slots:post(1)
  return fine and result or { verdict = "failed", message = tostring(result) }
end

local function sign_all_out(list)
  local slots, threads, rows, all_out = semaphore.new(MOST_AT_ONCE), {}, {}, true
  for i, item in ipairs(list) do
    threads[i] = ngx.thread.spawn(try, slots, item)
  end
  for i, item in ipairs(list) do
    local _, result = ngx.thread.wait(threads[i])
    local out = result.verdict == "ended" or result.verdict == "already_out" or result.verdict == "status_set"
    all_out = all_out and out
    rows[i] = {
      system = item.system, target = shown(item.system, item.target), verdict = result.verdict, message = result.message,
    }
    ngx.log(ngx.NOTICE, "signout: ", item.system, " ", rows[i].target, ": ", result.verdict)
  end
  return { all_out = all_out, results = rows }
end

if ngx.req.get_method() ~= "POST" then
  ngx.header.allow = "POST"
  return answer(405, { error = "POST, please" })
elseif not is_allowed() then
  ngx.header.www_authenticate = "Bearer"
  return answer(401, { error = "a bearer token is needed" })
end
local list, problem = read_targets()
if not list then
  return answer(400, { error = problem })
end
return answer(200, sign_all_out(list))
