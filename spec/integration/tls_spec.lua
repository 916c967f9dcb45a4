-- SPDX-License-Identifier: MIT
-- Whom a client talks to: certificates are checked, a refusal says what to do about it, and who is refused learns nothing.

local signoff = require "signoff"
local child = require "spec.support.child"
local peer = require "spec.support.peer"
local tls = require "spec.support.tls"

local directory

local NAMES = "DNS:localhost,IP:127.0.0.1"

-- certificate = { its names, when it is valid }
local certificates = {
  good = { NAMES }, expired = { NAMES, "expired" }, early = { NAMES, "early" }, elsewhere = { "DNS:ais.example" },
  client = { "DNS:client.example" }, subdomains = { "DNS:*.a.localhost" }, everything = { "DNS:*" },
  every_domain = { "DNS:*.*" }, top_level = { "DNS:*.localhost" }, part = { "DNS:f*.a.localhost" },
  inner = { "DNS:foo.*.localhost" }, addresses = { "DNS:127.0.0.*" }, address_as_name = { "DNS:127.0.0.1" },
  nul = { tls.raw_name "localhost\0.evil.example" },
}

local function setup_directory()
  directory = peer.output_of "mktemp -d"
  tls.authority(directory, "ca")
  tls.authority(directory, "other")
  for name, certificate in pairs(certificates) do
    tls.certificate(directory, "ca", name, certificate[1], certificate[2])
  end
  tls.certificate(directory, "other", "stranger", NAMES)
  tls.self_signed(directory, "own", NAMES)
  tls.with_nul(directory, "ca", "common_nul", "localhost#.evil.example")
  os.execute(("mkdir -p %s/jderest/v2/orchestrator"):format(directory))
  peer.write_file(directory .. "/jderest/v2/orchestrator/jde-validate-session",
    peer.reply("200 OK", '{"isValidSession":true}', { Connection = "close" }))
end

local function in_directory(name)
  return name and ("%s/%s"):format(directory, name)
end

local function ask(server, options)
  local all = { url = ("https://%s:%d"):format(options.host or "127.0.0.1", server.port), token = "044-token", timeout = 5 }
  for _, name in ipairs { "ca_file", "ca_dir", "client_cert", "client_key" } do
    all[name] = in_directory(options[name])
  end
  all.verify, all.client_key_password = options.verify, options.client_key_password
  return signoff.jde_ais(all):status()
end

local function assert_no_bad_advice(message)
  local lower = message:lower()
  for _, wrong in ipairs { "insecure", "verify = false", "verify=false", "'verify'", "turn off", "switch off", "disable" } do
    assert.is_nil(lower:find(wrong, 1, true), message)
  end
end

local function assert_refused(answer, message, code, detail)
  assert.is_nil(answer)
  assert.are.equal("tls", code, message)
  assert.is_false(detail.sent)
  assert.is_false(detail.retriable)
  assert_no_bad_advice(message)
  return message
end

-- The secret of each system, and a call that changes something.
local CANARY = "C4nary-4711"
local accounts = {
  cisco_em = { { app_id = "app", app_certificate = CANARY }, "logout", "SEP1" },
  isymphony = { { username = "manager", password = CANARY }, "set_status", "ann", { name = "Away", type = "away" } },
  agvance = { { headers = { ["X-Key"] = CANARY } }, "logout", "K1" },
  oracle_commerce = { {}, "logout", CANARY },
  jde_ais = { { device = "PC1" }, "logout", CANARY },
}
local BASIC = "bWFuYWdlcjpDNG5hcnktNDcxM" -- manager:CANARY, as far as Base64 shows it alone

local function act(kind, url, options)
  local row, all = accounts[kind], { url = url, timeout = 2 }
  for _, source in ipairs { row[1], options } do
    for name, value in pairs(source) do
      all[name] = value
    end
  end
  local client = signoff[kind](all)
  return client[row[2]](client, row[3], row[4])
end

local function credential_in(bytes)
  return bytes:find(CANARY, 1, true) or bytes:find(BASIC, 1, true)
end

