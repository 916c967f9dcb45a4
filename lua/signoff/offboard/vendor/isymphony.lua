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
}
