-- SPDX-License-Identifier: MIT
-- Whom the connection of a farm talks to, and what it shows: TLS with verify-full, SCRAM, wrong passwords, roles; and URIs, whose secrets
-- nobody sees.

local core = require "signoff.core"
local connection = require "signoff.farm.connection"
local farm_server = require "spec.support.farm_server"
local peer = require "spec.support.peer"
local postgres = require "spec.support.postgres"
local tls = require "spec.support.tls"

local PASSWORD = "farm-password-4711"

local server, directory, certificates

local function ask(uri, seconds)
  local c = assert(connection.open(nil, uri))
  local rows, message, code, state = c:query("SELECT ssl, version FROM pg_stat_ssl WHERE pid = pg_backend_pid()", nil, seconds)
  c:close()
  return rows, message, code, state
end

local function in_uri(more, password)
  return ("postgresql://signoff:%s@localhost:%d/postgres%s"):format(password or PASSWORD, server.port, more or "")
end

-- Certificates of ours for a server that runs as another user.
local function certify()
  certificates = peer.directory()
  tls.authority(certificates, "ca")
  tls.authority(certificates, "other")
  tls.certificate(certificates, "ca", "right", "DNS:localhost")
  tls.certificate(certificates, "ca", "wrong", "DNS:elsewhere.example")
  os.execute(("cp %s/*.pem %s/*.key %s && chown postgres: %s/*.key %s/*.pem && chmod 600 %s/*.key && chmod 755 %s"):format(
    certificates, certificates, server.data, server.data, server.data, server.data, certificates))
end

local function use(name)
  server:sql(("ALTER SYSTEM SET ssl_cert_file = '%s.pem'"):format(name))
  server:sql(("ALTER SYSTEM SET ssl_key_file = '%s.key'"):format(name))
  server:sql "ALTER SYSTEM SET ssl = on"
  server:sql "SELECT pg_reload_conf()"
  core.sleep(0.3)
end

