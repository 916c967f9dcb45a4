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
}
