-- SPDX-License-Identifier: MIT
-- The requests of the JD Edwards AIS Server's clients: a .NET library, mobile apps in Dart and Java, scripts in Python, connectors, browsers.

local people = {
  users = { { name = "MOBILE", password = "made-up" } },
  sessions = {
    { token = "044OfADevice", user = "MOBILE", device = "celin" }, { token = "044OfHere", user = "MOBILE" },
    { token = "044Old", user = "MOBILE", device = "PO-Auto-Docker" },
  },
}

local DOTNET_LOGIN = [[
POST /jderest/v2/tokenrequest HTTP/1.1
Host: ais.example:9302
Accept: application/json
Content-Type: application/json; charset=utf-8
Content-Length: *

{"deviceName":"celin","username":"MOBILE","password":"made-up","requiredCapabilities":"grid,processingOption"}]]

-- It gives no device, and does not look at the status.
local DOTNET_LOGOUT = [[
POST /jderest/tokenrequest/logout HTTP/1.1
Host: ais.example:9302
Accept: application/json
Content-Type: application/json; charset=utf-8
Content-Length: *

{"token":"@token@"}]]

local function validate(token, device)
  return ([[
GET /jderest/v2/orchestrator/jde-validate-session HTTP/1.1
Host: ais.example
jde-AIS-Auth: %s
jde-AIS-Auth-Device: %s
Accept: application/json

]]):format(token, device)
end

