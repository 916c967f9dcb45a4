-- SPDX-License-Identifier: MIT
-- examples/systems/microsoft_graph.lua against a scripted server, after Microsoft's public pages: nothing here was seen at Microsoft.

local offboard = require "signoff.offboard"
local peer = require "spec.support.peer"
local real_sessions = require "spec.support.real_sessions"

local new = real_sessions.constructor "microsoft_graph"

local TRUE = '{"@odata.context":"https://graph.microsoft.com/v1.0/$metadata#Edm.Boolean","value":true}'

local function reply(status, body, headers)
  return peer.reply(status, body, peer.with({ ["Content-Type"] = "application/json" }, headers))
end

local function failure(status, code, message)
  return reply(status, ('{"error":{"code":"%s","message":"%s","innerError":{"request-id":"1","date":"2026-11-30T08:00:00"}}}'):format(code, message))
end

local function client_of(server, options)
  return new(peer.with({ url = server.url, headers = { Authorization = "Bearer token-of-a-test" } }, options))
end

-- The reply to the request; the verdict and its code, the vendor's code.
local rows = {
  { "true", reply("200 OK", TRUE), "unverified", "unsupported" },
  { "nothing, as for years", peer.reply("204 No Content", nil, { ["Content-Length"] = false }), "unverified", "unsupported" },
  { "false", reply("200 OK", '{"value":false}'), "unknown", "unsupported" },
  { "another answer", reply("200 OK", '{"status":"done"}'), "unknown", "unsupported" },
  { "a page", peer.reply("200 OK", "<html>Sign in</html>", { ["Content-Type"] = "text/html" }), "unknown", "unsupported" },
  { "no such user", failure("404 Not Found", "Request_ResourceNotFound", "Resource 'ana' does not exist."), "failed", "not_found", "Request_ResourceNotFound" },
  { "a token that is too old", failure("401 Unauthorized", "InvalidAuthenticationToken", "Lifetime validation failed."), "failed", "denied", "InvalidAuthenticationToken" },
  { "no rights", failure("403 Forbidden", "Authorization_RequestDenied", "Insufficient privileges."), "failed", "denied", "Authorization_RequestDenied" },
  { "a proxy's 403", peer.reply("403 Forbidden", "<html>no</html>", { ["Content-Type"] = "text/html" }), "unknown", "unsupported" },
}

describe("Microsoft Graph, from its pages", function()
  after_each(peer.stop_all)

  for _, row in ipairs(rows) do
    it(("says '%s' of %s"):format(row[3], row[1]), function()
      local server = peer.start { peer.always(row[2]) }
      local result = client_of(server):signout("ana@contoso.example", { settle = 0, deadline = 3, schedule = { 0.1 } })
      assert(result.verdict == row[3] and result.code == row[4], ("%s, %s: %s"):format(result.verdict, tostring(result.code), tostring(result.message)))
      local sent = server:requests()[1]
      assert.are.equal("POST /v1.0/users/ana%40contoso.example/revokeSignInSessions", sent.method .. " " .. sent.target)
      assert.are.equal("Bearer token-of-a-test", sent.headers.authorization)
    end)
  end

  it("gives the vendor's code and words", function()
    local server = peer.start { peer.always(rows[6][2]) }
    local _, _, code, detail = client_of(server):revoke "ana"
    assert.are.same({ "not_found", "target", "Request_ResourceNotFound", "Resource 'ana' does not exist." },
      { code, detail.scope, detail.vendor_code, detail.vendor_message })
  end)

  it("knows the words of a refusal with a code that is new", function()
    local server = peer.start { peer.always(failure("401 Unauthorized", "SomethingNew", "No.")) }
    local _, message, code, detail = client_of(server):revoke "ana"
    assert.are.same({ "denied", "client", true }, { code, detail.scope, detail.own_words })
    assert.is_nil(message:find("not in the system's own words", 1, true))
  end)

  it("asks for a new token once", function()
    local server = peer.start { peer.replies(rows[7][2]), peer.replies(reply("200 OK", TRUE)) }
    local asked = 0
    local client = client_of(server, { headers = function()
      asked = asked + 1
      return { Authorization = "Bearer token-" .. asked }
    end })
    assert.are.equal("accepted", assert(client:revoke "ana").answer)
    assert.are.equal("Bearer token-2", server:requests()[2].headers.authorization)
  end)

  it("sends no name that the address cannot carry", function()
    local server = peer.start { peer.always(reply("200 OK", TRUE)) }
    for _, name in ipairs { "$ana", "..", "." } do
      assert.has_error(function() client_of(server):revoke(name) end)
    end
    assert(client_of(server):revoke "ana#EXT#@contoso.example")
    assert.are.equal("/v1.0/users/ana%23EXT%23%40contoso.example/revokeSignInSessions", server:requests()[1].target)
  end)

  it("is offboarded from with a verdict that nobody takes for a proof", function()
    local server = peer.start { peer.always(reply("200 OK", TRUE)) }
    local people = { { person = "Ana", entra = "ana@contoso.example" } }
    local systems = { entra = { client = client_of(server) } }
    local result = assert(offboard.apply(assert(offboard.plan(systems, people)), systems, { people = people, journal = false, settle = 0.1 }))
    assert.are.equal("unverified", result.results[1].verdict)
    assert.are.equal(3, result.exit)
    assert.matches("Entra's log", result.results[1].by_hand)
  end)
end)
