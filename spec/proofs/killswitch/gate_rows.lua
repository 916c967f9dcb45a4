-- SPDX-License-Identifier: MIT
-- Rows of the gate: number, title, the token, the code of its refusal (nil: it is accepted); and with `lets_pass = true` that libcjose
-- alone accepts it. `key`: that of the issuer, if not RSA. `algorithms`: the issuer's. `of_parse`: `jose.parse` alone refuses it.

local signer = require "spec.support.signer"

local rsa, p256, p384 = signer.key("RSA", 2048), signer.key "P-256", signer.key "P-384"
local attacker = signer.key("RSA", 2048, "attacker")
local encode = signer.base64url

local payload = '{"iss":"https://issuer.example","jti":"1","iat":1790000000,"events":{"urn:example":{}}}'
local rows = {}

local function header(alg, more)
  return ('{"alg":"%s","kid":"one","typ":"secevent+jwt"%s}'):format(alg, more or "")
end

local function add(number, title, token, code, more)
  local row = more or {}
  row.number, row.title, row.token, row.code = number, title, token, code
  rows[#rows + 1] = row
end

local function signed(alg, key, head, body, options)
  return signer.token(key, alg, head or header(alg), body or payload, options)
end

local good = signed("RS256", rsa)
local good_ec = signed("ES256", p256)
local ec = { key = p256 }

local function with(options)
  local copy = { key = p256 }
  for name, value in pairs(options) do
    copy[name] = value
  end
  return copy
end

local head, body, signature = good:match "^(.*)%.(.*)%.(.*)$"
local ec_start = good_ec:match "^(.*%.).*$"

-- 1
add(1, "a good token by RS256", good, nil, { lets_pass = true })
add(1, "a good token by PS256", signed("PS256", rsa), nil, { lets_pass = true })
add(1, "a good token by ES256", good_ec, nil, with { lets_pass = true })
add(1, "a good token by ES384, where the issuer's list has it", signed("ES384", p384), nil, { key = p384, algorithms = { "ES384" }, lets_pass = true })
add(1, "PS256 with a salt of 0 bytes", signed("PS256", rsa, nil, nil, { salt = 0 }), "invalid_key")
add(1, "PS256 with a salt of 20 bytes", signed("PS256", rsa, nil, nil, { salt = 20 }), "invalid_key")
add(1, "a payload that was changed", head .. "." .. encode((payload:gsub("1790", "1791"))) .. "." .. signature, "invalid_key")
add(1, "a header that was changed", encode(header("RS256", ',"cty":"x"')) .. "." .. body .. "." .. signature, "invalid_key")
add(1, "a signature by RS256, said to be PS256", encode(header "PS256") .. "." .. body .. "." .. signature, "invalid_key")

-- 2
for _, none in ipairs { "none", "None", "nOnE", "NONE" } do
  add(2, "alg " .. none .. " and no signature", encode(header(none)) .. "." .. body .. ".", "invalid_key")
  add(2, "alg " .. none .. " and the signature of another", encode(header(none)) .. "." .. body .. "." .. signature, "invalid_key")
end

-- 3: the HMAC of what anybody knows
local public = { PEM = "rsa -pubout", DER = "rsa -pubout -outform DER", modulus = "rsa -noout -modulus" }
for _, secret in ipairs { "PEM", "DER", "modulus", "JWK" } do
  local text = encode(header "HS256") .. "." .. body
  local mac = secret == "JWK" and signer.hmac(text, signer.jwks { rsa.jwk }) or signer.hmac(text, signer.public(rsa, public[secret]))
  add(3, "HS256 with the issuer's " .. secret .. " as its secret", text .. "." .. encode(mac), "invalid_key", { sentence = "sign with a key pair" })
end

-- 4
add(4, "RS512, which the key would verify", signed("RS512", rsa), "invalid_key", { lets_pass = true })
add(4, "PS256, which this issuer does not use", signed("PS256", rsa), "invalid_key", { algorithms = { "RS256" }, lets_pass = true, of_parse = true })
add(4, "ES256, which this issuer does not use", good_ec, "invalid_key", with { algorithms = { "RS256", "PS256" }, lets_pass = true, of_parse = true })
add(4, "ES384, which no issuer uses unless it says so", signed("ES384", p384), "invalid_key", { key = p384, lets_pass = true, of_parse = true })

-- 5
add(5, "EdDSA", encode(header "EdDSA") .. "." .. body .. "." .. encode(("\1"):rep(64)), "invalid_key")

-- 6
for _, more in ipairs { ',"crit":["exp"]', ',"crit":["alg"]', ',"crit":["b64"],"b64":false', ',"crit":[]', ',"crit":null', ',"b64":false', ',"b64":true', ',"zip":"DEF"', ',"enc":"A128GCM"' } do
  add(6, "a header with " .. more:sub(2), signed("RS256", rsa, header("RS256", more)), "invalid_request", { lets_pass = true })
end

-- 7
for _, more in ipairs { ',"alg":"RS256"', ',"kid":"one"', ',"typ":"JWT"', ',"x":{"y":1,"y":2}', ',"\\u0061lg":"none"' } do
  add(7, "a header with a member twice: " .. more:sub(2), signed("RS256", rsa, header("RS256", more)), "invalid_request", { lets_pass = not more:find "none" })
end
for _, alg in ipairs { "rs256", "Rs256", "RS256\\u0000", "RS256 " } do
  local code = alg == "RS256 " and "invalid_key" or "invalid_request"
  add(7, "alg " .. alg, signed("RS256", rsa, header(alg)), code)
end
for _, head_of in ipairs { '{"kid":"one"}', '{"alg":null}', '{"alg":256}', '{"alg":["RS256"]}', '{"alg":{"RS256":1}}', '{"Alg":"RS256"}' } do
  add(7, "a header without alg: " .. head_of, signed("RS256", rsa, head_of), "invalid_request")
end

-- 8: each names the attacker's key
for name, value in pairs { jwk = signer.jwk_text(attacker.jwk), jku = '"https://attacker.example/keys"', x5u = '"https://attacker.example/chain"', x5c = '["MIIB"]' } do
  local more = (',"%s":%s'):format(name, value)
  add(8, "a header with the attacker's " .. name .. ", signed by the attacker", signed("RS256", attacker, header("RS256", more)), "invalid_key", { key = rsa })
  add(8, "a header with " .. name .. ", signed by the issuer: it is not looked at", signed("RS256", rsa, header("RS256", more)), nil, { lets_pass = true })
end

-- 9
add(9, "a signature with padding", good .. "==", "invalid_request", { lets_pass = true })
add(9, "a payload with padding", head .. "." .. body .. "=." .. signature, "invalid_request")
local last = signature:sub(-1)
local loose = ("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"):match(last:gsub("%-", "%%-") .. "(.)")
add(9, "a signature with loose bits at its end", good:sub(1, -2) .. loose, "invalid_request", { lets_pass = true })
for title, text in pairs { ["a space"] = " ", ["a newline"] = "\n", ["a return and a newline"] = "\r\n", ["a tab"] = "\t", ["a NUL"] = "\0", ["a byte over 127"] = "\200" } do
  add(9, title .. " behind the token", good .. text, "invalid_request")
  add(9, title .. " before the token", text .. good, "invalid_request")
  add(9, title .. " in the payload", head .. "." .. body:sub(1, 8) .. text .. body:sub(9) .. "." .. signature, "invalid_request")
end
add(9, "a byte order mark before the token", "\239\187\191" .. good, "invalid_request")
add(9, "a byte order mark in the header", signed("RS256", rsa, "\239\187\191" .. header "RS256"), "invalid_request")
add(9, "a byte order mark in the payload", signed("RS256", rsa, nil, "\239\187\191" .. payload), "invalid_request", { lets_pass = true, of_parse = true })
for _, pair in ipairs { { "+", "-" }, { "/", "_" } } do
  local found
  for i = 1, 200 do
    local token = found or signed("ES256", p256, nil, (payload:gsub('"1"', ('"%d"'):format(i))))
    found = token:find(pair[2], 1, true) and token
  end
  add(9, ("%s in the place of %s"):format(pair[1], pair[2]), (found:gsub("%" .. pair[2], pair[1])), "invalid_request", ec)
end

-- 10
add(10, "one part", "eyJhbGciOiJSUzI1NiJ9", "invalid_request")
add(10, "an empty text", "", "invalid_request")
add(10, "two parts", head .. "." .. body, "invalid_request")
add(10, "four parts", good .. "." .. signature, "invalid_request")
add(10, "five parts", good .. "." .. signature .. "." .. signature, "invalid_request")
add(10, "three parts and a dot", good .. ".", "invalid_request")
add(10, "an empty header", "." .. body .. "." .. signature, "invalid_request")
add(10, "an empty payload", head .. ".." .. signature, "invalid_request")
add(10, "an empty payload that is signed", signed("RS256", rsa, nil, ""), "invalid_request", { lets_pass = true })
add(10, "dots alone", "..", "invalid_request")
add(10, "a token of 64 KiB and 1 byte", good .. ("A"):rep(64 * 1024 + 1 - #good), "invalid_request")

-- 11
local raw = signer.sign(rsa, "RS256", head .. "." .. body)
local raw_ec = signer.sign(p256, "ES256", ec_start:sub(1, -2))
local order = signer.unhex "FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551"
local r, s = raw_ec:sub(1, 32), raw_ec:sub(33)
add(11, "RS256: a signature without its last byte", head .. "." .. body .. "." .. encode(raw:sub(1, -2)), "invalid_key")
add(11, "RS256: a signature without its first byte", head .. "." .. body .. "." .. encode(raw:sub(2)), "invalid_key")
add(11, "RS256: no signature", head .. "." .. body .. ".", "invalid_key")
add(11, "RS256: a signature with a byte more", head .. "." .. body .. "." .. encode(raw .. "\0"), "invalid_key")
add(11, "RS256: a signature with a zero byte before it", head .. "." .. body .. "." .. encode("\0" .. raw), "invalid_key")
add(11, "RS256: a signature of zeros", head .. "." .. body .. "." .. encode(("\0"):rep(256)), "invalid_key")
add(11, "RS256: a signature of ones", head .. "." .. body .. "." .. encode(("\255"):rep(256)), "invalid_key")
add(11, "RS256: a signature with a bit changed", head .. "." .. body .. "." .. encode(string.char((raw:byte() + 1) % 256) .. raw:sub(2)), "invalid_key")
add(11, "ES256: a signature without its last byte", ec_start .. encode(raw_ec:sub(1, -2)), "invalid_key", ec)
add(11, "ES256: a signature with a byte more", ec_start .. encode(raw_ec .. "\0"), "invalid_key", with { lets_pass = true })
add(11, "ES256: a signature with two bytes more", ec_start .. encode(raw_ec .. "\0\0"), "invalid_key", ec)
add(11, "ES256: a signature in DER", signed("ES256", p256, nil, nil, { der = true }), "invalid_key", ec)
add(11, "ES256: no signature", ec_start, "invalid_key", ec)
add(11, "ES256: a signature of zeros", ec_start .. encode(("\0"):rep(64)), "invalid_key", ec)
add(11, "ES256: r is 0", ec_start .. encode(("\0"):rep(32) .. s), "invalid_key", ec)
add(11, "ES256: s is 0", ec_start .. encode(r .. ("\0"):rep(32)), "invalid_key", ec)
add(11, "ES256: r is the order of the curve", ec_start .. encode(order .. s), "invalid_key", ec)
add(11, "ES256: s is the order of the curve", ec_start .. encode(r .. order), "invalid_key", ec)
add(11, "ES256: r and s are those of another token", ec_start .. signed("ES256", p256, nil, '{"a":1}'):match "[^.]*$", "invalid_key", ec)

-- 12
add(12, "ES256 by a P-384 key", signed("ES256", p384), "invalid_key", { key = p384, lets_pass = true })
add(12, "ES384 by a P-256 key", signed("ES384", p256), "invalid_key", with { algorithms = { "ES384" }, lets_pass = true })
add(12, "ES256 for an issuer with an RSA key", good_ec, "invalid_key", { key = rsa })
add(12, "RS256 for an issuer with a P-256 key", good, "invalid_key", { key = p256 })

-- 15
local function padded(size)
  local empty = header("RS256", ',"x":""')
  return header("RS256", (',"x":"%s"'):format(("x"):rep(size - #empty)))
end
add(15, "a header of 2 KiB", signed("RS256", rsa, padded(2048)), nil, { lets_pass = true })
add(15, "a header of 2 KiB and 1 byte", signed("RS256", rsa, padded(2049)), "invalid_request", { lets_pass = true })
add(15, "a header of 2 KiB and 3 bytes", signed("RS256", rsa, padded(2051)), "invalid_request", { lets_pass = true })
add(15, "a header of 48 KiB", encode(padded(48 * 1024)) .. ".e30.AAAA", "invalid_request")
local function kid_row(title, kid, code)
  add(15, "a kid " .. title, signed("RS256", rsa, ('{"alg":"RS256","kid":%s}'):format(kid)), code, { lets_pass = not title:find "NUL" })
end
kid_row("of 257 bytes", '"' .. ("k"):rep(257) .. '"', "invalid_request")
kid_row("of 256 bytes, which no key has", '"' .. ("k"):rep(256) .. '"', "unknown_kid")
kid_row("with a NUL", '"one\\u0000"', "invalid_request")
kid_row("with a line break", '"one\\n"', "invalid_request")
kid_row("with other letters", '"\195\182ne"', "invalid_request")
kid_row("that is a path", '"../../etc/passwd"', "unknown_kid")
kid_row("that is SQL", "\"x' OR '1'='1\"", "unknown_kid")
kid_row("that begins like the key's", '"on"', "unknown_kid")
kid_row("that goes on behind the key's", '"one1"', "unknown_kid")
kid_row("in another case", '"ONE"', "unknown_kid")
for _, kid in ipairs { "1", "null", "true", "[]", "{}", '""', '["one"]' } do
  kid_row("that is " .. kid, kid, "invalid_request")
end
for _, typ in ipairs { "1", "null", '""', '"a\\nb"', '"' .. ("t"):rep(129) .. '"' } do
  add(15, "a typ that is " .. typ, signed("RS256", rsa, ('{"alg":"RS256","kid":"one","typ":%s}'):format(typ)), "invalid_request", { lets_pass = true })
end
for title, head_of in pairs {
  ["a list"] = '["RS256"]', ["a text"] = '"RS256"', ["a number"] = "1", ["nothing"] = "", ["half of an object"] = '{"alg":"RS256"', ["two objects"] = '{"alg":"RS256"}{}',
  ["an object and a NUL"] = '{"alg":"RS256"}\0', ["no UTF-8"] = '{"alg":"RS256","x":"\255"}', ["a name with a NUL"] = '{"alg":"RS256","a\\u0000":1}',
  ["an object with a number of 64 bits and more"] = '{"alg":"RS256","x":99999999999999999999}', ["an object with a NUL in a text"] = '{"alg":"RS256","x":"a\\u0000"}',
  ["an object with a comment"] = '{"alg":"RS256"/**/}', ["an object with a comma too much"] = '{"alg":"RS256",}', ["nested a thousand times"] = '{"alg":"RS256","x":' .. ("["):rep(900) .. ("]"):rep(900) .. "}",
} do
  add(15, "a header that is " .. title, signed("RS256", rsa, head_of), "invalid_request", { lets_pass = title == "nested a thousand times" })
end

add(15, "a header with 19 digits in a text, and a number of 18", signed("RS256", rsa, '{"alg":"RS256","kid":"one","x":"1234567890123456789","y":123456789012345678}'), nil, { lets_pass = true })

-- 16
local payloads = {
  ["no JSON"] = "hello", ["a list"] = "[1]", ["a text"] = '"x"', ["a number"] = "1", ["null"] = "null", ["cut"] = '{"iss":"a"', ["blank"] = "  ",
  ["33 deep"] = ('{"a":'):rep(33) .. "1" .. ("}"):rep(33), ["with lists, 33 deep"] = '{"a":' .. ("["):rep(32) .. ("]"):rep(32) .. "}", ["a number beyond doubles"] = '{"iat":1e999}',
  ["a number of 1,000 digits"] = '{"iat":' .. ("1"):rep(1000) .. "}", ["NaN"] = '{"iat":NaN}', ["a lone surrogate"] = '{"iss":"\\ud800"}', ["a second surrogate alone"] = '{"iss":"\\udc00"}',
  ["iss twice"] = '{"iss":"a","iss":"b"}', ["iss twice, once with an escape"] = '{"iss":"a","\\u0069ss":"b"}', ["a member of events twice"] = '{"events":{"a":1,"a":2}}',
  ["no UTF-8"] = '{"iss":"\255"}', ["with a NUL"] = '{"iss":"a\0b"}', ["two objects"] = "{}{}", ["with a comment"] = "{/* */}", ["a line break in a text"] = '{"iss":"a\nb"}',
}
for title, text in pairs(payloads) do
  add(16, "a payload that is " .. title, signed("RS256", rsa, nil, text), "invalid_request", { lets_pass = true, of_parse = true })
end
add(16, "a payload 32 deep", signed("RS256", rsa, nil, ('{"a":'):rep(32) .. "1" .. ("}"):rep(32)), nil, { lets_pass = true })
add(16, "a payload with blanks around it", signed("RS256", rsa, nil, " \n" .. payload .. "\t "), nil, { lets_pass = true })

-- 17
add(17, "an encrypted token", encode '{"alg":"RSA-OAEP","enc":"A128GCM"}' .. ".AAAA.AAAA.AAAA.AAAA", "invalid_request", { quick = true })
add(17, "PBES2 with 2^31 rounds", encode '{"alg":"PBES2-HS256+A128KW","enc":"A128GCM","p2c":2147483648,"p2s":"AAAA"}' .. ".AAAA.AAAA.AAAA.AAAA", "invalid_request", { quick = true })
add(17, "PBES2 in three parts", encode '{"alg":"PBES2-HS256+A128KW","p2c":2147483648,"p2s":"AAAA"}' .. "." .. body .. "." .. signature, "invalid_key", { quick = true })

return rows
