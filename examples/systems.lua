-- SPDX-License-Identifier: MIT
-- The systems of a site, for signoff-offboard: copy it to /etc/signoff/systems.lua, or name it with --config or in
-- $SIGNOFF_CONFIG. It is run: let nobody else write to it. Delete the systems that you do not have.
--
-- Secrets come from the environment here. From a file that only its owner may read it is secret.file "/etc/signoff/NAME".
-- The variables are those of the scripts beside this file, whose heads say more.

local signoff = require "signoff"

local env, secret = os.getenv, signoff.secret.env

signoff.defaults { ca_file = env "SIGNOFF_CA_FILE" or false } -- where the certificates come from a CA of your own

local agvance_session = secret "AGVANCE_SESSION_ID"

return {
  environment = env "SIGNOFF_ENVIRONMENT" or "example", -- shown before anything is done: "production", "rehearsal"

  -- The name of a system is that of its column in the list of people.
  systems = {
    cisco_em = {
      client = signoff.cisco_em {
        url = env "CISCO_EM_URL",
        app_id = env "CISCO_EM_APP_ID",
        app_certificate = secret "CISCO_EM_APP_CERTIFICATE",
      },
      -- concurrency = 2, per_minute = 60 unless said otherwise: what a cluster bears beside its own logins
      per_minute = tonumber(env "CISCO_EM_PER_MINUTE"),
    },
    isymphony = {
      client = signoff.isymphony {
        url = env "ISYMPHONY_URL",
        username = env "ISYMPHONY_USERNAME",
        password = secret "ISYMPHONY_PASSWORD",
      },
      status = { name = "Gone home", type = "unavailable", note = "account closed" }, -- what the panel is to show
    },
    agvance = {
      client = signoff.agvance {
        url = env "AGVANCE_URL",
        headers = { -- no public page names them: take the names that SSI gave you
          ["X-Api-Key"] = secret "AGVANCE_API_KEY",
          ["X-Database-Id"] = secret "AGVANCE_DATABASE_ID",
          ["X-Session-Id"] = agvance_session,
        },
        session_id = agvance_session, -- our own session is never ended
      },
    },
    oracle_commerce = { client = signoff.oracle_commerce { url = env "ORACLE_COMMERCE_URL" } },
    jde_ais = { client = signoff.jde_ais { url = env "JDE_AIS_URL" } },
  },

  -- As on the command line, which wins.
  options = {
    protect = { "rita.stone" }, -- persons, phones and users that no list can sign out
    max_people = 500,
    max_age = "24h",
    max_fail = 20, -- or "5%" of the targets: more failures stop the run
    settle = tonumber(env "SIGNOFF_SETTLE"), -- seconds between the two observations that make "gone" count; nil is 10
  },
}
