-- SPDX-License-Identifier: MIT
-- Oracle Commerce: which replies are whole, and whose words a refusal is in.

local rows = {}
local TOKEN = { "eyJ0.eyJz.c2ln+/=" }
local OWN = '{"message":"Invalid or expired access credentials","status":"401","errorCode":"35003"}'

local function add(what, operation, status, body, wanted, absent)
  rows[#rows + 1] = { reply = what, operation = operation, arguments = TOKEN, status = status, body = body, answer = wanted, absent = absent }
end

local function fails(what, operation, status, body, failure)
  rows[#rows + 1] = { reply = what, operation = operation, arguments = TOKEN, status = status, body = body, failure = failure }
end

-- Alive: from whatever reply says so.
local function alive(what, status, body, whole)
  add(what, "status", status, body, { active = true, whole = whole })
end
alive("alive", 200, '{"success":true}', true)
alive("alive, with links", 200, '{"success":true,"links":[{"rel":"self","href":"https://h.example/error"}]}', true)
alive("alive, beside an error", 200, '{"success":true,"errorCode":"222001","message":"cache"}', false)
alive("alive, beside an error inside", 200, '{"success":true,"data":{"fault":"x"}}', false)
alive("alive, twice", 200, '{"success":false,"success":true}', false)
alive("alive, with HTTP 203", 203, '{"success":true}', false)

-- Dead: only from a reply without any doubt.
local dead = { active = false, whole = true, own_words = true }
add("dead", "status", 200, '{"success":false}', dead, { "doubt" })
add("dead, with links", "status", 200, '{"success":false,"links":[{"rel":"self","href":"https://h.example/failures"}]}', dead, { "doubt" })
add("dead, and members that are empty", "status", 200, '{"success":false,"error":null,"errors":[],"message":""}', dead)

local function silent(what, status, body, doubt)
  add(what, "status", status, body, { whole = false, doubt = doubt }, { "active" })
end
silent("a gateway's error", 200, '{"success":false,"error":"upstream"}', "has an error beside, in 'error'")
silent("a gateway's list of errors", 200, '{"success":false,"errors":[{"code":1020}],"messages":[],"result":null}', "has an error beside, in 'errors'")
silent("dead, beside an error code", 200, '{"success":false,"errorCode":"222001"}', "has an error beside, in 'errorCode'")
silent("dead, beside an error path", 200, '{"success":false,"o:errorPath":"/a"}', "has an error beside, in 'o:errorPath'")
silent("dead, beside a developer's message", 200, '{"success":false,"devMessage":"x"}', "has an error beside, in 'devMessage'")
silent("dead, beside a fault in capitals", 200, '{"success":false,"FAULT":"x"}', "has an error beside, in 'FAULT'")
silent("dead, in words of a denial", 200, '{"success":false,"info":"access denied"}', "tells of an error in 'info'")
silent("dead, beside an exception inside", 200, '{"success":false,"links":[{"exception":"x"}]}', "has an error beside, in 'exception'")
for _, member in ipairs { '"message":"Rate limited"', '"status":"401"', '"code":429', '"type":"x"', '"data":{"a":1}', '"result":true' } do
  silent("dead, beside " .. member, 200, ('{"success":false,%s}'):format(member),
    ("has '%s' beside, which an answer of verify has not"):format(member:match '"(%a+)"'))
end
silent("dead, twice", 200, '{"success":true,"success":false}', "has a member twice, or more members than any answer")
silent("dead, and a member twice inside", 200, '{"success":false,"links":[{"rel":"a","rel":"b"}]}', "has a member twice, or more members than any answer")
for _, status in ipairs { 201, 202, 203, 226 } do
  silent("dead, with HTTP " .. status, status, '{"success":false}', ("came with HTTP %d, not 200"):format(status))
end
for _, text in ipairs { '"false"', "0", '"0"', "null", '""', "[]", "{}", '"no"' } do
  silent("dead as " .. text, 200, ('{"success":%s}'):format(text), "has no 'success' that is true or false")
end
silent("the flag deeper", 200, '{"data":{"success":false}}', "has no 'success' that is true or false")
silent("nothing", 200, "", "is empty")
silent("a list", 200, '[{"success":false}]', "has no 'success' that is true or false")
for _, body in ipairs { "<html><body>success:false</body></html>", "OK" } do
  fails("a page: " .. body, "status", 200, body, { code = "unusable", own_words = false })
end

-- Refusals in its own words.
local own = { OWN, '{"errorCode":"35003","status":"401"}', '{"errorCode":"35003","message":"x"}', '{"errorCode":35003,"status":401}',
  '{"errors":[{"errorCode":"35003","message":"x","status":"401"}],"status":"401"}',
  '{"errorCode":"35003","message":"x","o:errorPath":"/a","type":"t","devMessage":"d"}' }
for i, body in ipairs(own) do
  add(("refused (%d)"):format(i), "status", 401, body, dead, { "doubt" })
  add(("refused (%d)"):format(i), "logout", 401, body, { answer = "already_out", whole = true, own_words = true })
end
add("refused, and a member twice", "status", 401, '{"errorCode":"1","errorCode":"2","status":"401"}', { whole = false }, { "active" })
add("refused, and a member twice", "logout", 401, '{"errorCode":"1","errorCode":"2","status":"401"}', { answer = "undecided", whole = false })
fails("its own 403", "logout", 403, OWN, { code = "denied", scope = "target", own_words = true })
fails("its own 500", "logout", 500, OWN, { code = "server", own_words = true })
fails("its own 404 of verify", "status", 404, OWN, { code = "unsupported", own_words = true })
fails("its own error with HTTP 200", "logout", 200, OWN, { code = "rejected", scope = "target", own_words = true })

-- ...and in somebody else's.
local foreign = { "", " ", "Unauthorized", "<html><body>Log in</body></html>", '{"message":"Unauthorized"}', '{"status":"401","message":"Unauthorized"}',
  '{"error":"invalid_token"}', '{"error":"invalid_token","error_description":"expired"}', '{"errorCode":"ACCESS_DENIED","message":"x"}', '{"errorCode":"35003"}',
  '{"errorCode":null,"message":"x"}', '{"errorCode":{},"status":"401"}', '{"errors":["denied"]}', '{"errors":[{"code":1020,"message":"x"}]}',
  '{"success":false}', '{"result":false}', '[{"errorCode":"35003","status":"401"}]', '{"errorCode":"35003","status":"401",}', "null",
  '{"errorCode":"401","message":"blocked","requestId":"4711"}', '{"errors":[{"errorCode":"401","message":"x","ray":"1"}]}' }
for _, status in ipairs { 401, 403 } do
  local denied = { code = "denied", scope = "client", retriable = false, own_words = false, http_status = status }
  for i, body in ipairs(foreign) do
    fails(("somebody's %d (%d)"):format(status, i), "status", status, body, denied)
    fails(("somebody's %d (%d)"):format(status, i), "logout", status, body, denied)
  end
end
fails("a rate limit", "status", 429, '{"message":"Too many"}', { code = "busy", retriable = true, own_words = false })

-- Logouts.
local function logout(what, status, body, wanted)
  add(what, "logout", status, body, wanted)
end
logout("done", 200, '{"result":true}', { answer = "accepted", whole = true, own_words = true, result = true })
logout("done, beside an error code", 200, '{"result":true,"errorCode":"51301"}', { answer = "undecided", whole = false, own_words = false })
logout("done, beside a fault", 200, '{"result":true,"fault":{"a":1}}', { answer = "undecided", whole = false })
logout("done, in words of a failure", 200, '{"result":true,"message":"Logout failed"}', { answer = "undecided", whole = false })
logout("done, twice", 200, '{"result":false,"result":true}', { answer = "undecided", whole = false })
logout("done, says a gateway", 200, '{"success":true}', { answer = "undecided" })
for _, status in ipairs { 201, 202, 203, 226 } do
  logout("done, with HTTP " .. status, status, '{"result":true}', { answer = "undecided", whole = false, own_words = false })
end

return rows
