-- SPDX-License-Identifier: MIT
-- Whom a client talks to: certificates are checked, and a refusal says what to do about it.

local signoff = require "signoff"
local peer = require "spec.support.peer"
local tls = require "spec.support.tls"

local directory

local function setup_directory()
  directory = peer.output_of "mktemp -d"
  tls.authority(directory, "ca")
  tls.authority(directory, "other")
  tls.certificate(directory, "ca", "good", "DNS:localhost,IP:127.0.0.1")
  tls.certificate(directory, "ca", "elsewhere", "DNS:ais.example")
  tls.certificate(directory, "ca", "expired", "DNS:localhost,IP:127.0.0.1", true)
  tls.certificate(directory, "ca", "client", "DNS:client.example")
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

local function assert_refused(answer, message, code, detail)
  assert.is_nil(answer)
  assert.are.equal("tls", code, message)
  assert.is_false(detail.sent)
  assert.is_false(detail.retriable)
  local lower = message:lower()
  for _, wrong in ipairs { "insecure", "verify = false", "verify=false", "'verify'", "turn off", "switch off", "disable" } do
    assert.is_nil(lower:find(wrong, 1, true), message)
  end
  return message
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

  local refusals = {
    ["a CA that nobody knows"] = { "good", {} },
    ["another CA than the named one"] = { "good", { ca_file = "other.pem" } },
    ["a certificate of another host"] = { "elsewhere", { ca_file = "ca.pem" } },
    ["a certificate that has expired"] = { "expired", { ca_file = "ca.pem" } },
    ["TLS 1.1"] = { "good", { ca_file = "ca.pem" }, "-tls1_1 -cipher ALL:@SECLEVEL=0" },
    ["a 'ca_file' that holds no certificate"] = { "good", { ca_file = "good.key" } },
  }
  for what, case in pairs(refusals) do
    it("refuses " .. what, function()
      assert_refused(ask(tls.serve(directory, case[1], case[3]), case[2]))
    end)
  end

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

    it("is refused without it", function()
      local server = tls.serve(directory, "good", asking)
      assert_refused(ask(server, { ca_file = "ca.pem" }))
    end)

    it("opens an encrypted key with its password", function()
      peer.output_of(("cd %s && openssl ec -aes128 -passout pass:key-password -in client.key -out locked.key 2>&1"):format(
        directory))
      local server = tls.serve(directory, "good", asking)
      local options = { ca_file = "ca.pem", client_cert = "client.pem", client_key = "locked.key" }
      options.client_key_password = "not-this-one"
      assert_refused(ask(server, options))
      options.client_key_password = signoff.secret.new "key-password"
      assert(ask(server, options))
    end)

    it("whose key is another's is refused", function()
      local server = tls.serve(directory, "good", asking)
      assert_refused(ask(server, { ca_file = "ca.pem", client_cert = "client.pem", client_key = "good.key" }))
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
