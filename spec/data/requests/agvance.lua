-- The requests to the Agvance Web API.
-- Sources: the API's own help page of POST ApiUser/LogOff (JSON, XML and their media types) and
-- ASP.NET Web API, which binds a form to a list as "[0].Member=value", from 0 without a gap.

local url = "https://agvance.example"
local log_off = "https://agvance.example/ApiUser/LogOff"
local namespace = "http://schemas.datacontract.org/2004/07/AgvWebAPICSharp.Models.User"

local function sessions_xml(...)
  local rows = {}
  for i, key in ipairs { ... } do rows[i] = "<Session><SessionLogKey>" .. key .. "</SessionLogKey></Session>" end
  return '<ArrayOfSession xmlns="' .. namespace .. '">' .. table.concat(rows) .. "</ArrayOfSession>"
end

local eleven, eleven_form = {}, {}
for i = 0, 10 do
  eleven[i + 1] = "key " .. i
  eleven_form["[" .. i .. "].SessionLogKey"] = "key " .. i
end

local awkward = "a&b<c>\"d'e]]>%0d%0a+ =/\\f\195\188"

return {
  -- JSON, the default
  { name = "logout of one key", operation = "logout", arguments = { "K1" }, options = { url = url },
    request = { method = "POST", url = log_off, json = { { SessionLogKey = "K1" } },
      headers = { ["Content-Type"] = "application/json", ["Accept"] = "application/json" } } },
  { name = "logout of a list of one", operation = "logout", arguments = { { "K1" } }, options = { url = url },
    request = { method = "POST", url = log_off, json = { { SessionLogKey = "K1" } } } },
  { name = "logout of two keys keeps their order", operation = "logout", arguments = { { "K2", "K1" } },
    options = { url = url },
    request = { method = "POST", url = log_off, json = { { SessionLogKey = "K2" }, { SessionLogKey = "K1" } } } },
  { name = "logout, encoding json", operation = "logout", arguments = { "K1" },
    options = { url = url, encoding = "json", accept = "json" },
    request = { method = "POST", url = log_off, json = { { SessionLogKey = "K1" } },
      headers = { ["Content-Type"] = "application/json", ["Accept"] = "application/json" } } },
  { name = "logout, media type text/json", operation = "logout", arguments = { "K1" },
    options = { url = url, encoding = "text/json", accept = "text/json" },
    request = { method = "POST", url = log_off, json = { { SessionLogKey = "K1" } },
      headers = { ["Content-Type"] = "text/json", ["Accept"] = "text/json" } } },
  { name = "logout, JSON, awkward key", operation = "logout", arguments = { awkward }, options = { url = url },
    request = { method = "POST", url = log_off, json = { { SessionLogKey = awkward } } } },
  { name = "logout, JSON, keys that look like other types stay strings", operation = "logout",
    arguments = { { "00123", "1e5", "null", "true", " K1 ", "[]" } }, options = { url = url },
    request = { method = "POST", url = log_off, json = { { SessionLogKey = "00123" }, { SessionLogKey = "1e5" },
      { SessionLogKey = "null" }, { SessionLogKey = "true" }, { SessionLogKey = " K1 " }, { SessionLogKey = "[]" } } } },
  { name = "logout, JSON, control characters and beyond the basic plane", operation = "logout",
    arguments = { "a\tb\r\nc\1\127\240\159\152\128" }, options = { url = url },
    request = { method = "POST", url = log_off, json = { { SessionLogKey = "a\tb\r\nc\1\127\240\159\152\128" } } } },

  -- XML
  { name = "logout, encoding xml", operation = "logout", arguments = { "K1" }, options = { url = url, encoding = "xml" },
    request = { method = "POST", url = log_off, xml = sessions_xml("K1"),
      headers = { ["Content-Type"] = "application/xml", ["Accept"] = "application/json" } } },
  { name = "logout, XML both ways", operation = "logout", arguments = { { "K1", "K2" } },
    options = { url = url, encoding = "xml", accept = "xml" },
    request = { method = "POST", url = log_off, xml = sessions_xml("K1", "K2"),
      headers = { ["Content-Type"] = "application/xml", ["Accept"] = "application/xml" } } },
  { name = "logout, media type application/xml", operation = "logout", arguments = { "K1" },
    options = { url = url, encoding = "application/xml", accept = "application/xml" },
    request = { method = "POST", url = log_off, xml = sessions_xml("K1"),
      headers = { ["Content-Type"] = "application/xml", ["Accept"] = "application/xml" } } },
  { name = "logout, media type text/xml", operation = "logout", arguments = { "K1" },
    options = { url = url, encoding = "text/xml", accept = "text/xml" },
    request = { method = "POST", url = log_off, xml = sessions_xml("K1"),
      headers = { ["Content-Type"] = "text/xml", ["Accept"] = "text/xml" } } },
  { name = "logout, JSON sent and XML wanted", operation = "logout", arguments = { "K1" },
    options = { url = url, accept = "xml" },
    request = { method = "POST", url = log_off, json = { { SessionLogKey = "K1" } },
      headers = { ["Content-Type"] = "application/json", ["Accept"] = "application/xml" } } },
  { name = "logout, XML, markup in keys", operation = "logout", arguments = { { "a&b<c>d", "]]>", "&amp;", "<![CDATA[" } },
    options = { url = url, encoding = "xml" },
    request = { method = "POST", url = log_off,
      xml = sessions_xml("a&amp;b&lt;c&gt;d", "]]&gt;", "&amp;amp;", "&lt;![CDATA[") } },
  { name = "logout, XML, percent, plus, blanks, equals, slash stay as they are", operation = "logout",
    arguments = { { "%0d%0a+ =/", " K1 " } }, options = { url = url, encoding = "xml" },
    request = { method = "POST", url = log_off, xml = sessions_xml("%0d%0a+ =/", " K1 ") } },
  { name = "logout, XML, quotes in text need no escape", operation = "logout", arguments = { "a\"b'c" },
    options = { url = url, encoding = "xml" },
    request = { method = "POST", url = log_off, xml = sessions_xml("a\"b'c") } },
  { name = "logout, XML is UTF-8", operation = "logout", arguments = { "\195\188\226\130\172\240\159\152\128" },
    options = { url = url, encoding = "xml" },
    request = { method = "POST", url = log_off, xml = sessions_xml("\195\188\226\130\172\240\159\152\128") } },

  -- form
  { name = "logout, encoding form", operation = "logout", arguments = { "K1" }, options = { url = url, encoding = "form" },
    request = { method = "POST", url = log_off, form = { ["[0].SessionLogKey"] = "K1" },
      headers = { ["Content-Type"] = "application/x-www-form-urlencoded", ["Accept"] = "application/json" } } },
  { name = "logout, media type of a form", operation = "logout", arguments = { { "K1", "K2" } },
    options = { url = url, encoding = "application/x-www-form-urlencoded", accept = "text/xml" },
    request = { method = "POST", url = log_off, form = { ["[0].SessionLogKey"] = "K1", ["[1].SessionLogKey"] = "K2" },
      headers = { ["Content-Type"] = "application/x-www-form-urlencoded", ["Accept"] = "text/xml" } } },
  { name = "logout, form, awkward keys", operation = "logout", arguments = { { awkward, "a+b c", "x=1&[2].y;z", "100%" } },
    options = { url = url, encoding = "form" },
    request = { method = "POST", url = log_off, form = { ["[0].SessionLogKey"] = awkward, ["[1].SessionLogKey"] = "a+b c",
      ["[2].SessionLogKey"] = "x=1&[2].y;z", ["[3].SessionLogKey"] = "100%" } } },
  { name = "logout, form, indexes run on past nine", operation = "logout", arguments = { eleven },
    options = { url = url, encoding = "form" },
    request = { method = "POST", url = log_off, form = eleven_form } },

  -- the site's own login headers: their names are not public, so all of them are the caller's
  { name = "logout carries the site's headers", operation = "logout", arguments = { "K1" },
    options = { url = url, session_id = "S1", headers = { ["X-Site-Key"] = "k+/=", ["X-Site-Session"] = "S1" } },
    request = { method = "POST", url = log_off, json = { { SessionLogKey = "K1" } },
      headers = { ["X-Site-Key"] = "k+/=", ["X-Site-Session"] = "S1", ["Content-Type"] = "application/json" } } },

  -- the list of sessions
  { name = "sessions", operation = "sessions", arguments = {}, options = { url = url },
    request = { method = "GET", url = "https://agvance.example/ApiUser", headers = { ["Accept"] = "application/json" } },
    no_header = { "Content-Type" } },
  { name = "sessions as XML", operation = "sessions", arguments = {}, options = { url = url, accept = "xml" },
    request = { method = "GET", url = "https://agvance.example/ApiUser", headers = { ["Accept"] = "application/xml" } },
    no_header = { "Content-Type" } },
  { name = "sessions as text/xml, whatever the encoding of bodies", operation = "sessions", arguments = {},
    options = { url = url, accept = "text/xml", encoding = "form" },
    request = { method = "GET", url = "https://agvance.example/ApiUser", headers = { ["Accept"] = "text/xml" } },
    no_header = { "Content-Type" } },
  { name = "sessions carry the site's headers", operation = "sessions", arguments = {},
    options = { url = url, headers = { ["X-Site-Key"] = "k" } },
    request = { method = "GET", url = "https://agvance.example/ApiUser", headers = { ["X-Site-Key"] = "k" } } },

  -- origin, prefix and path
  { name = "url with a final slash", operation = "logout", arguments = { "K1" }, options = { url = url .. "/" },
    request = { method = "POST", url = log_off } },
  { name = "url with a prefix", operation = "logout", arguments = { "K1" }, options = { url = url .. "/gateway/agv" },
    request = { method = "POST", url = "https://agvance.example/gateway/agv/ApiUser/LogOff" } },
  { name = "url with a prefix and a final slash", operation = "sessions", arguments = {},
    options = { url = url .. "/gateway/" },
    request = { method = "GET", url = "https://agvance.example/gateway/ApiUser" } },
  { name = "url with a port", operation = "sessions", arguments = {}, options = { url = "http://127.0.0.1:8080" },
    request = { method = "GET", url = "http://127.0.0.1:8080/ApiUser" } },
  { name = "url of an IPv6 host", operation = "sessions", arguments = {}, options = { url = "https://[::1]:8443/x" },
    request = { method = "GET", url = "https://[::1]:8443/x/ApiUser" } },
  { name = "another path", operation = "logout", arguments = { "K1" }, options = { url = url, path = "api/v2/ApiUser" },
    request = { method = "POST", url = "https://agvance.example/api/v2/ApiUser/LogOff" } },
  { name = "a path with slashes around it", operation = "sessions", arguments = {},
    options = { url = url .. "/", path = "/api/ApiUser/" },
    request = { method = "GET", url = "https://agvance.example/api/ApiUser" } },
}
