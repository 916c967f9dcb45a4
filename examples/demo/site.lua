-- SPDX-License-Identifier: MIT
-- The five systems of a site, made from the environment when they are first asked for: the variables of the scripts
-- beside demo.lua, whose heads describe them. SIGNOFF_SETTLE is how many seconds lie between the two looks that make "gone"
-- count. A session may be reborn by a phone or a panel that signs in again, so the default is 10; a rehearsal against the
-- simulator sets it small (simulator/environment.in), since nobody is reborn there unless a fault says so.

local signoff = require "signoff"

local env, secret = os.getenv, signoff.secret.env

local makers = {}

function makers.cisco_em()
  return signoff.cisco_em {
    url = env "CISCO_EM_URL",
    app_id = env "CISCO_EM_APP_ID",
    app_certificate = secret "CISCO_EM_APP_CERTIFICATE",
    ca_file = env "SIGNOFF_CA_FILE",
  }
end

function makers.isymphony()
  return signoff.isymphony {
    url = env "ISYMPHONY_URL",
    username = env "ISYMPHONY_USERNAME",
    password = secret "ISYMPHONY_PASSWORD",
    ca_file = env "SIGNOFF_CA_FILE",
  }
end

function makers.agvance()
  local session_id = secret "AGVANCE_SESSION_ID"
  return signoff.agvance {
    url = env "AGVANCE_URL",
    headers = { -- no public page names them: take the names that SSI gave you
      ["X-Api-Key"] = secret "AGVANCE_API_KEY",
      ["X-Database-Id"] = secret "AGVANCE_DATABASE_ID",
      ["X-Session-Id"] = session_id,
    },
    session_id = session_id,
    ca_file = env "SIGNOFF_CA_FILE",
  }
end

function makers.oracle_commerce()
  return signoff.oracle_commerce { url = env "ORACLE_COMMERCE_URL", ca_file = env "SIGNOFF_CA_FILE" }
end

function makers.jde_ais()
  return signoff.jde_ais { url = env "JDE_AIS_URL", ca_file = env "SIGNOFF_CA_FILE" }
end

local site = {
  settle = tonumber(env "SIGNOFF_SETTLE"), -- nil: the module's own, 10
  status = { name = "Gone home", type = "unavailable", note = "account closed" }, -- what iSymphony is to show
}

local clients = {}

--- Whether there is such a system.
function site.has(system)
  return makers[system] ~= nil
end

--- The client of a system.
function site.client(system)
  clients[system] = clients[system] or makers[system]()
  return clients[system]
end

return site
