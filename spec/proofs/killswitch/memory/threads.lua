-- SPDX-License-Identifier: MIT
-- Four threads accept 300 tokens each, with no race: threads.lua HOST, which spec/proofs/killswitch/memory/threads.c became.

local checks = require "spec.support.checks"
local peer = require "spec.support.peer"
local signer = require "spec.support.signer"

for _, row in ipairs { { "RS256", signer.key("RSA", 2048) }, { "PS256", signer.key("RSA", 2048) }, { "ES256", signer.key "P-256" } } do
  local alg, key = row[1], row[2]
  local token = signer.token(key, alg, ('{"alg":"%s"}'):format(alg), '{"iss":"https://issuer.example"}')
  checks.check("115 " .. alg .. " on four threads", function()
    local said = peer.output_of(("%s spec/proofs/killswitch/memory/scenario.lua 300 '%s' '%s' %s 2>&1"):format(arg[1], signer.jwks { key.jwk }, token, alg))
    assert(tonumber(said) == 1200, said)
  end)
end
peer.stop_all()
checks.close()