describe("whom the connection of a farm talks to", function()
  setup(function()
    server = farm_server.start { port = true }
    certify()
    peer.write_file(server.data .. "/pg_hba.conf", table.concat({
      "local all postgres trust", "hostssl all signoff 127.0.0.1/32 scram-sha-256", "host all plain 127.0.0.1/32 scram-sha-256",
    }, "\n") .. "\n")
    server:sql("CREATE ROLE plain LOGIN PASSWORD '" .. PASSWORD .. "'")
    use "right"
    directory = peer.directory()
  end)
  teardown(function()
    postgres.stop_all()
    peer.stop_all()
  end)

  it("takes SCRAM and TLS with verify-full", function()
    local rows, message = ask(in_uri("?sslmode=verify-full&sslrootcert=" .. certificates .. "/ca.pem"))
    assert(rows, message)
    assert.equal("t", rows[1][1])
    assert.matches("^TLSv1", rows[1][2])
  end)

  it("a password may be in a file of its own", function()
    local path = directory .. "/passfile"
    peer.write_file(path, ("localhost:%d:postgres:signoff:%s\n"):format(server.port, PASSWORD))
    os.execute("chmod 600 " .. path)
    local rows, message = ask(("host=localhost port=%d dbname=postgres user=signoff passfile=%s"):format(server.port, path))
    assert(rows, message)
  end)

  it("a service may have all of it", function()
    local path = directory .. "/services"
    peer.write_file(path, ("[signoff]\nhost=localhost\nport=%d\ndbname=postgres\nuser=signoff\npassword=%s\nsslmode=verify-full\nsslrootcert=%s/ca.pem\n")
      :format(server.port, PASSWORD, certificates))
    local output = require("spec.support.child").run([[
      local connection = require "signoff.farm.connection"
      local c = assert(connection.open(nil, "service=signoff"))
      print(c:query("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()")[1][1], c.own)
    ]], "PGSERVICEFILE=" .. path)
    assert.equal("t\tsignoff.farm.connection: service signoff", output)
  end)

  local function denied(uri, text, wanted_state)
    local rows, message, code, state = ask(uri, 3)
    assert.is_nil(rows)
    assert.same({ "denied", message }, { code, message })
    assert.matches(text, message)
    assert.equal(wanted_state or false, state)
    assert.is_nil(message:find(PASSWORD, 1, true))
  end

  it("a wrong password is denied, and is not tried again and again", function()
    local c = assert(connection.open(nil, in_uri("", "wrong-password-0815")))
    local began, count = core.now(), 0
    while core.now() - began < 2.5 do
      local _, message, code, state = c:query("SELECT 1", nil, 1)
      assert.is_nil(message:find("0815", 1, true))
      assert.is_true(code == "denied" and state == "28P01" or code == "away")
      count = count + 1
    end
    c:close()
    local log = peer.read_file(server.output)
    local _, failures = log:gsub("password authentication failed", "")
    assert.is_true(failures >= 1 and failures <= 2 * 4, failures) -- sslmode=prefer tries each time with TLS and without
  end)

  it("a role or database that is not there, and a rule that refuses us", function()
    denied(in_uri():gsub("signoff:", "nobody:"), "no pg_hba.conf entry", "28000")
    local rows, _, code, state = ask(in_uri():gsub("/postgres", "/nothing"), 3)
    assert.same({ nil, "schema", "3D000" }, { rows, code, state })
  end)

  it("no password at all", function()
    denied(("host=localhost port=%d dbname=postgres user=signoff passfile=/nonexistent"):format(server.port), "no password supplied")
  end)

  it("a certificate of another authority, for another name, or none", function()
    denied(in_uri("?sslmode=verify-full&sslrootcert=" .. certificates .. "/other.pem"), "certificate verify failed")
    denied(in_uri("?sslmode=verify-full&sslrootcert=" .. certificates .. "/nothing.pem"), "root certificate")
    denied(in_uri("?sslmode=verify-full&sslrootcert=" .. certificates .. "/ca.pem"):gsub("localhost", "127.0.0.1"), "does not match host name")
    use "wrong"
    denied(in_uri("?sslmode=verify-full&sslrootcert=" .. certificates .. "/ca.pem"), "does not match host name")
    use "right"
  end)

  it("URIs that cannot be read are refused without a part of them", function()
    for _, uri in ipairs {
      "postgresql://signoff:s3cr3t-4711@[::1/db", "postgresql://signoff:s3cr%zz4711@h/db", "host=h password=s3cr3t 4711 user=x",
      "host=h password='s3cr3t-4711", "s3cr3t-4711", "postgresql://signoff:p@s3cr3t-4711@h/db", "postgresql://signoff:s3/4711cr3t@h/db",
      "postgresql://signoff:12/4711s3cr@h/db", "postgresql://h/db?s3cr3t4711=1", "s3cr3t=4711", "postgresql://u:p@h/db?port=s3cr3t-4711",
    } do
      local c, message, code = connection.open(nil, uri)
      assert.is_nil(c, uri)
      assert.equal("denied", code)
      assert.matches("^the farm's URI: it cannot be read", message)
      assert.is_nil(message:find("s3cr", 1, true), message)
      assert.is_nil(message:find("4711", 1, true), message)
    end
  end)

  it("shows hosts, database and user, and never a password", function()
    local c = assert(connection.open(nil, "postgresql://signoff:pass%20word@db1,db2:5433/farm?application_name=x"))
    assert.equal("signoff.farm.connection: host db1,db2, database farm, user signoff", tostring(c.own))
    assert.same({ "host db1,db2, database farm, user signoff", true }, { c.own:name() })
    c:close()
    assert.same({ "closed", false }, { c.own:name() })
    assert.is_false(select(2, assert(connection.open(nil, "service=signoff")).own:name()))
  end)

  it("a password that a server or name service repeats is left out", function()
    local c = assert(connection.open(nil, ("host=localhost port=%d dbname=postgres user=%s password=%s"):format(server.port, PASSWORD, PASSWORD)))
    local _, message, code = c:query("SELECT 1", nil, 3)
    c:close()
    assert.equal("denied", code)
    assert.is_nil(message:gsub("^the farm %(.-%): ", ""):find(PASSWORD, 1, true))
  end)
end)
