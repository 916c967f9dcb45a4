-- SPDX-License-Identifier: MIT
--- Keys and signed tokens (JWS) by the command `openssl`: not by the library that checks them.

local disk = require "spec.support.files"
local peer = require "spec.support.peer"

local signer = {}

local alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

--- Base64url without padding (RFC 7515 §2).
function signer.base64url(bytes)
  local text = bytes:gsub("..?.?", function(some)
    local a, b, c = some:byte(1, 3)
    local number = a * 65536 + (b or 0) * 256 + (c or 0)
    local digits = {}
    for i = 1, #some + 1 do
      local digit = math.floor(number / 64 ^ (4 - i)) % 64 + 1
      digits[i] = alphabet:sub(digit, digit)
    end
    return table.concat(digits)
  end)
  return text
end

--- Bytes of hexadecimal digits.
function signer.unhex(digits)
  return (digits:gsub("%x%x", function(two) return string.char(tonumber(two, 16)) end))
end

-- Not peer.output_of, which trims: these are bytes.
local function output(command, ...)
  local pipe = assert(io.popen(command:format(...)))
  local bytes = pipe:read "*a"
  pipe:close()
  return bytes
end

-- Fresh keys for each run, in a folder that `peer.stop_all` removes; one for each name.
local folder, made = nil, {}

local function path_of(name)
  folder = folder or peer.directory()
  return folder .. "/" .. name
end

local function modulus_of(path)
  return output("openssl rsa -in %s -noout -modulus", path):match "Modulus=(%x+)"
end

local function rsa_jwk(path)
  return { kty = "RSA", n = signer.base64url(signer.unhex(modulus_of(path))), e = "AQAB" }
end

local function ec_jwk(path, curve, size)
  local point = output("openssl pkey -in %s -pubout -outform DER", path):sub(-2 * size)
  return { kty = "EC", crv = curve, x = signer.base64url(point:sub(1, size)), y = signer.base64url(point:sub(size + 1)) }
end

local coordinates = { ["P-256"] = 32, ["P-384"] = 48 }

--- A new key: signer.key("RSA", 2048), signer.key("P-256"). The same name gives the same key.
-- @tparam string kind RSA, P-256 or P-384
-- @tparam[opt] number bits
-- @tparam[opt] string name of one among several of a kind
-- @treturn table { kind, path (of its PEM), jwk (its public members) }
function signer.key(kind, bits, name)
  local id = table.concat({ kind, bits or "", name or "" }, "-")
  if not made[id] then
    local path, size = path_of(id .. ".pem"), coordinates[kind]
    output("openssl genpkey -out %s -algorithm %s 2>&1", path,
      size and "EC -pkeyopt ec_paramgen_curve:" .. kind or "RSA -pkeyopt rsa_keygen_bits:" .. bits)
    made[id] = { kind = kind, path = path, jwk = size and ec_jwk(path, kind, size) or rsa_jwk(path) }
  end
  return made[id]
end

-- The two numbers of an ECDSA signature in DER, each in full length (RFC 7518 §3.4).
local function raw_of(der, size)
  local at = der:byte(2) < 0x80 and 3 or 4
  local numbers = {}
  for i = 1, 2 do
    local length = der:byte(at + 1)
    local number = der:sub(at + 2, at + 1 + length):gsub("^%z+", "")
    numbers[i] = ("\0"):rep(size - #number) .. number
    at = at + 2 + length
  end
  return table.concat(numbers)
end

local digests = { ["256"] = "-sha256", ["384"] = "-sha384", ["512"] = "-sha512" }

--- The signature of bytes.
-- @tparam table key
-- @tparam string alg RS256, PS256, ES256 and the like
-- @tparam string bytes
-- @tparam[opt] table options { salt = of PS256, der = true: as openssl writes it }
function signer.sign(key, alg, bytes, options)
  local path = path_of "bytes"
  local salt = options and options.salt or "digest"
  disk.write(path, bytes)
  local signature = output("openssl dgst %s -sign %s %s %s", digests[alg:sub(3)], key.path,
    alg:sub(1, 2) == "PS" and "-sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:" .. salt or "", path)
  local size = coordinates[key.kind]
  return size and not (options and options.der) and raw_of(signature, size) or signature
end

--- In hexadecimal digits.
function signer.sha256(bytes)
  local path = path_of "bytes"
  disk.write(path, bytes)
  return output("openssl dgst -sha256 -r %s", path):match "^%x+"
end

--- The MAC by HS256.
function signer.hmac(bytes, secret)
  local digits = secret:gsub(".", function(byte) return ("%02x"):format(byte:byte()) end)
  local path = path_of "bytes"
  disk.write(path, bytes)
  return output("openssl dgst -sha256 -mac HMAC -macopt hexkey:%s -binary %s", digits, path)
end

--- The modulus of an RSA key, in hexadecimal digits.
function signer.modulus(key)
  return modulus_of(key.path)
end

--- A public key as a subcommand of openssl writes it.
function signer.public(key, subcommand)
  return output("openssl %s -in %s 2> /dev/null", subcommand, key.path)
end

--- A token of a header and a payload, both as they are to be written.
function signer.token(key, alg, header, payload, options)
  local signed = signer.base64url(header) .. "." .. signer.base64url(payload)
  return signed .. "." .. signer.base64url(signer.sign(key, alg, signed, options))
end

--- One key as JSON: texts, and lists of texts.
function signer.jwk_text(jwk)
  local members = {}
  for name, value in pairs(jwk) do
    local text = type(value) == "table" and (#value == 0 and "[]" or '["' .. table.concat(value, '","') .. '"]') or '"' .. value .. '"'
    members[#members + 1] = ('"%s":%s'):format(name, text)
  end
  table.sort(members)
  return "{" .. table.concat(members, ",") .. "}"
end

--- A key set as JSON.
function signer.jwks(jwks)
  local list = {}
  for i, jwk in ipairs(jwks) do
    list[i] = signer.jwk_text(jwk)
  end
  return '{"keys":[' .. table.concat(list, ",") .. "]}"
end

--- The public members of a key, and others.
function signer.jwk(key, others)
  local jwk = {}
  for _, members in ipairs { key.jwk, others or {} } do
    for name, value in pairs(members) do
      jwk[name] = value
    end
  end
  return jwk
end

return signer
