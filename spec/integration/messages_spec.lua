-- SPDX-License-Identifier: MIT
-- Messages that name what to mend: lines of scripts, files of TLS, names of hosts, tokens with something around them.

local child = require "spec.support.child"
local core = require "signoff.core"
local fixtures = require "spec.support.fixtures"
local offboard = require "signoff.offboard"
local peer = require "spec.support.peer"
local signoff = require "signoff"

after_each(peer.stop_all)

describe("the place of an error", function()
  local folder
  before_each(function()
    folder = peer.directory()
  end)

  local calls = {
    'signoff.jde_ais { url = "ftp://x" }', 'signoff.secret.env "NOT_THERE_AT_ALL"', 'signoff.deadline("x")', 'signoff.defaults { nonsense = 1 }',
    'require("signoff.offboard").load(7)', 'signoff.jde_ais { url = "https://ais.example" }:status(7)',
    'require("signoff.offboard").plan({}, {})', 'require("signoff.offboard").plan(systems, {}, { nonsense = 1 })',
    'require("signoff.offboard").plan(systems, {}, { protect = { "" } })', 'require("signoff.offboard").plan(systems, 7)',
    'require("signoff.offboard").apply({}, systems, {})', 'require("signoff.offboard").resume("x", systems, { nonsense = 1 })',
    'require("signoff.offboard").run(systems, 7)', 'require("signoff.offboard").undo("x", systems, { nonsense = 1 })',
    'coroutine.wrap(function() local plan = require("signoff.offboard").plan(systems, 7) return plan end)()',
  }
  local paths = {
    "script.lua", "lua/signoff-jobs/night.lua", "signoff/night.lua", "signoff/jobs/night.lua", "lua/signoff_site.lua", "etc/signoff/systems.lua",
    "signoff-1.0/share/signoff/x/night.lua", "my.signoff/night.lua", ("long-folder-name-"):rep(8) .. "/signoff-jobs/night.lua",
    ("a/"):rep(60) .. "signoff/night.lua", "without-extension",
  }
  for _, place in ipairs(paths) do
    it(("is the script's line in %s"):format(place:sub(-40)), function()
      local path = folder .. "/" .. place
      os.execute("mkdir -p $(dirname " .. path .. ")")
      local lines = { 'local signoff = require "signoff" local systems = { jde_ais = { client = signoff.jde_ais { url = "https://ais.example" } } }' }
      for i, call in ipairs(calls) do
        lines[i + 1] = ("print((select(2, pcall(function() local made = %s return made end)):match '[^\\n]*'))"):format(call)
      end
      peer.write_file(path, table.concat(lines, "\n") .. "\n")
      local output = peer.output_of(("timeout 300 %s %s 2>&1"):format(child.interpreter, path))
      local number = 1
      for line in (output .. "\n"):gmatch "([^\n]*)\n" do
        number = number + 1
        local name = line:match "^(.-):%d+: "
        assert(name and path:sub(-20) == name:sub(-20), line)
        assert.are.equal(tostring(number), line:match "^.-:(%d+): ")
      end
      assert.are.equal(#calls + 1, number)
    end)
  end
end)

describe("a file of TLS that is no PEM", function()
  local der = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout key.pem -out cert.pem -subj /CN=x -days 2 2>&1"
  -- How it is made, which option names it, and what is said of it (nil: nothing).
  local rows = {
    { "openssl x509 -in cert.pem -outform der -out it", "ca_file", "is DER, and must be PEM; run: openssl x509 -inform der" },
    { "openssl x509 -in cert.pem -outform der -out it", "client_cert", "is DER" }, { "openssl pkey -in key.pem -outform der -out it", "client_key", "is DER" },
    { "openssl pkcs12 -export -in cert.pem -inkey key.pem -passout pass:x -out it", "client_cert", "PKCS #12" },
    { "openssl crl2pkcs7 -nocrl -certfile cert.pem -out it", "ca_file", "is PKCS #7" },
    { "openssl req -new -key key.pem -subj /CN=x -out it", "client_cert", "is a request for a certificate" },
    { "printf '\\377\\376-\\0-\\0' > it", "ca_file", "is UTF-16" }, { "echo PuTTY-User-Key-File-3: x > it", "client_key", "is a key of SSH" },
    { "cp cert.pem it", "ca_file" }, { "cp cert.pem it", "client_cert" }, { "cp key.pem it", "client_key" },
    { "(echo subject; echo; cat cert.pem) > it", "ca_file" },
  }
  for number, row in ipairs(rows) do
    it(("is told by what it is: row %d"):format(number), function()
      local folder = peer.directory()
      local output = peer.output_of(("cd %s && { %s && %s; } && chmod 600 it && echo made"):format(folder, der, row[1]))
      assert(output:find "made$", output)
      local fine, problem = pcall(fixtures.client, "jde_ais", { [row[2]] = folder .. "/it" })
      assert.are.equal(row[3] == nil, fine)
      assert(fine or tostring(problem):find(("option '%s': %s/it: "):format(row[2], folder), 1, true), problem)
      assert(fine or tostring(problem):find(row[3], 1, true), problem)
    end)
  end
end)

describe("the host of a url", function()
  local IDN = "begins with xn--"
  for _, row in ipairs {
    { "https://b\195\188cher.example", IDN }, { "https://\227\129\130.example/prefix", IDN }, { "b\195\188cher.example", IDN },
    { "https://ais.example/b\195\188cher", "percent-encode it" }, { "https://xn--bcher-kva.example" }, { "https://[fe80::1]" },
    { "https://[fe80::1%25eth0]" }, { "https://[fe80::1%25eth0]:8443/prefix" }, { "https://[fe80::1%eth0]", "holds a '%'" },
  } do
    it(("%q is kept, or refused"):format(row[1]), function()
      local fine, client = pcall(signoff.jde_ais, { url = row[1], token = "token-4711" })
      assert.are.equal(row[2] == nil, fine)
      if fine then
        local url = core.request(core.build(client, "status")).url
        assert.are.equal(row[1], url:sub(1, #row[1]))
        assert.are.equal("/", url:sub(#row[1] + 1, #row[1] + 1))
      else
        assert(tostring(client):find(row[2], 1, true), client)
      end
    end)
  end

  it("is reached in its zone, and that of another is another", function()
    local shown = {}
    for i, zone in ipairs { "lo", "nowhere0" } do
      local client = signoff.jde_ais { url = ("http://[fe80::4711%%25%s]:9"):format(zone), token = "token-4711", timeout = 2 }
      shown[i] = tostring(client)
      local _, message = client:status()
      assert(message:find("%25" .. zone, 1, true), message)
    end
    assert.are_not.equal(shown[1], shown[2])
  end)

  it("may be Extension Mobility's host, too", function()
    local _, problem = pcall(fixtures.client, "cisco_em", { host = "b\195\188cher.example:8443" })
    assert(tostring(problem):find("ASCII", 1, true), problem)
    local client = fixtures.client("cisco_em", { host = "[fe80::1%25eth0]:8443" })
    assert(tostring(client):find("[fe80::1%25eth0]:8443", 1, true), tostring(client))
  end)
end)

describe("a token with something around it", function()
  it("is said also where its device follows", function()
    for _, cell in ipairs { '"eyJ"@DEVICE', "Bearer eyJ@DEVICE" } do
      local plan, message = offboard.plan({ jde_ais = { client = fixtures.client "jde_ais" } }, { { person = "ana", jde_ais = cell } })
      assert(not plan and message:find("no part of", 1, true), message)
    end
  end)

  local rows = {
    { "Bearer eyJ.abc", "has 'Bearer' before the token" }, { "bearer  eyJ.abc", "has 'Bearer' before the token" }, { "BEARER eyJ", "has 'Bearer' before the token" },
    { "Basic YTpi", "give the token alone" }, { "Authorization: Bearer eyJ", "a header's name" }, { "authorization:eyJ", "a header's name" },
    { '"eyJ.abc"', "stands in quotes" }, { "'eyJ.abc'", "stands in quotes" }, { "\226\128\156eyJ\226\128\157", "stands in quotes" }, { "`eyJ`", "stands in quotes" },
    { '{"access_token":"eyJ"}', "what a system sent with it" }, { "access_token=eyJ", "the token's name" }, { "token: eyJ", "the token's name" },
    { "\239\187\191eyJ", "a byte order mark" }, { "JWT eyJ", "has 'JWT' before the token" }, { "OAuth eyJ", "has 'OAuth'" }, { "Bearer:eyJ", "has 'Bearer'" },
    { "Digest eyJ", "has 'Digest'" }, { "accessToken: eyJ", "the token's name" }, { "Token eyJ", "the token's name" }, { "X-Auth-Token: eyJ", "a header's name" },
    { "Authorization=eyJ", "a header's name" }, { "Authorization Bearer eyJ", "a header's name" }, { '\\"eyJ\\"', "stands in quotes" },
    { '"eyJ",', "stands in quotes" }, { '["eyJ"]', "what a system sent with it" }, { "<token>eyJ</token>", "what a system sent with it" },
    { "eyJ.abc" }, { "{0A1B2C3D-0000-eyJ}" }, { "bearereyJ" }, { "ey\"J" }, { "tokeneyJ" }, { "044AbC=" },
  }
  for number, row in ipairs(rows) do
    for _, kind in ipairs { "oracle_commerce", "jde_ais" } do
      it(("is said at plan time, and not shown: row %d, %s"):format(number, kind), function()
        for _, given in ipairs { row[1], row[1]:find("\239", 1, true) ~= 1 and signoff.secret.new(row[1]) or row[1] } do
          local plan, message = offboard.plan({ [kind] = { client = fixtures.client(kind) } }, { { person = "ana", [kind] = { given } } }, {})
          if row[2] then
            assert.is_nil(plan)
            assert(message:find(row[2], 1, true), message)
            assert(not message:find("eyJ", 1, true), message)
          else
            assert(plan, message)
          end
          local fine, problem = pcall(fixtures.client, kind, { token = given })
          assert.are.equal(row[2] == nil, fine)
          assert(fine or problem:find("option 'token'", 1, true) and not problem:find("eyJ", 1, true), problem)
        end
      end)
    end
  end
end)
