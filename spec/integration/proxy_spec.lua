-- SPDX-License-Identifier: MIT
-- A proxy that does not lead to the system: what it says is told as what it is, by whom, and nothing was sent.

local core = require "signoff.core"
local signoff = require "signoff"
local child = require "spec.support.child"
local peer = require "spec.support.peer"
local tls = require "spec.support.tls"

local PASSWORD = "pr0xy-4711"
local ESTABLISHED = "HTTP/1.1 200 Connection established\r\n\r\n"

local function answer(status, headers, ...)
  return { "request", { send = peer.reply(status, "<html>no</html>", headers) }, ... }
end

local function bytes(text, ...)
  return { "request", { send = text }, ... }
end

local function flood(head, more)
  return { "request", { send = head }, { flood = more, every = 0 } }
end

local BASIC = { ["Proxy-Authenticate"] = 'Basic realm="p"' }
local LONG = "HTTP/1.1 407 No\r\nContent-Length: 99999999999\r\n\r\n"
local CHUNKED = 'HTTP/1.1 407 No\r\nProxy-Authenticate: Basic realm="p"\r\nTransfer-Encoding: chunked\r\n\r\n'

-- { code, retriable, what the proxy does }; `retry_after` where it says one, `says` what the message holds besides.
local answers = {
  ["400"] = { "rejected", false, answer "400 Bad Request" },
  ["401"] = { "denied", false, answer "401 Unauthorized" },
  ["403"] = { "denied", false, answer "403 Forbidden", says = "have that proxy allow" },
  ["403 that never ends"] = { "denied", false, bytes("HTTP/1.1 403 No\r\nContent-Length: 100\r\n\r\nno", "stall") },
  ["404"] = { "not_found", false, answer "404 Not Found" },
  ["405"] = { "rejected", false, answer "405 Method Not Allowed" },
  ["407"] = { "denied", false, answer("407 Proxy Authentication Required", BASIC), says = "a user and a password" },
  ["407 that closes"] = { "denied", false, answer("407 No", BASIC, "close") },
  ["407 with another kind of login"] = { "denied", false, answer("407 No", { ["Proxy-Authenticate"] = "Negotiate" }) },
  ["407 with a body without end"] = { "denied", false, flood(LONG, ("b"):rep(65536)) },
  ["407 with chunks without end"] = { "denied", false, flood(CHUNKED, ("100\r\n" .. ("b"):rep(256) .. "\r\n"):rep(200)) },
  ["408"] = { "busy", true, answer "408 Request Timeout" },
  ["418"] = { "rejected", false, answer "418 Teapot" },
  ["429"] = { "busy", true, answer("429 Too Many Requests", { ["Retry-After"] = "7" }), retry_after = 7 },
  ["500"] = { "server", true, answer "500 Bug" },
  ["501"] = { "server", false, answer "501 Not Implemented" },
  ["502"] = { "server", true, answer "502 Bad Gateway", says = "look at the way from that proxy" },
  ["503"] = { "busy", true, answer "503 Service Unavailable", says = "try again later" },
  ["503 with Retry-After"] = { "busy", true, answer("503 Busy", { ["retry-after"] = " 7 " }), retry_after = 7 },
  ["503 with a date"] = { "busy", true, answer("503 Busy", { ["Retry-After"] = "Sun, 06 Nov 1994 08:49:37 GMT" }) },
  ["504"] = { "server", true, answer "504 Gateway Timeout" },
  ["a redirect"] = { "rejected", false, answer("302 Found", { Location = "http://login.example/" }) },
  ["100, then 200"] = { "unusable", false, bytes("HTTP/1.1 100 Continue\r\n\r\n" .. ESTABLISHED, "close") },
  ["99"] = { "unusable", false, answer "99 Low" },
  ["600"] = { "unusable", false, answer "600 High" },
  ["no HTTP"] = { "unusable", false, bytes("SSH-2.0-OpenSSH_9.2\r\n", "close"), says = "it is no HTTP" },
  ["no HTTP, and no end"] = { "unusable", false, bytes("hello\r\n\r\n", "stall") },
  ["no HTTP, before it was asked"] = { "unusable", false, { { send = "220 mail ESMTP\r\n" }, "request", { send = "500 what\r\n" }, "stall" } },
  ["a NUL"] = { "unusable", false, bytes("HTTP/1.1 200 OK\r\n\0\r\n\r\n", "close") },
  ["a first header that begins with a blank"] = { "unusable", false, bytes("HTTP/1.1 403 No\r\n X: 1\r\n\r\n", "close") },
  ["headers without end"] = { "unusable", false, flood("HTTP/1.1 200 OK\r\n", ("X-A: " .. ("b"):rep(1000) .. "\r\n"):rep(10)) },
  ["a header without end"] = { "unusable", false, flood("HTTP/1.1 200 OK\r\nX: ", ("b"):rep(10000)) },
  ["a first line without end"] = { "unusable", false, flood("HTTP/1.1 200 ", ("b"):rep(10000)) },
  ["nothing, and closes"] = { "unreachable", true, { "request", "close" } },
  ["nothing, and resets"] = { "unreachable", true, { "request", "reset" } },
  ["closes as it is asked"] = { "unreachable", true, { "arrival", "close" } },
  ["closes inside its head"] = { "unreachable", true, bytes("HTTP/1.1 200 OK\r\nX:", "close") },
  ["closes inside the head of a 407"] = { "unreachable", true, bytes("HTTP/1.1 407 No\r\nX:", "close") },
  ["resets inside its head"] = { "unreachable", true, bytes("HTTP/1.1 200 OK\r\nX:", { wait = 0.05 }, "reset") },
}

