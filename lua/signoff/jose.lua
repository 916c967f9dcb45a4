-- SPDX-License-Identifier: MIT

--- Signed tokens of identity providers (JWS, RFC 7515) and their key sets (RFC 7517): what `signoff/jose.so` gives, which `make receiver`
-- builds, and LuaRocks.
--
-- `jose.parse(token, algorithms)` checks a compact token as far as that goes without a key. `algorithms` are those that its issuer signs
-- with, of RS256, PS256, ES256 and ES384. It gives `{ alg, kid, typ, payload, sha256 }`: `payload` is the text of a JSON object, and not
-- yet authentic; `sha256` is that of the token, in hexadecimal digits. Or nil, a code and a sentence that holds nothing of the token.
--
-- `jose.key_set(text)` gives a set of public keys, and a list of `{ kid, reason }` of those that are not taken; or nil, a sentence, and
-- that list.
--
-- `set:verify(token)` gives the payload, which is authentic now, and the kid of the key that signed it; or nil, a code and a sentence.
-- `set:kids()` lists the keys' kids.
--
-- Codes: `invalid_request`, `invalid_key`; `unknown_kid` of `verify`: newer keys may have it; `unavailable`: memory is out, which says
-- nothing of the token.
--
-- `jose.claims(token, algorithms)` is `parse` with `claims` in the place of `payload`: the same object as a table, as lua-cjson would give
-- it. `set:signed(token)` is `verify` with true in the place of the payload. They make no text of the payload, which costs more than its
-- claims.
-- @module signoff.jose

-- The first file on package.cpath for a name. This file stands in front of the shared object of the same name, and Lua 5.1 has no
-- package.searchpath.
local function find(name)
  local tried = {}
  for template in package.cpath:gmatch "[^;]+" do
    local path = template:gsub("%?", (name:gsub("%.", "/")))
    local file = io.open(path, "rb")
    if file then
      file:close()
      return path
    end
    tried[#tried + 1] = path
  end
  return nil, table.concat(tried, ", ")
end

-- The packages of libraries that a shared object may need.
local packages = { libcrypto = "libssl3", libcjose = "libcjose0", libjansson = "libcjose0" }

local function cure(message)
  local needed = packages[message:match "(lib[a-z]+)%.so%." or ""]
  return needed and "a library is missing; on Debian and Ubuntu: apt-get install " .. needed or "build it for this Lua: make receiver"
end

local path, tried = find "signoff.jose"
if not path then
  error("signoff.jose: signoff/jose.so is not there (" .. tried .. "); build it: make receiver", 0)
end
local open, message = package.loadlib(path, "luaopen_signoff_jose")
if not open then
  error(("signoff.jose: %s cannot be loaded: %s; %s"):format(path, message, cure(message)), 0)
end
return open "signoff.jose"
