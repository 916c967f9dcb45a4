-- SPDX-License-Identifier: MIT
-- The claims of the three kinds of token: each claim of each type, and the times around their limits.

local json = require "signoff.json"
local covered = require "spec.support.covered"
local support = require "spec.support.receiver"

local NOW, absent, changed = support.NOW, support.absent, support.changed

describe("receiver.claims", function()
  local claims, counted, reaches_every_line = covered "signoff.receiver.claims"
  local function clock_of(check)
    return counted(function(...) return claims[check](...) end)
  end
  local event = clock_of "event"

  local kinds = {
    push = { check = clock_of "check_event", rule = { audience = "https://signoff.example/ssf" } },
    backchannel = { check = clock_of "check_logout", rule = { audience = "signoff", trusted = {} } },
    revocation = { check = clock_of "check_assertion", rule = { audience = "https://signoff.example/revocation", subject = "0oa1client" } },
  }

  local function holds(kind, row)
    local _, set = support.good[kind](NOW)
    local fine, code, sentence = kinds[kind].check(changed(set, row.claims), changed(kinds[kind].rule, row.rule), NOW)
    assert.are.equal(row[2], code)
    assert.are.equal(row[2] == nil and true or nil, fine)
    assert.are.equal(row[2] and "string" or "nil", type(sentence))
  end

  local function describe_rows(kind, rows)
    for _, row in ipairs(rows) do
      it(("%s (%s)"):format(row[1], kind), function()
        holds(kind, row)
      end)
    end
  end

  local ours, bad = "https://signoff.example/ssf", "invalid_request"
  local legacy = { legacy = true }

  describe_rows("push", {
    { "1 good" },
    { "22 sub", bad, claims = { sub = "x" } }, { "22 exp", bad, claims = { exp = NOW + 9 } }, { "22 nonce", bad, claims = { nonce = "x" } },
    { "22 nonce null", bad, claims = { nonce = json.null } },
    { "22 exp to come, legacy", claims = { exp = NOW + 9 }, rule = legacy }, { "22 exp past, legacy", bad, claims = { exp = NOW - 61 }, rule = legacy },
    { "22 exp a text, legacy", bad, claims = { exp = "9" }, rule = legacy }, { "22 sub, legacy", bad, claims = { sub = "x" }, rule = legacy },
    { "24 aud absent", "invalid_audience", claims = { aud = absent } }, { "24 aud other", "invalid_audience", claims = { aud = "x" } },
    { "24 aud an array with ours", claims = { aud = { "x", ours } } }, { "24 aud an array without ours", "invalid_audience", claims = { aud = { "x" } } },
    { "24 aud an empty array", "invalid_audience", claims = { aud = {} } }, { "24 aud a number", "invalid_audience", claims = { aud = 7 } },
    { "24 aud an array with a number", "invalid_audience", claims = { aud = { ours, 7 } } },
    { "24 aud an object", "invalid_audience", claims = { aud = { a = ours } } },
    { "26 iat absent", bad, claims = { iat = absent } }, { "26 iat a text", bad, claims = { iat = tostring(NOW) } },
    { "26 iat with a fraction", claims = { iat = NOW - 0.5 } }, { "26 iat -1", bad, claims = { iat = -1 } },
    { "26 iat 61 s ahead", bad, claims = { iat = NOW + 61 } }, { "26 iat 59 s ahead", claims = { iat = NOW + 59 } },
    { "26 iat of 40 days ago", claims = { iat = NOW - 40 * 86400 } },
    { "27 jti absent", bad, claims = { jti = absent } }, { "27 jti empty", bad, claims = { jti = "" } }, { "27 jti a number", bad, claims = { jti = 7 } },
    { "27 jti of 256 bytes", bad, claims = { jti = ("j"):rep(256) } }, { "27 jti of 255 bytes", claims = { jti = ("j"):rep(255) } },
    { "33 unknown members", claims = { colour = { "red" } } },
  })

  describe_rows("backchannel", {
    { "90 good" }, { "90 with an unknown claim", claims = { colour = "red" } },
    { "91 no event", bad, claims = { events = absent } }, { "91 another event", bad, claims = { events = { x = {} } } },
    { "91 the event a text", bad, claims = { events = { [support.LOGOUT] = "yes" } } }, { "91 events an array", bad, claims = { events = { {} } } },
    { "91 nonce", bad, claims = { nonce = "n" } }, { "91 another audience", "invalid_audience", claims = { aud = "x" } },
    { "92 sub alone" }, { "92 sid alone", claims = { sub = absent, sid = "s" } }, { "92 both", claims = { sid = "s" } },
    { "92 neither", bad, claims = { sub = absent } }, { "92 sub null", bad, claims = { sub = json.null } },
    { "92 sid null", bad, claims = { sid = json.null } }, { "92 sub a number", bad, claims = { sub = 7 } }, { "92 sid a number", bad, claims = { sid = 7 } },
    { "93 no exp, iat of 359 s ago", claims = { exp = absent, iat = NOW - 359 } },
    { "93 no exp, iat of 361 s ago", bad, claims = { exp = absent, iat = NOW - 361 } },
    { "93 no exp, strict", bad, claims = { exp = absent }, rule = { strict = true } },
    { "93 exp 59 s ago", claims = { exp = NOW - 59, iat = NOW - 99 } }, { "93 exp 61 s ago", bad, claims = { exp = NOW - 61, iat = NOW - 99 } },
    { "93 exp two days after iat", bad, claims = { exp = NOW + 2 * 86400 } }, { "93 exp a text", bad, claims = { exp = "x" } },
    { "94 aud with another beside", "invalid_audience", claims = { aud = { "signoff", "x" } } },
    { "94 aud with a trusted one beside", claims = { aud = { "signoff", "x" } }, rule = { trusted = { x = true } } },
  })

  describe_rows("revocation", {
    { "99 good" },
    { "100 aud of another URL", "invalid_audience", claims = { aud = "https://x.example" } }, { "100 sub of another client", bad, claims = { sub = "x" } },
    { "100 exp past", bad, claims = { exp = NOW - 61 } }, { "100 exp absent", bad, claims = { exp = absent } },
    { "100 nbf to come", bad, claims = { nbf = NOW + 61 } }, { "100 nbf 59 s to come", claims = { nbf = NOW + 59 } },
    { "100 nbf a text", bad, claims = { nbf = "x" } }, { "100 nbf absent", claims = { nbf = absent } }, { "100 iat absent", bad, claims = { iat = absent } },
    { "100 jti absent", bad, claims = { jti = absent } },
  })

  local function same(uri)
    return uri == "alias" and "name" or uri
  end

  for _, row in ipairs {
    { "28 one", { name = { a = 1 } }, "name" }, { "28 an alias", { alias = { a = 1 } }, "name" },
    { "28 two names of one", { alias = {}, name = { a = 1 } }, "name", true }, { "28 absent" }, { "28 empty", {} }, { "28 an array", { { a = 1 } } },
    { "28 two", { name = {}, other = {} } }, { "28 a text", "name" }, { "29 a text in it", { name = "x" } }, { "29 null in it", { name = json.null } },
    { "29 an array in it", { name = { 1 } } },
  } do
    it(row[1] .. " (events)", function()
      local uri, values, several = event({ events = row[2] }, same)
      assert.are.equal(row[3], uri)
      if row[3] then
        assert.are.same({ 1, row[4] }, { values.a, several })
      else
        assert.are.equal("invalid_request", values)
      end
    end)
  end

  it("knows when a token is worthless", function()
    local over = clock_of "over"
    assert.are.same({ 9, 305 }, { over { exp = 9, iat = 1 }, over { iat = 5 } })
  end)

  reaches_every_line(it)
end)
