-- SPDX-License-Identifier: MIT
-- Tokens that are not what they seem, before any claim is believed: rows 1 to 18. `sign` and `mangle` are the transmitter's.

local gate = { kind = "push" }

local KEY, REQUEST = "invalid_key", "invalid_request"

local function algorithms(k)
  local list = {
    { 1, "RS256" },
    { 1, "PS256", header = { alg = "PS256" } },
    { 1, "ES256", header = { alg = "ES256", kid = "ec" } },
    { 4, "RS512", header = { alg = "RS512" }, answer = KEY },
    { 4, "ES256 of an issuer of RS256", issuer = "okta", header = { alg = "ES256", kid = "ec" }, answer = KEY },
    { 4, "PS256 of an issuer of RS256", issuer = "okta", header = { alg = "PS256" }, answer = KEY },
    { 5, "EdDSA", header = { alg = "EdDSA", kid = "ed" }, answer = KEY },
    { 12, "ES256 by a P-384 key", header = { alg = "ES256", kid = "ec384" }, sign = "by-alg", answer = KEY },
    { 12, "ES384 by a P-256 key", header = { alg = "ES384", kid = "ec" }, sign = "by-alg", answer = KEY },
  }
  for _, alg in ipairs { "none", "None", "nOnE" } do
    list[#list + 1] = { 2, "alg " .. alg, header = { alg = alg }, sign = "none", answer = KEY }
    list[#list + 1] = { 2, "alg " .. alg .. " with a signature", header = { alg = alg }, sign = "RS256", answer = KEY }
  end
  for _, what in ipairs { "pem", "der", "modulus", "jwk" } do
    list[#list + 1] = { 3, "HS256 by our public key as " .. what, header = { alg = "HS256" }, sign = "public:" .. what, answer = KEY }
  end
  for _, member in ipairs { "jwk", "jku", "x5u", "x5c" } do
    list[#list + 1] = { 8, "a header with " .. member .. " of the attacker", header = { [member] = "@attacker@" }, signed_by = "attacker",
      answer = KEY }
  end
  list[#list + 1] = { 8, "a foreign key under a kid of ours", signed_by = "attacker", answer = KEY }
  list[#list + 1] = { 4, "alg absent", header = { alg = k.absent }, sign = "RS256", answer = REQUEST }
  return list
end

local function headers(k)
  local list = {
    { 6, "crit that nobody knows", header = { crit = { "exp" }, exp = 1 }, sign = "RS256", answer = REQUEST },
    { 6, "crit empty", header = { crit = k.empty_array }, sign = "RS256", answer = REQUEST },
    { 6, "b64 false", header = { crit = { "b64" }, b64 = false }, sign = "RS256", answer = REQUEST },
    { 6, "b64 false, not critical", header = { b64 = false }, sign = "RS256", answer = REQUEST },
    { 15, "a header of more than 2 KiB", header = { x = ("x"):rep(2049) }, answer = REQUEST },
    { 17, "zip", header = { zip = "DEF" }, sign = "RS256", answer = REQUEST },
    { 17, "five parts, as JWE has", mangle = "jwe", answer = REQUEST },
    { 17, "PBES2 with 2^31 rounds", mangle = "pbes2", answer = REQUEST },
  }
  for member, text in pairs { alg = '"alg":"none","alg":"RS256"', kid = '"alg":"RS256","kid":"x","kid":"rsa"', typ = '"alg":"RS256","typ":"JWT"' } do
    list[#list + 1] = { 7, "two of " .. member, raw_header = "{" .. text .. ',"typ":"secevent+jwt"' .. (member == "kid" and "" or ',"kid":"rsa"') .. "}",
      sign = "RS256", answer = REQUEST }
  end
  for word, kid in pairs { ["of 257 bytes"] = ("k"):rep(257), ["a number"] = 7, null = k.null, ["with NUL"] = "rsa\0" } do
    list[#list + 1] = { 15, "kid " .. word, header = { kid = kid }, key = "rsa", sign = "RS256", answer = REQUEST }
  end
  list[#list + 1] = { 15, "kid as a path and as SQL", header = { kid = "../../rsa' OR '1'='1" }, key = "rsa", sign = "RS256", answer = KEY }
  return list
end

local function texts()
  local list = {}
  for _, how in ipairs { "padding", "loose", "standard", "space", "newline", "tab", "bom" } do
    list[#list + 1] = { 9, "base64url with " .. how, mangle = how, answer = REQUEST }
  end
  for _, how in ipairs { "parts-1", "parts-2", "parts-4", "parts-5", "empty-header", "empty-payload" } do
    list[#list + 1] = { 10, how, mangle = how, answer = REQUEST }
  end
  for _, how in ipairs { "cut", "longer", "zero", "flip" } do
    list[#list + 1] = { 11, "RS256, signature " .. how, mangle = how, answer = KEY }
  end
  for _, how in ipairs { "cut", "longer", "zero", "der", "r-0", "s-n" } do
    list[#list + 1] = { 11, "ES256, signature " .. how, header = { alg = "ES256", kid = "ec" }, mangle = how, answer = KEY }
  end
  list[#list + 1] = { 11, "signature empty", mangle = "no-signature", answer = KEY }
  return list
end

local function payloads()
  local texts_of = {
    ["no JSON"] = "iss", array = "[1]", string = '"iss"', ["33 deep"] = '{"iss":"https://idp.example","x":' .. ("["):rep(33) .. ("]"):rep(33) .. "}",
    ["a number beyond all"] = '{"iss":"https://idp.example","iat":1e999}', ["a lone surrogate"] = '{"iss":"https://idp.example","jti":"\\ud800"}',
    ["iss twice"] = '{"iss":"https://idp.example","iss":"https://idp.example"}', empty = " ",
  }
  local list = {}
  for word, text in pairs(texts_of) do
    list[#list + 1] = { 16, "payload: " .. word, payload = text, answer = REQUEST }
  end
  return list
end

function gate.rows(k)
  local list = {}
  for _, rows in ipairs { algorithms(k), headers(k), texts(), payloads() } do
    for _, row in ipairs(rows) do
      list[#list + 1] = row
    end
  end
  return list
end

return gate
