-- SPDX-License-Identifier: MIT
-- The site that the cases of the kill switch are sent to: its issuers, and its people.

local AUDIENCE, REVOCATION = "https://signoff.example/ssf", "https://signoff.example/global-token-revocation"

local function issuer(name, url, algorithms, more)
  return {
    name = name, issuer = url, algorithms = algorithms, tenant = "acme",
    ssf = { audience = AUDIENCE, profile = more and more.profile, authorization = ("Bearer %s-stream-0123456789"):format(name) }, logout = { client_id = "signoff" },
    revocation = { audience = REVOCATION, subject = "0oa1client", profile = more and more.profile },
  }
end

local legacy = { profile = "legacy" }

-- A person's identifiers, each a column of the list of people.
local function person(name, more)
  local row = { person = name, email = name .. "@acme.example", okta_id = "sub-" .. name, account = "acct:" .. name .. "@acme.example" }
  for member, value in pairs(more or {}) do
    row[member] = value
  end
  return row
end

return {
  tenant = "acme",

  issuers = {
    final = issuer("final", "https://idp.example", { "RS256", "PS256", "ES256" }),
    keycloak = issuer("keycloak", "https://kc.example/realms/acme", { "RS256", "ES256" }),
    okta = issuer("okta", "https://acme.okta.example", { "RS256" }, legacy),
    authentik = issuer("authentik", "https://authentik.example/application/o/signoff/", { "RS256" }, legacy),
    google = issuer("google", "https://accounts.google.example", { "RS256" }, legacy),
    other = issuer("other", "https://other.example", { "RS256" }), -- of another tenant's
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
