-- SPDX-License-Identifier: MIT
-- The requests of Oracle Commerce's clients: Oracle's own SDK for Node, a storefront's proxy, code of custom agents, scripts.

local people = {
  agents = { { name = "agent@shop.example", password = "made+up&100%" } }, applications = { { key = "eyJ.key/of+an.application==" } },
  tokens = { { token = "eyJ.of/a+person.==", agent = "agent@shop.example", api = "ccagent" } },
}

local function form(path, body, headers)
  return ([[
POST %s HTTP/1.1
Host: ccadmin-shop.example
Accept: application/json, text/plain, */*
Content-Type: application/x-www-form-urlencoded
%sContent-Length: *

%s]]):format(path, headers or "", body)
end

local function by_key(path)
  return form(path, "grant_type=client_credentials", "Authorization: Bearer eyJ.key/of+an.application==\n")
end

-- The SDK posts two bytes, whatever the operation.
local function sdk(path, token)
  return ([[
POST %s HTTP/1.1
Authorization: Bearer %s
content-type: application/json
x-ccasset-language: en_US
host: ccadmin-shop.example
Content-Length: *
Connection: close

{}]]):format(path, token)
end

local PERSON = "eyJ.of/a+person.=="

local GIVEN = { '"access_token":"[%w+/]+=*%.[%w+/]+=*%.[%w+/]+=*"', '"token_type":"bearer"' }

local function gives(request, lifetime)
  return { request, 200, GIVEN[1], GIVEN[2], '"expires_in":' .. lifetime }
end

local rows = {
  { "a storefront's proxy, where an agent logs in by name and password",
    gives(form("/ccagent/v1/login", "grant_type=password&username=agent%40shop.example&password=made%2Bup%26100%25"), 930),
    { sdk("/ccagent/v1/verify", "@access_token@"), 200, '{"success":true}' },
    { sdk("/ccagent/v1/logout", "@access_token@"), 200, '{"result":true}' },
    { sdk("/ccagent/v1/verify", "@access_token@"), 401, '"status":"401"', '"errorCode":"', '"message":"' } },
  { "the same with a wrong password",
    { form("/ccagent/v1/login", "grant_type=password&username=agent%40shop.example&password=x"), 401, '"status":"401"', '"errorCode":"' } },
  { "a program whose key nobody registered",
    { form("/ccadmin/v1/login", "grant_type=client_credentials", "Authorization: Bearer eyJ.other\n"), 401 },
    { form("/ccadmin/v1/login", "grant_type=client_credentials"), 401 },
    { form("/ccadmin/v1/login", "grant_type=magic", "Authorization: Bearer eyJ.key/of+an.application==\n"), 401 } },
  { "a program that uses the token of its key at two APIs",
    gives(by_key "/ccadmin/v1/login", 300),
    { sdk("/ccadmin/v1/verify", "@access_token@"), 200, '"success":true' }, { sdk("/ccagent/v1/verify", "@access_token@"), 200, '"success":true' },
    { sdk("/ccagent/v1/logout", "@access_token@"), 200, '"result":true' }, { sdk("/ccadmin/v1/verify", "@access_token@"), 401 } },
  { "the same program where tokens are of one API", settings = { application_tokens = "own" },
    gives(by_key "/ccadmin/v1/login", 300),
    { sdk("/ccagent/v1/verify", "@access_token@"), 403, '"status":"403"' }, { sdk("/ccadmin/v1/verify", "@access_token@"), 200 } },
  { "somebody who takes a person's token to another API",
    { sdk("/ccadmin/v1/logout", PERSON), 403 }, { sdk("/ccstore/v1/verify", PERSON), 403 }, { sdk("/ccagent/v1/verify", PERSON), 200 } },
  { "the SDK where dead tokens are no 401", settings = { verify_dead_token = "flag" },
    { sdk("/ccagent/v1/verify", "eyJ.never"), 200, '{"success":false}' }, { sdk("/ccagent/v1/logout", "eyJ.never"), 401 } },
  { "a client whose verify says which site it means",
    { [[
POST /ccagent/v1/verify HTTP/1.1
Host: shop.example
Accept: application/json
Authorization: Bearer eyJ.of/a+person.==
x-ccsite: siteUS
Content-Length: 0

]], 200, '"success":true' } },
  { "an agent's search, with bare braces and quotes",
    { [[
GET /ccagent/v1/profiles?q={"email":"a@b.example","limit":20,"pageNumber":0,"requireCount":false} HTTP/1.1
Host: shop.example
Authorization: Bearer eyJ.of/a+person.==
X-CCAsset-Language: en

]], 200, '"items":%[%]' },
    { "GET /ccagent/v1/profiles/110000 HTTP/1.1\nHost: shop.example\nAuthorization: Bearer eyJ.of/a+person.==\n\n", 200, '"id":"110000"' } },
  { "a program that renews its token, the old one in the header",
    gives(by_key "/ccadmin/v1/login", 300), gives(sdk("/ccadmin/v1/refresh", "@access_token@"), 300),
    { sdk("/ccadmin/v1/verify", "@access_token@"), 200 } },
  { "somebody who asks for what an API lacks", { sdk("/ccapp/v1/logout", PERSON), 404 }, { sdk("/ccagent/v2/logout", PERSON), 404 } },
}

for _, path in ipairs { "/ccadmin/v1/login", "/ccadminui/v1/login", "/ccapp/v1/login", "/ccagent/v1/login" } do
  rows[#rows + 1] = { "a program that logs in by its key at " .. path,
    gives(by_key(path), 300), { sdk("/ccadmin/v1/logout", "@access_token@"), 200, '{"result":true}' },
    { sdk("/ccadmin/v1/logout", "@access_token@"), 401 } }
end

for _, row in ipairs(rows) do row.people = people end

return rows
