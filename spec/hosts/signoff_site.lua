-- SPDX-License-Identifier: MIT
-- The site of examples/telephony, where the simulator stands for the systems.

local directory = os.getenv "SIGNOFF_SIMULATOR"
local at = dofile(directory .. "/addresses.lua")

return {
  cisco_em = {
    url = at.https .. "/emservice/EMServiceServlet",
    app_id = "offboarding",
    app_certificate = "em-password",
    ca_file = directory .. "/tls/ca.pem",
  },
  isymphony = { url = at.https, username = "manager", password = "manag3rpa55word", ca_file = directory .. "/tls/ca.pem" },
  status = { name = "Gone home", type = "unavailable" },
  users = { ["2001"] = "rita.stone", ["2002"] = "ana.silva" },
}
