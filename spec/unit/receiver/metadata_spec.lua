-- SPDX-License-Identifier: MIT
-- An issuer's metadata: where it is asked for, and which is its own.

local covered = require "spec.support.covered"

local metadata, counted, reaches_every_line = covered "signoff.receiver.metadata"

local ISSUER = "https://idp.example/tenant"
local good = '{"issuer":"https://idp.example/tenant","jwks_uri":"https://idp.example/keys"}'

describe("an issuer's metadata", function()
  for issuer, row in pairs {
    ["https://idp.example"] = { "https://idp.example/.well-known/ssf-configuration", "https://idp.example/.well-known/openid-configuration" },
    ["https://idp.example/"] = { "https://idp.example/.well-known/ssf-configuration", "https://idp.example/.well-known/openid-configuration" },
    ["https://idp.example/a/b"] = {
      "https://idp.example/.well-known/ssf-configuration/a/b", "https://idp.example/a/b/.well-known/openid-configuration" },
    ["https://idp.example:8443/a/"] = {
      "https://idp.example:8443/.well-known/ssf-configuration/a/", "https://idp.example:8443/a/.well-known/openid-configuration" },
  } do
    it("89 of " .. issuer .. " is where the standards have it", counted(function()
      assert.are.same(row, metadata.addresses(issuer, true))
      assert.are.same({ row[2] }, metadata.addresses(issuer, false))
    end))
  end

  it("89 gives the address of the keys", counted(function()
    assert.are.equal("https://idp.example/keys", metadata.read(good, ISSUER))
  end))

  for text, words in pairs {
    ['{"issuer":"https://idp.example/Tenant","jwks_uri":"https://idp.example/keys"}'] = "another issuer",
    ['{"jwks_uri":"https://idp.example/keys"}'] = "another issuer", ["[]"] = "another issuer", ["null"] = "no JSON object", ["7"] = "no JSON object",
    ["<html>"] = "not valid JSON", [""] = "not valid JSON", ['{"issuer":"https://idp.example/tenant"}'] = "no https address",
    ['{"issuer":"https://idp.example/tenant","jwks_uri":7}'] = "no https address",
    ['{"issuer":"https://idp.example/tenant","jwks_uri":"http://idp.example/keys"}'] = "no https address",
    ['{"issuer":"https://idp.example/tenant","issuer":"x"}'] = "twice",
  } do
    it("89 is refused where it is " .. text, counted(function()
      local address, problem = metadata.read(text, ISSUER)
      assert.is_nil(address)
      assert.matches(words, problem)
    end))
  end

  local answers = {
    { "the first address has it", { { 200, good } }, "https://idp.example/keys" },
    { "only the second address has it", { { 404, "" }, { 200, good } }, "https://idp.example/keys" },
    { "neither has it", { { 404, "" }, { 404, "" } }, nil, "openid%-configuration answered HTTP 404" },
    { "the first one fails", { { 500, "" }, { 200, good } }, nil, "ssf%-configuration/tenant answered HTTP 500" },
    { "there is no connection", { { nil, "no connection" } }, nil, "no connection" },
    { "it is another issuer's", { { 200, "{}" } }, nil, "ssf%-configuration/tenant is that of another issuer" },
  }
  for _, row in ipairs(answers) do
    it("89 is looked for where " .. row[1], counted(function()
      local asked = 0
      local address, message = metadata.find(ISSUER, true, function()
        asked = asked + 1
        local answer = row[2][asked]
        return answer[1], answer[1] and {} or answer[2], answer[2]
      end)
      assert.are.equal(row[3], address)
      assert.is_truthy(not row[4] or message:find(row[4]), message)
      assert.is_true(asked <= #row[2])
    end))
  end

  reaches_every_line(it)
end)
