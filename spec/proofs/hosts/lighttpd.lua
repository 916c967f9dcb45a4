-- SPDX-License-Identifier: MIT
local sign_out = require "sign_out"

lighty.header["Content-Type"] = "text/plain"
lighty.content = { sign_out(lighty.env["request.uri"]:match "[^/]+$") .. "\n" }
return 200
