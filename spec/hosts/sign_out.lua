-- SPDX-License-Identifier: MIT
-- What every host of check-hosts does: signs whoever sits at a phone out, and says what was found.

local signoff = require "signoff"
local site = require "signoff_site"

return function(device)
  signoff.defaults { profile = "dialplan" }
  local em = signoff.cisco_em(site.cisco_em)
  local result = em:signout(device)
  em:close()
  return result.verdict
end
