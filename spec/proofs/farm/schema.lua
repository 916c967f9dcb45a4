-- SPDX-License-Identifier: MIT
--- The farm's schema in a server: set up as a site does, on a clock divided by ten.

local peer = require "spec.support.peer"

local schema = {}

-- Seconds, but for the last.
schema.SETTINGS = { lease = 6, heartbeat = 0.5, poll = 0.5, grant = 0.5, window_scale = 0.1 }

--- Sets a farm's numbers.
function schema.set(servers, settings)
  for name, value in pairs(settings) do
    servers:tell(("update farm.setting set value = %s where name = '%s'"):format(value, name))
  end
end

--- Makes the database and everything in it, and an account that may do what workers may.
function schema.init(servers, settings)
  servers.database = "farm"
  servers:tell("create database farm", "postgres")
  local folder = os.getenv "FARM_SQL" or "sql/farm"
  local files = peer.output_of(("ls %s/*.sql"):format(folder))
  for path in files:gmatch "[^\n]+" do
    servers:tell(peer.read_file(path))
  end
  servers:tell "create role storm login; grant signoff_operator to storm"
  schema.set(servers, settings or schema.SETTINGS)
end

return schema