describe("TLS", function()
  setup(setup_directory)
  teardown(function()
    os.execute("rm -rf " .. directory)
  end)
  after_each(function()
    peer.stop_all()
  end)

  it("with the CA that 'ca_file' names", function()
    local server = tls.serve(directory, "good")
    assert.is_true(assert(ask(server, { ca_file = "ca.pem" })).active)
    assert.is_true(assert(ask(server, { ca_file = "ca.pem", host = "localhost" })).active)
  end)

  it("with the CA that 'ca_dir' holds", function()
    peer.output_of(("cd %s && mkdir -p cas && cp ca.pem cas/ && openssl rehash cas"):format(directory))
    assert(ask(tls.serve(directory, "good"), { ca_dir = "cas" }))
  end)

  it("without verification, when that is asked for", function()
    assert(ask(tls.serve(directory, "elsewhere"), { verify = false }))
  end)

  -- The server's certificate and openssl's options for it; the name that is asked for; the client's files, its CA first.
  local old = " -cipher ALL:@SECLEVEL=0"
  local wrong = {
    ["that has expired"] = { "expired" },
    ["that is not yet valid"] = { "early" },
    ["of another host"] = { "elsewhere" },
    ["that signed itself"] = { "own" },
    ["that signed itself, the system's CAs"] = { "own", ca = false },
    ["of a CA that nobody knows"] = { "good", ca = false },
    ["of another CA than the named one"] = { "stranger" },
    ["of a CA that is no certificate"] = { "good", ca = "good.key" },
    ["of any host: *"] = { "everything", host = "localhost" },
    ["of any host: *.*"] = { "every_domain", host = "a.localhost" },
    ["of all below the top"] = { "top_level", host = "a.localhost" },
    ["of one label, for two"] = { "subdomains", host = "c.b.a.localhost" },
    ["of one label, for none"] = { "subdomains", host = "a.localhost" },
    ["with a star in a part of the name"] = { "part", host = "foo.a.localhost" },
    ["with a star inside the name"] = { "inner", host = "foo.b.localhost" },
    ["of a range of addresses"] = { "addresses" },
    ["of an address written as a name"] = { "address_as_name" },
    ["with a NUL in its name"] = { "nul", host = "localhost" },
    ["with a NUL in its common name"] = { "common_nul", host = "localhost" },
    ["over TLS 1.0"] = { "good", "-tls1" .. old },
    ["over TLS 1.1"] = { "good", "-tls1_1" .. old },
    ["over ciphers without encryption"] = { "good", "-tls1_2 -cipher eNULL:@SECLEVEL=0" },
    ["over ciphers without a certificate"] = { "good", "-tls1_2 -cipher aNULL:@SECLEVEL=0" },
  }

  local function options_of(case)
    local ca = case.ca == nil and "ca.pem" or case.ca
    return { ca_file = in_directory(ca or nil), client_cert = in_directory(case.cert), client_key = in_directory(case.key) }
  end

  local function against(case, check)
    local server = tls.record(directory, case[1], case[2])
    local url = ("https://%s:%d"):format(case.host or "127.0.0.1", server.port)
    for kind in pairs(accounts) do
      check(act(kind, url, options_of(case)))
    end
    return server.recorded()
  end

  for what, case in pairs(wrong) do
    it("gives no byte of a credential to a server " .. what, function()
      local recorded = against(case, assert_refused)
      assert.is_falsy(credential_in(recorded))
      assert.is_nil(recorded:find("HTTP/1.1", 1, true), recorded)
    end)
  end

  it("gives it to the right one, which shows that the server records", function()
    for host, certificate in pairs { localhost = "good", ["127.0.0.1"] = "good", ["b.a.localhost"] = "subdomains" } do
      local server = tls.record(directory, certificate)
      local url = ("https://%s:%d"):format(host, server.port)
      for kind in pairs(accounts) do
        local _, _, code = act(kind, url, { ca_file = in_directory "ca.pem", timeout = 0.5 })
        assert.are.equal("timeout", code)
      end
      local _, count = server.recorded():gsub(CANARY:gsub("%-", "%%-"), "")
      assert.are.equal(4, count)
      assert.is_truthy(server.recorded():find(BASIC, 1, true))
    end
  end)

  local clients = {
    ["no client certificate"] = {},
    ["a client certificate of another CA"] = { cert = "stranger.pem", key = "stranger.key" },
    ["a client certificate with another's key"] = { cert = "client.pem", key = "good.key" },
    ["a client certificate that has expired"] = { cert = "expired.pem", key = "expired.key", silent = true }, -- so is libcurl
  }
  for what, files in pairs(clients) do
    for _, version in ipairs { "-tls1_2", "-tls1_3" } do
      it(("is refused with %s, and nothing is decrypted (%s)"):format(what, version), function()
        local case = { "good", "-Verify 1 -verify_return_error -CAfile ca.pem " .. version, cert = files.cert, key = files.key }
        local recorded = against(case, function(answer, message, code, detail)
          assert.is_nil(answer)
          assert.are.equal("tls", code, message) -- with TLS 1.3 the request has left by then: `sent` may be true
          assert.is_false(detail.retriable)
          assert.is_truthy(files.silent or message:find("'client_", 1, true), message)
          assert_no_bad_advice(message)
        end)
        assert.is_falsy(credential_in(recorded))
        assert.is_nil(recorded:find("HTTP/1.1", 1, true), recorded)
      end)
    end
  end

  describe("cannot be downgraded", function()
    local program = [[
      local client = require "signoff".jde_ais { url = %q, ca_file = %s, timeout = 2 }
      print((select(3, client:logout "%s")))
    ]]

    local function in_child(server, ca_file, environment)
      local url = ("https://127.0.0.1:%d"):format(server.port)
      return child.run(program:format(url, ca_file and ("%q"):format(in_directory(ca_file)) or "nil", CANARY), environment)
    end

    it("by openssl's configuration", function()
      peer.write_file(directory .. "/openssl.conf", [[
openssl_conf = a
[a]
ssl_conf = b
[b]
system_default = c
[c]
MinProtocol = TLSv1
CipherString = ALL:@SECLEVEL=0
]])
      local environment = ("OPENSSL_CONF=%s/openssl.conf"):format(directory)
      local server = tls.record(directory, "good", "-tls1 -cipher ALL:@SECLEVEL=0")
      local seen = peer.output_of(("%s openssl s_client -tls1 -connect 127.0.0.1:%d </dev/null 2>&1"):format(environment, server.port))
      assert.is_truthy(seen:find("Protocol  : TLSv1\n", 1, true), "that configuration allows TLS 1.0 to others")
      assert.are.equal("tls", in_child(server, "ca.pem", environment))
      assert.is_falsy(credential_in(server.recorded()))
    end)

    it("by variables and files that name other CAs, or none", function()
      local server = tls.record(directory, "good")
      peer.write_file(directory .. "/.curlrc", "insecure\n")
      local environment = ("HOME=%s CURL_HOME=%s CURL_CA_BUNDLE=%s/ca.pem SSL_CERT_FILE=%s/ca.pem SSL_CERT_DIR=%s"):gsub("%%s", directory)
      assert.are.equal("tls", in_child(server, nil, environment))
      assert.are.equal("tls", in_child(server, "other.pem", environment))
      assert.is_falsy(credential_in(server.recorded()))
    end)

    it("by the options of one call", function()
      local client = signoff.jde_ais { url = "https://127.0.0.1", token = CANARY }
      for _, name in ipairs { "verify", "ca_file", "ca_dir", "client_cert", "url", "proxy" } do
        local fine, problem = pcall(client.logout, client, nil, { [name] = false })
        assert.is_false(fine)
        assert.is_truthy(tostring(problem):find("'" .. name .. "'", 1, true), problem)
      end
    end)

    it("by a server that refuses the handshake until it gets an older one, or none", function()
      local alert = { "arrival", { send = "\21\3\1\0\2\2\70" }, "close" } -- fatal: protocol_version
      for _, steps in ipairs { alert, { "arrival", "reset" }, { "arrival", "close" },
        { "arrival", { send = peer.reply("426 Upgrade Required", "use http") }, "close" } } do
        local server = peer.start { steps }
        for kind in pairs(accounts) do
          local answer = act(kind, "https://127.0.0.1:" .. server.port, {})
          assert.is_nil(answer)
        end
        assert.are.equal(5, #server:connections())
        for _, bytes in ipairs(server:connections()) do
          assert.is_falsy(credential_in(bytes))
        end
      end
    end)
  end)

  it("names the option that supplies a missing CA", function()
    local message = assert_refused(ask(tls.serve(directory, "good"), {}))
    assert.is_truthy(message:find("ca_file", 1, true), message)
    assert.is_truthy(message:find("127.0.0.1", 1, true), message)
  end)

  describe("with a client certificate", function()
    local asking = "-Verify 1 -verify_return_error -CAfile ca.pem -tls1_2"

    it("shows it to a server that asks", function()
      local server = tls.serve(directory, "good", asking)
      assert(ask(server, { ca_file = "ca.pem", client_cert = "client.pem", client_key = "client.key" }))
    end)

    local function lock_key()
      peer.output_of(("cd %s && openssl ec -aes128 -passout pass:key-password -in client.key -out locked.key 2>&1"):format(directory))
    end

    it("asks nobody on the terminal for a key's password", function()
      lock_key()
      peer.write_file(directory .. "/locked.lua", ([[
        local client = require "signoff".jde_ais { url = "https://127.0.0.1:%d", client_cert = %q, client_key = %q, timeout = 2 }
        print((select(3, client:status "044-token")))
      ]]):format(tls.serve(directory, "good", asking).port, in_directory "client.pem", in_directory "locked.key"))
      local said = peer.output_of(("timeout 300 script -qec '%s %s/locked.lua' /dev/null </dev/null"):format(child.interpreter, directory))
      assert.are.equal("tls", said)
    end)

    it("opens an encrypted key with its password", function()
      lock_key()
      local server = tls.serve(directory, "good", asking)
      local options = { ca_file = "ca.pem", client_cert = "client.pem", client_key = "locked.key" }
      options.client_key_password = "not-this-one"
      assert_refused(ask(server, options))
      options.client_key_password = signoff.secret.new "key-password"
      assert(ask(server, options))
    end)
  end)

  it("settings are not shared by way of a connection", function()
    local server = tls.serve_kept_alive(directory, "good")
    local first = assert(ask(server, { verify = false }))
    assert.are.equal(first.fields.connection, assert(ask(server, { verify = false })).fields.connection)
    assert_refused(ask(server, {}))
    assert_refused(ask(server, { ca_file = "other.pem" }))
    local trusted = assert(ask(server, { ca_file = "ca.pem" }))
    assert.are_not.equal(first.fields.connection, trusted.fields.connection)
    assert_refused(ask(server, { ca_file = "other.pem" }))
    local known = assert(ask(server, { ca_file = "ca.pem", client_cert = "client.pem", client_key = "client.key" }))
    assert.are.equal("CN=client", known.fields.client)
    assert.are.equal("", assert(ask(server, { ca_file = "ca.pem" })).fields.client)
  end)

  local function extension_mobility(port, with_tls)
    return signoff.cisco_em { host = "127.0.0.1:" .. port, tls = with_tls, app_id = "app",
      app_certificate = "password-4711", timeout = 2 }
  end

  it("to a plain port is told so", function()
    local server = peer.start { { "arrival", { send = peer.reply("400 Bad Request") }, "stall" } }
    local message = assert_refused(extension_mobility(server.port, true):logout "SEP1")
    assert.is_truthy(message:find("plain", 1, true) or message:find("without TLS", 1, true), message)
  end)

  it("is what a port of TLS asks for when it was spoken to without", function()
    local alert = "\21\3\1\0\2\2\70" -- fatal: protocol_version
    local server = peer.start { { "request", { send = alert }, "close" } }
    local answer, message, code = extension_mobility(server.port, false):logout "SEP1"
    assert.is_nil(answer)
    assert.is_truthy(code == "unusable" or code == "tls", code)
    assert.is_truthy(message:find("TLS", 1, true) or message:find("'tls'", 1, true), message)
  end)
end)
