-- SPDX-License-Identifier: MIT
local sign_out = require "sign_out"

-- luacheck: ignore 113
lighty.header["Content-Type"] = "text/plain"
lighty.content = { sign_out(lighty.env["request.uri"]:match "[^/]+$") .. "\n" }
return 200
