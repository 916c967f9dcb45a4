-- SPDX-License-Identifier: MIT

--- JD Edwards: a token, bound to the device that its login named.
--
-- A cell holds `TOKEN@DEVICE` (at the first `@`), or `TOKEN` where the login named no device.
-- @module signoff.offboard.vendor.jde_ais

local check = require "signoff.check"

local function read(text)
  local problem = check.token(type(text) == "string" and text:match "^[^@]*" or text)
  if problem then
    return nil, problem
  elseif type(text) ~= "string" then
    return { token = text }
  end
  local token, device = text:match "^([^@]*)@(.*)$"
  if token == "" then
    return nil, "no token stands before '@'"
  elseif device == "" then
    return nil, "no device stands after '@'"
  end
  return { token = token or text, device = device }
end

return {
  target = { key = "token", bound = "device", read = read },
  init = [[
jde_ais = {
  -- JD Edwards AIS. No user and no right of ours is needed: each person's token is the login. The list of people holds TOKEN@DEVICE
  -- (mode 0600): a token is bound to the device name of its login, and is refused from elsewhere without it.
  client = signoff.jde_ais {
    url = "https://FILL-IN", -- the AIS server, with its port, below which /jderest is
    -- nodes = { "https://...", "https://..." }, -- each node, where url is a balancer's
  },
},
]],
}