-- In front of every call of a page in a browser.
local PREFLIGHT = [[
OPTIONS /jderest/v2/tokenrequest HTTP/1.1
Host: ais.example
Accept: */*
Access-Control-Request-Method: POST
Access-Control-Request-Headers: content-type,jde-ais-auth
Origin: https://app.example
Sec-Fetch-Mode: cors

]]

-- `MDE4` and `MDE5` are 018 and 019, how many digits follow.
local TOKEN = '"token":"044[%w+/]+=MD[EU][45][%w+/]+=*"'

local BAD = '"message":"Invalid Token"'

local function post(path, media, body, headers)
  return ([[
POST %s HTTP/1.1
Host: ais.example
%sContent-Type: %s
Content-Length: *

%s]]):format(path, headers or "", media, body)
end

local rows = {
  { "a .NET library, which logs out without its device",
    { DOTNET_LOGIN, 200, TOKEN, '"username":"MOBILE"', '"addressNumber":6001', '"alphaName":', '"appsRelease":', '"jasserver":"http',
      '"userAuthorized":true', '"version":null', '"aisSessionCookie":"[%d!-]+"', '"passwordAboutToExpire":false', '"machineName":"celin"' },
    { DOTNET_LOGOUT, 444, BAD, '"timeStamp":"[%d-]+T[%d:.]+%+0000"' },
    { validate("@token@", "celin"), 200, '"isValidSession":true' } },
  { "the same library where a token suffices", settings = { logout_needs_device = false },
    { DOTNET_LOGIN, 200 }, { DOTNET_LOGOUT, 200, '{"status":"Success"}' }, { validate("@token@", "celin"), 444, BAD } },
  { "the same library with a wrong device where a token suffices", settings = { logout_needs_device = false },
    { post("/jderest/v2/tokenrequest/logout", "application/json", '{"token":"044OfADevice"}', "jde-AIS-Auth-Device: OTHER\n"), 444, BAD } },
  { "an app in Dart, which leaves the body empty",
    { [[
POST /jderest/v2/tokenrequest/logout HTTP/1.1
user-agent: Dart/3.5 (dart:io)
jde-ais-auth: 044OfADevice
jde-ais-auth-device: celin
accept-encoding: gzip
content-length: 2
content-type: application/json
host: ais.example

{}]], 200, '{"status":"Success"}' },
    { validate("044OfADevice", "celin"), 444, BAD } },
  { "a script in Python, which wants nothing compressed",
    { [[
GET /jderest/v3/orchestrator/jde-logout HTTP/1.1
Host: ais.example
User-Agent: python-requests/2.32.3
Accept-Encoding: identity
Accept: application/json
Connection: keep-alive
Content-Type: application/json
jde-AIS-Auth: 044Old
jde-AIS-Auth-Device: PO-Auto-Docker

]], 200, "Success", "!Content%-Encoding" } },
  { "a client that renews: it logs in first, and the old token out by body",
    { DOTNET_LOGIN, 200 },
    { post("/jderest/v3/orchestrator/jde-logout", "application/json", '{"token":"044Old"}', "jde-AIS-Auth-Device: PO-Auto-Docker\n"), 200 },
    { validate("044Old", "PO-Auto-Docker"), 444 }, { validate("@token@", "celin"), 200 } },
  { "a client that asks who it is by Basic, and says the rest in headers",
    { [[
POST /jderest/v2/tokenrequest HTTP/1.1
Host: ais.example
Accept: */*
Accept-Encoding: gzip, deflate
Connection: keep-alive
User-Agent: python-httpx/0.27.0
Authorization: Basic TU9CSUxFOm1hZGUtdXA=
Content-Type: application/json
jde-AIS-Auth-Environment: JPD920
jde-AIS-Auth-Role: CLERK
jde-AIS-Auth-Device: AI-ERP
Content-Length: 2

{}]], 200, TOKEN, '"environment":"JPD920"', '"role":"CLERK"', '"machineName":"AI%-ERP"' },
    { validate("@token@", "AI-ERP"), 200 }, { validate("@token@", "OTHER"), 444 } },
  { "the manual's curl, which gives Basic to jde-login",
    { [[
GET /jderest/v2/orchestrator/jde-login HTTP/1.1
Host: ais.example
Authorization: Basic TU9CSUxFOm1hZGUtdXA=
User-Agent: curl/8.5.0
Accept: application/json

]], 200, TOKEN } },
  { "a login with a wrong password",
    { post("/jderest/v2/tokenrequest", "application/json", '{"username":"MOBILE","password":"x"}'), 403, '"exception":"' } },
  { "the manual's curl of jde-logout, whose device header has another name there",
    { [[
GET /jderest/v2/orchestrator/jde-logout HTTP/1.1
Host: ais.example
jde-AIS-Auth: 044OfADevice
jde-AIS-Device: celin
Accept: application/json

]], 444, BAD } },
  { "a client that calls the token's header otherwise",
    { [[
GET /jderest/v3/orchestrator/jde-logout HTTP/1.1
Host: ais.example
jde-AIS-Auth-Token: 044OfHere
Accept: application/json

]], 444, BAD } },
  { "a connector that asks for the defaults by POST, without a token",
    { post("/jderest/v2/defaultconfig", "application/json", "{}"), 200, '"defaultEnvironment":"', '"defaultRole":"', '"defaultJasServer":"',
      '"jasHost":"', '"jasPort":"', '"jasProtocol":"http"', '"timeToLive":"', '"capabilityList":%["grid"', '"requiredCapabilityMissing":false',
      '"sessionTimeout":"30"' },
    { post("/jderest/v2/defaultconfig", "application/json", '{"requiredCapabilities":"grid,telepathy"}'), 200, '"requiredCapabilityMissing":true' } },
  { "a client that asks for the defaults by GET, in XML",
    { "GET /jderest/defaultconfig HTTP/1.1\nHost: ais.example\nAccept: application/xml\n\n", 200,
      "<capabilityList>grid</capabilityList><capabilityList>editable</capabilityList>", "<jasPort>" } },
  { "a page in a browser",
    { PREFLIGHT, 200, "Access%-Control%-Allow%-Origin: https://app.example", "Access%-Control%-Allow%-Methods: POST",
      "Access%-Control%-Allow%-Headers: content%-type,jde%-ais%-auth" },
    { post("/jderest/v2/tokenrequest", "application/json", '{"username":"MOBILE","password":"made-up"}', "Origin: https://app.example\n"), 200,
      "Access%-Control%-Allow%-Origin: https://app.example" } },
  { "a page in a browser that the site does not know", settings = { allowed_origins = { "https://own.example" } },
    { PREFLIGHT, 200, "Allow: POST, OPTIONS", "!Access%-Control" } },
  { "a first mobile framework, which writes XML to the first version",
    { post("/jderest/orchestrator/jde-login", "application/xml", "<LoginRequest><username>MOBILE</username><password>made-up</password>"
      .. "<deviceName>iPad</deviceName></LoginRequest>", "Accept: application/xml\n"), 200, "<token>044", "<deprecated>false" },
    { post("/jderest/orchestrator/jde-logout", "application/xml", "<LogoutRequest><token>@token@</token></LogoutRequest>",
      "jde-AIS-Auth-Device: iPad\n"), 200, "Success" } },
  { "a client that writes XML where only JSON is read",
    { post("/jderest/v2/tokenrequest", "application/xml", "<r><username>MOBILE</username></r>"), 415 },
    { post("/jderest/v2/tokenrequest/logout", "application/xml", "<r><token>044OfHere</token></r>"), 415 },
    { post("/jderest/v2/orchestrator/jde-logout", "application/xml", "<r><token>044OfHere</token></r>"), 415 },
    { post("/jderest/orchestrator/jde-logout", "application/xml", "<r><token>044OfHere</r>"), 400 },
    { post("/jderest/orchestrator/jde-logout", "text/plain", '{"token":"044OfHere"}'), 415 } },
}

-- One operation, several doors: is the session alive?
for _, door in ipairs {
  { "/jderest/v2/orchestrator/jde-validate-session" }, { "/jderest/v3/orchestrator/jde-validate-session" }, { "/jderest/v2/tokenrequest/validate" },
  { "/jderest/v2/orchestrator/jde-validate-session", "<r><token>%s</token><deviceName>celin</deviceName><touch>false</touch></r>" },
  { "/jderest/v3/orchestrator/jde-validate-session", "<ns:r xmlns:ns='urn:x'><ns:token>%s</ns:token><ns:deviceName>celin</ns:deviceName></ns:r>" },
} do
  local media = door[2] and "application/xml" or "application/json"
  local body = door[2] or '{"token":"%s","deviceName":"celin","touch":false}'
  for _, refusal in ipairs { { "444", 444, BAD }, { "403", 403, BAD }, { "flag", 200, '"isValidSession":false' } } do
    rows[#rows + 1] = { ("a client that validates at %s in %s, where dead tokens are %s"):format(door[1], media, refusal[1]),
      settings = { invalid_on_validate = refusal[1] },
      { post(door[1], media, body:format "044OfADevice"), 200, '"isValidSession":true' },
      { post(door[1], media, body:format "044Never"), refusal[2], refusal[3] } }
  end
end

for _, row in ipairs(rows) do row.people = people end

return rows
