-- SPDX-License-Identifier: MIT
-- The first line is a secret, the rest a text in which it may stand, as it is and in every encoding.
local core = require "signoff.core"
local signoff = require "signoff"
local encodings = require "spec.support.encodings"

local function check(client, secret, text)
  local masked = core.mask(client, text)
  assert(type(masked) == "string")
  for name, trace in pairs(encodings.traces(secret)) do
    assert(not masked:find(trace, 1, true), "a secret is shown " .. name)
  end
end

return function(bytes)
  local secret, text = bytes:match "^([^\n]*)\n(.*)$"
  if not secret or #secret < 4 or secret:find "*" then -- "***" stands for what was masked
    return
  end
  local fine, client = pcall(signoff.jde_ais, { url = "https://ais.example", token = secret })
  if not fine then -- refused: no header can carry it
    return
  end
  check(client, secret, text)
  -- Bytes that resemble an escape may become another one together with those before them.
  local apart = secret:find "[%%&\\]" and " " or ""
  for _, list in ipairs { encodings.all, encodings.lines } do
    for _, encode in pairs(list) do
      check(client, secret, "before " .. encode(secret) .. text)
      check(client, secret, text .. apart .. encode(secret))
    end
  end
end
