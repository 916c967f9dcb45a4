-- SPDX-License-Identifier: MIT
-- The connection of a farm in bad weather: its server is killed, restarted, stopped, full, silent or a standby; a pool is in between.

local core = require "signoff.core"
local signoff = require "signoff"
local connection = require "signoff.farm.connection"
local farm_server = require "spec.support.farm_server"
local peer = require "spec.support.peer"
local postgres = require "spec.support.postgres"

local opened

local function open(uri)
  local made = assert(connection.open(nil, uri))
  opened[#opened + 1] = made
  return made
end

local function timed(f, ...)
  local began = core.now()
  return core.now() - began, f(...)
end

-- Asks until there is an answer, and gives the seconds that this took, and what was said before.
local function recovers(c, seconds)
  local began, said = core.now(), {}
  repeat
    local rows, message, code = c:query("SELECT 1", nil, 2)
    if rows then
      return core.now() - began, said
    end
    assert.equal("away", code)
    said[message] = true
    core.sleep(0.02)
  until core.now() - began > (seconds or 20)
  error "it does not come back"
end

local function ask_in_the_middle(server, how)
  local c, outcome = open(server:uri("postgres", "signoff")), nil
  assert(c:query "SELECT 1")
  signoff.loop(function(loop)
    loop:spawn(function()
      outcome = { c:query("SELECT pg_sleep(10)", nil, 15) }
    end)
    loop:sleep(0.2)
    how(server)
  end)
  assert.same({ nil, "away", true }, { outcome[1], outcome[3], outcome[5] })
  return c, outcome[2]
end

describe("the connection of a farm in bad weather", function()
  before_each(function()
    opened = {}
  end)
  after_each(function()
    for _, c in ipairs(opened) do
      c:close()
    end
    postgres.stop_all()
    peer.stop_all()
  end)

  for _, how in ipairs { "fast", "immediate", "kill" } do
    it("the server ends in the middle of a statement: " .. how, function()
      local server = farm_server.start()
      local c = ask_in_the_middle(server, function()
        server:stop(how)
      end)
      local seconds, _, _, code = timed(c.query, c, "SELECT 1", nil, 5)
      assert.equal("away", code)
      assert.is_true(seconds < 3)
      server:begin()
      assert.is_true((recovers(c)) < 5)
    end)
  end

  it("its process alone is killed in the middle of a statement", function()
    local server = farm_server.start()
    local c, message = ask_in_the_middle(server, function()
      server:sql "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'signoff'"
    end)
    assert.matches("terminating connection", message)
    assert.same({ { "1" } }, (c:query "SELECT 1"))
  end)

  it("the server was restarted since the last statement", function()
    local server = farm_server.start()
    local c = open(server:uri("postgres", "signoff"))
    for _, how in ipairs { "fast", "kill" } do
      assert(c:query "SELECT 1")
      server:restart(how)
      assert.is_true((recovers(c)) < 3)
    end
  end)

  it("a statement that an administrator cancels", function()
    local server = farm_server.start()
    local c, message = ask_in_the_middle(server, function()
      server:sql "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE usename = 'signoff'"
    end)
    assert.matches("canceling statement", message)
    assert.same({ { "1" } }, (c:query "SELECT 1"))
  end)

  it("the server is stopped where it is: a statement ends within a second of its time, then all goes on", function()
    local server = farm_server.start { port = true }
    for _, over_tcp in ipairs { true, false } do
      local c = open(server:uri("postgres", "postgres", over_tcp and "tcp" or "unix", over_tcp))
      assert(c:query "SELECT 1")
      server:freeze()
      for _, seconds in ipairs { 0.5, 1, 0.2 } do
        local began = core.now()
        local rows, _, code = c:query("SELECT 1", nil, seconds)
        local took = core.now() - began
        assert.same({ nil, "away" }, { rows, code })
        assert.is_true(took >= seconds and took < seconds + 1, took)
      end
      server:thaw()
      assert.is_true((recovers(c)) < 8)
    end
  end)

  it("nobody is there: it is said at once, with the place", function()
    local port = peer.free_port()
    local c = open(("host=127.0.0.1 port=%d dbname=postgres user=signoff"):format(port))
    local began = core.now()
    local rows, message, code, state, sent = c:query("SELECT 1", nil, 10)
    assert.same({ nil, "away", false, false }, { rows, code, state, sent })
    assert.matches(("port %d failed: Connection refused"):format(port), message)
    assert.is_true(core.now() - began < 1)
  end)

  it("attempts come with pauses that grow, and stay short", function()
    local port = peer.free_port()
    local c, count, began = open(("host=127.0.0.1 port=%d dbname=postgres user=signoff"):format(port)), 0, core.now()
    while core.now() - began < 4 do
      c:query("SELECT 1", nil, 5)
      count = count + 1
    end
    assert.is_true(count >= 4 and count <= 12, count)
  end)

  it("somebody else is there, who says nothing, or something else", function()
    local silent, other = peer.start({ {} }, { black_hole = true }), peer.start(peer.always(peer.reply "200 OK"))
    for address, limit in pairs { [silent.port] = 1.5, [other.port] = 5 } do
      local c = open(("host=127.0.0.1 port=%d dbname=postgres user=signoff sslmode=disable"):format(address))
      local began = core.now()
      local rows, _, code = c:query("SELECT 1", nil, 1.5)
      assert.same({ nil, "away" }, { rows, code })
      assert.is_true(core.now() - began < limit + 1)
    end
  end)

  it("of several hosts the one that writes is found, and found again after a failover", function()
    local primary = farm_server.start { port = true, fresh = true }
    local standby = postgres.standby(primary, { port = true })
    local silent = peer.start({ {} }, { black_hole = true })
    local c = open(("host=127.0.0.1,127.0.0.1,127.0.0.1 port=%d,%d,%d dbname=postgres user=postgres target_session_attrs=read-write connect_timeout=2"):format(
      silent.port, standby.port, primary.port))
    local rows, message = c:query("SELECT inet_server_port()", nil, 10)
    assert(rows, message)
    assert.equal(tostring(primary.port), rows[1][1])
    standby:catch_up(primary)
    primary:stop "kill"
    standby:promote()
    assert.is_true((recovers(c)) < 12)
    assert.equal(tostring(standby.port), c:query("SELECT inet_server_port()")[1][1])
  end)

  it("a host that does not answer once it is connected is passed over", function()
    local silent, other = farm_server.start { port = true }, farm_server.start { port = true }
    silent:sql [[CREATE SCHEMA slow; GRANT USAGE ON SCHEMA slow TO signoff;
      CREATE FUNCTION slow.pg_backend_pid() RETURNS int LANGUAGE sql AS 'SELECT pg_sleep(60); SELECT 1';
      ALTER ROLE signoff SET search_path = slow, pg_catalog]]
    local c = open(("host=127.0.0.1,127.0.0.1 port=%d,%d dbname=postgres user=signoff connect_timeout=2"):format(silent.port, other.port))
    c:notified(0.5) -- it is connected, and asks for itself
    local began = core.now()
    local rows, message = c:query("SELECT inet_server_port()", nil, 10)
    assert(rows, message)
    assert.equal(tostring(other.port), rows[1][1])
    assert.is_true(core.now() - began < 4)
    other:sql "NOTIFY farm, '1'"
    assert.is_true(c:notified(2))
  end)

  it("of standbys alone it is said that none writes", function()
    local primary = farm_server.start { port = true, fresh = true }
    local standby = postgres.standby(primary, { port = true })
    primary:stop()
    local c = open(("host=127.0.0.1 port=%d dbname=postgres user=postgres target_session_attrs=read-write"):format(standby.port))
    local rows, message, code = c:query("SELECT 1", nil, 3)
    assert.same({ nil, "away" }, { rows, code })
    assert.matches("read%-only", message)
    local other = open(("host=127.0.0.1 port=%d dbname=postgres user=postgres"):format(standby.port))
    assert(other:query "SELECT 1")
    local _, _, refused, state = other:query "INSERT INTO farm.row VALUES (2)"
    assert.same({ "away", "25006" }, { refused, state })
    assert.is_false((other:notified(0.3) and other:notified(0.3)) or false) -- a standby has none: the time passes
  end)

  it("the server takes no more connections", function()
    local server = farm_server.start { settings = { max_connections = 8, superuser_reserved_connections = 3 } }
    local sessions = {}
    for i = 1, 5 do
      sessions[i] = server:session("postgres", "signoff")
      sessions[i]:sql "SELECT 1"
    end
    local c = open(server:uri("postgres", "signoff"))
    local rows, message, code, state = c:query("SELECT 1", nil, 3)
    assert.same({ nil, "away", "53300" }, { rows, code, state })
    assert.matches("remaining connection slots", message)
    sessions[1]:close()
    assert.is_true((recovers(c)) < 4)
    for i = 2, 5 do
      sessions[i]:close()
    end
  end)

  it("a pool in transaction mode: statements and calls work, notifications do not come, and no session of the server listens", function()
    local server = farm_server.start { port = true }
    local directory, port = peer.directory(), peer.free_port()
    peer.write_file(directory .. "/users", '"signoff" "farm-password-4711"\n')
    peer.write_file(directory .. "/pgbouncer.ini", ([[
[databases]
postgres = host=127.0.0.1 port=%d dbname=postgres
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = %d
unix_socket_dir =
auth_type = any
auth_file = %s/users
pool_mode = transaction
default_pool_size = 2
]]):format(server.port, port, directory):gsub("auth_type = any", "auth_type = trust"))
    os.execute(("chown -R postgres: %s"):format(directory))
    peer.spawn(("timeout 120 %s pgbouncer %s/pgbouncer.ini"):format(postgres.AS_USER, directory), directory)
    local c = open(("host=127.0.0.1 port=%d dbname=postgres user=signoff sslmode=disable"):format(port))
    peer.wait_for("pgbouncer", function()
      return (c:query("SELECT 1", nil, 2))
    end, 20)
    c:work_as(3)
    for i = 1, 200 do
      assert.equal(i, assert(c:call("begin_act", { number = i })).number)
    end
    while c:notified(0.3) do end
    local began = core.now()
    assert.is_false(c:notified(0.5))
    assert.is_true(core.now() - began < 1.5)
    server:sql "NOTIFY farm, '1'"
    assert.is_false(c:notified(0.5))
    assert.equal("0", server:sql "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'")
    assert(c:query "SELECT 1")
  end)
end)
