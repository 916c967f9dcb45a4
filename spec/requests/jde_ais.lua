-- What the client sends to the JD Edwards AIS Server.
-- Sources: Oracle's REST API for JD Edwards EnterpriseOne AIS Server (jde-logout and jde-validate-session,
-- both GET) and its AIS Server Reference Guide (the device header). The name jde-AIS-Device stands
-- only in the manual's prose; no client sends it.

local url = "https://ais.example"
local log_out = "https://ais.example/jderest/v2/orchestrator/jde-logout"
local validate = "https://ais.example/jderest/v2/orchestrator/jde-validate-session"
local vendor_token = "044MyjuQDgaZAYfKd0ZEAUqM6x1LcnwBAblOqcGLL9KN98="
  .. "MDE5MDEyNjU0MzUyNzQ1ODIwMjE1MTY5NTEwLjcxLjYyLjEyMzE3NTcxMDA0NjI3OTI="
local no_body = { "Content-Type", "jde-AIS-Device" }
local no_device = { "Content-Type", "jde-AIS-Device", "jde-AIS-Auth-Device" }

return {
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
