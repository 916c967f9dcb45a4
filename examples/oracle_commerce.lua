-- SPDX-License-Identifier: MIT
-- Logs out the bearer of one access token (Oracle Commerce, Agent API), and says what was found.
--
--   export ORACLE_COMMERCE_URL=https://ccagent.example
--   export ORACLE_COMMERCE_TOKEN=...            # the access token that the agent's login returned
--   export SIGNOFF_CA_FILE=/etc/ssl/oracle.pem  # optional: the CA, where the certificate comes from one of your own
--   lua5.4 oracle_commerce.lua

-- Nothing is loaded from the current folder, which may be anybody's.
for _, name in ipairs { "path", "cpath" } do
  package[name] = (";" .. package[name]):gsub(";[^/;][^;]*", ""):sub(2)
end

local signoff = require "signoff"

local oracle = signoff.oracle_commerce {
  url = os.getenv "ORACLE_COMMERCE_URL",
  ca_file = os.getenv "SIGNOFF_CA_FILE",
}
local token = signoff.secret.env "ORACLE_COMMERCE_TOKEN"

local found, message, code = oracle:status(token)
if found then
  print(("%s: %s"):format(signoff.fingerprint(token), found.active and "alive" or "not alive"))
elseif code == "unsupported" then -- this site tells nothing about a token: the verdict will be "unverified" at best
  print(message)
else
  error(message, 0)
end

local result = oracle:signout(token, {
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
