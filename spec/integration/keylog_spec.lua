-- SPDX-License-Identifier: MIT
-- SSLKEYLOGFILE, by which libcurl would write down the keys of its TLS connections, is not obeyed.

local child = require "spec.support.child"
local peer = require "spec.support.peer"
local tls = require "spec.support.tls"

local carriers = {
  call = "print((select(2, client:status())))",
  loop = "signoff.loop(function() print((select(2, client:status()))) end)",
  channel = [[
    local channel = core.channel()
    local call = core.build(client, "status")
    channel:submit(call)
    while channel:pending() > 0 do
      repeat until not channel:finished()
      core.sleep(0.005)
    end
    print((select(2, core.read(call))))]],
}

local program = [[
  local core, signoff = require "signoff.core", require "signoff"
  local client = signoff.jde_ais { url = %q, proxy = %s, token = "044-token", ca_file = %q, timeout = 5 }
  %s]]

describe("SSLKEYLOGFILE", function()
  local directory, keys

  setup(function()
    directory = peer.output_of "mktemp -d"
    keys = directory .. "/keys"
    tls.authority(directory, "ca")
    tls.certificate(directory, "ca", "good", "IP:127.0.0.1")
  end)
  teardown(function()
    os.execute("rm -rf " .. directory)
  end)
  before_each(function()
    os.remove(keys)
  end)
  after_each(peer.stop_all)

  -- The output of a program that makes a call in a process where the variable is set.
  local function say(url, proxy, carrier, more)
    local code = program:format(url, proxy and ("%q"):format(proxy) or "nil", directory .. "/ca.pem", carriers[carrier])
    return child.run(code, ("SSLKEYLOGFILE=%s %s"):format(keys, more or ""))
  end

  local function written()
    return peer.read_file(keys) or ""
  end

  -- A page for people is what this server answers: the handshake, and the request behind it, were done.
  local function serve(options)
    local server = tls.serve(directory, "good", "-www " .. options)
    return "https://127.0.0.1:" .. server.port
  end

  it("is obeyed by others here", function()
    peer.output_of(("SSLKEYLOGFILE=%s %s -s --max-time 5 --cacert %s/ca.pem %s"):format(keys, peer.CURL, directory, serve "-tls1_3"))
    assert.is_truthy(written():find("CLIENT_TRAFFIC_SECRET_0", 1, true))
  end)

  for _, version in ipairs { "-tls1_2", "-tls1_3" } do
    for carrier in pairs(carriers) do
      it(("is not obeyed: %s, carried by the %s"):format(version, carrier), function()
        local said = say(serve(version), nil, carrier)
        assert.is_truthy(said:find("is a page", 1, true), said)
        assert.are.equal("", written())
      end)
    end
  end

  it("is not obeyed on the way to a proxy that speaks TLS", function()
    local said = say("http://ais.example", serve "-tls1_3", "call")
    assert.is_truthy(said:find("is a page", 1, true), said)
    assert.are.equal("", written())
  end)

  local objects = child.interpreter == "luajit" and "lua5.1" or child.interpreter
  local gnutls = "/usr/lib/*/libcurl-gnutls.so.4"

  -- The module as built, with another libcurl; nil where it cannot be had.
  local function linked_with_gnutls()
    if (os.getenv "BUILD" or "build") ~= "build" or peer.output_of(("ls %s 2>/dev/null"):format(gnutls)) == "" then
      return nil
    end
    local folder = peer.directory()
    local problem = peer.output_of(([[mkdir %s/signoff && cc -shared -pthread -o %s/signoff/core.so \
      $(find build/obj/core build/obj/backends build/%s/binding -name '*.o') %s $(pkg-config --libs $(sed -n 's/^libraries = libcurl//p' Makefile)) -lm 2>&1]]):format(folder, folder, objects, gnutls))
    assert.are.equal("", problem)
    return ("LUA_CPATH='%s/?.so;;'"):format(folder)
  end

  it("refuses clients where nothing would keep libcurl from obeying", function()
    local environment = linked_with_gnutls()
    if not environment then
      return pending "no libcurl with GnuTLS on this machine"
    end
    local said = say("https://127.0.0.1:1", nil, "call", environment)
    assert.is_truthy(said:find("the environment has SSLKEYLOGFILE", 1, true), said)
    said = say("https://127.0.0.1:1", nil, "call", environment .. " SSLKEYLOGFILE=")
    assert.is_truthy(said:find("127.0.0.1", 1, true) and not said:find("SSLKEYLOGFILE", 1, true), said)
    assert.are.equal("", written())
  end)
end)
