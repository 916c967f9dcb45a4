-- The requests to the Extension Mobility service.
-- `form.xml` is the value after form decoding: no declaration, no blanks, elements in the order of the DTD.

local FORM = { ["Content-Type"] = "application/x-www-form-urlencoded" }
local NO_LOGIN = { "Authorization", "Cookie" } -- credentials travel in appInfo only
local SERVLET = "https://ucm.example:8443/emservice/EMServiceServlet"
local UCM = { host = "ucm.example:8443", app_id = "emapp", app_certificate = "s3cret" }
local APP = "<appInfo><appID>emapp</appID><appCertificate>s3cret</appCertificate></appInfo>"
local LOGOUT = "<request>" .. APP .. "<logout><deviceName>SEP001122334455</deviceName></logout></request>"
local DEVICE_QUERY = "<query>" .. APP
  .. "<deviceUserQuery><deviceName>SEP001122334455</deviceName></deviceUserQuery></query>"
local USER_QUERY = "<query>" .. APP .. "<userDevicesQuery><userID>john</userID></userDevicesQuery></query>"

-- the client of UCM with other options
local function with(changes)
  local options = { app_id = UCM.app_id, app_certificate = UCM.app_certificate }
  for name, value in pairs(changes) do options[name] = value end
  return options
end

-- one POST of the XML to the servlet, or to another URL
local function post(xml, url)
  return { method = "POST", url = url or SERVLET, headers = FORM, form = { xml = xml } }
end

local function logout_of(device)
  return "<request>" .. APP .. "<logout><deviceName>" .. device .. "</deviceName></logout></request>"
end

local function login_with(rest)
  return "<request>" .. APP .. "<login><deviceName>SEP001122334455</deviceName>" .. rest .. "</login></request>"
end

