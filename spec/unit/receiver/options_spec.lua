-- SPDX-License-Identifier: MIT
-- The options of a receiver: each that is wrong is named, and nothing is opened.

local covered = require "spec.support.covered"
local secret = require("signoff").secret
local support = require "spec.support.receiver"

local absent, IDP, OTHER = support.absent, support.IDP, support.OTHER

-- The issuers, with changes of the first one, or of a table in it.
local function first(changes, section)
  local options = support.options()
  local entry = options.issuers[1]
  if section then
    entry = support.changed(entry, { [section] = support.changed(entry[section], changes) })
  else
    entry = support.changed(entry, changes)
  end
  return { issuers = { entry, options.issuers[2], options.issuers[3] } }
end

local function identities(changes)
  return { identities = support.changed(support.options().identities, changes) }
end

describe("receiver.options", function()
  local options, counted, reaches_every_line = covered "signoff.receiver.options"
  local check = counted(function(given) return options.check(given) end)
  local fails = counted(function(given)
    local fine, message = pcall(options.check, given)
    assert.is_false(fine)
    return message
  end)

  for _, row in ipairs {
    { "inbox", absent, "option 'inbox' is missing: the folder" }, { "inbox", "inbox", "'inbox' must be the absolute path" }, { "inbox", {}, "'inbox' must be" },
    { "people", absent, "'people' is missing" }, { "people", 7, "'people' must be the path of a list" },
    { "identities", absent, "'identities' is missing" }, { "identities", "email", "'identities' must be a table" },
    { "issuers", absent, "'issuers' is missing" }, { "issuers", {}, "must be a list of issuers" }, { "issuers", { "x" }, "'issuers[1]' must be a table" },
    { "brake", "25", "'brake' must be a number of persons" }, { "brake", "0/h", "'brake' must be" }, { "brake", 25, "'brake' must be" },
    { "max_age", "soon", "'soon' is no span of time" }, { "max_age", 0, "must be a span of time" }, { "max_age", {}, "must be a span of time" },
    { "protect", { 7 }, "'protect' must be a list of texts" }, { "policy", "act", "'policy' must be a function, not string" },
    { "log", true, "'log' must be a function" }, { "authoritative", "yes", "'authoritative' must be true or false" },
    { "isuers", {}, "unknown option 'isuers'; did you mean 'issuers'" },
  } do
    it("names " .. row[1], function()
      local message = fails(support.changed(support.options(), { [row[1]] = row[2] }))
      assert.is_truthy(message:find("receiver.new: ", 1, true), message)
      assert.is_truthy(message:find(row[3], 1, true), message)
    end)
  end

  for _, row in ipairs {
    { first { issuer = absent }, "option 'issuers[1].issuer' is missing" }, { first { issuer = "idp.example" }, "must be an address that begins with https://" },
    { first { issuer = 7 }, "must be a text" }, { first { issuer = "" }, "must be a text" }, { first { issuer = OTHER }, "'issuers[2]' is the issuer of 'issuers[1]' again" },
    { first { algorithms = { "HS256" } }, "holds 'HS256', which is no algorithm that is taken; known are ES256, ES384, PS256, RS256" },
    { first { algorithms = { "none" } }, "'none'" }, { first { algorithms = {} }, "must name an algorithm" }, { first { algorithms = "RS256" }, "list of texts" },
    { first { jwks_uri = "https://x.example/jwks", keys = "keys.json" }, "has jwks_uri and keys" }, { first { jwks_uri = "x" }, "must be an address" },
    { first { ssf = absent, logout = absent, revocation = absent }, "needs ssf, logout or revocation" }, { first { ssf = "x" }, "'issuers[1].ssf' must be a table" },
    { first({ audience = absent }, "ssf"), "'issuers[1].ssf.audience' is missing" }, { first({ audiences = "x" }, "ssf"), "unknown option 'issuers[1].ssf.audiences'; did you mean 'audience'" },
    { first({ profile = "old" }, "ssf"), "must be 'final' or 'legacy'" }, { first({ sid = "yes" }, "ssf"), "must be 'record' or 'act'" },
    { first({ act = { "lunch" } }, "ssf"), "holds 'lunch', which is no event that may act" },
    { first({ authorization = 7 }, "ssf"), "must be a secret or a text" }, { first({ authorization = "" }, "ssf"), "must be a secret or a text" },
    { first({ authorization = { "a", "b", "c" } }, "ssf"), "a list of two" }, { first({ authorization = {} }, "ssf"), "a list of two" },
    { first({ client_id = absent }, "logout"), "'issuers[1].logout.client_id' is missing" }, { first({ strict = 1 }, "logout"), "must be true or false" },
    { first({ subject = absent }, "revocation"), "'issuers[1].revocation.subject' is missing" }, { first({ audience = absent }, "revocation"), "is missing: the URL" },
    { first { tenant = "" }, "'issuers[1].tenant' must be a text" }, { first { tenant = {} }, "'issuers[1].tenant' must be a text" },
    { identities { mail = "email" }, "'mail' is neither email, phone_number, account, opaque (a table) nor an issuer" }, { identities { email = 7 }, "identities['email']" },
    { identities { opaque = "device" }, "'opaque' is neither" }, { identities { opaque = { [IDP] = 7 } }, "must be a text" }, { identities { [7] = "x" }, "'7' is neither" },
    { identities { ["https://idp.example/"] = "okta_id" }, "names 'https://idp.example/', which is no issuer of 'issuers', nor one that they speak for; did you mean 'https://idp.example'" },
    { identities { opaque = { ["https://x.example"] = "device" } }, "names 'https://x.example'" },
  } do
    it("names what is wrong within: " .. row[2], function()
      local message = fails(support.options(row[1]))
      assert.is_truthy(message:find(row[2], 1, true), message)
    end)
  end

  it("names what is no table", function()
    assert.is_truthy(fails("x"):find("a table of options is needed, not string", 1, true))
  end)

  it("gives defaults, seconds and sets", function()
    local given = support.options(first { algorithms = absent, keys = "/etc/keys.json", speaks_for = { "https://tenant.example" } })
    given.max_age, given.brake, given.inbox = "2h", "5/m", { add = function() end }
    given.identities["https://tenant.example"] = "tenant_id"
    given.issuers[1].ssf = { audience = "x", authorization = { secret.new "a", "b" }, critical = { "group" }, act = { "credential-change" }, state = "s", sid = "act" }
    local checked = check(given)
    assert.are.same({ 7200, { count = 5, seconds = 60 } }, { checked.max_age, checked.brake })
    assert.are.same({ "ES256", "RS256" }, checked.algorithms)
    local entry = checked.by_issuer[IDP]
    assert.are.same({ { "RS256" }, "final", { group = true }, 2 }, { entry.algorithms, entry.ssf.profile, entry.ssf.critical, #entry.ssf.authorization })
    assert.are.same({ [IDP] = true, ["https://tenant.example"] = true }, entry.speaks_for)
    assert.are.same({ "record", {} }, { entry.logout.sid, entry.logout.trusted_audiences })
    assert.are.same({ by_format = { email = "email", phone_number = "phone", account = "account" }, opaque = { [IDP] = "device" },
      iss_sub = { [IDP] = "okta_id", [support.OKTA] = "okta_id", [OTHER] = "other_id", ["https://tenant.example"] = "tenant_id" } }, checked.identities)
    assert.are.same({ 86400, nil, true }, { check(support.options()).max_age, check(support.options()).brake, checked.authoritative })
  end)

  it("needs no identities where a function finds the people", function()
    local checked = check(support.changed(support.options(), { people = function() end, identities = absent, max_age = 60, policy = print }))
    assert.are.same({ by_format = {}, iss_sub = {}, opaque = {} }, checked.identities)
    assert.are.same({ 60, print }, { checked.max_age, checked.policy })
  end)

  it("takes a path of a list, and a tenant of two members", function()
    local options_of = support.options(first { tenant = { format = "opaque", id = "acme" } })
    options_of.people = "/etc/signoff/people.csv"
    assert.are.equal("acme", check(options_of).by_issuer[IDP].tenant.id)
  end)

  reaches_every_line(it)
end)
