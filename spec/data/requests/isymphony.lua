-- The requests to the iSymphony Communication Manager.
-- `auth` is the pair of the Basic header; `json` is compared by value.

local READ = { Accept = "application/json" }
local WRITE = { ["Content-Type"] = "application/json" }
local BASIC = { "manager", "secret" }
local PANEL = { url = "http://panel.example:58080", username = "manager", password = "secret" }
local REST = "http://panel.example:58080/communication_manager/rest"
local USERS = REST .. "/live/coreServers/getByName/default/users"
local JANE = USERS .. "/getByName/jane%20doe"
local CORE_ID = "ca5de6c4-17bd-46ce-95a2-8b29c7812ca4"
local USER_ID = "8d1c4c5e-3c1b-4c55-9f5e-1f2e3d4c5b6a"
local AWKWARD_NOTE = "a\nb\tc\000d \195\169 \226\130\172 \240\159\152\128 %0d%0a"

-- the client of PANEL with other options
local function with(changes)
  local options = { url = PANEL.url, username = PANEL.username, password = PANEL.password }
  for name, value in pairs(changes) do options[name] = value end
  return options
end

local function get(url)
  return { method = "GET", url = url, headers = READ, auth = BASIC }
end

local function set(json, url)
  return { method = "POST", url = url or JANE .. "/status/set", headers = WRITE, auth = BASIC, json = json }
end

local NO_BODY = { "Content-Type", "Cookie" } -- what a GET must not carry

-- a row that reads the status of a user whose name is awkward
local function named(name, user, segment)
  return { name = name, operation = "status", arguments = { user }, options = PANEL,
    request = get(USERS .. "/getByName/" .. segment .. "/status"), no_header = NO_BODY }
end

