-- SPDX-License-Identifier: MIT

--- Extension Mobility: people sit at phones, and a name resolves to the phones where it sits.
--
-- A cell holds `DEVICE`; `DEVICE=USER`, only if USER sits there; `user:NAME`, wherever NAME sits; `user:NAME?`, who may be
-- unknown to this cluster.
-- @module signoff.offboard.vendor.cisco_em

local Text = require "signoff.text"

local function read(text)
  local device, user = text:match "^([^=]*)=(.*)$"
  if device == "" then
    return nil, "no device stands before '='"
  elseif user and not Text.is_visible(user) then
    return nil, "no user stands after '='"
  end
  return { device = device or text, user = user }
end

local function write(target)
  return target.user and ("%s=%s"):format(target.device, target.user) or target.device
end

local function target_at(device, name)
  return { device = device, user = name }
end

return {
  target = {
    key = "device", read = read, write = write,
    duplicate_advice = "where phones are shared, user:NAME says whom to sign out",
  },
  resolve = { target_at = target_at, optional = "not known on this cluster" },
  tenant_options = { "host" }, route_options = { "version", "query_url" },
  -- One service thread pool for all phones of a cluster, and logins of people who work now have to get through.
  limits = { concurrency = 2, per_minute = 60 },
  doctor = {
    operation = "query_devices", arguments = { { "SEP000000000000" } },
    shows = "the application user is known, and may act for others",
  },
  init = [[
cisco_em = {
  -- Cisco Extension Mobility. It needs an application user of its own: Unified CM Administration, User Management > Application
  -- User > Add New, in the group "Standard EM Authentication Proxy Rights": it acts for others (code 10: that is missing).
  -- Where the service's parameter "Validate IP Address" is on, this machine belongs into its "Trusted List of IPs" (code 28).
  -- The service "Cisco Extension Mobility" is active on the node. No proxy that adds "Via" may stand between (code 30).
  client = signoff.cisco_em {
    url = "https://FILL-IN:8443/emservice/EMServiceServlet", -- the node where the service runs
    app_id = "FILL-IN", -- the application user
    app_certificate = secret.file "/etc/signoff/cisco_em.password", -- its password
  },
  -- concurrency = 2, per_minute = 60: what a cluster bears beside its own logins
},
]],
}
