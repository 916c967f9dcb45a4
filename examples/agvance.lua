-- SPDX-License-Identifier: MIT
-- Logs off every session of one person in Agvance, and says what was found.
--
--   export AGVANCE_URL=https://api.agvance.example
--   export AGVANCE_API_KEY=...                 # as SSI gave it to you
--   export AGVANCE_DATABASE_ID=...
--   export AGVANCE_SESSION_ID=...              # of this program's own session, which is never logged off
--   export AGVANCE_USER=ana.silva              # whose sessions
--   export SIGNOFF_CA_FILE=/etc/ssl/agvance.pem  # optional: the CA, where the certificate comes from one of your own
--   lua5.4 agvance.lua

-- Nothing is loaded from the current folder, which may be anybody's.
for _, name in ipairs { "path", "cpath" } do
  package[name] = (";" .. package[name]):gsub(";[^/;][^;]*", ""):sub(2)
end

local signoff = require "signoff"

local session_id = signoff.secret.env "AGVANCE_SESSION_ID"
local agvance = signoff.agvance {
  url = os.getenv "AGVANCE_URL",
  headers = { -- no public page names them: take the names that SSI gave you
    ["X-Api-Key"] = signoff.secret.env "AGVANCE_API_KEY",
    ["X-Database-Id"] = signoff.secret.env "AGVANCE_DATABASE_ID",
    ["X-Session-Id"] = session_id,
  },
  session_id = session_id,
  ca_file = os.getenv "SIGNOFF_CA_FILE",
}
local user = os.getenv "AGVANCE_USER" or error("AGVANCE_USER is not set", 0)

local keys = {}
for _, session in ipairs(assert(agvance:sessions())) do
  if (session.user or ""):lower() == user:lower() then
    print(("%s: %s in %s"):format(session.user, session.session_log_key, session.application or "?"))
    keys[#keys + 1] = session.session_log_key
  end
end
if #keys == 0 then
  print(user .. " has no session")
end

local left = false
for _, key in ipairs(keys) do
  local result = agvance:signout(key, {
    settle = tonumber(os.getenv "SIGNOFF_SETTLE"), -- seconds between the two observations that prove it; nil is 10
  })
  for _, seen in ipairs(result.evidence) do
    print(os.date("  %H:%M:%S%z  ", math.floor(seen.at)) .. seen.what)
  end
  print("verdict: " .. result.verdict .. (result.message and " (" .. result.message .. ")" or ""))
  if result.by_hand then
    print("to do: " .. result.by_hand)
    left = true
  end
end
os.exit(left and 1 or 0)
