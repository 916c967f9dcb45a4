-- SPDX-License-Identifier: MIT
-- Rows of single keys: number, title, the JWK as JSON, and words of the reason why it is refused (nil: it is taken). `lets_pass`: libcjose
-- imports it. Where `signer` is given, a token by it is checked, too, and libcjose alone accepts it.

local signer = require "spec.support.signer"

local rsa, p256, p384 = signer.key("RSA", 2048), signer.key "P-256", signer.key "P-384"
local encode, unhex = signer.base64url, signer.unhex
local rows = {}

local function add(number, title, jwk, reason, more)
  local row = more or {}
  row.number, row.title, row.reason = number, title, reason
  row.jwk = type(jwk) == "string" and jwk or signer.jwk_text(jwk)
  rows[#rows + 1] = row
end

local function rsa_with(more)
  return signer.jwk(rsa, more)
end

local function ec_with(more)
  return signer.jwk(p256, more)
end

-- A key that nobody has: an odd number of so many bits.
local function modulus(bits)
  return encode("\199" .. ("\85"):rep(bits / 8 - 1))
end

-- 13
local short = signer.key("RSA", 1024)
add(13, "RSA of 1,024 bits", short.jwk, "2,048 to 8,192 bits", { signer = short, lets_pass = true })
add(13, "RSA of 2,040 bits", rsa_with { n = modulus(2040) }, "2,048 to 8,192 bits", { lets_pass = true })
add(13, "RSA of 2,048 bits", rsa.jwk, nil, { signer = rsa, lets_pass = true })
add(13, "RSA of 8,192 bits", rsa_with { n = modulus(8192) }, nil, { lets_pass = true })
add(13, "RSA of 8,200 bits", rsa_with { n = modulus(8200) }, "2,048 to 8,192 bits", { lets_pass = true })
add(13, "RSA of 16,384 bits", rsa_with { n = modulus(16384) }, "not Base64url|2,048 to 8,192 bits", { lets_pass = true })
add(13, "RSA with an even modulus", rsa_with { n = encode(("\198"):rep(256)) }, "odd number", { lets_pass = true })
add(13, "RSA with a modulus of zeros", rsa_with { n = encode(("\0"):rep(256)) }, "2,048 to 8,192 bits", { lets_pass = true })
add(13, "RSA of 1,024 bits, with zeros before its modulus", signer.jwk(short, { n = encode(("\0"):rep(128) .. unhex(signer.modulus(short))) }), "2,048 to 8,192 bits", { signer = short, lets_pass = true })
add(13, "RSA with the sign's byte before its modulus", rsa_with { n = encode("\0" .. unhex(signer.modulus(rsa))) }, nil, { signer = rsa, lets_pass = true })
for title, exponent in pairs { ["1"] = "\1", ["2"] = "\2", ["65536"] = "\1\0\0", ["0"] = "\0", ["1, with zeros before it"] = "\0\0\1", ["2^32 + 1"] = "\1\0\0\0\1" } do
  add(13, "RSA with the exponent " .. title, rsa_with { e = encode(exponent) }, "exponent", { lets_pass = true })
end
add(13, "RSA with the exponent 3", rsa_with { e = encode "\3" }, nil, { lets_pass = true })
add(13, "RSA with the exponent 65,537, with a zero before it", rsa_with { e = encode "\0\1\0\1" }, nil, { signer = rsa, lets_pass = true })
add(13, "RSA with padding", rsa_with { n = rsa.jwk.n .. "==" }, "Base64url", { lets_pass = true })
for _, name in ipairs { "n", "e" } do
  local without = rsa_with {}
  without[name] = nil
  add(13, "RSA without " .. name, without, "Base64url")
  add(13, "RSA with an empty " .. name, rsa_with { [name] = "" }, "Base64url")
end
add(13, "RSA whose n is a number", ('{"kty":"RSA","n":%d,"e":"AQAB"}'):format(65537), "Base64url")

-- 14
for _, kty in ipairs { "oct", "OKP", "rsa", "" } do
  add(14, "kty " .. kty, { kty = kty, k = encode(("k"):rep(32)), x = encode(("k"):rep(32)), crv = "Ed25519" }, kty == "oct" and "secret that both sides know" or "type", { lets_pass = kty == "oct" })
end
add(14, "no kty", { n = rsa.jwk.n, e = "AQAB" }, "type")
add(14, "a list in the place of a key", "[]", "not a JSON object")
add(14, "a text in the place of a key", '"RSA"', "not a JSON object")
add(14, "use enc", rsa_with { use = "enc" }, "use", { signer = rsa, lets_pass = true })
add(14, "use sig", rsa_with { use = "sig" }, nil, { signer = rsa, lets_pass = true })
add(14, "use that is a number", ('{"kty":"RSA","n":"%s","e":"AQAB","use":1}'):format(rsa.jwk.n), "use", { lets_pass = true })
add(14, "key_ops sign", rsa_with { key_ops = { "sign" } }, "key_ops", { signer = rsa, lets_pass = true })
add(14, "key_ops encrypt and wrapKey", ec_with { key_ops = { "encrypt", "wrapKey" } }, "key_ops", { signer = p256, lets_pass = true })
add(14, "key_ops that is empty", rsa_with { key_ops = {} }, "key_ops", { lets_pass = true })
add(14, "key_ops that is a text", rsa_with { key_ops = "verify" }, "key_ops", { lets_pass = true })
add(14, "key_ops sign and verify", rsa_with { key_ops = { "sign", "verify" } }, nil, { signer = rsa, lets_pass = true })
for _, alg in ipairs { "RS512", "RSA-OAEP", "HS256", "ES256", "none", "rs256" } do
  add(14, "RSA with alg " .. alg, rsa_with { alg = alg }, "alg", { signer = rsa, lets_pass = true })
end
for _, alg in ipairs { "ES384", "ECDH-ES", "RS256" } do
  add(14, "P-256 with alg " .. alg, ec_with { alg = alg }, "alg", { signer = p256, lets_pass = true })
end
add(14, "RSA with alg RS256", rsa_with { alg = "RS256" }, nil, { signer = rsa, lets_pass = true })
add(14, "RSA with alg PS256, and a token by RS256", rsa_with { alg = "PS256" }, nil, { signer = rsa, code = "invalid_key", lets_pass = true })
add(14, "P-256 with alg ES256", ec_with { alg = "ES256" }, nil, { signer = p256, lets_pass = true })
for _, name in ipairs { "d", "p", "q", "dp", "dq", "qi", "oth", "k" } do
  add(14, "RSA with the private member " .. name, rsa_with { [name] = encode "\1" }, "private", { lets_pass = true })
end
add(14, "P-256 with the private member d", ec_with { d = encode(("\1"):rep(32)) }, "private", { lets_pass = true })

-- 12, by keys: the curve, and its points
add(12, "a key on P-384, and a token by ES384 of an issuer without it", p384.jwk, nil, { signer = p384, code = "invalid_key", lets_pass = true })
add(12, "P-521", { kty = "EC", crv = "P-521", x = encode(("\1"):rep(66)), y = encode(("\1"):rep(66)) }, "type")
add(12, "secp256k1", ec_with { crv = "secp256k1" }, "type")
add(12, "EC without crv", { kty = "EC", x = p256.jwk.x, y = p256.jwk.y }, "type")
add(12, "P-256 with the point of a P-384 key", signer.jwk(p384, { crv = "P-256" }), "full length")
add(12, "P-256 with a point that is not on the curve", ec_with { y = p256.jwk.x }, "full length")
add(12, "P-256 with the point of zeros", ec_with { x = encode(("\0"):rep(32)), y = encode(("\0"):rep(32)) }, "full length")
add(12, "P-256 with x without its last byte", ec_with { x = encode(("\1"):rep(31)) }, "full length")
add(12, "P-256 without y", { kty = "EC", crv = "P-256", x = p256.jwk.x }, "Base64url")

-- 15, of keys
for title, kid in pairs { ["of 257 bytes"] = '"' .. ("k"):rep(257) .. '"', ["that is a number"] = "1", ["that is null"] = "null", ["that is empty"] = '""', ["with a line break"] = '"a\\n"' } do
  add(15, "a key with a kid " .. title, ('{"kty":"RSA","n":"%s","e":"AQAB","kid":%s}'):format(rsa.jwk.n, kid), "kid", { lets_pass = true })
end

return rows
