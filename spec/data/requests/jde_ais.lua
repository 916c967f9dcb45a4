-- The requests to the JD Edwards AIS Server.
-- Sources: Oracle's REST API for JD Edwards EnterpriseOne AIS Server (jde-logout and jde-validate-session,
-- both GET) and its AIS Server Reference Guide (the device header). The name jde-AIS-Device stands
-- only in the manual's prose; no client sends it.

local base64 = require("spec.support.encodings").base64

local url = "https://ais.example"
local log_out = "https://ais.example/jderest/v2/orchestrator/jde-logout"
local validate = "https://ais.example/jderest/v2/orchestrator/jde-validate-session"
local vendor_token = "044MyjuQDgaZAYfKd0ZEAUqM6x1LcnwBAblOqcGLL9KN98="
  .. "MDE5MDEyNjU0MzUyNzQ1ODIwMjE1MTY5NTEwLjcxLjYyLjEyMzE3NTcxMDA0NjI3OTI="
local no_body = { "Content-Type", "jde-AIS-Device" }
local no_device = { "Content-Type", "jde-AIS-Device", "jde-AIS-Auth-Device" }

local rows = {
  { name = "logout of a token", operation = "logout", arguments = { "044AbC=" }, options = { url = url },
    request = { method = "GET", url = log_out,
      headers = { ["jde-AIS-Auth"] = "044AbC=", ["Accept"] = "application/json" } },
    no_header = no_device },
  { name = "logout of a token in a table", operation = "logout", arguments = { { token = "044AbC=" } },
    options = { url = url },
    request = { method = "GET", url = log_out, headers = { ["jde-AIS-Auth"] = "044AbC=" } }, no_header = no_device },
  { name = "logout of a token and its device", operation = "logout",
    arguments = { { token = "044AbC=", device = "PHONE1" } }, options = { url = url },
    request = { method = "GET", url = log_out, headers = { ["jde-AIS-Auth"] = "044AbC=",
      ["jde-AIS-Auth-Device"] = "PHONE1", ["Accept"] = "application/json" } },
    no_header = no_body },
  { name = "status of a token", operation = "status", arguments = { "044AbC=" }, options = { url = url },
    request = { method = "GET", url = validate,
      headers = { ["jde-AIS-Auth"] = "044AbC=", ["Accept"] = "application/json" } },
    no_header = no_device },
  { name = "status of a token and its device", operation = "status",
    arguments = { { token = "044AbC=", device = "PHONE1" } }, options = { url = url },
    request = { method = "GET", url = validate, headers = { ["jde-AIS-Auth"] = "044AbC=",
      ["jde-AIS-Auth-Device"] = "PHONE1" } },
    no_header = no_body },

  -- the device: the target's, else the client's, else none
  { name = "logout, the client's device", operation = "logout", arguments = { "044AbC=" },
    options = { url = url, device = "DESK9" },
    request = { method = "GET", url = log_out, headers = { ["jde-AIS-Auth"] = "044AbC=",
      ["jde-AIS-Auth-Device"] = "DESK9" } },
    no_header = no_body },
  { name = "status, the client's device for a table without one", operation = "status",
    arguments = { { token = "044AbC=" } }, options = { url = url, device = "DESK9" },
    request = { method = "GET", url = validate, headers = { ["jde-AIS-Auth-Device"] = "DESK9" } }, no_header = no_body },
  { name = "logout, the target's device wins", operation = "logout",
    arguments = { { token = "044AbC=", device = "PHONE1" } }, options = { url = url, device = "DESK9" },
    request = { method = "GET", url = log_out, headers = { ["jde-AIS-Auth-Device"] = "PHONE1" } }, no_header = no_body },
  { name = "a device with blanks and signs", operation = "status",
    arguments = { { token = "044AbC=", device = "FRONT DESK&1 %0d%0a<a>\"b\"+=/" } }, options = { url = url },
    request = { method = "GET", url = validate,
      headers = { ["jde-AIS-Auth-Device"] = "FRONT DESK&1 %0d%0a<a>\"b\"+=/" } } },

  -- the token: the manual's sample, verbatim, in no URL
  { name = "the manual's token goes as it is", operation = "logout", arguments = { vendor_token }, options = { url = url },
    request = { method = "GET", url = log_out, headers = { ["jde-AIS-Auth"] = vendor_token } } },
  { name = "status, the manual's token goes as it is", operation = "status", arguments = { vendor_token },
    options = { url = url },
    request = { method = "GET", url = validate, headers = { ["jde-AIS-Auth"] = vendor_token } } },
  { name = "percent, plus, slash and markup in a token are not encoded", operation = "logout",
    arguments = { "044a+b/c==%0d%0a&<>\"'" }, options = { url = url },
    request = { method = "GET", url = log_out, headers = { ["jde-AIS-Auth"] = "044a+b/c==%0d%0a&<>\"'" } } },
  { name = "the client's own token", operation = "logout", arguments = {},
    options = { url = url, token = "044Own=", device = "DESK9" },
    request = { method = "GET", url = log_out, headers = { ["jde-AIS-Auth"] = "044Own=",
      ["jde-AIS-Auth-Device"] = "DESK9" } } },
  { name = "status of the client's own token", operation = "status", arguments = {},
    options = { url = url, token = "044Own=" },
    request = { method = "GET", url = validate, headers = { ["jde-AIS-Auth"] = "044Own=" } }, no_header = no_device },
  { name = "the argument wins over the client's own token", operation = "logout", arguments = { "044AbC=" },
    options = { url = url, token = "044Own=" },
    request = { method = "GET", url = log_out, headers = { ["jde-AIS-Auth"] = "044AbC=" } } },

  -- formats
  { name = "logout, XML wanted", operation = "logout", arguments = { "044AbC=" }, options = { url = url, accept = "xml" },
    request = { method = "GET", url = log_out, headers = { ["Accept"] = "application/xml" } }, no_header = no_device },
  { name = "status, XML wanted", operation = "status", arguments = { "044AbC=" }, options = { url = url, accept = "xml" },
    request = { method = "GET", url = validate, headers = { ["Accept"] = "application/xml" } }, no_header = no_device },
  { name = "logout, a media type wanted", operation = "logout", arguments = { "044AbC=" },
    options = { url = url, accept = "application/xml" },
    request = { method = "GET", url = log_out, headers = { ["Accept"] = "application/xml" } }, no_header = no_device },
  { name = "logout, JSON wanted", operation = "logout", arguments = { "044AbC=" }, options = { url = url, accept = "json" },
    request = { method = "GET", url = log_out, headers = { ["Accept"] = "application/json" } }, no_header = no_device },

  -- origin, prefix and path
  { name = "url with a final slash", operation = "logout", arguments = { "044AbC=" }, options = { url = url .. "/" },
    request = { method = "GET", url = log_out } },
  { name = "url with a prefix", operation = "logout", arguments = { "044AbC=" }, options = { url = url .. "/erp/prod" },
    request = { method = "GET", url = "https://ais.example/erp/prod/jderest/v2/orchestrator/jde-logout" } },
  { name = "status, url with a prefix and a final slash", operation = "status", arguments = { "044AbC=" },
    options = { url = url .. "/erp/" },
    request = { method = "GET", url = "https://ais.example/erp/jderest/v2/orchestrator/jde-validate-session" } },
  { name = "url with a port", operation = "logout", arguments = { "044AbC=" }, options = { url = "http://127.0.0.1:9300" },
    request = { method = "GET", url = "http://127.0.0.1:9300/jderest/v2/orchestrator/jde-logout" } },
  { name = "version 3 by path", operation = "logout", arguments = { "044AbC=" },
    options = { url = url, path = "jderest/v3" },
    request = { method = "GET", url = "https://ais.example/jderest/v3/orchestrator/jde-logout" } },
  { name = "status, a path with slashes around it", operation = "status", arguments = { "044AbC=" },
    options = { url = url, path = "/jderest/v3/" },
    request = { method = "GET", url = "https://ais.example/jderest/v3/orchestrator/jde-validate-session" } },

  -- a site's further headers
  { name = "headers of the site", operation = "logout", arguments = { "044AbC=" },
    options = { url = url, headers = { ["X-Gateway-Key"] = "k+/=" } },
    request = { method = "GET", url = log_out, headers = { ["X-Gateway-Key"] = "k+/=", ["jde-AIS-Auth"] = "044AbC=" } },
    no_header = no_device },
}

