-- The requests to the Oracle Commerce Agent API.
-- Sources: Oracle's REST reference and developer guide (Authorization, X-CCAsset-Language), and
-- Oracle's public Node client, which posts the two bytes {} as application/json.

local url = "https://commerce.example"
local log_out = "https://commerce.example/ccagent/v1/logout"
local verify = "https://commerce.example/ccagent/v1/verify"

return {
  { name = "logout", operation = "logout", arguments = { "tok" }, options = { url = url },
    request = { method = "POST", url = log_out, body = "{}", headers = {
      ["Authorization"] = "Bearer tok", ["X-CCAsset-Language"] = "en", ["Content-Type"] = "application/json",
      ["Accept"] = "application/json" } },
    no_header = { "Cookie" } },
  { name = "status", operation = "status", arguments = { "tok" }, options = { url = url },
    request = { method = "POST", url = verify, body = "{}", headers = {
      ["Authorization"] = "Bearer tok", ["X-CCAsset-Language"] = "en", ["Content-Type"] = "application/json",
      ["Accept"] = "application/json" } },
    no_header = { "Cookie" } },

  -- the token: standard base64 with dots, verbatim, never in the URL
  { name = "a token with + / = goes as it is", operation = "logout", arguments = { "eyJh+/=.eyJz/+==.c2ln==" },
    options = { url = url },
    request = { method = "POST", url = log_out, headers = { ["Authorization"] = "Bearer eyJh+/=.eyJz/+==.c2ln==" } } },
  { name = "status, a token with + / = goes as it is", operation = "status", arguments = { "eyJh+/=.eyJz/+==.c2ln==" },
    options = { url = url },
    request = { method = "POST", url = verify, headers = { ["Authorization"] = "Bearer eyJh+/=.eyJz/+==.c2ln==" } } },
  { name = "percent signs in a token are not decoded", operation = "logout", arguments = { "a%0d%0aX: y%20&<>\"'" },
    options = { url = url },
    request = { method = "POST", url = log_out, body = "{}",
      headers = { ["Authorization"] = "Bearer a%0d%0aX: y%20&<>\"'" } } },
  { name = "a token of 4 KiB", operation = "logout", arguments = { ("Ab+/"):rep(1024) }, options = { url = url },
    request = { method = "POST", url = log_out, headers = { ["Authorization"] = "Bearer " .. ("Ab+/"):rep(1024) } } },
  { name = "the client's own token", operation = "logout", arguments = {}, options = { url = url, token = "own" },
    request = { method = "POST", url = log_out, body = "{}", headers = { ["Authorization"] = "Bearer own" } } },
  { name = "status of the client's own token", operation = "status", arguments = {}, options = { url = url, token = "own" },
    request = { method = "POST", url = verify, body = "{}", headers = { ["Authorization"] = "Bearer own" } } },
  { name = "the argument wins over the client's own token", operation = "logout", arguments = { "tok" },
    options = { url = url, token = "own" },
    request = { method = "POST", url = log_out, headers = { ["Authorization"] = "Bearer tok" } } },
  { name = "status, the argument wins over the client's own token", operation = "status", arguments = { "tok" },
    options = { url = url, token = "own" },
    request = { method = "POST", url = verify, headers = { ["Authorization"] = "Bearer tok" } } },

  -- language: en, en_US and pt-BR are all in use
  { name = "logout, language with an underscore", operation = "logout", arguments = { "tok" },
    options = { url = url, language = "en_US" },
    request = { method = "POST", url = log_out, headers = { ["X-CCAsset-Language"] = "en_US" } } },
  { name = "status, language with a hyphen", operation = "status", arguments = { "tok" },
    options = { url = url, language = "pt-BR" },
    request = { method = "POST", url = verify, headers = { ["X-CCAsset-Language"] = "pt-BR" } } },

  -- verify_path: /ccagent has no documented verify
  { name = "status at another path", operation = "status", arguments = { "tok" },
    options = { url = url, verify_path = "session/check" },
    request = { method = "POST", url = "https://commerce.example/ccagent/v1/session/check", body = "{}",
      headers = { ["Authorization"] = "Bearer tok", ["Content-Type"] = "application/json" } } },
  { name = "verify_path does not move logout", operation = "logout", arguments = { "tok" },
    options = { url = url, verify_path = "session/check" }, request = { method = "POST", url = log_out } },

  -- origin, prefix and path
  { name = "url with a final slash", operation = "logout", arguments = { "tok" }, options = { url = url .. "/" },
    request = { method = "POST", url = log_out } },
  { name = "url with a prefix", operation = "logout", arguments = { "tok" }, options = { url = url .. "/proxy/occ" },
    request = { method = "POST", url = "https://commerce.example/proxy/occ/ccagent/v1/logout" } },
  { name = "status, url with a prefix and a final slash", operation = "status", arguments = { "tok" },
    options = { url = url .. "/proxy/" },
    request = { method = "POST", url = "https://commerce.example/proxy/ccagent/v1/verify" } },
  { name = "url with a port", operation = "logout", arguments = { "tok" }, options = { url = "http://127.0.0.1:8080" },
    request = { method = "POST", url = "http://127.0.0.1:8080/ccagent/v1/logout" } },
  { name = "another path", operation = "logout", arguments = { "tok" }, options = { url = url, path = "ccadmin/v1" },
    request = { method = "POST", url = "https://commerce.example/ccadmin/v1/logout" } },
  { name = "status, a path with slashes around it", operation = "status", arguments = { "tok" },
    options = { url = url, path = "/ccadmin/v1/" },
    request = { method = "POST", url = "https://commerce.example/ccadmin/v1/verify" } },

  -- a site's further headers
  { name = "headers of the site", operation = "logout", arguments = { "tok" },
    options = { url = url, headers = { ["X-CCSite"] = "siteUS", ["X-CC-MeteringMode"] = "CC-NonMetered" } },
    request = { method = "POST", url = log_out, body = "{}", headers = { ["X-CCSite"] = "siteUS",
      ["X-CC-MeteringMode"] = "CC-NonMetered", ["Authorization"] = "Bearer tok" } } },
}
