-- SPDX-License-Identifier: MIT
-- The site of examples/telephony, where the simulator stands for the systems.

local core = require "signoff.core"
local signoff = require "signoff"

-- Multiplies every time limit of the feature code. A check of threads must not fail where the machine has other work: how long
-- a call may take is shown elsewhere.
local function extend(times)
  local deadline = signoff.deadline
  function signoff.deadline(seconds, ...)
    return deadline(seconds * times, ...)
  end
  for _, kind in ipairs { "cisco_em", "isymphony" } do
    local make = signoff[kind]
    signoff[kind] = function(options)
      options.timeout, options.connect_timeout = 2 * times, 2 * times
      local client = make(options)
      local anchor, profile = core.anchor(client), {}
      for name, value in pairs(anchor.profile) do
        profile[name] = value
      end
      profile.deadline, profile.method = profile.deadline * times, profile.method * times
      anchor.profile = profile
      return client
    end
  end
end

local times = os.getenv "SIGNOFF_LIMITS_TIMES"
if times then
  extend(tonumber(times))
end

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
