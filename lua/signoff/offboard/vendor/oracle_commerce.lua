-- SPDX-License-Identifier: MIT

--- Oracle Commerce: an access token is the login. A cell holds one.
-- @module signoff.offboard.vendor.oracle_commerce

return {
  target = { key = "token" },
}
