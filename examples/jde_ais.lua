-- SPDX-License-Identifier: MIT
-- Ends one session of JD Edwards EnterpriseOne at the AIS server, and says what was found.
--
--   export JDE_AIS_URL=https://ais.example:9443
--   export JDE_AIS_TOKEN=...                # as the login returned it
--   export JDE_AIS_DEVICE=ANA-LAPTOP        # the device name of that login: without it a refusal proves nothing
--   export SIGNOFF_CA_FILE=/etc/ssl/ais.pem # optional: the CA, where the certificate comes from one of your own
--   lua5.4 jde_ais.lua

-- Nothing is loaded from the current folder, which may be anybody's.
for _, name in ipairs { "path", "cpath" } do
  package[name] = (";" .. package[name]):gsub(";[^/;][^;]*", ""):sub(2)
end

local signoff = require "signoff"

local jde = signoff.jde_ais {
  url = os.getenv "JDE_AIS_URL",
  ca_file = os.getenv "SIGNOFF_CA_FILE",
}
local session = { token = signoff.secret.env "JDE_AIS_TOKEN", device = os.getenv "JDE_AIS_DEVICE" }

local found = assert(jde:status(session))
local words = found.active == nil and "the reply proves nothing" or found.active and "alive" or "refused"
print(("%s: %s"):format(signoff.fingerprint(session.token), words))

local result = jde:signout(session, {
  settle = tonumber(os.getenv "SIGNOFF_SETTLE"), -- seconds between the two observations that prove it; nil is 10
})
for _, seen in ipairs(result.evidence) do
  print(os.date("  %H:%M:%S%z  ", math.floor(seen.at)) .. seen.what)
end
print("verdict: " .. result.verdict .. (result.message and " (" .. result.message .. ")" or ""))
if result.by_hand then
  print("to do: " .. result.by_hand)
  os.exit(1)
end
