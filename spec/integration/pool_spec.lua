-- SPDX-License-Identifier: MIT
-- Connections that are kept serve those alone who agree on origin, TLS, proxy and credentials.

local signoff = require "signoff"
local child = require "spec.support.child"
local files = require "spec.support.files"
local peer = require "spec.support.peer"
local tls = require "spec.support.tls"

local alive = peer.reply("200 OK", '{"isValidSession":true}')

local token = signoff.secret.new

-- The options of two clients, of the JDE server unless a `system` is named; a `proxy` is the server itself.
local apart = {
  ca_file = { { ca_file = "spec/integration/pool_spec.lua" }, { ca_file = "spec/integration/tls_spec.lua" } },
  ca_dir = { { ca_dir = "spec" }, { ca_dir = "spec/support" } },
  client_cert = { { client_cert = "spec/integration/pool_spec.lua" }, { client_cert = "spec/integration/tls_spec.lua" } },
  client_key = { { client_key = "spec/integration/pool_spec.lua" }, { client_key = "spec/integration/tls_spec.lua" } },
  client_key_password = { { client_key_password = "one-4711" }, { client_key_password = "two-4711" } },
  verify = { { verify = true }, { verify = false } },
  ["the proxy's user"] = { { proxy = "http://ann:one-4711@" }, { proxy = "http://ben:one-4711@" } },
  ["the proxy's password"] = { { proxy = "http://ann:one-4711@" }, { proxy = "http://ann:two-4711@" } },
  ["proxy and none"] = { { proxy = "http://" }, {} },
  no_proxy = { { no_proxy = "127.0.0.1" }, { no_proxy = "" } },
  token = { { token = token "one-4711" }, { token = token "two-4711" } },
  ["a token and none"] = { { token = "one-4711" }, {} },
  device = { { device = "PC-1" }, { device = "PC-2" } },
  ["a header's value"] = { { headers = { ["X-Key"] = token "one-4711" } }, { headers = { ["X-Key"] = token "two-4711" } } },
  ["a header's name"] = { { headers = { ["X-Key"] = "one-4711" } }, { headers = { ["X-Token"] = "one-4711" } } },
  ["iSymphony's user"] = { { username = "ann", password = "one-4711" }, { username = "ben", password = "one-4711" }, system = "isymphony" },
  ["iSymphony's password"] = { { username = "ann", password = "one-4711" }, { username = "ann", password = "two-4711" }, system = "isymphony" },
  app_id = { { app_id = "ann", app_certificate = "one-4711" }, { app_id = "ben", app_certificate = "one-4711" }, system = "cisco_em" },
  app_certificate = { { app_id = "ann", app_certificate = "one-4711" }, { app_id = "ann", app_certificate = "two-4711" }, system = "cisco_em" },
  session_id = { { session_id = "one-4711" }, { session_id = "two-4711" }, system = "agvance" },
  ["Oracle's token"] = { { token = "one-4711" }, { token = "two-4711" }, system = "oracle_commerce" },
  ["where one text ends and the next begins"] = { { headers = { X = "YZ" } }, { headers = { XY = "Z" } } },
}

local together = {
  nothing = { {}, {} },
  ["time and size"] = { { timeout = 3, connect_timeout = 1, max_reply = 1000 }, { timeout = 4, connect_timeout = 2, max_reply = 2000 } },
  user_agent = { { user_agent = "one" }, { user_agent = "two" } },
  ["accept and encoding"] = { { accept = "json", encoding = "json" }, { accept = "xml", encoding = "xml" }, system = "agvance" },
  path = { { path = "/one" }, { path = "/two" } },
  log = { { log = print and function() end }, {} },
  ["a secret and its text"] = { { token = token "one-4711" }, { token = "one-4711" } },
  ["the order of headers"] = { { headers = { A = "1", B = "2", C = "3", D = "4" } }, { headers = { D = "4", C = "3", B = "2", A = "1" } } },
  ["a file"] = { { ca_file = "spec/integration/pool_spec.lua" }, { ca_file = "spec/integration/pool_spec.lua" } },
}

local function client_at(server, options, system, user_agent)
  local all = { url = server.url, timeout = 5, user_agent = user_agent }
  for name, value in pairs(options) do
    all[name] = name == "proxy" and value .. "127.0.0.1:" .. server.port or value
  end
  return signoff[system or "jde_ais"](all)
end

