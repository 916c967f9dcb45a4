--- AIS's replies, in JSON or XML, with the members that Oracle documents.
local json = require "json"
local xml = require "xml"
local token = require "systems.jde_ais.token"

local replies = {}

local function wants_xml(request)
  local accept = (request:header "Accept" or ""):lower()
  local at_xml, at_json = accept:find("application/xml", 1, true), accept:find("application/json", 1, true)
  return at_xml and (not at_json or at_xml < at_json)
end

local function sorted_names(object)
  local names = {}
  for name in pairs(object) do names[#names + 1] = name end
  table.sort(names)
  return names
end

local members_xml

--- One member; of a list an element for each item.
local function member_xml(name, value)
  if type(value) ~= "table" then return xml.element(name, tostring(value)) end
  if not json.is_list(value) then return "<" .. name .. ">" .. members_xml(value, sorted_names(value)) .. "</" .. name .. ">" end
  local parts = {}
  for index, item in ipairs(value) do parts[index] = xml.element(name, tostring(item)) end
  return table.concat(parts)
end

function members_xml(object, names)
  local parts = {}
  for _, name in ipairs(names) do
    local value = object[name]
    if value ~= nil and value ~= json.null then parts[#parts + 1] = member_xml(name, value) end
  end
  return table.concat(parts)
end

--- JSON or XML, as Accept says. The names of the XML roots are not published.
function replies.of(request, status, object, names, root)
  if wants_xml(request) then
    local body = '<?xml version="1.0" encoding="UTF-8"?><' .. root .. ">" .. members_xml(object, names) .. "</" .. root .. ">"
    return { status = status, type = "application/xml", body = body }
  end
  return { status = status, type = "application/json", body = json.ordered(object, names) }
end

local JAS = "http://jas.example:8080"

-- In the order of Oracle's sample; from `adminAuthorized` on, what newer releases add.
local LOGIN = {
  "username", "environment", "role", "jasserver", "userInfo", "userAuthorized", "version", "poStringJSON", "altPoStringJSON",
  "aisSessionCookie", "adminAuthorized", "deprecated", "passwordAboutToExpire", "machineName", "envColor", "externalJASURL",
}

local function user_info(session)
  return {
    token = session.token, username = session.user, alphaName = session.user, addressNumber = 6001, langPref = "  ", locale = "en",
    dateFormat = "MDE", dateSeperator = "/", simpleDateFormat = "MM/dd/yyyy", decimalFormat = ".", appsRelease = "E920", country = "US",
  }
end

--- As WebLogic makes the values of its cookies.
local function session_cookie()
  return ("%s!-%s!%s"):format(token.digits(20), token.digits(10), token.digits(13))
end

--- `cookie` leads to the node of the session; without, one that leads nowhere.
function replies.login(request, session, cookie)
  return replies.of(request, 200, {
    username = session.user, environment = session.environment, role = session.role, jasserver = JAS, userInfo = user_info(session),
    userAuthorized = true, version = json.null, poStringJSON = json.null, altPoStringJSON = json.null,
    aisSessionCookie = cookie or session_cookie(), adminAuthorized = false, deprecated = false, passwordAboutToExpire = false,
    machineName = session.device or session.ip, envColor = "", externalJASURL = "",
  }, LOGIN, "LoginResponse")
end

local CAPABILITIES = { "grid", "editable", "editableGrid", "processingOption", "selectAllGridRows", "orchestrator" }

local DEFAULTS = {
  "aisVersion", "capabilityList", "requiredCapabilityMissing", "defaultEnvironment", "defaultRole", "defaultJasServer", "jasHost",
  "jasPort", "jasProtocol", "timeToLive", "sessionTimeout",
}

--- Whether a caller asks for more than there is: `requiredCapabilities` are names, `,` between.
local function lacks(request)
  local wanted = request.members and request.members.requiredCapabilities
  local known = "," .. table.concat(CAPABILITIES, ",") .. ","
  for name in tostring(wanted or ""):gmatch "[^,%s]+" do
    if not known:find("," .. name .. ",", 1, true) then return true end
  end
  return false
end

--- The reply that a client may have before it logs in.
function replies.defaultconfig(request, minutes)
  return replies.of(request, 200, {
    aisVersion = "EnterpriseOne 9.2.8", capabilityList = json.list(CAPABILITIES), requiredCapabilityMissing = lacks(request),
    defaultEnvironment = "JDV920", defaultRole = "*ALL", defaultJasServer = JAS, jasHost = "jas.example", jasPort = "8080",
    jasProtocol = "http", timeToLive = "0", sessionTimeout = tostring(minutes),
  }, DEFAULTS, "DefaultConfig")
end

--- The reply to a browser's preflight request: the methods of the address.
function replies.preflight(route)
  return { status = 200, headers = { Allow = table.concat(sorted_names(route), ", ") .. ", OPTIONS" } }
end

--- Lets the page that calls read the reply, if its origin is one of those.
function replies.share(request, origins, reply)
  local origin = request:header "Origin"
  for _, allowed in ipairs(origin and origins or {}) do
    if allowed == "*" or allowed == origin then
      reply.headers = reply.headers or {}
      reply.headers["Access-Control-Allow-Origin"] = origin
      reply.headers["Access-Control-Allow-Methods"] = request:header "Access-Control-Request-Method"
      reply.headers["Access-Control-Allow-Headers"] = request:header "Access-Control-Request-Headers"
      break
    end
  end
  return reply
end

return replies
