-- SPDX-License-Identifier: MIT
--- A real pgbouncer before a PostgreSQL, in a directory of its own, where sessions are not kept: each transaction may get another
-- connection.

local daemon = require "spec.support.daemon"
local peer = require "spec.support.peer"
local postgres = require "spec.support.postgres"

local pgbouncer = {}

local CONFIGURATION = [[
[databases]
* = host=%s port=%d
[pgbouncer]
listen_addr =
unix_socket_dir = %s
listen_port = 6432
auth_type = trust
auth_file = %s/users
pool_mode = %s
default_pool_size = %d
max_client_conn = 100
ignore_startup_parameters = extra_float_digits,options
]]

--- @tparam table server as `postgres.start` gives it
-- @tparam[opt] string mode of the pool (`"transaction"`)
-- @tparam[opt] number size connections of the pool (2)
-- @treturn table with `uri(database, role)` (postgres, host_of_a_test), and what daemons have
function pgbouncer.start(server, mode, size)
  local directory = peer.directory()
  peer.write_file(directory .. "/pgbouncer.ini", CONFIGURATION:format(server.directory, server.port, directory, directory, mode or "transaction", size or 2))
  peer.write_file(directory .. "/users", '"postgres" ""\n"host_of_a_test" ""\n')
  os.execute("chown -R postgres: " .. directory)
  local self = daemon.start("pgbouncer", ("%s pgbouncer %s/pgbouncer.ini"):format(postgres.AS_USER, directory), directory, function()
    return peer.output_of(("test -S %s/.s.PGSQL.6432 && echo yes"):format(directory)) == "yes"
  end)
  function self.uri(database, role)
    return ("host=%s port=6432 dbname=%s user=%s"):format(directory, database, role or "postgres")
  end
  return self
end

return pgbouncer
