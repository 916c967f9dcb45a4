-- SPDX-License-Identifier: MIT
-- The requests of iSymphony's clients: its vendor's module for FreePBX (PHP, curl), and curl as the developer pages show it.

local AUTHORIZATION = "Authorization: Basic bWFuYWdlcjptYW5hZzNycGE1NXdvcmQ=\n"

local function php(method, path, body, authorization)
  return ("%s %s HTTP/1.1\nHost: pbx.example:58080\n%sAccept: */*\n%s\n%s"):format(method, path, authorization or AUTHORIZATION,
    body and "Content-Type: application/json\nContent-Length: *\n" or "", body or "")
end

local OLDER, LIVE = "/communication_manager/api/resource/", "/communication_manager/rest/live/coreServers"

local BY_SLUG = php("GET", OLDER .. "server/coreServers/getBySlug/default")

local UUID = "%x+%-%x+%-%x+%-%x+%-%x+"

local people = { users = { { user_name = "4224", displayed_name = "Desk 4224", licensed = false, logins = {} } } }

local rows = {
  { "the vendor's module, which looks for a server and its users",
    { BY_SLUG, 200, '{"id":"' .. UUID .. '"', '"slug":"default"', keep = { id = "core" } },
    { php("GET", OLDER .. "core/@core@/users"), 200, '%[{"id":"', '"username":"4224"', '"full":false', "!userName" } },
  { "the vendor's module, where no such server is", { php("GET", OLDER .. "server/coreServers/getBySlug/other"), 404 } },
  { "the vendor's module with a wrong password",
    { php("GET", OLDER .. "server/coreServers/getBySlug/default", nil, "Authorization: Basic bWFuYWdlcjp3cm9uZw==\n"), 401,
      'WWW%-Authenticate: Basic realm="' },
    { php("GET", OLDER .. "server/coreServers/getBySlug/default", nil, ""), 401 } },
  { "the vendor's module, as the developer pages have its refusal", settings = { unauthorized_status = 403 },
    { php("GET", OLDER .. "server/coreServers/getBySlug/default", nil, ""), 403, "!WWW%-Authenticate" } },
  { "the vendor's module from an address that is not listed", settings = { acl = { "192.0.2.1" } }, { BY_SLUG, 403, "!WWW%-Authenticate" } },
  { "the vendor's module, where the server wants TLS", settings = { ssl_required = true },
    { BY_SLUG, 302, "Location: https://pbx.example:%d+/communication_manager/api/resource/server/coreServers/getBySlug/default" } },
  { "the vendor's module, where no licence is bound", settings = { license_bound = false },
    { BY_SLUG, 307, "Location: http://pbx.example:%d+/communication_manager/" },
    { php("GET", OLDER .. "server/coreServers/getBySlug/default", nil, ""), 401 } },
  { "a client that lists what runs",
    { php("GET", LIVE), 200, '%[{"id":"' .. UUID .. '","configurationId":"' .. UUID .. '","slug":"default"' },
    { php("GET", LIVE .. "/@id@"), 200, '"slug":"default"' },
    { php("GET", LIVE .. "/getByName/default"), 200, '"slug":"default"' }, { php("GET", LIVE .. "/@id@/users"), 200, '"userName":"4224"' },
    { php("GET", LIVE .. "/@configurationId@"), 404 }, { php("GET", LIVE .. "/getByName/other"), 404 }, { php("POST", LIVE, "{}"), 405 } },
  { "a client of the configuration",
    { php("GET", "/communication_manager/rest/config/server/coreServers"), 200, '%[{"id":"' .. UUID .. '","slug":"default","name":"', "!configurationId" },
    { php("GET", "/communication_manager/rest/config/server/coreServers/getByName/default"), 200 } },
  { "the manual's curl, which sets a status",
    { [[
POST /communication_manager/rest/live/coreServers/getByName/default/users/getByName/ana.silva/status/set HTTP/1.1
Host: pbx.example:58080
Authorization: Basic bWFuYWdlcjptYW5hZzNycGE1NXdvcmQ=
User-Agent: curl/7.35.0
Accept: */*
Content-Type: application/json
Content-Length: *

{"name":"Lunch","type":"away","note":"Back soon","returnTime":499132800}]], 204 },
    { php("GET", LIVE .. "/getByName/default/users/getByName/ana.silva/status"), 200, '"name":"Lunch","type":"away","note":"Back soon","returnTime":499132800' } },
  { "the manual's curl as it is printed, without a user", { php("GET", LIVE .. "/getByName/default/users/status"), 404 } },
}

local STATUS = php("GET", LIVE .. "/getByName/default/users/getByName/ana.silva/status")

local function whole(full)
  return ('{"id":"@user@","username":"ana.silva","password":"made-up","enabled":true,"full":%s}'):format(full)
end

-- The whole object is sent back, with what the module wants to be otherwise; `noHash` where the password is hashed already.
for _, way in ipairs { "", "noHash/" } do
  local address = OLDER .. "core/@core@/users/" .. way
  rows[#rows + 1] = { "the vendor's module, which takes and gives a licence by " .. address,
    { BY_SLUG, 200, keep = { id = "core" } }, { php("GET", OLDER .. "core/@core@/users"), 200, '"username":"ana.silva"', keep = { id = "user" } },
    { STATUS, 200 }, { php("PUT", address .. "@user@", whole "false"), 204 }, { STATUS, 403, "not licensed" },
    { php("PUT", address .. "@user@", whole "true"), 204 }, { STATUS, 200 },
    { php("PUT", address .. "@user@", "{"), 412 }, { php("PUT", address .. "00000000-0000-4000-8000-000000000000", whole "true"), 404 },
    { php("GET", address .. "@user@"), 405 } }
end

for _, row in ipairs(rows) do row.people = people end

return rows
