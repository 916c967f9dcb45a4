-- SPDX-License-Identifier: MIT
-- The script of every host of check-hosts: it signs out the user at a phone, and says what was found.

local signoff = require "signoff"
local site = require "signoff_site"

return function(device)
  signoff.defaults { profile = "dialplan" }
  local em = signoff.cisco_em(site.cisco_em)
  local result = em:signout(device)
  em:close()
  return result.verdict
end
