-- SPDX-License-Identifier: MIT
-- A balancer's cookie keeps the calls about one token at one node: it is handed out and taken, and kept by nobody.

local core = require "signoff.core"
local signoff = require "signoff"
local nginx = require "spec.support.nginx"
local peer = require "spec.support.peer"

local unpack = table.unpack or unpack -- luacheck: ignore 143 (5.1 has the global only)

local function reply(cookies, status, body)
  body = body or '{"isValidSession":true,"success":true}'
  local lines = {}
  for i, cookie in ipairs(cookies) do
    lines[i] = "Set-Cookie: " .. cookie .. "\r\n"
  end
  return ("HTTP/1.1 %s\r\n%sContent-Length: %d\r\n\r\n%s"):format(status or "200 OK", table.concat(lines), #body, body)
end

-- A secret's text, false and nil as they are.
local function text_of(cookie)
  return cookie and core.bytes(cookie) or cookie
end

local LONG = ("x"):rep(2000)

-- The cookies that a reply sets, and those that are handed out: `sent` went along with the request.
local cases = {
  { {}, nil },
  { { "BIGip=12.34; path=/; HttpOnly; Secure; SameSite=Lax" }, "BIGip=12.34" },
  { { "BIGip=1", "JSESSIONID=abc!1!2" }, "BIGip=1; JSESSIONID=abc!1!2" },
  { { "  a  =  b  ;x" }, "a=b" }, { { 'a="b c"' }, 'a="b c"' }, { { "a=b=c=" }, "a=b=c=" }, { { "a=" }, "a=" },
  { { "a=1", "a=2" }, "a=2" }, { { "a=1", "A=2" }, "a=1; A=2" }, { { "a=1", "b=2", "a=3" }, "b=2; a=3" },
  -- no cookies
  { { "nameless" }, nil }, { { "=value" }, nil }, { { "" }, nil }, { { ";" }, nil }, { { "a=\1" }, nil }, { { "a=b\127" }, nil }, { { "a=\195\169" }, nil },
  -- taken back
  { { "a=b; Max-Age=0" }, false }, { { "a=b; max-age=-1" }, false }, { { "a=b; Expires=Thu, 01 Jan 1970 00:00:00 GMT" }, false },
  { { "a=b; expires=Thu, 01-Jan-1970 00:00:01 GMT" }, false }, { { "a=b; Expires=Sat, 01 Jan 2000 00:00:00 GMT", "c=d" }, "c=d" },
  { { "a=b; Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT" }, "a=b" }, { { "a=b; Max-Age=0; Expires=Fri, 01 Jan 2999 00:00:00 GMT" }, false },
  { { "a=b; Max-Age=60; Max-Age=0" }, false }, { { "a=b; Max-Age=0; Max-Age=60" }, "a=b" }, { { "a=b; Max-Age=soon" }, "a=b" }, { { "a=b; Max-Age=" }, "a=b" },
  { { "a=b; Max-Age=0x" }, "a=b" }, { { "a=b; Expires=soon" }, "a=b" }, { { "a=b; Expires=Fri, 01 Jan 2999 00:00:00 GMT" }, "a=b" },
  { { "a=1; Max-Age=0", "a=2" }, "a=2" }, { { "a=1", "a=2; Max-Age=0" }, false },
  -- what was sent, changed
  { {}, nil, "a=1" }, { { "b=2" }, "a=1; b=2", "a=1" }, { { "a=2" }, "b=1; a=2", "a=1; b=1" }, { { "a=x; Max-Age=0" }, "b=1", "a=1; b=1" },
  { { "a=x; Max-Age=0" }, false, "a=1" }, { { "c=x; Max-Age=0" }, "a=1", "a=1" },
  -- bounds: what is beyond is left out, whole
  { { "a=1", "b=2", "c=3", "d=4", "e=5", "f=6", "g=7", "h=8", "i=9" }, "a=1; b=2; c=3; d=4; e=5; f=6; g=7; h=8" },
  { { "a=" .. LONG, "b=" .. LONG, "c=" .. LONG, "d=4" }, "a=" .. LONG .. "; b=" .. LONG .. "; d=4" },
  { { "a=" .. LONG .. LONG .. LONG, "b=2" }, "b=2" }, { { "b=" .. LONG }, "a=" .. LONG .. "; b=" .. LONG, "a=" .. LONG },
  { { "a=1; x=" .. LONG .. LONG .. LONG, "b=2" }, "b=2" },
  -- folded
  { { "a=1;\r\n Max-Age=0" }, false }, { { "a=\r\n\t1" }, "a=1" },
}

describe("a reply's cookies", function()
  after_each(peer.stop_all)

  for _, kind in ipairs { "jde_ais", "oracle_commerce" } do
    it("are handed out as one secret: " .. kind, function()
      local replies = {}
      for i, case in ipairs(cases) do
        replies[i] = reply(case[1])
      end
      local server = peer.start { peer.replies(unpack(replies)) }
      local client = peer.client(kind, server.url)
      for i, case in ipairs(cases) do
        local answer = assert(client:status("tok-4711", { cookie = case[3] }))
        assert.are.equal(case[2], text_of(answer.cookie), ("%d: %s"):format(i, tostring(case[1][1])))
        assert.is_true(not answer.cookie or tostring(answer.cookie) == "secret: ***" and signoff.fingerprint(answer.cookie):find "^sha256:" ~= nil)
      end
      for i, request in ipairs(server:requests()) do
        assert.are.equal(cases[i][3], request.headers.cookie) -- nobody keeps one
      end
    end)
  end

  it("that expire do so by the server's clock", function()
    local head = "HTTP/1.1 200 OK\r\nDate: Sat, 01 Jan 2000 00:00:00 GMT\r\nSet-Cookie: a=b; Expires=Sat, 01 Jan 2000 00:00:%s GMT\r\nContent-Length: 2\r\n\r\n{}"
    local server = peer.start { peer.replies(head:format "00", head:format "01") }
    local client = peer.client("jde_ais", server.url)
    assert.is_false(assert(client:status()).cookie)
    assert.are.equal("a=b", text_of(assert(client:status()).cookie))
  end)

  it("come with a failure and an act as well", function()
    local server = peer.start { peer.replies(reply({ "a=1" }, "503 Busy"), reply({ "a=2" }, "200 OK", '{"status":"Success"}')) }
    local client = peer.client("jde_ais", server.url)
    assert.are.equal("a=1", text_of(select(4, client:status()).cookie))
    assert.are.equal("a=2", text_of(assert(client:logout()).cookie))
  end)

  it("of a system that has one place are of no interest", function()
    local server = peer.start { peer.always(reply({ "a=1" }, "200 OK", "[]")) }
    for _, client in ipairs { signoff.agvance { url = server.url }, signoff.isymphony { url = server.url, username = "u", password = "p" } } do
      local answer, _, _, detail = client[client:kind() == "agvance" and "sessions" or "users"](client)
      assert.is_nil((answer or detail).cookie)
    end
    for kind, facts in pairs(core.facts) do
      assert.are.equal(kind == "jde_ais" or kind == "oracle_commerce", facts.sticky, kind)
    end
  end)

  it("are shown nowhere, nor are those that were sent", function()
    local function echo(cookies, text, status)
      return reply(cookies, status, ('{"isValidSession":true,"message":"%s"}'):format(text))
    end
    local server = peer.start { peer.replies(echo({ "BIGip=node-4711" }, "at node-4711"), echo({}, "at sent-4711"), echo({ 'a="new-4711"' }, "new-4711 sent-4711", "500 No"),
      echo({}, "session-4711"), echo({}, "site-4711")) }
    local said = {}
    local client = peer.client("jde_ais", server.url, { headers = { Cookie = "x=site-4711" }, log = function(_, message, fields)
      said[#said + 1] = message
      for _, value in pairs(fields) do
        said[#said + 1] = tostring(value)
      end
    end })
    assert.are.equal("at ***", assert(client:status()).fields.message)
    assert.are.equal("at ***", assert(client:status("tok-4711", { cookie = "b=sent-4711" })).fields.message)
    local _, message, _, detail = client:status("tok-4711", { cookie = signoff.secret.new "b=sent-4711; c=d" })
    assert.are.same({ "*** ***", "*** ***" }, { detail.fields.message, detail.vendor_message })
    assert.are.equal("***", assert(client:status { token = "tok-4711", device = "D", cookie = "session-4711" }).fields.message)
    assert.are.equal("***", assert(client:status()).fields.message)
    said[#said + 1] = message
    assert.is_nil(table.concat(said, "\n"):find("%a%-4711"))
  end)
end)

describe("a cookie of one call", function()
  after_each(peer.stop_all)

  -- The cookies sent: of the client's `headers`, of the target, of the call.
  local sendings = {
    { nil, nil, nil, nil }, { "s=1", nil, nil, "s=1" }, { nil, "t=1", nil, "t=1" }, { nil, nil, "c=1", "c=1" },
    { nil, "t=1", "c=1", "c=1" }, { "s=1", "t=1", nil, "t=1; s=1" }, { "s=1; c=0", nil, "c=1; d=2", "c=1; d=2; s=1" },
    { "c=0", nil, "c=1", "c=1" }, { "s", nil, "c=1", "c=1" }, { nil, nil, "c=1;d=2 ;", "c=1;d=2 ;" },
    { nil, "negS345-_x!164!149", nil, "JSESSIONID=negS345-_x!164!149" }, { nil, signoff.secret.new "abc", nil, "JSESSIONID=abc" },
    { nil, nil, signoff.secret.new "c=1", "c=1" },
  }

  it("goes along with that call alone, in one header", function()
    for i, row in ipairs(sendings) do
      local server = peer.start { peer.always(reply { "z=26" }) }
      local client = peer.client("jde_ais", server.url, { headers = row[1] and { cookie = row[1] } })
      local overrides = row[3] and { cookie = row[3] } or nil
      assert(client:status({ token = "tok-4711", device = "D", cookie = row[2] }, overrides))
      assert(client:status { token = "tok-4711", device = "D" })
      if overrides then
        local call = core.build(client, "status", { token = "tok-4711", cookie = row[2] }, overrides)
        assert.are.equal(row[4], core.request(call).headers.Cookie)
      end
      local requests = server:requests()
      assert.are.equal(row[4], requests[1].headers.cookie, i)
      assert.are.equal(row[1], requests[2].headers.cookie, i)
      for _, bytes in ipairs(server:connections()) do
        assert.is_nil(bytes:lower():find "\r\ncookie:[^\r]*\r\n[^ ]*\r?\n?cookie:")
      end
    end
  end)

  it("goes along with a second exchange that the first one asks for", function()
    local server = peer.start { peer.replies(reply({}, "415 No"), reply({}, "200 OK", '{"status":"Success"}')) }
    assert.are.equal("accepted", assert(peer.client("jde_ais", server.url):logout("tok-4711", { cookie = "a=1" })).answer)
    for _, request in ipairs(server:requests()) do
      assert.are.equal("a=1", request.headers.cookie)
    end
  end)

  it("is taken by signout and verify with its target, and says nothing of which session it is", function()
    local alive, gone = reply {}, reply({}, "444 Gone", '{"message":"Invalid Token","exception":"Exception"}')
    local server = peer.start { peer.replies(alive, reply({}, "200 OK", '{"status":"Success"}'), gone, gone, gone, gone) }
    local client, target = signoff.jde_ais { url = server.url }, { token = "tok-4711", device = "D", cookie = "JSESSIONID=abcd" }
    local options = { schedule = { 0.01 }, settle = 0, deadline = 5 }
    assert.are.equal("ended", client:signout(target, options).verdict)
    target.cookie = nil
    assert.are.equal("ended", client:verify(target, options).verdict) -- it was seen alive, whichever cookie went along
    for i, request in ipairs(server:requests()) do
      assert.are.equal(i <= 4 and "JSESSIONID=abcd" or nil, request.headers.cookie)
    end
  end)

  -- Of a call, and of a target, where one without a name is a session's.
  local refused = {
    { "a=b\r\nX: y", "holds" }, { "a=b\nc", "holds" }, { "a=b\0c", "holds" }, { "a=\195\169", "holds" }, { " a=b", "blank" },
    { "", "is empty" }, { "a=b; c", "is no list of cookies" }, { "=b", "is no list of cookies" }, { ";=", "is no list of cookies" },
    { "a=" .. ("x"):rep(4096), "is longer than 4 KiB" }, { 5, "must be a string" }, { "abcd", "is no list of cookies", "a session's" }, { ";", "has no cookie in it", "a session's" },
    { ("x"):rep(4097), "is longer than 4 KiB" },
  }

  it("that cannot be sent is refused, and not shown", function()
    local client = peer.client("jde_ais", "http://127.0.0.1:1")
    local function check(why, ...)
      local fine, message = pcall(client.status, client, ...)
      assert.is_false(fine, why)
      assert.is_truthy(message:find("'cookie' " .. why, 1, true) or message:find("'cookie' begins or ends with a " .. why, 1, true), message)
      assert.is_nil(message:find("xxxx", 1, true))
    end
    for _, row in ipairs(refused) do
      check(row[2], "tok", { cookie = row[1] })
      if not row[3] then
        check(row[2], { token = "tok", cookie = row[1] })
      end
    end
  end)

  for name, run in pairs {
    ["a loop"] = function(url)
      return signoff.loop(function()
        return text_of(assert(peer.client("jde_ais", url):status("tok-4711", { cookie = "a=1" })).cookie)
      end)
    end,
    nginx = rawget(_G, "jit") and function(url) -- nginx has its own Lua, whichever runs the specs: once is enough
      return nginx.start({ server = ([[ location /it { content_by_lua_block {
        local answer = assert(require "signoff".jde_ais { url = "%s" }:status("tok-4711", { cookie = "a=1" }))
        ngx.say(require "signoff.core".bytes(answer.cookie))
      } } ]]):format(url) }):get "/it"
    end or nil,
  } do
    it("is taken and handed out in " .. name, function()
      local server = peer.start { peer.always(reply { "b=2" }) }
      assert.are.equal("a=1; b=2", run(server.url))
      nginx.stop_all()
      assert.are.equal("a=1", server:requests()[1].headers.cookie)
    end)
  end
end)
