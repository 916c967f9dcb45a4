-- SPDX-License-Identifier: MIT
-- Tokens and key sets: the first byte says what follows, a token, a header with a payload behind a line break, or a key set. Nothing is accepted
-- but the tokens of the corpus, whose private keys nobody has, byte by byte; and claims that pass are those that lua-cjson reads.

local core = require "signoff.core"
local disk = require "spec.support.files"
local jose = require "signoff.jose"
local signer = require "spec.support.signer"

local jwks = [[{"keys":[{"alg":"RS256","e":"AQAB","kid":"one","kty":"RSA","n":"oma9sgrT8kZM3LPFdCUS4pzZmm7rWiKEjcJG-gM3zOHCYcurepZTfjIJ0qoy5JSNv4JqqxoOhiMzTS7OEEmSwIkkSMb0joXdzNDTdEhwv3c8FQNOxDPN-G-4kt6jgoUmTRPo4OMPoqZ6WV1OXDSY3ozbz96_r7UfsfCohgfzajx-Lz7p-yw8bdkLvGFps9zpbpmrK2NhezHuJaSaWAMIUE6UD-j2BqlUTdyF17rfbOBdf7OBAXn82lsl5Dr9ASthcWu2FWxDlA3871qL5iaIUsWPLWkmMocbRL8VrUfmxjCX-Vfe0MsUIMqKs5gpp-6Baj7G2ZAUS4danFEi5wD_KQ","use":"sig"},{"crv":"P-256","key_ops":["verify"],"kid":"two","kty":"EC","x":"TCU-B_opehK4FsjMakULDzOBIvBldUUW-sfMpQhOz3k","y":"iWH7Z97K8rg4tQG4quYfKWlPzIK6c1qvlMFYfmKckOs"},{"e":"AQAB","kty":"RSA","n":"oma9sgrT8kZM3LPFdCUS4pzZmm7rWiKEjcJG-gM3zOHCYcurepZTfjIJ0qoy5JSNv4JqqxoOhiMzTS7OEEmSwIkkSMb0joXdzNDTdEhwv3c8FQNOxDPN-G-4kt6jgoUmTRPo4OMPoqZ6WV1OXDSY3ozbz96_r7UfsfCohgfzajx-Lz7p-yw8bdkLvGFps9zpbpmrK2NhezHuJaSaWAMIUE6UD-j2BqlUTdyF17rfbOBdf7OBAXn82lsl5Dr9ASthcWu2FWxDlA3871qL5iaIUsWPLWkmMocbRL8VrUfmxjCX-Vfe0MsUIMqKs5gpp-6Baj7G2ZAUS4danFEi5wD_KQ"}]}]]
local algorithms = { "RS256", "PS256", "ES256", "ES384" }
local codes = { invalid_request = true, invalid_key = true, unknown_kid = true }
local set = assert(jose.key_set(jwks))

local known = {}
for i = 1, 3 do
  local token = disk.read("spec/data/corpus/jose/token-" .. i):sub(2)
  known[token] = assert(set:verify(token))
end

local function check_refusal(code, sentence)
  assert(codes[code], "another code")
  assert(type(sentence) == "string" and #sentence < 200, "no sentence")
end

local function check_parsed(parsed)
  assert(#parsed.sha256 == 64 and #(parsed.kid or "") <= 256 and #(parsed.typ or "") <= 128)
  assert(not ((parsed.kid or "") .. (parsed.typ or "")):find "[%c\127-\255]", "a kid or typ that is not printable")
  assert(not core.json_repeats(parsed.payload), "claims with a member twice")
  assert(type(core.json_decode(parsed.payload)) == "table", "claims that are no object")
end

local function is_same(one, other)
  if type(one) ~= "table" or type(other) ~= "table" then
    return one == other
  end
  for name, value in pairs(one) do
    if not is_same(value, other[name]) then
      return false
    end
  end
  for name in pairs(other) do
    if one[name] == nil then
      return false
    end
  end
  return true
end

-- `claims` and `signed` say what `parse` and `verify` say.
local function check_other_form(token, parsed, payload)
  local read, fine = jose.claims(token, algorithms), set:signed(token)
  assert((read == nil) == (parsed == nil) and (fine == nil) == (payload == nil), "the other form says something else")
  assert(not read or is_same(core.json_decode(parsed.payload), read.claims), "claims that lua-cjson reads otherwise")
end

local function check_token(token)
  local parsed, code, sentence = jose.parse(token, algorithms)
  local payload, refusal, why = set:verify(token)
  check_other_form(token, parsed, payload)
  if parsed then
    check_parsed(parsed)
  else
    check_refusal(code, sentence)
  end
  if payload then
    assert(known[token] == payload, "a token is accepted that nobody signed")
  else
    check_refusal(refusal, why)
  end
  return parsed
end

-- A header that passes is the same when it is read again, and when another one was read between.
local function check_header(header, payload)
  local token = signer.base64url(header) .. "." .. signer.base64url(payload) .. ".AAAA"
  local first = check_token(token)
  check_token((next(known)))
  local second = jose.parse(token, algorithms)
  assert((first == nil) == (second == nil), "passes once")
  for name, value in pairs(first or {}) do
    assert(second[name] == value, "another " .. name)
  end
  assert(not first or first.payload == payload, "another payload")
end

local function check_keys(text)
  local found, sentence, refused = jose.key_set(text)
  if found then
    refused = sentence
    for token in pairs(known) do
      found:verify(token)
    end
    assert(#found:kids() + #refused <= 64)
  else
    assert(type(sentence) == "string" and #sentence < 200)
  end
  for _, key in ipairs(refused) do
    assert(#key.reason < 200 and #(key.kid or "") <= 256)
  end
end

return function(bytes)
  local kind, rest = bytes:sub(1, 1), bytes:sub(2)
  if kind == "t" then
    check_token(rest)
  elseif kind == "k" then
    check_keys(rest)
  else
    check_header(rest:match "^([^\n]*)\n?(.*)$")
  end
end
