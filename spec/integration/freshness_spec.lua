-- SPDX-License-Identifier: MIT
-- An old reply proves nothing: every request asks for a fresh one, and what a cache answered all the same says so.

local signoff = require "signoff"
local nginx = require "spec.support.nginx"
local peer = require "spec.support.peer"

local BODY = '{"isValidSession":true}'
local DATE = "Date: Sun, 06 Nov 1994 08:49:37 GMT"

-- A reply with these lines in its head, written as they are.
local function reply(lines, status, body)
  body = body or BODY
  return ("HTTP/1.1 %s\r\n%sContent-Length: %d\r\n\r\n%s"):format(status or "200 OK", lines, #body, body)
end

local function lines(...)
  return table.concat({ ... }, "\r\n") .. "\r\n"
end

-- The answers of calls that get these replies, all on one connection.
local function answers_to(replies)
  local server = peer.start { peer.replies((table.unpack or unpack)(replies)) }
  local client, found = peer.client("jde_ais", server.url), {}
  for i = 1, #replies do
    local answer, _, _, detail = client:status()
    found[i] = assert(answer or detail)
  end
  assert.are.equal(1, #server:connections())
  return found
end

-- Head lines that a cache's reply has. The text quotes the line, unless a second one says what.
local stale = {
  { "Age: 1" }, { "Age: 86400" }, { "age:7" }, { "AGE : 7" }, { "Age: 0, 5" }, { "Age: 00000000000000000000000000000000000000001" },
  { "Age: -1" }, { "Age: soon" }, { "Age: 0.5" },
  { 'Warning: 110 proxy.example "Response is Stale"' }, { 'warning: 111 - "Revalidation Failed"' }, { 'Warning: 112 - "Disconnected"' },
  { 'Warning: 113 - "Heuristic Expiration"' }, { 'Warning: 299 - "a, b \\" c", 110 - "stale"' },
  { "X-Cache: HIT" }, { "X-Cache: HIT from proxy.example" }, { "x-cache: hit" }, { "X-Cache: Hit from cloudfront" },
  { "X-Cache: RefreshHit from cloudfront" }, { "X-Cache: TCP_HIT from a23-1-2-3.deploy.example (CacheHost/10.0)" },
  { "X-Cache: TCP_MEM_HIT" }, { "X-Cache: TCP_REFRESH_HIT" }, { "X-Cache: MISS, HIT" }, { "X-Cache: HIT, MISS" },
  { "X-Cache: MISS from a.example, HIT from b.example" }, { "X-Cache: HIT TCP_MEM_HIT dirn:1:2" }, { "X-Cache: STALE" },
  { "X-Cache-Status: HIT" }, { "X-Cache-Status: STALE" }, { "X-Cache-Status: UPDATING" }, { "X-Cache-Status: REVALIDATED" },
  { "X-Proxy-Cache: HIT" }, { "X-Nginx-Cache-Status: HIT" }, { "X-Cache-Remote: TCP_HIT" }, { "X-Cache-Detail: \"cache hit\" from a" },
  { "CF-Cache-Status: HIT" }, { "CF-Cache-Status: STALE" }, { "CDN-Cache: HIT" }, { "X-Vercel-Cache: PRERENDER" },
  { "Apisix-Cache-Status: HIT" }, { "X-Litespeed-Cache: hit,private" }, { "X-Rack-Cache: fresh" }, { "Akamai-Cache-Status: Hit from child" },
  { "X-Tyk-Cached-Response: 1" }, { "X-From-Cache: true" }, { "X-Cache-Hit: TRUE" }, { "X-Cached: HIT" },
  { "X-Cache-Hits: 3" }, { "X-Cache-Hits: 0, 1" }, { "X-Cache-Age: 12" },
  { "Cache-Status: ExampleCache; hit" }, { "Cache-Status: ExampleCache;hit;ttl=376" }, { 'Cache-Status: "a, b"; hit' },
  { "Cache-Status: Origin; fwd=miss, Edge; hit; ttl=-1" }, { "Cache-Status: ExampleCache; hit=?1" }, { "cache-status: A; fwd=stale; fwd-status=304" },
  { "Cache-Status: A; fwd=miss; collapsed" }, { "Cache-Status: HIT" },
  { "X-Varnish: 32773 32770" }, { "X-Varnish: 32773, 32774 32770" }, { "Server-Timing: edge;dur=1, cdn-cache; desc=HIT" },
  { 'Server-Timing: cfCacheStatus;desc="HIT"' }, { "Server-Timing: cdn-cache-hit" },
  -- of several lines the worst counts
  { "Age: 0\r\nAge: 9", "Age: 9" }, { "Age: 9\r\nAge: 0", "Age: 9" }, { "X-Cache: MISS\r\nX-Cache: HIT", "X-Cache: HIT" },
  { "X-Cache: MISS\r\nAge: 0\r\nX-Varnish: 1 2", "X-Varnish: 1 2" },
  -- folded
  { "X-Cache:\r\n HIT", "X-Cache: HIT" }, { "Cache-Status: A\r\n\t; hit", "Cache-Status: A ; hit" },
  { "Warning: 214 - x,\r\n 110 - y", "Warning: 214 - x, 110 - y" }, { "Age:\r\n \r\n 5\r\nServer: x", "Age:  5" },
  { DATE .. "\r\nDate: Sun, 06 Nov 1994 08:49:38 GMT", "its headers have two dates" },
}

-- Head lines that a reply of the system itself has, through a cache that asked it as well.
local fresh = {
  "Age: 0", "Age: 000", "Age:", "Age: 0, 0", "X-Age: 7", "Coverage: 5", 'Warning: 199 - "110"', 'Warning: 214 - "a, 110 b"', 'Warning: 299 - "x\\", 111"',
  "X-Cache: MISS", "X-Cache: MISS from hit.example", "X-Cache: Miss from cloudfront", "X-Cache: Error from cloudfront",
  "X-Cache: Error from hit.example", "X-Cache: none via stale", "Age: 0\r\nServer: x\r\n 5",
  "X-Cache: TCP_MISS from a.example (CacheHost/10.0)", "X-Cache: TCP_REFRESH_MISS", "X-Cache: MISS, MISS", "X-Cache: miss cached", "X-Cache: pass",
  "X-Cache-Status: MISS", "X-Cache-Status: BYPASS", "X-Cache-Status: EXPIRED", "CF-Cache-Status: DYNAMIC", "CF-Cache-Status: BYPASS",
  "X-Cache-Lookup: HIT from proxy.example:3128", "Cache-Control: max-age=0, stale-while-revalidate=60", "CDN-Cache-Control: stale-if-error=60",
  "X-Cache-Key: /hit", "Cache-Tag: hit, stale", "X-Cache-Enabled: True", "X-Cache-Hits: 0", "X-Cache-Hits: 0, 0", "X-Cacheable: YES", "X-From-Cache: 0",
  "X-Varnish: 32773", "X-Varnish: 32773, 32770", "Cache-Status: A; fwd=uri-miss; stored", "Cache-Status: A; hit=?0", 'Cache-Status: A; fwd=miss; detail="; hit"',
  "Cache-Status: A; fwd=stale; fwd-status=200", "Server-Timing: cdn-cache; desc=MISS", "Server-Timing: hit;dur=1", "X-Whit: hit", "Via: 1.1 hit",
  "Content-Type: application/json\r\n ; x=HIT", DATE .. "\r\n" .. DATE,
}

describe("a reply", function()
  after_each(peer.stop_all)

  it("that a cache made says why it is stale", function()
    local replies = {}
    for i, row in ipairs(stale) do
      replies[i] = reply(row[1] .. "\r\n")
    end
    for i, answer in ipairs(answers_to(replies)) do
      local wanted = stale[i][2] or stale[i][1]
      assert.are.equal(wanted:find "^its " and wanted or "its header says " .. wanted, answer.stale)
      assert.are.same({ true, false, "is not fresh: " .. answer.stale }, { answer.active, answer.whole, answer.doubt })
    end
  end)

  it("of the system itself is not stale", function()
    local replies = {}
    for i, row in ipairs(fresh) do
      replies[i] = reply(row .. "\r\n")
    end
    for i, answer in ipairs(answers_to(replies)) do
      assert.is_nil(answer.stale, fresh[i])
      assert.are.same({ true, true }, { answer.active, answer.whole })
    end
  end)

  it("that a cache made shows no absence, and no act that is done", function()
    local gone = '{"message":"Invalid Token","exception":"Exception","timeStamp":"2025-09-19T20:16:27.934+0000"}'
    local server = peer.start { peer.replies(reply("Age: 5\r\n", "444 Gone", gone), reply("Age: 5\r\n", "200 OK", '{"status":"Success"}'),
      reply("Age: 5\r\n", "444 Gone", gone), reply("", "444 Gone", gone), reply("", "444 Gone", gone), reply("", "200 OK", '{"status":"Success"}')) }
    local client, target = peer.client("jde_ais", server.url), { token = "tok-4711", device = "D" }
    local function said(answer)
      return answer and tostring(answer.answer or answer.active)
    end
    assert.are.equal("nil", said(client:status(target)))
    assert.are.equal("undecided", said(client:logout(target)))
    assert.are.equal("undecided", said(client:logout(target)))
    assert.are.equal("false", said(client:status(target)))
    assert.are.equal("already_out", said(client:logout(target)))
    assert.are.equal("accepted", said(client:logout(target)))
  end)

  it("that is too much to be read is not fresh", function()
    local long = answers_to { reply(lines("X-Cache: " .. ("MISS, "):rep(800) .. "MISS")), reply(("X-Cache: MISS\r\n"):rep(65)),
      reply("X-Cache: MISS\r\n" .. (" MISS\r\n"):rep(900)), reply(("X-Cache: MISS\r\n"):rep(64)) }
    assert.are.equal(#"its header says " + 200, #long[1].stale)
    assert.are.equal("its headers say more of caches than is read", long[2].stale)
    assert.is_truthy(long[3].stale)
    assert.is_nil(long[4].stale)
  end)

  it("is quoted without what a terminal would obey", function()
    assert.are.equal("its header says X-Cache: HIT ?[31m?? from x", answers_to { reply "X-Cache: HIT \27[31m\195\169 from x\r\n" }[1].stale)
  end)

  it("tells its date", function()
    local cases = {
      { DATE, 784111777 }, { "date:Sun, 06 Nov 1994 08:49:37 GMT  ", 784111777 }, { "Date:\r\n Sun, 06 Nov 1994 08:49:37 GMT", 784111777 },
      { "Date: Sunday, 06-Nov-94 08:49:37 GMT", 784111777 }, { "Date: Sun Nov  6 08:49:37 1994", 784111777 },
      { "Date: Thu, 29 Feb 2024 23:59:60 GMT", 1709251200 }, { "Date: Fri, 01 Mar 2024 00:00:00 GMT", 1709251200 },
      { "Date: Tue, 31 Dec 2999 23:59:59 GMT", 32503679999 },
      { "Date: soon" }, { "Date:" }, { "Date: Sun, 31 Foo 1994 08:49:37 GMT" }, { "Server: x" }, { "X-Date: Sun, 06 Nov 1994 08:49:37 GMT" },
      { DATE .. "\r\nDate: Mon, 07 Nov 1994 08:49:37 GMT" }, { DATE .. "\r\nDate: soon", 784111777 },
    }
    local replies = {}
    for i, case in ipairs(cases) do
      replies[i] = reply(case[1] .. "\r\n")
    end
    for i, answer in ipairs(answers_to(replies)) do
      assert.are.equal(cases[i][2], answer.date, cases[i][1])
    end
  end)

  it("that is a failure says the same in its detail", function()
    local found = answers_to {
      reply(lines(DATE, "Age: 5"), "503 Busy"), reply("", "304 Not Modified", ""), reply(lines(DATE, "Age: 9"), "304 Not Modified", ""),
      reply("X-Cache: HIT\r\n", "200 OK", "<html>"),
    }
    assert.are.same({ "busy", 784111777, "its header says Age: 5" }, { found[1].code, found[1].date, found[1].stale })
    local a_304 = "it is a 304, a cache's word for a reply that it has already"
    assert.are.same({ "rejected", true, a_304 }, { found[2].code, found[2].retriable, found[2].stale })
    assert.are.same({ "rejected", true, "its header says Age: 9" }, { found[3].code, found[3].retriable, found[3].stale })
    assert.are.same({ "unusable", "its header says X-Cache: HIT" }, { found[4].code, found[4].stale })
  end)

  it("does not answer for another head: 100 Continue, a proxy's tunnel", function()
    local before = "HTTP/1.1 100 Continue\r\nAge: 7\r\n" .. DATE .. "\r\nSet-Cookie: a=b\r\n\r\n"
    local found = answers_to { before .. reply "", before .. reply "X-Cache: HIT\r\n" }
    assert.are.same({}, { found[1].stale, found[1].date, found[1].cookie })
    assert.are.equal("its header says X-Cache: HIT", found[2].stale)
    local proxy = peer.start { peer.replies("HTTP/1.1 502 No\r\nAge: 7\r\n" .. DATE .. "\r\nX-Cache: HIT\r\nContent-Length: 0\r\n\r\n") }
    local _, _, _, detail = peer.client("jde_ais", "https://ais.example", { proxy = proxy.url }):status()
    assert.are.same({ false, nil, nil }, { detail.sent, detail.stale, detail.date })
  end)

  it("may say so in its trailer, and sets no cookie there", function()
    local chunked = ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\nX-Cache: HIT\r\nSet-Cookie: a=b\r\n\r\n"):format(#BODY, BODY)
    local found = answers_to { chunked, reply "" }
    assert.are.same({ "its header says X-Cache: HIT", nil }, { found[1].stale, found[1].cookie })
    assert.is_nil(found[2].stale)
  end)

  it("holds no secret where it says why", function()
    local server = peer.start { peer.replies(reply "X-Cache: HIT for 044-token-of-a-test\r\n") }
    assert.are.equal("its header says X-Cache: HIT for ***", assert(peer.client("jde_ais", server.url):status()).stale)
  end)
end)

describe("every operation", function()
  after_each(peer.stop_all)

  local calls = {
    { "cisco_em", { app_id = "a", app_certificate = "c" }, { logout = { "SEP1" }, status = { "SEP1" }, query_devices = { { "SEP1" } }, query_users = { { "ana" } },
      login = { { device = "SEP1", user = "ana" } } } },
    { "isymphony", { username = "u", password = "p" }, { status = { "ana" }, set_status = { "ana", { name = "Away", type = "away" } }, users = {},
      user = { "ana" }, logins = { "ana" } } },
    { "agvance", {}, { logout = { "K1" }, sessions = {}, status = { "K1" } } },
    { "oracle_commerce", {}, { logout = { "tok-1" }, status = { "tok-1" } } },
    { "jde_ais", {}, { logout = { "tok-1" }, status = { "tok-1" } } },
  }

  it("asks for a fresh reply, says when it was made, and that it is stale, lists too", function()
    local server = peer.start { peer.always(reply(lines(DATE, "Age: 5"), "200 OK", "[]")) }
    local count = 0
    for _, row in ipairs(calls) do
      local kind, options, operations = row[1], row[2], row[3]
      options.url, options.timeout = server.url, 5
      local client = signoff[kind](options)
      for name in pairs(client:can()) do
        if name ~= "verify" and name ~= "signout" then
          local answer, _, _, detail = client[name](client, (table.unpack or unpack)(operations[name]))
          local found = answer or detail
          assert.are.same({ 784111777, "its header says Age: 5" }, { found.date, found.stale }, kind .. "." .. name)
          count = count + 1
        end
      end
    end
    local requests = server:requests()
    assert.are.equal(count, #requests)
    for _, request in ipairs(requests) do
      assert.are.same({ "no-cache", "no-cache" }, { request.headers["cache-control"], request.headers.pragma })
    end
  end)

  it("lets no header of the caller's ask for less", function()
    for _, name in ipairs { "Cache-Control", "cache-control", "Pragma", "If-None-Match", "If-Modified-Since" } do
      local fine, message = pcall(signoff.agvance, { url = "http://127.0.0.1:1", headers = { [name] = "max-stale" } })
      assert.is_false(fine)
      assert.is_truthy(message:find("'" .. name .. "' is set by the module itself", 1, true), message)
    end
  end)

  it("says of a request in several parts what any of them says", function()
    local function chunk(more)
      return reply(more, "200 OK", '{"Status":"0","Count":"1"}')
    end
    local server = peer.start { peer.replies(chunk "Age: 3\r\n", chunk(DATE .. "\r\n")) }
    local answer = assert(signoff.agvance({ url = server.url, chunk = 1 }):logout { "K1", "K2" })
    assert.are.same({ 2, 784111777, "its header says Age: 3" }, { answer.count, answer.date, answer.stale })
  end)
end)

describe("freshness", function()
  after_each(function()
    nginx.stop_all()
    peer.stop_all()
  end)

  it("is told in a loop as well", function()
    local server = peer.start { peer.always(reply(lines(DATE, "X-Cache: HIT"))) }
    local answer = signoff.loop(function()
      return (assert(peer.client("jde_ais", server.url):status()))
    end)
    assert.are.same({ 784111777, "its header says X-Cache: HIT" }, { answer.date, answer.stale })
    assert.are.equal("no-cache", server:requests()[1].headers["cache-control"])
  end)

  it("is told in nginx as well", function()
    if not rawget(_G, "jit") then
      return -- nginx has its own Lua, whichever runs the specs: once is enough
    end
    local server = peer.start { peer.always(reply(lines(DATE, "X-Cache: HIT"))) }
    local host = nginx.start { server = ([[ location /it { content_by_lua_block {
      local answer = assert(require "signoff".jde_ais { url = "%s", token = "044-token" }:status())
      ngx.say(answer.date, " ", answer.stale)
    } } ]]):format(server.url) }
    assert.are.equal("784111777 its header says X-Cache: HIT", host:get "/it")
    assert.are.equal("no-cache", server:requests()[1].headers["cache-control"])
  end)
end)