-- SOCKS 5: its choice of a login, its answer to that, its answer to CONNECT; SOCKS 4: its only answer.
local function socks5(...)
  return { "arrival", { send = table.concat { ... } }, "stall" }
end

local function connected(number)
  return socks5("\5\0", "\5", string.char(number), "\0\1\0\0\0\0\0\0")
end

local function socks4(number)
  return { "arrival", { send = "\0" .. string.char(number) .. "\0\0\0\0\0\0" }, "stall", scheme = "socks4a" }
end

local socks = {
  ["takes none of our logins"] = { "denied", false, socks5 "\5\255" },
  ["refuses the password"] = { "denied", false, socks5("\5\2", "\1\1") },
  ["failed"] = { "server", true, connected(1) },
  ["does not allow it"] = { "denied", false, connected(2) },
  ["does not reach the network"] = { "unreachable", true, connected(3) },
  ["does not reach the host"] = { "unreachable", true, connected(4) },
  ["was refused by the host"] = { "unreachable", true, connected(5) },
  ["let it wander too long"] = { "unreachable", true, connected(6) },
  ["knows no CONNECT"] = { "rejected", false, connected(7) },
  ["knows no names"] = { "rejected", false, connected(8) },
  ["speaks another SOCKS"] = { "unusable", false, socks5 "\9\9" },
  ["closes"] = { "unreachable", true, { "arrival", "close" } },
  ["of SOCKS 4 refuses"] = { "denied", false, socks4(91) },
  ["of SOCKS 4 does not know us"] = { "denied", false, socks4(92) },
}

local function with_login(url, scheme)
  return (url:gsub("^http://", (scheme or "http") .. "://ana:" .. PASSWORD .. "@"))
end

local carriers = {
  call = function(f) return f() end,
  loop = signoff.loop,
}

local scopes = { denied = "client", rejected = "client", not_found = "client" }

local function assert_told(case, proxy, given, message, code, detail)
  assert.is_nil(given)
  assert.are.equal(case[1], code, message)
  assert.are.same({ sent = false, retriable = case[2], scope = scopes[code], retry_after = case.retry_after, http_status = nil },
    { sent = detail.sent, retriable = detail.retriable, scope = detail.scope, retry_after = detail.retry_after,
      http_status = detail.http_status }, message)
  assert.is_truthy(message:find("the proxy 127.0.0.1:" .. proxy.port, 1, true), message)
  assert.is_truthy(message:find("jde_ais.logout: https://ais.example: ", 1, true), message)
  assert.is_truthy(message:find(case.says or "", 1, true), message)
  assert.is_nil(message:find(PASSWORD, 1, true), message)
end

-- Its first request names that user agent, once.
local function assert_agent(name, proxy)
  assert.are.equal(name, proxy:requests()[1].headers["user-agent"])
  assert.are.equal(1, select(2, proxy:connections()[1]:gsub("User%-Agent", "")))
end

