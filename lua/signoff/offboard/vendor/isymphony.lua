-- SPDX-License-Identifier: MIT

--- iSymphony: nobody is signed out, a status is set instead. A cell holds the user's name.
-- @module signoff.offboard.vendor.isymphony

return {
  target = { key = "user" },
  tenant_options = { "core_server", "core_server_id" },
  doctor = {
    operation = "users", arguments = {},
    shows = "the account may list users; whether it may set a status shows only when it does",
  },
  init = [[
isymphony = {
  -- iSymphony. Nobody can be signed out there: a status is set. It needs the user of the API: security.xml on the server, context
  -- "communication_manager" (HTTP 401: it is wrong), with this machine's address on the whitelist there, and a licence for each
  -- user whose status is set (HTTP 403). Changes of that file need a restart of the server.
  client = signoff.isymphony {
    url = "https://FILL-IN:55050", -- with TLS; without it http and port 58080, and the password travels readable
    username = "FILL-IN",
    password = secret.file "/etc/signoff/isymphony.password",
    -- core_server = "default", -- its slug, where there are several
  },
  status = { name = "Gone home", type = "unavailable", note = "account closed" }, -- what the panel is to show
},
]],
}
