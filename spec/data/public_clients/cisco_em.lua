-- SPDX-License-Identifier: MIT
-- The requests of Extension Mobility's clients: Cisco's samples, an application server's actions (.NET), and programs in Java, Python,
-- Node and C#. All of them write the document by hand, each in its own way.

local people = {
  application_users = { { name = "ccmuser", password = "a&b +%" } }, users = { { name = "em@cisco.com", profiles = { "P1" } }, { name = "john", profiles = { "P1" } } },
  devices = { { name = "SEP402CF4915265", user = "em@cisco.com", last_user = "em" }, { name = "SEP1" }, { name = "test_secure" } },
}

local SERVLET = "/emservice/EMServiceServlet"

local function post(body, headers, path)
  return ([[
POST %s HTTP/1.1
Host: ucm.example:8443
%sContent-Type: application/x-www-form-urlencoded
Content-Length: *

%s]]):format(path or SERVLET, headers or "", body)
end

-- Percent-encoding as the programs have it: `hex` upper or lower, blanks as `space`, and signs that stay.
local function encoded(text, hex, space, kept)
  return "xml=" .. text:gsub("[^%w" .. kept .. "]", function(sign)
    return sign == " " and space or hex:format(sign:byte())
  end)
end

local function lower(text) return encoded(text, "%%%02x", "+", "%-_.!*()") end -- .NET, and Cisco's page
local function java(text) return encoded(text, "%%%02X", "+", "%-_.*") end
local function node(text) return encoded(text, "%%%02X", "%20", "%-_.!~*'()") end

local function document(root, action, password)
  return ("<%s><appInfo><appID>ccmuser</appID><appCertificate>%s</appCertificate></appInfo>%s</%s>"):format(
    root, password or "a&amp;b +%", action, root)
end

local LOGOUT = document("request", "<logout><deviceName>SEP402CF4915265</deviceName></logout>")
local LOGIN = document("request", "<login><deviceName>SEP1</deviceName><userID>john</userID><deviceProfile>P1</deviceProfile>"
  .. "<exclusiveDuration><time>60</time></exclusiveDuration></login>")
local DEVICES = document("query", "<deviceUserQuery><deviceName>SEP402CF4915265</deviceName><deviceName>test_secure</deviceName>"
  .. "<deviceName>SEP9</deviceName></deviceUserQuery>")
local USERS = document("query", "<userDevicesQuery><userID>john</userID><userID>em@cisco.com</userID><userID>nobody</userID></userDevicesQuery>")

-- A phone's children: the user, the last one, the cluster. Two clients read them by their order.
local SITS = '<device name="SEP402CF4915265">%s*<userID>em%%40cisco.com</userID>%s*<lastlogin>em</lastlogin>%s*<emccDevice>no</emccDevice>%s*</device>'
local NEVER = '<device name="test_secure">%s*<none/>%s*<none/>%s*<emccDevice>no</emccDevice>%s*</device>'
local UNKNOWN = '<device name="SEP9">%s*<doesNotExist/>%s*</device>'

local DONE = "<response><success/></response>"

local function code(number)
  return '<failure><error code="' .. number .. '">'
end

local rows = {
  { "Cisco's page: the same body in small hexadecimal digits", { post(lower(LOGOUT)), 200, DONE }, { post(lower(LOGOUT)), 200, code(19) } },
  { "a program in Node", { post(node(DEVICES)), 200, SITS, NEVER, UNKNOWN }, { post(node(LOGOUT)), 200, DONE },
    { post(node(DEVICES)), 200, '<device name="SEP402CF4915265">%s*<none/>%s*<lastlogin>em@cisco.com</lastlogin>' } },
  { "Cisco's sample in Java, whose body ends with a line", { post(java(LOGOUT) .. "\r\n"), 200, DONE } },
  { "an older Java program, which sends credentials of another service along",
    { post(java(USERS), "Authorization: Basic YXhsOmF4bA==\n"), 200, '<user id="john">%s*<none/>%s*</user>',
      '<user id="em%%40cisco.com">%s*<deviceName>SEP402CF4915265</deviceName>%s*</user>', '<user id="nobody">%s*<doesNotExist/>%s*</user>' } },
  { "an application server's action (.NET)", { post(lower(LOGOUT), "Connection: close\n"), 200, "Connection: close", DONE } },
  { "the same where no user sits", { post(lower(document("request", "<logout><deviceName>SEP1</deviceName></logout>"))), 200, code(19) } },
  { "the same with a wrong password", { post(lower(document("request", "<logout><deviceName>SEP1</deviceName></logout>", "x"))), 200, code(3) } },
  { "a program in Python, which indents the whole document",
    { post(encoded("\n        " .. LOGIN:gsub("><", ">\n            <"), "%%%02X", "+", "%-_.")), 200, DONE },
    { post(node(USERS)), 200, '<user id="john">%s*<deviceName>SEP1</deviceName>%s*</user>' } },
  { "a program that names the user in a logout, which the document type does not allow",
    { post(node(document("request", "<logout><deviceName>SEP402CF4915265</deviceName><userID>em@cisco.com</userID></logout>"))), 200, code(1) },
    { post(node(DEVICES)), 200, SITS } },
  { "a program whose XML library writes a declaration", { post(node('<?xml version="1.0" encoding="utf-8"?>' .. LOGOUT)), 200, code(1) } },
  { "a program that posts XML itself",
    { ("POST %s HTTP/1.1\nHost: ucm.example\nContent-Type: text/xml\nContent-Length: *\n\n%s"):format(SERVLET, LOGOUT), 200, code(1) } },
  { "a program that writes the address in small letters", { post(node(LOGOUT), nil, SERVLET:lower()), 404 } },
  { "Cisco's page: profiles of a user",
    { post(node(document("query", "<deviceProfileQuery><userID>john</userID></deviceProfileQuery>"))), 200, "<deviceProfileName>P1</deviceProfileName>" } },
  { "the application server, told that it is 3.3",
    { post(lower(LOGOUT), nil, "/LoginService/login.asp"), 200, DONE },
    { post(lower(DEVICES), nil, "/LoginService/query.asp"), 200, '<device name="SEP402CF4915265">%s*<none/>%s*</device>' } },
}

-- One company's program puts all of it into the address.
local function get(text)
  return ("GET %s?%s HTTP/1.1\nHost: ucm.example:8080\nUser-Agent: python-requests/2.9.1\nAccept: */*\n\n"):format(SERVLET, text)
end

rows[#rows + 1] = { "a program that asks by GET", { get(node(LOGOUT)), 405, "Allow: POST" }, { post(node(DEVICES)), 200, SITS } }
rows[#rows + 1] = { "a program that asks by GET, where that is taken", settings = { get = true },
  { get(java(DEVICES)), 200, SITS }, { get(node(LOGIN)), 200, DONE }, { get(lower(LOGOUT)), 200, DONE }, { get(node(LOGOUT)), 200, code(19) },
  { get(node(LOGOUT)):gsub("%?xml=", "?x="), 200, code(1) }, { get(node(LOGOUT)):gsub("^GET", "PUT"), 405 } }

for _, row in ipairs(rows) do row.people = people end

return rows
