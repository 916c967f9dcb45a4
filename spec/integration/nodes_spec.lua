-- SPDX-License-Identifier: MIT
-- Which node a call goes to, and whose token it is about: both are said, and nothing stands in for what is missing.

local core = require "signoff.core"
local signoff = require "signoff"
local nginx = require "spec.support.nginx"
local peer = require "spec.support.peer"
local tls = require "spec.support.tls"

local systems = { "jde_ais", "oracle_commerce" }

local function answering(name)
  return peer.start { peer.always(peer.reply("200 OK", ('{"isValidSession":true,"success":true,"node":"%s"}'):format(name))) }
end

describe("nodes", function()
  after_each(peer.stop_all)

  for _, kind in ipairs(systems) do
    it("are asked at their own addresses, as url is: " .. kind, function()
      local front, one, two = answering "front", answering "one", answering "two"
      local client = peer.client(kind, front.url .. "/front/", { nodes = { one.url .. "/a/", two.url } })
      local asked = {}
      for i, node in ipairs { false, 0, 1, 2, 1, false } do
        asked[i] = assert(client:status("tok-4711", { node = node or nil })).fields.node
      end
      assert.are.same({ "front", "front", "one", "two", "one", "front" }, asked)
      local path = core.facts[kind].path
      assert.are.equal("/front/" .. path, front:requests()[1].target:sub(1, #path + 7))
      assert.are.equal("/a/" .. path, one:requests()[1].target:sub(1, #path + 3))
      assert.are.equal("/" .. path, two:requests()[1].target:sub(1, #path + 1))
      assert.are.same({ 1, 1, 1 }, { #front:connections(), #one:connections(), #two:connections() }) -- each its own, kept alive
      assert.are.equal(("signoff.client: %s %s"):format(kind, front.url), tostring(client))
    end)

    it("are counted: " .. kind, function()
      local function count(nodes)
        return core.option(peer.client(kind, "http://127.0.0.1:1", { nodes = nodes }), "nodes")
      end
      assert.are.same({ 2, 1, 1 }, { (count { "http://a", "http://b" }), (count { "http://a" }), (count "http://a") })
      assert.is_nil((count(nil)))
    end)

    it("that are no addresses, or not there, raise: " .. kind, function()
      for nodes, why in pairs {
        ["ftp://a"] = "neither http", ["http://a?b"] = "'?'", ["http://u:p@a"] = "credentials", ["x"] = "'nodes'",
        [{}] = "empty list", [{ "http://a", 5 }] = "'nodes'", [{ "http://a", "x y" }] = "'nodes'", [5] = "'nodes'",
      } do
        local fine, message = pcall(signoff[kind], { url = "http://a", nodes = nodes })
        assert.is_false(fine)
        assert.is_truthy(message:find("'nodes'", 1, true) and message:find(why, 1, true), message)
      end
      local many = {}
      for i = 1, 65 do
        many[i] = "http://a" .. i
      end
      assert.is_truthy(select(2, pcall(signoff[kind], { url = "http://a", nodes = many })):find("more than 64", 1, true))
      local client = peer.client(kind, "http://127.0.0.1:1", { nodes = { "http://a" } })
      for node, why in pairs { [2] = "'node' is 2, and the client's option 'nodes' has 1", [-1] = "'node'", [0.5] = "'node'", [65] = "'node'" } do
        local fine, message = pcall(client.status, client, "tok", { node = node })
        assert.is_false(fine)
        assert.is_truthy(message:find(why, 1, true), message)
      end
    end)
  end

  it("are named where they fail", function()
    local front, gone = answering "front", "http://127.0.0.1:" .. peer.free_port()
    local client = peer.client("jde_ais", front.url, { nodes = { gone } })
    local _, message, code = client:status("tok-4711", { node = 1 })
    assert.are.equal("unreachable", code)
    assert.is_truthy(message:find(gone, 1, true), message)
    assert.is_nil(message:find(front.url, 1, true))
  end)

  it("are trusted as url is, and by their own names", function()
    local directory = peer.directory()
    tls.authority(directory, "ca")
    tls.certificate(directory, "ca", "good", "DNS:localhost")
    os.execute(("mkdir -p %s/jderest/v2/orchestrator"):format(directory))
    peer.write_file(directory .. "/jderest/v2/orchestrator/jde-validate-session",
      peer.reply("200 OK", '{"isValidSession":true}', { Connection = "close" }))
    local server = tls.serve(directory, "good")
    local client = peer.client("jde_ais", "http://127.0.0.1:1", {
      ca_file = directory .. "/ca.pem", nodes = { "https://localhost:" .. server.port, "https://127.0.0.1:" .. server.port },
    })
    assert.is_true(assert(client:status("tok-4711", { node = 1 })).active)
    assert.are.equal("tls", (select(3, client:status("tok-4711", { node = 2 }))))
  end)

  it("are asked in a loop as well", function()
    local front, one = answering "front", answering "one"
    local client = peer.client("jde_ais", front.url, { nodes = { one.url } })
    local asked = signoff.loop(function(loop)
      local first = loop:spawn(client.status, client, "tok-4711", { node = 1 })
      local second = loop:spawn(client.status, client, "tok-4711")
      return first:join().fields.node .. " " .. second:join().fields.node
    end)
    assert.are.equal("one front", asked)
  end)

  it("are asked in nginx as well", function()
    if not rawget(_G, "jit") then
      return -- nginx has its own Lua, whichever runs the specs: once is enough
    end
    local front, one = answering "front", answering "one"
    local host = nginx.start { server = ([[ location /it { content_by_lua_block {
      local client = require "signoff".jde_ais { url = "%s", nodes = { "%s" } }
      ngx.say(client:status("tok-4711", { node = 1 }).fields.node, " ", client:status("tok-4711").fields.node)
    } } ]]):format(front.url, one.url) }
    local said = host:get "/it"
    nginx.stop_all()
    assert.are.equal("one front", said)
  end)
end)

describe("the client's own token", function()
  after_each(peer.stop_all)

  for _, kind in ipairs(systems) do
    it("is known to be there or not: " .. kind, function()
      local with, without = peer.client(kind, "http://127.0.0.1:1"), signoff[kind] { url = "http://127.0.0.1:1" }
      assert.are.same({ true, false }, { (select(2, core.option(with, "token"))), (select(2, core.option(without, "token"))) })
    end)

    it("is meant by no argument at all, and by `own`: " .. kind, function()
      local server = peer.start { peer.always(peer.reply("200 OK", '{"isValidSession":true,"success":true,"status":"Success","result":true}')) }
      local client = peer.client(kind, server.url, { token = "own-4711" })
      for _, operation in ipairs { "status", "logout" } do
        local method = client[operation]
        assert(method(client))
        assert(method(client, nil, { own = true }))
        assert(method(client, {}, { own = true, timeout = 4 }))
        assert(method(client, "tok-4711"))
        assert(method(client, { token = "tok-4711" }, { own = false }))
      end
      local tokens = {}
      for i, request in ipairs(server:requests()) do
        tokens[i] = (request.headers["jde-ais-auth"] or request.headers.authorization):match "%S+$"
      end
      assert.are.equal(("own-4711 own-4711 own-4711 tok-4711 tok-4711 "):rep(2), table.concat(tokens, " ") .. " ")
    end)

    it("never stands in for one that is missing: " .. kind, function()
      local client = peer.client(kind, "http://127.0.0.1:1", { token = "own-4711" })
      local function nobody() end
      local calls = { { nil }, { nobody() }, { nil, {} }, { nil, { timeout = 1 } }, { nil, { own = false } }, { {} }, { { token = nil } }, { {}, {} } }
      for i, call in ipairs(calls) do
        for _, operation in ipairs { "status", "logout" } do
          local fine, message = pcall(client[operation], client, call[1], call[2])
          assert.is_false(fine, i)
          assert.is_truthy(message:find(operation .. ": argument 'token' is missing; the client's own is taken where", 1, true), message)
        end
        for _, method in ipairs { "verify", "signout" } do
          assert.is_false(pcall(client[method], client, call[1]))
          assert.is_false(pcall(client[method], client, "tok-4711", { own = true }))
        end
        assert.is_truthy(core.refusal(client, "logout", call[1], call[2]))
      end
    end)

    it("and another one at once raise, and so does one that is not there: " .. kind, function()
      local fine, message = pcall(peer.client(kind, "http://127.0.0.1:1").status, peer.client(kind, "http://127.0.0.1:1"), "tok", { own = true })
      assert.is_false(fine)
      assert.is_truthy(message:find("'token' and option 'own' exclude each other", 1, true), message)
      local without = signoff[kind] { url = "http://127.0.0.1:1" }
      for _, call in ipairs { { n = 0 }, { nil, { own = true }, n = 2 } } do
        fine, message = pcall(without.status, without, (table.unpack or unpack)(call, 1, call.n))
        assert.is_false(fine)
        assert.is_truthy(message:find("and the client has no option 'token'", 1, true), message)
      end
    end)
  end

  it("is nothing that other systems have", function()
    local client = signoff.agvance { url = "http://127.0.0.1:1" }
    assert.is_truthy(select(2, pcall(client.logout, client, "K1", { own = true })):find("no token of their own", 1, true))
  end)

  it("is seen alive by name, when it is asked for by name", function()
    local gone = peer.reply("444 Gone", '{"message":"Invalid Token","exception":"Exception"}')
    local server = peer.start { peer.replies(peer.reply("200 OK", '{"isValidSession":true}'), peer.reply("200 OK", '{"status":"Success"}'), gone, gone) }
    local client = peer.client("jde_ais", server.url, { device = "D" })
    assert(client:status())
    assert(client:logout(nil, { own = true }))
    local target = { token = "044-token-of-a-test", device = "D" }
    assert.are.equal("ended", client:verify(target, { schedule = { 0.01 }, settle = 0, deadline = 5 }).verdict)
  end)
end)
