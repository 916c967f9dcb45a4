-- SPDX-License-Identifier: MIT
-- The directory: exact comparisons, lists that change, and lists that cannot be read.

local covered = require "spec.support.covered"
local files = require "spec.support.files"
local support = require "spec.support.receiver"

local IDP, OTHER = support.IDP, support.OTHER

local identities = {
  by_format = { email = "email", phone_number = "phone", account = "account" }, opaque = { [IDP] = "device" },
  iss_sub = { [IDP] = "okta_id", [OTHER] = "other_id" },
}

local idp = { issuer = IDP, speaks_for = { [IDP] = true } }
local free = { issuer = "https://free.example", speaks_for = { ["https://free.example"] = true, [OTHER] = true } }

describe("receiver.people", function()
  local people, counted, reaches_every_line = covered "signoff.receiver.people"
  local open = counted(function(...) return people.open(...) end)
  local find = counted(function(directory, ...) return directory:find(...) end)
  local refresh = counted(function(directory, ...) return directory:refresh(...) end)

  local function email(address)
    return { format = "email", email = address }
  end

  local function sub(iss, text)
    return { format = "iss_sub", iss = iss, sub = text }
  end

  for _, row in ipairs {
    { "an address", email "ana.silva@acme.example", "ana.silva" }, { "38 in capitals", email "ANA.SILVA@ACME.EXAMPLE", "ana.silva" },
    { "38 with a dot at its end", email "ana.silva@acme.example.", nil, "unknown_subject" }, { "38 with a tag", email "ana.silva+x@acme.example", nil, "unknown_subject" },
    { "38 in full-width letters", email "\239\189\129na.silva@acme.example", nil, "unknown_subject" }, { "38 of two rows", email "shared@acme.example", nil, "ambiguous" },
    { "a number", { format = "phone_number", phone_number = "+15550100001" }, "ana.silva" }, { "a number, spaced", { format = "phone_number", phone_number = "+1 5550100001" }, nil, "unknown_subject" },
    { "an account", { format = "account", uri = "ACCT:ana.silva@acme.EXAMPLE" }, "ana.silva" }, { "an account of other letters", { format = "account", uri = "acct:Ana.silva@acme.example" }, nil, "unknown_subject" },
    { "an account without a host", { format = "account", uri = "acct:ana.silva" }, nil, "unknown_subject" },
    { "an opaque one", { format = "opaque", id = "dev-ana" }, "ana.silva" }, { "an opaque one of an issuer without a column", { format = "opaque", id = "dev-ana" }, nil, "unknown_subject", issuer = free },
    { "a sub", sub(IDP, "sub-ana"), "ana.silva" }, { "37 a sub in capitals", sub(IDP, "SUB-ana"), nil, "unknown_subject" },
    { "37 a sub of nobody's", sub("https://evil.example", "sub-ana"), nil, "unknown_subject" },
    { "102 a sub of another issuer of ours", sub(OTHER, "other-ben"), nil, "foreign" },
    { "102 an address of another issuer's person", email "olga.berg@other.example", nil, "foreign" },
    { "a sub of an issuer that it speaks for", sub(OTHER, "other-ben"), "ben.okafor", issuer = free },
    { "a sub of an issuer without a column", sub("https://free.example", "sub-ana"), nil, "unknown_subject", issuer = free },
    { "SCIM's externalId", { format = "scim", uri = "/Users/1", external_id = "sub-ana" }, "ana.silva" },
    { "SCIM without externalId", { format = "scim", uri = "/Users/1" }, nil, "unknown_subject" },
  } do
    it(row[1] .. ": whom it finds", function()
      local directory = open(support.people(), identities, 0)
      local person, why, message = find(directory, row[2], row.issuer or idp)
      assert.are.same({ row[3], row[4] }, { person, why })
      assert.are.equal(why == "ambiguous" or why == "foreign" or row[2].iss == "https://evil.example", message ~= nil)
    end)
  end

  for _, row in ipairs {
    { "a name", function() return "ana" end, "ana" }, { "nobody", function() return nil, "unknown" end, nil, "unknown_subject" },
    { "two", function() return nil, "ambiguous" end, nil, "ambiguous" }, { "a directory that is down", function() return nil, "LDAP is down" end, nil, "failed", "LDAP is down" },
    { "an error", function() error("no", 0) end, nil, "failed", "no" }, { "nothing", function() end, nil, "failed", "returned neither" },
    { "an empty name", function() return "" end, nil, "failed", "returned neither" },
  } do
    it("asks a function, which gives " .. row[1], function()
      local directory = open(row[2], identities, 0)
      assert.is_nil(refresh(directory, 1000))
      local person, why, message = find(directory, email "a@b.example", idp)
      assert.are.same({ row[3], row[4] }, { person, why })
      assert.is_truthy(not row[5] or message:find(row[5], 1, true))
    end)
  end

  it("tells a function of the identifier and the issuer", function()
    local seen
    find(open(function(...) seen = { ... } return "ana" end, identities, 0), sub(IDP, "s"), idp)
    assert.are.same({ sub(IDP, "s"), IDP }, seen)
  end)

  describe("with a file", function()
    local path

    before_each(function()
      path = os.tmpname()
    end)

    after_each(function()
      os.remove(path)
    end)

    local columns = { by_format = { email = "email" }, iss_sub = {}, opaque = {} }

    it("reads it again when it has changed, and keeps it when it cannot be read", function()
      files.write(path, "person,email\nana,a@b.example\n")
      local directory = assert(open(path, columns, 1000))
      assert.are.equal("ana", (find(directory, email "a@b.example", idp)))
      files.write(path, "person,email\nbenjamin,a@b.example\n")
      assert.is_nil(refresh(directory, 1029))
      assert.are.equal("ana", (find(directory, email "a@b.example", idp)))
      assert.is_nil(refresh(directory, 1030))
      assert.are.equal("benjamin", (find(directory, email "a@b.example", idp)))
      files.write(path, "person,mail\nana,a@b.example\n")
      assert.is_truthy(refresh(directory, 1060):find("has no column 'email', which the option 'identities' names for email", 1, true))
      assert.are.equal("benjamin", (find(directory, email "a@b.example", idp)))
      os.remove(path)
      assert.is_truthy(refresh(directory, 1090):find(path, 1, true))
      assert.are.equal("benjamin", (find(directory, email "a@b.example", idp)))
    end)

    it("lets others run while it is read again", function()
      files.write(path, "person,email\n")
      local directory, pauses = assert(open({}, columns, 0)), 0
      directory.from = path
      local rows = { "person,email" }
      for i = 1, 1000 do
        rows[i + 1] = ("p%d,p%d@b.example"):format(i, i)
      end
      files.write(path, table.concat(rows, "\n"))
      assert.is_nil(refresh(directory, 60, function() pauses = pauses + 1 end))
      assert.are.equal(5, pauses)
      assert.are.equal("p1000", (find(directory, email "p1000@b.example", idp)))
    end)

    it("does not read it again when it has not changed", function()
      files.write(path, "person,email\nana,a@b.example\n")
      local directory = assert(open(path, columns, 1000))
      local index = directory.index
      assert.is_nil(refresh(directory, 1030))
      assert.are.equal(index, directory.index)
      assert.is_nil(refresh(directory, 10)) -- the clock was set back
    end)

    for _, row in ipairs {
      { "empty", "", "is empty" }, { "without the column", "person,mail\na,b\n", "has no column 'email'" }, { "without a name", "person,email\n,b@c.example\n", ":2: names nobody" },
      { "with a name twice", "person,email\na,b@c.example\na,d@c.example\n", ":3: 'a' stands also at line 2" }, { "with two columns of a name", "person,email,email\na,b,c\n", "two columns" },
      { "of JSON lines, one of them none", '{"person":"a"}\nx\n', ":2: is no JSON object" },
    } do
      it("says what is wrong with a list " .. row[1], function()
        files.write(path, row[2])
        local directory, message = open(path, columns, 0)
        assert.is_nil(directory)
        assert.is_truthy(message:find(row[3], 1, true), message)
        assert.is_truthy(message:find(path, 1, true), message)
      end)
    end

    it("reads JSON lines", function()
      files.write(path, '{"person":"ana","email":"a@b.example"}\n{"person":"ben"}\n')
      assert.are.equal("ana", (find(open(path, columns, 0), email "A@b.example", idp)))
    end)
  end)

  it("says what is wrong with a list of rows", function()
    local _, message = open({ a = 1 }, identities, 0)
    assert.is_truthy(message:find("people: is a table with gaps or named members", 1, true))
    _, message = open({ { person = "a" }, "b" }, identities, 0)
    assert.is_truthy(message:find("people:2: is a string", 1, true))
  end)

  reaches_every_line(it)
end)
