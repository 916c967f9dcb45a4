-- SPDX-License-Identifier: MIT
-- The site that the cases of the kill switch are sent to: its issuers, and its people.

local AUDIENCE, REVOCATION = "https://signoff.example/ssf", "https://signoff.example/global-token-revocation"

local function issuer(name, url, algorithms, more)
  local row = {
    name = name, issuer = url, algorithms = algorithms,
    ssf = { audience = AUDIENCE }, logout = { client_id = "signoff" },
    revocation = { audience = REVOCATION, subject = "0oa1client" },
  }
  for member, value in pairs(more or {}) do
    row[member] = value
  end
  return row
end

local legacy = { audience = AUDIENCE, profile = "legacy" }

-- A person's identifiers, each a column of the list of people.
local function person(name, more)
  local row = { person = name, email = name .. "@acme.example", okta_id = "sub-" .. name, account = "acct:" .. name .. "@acme.example" }
  for member, value in pairs(more or {}) do
    row[member] = value
  end
  return row
end

return {
  authorization = "Bearer stream-secret-0123456789",
  tenant = "acme",

  issuers = {
    final = issuer("final", "https://idp.example", { "RS256", "PS256", "ES256" }),
    keycloak = issuer("keycloak", "https://kc.example/realms/acme", { "RS256", "ES256" }),
    okta = issuer("okta", "https://acme.okta.example", { "RS256" }, { ssf = legacy }),
    authentik = issuer("authentik", "https://authentik.example/application/o/signoff/", { "RS256" }, { ssf = legacy }),
    google = issuer("google", "https://accounts.google.example", { "RS256" }, { ssf = legacy }),
    other = issuer("other", "https://other.example", { "RS256" },                       -- another tenant, with a stream of its own
      { ssf = { audience = "https://signoff.example/other" } }),
  },

  -- `sub-NAME` is the subject of each at every issuer but "other".
  people = {
    person("ana.silva", { phone = "+15550100001" }),
    person("ben.okafor", { phone = "+15550100002" }),
    person("carla.rossi"),
    person("elif.demir", { email = "shared@acme.example" }),
    person("farid.haddad", { email = "shared@acme.example" }),
    person("rita.stone"), -- protected
  },
  protect = { "rita.stone" },
}