return {
  -- Operations.
  { name = "logout", operation = "logout", arguments = { "SEP001122334455" }, options = UCM,
    request = post(LOGOUT), no_header = NO_LOGIN },
  { name = "status is a device query of one", operation = "status", arguments = { "SEP001122334455" }, options = UCM,
    request = post(DEVICE_QUERY), no_header = NO_LOGIN },
  { name = "query of one device", operation = "query_devices", arguments = { { "SEP001122334455" } }, options = UCM,
    request = post(DEVICE_QUERY), no_header = NO_LOGIN },
  { name = "query of several devices, in the order asked", operation = "query_devices",
    arguments = { { "SEP003", "SEP001", "CSFJOHN", "test_secure" } }, options = UCM,
    request = post("<query>" .. APP .. "<deviceUserQuery><deviceName>SEP003</deviceName><deviceName>SEP001</deviceName>"
      .. "<deviceName>CSFJOHN</deviceName><deviceName>test_secure</deviceName></deviceUserQuery></query>"),
    no_header = NO_LOGIN },
  { name = "query of one user", operation = "query_users", arguments = { { "john" } }, options = UCM,
    request = post(USER_QUERY), no_header = NO_LOGIN },
  { name = "query of several users, in the order asked", operation = "query_users",
    arguments = { { "mary", "john", "ann" } }, options = UCM,
    request = post("<query>" .. APP .. "<userDevicesQuery><userID>mary</userID><userID>john</userID>"
      .. "<userID>ann</userID></userDevicesQuery></query>"),
    no_header = NO_LOGIN },

  -- Login: deviceName, userID, deviceProfile?, exclusiveDuration?; what is not given is left out.
  { name = "login, as little as possible", operation = "login",
    arguments = { { device = "SEP001122334455", user = "john" } }, options = UCM,
    request = post(login_with("<userID>john</userID>")), no_header = NO_LOGIN },
  { name = "login with a profile", operation = "login",
    arguments = { { device = "SEP001122334455", user = "john", profile = "UserDevProf" } }, options = UCM,
    request = post(login_with("<userID>john</userID><deviceProfile>UserDevProf</deviceProfile>")) },
  { name = "login for minutes", operation = "login",
    arguments = { { device = "SEP001122334455", user = "john", minutes = 60 } }, options = UCM,
    request = post(login_with("<userID>john</userID><exclusiveDuration><time>60</time></exclusiveDuration>")) },
  { name = "login without an end", operation = "login",
    arguments = { { device = "SEP001122334455", user = "john", indefinite = true } }, options = UCM,
    request = post(login_with("<userID>john</userID><exclusiveDuration><indefinite/></exclusiveDuration>")) },
  { name = "login, indefinite = false is as good as nothing", operation = "login",
    arguments = { { device = "SEP001122334455", user = "john", indefinite = false, minutes = 1440 } }, options = UCM,
    request = post(login_with("<userID>john</userID><exclusiveDuration><time>1440</time></exclusiveDuration>")) },
  { name = "login with everything", operation = "login",
    arguments = { { minutes = 60, profile = "R&D profile", user = "em@cisco.com", device = "SEP001122334455" } },
    options = UCM,
    request = post(login_with("<userID>em@cisco.com</userID><deviceProfile>R&amp;D profile</deviceProfile>"
      .. "<exclusiveDuration><time>60</time></exclusiveDuration>")) },

  -- Where to: a host.
  { name = "host without a port: none is added", operation = "logout", arguments = { "SEP001122334455" },
    options = with { host = "10.1.1.5" },
    request = post(LOGOUT, "https://10.1.1.5/emservice/EMServiceServlet") },
  { name = "host with a port", operation = "logout", arguments = { "SEP001122334455" },
    options = with { host = "10.1.1.5:8443" },
    request = post(LOGOUT, "https://10.1.1.5:8443/emservice/EMServiceServlet") },
  { name = "host, an IPv6 address", operation = "logout", arguments = { "SEP001122334455" },
    options = with { host = "[2001:db8::5]:8443" },
    request = post(LOGOUT, "https://[2001:db8::5]:8443/emservice/EMServiceServlet") },
  { name = "host without TLS", operation = "logout", arguments = { "SEP001122334455" },
    options = with { host = "10.1.1.5:8080", tls = false },
    request = post(LOGOUT, "http://10.1.1.5:8080/emservice/EMServiceServlet") },
  { name = "host with TLS said", operation = "query_users", arguments = { { "john" } },
    options = with { host = "10.1.1.5:8443", tls = true },
    request = post(USER_QUERY, "https://10.1.1.5:8443/emservice/EMServiceServlet") },
  { name = "host wins over url", operation = "logout", arguments = { "SEP001122334455" },
    options = with { host = "10.1.1.5:8443", url = "http://other.example/elsewhere" },
    request = post(LOGOUT, "https://10.1.1.5:8443/emservice/EMServiceServlet") },

  -- Where to: the version.
  { name = "version other", operation = "logout", arguments = { "SEP001122334455" },
    options = with { host = "10.1.1.5:8443", version = "other" },
    request = post(LOGOUT, "https://10.1.1.5:8443/emservice/EMServiceServlet") },
  { name = "version undefined acts as other", operation = "logout", arguments = { "SEP001122334455" },
    options = with { host = "10.1.1.5:8443", version = "undefined" },
    request = post(LOGOUT, "https://10.1.1.5:8443/emservice/EMServiceServlet") },
  { name = "version undefined, query", operation = "query_devices", arguments = { { "SEP001122334455" } },
    options = with { host = "10.1.1.5:8443", version = "undefined" },
    request = post(DEVICE_QUERY, "https://10.1.1.5:8443/emservice/EMServiceServlet") },
  { name = "v333 logs out at login.asp, without TLS", operation = "logout", arguments = { "SEP001122334455" },
    options = with { host = "10.1.1.5", version = "v333" },
    request = post(LOGOUT, "http://10.1.1.5/LoginService/login.asp") },
  { name = "v333 logs in at login.asp", operation = "login",
    arguments = { { device = "SEP001122334455", user = "john" } },
    options = with { host = "10.1.1.5:80", version = "v333" },
    request = post(login_with("<userID>john</userID>"), "http://10.1.1.5:80/LoginService/login.asp") },
  { name = "v333 queries devices at query.asp", operation = "query_devices", arguments = { { "SEP001122334455" } },
    options = with { host = "10.1.1.5", version = "v333" },
    request = post(DEVICE_QUERY, "http://10.1.1.5/LoginService/query.asp") },
  { name = "v333 queries users at query.asp", operation = "query_users", arguments = { { "john" } },
    options = with { host = "10.1.1.5", version = "v333" },
    request = post(USER_QUERY, "http://10.1.1.5/LoginService/query.asp") },
  { name = "v333 status at query.asp", operation = "status", arguments = { "SEP001122334455" },
    options = with { host = "10.1.1.5", version = "v333" },
    request = post(DEVICE_QUERY, "http://10.1.1.5/LoginService/query.asp") },
  { name = "v333 with TLS said", operation = "logout", arguments = { "SEP001122334455" },
    options = with { host = "10.1.1.5", version = "v333", tls = true },
    request = post(LOGOUT, "https://10.1.1.5/LoginService/login.asp") },

  -- Where to: a URL, taken as it stands.
  { name = "url verbatim", operation = "logout", arguments = { "SEP001122334455" },
    options = with { url = "https://gw.example:9443/ucm/hq/EMServiceServlet" },
    request = post(LOGOUT, "https://gw.example:9443/ucm/hq/EMServiceServlet") },
  { name = "url without TLS", operation = "logout", arguments = { "SEP001122334455" },
    options = with { url = "http://10.1.1.5:8080/emservice/EMServiceServlet" },
    request = post(LOGOUT, "http://10.1.1.5:8080/emservice/EMServiceServlet") },
  { name = "url serves queries too", operation = "query_devices", arguments = { { "SEP001122334455" } },
    options = with { url = "https://gw.example:9443/ucm/hq/EMServiceServlet" },
    request = post(DEVICE_QUERY, "https://gw.example:9443/ucm/hq/EMServiceServlet") },
  { name = "query_url takes the queries of devices", operation = "query_devices", arguments = { { "SEP001122334455" } },
    options = with { url = "http://10.1.1.5/em/login.asp", query_url = "http://10.1.1.5/em/query.asp" },
    request = post(DEVICE_QUERY, "http://10.1.1.5/em/query.asp") },
  { name = "query_url takes the queries of users", operation = "query_users", arguments = { { "john" } },
    options = with { url = "http://10.1.1.5/em/login.asp", query_url = "http://10.1.1.5/em/query.asp" },
    request = post(USER_QUERY, "http://10.1.1.5/em/query.asp") },
  { name = "query_url takes status", operation = "status", arguments = { "SEP001122334455" },
    options = with { url = "http://10.1.1.5/em/login.asp", query_url = "http://10.1.1.5/em/query.asp" },
    request = post(DEVICE_QUERY, "http://10.1.1.5/em/query.asp") },
  { name = "query_url does not take the logout", operation = "logout", arguments = { "SEP001122334455" },
    options = with { url = "http://10.1.1.5/em/login.asp", query_url = "http://10.1.1.5/em/query.asp" },
    request = post(LOGOUT, "http://10.1.1.5/em/login.asp") },
  { name = "query_url does not take the login", operation = "login",
    arguments = { { device = "SEP001122334455", user = "john" } },
    options = with { url = "http://10.1.1.5/em/login.asp", query_url = "http://10.1.1.5/em/query.asp" },
    request = post(login_with("<userID>john</userID>"), "http://10.1.1.5/em/login.asp") },

  -- Awkward values: XML escaping first, form encoding after. Quotes need none in text.
  { name = "markup in a device", operation = "logout", arguments = { "</deviceName></logout><logoutAll/>" },
    options = UCM, request = post(logout_of("&lt;/deviceName&gt;&lt;/logout&gt;&lt;logoutAll/&gt;")) },
  { name = "ampersand", operation = "logout", arguments = { "a&b" }, options = UCM,
    request = post(logout_of("a&amp;b")) },
  { name = "what is escaped already is escaped again", operation = "logout", arguments = { "a&amp;b&#38;" },
    options = UCM, request = post(logout_of("a&amp;amp;b&amp;#38;")) },
  { name = "quotes", operation = "logout", arguments = { "\"it's\"" }, options = UCM,
    request = post(logout_of("\"it's\"")) },
  { name = "end of a CDATA section", operation = "logout", arguments = { "a]]>b" }, options = UCM,
    request = post(logout_of("a]]&gt;b")) },
  { name = "start of a CDATA section", operation = "logout", arguments = { "<![CDATA[x" }, options = UCM,
    request = post(logout_of("&lt;![CDATA[x")) },
  { name = "encoded line ends stay text", operation = "logout", arguments = { "a%0d%0aHost: x" }, options = UCM,
    request = post(logout_of("a%0d%0aHost: x")) },
  { name = "plus, space, percent, equals, semicolon", operation = "logout", arguments = { "a+b c%20d=e;f" },
    options = UCM, request = post(logout_of("a+b c%20d=e;f")) },
  { name = "a second form field", operation = "logout", arguments = { "x&xml=<request/>" }, options = UCM,
    request = post(logout_of("x&amp;xml=&lt;request/&gt;")) },
  { name = "slash, question mark, hash", operation = "logout", arguments = { "../a/b?c#d" }, options = UCM,
    request = post(logout_of("../a/b?c#d")) },
  { name = "UTF-8", operation = "query_users",
    arguments = { { "ren\195\169", "\230\156\170\231\159\165", "\240\159\152\128" } }, options = UCM,
    request = post("<query>" .. APP .. "<userDevicesQuery><userID>ren\195\169</userID>"
      .. "<userID>\230\156\170\231\159\165</userID><userID>\240\159\152\128</userID></userDevicesQuery></query>") },
  { name = "a user's name is not percent-encoded", operation = "query_users",
    arguments = { { "em@cisco.com", "em%40cisco.com" } }, options = UCM,
    request = post("<query>" .. APP .. "<userDevicesQuery><userID>em@cisco.com</userID>"
      .. "<userID>em%40cisco.com</userID></userDevicesQuery></query>") },
  { name = "blanks at the ends stay", operation = "logout", arguments = { " SEP1 " }, options = UCM,
    request = post(logout_of(" SEP1 ")) },
  { name = "case stays", operation = "logout", arguments = { "sep00aabbccddee" }, options = UCM,
    request = post(logout_of("sep00aabbccddee")) },
  { name = "markup in user and profile", operation = "login",
    arguments = { { device = "SEP001122334455", user = "<john>", profile = "a]]>&\"b\"" } }, options = UCM,
    request = post(login_with("<userID>&lt;john&gt;</userID><deviceProfile>a]]&gt;&amp;\"b\"</deviceProfile>")) },
  { name = "awkward credentials", operation = "logout", arguments = { "SEP001122334455" },
    options = { host = "ucm.example:8443", app_id = "R&D+app", app_certificate = "p<a>s&s+w%41=\"o'r d\195\169]]>" },
    request = post("<request><appInfo><appID>R&amp;D+app</appID>"
      .. "<appCertificate>p&lt;a&gt;s&amp;s+w%41=\"o'r d\195\169]]&gt;</appCertificate></appInfo>"
      .. "<logout><deviceName>SEP001122334455</deviceName></logout></request>"),
    no_header = NO_LOGIN },

  -- Headers of the caller.
  { name = "own headers and user agent", operation = "logout", arguments = { "SEP001122334455" },
    options = with { host = "ucm.example:8443", headers = { ["X-Trace"] = "abc 123" }, user_agent = "leavers/1.0" },
    request = { method = "POST", url = SERVLET, form = { xml = LOGOUT },
      headers = { ["Content-Type"] = "application/x-www-form-urlencoded", ["X-Trace"] = "abc 123",
        ["User-Agent"] = "leavers/1.0" } } },
}
