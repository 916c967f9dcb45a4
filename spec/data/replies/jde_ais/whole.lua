-- SPDX-License-Identifier: MIT
-- AIS: which replies are whole, and whose words a refusal is in.

local rows = {}
local WITH = { { token = "044AbC=", device = "PHONE1" } }
local WITHOUT = { "044AbC=" }
local OWN = '{"message":"Invalid Token","exception":"Exception","timeStamp":"2025-09-19T20:16:27.934+0000"}'

local function add(what, operation, arguments, status, body, wanted, absent)
  rows[#rows + 1] = { reply = what, operation = operation, arguments = arguments, status = status, body = body,
    answer = wanted, absent = absent }
end

local function fails(what, operation, status, body, failure)
  rows[#rows + 1] = { reply = what, operation = operation, arguments = WITH, status = status, body = body, failure = failure }
end

local function xml(inside)
  return ("<ServiceErrorResponse>%s</ServiceErrorResponse>"):format(inside)
end

-- Alive: from whatever reply says so.
local function alive(what, status, body, whole)
  add(what, "status", WITH, status, body, { active = true, whole = whole })
end
alive("alive", 200, '{"isValidSession":true}', true)
alive("alive, a text", 200, '{"isValidSession":"true"}', true)
alive("alive, XML", 200, xml "<isValidSession>true</isValidSession>", true)
alive("alive, and names that say fault", 200, '{"isValidSession":true,"defaultRole":"*ALL","username":"ERRORMAN"}', true)
alive("alive, beside an exception", 200, '{"isValidSession":true,"exception":"x"}', false)
alive("alive, beside an error inside", 200, '{"isValidSession":true,"message":{"errorText":"x"}}', false)
alive("alive, twice", 200, '{"isValidSession":false,"isValidSession":true}', false)
alive("alive, XML twice", 200, xml "<isValidSession>true</isValidSession><isValidSession>false</isValidSession>", false)
alive("alive, with HTTP 203", 203, '{"isValidSession":true}', false)

-- Dead: only from a reply without any doubt.
add("dead", "status", WITH, 200, '{"isValidSession":false}', { active = false, whole = true, own_words = true }, { "doubt" })
add("dead, XML", "status", WITH, 200, xml "<isValidSession>false</isValidSession>", { active = false, whole = true }, { "doubt" })
add("dead, and members that are empty", "status", WITH, 200, '{"isValidSession":false,"exception":null,"errorText":"","errors":[],"hasError":false}',
  { active = false, whole = true })
add("dead, and names that say fault", "status", WITH, 200, '{"isValidSession":false,"defaultEnvironment":"JPS920","list":"default"}',
  { active = false, whole = true })
add("dead, and a word for people", "status", WITH, 200, '{"isValidSession":false,"message":"Invalid Token"}', { active = false, whole = true })

local function silent(what, status, body, doubt)
  add(what, "status", WITH, status, body, { whole = false, doubt = doubt }, { "active" })
end
for _, name in ipairs { "exception", "exceptionId", "errorText", "errorDetails", "userDefinedErrorText", "Fault", "FAILURES", "accessDenied" } do
  silent("dead, beside " .. name, 200, ('{"isValidSession":false,"%s":"x"}'):format(name), ("has an error beside, in '%s'"):format(name))
end
silent("dead, beside an exception inside", 200, '{"isValidSession":false,"message":{"a":[{"exception":"x"}]}}', "has an error beside, in 'exception'")
silent("dead, beside an error that is a list", 200, '{"isValidSession":false,"errors":[{"a":1}]}', "has an error beside, in 'errors'")
silent("dead, beside an error that is true", 200, '{"isValidSession":false,"error":true}', "has an error beside, in 'error'")
silent("dead, in words of an error", 200, '{"isValidSession":false,"message":"Connection to JAS FAILED"}', "tells of an error in 'message'")
silent("dead, in a list of words", 200, '{"isValidSession":false,"x":{"detail":"An exception occurred"}}', "tells of an error in 'detail'")
silent("dead, beside no success", 200, '{"isValidSession":false,"success":false}', "says no success, in 'success'")
silent("dead, beside no success, XML", 200, xml "<isValidSession>false</isValidSession><OK>false</OK>", "says no success, in 'OK'")
silent("dead, with status ERROR", 200, '{"isValidSession":false,"status":"ERROR"}', "tells of an error in 'status'")
silent("dead, with status WARNING", 200, '{"isValidSession":false,"status":"WARNING"}', "has another status than Success")
silent("dead, twice", 200, '{"isValidSession":true,"isValidSession":false}', "has a member twice, or more members than any answer")
silent("dead, twice by an escape", 200, '{"isValidSession":true,"isValid\\u0053ession":false}', "has a member twice, or more members than any answer")
silent("dead, and another member twice", 200, '{"isValidSession":false,"a":1,"a":2}', "has a member twice, or more members than any answer")
silent("dead, and a member twice inside", 200, '{"isValidSession":false,"a":[{"b":{"c":1,"c":1}}]}', "has a member twice, or more members than any answer")
silent("dead, XML twice", 200, xml "<isValidSession>false</isValidSession><isValidSession>false</isValidSession>",
  "has the member 'isValidSession' twice, or more members than any answer")
silent("dead, XML twice inside", 200, xml "<isValidSession>false</isValidSession><a><b/><b/></a>", "has the member 'b' twice, or more members than any answer")
silent("dead, XML beside an exception", 200, xml "<isValidSession>false</isValidSession><exception>x</exception>", "has an error beside, in 'exception'")
for _, status in ipairs { 201, 202, 203, 226 } do
  silent("dead, with HTTP " .. status, status, '{"isValidSession":false}', ("came with HTTP %d, not 200"):format(status))
end
for _, text in ipairs { '"false"', "0", '"0"', '""', "[]", "{}", '"no"' } do
  silent("dead as " .. text, 200, ('{"isValidSession":%s}'):format(text), "has an 'isValidSession' that is neither true nor false")
end
silent("dead as null", 200, '{"isValidSession":null}', "has no 'isValidSession'")
silent("the flag deeper", 200, '{"data":{"isValidSession":false}}', "has no 'isValidSession'")
silent("the flag in another case", 200, '{"isvalidsession":false}', "has no 'isValidSession'")
silent("nothing", 200, "", "is empty")
add("dead, no device given", "status", WITHOUT, 200, '{"isValidSession":false}',
  { whole = false, doubt = "may mean that the token is of another device or address: no device came with it" }, { "active" })

-- Refusals in its own words.
for _, status in ipairs { 444, 403 } do
  local own = { OWN, '{"exception":"E"}', '{"exceptionId":"12"}', '{"timeStamp":"2025-09-19T20:16:27.934+0000"}', '{"status":"ERROR"}',
    '{"status":"WARNING","message":"Invalid Token"}', xml "<message>Invalid Token</message><exception>E</exception>",
    '{"exception":"E","exceptionId":"1","errorText":"x","type":"t","userDefinedErrorText":"u","jde__status":"ERROR","errorDetails":{"a":1}}' }
  for i, body in ipairs(own) do
    add(("refused with %d (%d)"):format(status, i), "status", WITH, status, body, { active = false, whole = true, own_words = true }, { "doubt" })
    add(("refused with %d (%d)"):format(status, i), "logout", WITH, status, body, { answer = "already_out", whole = true, own_words = true })
  end
  add("refused, no device given", "status", WITHOUT, status, OWN, { whole = false, own_words = true }, { "active" })
  add("refused, no device given", "logout", WITHOUT, status, OWN, { answer = "undecided", whole = false, own_words = true })
  add("refused, and a member twice", "status", WITH, status, '{"exception":"E","exception":"F"}', { whole = false }, { "active" })
  add("refused, and a member twice", "logout", WITH, status, '{"exception":"E","exception":"F"}', { answer = "undecided", whole = false })

  -- ...and in somebody else's.
  local foreign = { "", " ", "Forbidden", "<html><body>Blocked</body></html>", '{"message":"Forbidden"}', '{"message":"Invalid Token"}',
    '{"exception":null,"timeStamp":""}', '{"exception":1}', '{"status":"error","message":"Forbidden"}', '{"status":403}', "[]", "null", '"ERROR"',
    '{"timestamp":"2025-09-19T20:16:27Z","status":403,"error":"Forbidden","path":"/jderest"}',
    '{"exception":"AccessDenied","error":"Forbidden","path":"/jderest"}', '{"isValidSession":false}', '{"fault":{"exception":"x"}}',
    '{"exception":"E",}', '{"status":"ERROR","message":"blocked","ray":"4711"}', '{"exception":"E","requestId":"4711"}', '{"timeStamp":"x","code":403}',
    '<a xmlns="urn:x"><status>403</status></a>' }
  local denied = { code = "denied", scope = "client", retriable = false, own_words = false, http_status = status }
  for i, body in ipairs(foreign) do
    fails(("somebody's %d (%d)"):format(status, i), "status", status, body, denied)
    fails(("somebody's %d (%d)"):format(status, i), "logout", status, body, denied)
  end
end
fails("somebody's 401", "status", 401, '{"message":"Unauthorized"}', { code = "denied", scope = "client", own_words = false })
fails("its own 401", "logout", 401, OWN, { code = "denied", scope = "client", own_words = true })
fails("its own 500", "logout", 500, OWN, { code = "server", own_words = true })
fails("a rate limit", "status", 429, '{"message":"Too many"}', { code = "busy", retriable = true, own_words = false })

-- Logouts.
local function logout(what, status, body, wanted)
  add(what, "logout", WITH, status, body, wanted)
end
logout("done", 200, '{"status":"Success"}', { answer = "accepted", whole = true, own_words = true })
logout("done, and empty members", 200, '{"status":"Success","exception":null,"errorText":""}', { answer = "accepted", whole = true })
logout("done, beside an exception inside", 200, '{"status":"Success","message":{"exception":"E"}}', { answer = "undecided", whole = false })
logout("done, beside an unknown error", 200, '{"status":"Success","jasFault":"x"}', { answer = "undecided", whole = false })
logout("done, in words of a failure", 200, '{"status":"Success","message":"HTML session: logout failed"}', { answer = "undecided", whole = false })
logout("done, twice", 200, '{"status":"ERROR","status":"Success"}', { answer = "undecided", whole = false })
logout("done, XML beside an error", 200, xml "<status>Success</status><errorText>x</errorText>", { answer = "undecided", whole = false })
for _, status in ipairs { 201, 202, 203, 226 } do
  logout("done, with HTTP " .. status, status, '{"status":"Success"}', { answer = "undecided", whole = false, own_words = false })
end

return rows
