-- SPDX-License-Identifier: MIT
-- A whole exchange over loopback: status line, headers, Retry-After, redirects, cookies, chunks and encodings as bytes of the peer.
local core = require "signoff.core"
local shape = require "spec.proofs.fuzz.shape"
local signoff = require "signoff"

local options = { url = ("http://127.0.0.1:%d"):format(fuzz.port), timeout = 0.5 }
local lists, tokens = signoff.agvance(options), signoff.jde_ais(options)

-- A cookie that is handed out can be sent again.
local function check_head(found)
  assert(found.date == nil or found.date > 0, "a date that is none")
  assert(found.stale == nil or (#found.stale < 300 and not found.stale:find "[^ -~]"), "a reason that cannot be shown")
  if found.cookie then
    assert(core.request((core.build(tokens, "status", "044-token", { cookie = found.cookie }))).headers.Cookie == core.bytes(found.cookie))
  end
end

local function check(answer, message, code, detail)
  shape.check(options, answer, message, code, detail)
  check_head(answer or detail)
end

return function(bytes)
  fuzz.serve(bytes)
  check(lists:sessions())
  fuzz.serve(bytes)
  check(tokens:status("044-token", { cookie = "a=1" }))
end
