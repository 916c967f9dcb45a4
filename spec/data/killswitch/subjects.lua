-- SPDX-License-Identifier: MIT
-- Subjects: rows 36 to 43. A subject is one person exactly, or nobody.

local subjects = { kind = "push" }

local EMAIL = { format = "email", email = "ana.silva@acme.example" }

local function subject(row, title, sub_id, outcome)
  local refused = outcome == "invalid_request"
  return { row, title, claims = { sub_id = sub_id }, answer = refused and outcome or nil, disposition = not refused and outcome or nil }
end

-- Each format, good, and with a member that is missing or of another type.
local function formats(k)
  local iss = "https://idp.example"
  local good = {
    { "account", { format = "account", uri = "acct:ana.silva@acme.example" }, "act", "uri" },
    { "email", EMAIL, "act", "email" },
    { "iss_sub", { format = "iss_sub", iss = iss, sub = "sub-ana.silva" }, "act", "sub" },
    { "phone_number", { format = "phone_number", phone_number = "+15550100001" }, "act", "phone_number" },
    { "aliases", { format = "aliases", identifiers = { EMAIL } }, "act", "identifiers" },
    { "opaque", { format = "opaque", id = "11112222" }, "unknown_subject", "id" },
    { "did", { format = "did", url = "did:example:123" }, "unknown_subject", "url" },
    { "uri", { format = "uri", uri = "https://user.example/1" }, "unknown_subject", "uri" },
    { "jwt_id", { format = "jwt_id", iss = iss, jti = "B70B" }, "unknown_subject", "jti" },
    { "saml_assertion_id", { format = "saml_assertion_id", issuer = iss, assertion_id = "_8e8d" }, "unknown_subject", "assertion_id" },
    { "ip-addresses", { format = "ip-addresses", ["ip-addresses"] = { "10.29.37.75" } }, "unknown_subject", "ip-addresses" },
  }
  local list = {}
  for _, one in ipairs(good) do
    list[#list + 1] = subject(36, one[1], one[2], one[3])
    for word, value in pairs { absent = k.absent, ["a number"] = 7, null = k.null } do
      local spoiled = { format = one[2].format }
      for name, member in pairs(one[2]) do
        if name ~= one[4] then spoiled[name] = member end
      end
      if value ~= k.absent then spoiled[one[4]] = value end
      list[#list + 1] = subject(36, ("%s, its %s %s"):format(one[1], one[4], word), spoiled, "invalid_request")
    end
  end
  list[#list + 1] = subject(36, "no format", { email = EMAIL.email }, "invalid_request")
  list[#list + 1] = subject(36, "format a number", { format = 7, email = EMAIL.email }, "invalid_request")
  list[#list + 1] = subject(36, "an unknown format", { format = "badge", badge = "12" }, "unknown_subject")
  list[#list + 1] = subject(36, "sub_id a string", "ana.silva", "invalid_request")
  list[#list + 1] = subject(36, "sub_id absent", k.absent, "invalid_request")
  return list
end

local function email(address)
  return { format = "email", email = address }
end

local function exact()
  return {
    subject(37, "iss_sub of an issuer that is not ours, with a known sub", { format = "iss_sub", iss = "https://evil.example", sub = "sub-ana.silva" },
      "unknown_subject"),
    subject(37, "iss_sub of an issuer without a column", { format = "iss_sub", iss = "https://other.example", sub = "sub-ana.silva" }, "unknown_subject"),
    subject(37, "a sub in other letters", { format = "iss_sub", iss = "https://idp.example", sub = "SUB-ana.silva" }, "unknown_subject"),
    subject(38, "e-mail in other letters", email "Ana.Silva@ACME.example", "act"),
    subject(38, "e-mail with a dot at its end", email "ana.silva@acme.example.", "unknown_subject"),
    subject(38, "e-mail with a tag", email "ana.silva+phone@acme.example", "unknown_subject"),
    subject(38, "e-mail in full-width letters", email "ａna.silva@acme.example", "unknown_subject"),
    subject(38, "e-mail without its dot", email "anasilva@acme.example", "unknown_subject"),
    subject(38, "two persons with one address", email "shared@acme.example", "ambiguous"),
    subject(42, "aliases of one person", { format = "aliases", identifiers = { EMAIL, { format = "phone_number", phone_number = "+15550100001" } } }, "act"),
    subject(42, "aliases, one of nobody", { format = "aliases", identifiers = { EMAIL, email "nobody@acme.example" } }, "act"),
    subject(42, "aliases of two persons", { format = "aliases", identifiers = { EMAIL, email "ben.okafor@acme.example" } }, "ambiguous"),
    subject(42, "aliases within aliases", { format = "aliases", identifiers = { { format = "aliases", identifiers = { EMAIL } } } }, "invalid_request"),
    subject(43, "a protected person", email "rita.stone@acme.example", "skipped"),
  }
end

local function complex(members)
  members.format = "complex"
  return members
end

local function complexes(k)
  local tenant, session = { format = "opaque", id = k.tenant }, { format = "opaque", id = "5e55" }
  return {
    subject(39, "user and our tenant", complex { user = EMAIL, tenant = tenant }, "act"),
    subject(39, "user and another tenant", complex { user = EMAIL, tenant = { format = "opaque", id = "globex" } }, "record"),
    subject(40, "user and a session", complex { user = EMAIL, session = session }, "record"),
    subject(40, "user and a device", complex { user = EMAIL, device = { format = "opaque", id = "laptop" } }, "record"),
    subject(40, "user and an application", complex { user = EMAIL, application = { format = "opaque", id = "crm" } }, "record"),
    subject(41, "user and a member that nobody knows", complex { user = EMAIL, shoe = { format = "opaque", id = "42" } }, "act"),
    subject(36, "complex without user", complex { session = session }, "unknown_subject"),
    subject(36, "complex, its user a string", complex { user = "ana.silva" }, "invalid_request"),
  }
end

function subjects.rows(k)
  local list = {}
  for _, rows in ipairs { formats(k), exact(), complexes(k) } do
    for _, row in ipairs(rows) do
      list[#list + 1] = row
    end
  end
  return list
end

return subjects