-- All published tokens have one form, in which the device stands; what differs from it names none.
local RUN = base64(("\1\254k"):rep(10) .. "k\3") -- 44 digits, the last of them '='
local COUNT, DIGITS, EXTRA, TIME = "019", "0084661461440001392", "041", "1740489752891"

local function token(name, parts)
  parts = parts or {}
  local owner = (parts.count or COUNT) .. (parts.digits or DIGITS) .. (parts.extra or EXTRA) .. name .. (parts.time or TIME)
  return (parts.length or "044") .. (parts.run or RUN) .. (parts.second or base64(owner)) .. (parts.behind or "")
end

local function names(name, device, given, options)
  for _, operation in ipairs { "logout", "status" } do
    rows[#rows + 1] = { name = ("%s of a token, %s"):format(operation, name), operation = operation, arguments = { given },
      options = options or { url = url }, no_header = not device and { "jde-AIS-Auth-Device" } or nil,
      request = { method = "GET", url = operation == "logout" and log_out or validate, headers = { ["jde-AIS-Auth-Device"] = device } } }
  end
end

for _, device in ipairs { "Postman1", "RITA-LAPTOP", "x", "A B (50%)", "1234567890123", "10.71.62", "10.71.62.1234x", "a:b", ("d"):rep(200) } do
  names("the token names " .. device, device, token(device))
  names("the token names the device behind 18 digits, " .. device, device, token(device, { count = "018", digits = DIGITS:sub(2) }))
