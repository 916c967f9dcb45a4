-- SPDX-License-Identifier: MIT
-- A key set is read, a token passes the gate, and its signature is checked: the word that a receiver would act on.

local function accept(jose, jwks, token, alg)
  local set, sentence = jose.key_set(jwks)
  if not set then
    return "no key set: " .. sentence
  end
  local parsed, code = jose.parse(token, { alg })
  if not parsed then
    return code
  end
  local payload, refusal = set:verify(token)
  if not payload then
    return refusal
  end
  local read, why = jose.claims(token, { alg })
  if not read then
    return why
  end
  local fine, other = set:signed(token)
  if not fine then
    return other
  end
  return payload == parsed.payload and type(read.claims) == "table" and "accepted" or "another payload"
end

return function(jwks, token, alg)
  local word = accept(_G.jose, jwks, token, alg)
  collectgarbage()
  return word
end