return {
  -- Reading.
  { name = "status", operation = "status", arguments = { "jane doe" }, options = PANEL,
    request = get(JANE .. "/status"), no_header = NO_BODY },
  { name = "status by id", operation = "status", arguments = { { id = USER_ID } }, options = PANEL,
    request = get(USERS .. "/" .. USER_ID .. "/status"), no_header = NO_BODY },
  { name = "users", operation = "users", arguments = {}, options = PANEL,
    request = get(USERS), no_header = NO_BODY },
  { name = "user", operation = "user", arguments = { "jane doe" }, options = PANEL,
    request = get(JANE), no_header = NO_BODY },
  { name = "user by id", operation = "user", arguments = { { id = USER_ID } }, options = PANEL,
    request = get(USERS .. "/" .. USER_ID), no_header = NO_BODY },
  { name = "logins", operation = "logins", arguments = { "4224" }, options = PANEL,
    request = get(USERS .. "/getByName/4224/logins"), no_header = NO_BODY },
  { name = "logins by id", operation = "logins", arguments = { { id = USER_ID } }, options = PANEL,
    request = get(USERS .. "/" .. USER_ID .. "/logins"), no_header = NO_BODY },

  -- Setting: name and type are required, what else is not given is left out.
  { name = "set, name and type", operation = "set_status",
    arguments = { "jane doe", { name = "Gone home", type = "away" } }, options = PANEL,
    request = set { name = "Gone home", type = "away" } },
  { name = "set by id", operation = "set_status",
    arguments = { { id = USER_ID }, { name = "Gone home", type = "away" } }, options = PANEL,
    request = set({ name = "Gone home", type = "away" }, USERS .. "/" .. USER_ID .. "/status/set") },
  { name = "set, the sample of the status page", operation = "set_status",
    arguments = { "jane doe",
      { name = "Went back in time", type = "away", note = "Tell Doc Brown", return_time = 499132800 } },
    options = PANEL,
    request = set { name = "Went back in time", type = "away", note = "Tell Doc Brown", returnTime = 499132800 } },
  { name = "set with a note", operation = "set_status",
    arguments = { "jane doe", { name = "Gone", type = "xa", note = "till Monday" } }, options = PANEL,
    request = set { name = "Gone", type = "xa", note = "till Monday" } },
  { name = "set with an empty note", operation = "set_status",
    arguments = { "jane doe", { name = "Gone", type = "xa", note = "" } }, options = PANEL,
    request = set { name = "Gone", type = "xa", note = "" } },
  { name = "set with no time to return", operation = "set_status",
    arguments = { "jane doe", { name = "Gone", type = "dnd", return_time = -1 } }, options = PANEL,
    request = set { name = "Gone", type = "dnd", returnTime = -1 } },
  { name = "set, milliseconds pass untouched", operation = "set_status",
    arguments = { "jane doe", { name = "Gone", type = "dnd", return_time = 1436471084211 } }, options = PANEL,
    request = set { name = "Gone", type = "dnd", returnTime = 1436471084211 } },
  { name = "set, fourteen digits", operation = "set_status",
    arguments = { "jane doe", { name = "Gone", type = "dnd", return_time = 99999999999999 } }, options = PANEL,
    request = set { name = "Gone", type = "dnd", returnTime = 99999999999999 } },
  { name = "set, a small time is not taken for seconds", operation = "set_status",
    arguments = { "jane doe", { name = "Gone", type = "dnd", return_time = 1761480000 } }, options = PANEL,
    request = set { name = "Gone", type = "dnd", returnTime = 1761480000 } },
  { name = "set, return_at is in seconds", operation = "set_status",
    arguments = { "jane doe", { name = "Gone", type = "dnd", return_at = 1761480000 } }, options = PANEL,
    request = set { name = "Gone", type = "dnd", returnTime = 1761480000000 } },
  { name = "set, awkward texts", operation = "set_status",
    arguments = { "jane doe", { name = "\"R&D\" <\\>", type = "chat", note = AWKWARD_NOTE } }, options = PANEL,
    request = set { name = "\"R&D\" <\\>", type = "chat", note = AWKWARD_NOTE } },
  { name = "set, texts that look like numbers stay texts", operation = "set_status",
    arguments = { "jane doe", { name = "17", type = "away", note = "042" } }, options = PANEL,
    request = set { name = "17", type = "away", note = "042" } },

  -- The core server: a name, or an id; mixed with either form of a user.
  { name = "core server by name", operation = "status", arguments = { "jane doe" },
    options = with { core_server = "branch2" },
    request = get(REST .. "/live/coreServers/getByName/branch2/users/getByName/jane%20doe/status"),
    no_header = NO_BODY },
  { name = "core server with an awkward name", operation = "users", arguments = {},
    options = with { core_server = "branch/2 \195\169?#%" },
    request = get(REST .. "/live/coreServers/getByName/branch%2F2%20%C3%A9%3F%23%25/users"), no_header = NO_BODY },
  { name = "core server by id", operation = "status", arguments = { "jane doe" },
    options = with { core_server_id = CORE_ID },
    request = get(REST .. "/live/coreServers/" .. CORE_ID .. "/users/getByName/jane%20doe/status"),
    no_header = NO_BODY },
  { name = "core server by id, users", operation = "users", arguments = {},
    options = with { core_server_id = CORE_ID },
    request = get(REST .. "/live/coreServers/" .. CORE_ID .. "/users"), no_header = NO_BODY },
  { name = "core server by id, user by id", operation = "logins", arguments = { { id = USER_ID } },
    options = with { core_server_id = CORE_ID },
    request = get(REST .. "/live/coreServers/" .. CORE_ID .. "/users/" .. USER_ID .. "/logins"), no_header = NO_BODY },
  { name = "core server by id, set", operation = "set_status",
    arguments = { "jane doe", { name = "Gone", type = "away" } },
    options = with { core_server_id = CORE_ID },
    request = set({ name = "Gone", type = "away" },
      REST .. "/live/coreServers/" .. CORE_ID .. "/users/getByName/jane%20doe/status/set") },

  -- Origin, prefix, path.
  { name = "https and the TLS port", operation = "status", arguments = { "jane" },
    options = with { url = "https://panel.example:55050" },
    request = get("https://panel.example:55050/communication_manager/rest/live/coreServers/getByName/default"
      .. "/users/getByName/jane/status"), no_header = NO_BODY },
  { name = "url with a slash at its end", operation = "status", arguments = { "jane" },
    options = with { url = "http://panel.example:58080/" },
    request = get(USERS .. "/getByName/jane/status"), no_header = NO_BODY },
  { name = "url with a prefix", operation = "users", arguments = {},
    options = with { url = "https://gw.example/pbx" },
    request = get("https://gw.example/pbx/communication_manager/rest/live/coreServers/getByName/default/users"),
    no_header = NO_BODY },
  { name = "url with a prefix and a slash at its end", operation = "users", arguments = {},
    options = with { url = "https://gw.example/pbx/" },
    request = get("https://gw.example/pbx/communication_manager/rest/live/coreServers/getByName/default/users"),
    no_header = NO_BODY },
  { name = "another path", operation = "users", arguments = {},
    options = with { path = "cm/rest" },
    request = get("http://panel.example:58080/cm/rest/live/coreServers/getByName/default/users"), no_header = NO_BODY },
  { name = "another path with slashes at its ends", operation = "users", arguments = {},
    options = with { path = "/cm/rest/" },
    request = get("http://panel.example:58080/cm/rest/live/coreServers/getByName/default/users"), no_header = NO_BODY },
  { name = "another path, set", operation = "set_status", arguments = { "jane", { name = "Gone", type = "away" } },
    options = with { url = "https://gw.example/pbx", path = "cm/rest" },
    request = set({ name = "Gone", type = "away" },
      "https://gw.example/pbx/cm/rest/live/coreServers/getByName/default/users/getByName/jane/status/set") },

  -- A user's name is one segment of the path: unreserved characters stay, all others are encoded.
  named("unreserved characters stay", "AZaz09-._~", "AZaz09-._~"),
  named("space", "jane m doe", "jane%20m%20doe"),
  named("slash", "sales/jane", "sales%2Fjane"),
  named("backslash", "CORP\\jane", "CORP%5Cjane"),
  named("question mark and hash", "jane?a=b#c", "jane%3Fa%3Db%23c"),
  named("percent", "100%", "100%25"),
  named("encoded already, encoded again", "jane%20doe%2F", "jane%2520doe%252F"),
  named("encoded line ends", "jane%0d%0aX: y", "jane%250d%250aX%3A%20y"),
  named("plus", "jane+test", "jane%2Btest"),
  named("at sign", "jane@example.com", "jane%40example.com"),
  named("ampersand, equals, semicolon, comma, dollar", "a&b=c;d,e$f", "a%26b%3Dc%3Bd%2Ce%24f"),
  named("colon, exclamation mark, asterisk, parentheses", "a:b!c*d(e)", "a%3Ab%21c%2Ad%28e%29"),
  named("quotes and angle brackets", "\"it's\" <b>", "%22it%27s%22%20%3Cb%3E"),
  named("brackets, braces, bar, caret, backtick", "[a]{b}|^`", "%5Ba%5D%7Bb%7D%7C%5E%60"),
  named("UTF-8", "ren\195\169 \230\156\170 \240\159\152\128", "ren%C3%A9%20%E6%9C%AA%20%F0%9F%98%80"),
  named("climbing out of the segment", "../../config", "..%2F..%2Fconfig"),
  named("a name that looks like a path", "getByName/x/status", "getByName%2Fx%2Fstatus"),
  named("a name that looks like an id", USER_ID, USER_ID),
  named("dots inside", "jane..doe.", "jane..doe."),
  { name = "awkward name, user", operation = "user", arguments = { "a/b c" }, options = PANEL,
    request = get(USERS .. "/getByName/a%2Fb%20c"), no_header = NO_BODY },
  { name = "awkward name, logins", operation = "logins", arguments = { "a/b c" }, options = PANEL,
    request = get(USERS .. "/getByName/a%2Fb%20c/logins"), no_header = NO_BODY },
  { name = "awkward name, set", operation = "set_status", arguments = { "a/b c?", { name = "Gone", type = "away" } },
    options = PANEL,
    request = set({ name = "Gone", type = "away" }, USERS .. "/getByName/a%2Fb%20c%3F/status/set") },
  { name = "an id cannot leave its segment", operation = "status", arguments = { { id = "../x y" } }, options = PANEL,
    request = get(USERS .. "/..%2Fx%20y/status"), no_header = NO_BODY },

  -- Credentials and headers of the caller.
  { name = "awkward credentials", operation = "status", arguments = { "jane" },
    options = with { username = "man@ger", password = "p:a ss\"\195\169%41+&" },
    request = { method = "GET", url = USERS .. "/getByName/jane/status", headers = READ,
      auth = { "man@ger", "p:a ss\"\195\169%41+&" } },
    no_header = NO_BODY },
  { name = "own headers and user agent", operation = "status", arguments = { "jane" },
    options = with { headers = { ["X-Trace"] = "abc 123" }, user_agent = "leavers/1.0" },
    request = { method = "GET", url = USERS .. "/getByName/jane/status", auth = BASIC,
      headers = { Accept = "application/json", ["X-Trace"] = "abc 123", ["User-Agent"] = "leavers/1.0" } },
    no_header = NO_BODY },
}
