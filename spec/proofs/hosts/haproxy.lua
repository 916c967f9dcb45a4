-- SPDX-License-Identifier: MIT
local sign_out = require "sign_out"

core.register_service("sign_out", "http", function(applet)
  local verdict = sign_out(applet.path:match "[^/]+$") .. "\n"
  applet:set_status(200)
  applet:add_header("Content-Length", tostring(#verdict))
  applet:start_response()
  applet:send(verdict)
end)
