-- SPDX-License-Identifier: MIT
-- Subjects: each format, good and malformed, and the one person that they find, or nobody.

local json = require "signoff.json"
local covered = require "spec.support.covered"
local support = require "spec.support.receiver"

local EMAIL, absent = support.EMAIL, support.absent

local function email(address)
  return { format = "email", email = address }
end

local function opaque(id)
  return { format = "opaque", id = id }
end

local function complex(members)
  members.format = "complex"
  return members
end

describe("receiver.subject", function()
  local subject, counted, reaches_every_line = covered "signoff.receiver.subject"
  local read = counted(function(...) return subject.read(...) end)
  local find = counted(function(...) return subject.find(...) end)

  local formats = {
    { format = "account", uri = "acct:a@b.example" }, { format = "email", email = "a@b.example" }, { format = "did", url = "did:x:1" },
    { format = "iss_sub", iss = "https://a.example", sub = "s" }, { format = "phone_number", phone_number = "+15550100001" },
    { format = "opaque", id = "1" }, { format = "uri", uri = "https://a.example/1" }, { format = "jwt_id", iss = "https://a.example", jti = "j" },
    { format = "saml_assertion_id", issuer = "https://a.example", assertion_id = "_1" }, { format = "scim", uri = "/Users/1", externalId = "e" },
    { format = "aliases", identifiers = { EMAIL } }, { format = "ip-addresses", ["ip-addresses"] = { "10.0.0.1" } },
  }
  for _, good in ipairs(formats) do
    it("36 takes " .. good.format, function()
      assert.is_table(read(good))
    end)
    for member in pairs(good) do
      for name, value in pairs { absent = absent, null = json.null, ["a number"] = 7, ["an empty text"] = "" } do
        if member ~= "externalId" then
          it(("36 refuses %s, its %s %s"):format(good.format, member, name), function()
            assert.is_nil((read(support.changed(good, { [member] = value }))))
          end)
        end
      end
    end
  end

  it("16 takes what is nested in 16 tables, and nothing more", function()
    local deep = "x"
    for depth = 1, 33 do
      local result, sentence = read { format = "email", email = "a@b.example", more = deep }
      assert.are.equal(depth <= 16, result ~= nil)
      assert.are.equal(depth > 16 and "the subject is nested too deeply" or nil, sentence)
      deep = { a = deep }
    end
  end)

  for name, wrong in pairs {
    ["a text"] = "ana", ["an array"] = { EMAIL }, ["null"] = json.null, ["no aliases"] = { format = "aliases", identifiers = {} },
    ["aliases within aliases"] = { format = "aliases", identifiers = { { format = "aliases", identifiers = { EMAIL } } } },
    ["17 aliases"] = { format = "aliases", identifiers = (function() local list = {} for i = 1, 17 do list[i] = EMAIL end return list end)() },
    ["an alias that is a text"] = { format = "aliases", identifiers = { "ana" } }, ["a complex one, its user a text"] = complex { user = "ana" },
    ["a complex one, its session a text"] = complex { user = EMAIL, session = "s" }, ["a complex one in a complex one"] = complex { user = complex { user = EMAIL } },
    ["a member of 1025 bytes"] = email(("a"):rep(1025)), ["no format"] = { email = "a@b.example" },
    ["an older form, final"] = { subject_type = "email", email = "a@b.example" },
  } do
    it("36 refuses " .. name, function()
      local result, sentence = read(wrong)
      assert.is_nil(result)
      assert.is_string(sentence)
    end)
  end

  local people = { ["ana.silva@acme.example"] = "ana", ["a.silva@acme.example"] = "ana", ["ben@acme.example"] = "ben", s = "ana", e = "ana" }
  local failing = { ["two@acme.example"] = "ambiguous", ["far@acme.example"] = "foreign", ["down@acme.example"] = "failed" }

  local function look_up(identifier)
    local text = identifier.email or identifier.sub or identifier.external_id
    if people[text] then
      return people[text]
    end
    return nil, failing[text] or "unknown_subject", failing[text] and "for a reason" or nil
  end

  local function aliases(...)
    return { format = "aliases", identifiers = { ... } }
  end

  for _, row in ipairs {
    { "an address", EMAIL, "ana" }, { "nobody", email "x@acme.example", nil, "unknown_subject" },
    { "38 two rows", email "two@acme.example", nil, "ambiguous" }, { "102 another issuer's", email "far@acme.example", nil, "foreign" },
    { "a directory that is down", email "down@acme.example", nil, "failed" },
    { "SCIM's externalId", { format = "scim", uri = "/Users/1", externalId = "e" }, "ana" },
    { "a format that finds nobody", { format = "uri", uri = "ana" }, nil, "unknown_subject" },
    { "36 an unknown format", { format = "badge", badge = "1" }, nil, "unknown_subject" },
    { "39 user and tenant", complex { user = EMAIL, tenant = opaque "acme" }, "ana" },
    { "39 user and a tenant by its uri", complex { user = EMAIL, tenant = { format = "uri", uri = "acme" } }, "ana" },
    { "39 user and another tenant", complex { user = EMAIL, tenant = opaque "globex" }, nil, "record" },
    { "39 a tenant, and none is configured", complex { user = EMAIL, tenant = opaque "acme" }, nil, "unknown_subject", rule = {} },
    { "39 a tenant of two members", complex { user = EMAIL, tenant = opaque "acme" }, "ana", rule = { tenant = { format = "opaque", id = "acme" } } },
    { "39 a tenant of another form", complex { user = EMAIL, tenant = { format = "uri", uri = "acme" } }, nil, "record",
      rule = { tenant = { format = "opaque", id = "acme" } } },
    { "40 user and session", complex { user = EMAIL, session = opaque "s" }, "ana", nil, "session" },
    { "40 user and device", complex { user = EMAIL, device = opaque "d" }, "ana", nil, "device" },
    { "40 user and application", complex { user = EMAIL, application = opaque "a" }, "ana", nil, "application" },
    { "40 session without user", complex { session = opaque "s" }, nil, "unknown_subject" },
    { "41 an unknown member", complex { user = EMAIL, shoe = opaque "42" }, "ana" },
    { "41 a critical unknown member", complex { user = EMAIL, shoe = opaque "42" }, nil, "not_understood", rule = { critical = { shoe = true } } },
    { "41 a critical group", complex { user = EMAIL, group = opaque "g" }, nil, "not_understood", rule = { critical = { group = true } } },
    { "41 a critical session", complex { user = EMAIL, session = opaque "s" }, "ana", nil, "session", rule = { critical = { session = true } } },
    { "42 aliases of one", aliases(EMAIL, email "a.silva@acme.example"), "ana" },
    { "42 aliases, one of nobody", aliases(EMAIL, email "x@acme.example", { format = "badge", badge = "1" }), "ana" },
    { "42 aliases of two", aliases(EMAIL, email "ben@acme.example"), nil, "ambiguous" },
    { "42 aliases, one ambiguous", aliases(EMAIL, email "two@acme.example"), nil, "ambiguous" },
    { "42 aliases of nobody", aliases(email "x@acme.example", email "y@acme.example"), nil, "unknown_subject" },
    { "32 with a hyphen, legacy", { subject_type = "iss-sub", iss = "https://a.example", sub = "s" }, "ana", legacy = true },
    { "31 complex without format, legacy", { user = { format = "email", email = EMAIL.email }, session = opaque "s" }, "ana", nil, "session", legacy = true },
  } do
    it(row[1] .. ": whom it finds", function()
      local parsed = assert(read(row[2], row.legacy))
      local person, why, message = find(parsed, row.rule or { tenant = "acme" }, look_up)
      assert.are.same({ row[3], row[4] }, { person, why })
      assert.are.equal(row[5], parsed.narrowed)
      assert.are.equal(why ~= nil and why ~= "unknown_subject", message ~= nil and why ~= "unknown_subject")
    end)
  end

  local of_event = counted(function(...) return subject.of_event(...) end)
  for _, row in ipairs {
    { "sub_id", { sub_id = EMAIL }, {}, false, EMAIL }, { "30 both, equal", { sub_id = EMAIL }, { subject = email(EMAIL.email) }, false, EMAIL },
    { "30 both, different", { sub_id = EMAIL }, { subject = email "b@acme.example" }, false },
    { "30 both, different, legacy", { sub_id = EMAIL }, { subject = email "b@acme.example" }, true },
    { "31 the event's own, legacy", {}, { subject = EMAIL }, true, EMAIL }, { "31 the event's own, final", {}, { subject = EMAIL }, false },
    { "none", {}, {}, true },
  } do
    it(row[1] .. ": which subject is taken", function()
      local sent, sentence = of_event(row[2], row[3], row[4])
      assert.are.equal(row[5], sent)
      assert.are.equal(row[5] == nil, sentence ~= nil)
    end)
  end

  it("101 knows by which formats somebody can be found", function()
    local is_findable = counted(function(...) return subject.is_findable(...) end)
    for _, row in ipairs {
      { EMAIL, true }, { aliases(EMAIL), true }, { { format = "uri", uri = "x" }, false }, { { format = "badge" }, false },
      { aliases(EMAIL, { format = "uri", uri = "x" }), false }, { complex { user = EMAIL }, false }, { aliases { format = "badge" }, false },
    } do
      assert.are.equal(row[2], is_findable(read(row[1])))
    end
  end)

  reaches_every_line(it)
end)
