-- SPDX-License-Identifier: MIT
-- The gate before libcjose: each of its rules, beside libcjose alone on the same token.

local alone = require "spec.support.libcjose"
local core = require "signoff.core"
local jose = require "signoff.jose"
local peer = require "spec.support.peer"
local signer = require "spec.support.signer"

local rows = require "spec.proofs.killswitch.gate_rows"

local function key_of(row)
  return row.key or signer.key("RSA", 2048)
end

local function answers()
  local pairs = {}
  for i, row in ipairs(rows) do
    pairs[i] = { signer.jwk_text(key_of(row).jwk), row.token }
  end
  return alone(pairs)
end

-- As a receiver does it: the payload, or nil, a code and a sentence.
local function accept(row)
  local set = assert(jose.key_set(signer.jwks { signer.jwk(key_of(row), { kid = "one" }) }))
  local parsed, code, sentence = jose.parse(row.token, row.algorithms or { "RS256", "PS256", "ES256" })
  if not parsed then
    return nil, code, sentence
  end
  local payload, kid, why = set:verify(row.token)
  local fine, its_kid, its_why = set:signed(row.token)
  assert.are.same({ payload and true, kid, why }, { fine, its_kid, its_why })
  if not payload then
    return nil, kid, why
  end
  assert.are.equal(parsed.payload, payload)
  assert.are.equal("one", kid)
  return payload
end

-- `verify` by itself has the same rules, but for the issuer's algorithms and the payload's JSON.
local function accept_alone(row)
  local set = assert(jose.key_set(signer.jwks { signer.jwk(key_of(row), { kid = "one" }) }))
  return set:verify(row.token)
end

describe("the gate", function()
  local said = answers()
  for i, row in ipairs(rows) do
    local title = ("%d %s: %s%s"):format(row.number, row.title, row.code or "accepted", row.code and row.lets_pass and "; libcjose lets it pass" or "")
    it(title, function()
      local started = os.clock()
      local payload, code, sentence = accept(row)
      assert.are.equal(row.code, code)
      assert.are.equal(row.code == nil, payload ~= nil)
      assert.are.equal(row.lets_pass and "accepts" or "refuses", row.token == "" and "refuses" or said[i])
      assert.is_truthy(not row.quick or os.clock() - started < 1)
      assert.is_truthy(not row.sentence or sentence:find(row.sentence, 1, true))
      assert.are.equal(row.code == nil or row.of_parse == true, accept_alone(row) ~= nil)
    end)
  end
end)

describe("jose.claims", function()
  it("gives what parse gives, with the claims as lua-cjson reads them in the place of the payload", function()
    for _, row in ipairs(rows) do
      local algorithms = row.algorithms or { "RS256", "PS256", "ES256" }
      local parsed, code, sentence = jose.parse(row.token, algorithms)
      local read, refusal, why = jose.claims(row.token, algorithms)
      assert.are.same({ code, sentence }, { refusal, why })
      if parsed then
        parsed.claims, parsed.payload = core.json_decode(parsed.payload), nil
      end
      assert.are.same(parsed, read)
    end
  end)

  for title, text in pairs {
    escapes = [[{"\u0061\n\"\\\/":"\u00e9\ud83d\ude00\t","":""}]], null = '\n {"sub":null,"list":[null,[],{}]}',
    blanks = '{ "a" : [ 1 , { } , [ ] ] , "b" :true,"c":false}\r\n',
    numbers = '{"n":[0,-0,-1,1790000000,123456789012345,1234567890123456,12345678901234567890,0.1,-4.35,1e3,25E-2,1E+2,1.7e300]}',
    ["what is nested as deeply as may be"] = ('{"a":'):rep(32) .. "1" .. ("}"):rep(32), ["lists nested as deeply"] = '{"a":' .. ("["):rep(31) .. ("]"):rep(31) .. "}",
    ["a long text"] = '{"a":"' .. ("x\\n"):rep(5000) .. '"}',
  } do
    it("16 reads as lua-cjson does: " .. title, function()
      local read = assert(jose.claims(signer.token(signer.key("RSA", 2048), "RS256", '{"alg":"RS256"}', text), { "RS256" }))
      local wanted = core.json_decode(text)
      assert.are.same(wanted, read.claims)
      for i, number in ipairs(wanted.n or {}) do
        assert.are.equal(("%.17g %s"):format(number, tostring(number)), ("%.17g %s"):format(read.claims.n[i], tostring(read.claims.n[i])))
      end
    end)
  end
end)

describe("jose.parse", function()
  teardown(peer.stop_all) -- of the whole file: the keys are in one folder

  it("1 gives alg, kid, typ, the payload and the token's SHA-256", function()
    local token, payload = rows[1].token, '{"iss":"https://issuer.example","jti":"1","iat":1790000000,"events":{"urn:example":{}}}'
    local parsed = jose.parse(token, { "ES256", "RS256" })
    assert.are.same({ alg = "RS256", kid = "one", typ = "secevent+jwt", payload = payload, sha256 = signer.sha256(token) }, parsed)
  end)

  it("1 gives neither kid nor typ where the header has none", function()
    local parsed = jose.parse(signer.token(signer.key("RSA", 2048), "RS256", '{"alg":"RS256"}', "{}"), { "RS256" })
    assert.are.same({ "RS256", "{}" }, { parsed.alg, parsed.payload })
    assert.are.same({}, { parsed.kid, parsed.typ })
  end)

  for title, list in pairs { ["an empty list"] = {}, HS256 = { "HS256" }, none = { "RS256", "none" }, ["a number"] = { 256 }, ["no list"] = "RS256", ["another case"] = { "rs256" } } do
    it("4 raises for algorithms that are " .. title, function()
      assert.has_error(function() jose.parse(rows[1].token, list) end)
    end)
  end

  it("9 says nothing of a refused token in its sentences", function()
    for _, row in ipairs(rows) do
      local _, _, sentence = accept(row)
      assert.is_falsy(sentence and #row.token > 8 and sentence:find(row.token:sub(1, 8), 1, true))
    end
  end)
end)
