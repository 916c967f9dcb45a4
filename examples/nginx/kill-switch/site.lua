-- SPDX-License-Identifier: MIT
-- The issuers that may tell this site that somebody is out, and the list of people. README.md has the rows of `issuers` for Okta, Keycloak,
-- authentik and Entra. The values come from the environment, so that the same file serves a rehearsal; write them here instead.

local signoff = require "signoff"
local receiver = require "signoff.receiver"

local env = os.getenv
local url = env "KILL_SWITCH_URL" or "https://signoff.example" -- as the identity provider calls us
local client = env "KILL_SWITCH_CLIENT" or "signoff"
local issuer = env "IDP_ISSUER" or error("IDP_ISSUER is not set: the iss of the tokens, letter by letter", 0)

signoff.defaults { ca_file = env "SIGNOFF_CA_FILE" or false } -- where the identity provider's certificate comes from a CA of your own

local algorithms = {}
for name in (env "IDP_ALGORITHMS" or "RS256"):gmatch "%S+" do
  algorithms[#algorithms + 1] = name
end

return receiver.new {
  inbox = env "SIGNOFF_INBOX" or "/var/lib/signoff-inbox", -- a folder of the workers' user, with mode 0700
  people = env "SIGNOFF_PEOPLE" or "/etc/signoff/people.csv",
  -- Which column of that list holds what a message calls somebody by.
  identities = { email = "email", [issuer] = env "IDP_SUBJECTS" or "idp_id" },
  issuers = {
    {
      issuer = issuer,
      algorithms = algorithms,
      keys = env "IDP_KEYS", -- a file of keys; without it, they are fetched from where the issuer's metadata says
      ssf = {
        audience = url .. "/ssf/events",
        authorization = env "SSF_AUTHORIZATION" and signoff.secret.env "SSF_AUTHORIZATION" or nil,
        profile = env "IDP_PROFILE", -- "legacy" for Okta and older senders
      },
      logout = { client_id = client, sid = "record" }, -- a session that ended is somebody who went home
      revocation = { audience = url .. "/global-token-revocation", subject = client, profile = env "IDP_PROFILE" },
    },
  },
}
