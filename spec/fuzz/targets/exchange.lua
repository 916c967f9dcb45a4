-- SPDX-License-Identifier: MIT
-- A whole exchange over loopback: status line, headers, Retry-After, redirects, chunks and encodings as bytes of the peer.
local shape = require "spec.fuzz.shape"
local signoff = require "signoff"

local options = { url = ("http://127.0.0.1:%d"):format(fuzz.port), timeout = 0.5 }
local client = signoff.agvance(options)

return function(bytes)
  fuzz.serve(bytes)
  shape.check(options, client:sessions())
end
