-- SPDX-License-Identifier: MIT
-- The order in which a token is opened, and what each step refuses.

local covered = require "spec.support.covered"
local json = require "signoff.json"
local support = require "spec.support.receiver"

describe("receiver.token", function()
  local token, counted, reaches_every_line = covered "signoff.receiver.token"
  local open = counted(function(...) return token.open(...) end)

  local TYPES = { ["secevent+jwt"] = true }
  local issuers = {
    [support.IDP] = { issuer = support.IDP, algorithms = { "RS256", "ES256" }, ssf = { profile = "final" } },
    [support.OTHER] = { issuer = support.OTHER, algorithms = { "RS256" }, logout = {} },
  }

  -- Opens a token; also what was asked of the keys.
  local function try(row)
    local asked
    local parts = {
      issuers = issuers, algorithms = { "ES256", "RS256" },
      parse = function(_, algorithms)
        assert.are.same({ "ES256", "RS256" }, algorithms)
        if row.gate then
          return nil, row.gate, "No."
        end
        return { alg = row.alg or "RS256", typ = row.typ ~= support.absent and (row.typ or "secevent+jwt") or nil, sha256 = "00",
          claims = row.claims or { iss = row.iss or support.IDP } }
      end,
      keys = { verify = function(_, issuer)
        asked = issuer
        return not row.keys or nil, row.keys or "k1", row.keys and "No."
      end },
    }
    local opened, code, sentence = open(parts, "a.b.c", "ssf", function() return TYPES end)
    return opened, code, sentence, asked
  end

  for _, row in ipairs {
    { "2 alg none", gate = "invalid_key", code = "invalid_key" }, { "10 two parts", gate = "invalid_request", code = "invalid_request" },
    { "23 iss other", iss = "https://evil.example", code = "invalid_issuer" }, { "23 iss with a slash", iss = support.IDP .. "/", code = "invalid_issuer" },
    { "23 iss in capitals", iss = "https://IDP.example", code = "invalid_issuer" }, { "23 iss absent", claims = {}, code = "invalid_issuer" },
    { "23 iss an array", claims = { iss = { support.IDP } }, code = "invalid_issuer" },
    { "23 iss null", claims = { iss = json.null }, code = "invalid_issuer" },
    { "25 an issuer that sends no events", iss = support.OTHER, code = "access_denied" },
    { "4 an alg that is not the issuer's", alg = "PS256", code = "invalid_key" },
    { "20 typ absent", typ = support.absent, code = "invalid_request" }, { "20 typ JWT", typ = "JWT", code = "invalid_request" },
    { "20 typ logout+jwt", typ = "logout+jwt", code = "invalid_request" }, { "20 typ a number", typ = 7, code = "invalid_request" },
  } do
    it(row[1] .. " is refused before any key is asked for", function()
      local opened, code, sentence, asked = try(row)
      assert.is_nil(opened)
      assert.are.same({ row.code, "string" }, { code, type(sentence) })
      assert.is_nil(asked)
    end)
  end

  for _, row in ipairs {
    { "a signature", keys = "invalid_key", code = "invalid_key" }, { "82 an unknown kid", keys = "unknown_kid", code = "invalid_key" },
    { "84 keys that were never had", keys = "unavailable", code = "unavailable" },
  } do
    it(row[1] .. " is refused by its keys", function()
      local opened, code, sentence, asked = try(row)
      assert.is_nil(opened)
      assert.are.same({ row.code, "string", support.IDP }, { code, type(sentence), asked })
    end)
  end

  for _, typ in ipairs { "secevent+jwt", "SecEvent+JWT", "application/secevent+jwt", "Application/SecEvent+JWT" } do
    it("20 takes typ " .. typ, function()
      local opened = try { typ = typ }
      assert.are.same({ support.IDP, "RS256", "k1", "00" }, { opened.issuer.issuer, opened.alg, opened.kid, opened.sha256 })
      assert.are.equal(support.IDP, opened.claims.iss)
    end)
  end

  reaches_every_line(it)
end)
