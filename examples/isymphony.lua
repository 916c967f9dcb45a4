-- SPDX-License-Identifier: MIT
-- Sets one person's status in iSymphony and reads it back. iSymphony cannot end a panel login: the script names those
-- that remain.
--
--   export ISYMPHONY_URL=http://isymphony.example:58080   # https where your server offers it
--   export ISYMPHONY_USERNAME=manager
--   export ISYMPHONY_PASSWORD=...
--   export ISYMPHONY_USER=ana.silva                       # whose status
--   export SIGNOFF_CA_FILE=/etc/ssl/isymphony.pem         # optional: the CA, for https with one of your own
--   lua5.4 isymphony.lua

-- Nothing is loaded from the current folder, which may be anybody's.
for _, name in ipairs { "path", "cpath" } do
  package[name] = (";" .. package[name]):gsub(";[^/;][^;]*", ""):sub(2)
end

local signoff = require "signoff"

local isymphony = signoff.isymphony {
  url = os.getenv "ISYMPHONY_URL",
  username = os.getenv "ISYMPHONY_USERNAME",
  password = signoff.secret.env "ISYMPHONY_PASSWORD",
  ca_file = os.getenv "SIGNOFF_CA_FILE",
}
local user = os.getenv "ISYMPHONY_USER"

local found = assert(isymphony:status(user))
print(("%s: status '%s' (%s)"):format(user, found.name, found.type))

local result = isymphony:signout(user, {
  status = { name = "Gone home", type = "unavailable", note = "account closed" },
})
for _, seen in ipairs(result.evidence) do
  print(os.date("  %H:%M:%S%z  ", math.floor(seen.at)) .. seen.what)
end
for _, login in ipairs(isymphony:logins(user) or {}) do
  local since = os.date("%Y-%m-%dT%H:%M%z", math.floor(login.time_connected / 1000))
  print(("  a panel is still open at %s, since %s"):format(login.ip, since))
end
print("verdict: " .. result.verdict .. (result.message and " (" .. result.message .. ")" or ""))
if result.by_hand then
  print("to do: " .. result.by_hand)
  os.exit(1)
end
