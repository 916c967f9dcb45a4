-- SPDX-License-Identifier: MIT

--- Opens a signed token: its gate, its issuer, its signature, its claims.
--
-- Cheap checks come first. The claims are read once, before the signature is checked, since they name the issuer whose keys are to
-- be used; a token whose issuer is not configured costs no more, and no keys are fetched for it. It is the same text that is signed.
-- @module signoff.receiver.token

local core = require "signoff.core"

local token = {}

local function includes(list, wanted)
  for _, one in ipairs(list) do
    if one == wanted then
      return true
    end
  end
  return false
end

-- Whether a header's `typ` is one of some media types, whose prefix may be left out: RFC 7515, 4.1.9. "" is none.
local function is_of(types, typ)
  return types[typ] or types[(core.lower(tostring(typ)):gsub("^application/", ""))]
end

-- The issuer's entry, if it may send such a token.
local function issuer_of(issuers, set, section)
  local entry = type(set.iss) == "string" and issuers[set.iss]
  if not entry then
    return nil, "invalid_issuer", "the claim iss is not that of an issuer that is configured here, byte by byte"
  elseif not entry[section] then
    return nil, "access_denied", "this issuer may not send such a token here"
  end
  return entry
end

local function check_header(parsed, entry, types)
  if not includes(entry.algorithms, parsed.alg) then
    return "invalid_key", "the token's alg is not one that this issuer is configured for"
  elseif not is_of(types, parsed.typ or "") then
    return "invalid_request", "the token's typ is not that of such a token; it was made for something else"
  end
end

--- Opens a token.
-- @tparam table parts `parse(token, algorithms)` (as `jose.claims`), `keys`, `issuers` (by their URL), `algorithms` (of all)
-- @tparam string compact
-- @tparam string section what the issuer must be configured for: "ssf", "logout" or "revocation"
-- @tparam function types `types(section)`: a set of the media types that a token may have, "" is none
-- @treturn ?table `claims`, `issuer` (its entry), `alg`, `kid`, `sha256`; nil, a code and a sentence
function token.open(parts, compact, section, types)
  local parsed, code, sentence = parts.parse(compact, parts.algorithms)
  if not parsed then
    return nil, code, sentence
  end
  local set, entry = parsed.claims
  entry, code, sentence = issuer_of(parts.issuers, set, section)
  if not entry then
    return nil, code, sentence
  end
  code, sentence = check_header(parsed, entry, types(entry[section]))
  if code then
    return nil, code, sentence, entry
  end
  local fine, kid, why = parts.keys:verify(entry.issuer, compact, parsed)
  if not fine then
    return nil, kid == "unknown_kid" and "invalid_key" or kid, why, entry
  end
  return { claims = set, issuer = entry, alg = parsed.alg, kid = kid, sha256 = parsed.sha256 }
end

return token
