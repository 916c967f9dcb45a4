-- SPDX-License-Identifier: MIT
-- The price of a token for a receiver, beside libcrypto's EVP_DigestVerify with a kept key on the same one: processor time, one after the other,
-- the least of each; and instructions, where valgrind is there (it has no SHA instructions: both sides compute SHA-256 the long way).
-- ROUNDS=15: of a tenth of a second each. INSTRUCTIONS=no: without these. LUA=lua5.4: who runs it. FACTORS=1.3,1.1: the most for RS256 and for ES256.

local checks = require "spec.support.checks"
local disk = require "spec.support.files"
local peer = require "spec.support.peer"
local signer = require "spec.support.signer"

local rounds = tonumber(os.getenv "ROUNDS") or 15
local rs256, es256 = (os.getenv "FACTORS" or "1.3,1.1"):match "^([%d.]+),([%d.]+)$"
local kid = "JMW9sS1vgDl2zrhC3sdV5lqbPTQc0vwu7GpdqhZaX1Y"

-- As a sender of CAEP events writes it.
local payload = [[{"iss":"https://acme.okta.example","jti":"24c63fb56f1a2d1a9e5c1d1b8f3a9c77","iat":1790000000,]]
  .. [["aud":"https://signoff.example/ssf","txn":"8675309","sub_id":{"format":"complex","user":{"format":"iss_sub","iss":"https://acme.okta.example",]]
  .. [["sub":"00u1a2b3c4d5e6f7g8h9"},"tenant":{"format":"opaque","id":"acme"}},"events":{"https://schemas.openid.net/secevent/caep/event-type/]]
  .. [[session-revoked":{"event_timestamp":1790000000,"initiating_entity":"admin","reason_admin":{"en":"Landspeed Policy Violation: C076E82F"},]]
  .. [["reason_user":{"en":"Access attempt from multiple regions."}}}}]]

-- A folder with the token, for both sides.
local function prepare(alg, key)
  local folder = peer.directory()
  local token = signer.token(key, alg, ('{"alg":"%s","kid":"%s","typ":"secevent+jwt"}'):format(alg, kid), payload)
  local text = token:match "^(.*)%."
  for name, bytes in pairs { token = token, text = text, signature = signer.sign(key, alg, text, { der = true }),
    jwks = signer.jwks { signer.jwk(key, { kid = kid }) }, ["public.pem"] = signer.public(key, "pkey -pubout") } do
    disk.write(folder .. "/" .. name, bytes)
  end
  return folder, #token
end

local function commands(folder, alg, tool)
  local ours = (os.getenv "LUA" or "lua5.4") .. " spec/proofs/killswitch/bench/accept.lua " .. folder .. " " .. alg .. " %s "
  return { bare = ("%s %s/public.pem %s/text %s/signature %%s"):format(tool, folder, folder, folder), gate = ours .. "gate", signature = ours .. "signature", claims = ours .. "claims" }
end

-- The least of several times, in nanoseconds.
local function least_times(list)
  local least = {}
  for _ = 1, rounds do
    for name, command in pairs(list) do
      local time = assert(tonumber(peer.output_of(command:format "0.1")), command)
      least[name] = math.min(least[name] or math.huge, time)
    end
  end
  return least
end

local function instructions(command)
  local function collected(count)
    return tonumber(peer.output_of("valgrind --tool=callgrind --callgrind-out-file=/dev/null " .. command:format("COUNT:" .. count) .. " 2>&1"):match "Collected : (%d+)")
  end
  return math.floor((collected(300) - collected(100)) / 200)
end

local tool = peer.directory() .. "/verify"
assert(peer.output_of(("cc -O2 -o %s spec/proofs/killswitch/bench/verify.c -lcrypto 2>&1"):format(tool)) == "")
for _, row in ipairs { { "RS256", signer.key("RSA", 2048), rs256 }, { "ES256", signer.key "P-256", es256 } } do
  local alg, key, most = row[1], row[2], tonumber(row[3])
  local folder, size = prepare(alg, key)
  local list = commands(folder, alg, tool)
  local times = least_times(list)
  print(("%s, a token of %d bytes: EVP_DigestVerify %.1f us; gate %.1f; gate and signature %.1f (%.2f times); with claims %.1f (%.2f times; %d a second)"):format(
    alg, size, times.bare / 1000, times.gate / 1000, times.signature / 1000, times.signature / times.bare, times.claims / 1000, times.claims / times.bare, math.floor(1e9 / times.claims)))
  checks.check(alg .. " in time", function() checks.at_most("gate, signature and claims beside EVP_DigestVerify", ("%.3f"):format(times.claims / times.bare) + 0, most) end)
  if os.getenv "INSTRUCTIONS" ~= "no" and peer.output_of "command -v valgrind" ~= "" then
    local bare, claims = instructions(list.bare), instructions(list.claims)
    print(("%s in instructions: EVP_DigestVerify %d; gate %d; gate and signature %d; with claims %d (%.2f times)"):format(
      alg, bare, instructions(list.gate), instructions(list.signature), claims, claims / bare))
  end
end
peer.stop_all()
checks.close()
