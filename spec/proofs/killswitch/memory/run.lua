-- SPDX-License-Identifier: MIT
-- Every allocation of gate and verify fails, in every allocator: nothing is accepted that must not be, nothing good is called invalid, and
-- nothing leaks. Row 115. run.lua HOST LIBRARY ALLOCATOR...: the host is spec/proofs/killswitch/memory/host.c, built with that library.

local checks = require "spec.support.checks"
local peer = require "spec.support.peer"
local signer = require "spec.support.signer"

local host, library = assert(arg[1]), assert(arg[2])
local ours = { own = true, lua = true }
local payload = '{"iss":"https://issuer.example","jti":"1","iat":1790000000}'

-- libcjose does not expect every failure: then it may end the process (signal 11, or status 1 by the sanitizer), or leak (status 1), and
-- for ECDSA it takes numbers that could not be made for a wrong signature. Its own matter, and counted.
local by_libcjose = { ["signal 11"] = true, ["status 1"] = true }

local function is_fair(word, good, allocator, alg)
  return word == good or word == "unavailable" or word == "no key set: memory is out" or word:find "^raised: not enough memory"
    or (library == "libcjose" and not ours[allocator] and (by_libcjose[word] or (alg:find "^ES" and word == "invalid_key")))
end

local function quoted(text)
  return "'" .. text .. "'"
end

local function try(allocator, alg, jwks, token, good)
  local command = table.concat({ host, "spec/proofs/killswitch/memory/scenario.lua", allocator, quoted(jwks), quoted(token), alg }, " ")
  local counts, first, bad = {}, nil, {}
  for line in io.popen(command):lines() do
    if not first then
      first = line
    else
      counts[line] = (counts[line] or 0) + 1
      bad[#bad + 1] = not is_fair(line, good, allocator, alg) and line or nil
    end
  end
  assert(first and first:find(good, 1, true), first)
  local list = {}
  for word, count in pairs(counts) do
    list[#list + 1] = count .. " " .. word
  end
  table.sort(list)
  checks.note(#bad == 0, ("115 %s, %s, a %s token: %s of %s: %s"):format(library, alg, good == "accepted" and "good" or "bad", first:match "^%d+ %a+", allocator, table.concat(list, ", ")))
end

local keys = { RS256 = signer.key("RSA", 2048), PS256 = signer.key("RSA", 2048), ES256 = signer.key "P-256", ES384 = signer.key "P-384" }
for _, alg in ipairs { "RS256", "PS256", "ES256", "ES384" } do
  local jwks = signer.jwks { signer.jwk(keys[alg], { kid = "one" }) }
  local token = signer.token(keys[alg], alg, ('{"alg":"%s","kid":"one"}'):format(alg), payload)
  local spoilt = token:gsub("[^.]*$", function(signature) return (signature:sub(9, 9) == "A" and "B" or "A") .. signature:sub(2) end)
  for _, allocator in ipairs { (table.unpack or unpack)(arg, 3) } do
    try(allocator, alg, jwks, token, "accepted")
    try(allocator, alg, jwks, spoilt, "invalid_key")
  end
end
peer.stop_all()
checks.close()