end
for _, address in ipairs { "10.71.62.123", "127.0.0.1", "::1", "fe80::1%eth0", "2001:db8::ff" } do
  names("the token names an address, " .. address, nil, token(address))
end
for what, other in pairs {
  ["no name stands in it"] = token "", ["a line break stands in it"] = token "a\r\nX: y", ["a NUL stands in it"] = token "a\0b", ["a blank stands in front"] = token " a",
  ["a byte beyond ASCII stands in it"] = token "caf\195\169", ["no time stands behind"] = token("PC", { time = "174048975289x" }),
  ["too few digits stand in front"] = token("PC", { digits = "00846614614400013" }), ["a letter stands among the digits"] = token("PC", { digits = "008466146144000139x" }),
  ["more digits are said than stand there"] = token("PC", { count = "999" }), ["no number is in front"] = token("PC", { count = "0x9" }),
  ["another length of the first run"] = token("PC", { length = "040" }), ["a length beyond the end"] = token("PC", { length = "999" }),
  ["a letter in the length"] = token("PC", { length = "04A" }), ["no Base64 in front"] = token("PC", { run = ("-"):rep(43) .. "=" }),
  ["no Base64 behind"] = token("PC", { second = "MDE5-_zz" }), ["nothing behind"] = token("PC", { second = "" }), ["something behind that"] = token("PC", { behind = "A" }),
  ["padding twice"] = token("PC", { behind = "====" }), ["three digits"] = "044", ["two digits"] = "04", ["the first run alone"] = "044" .. RUN,
} do
  names(what, nil, other)
end
names("the target's device wins over the token's", "GIVEN", { token = token "PC", device = "GIVEN" })
names("the client's device wins over the token's", "GIVEN", token "PC", { url = url, device = "GIVEN" })
names("the token of a table names a device", "PC", { token = token "PC" })
names("the client's own token names a device", "PC", nil, { url = url, token = token "PC" })

return rows
