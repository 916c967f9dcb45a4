-- SPDX-License-Identifier: MIT
-- Signs out whoever sits at one phone (Cisco Extension Mobility), and says what was found.
--
--   export CISCO_EM_URL=https://ucm.example:8443/emservice/EMServiceServlet
--   export CISCO_EM_APP_ID=offboarding         # an application user with "Standard EM Authentication Proxy Rights"
--   export CISCO_EM_APP_CERTIFICATE=...        # its password
--   export CISCO_EM_DEVICE=SEP003094C25B15     # the phone
--   export CISCO_EM_USER=ana.silva             # optional: only if this person sits there
--   export SIGNOFF_CA_FILE=/etc/ssl/ucm.pem    # optional: the CA, where the certificate comes from one of your own
--   lua5.4 cisco_em.lua

-- Nothing is loaded from the current folder, which may be anybody's.
for _, name in ipairs { "path", "cpath" } do
  package[name] = (";" .. package[name]):gsub(";[^/;][^;]*", ""):sub(2)
end

local signoff = require "signoff"

local em = signoff.cisco_em {
  url = os.getenv "CISCO_EM_URL",
  app_id = os.getenv "CISCO_EM_APP_ID",
  app_certificate = signoff.secret.env "CISCO_EM_APP_CERTIFICATE",
  ca_file = os.getenv "SIGNOFF_CA_FILE",
}
local device = os.getenv "CISCO_EM_DEVICE"

local found = assert(em:status(device))
print(("%s: %s%s"):format(found.device, found.state, found.user and " as " .. found.user or ""))

local result = em:signout(device, {
  user = os.getenv "CISCO_EM_USER",
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