describe("a proxy that", function()
  after_each(peer.stop_all)

  local function ask(proxy, scheme, options)
    local all = { proxy = with_login(proxy.url, scheme) }
    for name, value in pairs(options or {}) do
      all[name] = value
    end
    return peer.client("jde_ais", "https://ais.example", all):logout()
  end

  for carrier, carry in pairs(carriers) do
    for what, case in pairs(answers) do
      it(("answers CONNECT with %s, asked by the %s"):format(what, carrier), function()
        local proxy, started = peer.start { case[3] }, core.now()
        assert_told(case, proxy, carry(function() return ask(proxy) end))
        assert.is_true(core.now() - started < 4, "the answer was read on")
        assert.are.equal(1, #proxy:connections())
      end)
    end
  end

  for what, case in pairs(socks) do
    it(("speaks SOCKS and %s"):format(what), function()
      local proxy = peer.start { case[3] }
      assert_told(case, proxy, ask(proxy, case[3].scheme or "socks5h"))
    end)
  end

  it("says what was asked of it", function()
    local proxy = peer.start { answer "403 Forbidden" }
    local message = select(2, ask(proxy))
    assert.is_truthy(message:find("answered CONNECT ais.example:443 with HTTP 403", 1, true), message)
    message = select(2, peer.client("jde_ais", "https://ais.example:8443", { proxy = proxy.url }):logout())
    assert.is_truthy(message:find("answered CONNECT ais.example:8443 with HTTP 403", 1, true), message)
    message = select(2, peer.client("jde_ais", "https://[::1]:8443", { proxy = proxy.url }):logout())
    assert.is_truthy(message:find("answered CONNECT [::1]:8443 with HTTP 403", 1, true), message)
  end)

  it("has the user agent in CONNECT, once", function()
    local proxy = peer.start { answer "403 Forbidden" }
    ask(proxy, nil, { user_agent = "leavers/1" })
    assert_agent("leavers/1", proxy)
  end)

  it("forwards has the user agent in the request, once", function()
    local proxy = peer.start { peer.always(peer.reply("200 OK", '{"status":"Success"}')) }
    assert(peer.client("jde_ais", "http://ais.example", { proxy = proxy.url, user_agent = "leavers/1" }):logout())
    assert_agent("leavers/1", proxy)
  end)

  it("is the environment's is told so, without its password", function()
    local proxy = peer.start { answer("407 No", BASIC) }
    local said = child.run([[
      local client = require "signoff".jde_ais { url = "https://ais.example", token = "044", proxy = "environment", timeout = 5 }
      print(select(2, client:logout()))
    ]], "https_proxy=" .. with_login(proxy.url))
    assert.is_truthy(said:find(("the environment's proxy (127.0.0.1 port %d) answered CONNECT"):format(proxy.port), 1, true), said)
    assert.is_nil(said:find(PASSWORD, 1, true), said)
  end)

  it("is silent costs the call's time, and no more", function()
    local proxy = peer.start { { "request", "stall" } }
    local _, message, code, detail = ask(proxy, nil, { timeout = 0.3 })
    assert.are.equal("timeout", code, message)
    assert.is_false(detail.sent)
  end)

  it("refuses is not asked again with another login for the system", function()
    local proxy, logins = peer.start { answer "403 Forbidden" }, 0
    local client = peer.client("agvance", "https://agvance.example", { proxy = proxy.url, headers = function()
      logins = logins + 1
      return { ["X-Key"] = "key-4711" }
    end })
    local _, _, code = client:logout "K1"
    assert.are.equal("denied", code)
    assert.are.equal("1 login, 1 question", ("%d login, %d question"):format(logins, #proxy:requests()))
  end)

  it("leads to the system leaves the failure to that", function()
    local proxy = peer.start { bytes(ESTABLISHED, "arrival", "reset") }
    local _, message, code, detail = ask(proxy)
    assert.are.equal("unreachable", code, message)
    assert.are.same({ false, true }, { detail.sent, detail.retriable })
    proxy = peer.start { bytes(ESTABLISHED, "arrival", { send = peer.reply "400 Bad Request" }, "close") }
    _, message, code = ask(proxy)
    assert.are.equal("tls", code, message)
  end)

  it("leads to the system may say lengths, which mean nothing there", function()
    local head = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\nRetry-After: 9\r\n\r\n"
    local _, message, code, detail = ask(peer.start { bytes(head, "arrival", { send = "no TLS" }, "close") })
    assert.are.equal("tls", code, message)
    assert.is_nil(detail.retry_after)
  end)

  it("speaks TLS itself refuses in the same way", function()
    local directory = peer.directory()
    tls.authority(directory, "ca")
    tls.certificate(directory, "ca", "good", "IP:127.0.0.1")
    local server = tls.serve_kept_alive(directory, "good") -- CONNECT is no method of nginx's
    local _, message, code, detail = peer.client("jde_ais", "https://ais.example",
      { proxy = "https://127.0.0.1:" .. server.port, ca_file = directory .. "/ca.pem" }):logout()
    assert.are.equal("rejected", code, message)
    assert.is_false(detail.sent)
    assert.is_truthy(message:find("the proxy 127.0.0.1:" .. server.port, 1, true), message)
  end)
end)
