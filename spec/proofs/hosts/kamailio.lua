-- SPDX-License-Identifier: MIT
-- The master loads this, and its children run it: opened on one side of a fork, used on the other.
local opened = require "sign_out"

function sign_out(device)
  KSR.err("signoff: " .. opened(device) .. "\n")
end