local calls = {
  jde_ais = { "logout", { token = "044-token", device = "PC" } }, oracle_commerce = { "status", "eyJ-token" }, agvance = { "logout", "K1" },
  cisco_em = { "logout", "SEP1" }, isymphony = { "status", "ann" },
}

-- The first client asks, then the second, then the first again: what was asked on each connection.
local function connections_of(row)
  local server = peer.start { peer.always(alive) }
  local first, second = client_at(server, row[1], row.system, "first"), client_at(server, row[2], row.system, "second")
  for _, client in ipairs { first, second, first } do
    client[calls[client:kind()][1]](client, calls[client:kind()][2])
  end
  assert.are.equal(3, #server:requests())
  return server:connections()
end

-- The pool is the process's: full of others' connections it may have closed the first client's own.
local function shared(connections)
  for _, asked in ipairs(connections) do
    if asked:find("first", 1, true) and asked:find("second", 1, true) then
      return true
    end
  end
  return false
end

local carriers = {
  blocking = function(f, ...)
    return f(...)
  end,
  ["signoff.loop"] = function(f, ...)
    local arguments = { ... }
    return signoff.loop(function()
      return f((table.unpack or unpack)(arguments))
    end)
  end,
}

for carrier, carry in pairs(carriers) do
  describe("a connection (" .. carrier .. ")", function()
    after_each(peer.stop_all)

    for what, row in pairs(apart) do
      it("is not for clients that differ in: " .. what, function()
        assert.is_false(shared(carry(connections_of, row)))
      end)
    end

    for what, row in pairs(together) do
      it("is for clients that differ in nothing but: " .. what, function()
        assert.are.equal(1, #carry(connections_of, row))
      end)
    end

    it("is not for a client that was made when its file was another one", function()
      local server, path = peer.start { peer.always(alive) }, peer.directory() .. "/key"
      local function ask()
        return assert(client_at(server, { client_key = path, token = "044-token" }):status())
      end
      files.write(path, "one")
      carry(function()
        ask()
        ask()
        files.write(path, "another")
        ask()
        files.write(path .. ".new", "another")
        assert(os.rename(path .. ".new", path))
        ask()
      end)
      assert.are.equal(3, #server:connections())
    end)
  end)
end

describe("a tunnel through a proxy", function()
  after_each(peer.stop_all)

  it("is not for a client with another password", function()
    local directory = peer.directory()
    tls.authority(directory, "ca")
    tls.certificate(directory, "ca", "good", "IP:127.0.0.1")
    local server = tls.serve_kept_alive(directory, "good")
    local open = { "request", { send = "HTTP/1.1 200 OK\r\n\r\n" }, { tunnel = server.port } }
    local proxy = peer.start { open, peer.always(peer.reply "407 Proxy Authentication Required") }
    -- In a process of its own: a pool that other specs have filled closes the connection that ends first.
    local said = child.run(([[
      local signoff = require "signoff"
      for _, password in ipairs { "right-4711", "wrong-4711", "right-4711" } do
        local answer, message = signoff.jde_ais {
          url = "https://127.0.0.1:%d", ca_file = "%s/ca.pem", token = "044-token", timeout = 5,
          proxy = "http://ann:" .. password .. "@127.0.0.1:%d",
        }:status()
        print(answer and answer.fields.connection or "refused: " .. message)
      end
    ]]):format(server.port, directory, proxy.port))
    local connection, refused, again = said:match "^(%d+)\n(refused: [^\n]*)\n([^\n]*)$"
    assert(connection, said)
    assert.matches("HTTP 407", refused)
    assert.are.equal(connection, again)
    assert.are.equal(2, #proxy:connections())
  end)

  if rawget(_G, "jit") then -- the only one of the three that can change its environment without another library
    it("is not for a client that was made when the environment named another one", function()
      local proxy = peer.start { peer.always(alive) }
      child.run(([[
        local ffi, signoff = require "ffi", require "signoff"
        ffi.cdef "int setenv(const char *name, const char *value, int overwrite);"
        for _, user in ipairs { "ann", "ann", "ben" } do
          ffi.C.setenv("http_proxy", "http://" .. user .. ":password-4711@127.0.0.1:%d", 1)
          signoff.jde_ais { url = "http://ais.example", token = "044-token", proxy = "environment", timeout = 5 }:status()
        end
      ]]):format(proxy.port))
      assert.are.equal(3, #proxy:requests())
      assert.are.equal(2, #proxy:connections())
    end)
  end
end)
