-- SPDX-License-Identifier: MIT
-- Your site, as the feature codes in ../freeswitch and ../asterisk read it: put in your addresses and names, and keep it
-- where only the telephony server's user can write it. It is read at every call, so a change counts at once.

local signoff = require "signoff"

return {
  cisco_em = {
    url = "https://ucm.example:8443/emservice/EMServiceServlet",
    app_id = "offboarding", -- an application user with "Standard EM Authentication Proxy Rights"
    app_certificate = signoff.secret.file "/etc/signoff/em-password", -- mode 0600, owned by the server's user
    -- ca_file = "/etc/signoff/ca.pem", -- where the certificate comes from a CA of your own
  },
  isymphony = {
    url = "https://isymphony.example:58443",
    username = "manager",
    password = signoff.secret.file "/etc/signoff/isymphony-password",
    -- ca_file = "/etc/signoff/ca.pem", -- likewise
  },

  -- The status that iSymphony is to show.
  status = { name = "Gone home", type = "unavailable" },

  -- Whether it is to show that even where it is not proven that the person is logged out of every phone.
  status_if_unproven = false,

  -- A call that comes over a trunk carries a number, and no name of a device: whose number it is.
  users = {
    ["2001"] = "ana.silva",
    ["2002"] = "ben.okafor",
  },

  -- People whom iSymphony knows by another name.
  panel_users = {
    ["ben.okafor"] = "bokafor",
  },
}
