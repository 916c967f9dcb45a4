-- SPDX-License-Identifier: MIT
-- A redirect is told, never followed: whoever is behind it gets nothing, least of all a credential.

local signoff = require "signoff"
local peer = require "spec.support.peer"
local tls = require "spec.support.tls"

local CANARY = "C4nary-4711"

local function clients(url, ca_file)
  local function client(kind, options)
    options.url, options.ca_file, options.timeout = url, ca_file, 5
    return signoff[kind](options)
  end
  return {
    { client("cisco_em", { app_id = "app", app_certificate = CANARY }), "logout", "SEP1" },
    { client("isymphony", { username = "manager", password = CANARY }), "set_status", "ann", { name = "Away", type = "away" } },
    { client("agvance", { headers = { ["X-Key"] = CANARY } }), "logout", "K1" },
    { client("oracle_commerce", {}), "logout", CANARY },
    { client("jde_ais", {}), "logout", CANARY },
    { client("isymphony", { username = "manager", password = CANARY }), "status", "ann" },
    { client("oracle_commerce", { token = CANARY }), "status", nil, { own = true } },
    { client("jde_ais", { token = CANARY }), "status", nil, { own = true } },
  }
end

-- A place below `second`, and the origin that a message may show.
local kinds = {
  ["another port"] = function(second)
    return ("http://127.0.0.1:%d/x?token=abcd"):format(second), "http://127.0.0.1:" .. second
  end,
  ["another host"] = function(second)
    return ("http://localhost:%d/x?token=abcd"):format(second), "http://localhost:" .. second
  end,
  ["another scheme"] = function(second)
    return ("https://127.0.0.1:%d/x?token=abcd"):format(second), "https://127.0.0.1:" .. second
  end,
  ["no scheme"] = function(second)
    return ("//127.0.0.1:%d/x?token=abcd"):format(second), "http://127.0.0.1:" .. second
  end,
  ["a user and a password"] = function(second)
    return ("http://user:secret-in-url@127.0.0.1:%d/x?token=abcd"):format(second), nil
  end,
}

local function assert_told(origin, answer, message, code, detail)
  assert.is_nil(answer)
  assert.are.same({ "rejected", "client", false, true }, { code, detail.scope, detail.retriable, detail.sent })
  for _, text in ipairs { "token=abcd", "secret-in-url", CANARY } do
    assert.is_nil(message:find(text, 1, true), message)
  end
  assert.is_truthy(not origin or message:find(origin, 1, true), message)
end

local function ask_all(list, origin)
  for _, row in ipairs(list) do
    assert_told(origin, row[1][row[2]](row[1], row[3], row[4]))
  end
end

describe("a redirect", function()
  after_each(peer.stop_all)

  for _, status in ipairs { "301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent" } do
    for what, place in pairs(kinds) do
      it(("is not followed: %s, %s"):format(status, what), function()
        local second = peer.start { { "arrival", "stall" } }
        local location, origin = place(second.port)
        local first = peer.start { peer.always(peer.reply(status, nil, { Location = location })) }
        local list = clients(first.url)
        ask_all(list, origin)
        assert.are.equal(#list, #first:requests())
        assert.are.same({}, second:connections())
      end)
    end

    it(("is not followed: %s, to where no TLS is"):format(status), function()
      local second = peer.start { { "arrival", "stall" } }
      local directory = peer.directory()
      tls.authority(directory, "ca")
      tls.certificate(directory, "ca", "good", "IP:127.0.0.1")
      os.execute(("mkdir -p %s/jderest/v2/orchestrator"):format(directory))
      local reply = peer.reply(status, nil, { Location = second.url .. "/x?token=abcd", Connection = "close" })
      for _, name in ipairs { "logout", "validate-session" } do
        peer.write_file(("%s/jderest/v2/orchestrator/jde-%s"):format(directory, name), reply)
      end
      local first = tls.serve(directory, "good")
      local list = {}
      for _, row in ipairs(clients("https://127.0.0.1:" .. first.port, directory .. "/ca.pem")) do
        list[#list + 1] = row[1]:kind() == "jde_ais" and row or nil -- openssl serves files to GET only
      end
      ask_all(list, second.url)
      assert.are.same({}, second:connections())
    end)
  end

  it("in the place where it came from is not followed either", function()
    for _, location in ipairs { "/elsewhere", "?token=abcd", "../x", "" } do
      local first = peer.start { peer.always(peer.reply("302 Found", nil, { Location = location })) }
      local list = clients(first.url)
      ask_all(list, nil)
      assert.are.equal(#list, #first:requests())
    end
  end)
end)
