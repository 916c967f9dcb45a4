-- SPDX-License-Identifier: MIT
-- Key sets: which keys are taken, and which are tried for a token.

local alone = require "spec.support.libcjose"
local jose = require "signoff.jose"
local peer = require "spec.support.peer"
local signer = require "spec.support.signer"

local rows = require "spec.proofs.killswitch.key_rows"
local payload = '{"iss":"https://issuer.example"}'
local algorithms = { RSA = "RS256", ["P-256"] = "ES256", ["P-384"] = "ES384" }

local function token_of(key, kid, alg)
  alg = alg or algorithms[key.kind]
  return signer.token(key, alg, ('{"alg":"%s"%s}'):format(alg, kid and (',"kid":"%s"'):format(kid) or ""), payload)
end

local function answers()
  local pairs = {}
  for i, row in ipairs(rows) do
    pairs[i] = { row.jwk, row.signer and token_of(row.signer) }
  end
  return alone(pairs)
end

local function has_one_of(text, words)
  for word in words:gmatch "[^|]+" do
    if text:find(word, 1, true) then
      return true
    end
  end
end

describe("a key", function()
  local said = answers()
  for i, row in ipairs(rows) do
    it(("%d %s: %s%s"):format(row.number, row.title, row.reason and "refused" or "taken", row.reason and row.lets_pass and "; libcjose lets it pass" or ""), function()
      local set, refused, list = jose.key_set('{"keys":[' .. row.jwk .. "]}")
      assert.are.equal(row.reason == nil, set ~= nil)
      local reasons = list or refused
      assert.are.equal(row.reason and 1 or 0, #reasons)
      assert.is_truthy(not row.reason or has_one_of(reasons[1].reason, row.reason))
      assert.are.equal(row.lets_pass and "accepts" or "refuses", said[i])
      if set and row.signer then
        local found, code = set:verify(token_of(row.signer))
        local parsed, refusal = jose.parse(token_of(row.signer), { "RS256", "PS256", "ES256" })
        assert.are.equal(row.code, not found and code or not parsed and refusal or nil)
      end
    end)
  end
end)

local rsa, p256 = signer.key("RSA", 2048), signer.key "P-256"

-- A set of RSA keys: "ok" is the one that signs, any other word names another.
local function set_of(words, kids)
  local jwks = {}
  for i, word in ipairs(words) do
    local key = word == "ok" and rsa or word == "ec" and p256 or signer.key("RSA", 2048, word)
    jwks[i] = signer.jwk(key, { kid = kids and kids[i] })
  end
  return assert(jose.key_set(signer.jwks(jwks)))
end

describe("set:verify", function()
  -- the keys, their kids, the token's kid, the code (nil: accepted) and the kid that is given
  local choices = {
    { "two keys with the same kid, the first", { "ok", "a" }, { "x", "x" }, "x", nil, "x" }, { "two keys with the same kid, the second", { "a", "ok" }, { "x", "x" }, "x", nil, "x" },
    { "two keys of different types with the same kid", { "ec", "ok" }, { "x", "x" }, "x", nil, "x" },
    { "no kid and one key", { "ok" }, nil, nil, nil, nil }, { "no kid and a key with a kid", { "ok" }, { "x" }, nil, nil, "x" },
    { "no kid and five keys, the fourth", { "a", "b", "c", "ok", "d" }, nil, nil, nil, nil },
    { "no kid and five keys, the fifth: four are tried", { "a", "b", "c", "d", "ok" }, nil, nil, "invalid_key" },
    { "no kid and six keys, two of which do not fit", { "ec", "a", "ec", "b", "c", "ok" }, nil, nil, nil, nil },
    { "five keys with the same kid, the fifth", { "a", "b", "c", "d", "ok" }, { "x", "x", "x", "x", "x" }, "x", "invalid_key" },
    { "a kid and a key without", { "ok" }, nil, "x", "unknown_kid" }, { "a kid that another key has", { "ok", "a" }, { "x", "y" }, "y", "invalid_key" },
    { "a kid that a key of another type has", { "ec", "ok" }, { "x", "y" }, "x", "invalid_key" }, { "an unknown kid", { "ok", "a" }, { "x", "y" }, "z", "unknown_kid" },
    { "no kid and no key of the type", { "ec" }, nil, nil, "invalid_key" },
  }
  for _, row in ipairs(choices) do
    it(("18 %s: %s"):format(row[1], row[5] or "accepted"), function()
      local found, code = set_of(row[2], row[3]):verify(token_of(rsa, row[4]))
      if row[5] then
        assert.are.same({ nil, row[5] }, { found, code })
      else
        assert.are.same({ payload, row[6] }, { found, code })
      end
    end)
  end

  it("18 lists the kids", function()
    assert.are.same({ "x", "y" }, set_of({ "ok", "a", "ec" }, { "x", nil, "y" }):kids())
    assert.are.equal("signoff.key_set: 2 keys", tostring(set_of { "ok", "ec" }))
  end)

  it("18 works with a key that is used again, and with another between", function()
    local set, token, other = set_of({ "ok", "ec" }, { "x", "y" }), token_of(rsa, "x"), token_of(p256, "y")
    for _ = 1, 50 do
      assert.are.equal(payload, (set:verify(token)))
      assert.are.equal(payload, (set:verify(other)))
      assert.is_nil((set:verify(token:sub(1, -3) .. "AA")))
    end
  end)
end)

describe("jose.key_set", function()
  teardown(peer.stop_all) -- of the whole file: the keys are in one folder

  local function many(count)
    local list = {}
    for i = 1, count do
      list[i] = signer.jwk(rsa, { kid = "k" .. i })
    end
    return signer.jwks(list)
  end

  for title, row in pairs {
    ["an object without keys"] = { "{}", "list 'keys'" }, ["an empty list"] = { '{"keys":[]}', "no key that can be used" }, HTML = { "<html></html>", "not a JSON object" },
    ["an empty text"] = { "", "not a JSON object" }, ["keys that are an object"] = { '{"keys":{}}', "list 'keys'" }, ["a list"] = { "[]", "not a JSON object" },
    ["a member twice"] = { '{"keys":[],"keys":[]}', "not a JSON object" }, ["a key with n twice"] = { '{"keys":[{"kty":"RSA","n":"AA","n":"AQ","e":"AQAB"}]}', "not a JSON object" },
    ["65 keys"] = { many(65), "more than 64" }, ["300 KiB"] = { '{"keys":[]' .. (" "):rep(300 * 1024) .. "}", "more than 262,144" },
    ["nested 3,000 times"] = { '{"keys":' .. ("["):rep(3000) .. ("]"):rep(3000) .. "}", "not a JSON object" }, ["keys that are refused"] = { '{"keys":[{"kty":"oct","k":"AA"}]}', "no key that can be used" },
  } do
    it("86 refuses " .. title, function()
      local set, sentence, refused = jose.key_set(row[1])
      assert.is_nil(set)
      assert.is_truthy(sentence:find(row[2], 1, true), sentence)
      assert.are.equal("table", type(refused))
    end)
  end

  it("86 takes 64 keys", function()
    assert.are.equal(64, #jose.key_set(many(64)):kids())
  end)

  it("14 takes the good ones, and names the others", function()
    local set, refused = jose.key_set(signer.jwks { signer.jwk(rsa, { kid = "good" }), signer.jwk(rsa, { kid = "other", use = "enc" }), { kty = "oct", k = "AA", kid = "secret" } })
    assert.are.same({ "good" }, set:kids())
    assert.are.same({ "other", "secret" }, { refused[1].kid, refused[2].kid })
    assert.is_nil(refused[2].reason:find("AA", 1, true))
  end)
end)
