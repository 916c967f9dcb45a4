-- SPDX-License-Identifier: MIT
-- A small reply costs little: what is shown of one is bounded before it is masked, what refuses a request is not read to its
-- end, what is compressed expands no further than a list would, and reading is a part of the call's time.

local core = require "signoff.core"
local signoff = require "signoff"
local child = require "spec.support.child"
local encodings = require "spec.support.encodings"
local fixtures = require "spec.support.fixtures"
local gzip = require "spec.support.gzip"
local peer = require "spec.support.peer"

local unpack = table.unpack or unpack -- luacheck: ignore 143 (5.1 has the global only)

local KIB = 1024
local VALUES, BYTES, TEXT = 1000, 16 * KIB, 4 * KIB -- of `fields`

local SPACE = 'xmlns="http://schemas.datacontract.org/2004/07/AgvWebAPICSharp.Models.User"'

local arguments = {
  cisco_em = { "SEP1" }, isymphony = { "ann" }, oracle_commerce = { "token-4711" }, jde_ais = { { token = "token-4711", device = "PC1" } },
  agvance = { "K1" },
}

-- The outcome of that reply to `operation`, and its detail.
local function read(client, operation, status, body, retry_after)
  local given = core.facts[client:kind()].operations[operation].arguments[1] and arguments[client:kind()] or {}
  return core.read(core.reply(core.build(client, operation, unpack(given)), status, body, retry_after))
end

local function count(value)
  local values, bytes = 0, 0
  for name, member in pairs(value) do
    values, bytes = values + 1, bytes + (type(name) == "string" and #name or 0)
    if type(member) == "table" then
      local more, longer = count(member)
      values, bytes = values + more, bytes + longer
    else
      bytes = bytes + (type(member) == "string" and #member or 0)
      assert(type(member) ~= "string" or #member <= TEXT)
    end
  end
  return values, bytes
end

local function list_of(size, write)
  local list = {}
  for i = 1, size do
    list[i] = write(i)
  end
  return list
end

describe("fields", function()
  local json = {
    ["many members"] = function() return table.concat(list_of(5000, function(i) return ('"m%d":"v"'):format(i) end), ",") end,
    ["many items"] = function() return '"x":[' .. ("1,"):rep(20000) .. "1]" end,
    ["many tables"] = function() return '"x":[' .. ("{},"):rep(20000) .. "1]" end,
    ["tables in tables"] = function() return '"x":[' .. ('{"a":{"b":[{"c":1}]}},'):rep(5000) .. "1]" end,
    ["one long text"] = function() return '"x":"' .. ("y"):rep(500 * KIB) .. '"' end,
    ["long texts"] = function() return table.concat(list_of(100, function(i) return ('"m%d":"%s"'):format(i, ("y"):rep(5000)) end), ",") end,
    ["a long name"] = function() return '"' .. ("n"):rep(5000) .. '":1' end,
    ["long names"] = function() return table.concat(list_of(100, function(i) return ('"%s%d":1'):format(("n"):rep(4000), i) end), ",") end,
  }
  local xml = {
    ["many elements"] = "<x>" .. ("<a>1</a>"):rep(10000) .. "</x>",
    ["elements in elements"] = "<x>" .. ("<a><b><c>1</c></b></a>"):rep(5000) .. "</x>",
    ["one long text"] = "<x>" .. ("y"):rep(500 * KIB) .. "</x>",
    ["long texts"] = "<x>" .. ("<a>" .. ("y"):rep(5000) .. "</a>"):rep(100) .. "</x>",
    ["long names"] = "<x>" .. ("<" .. ("n"):rep(4000) .. "/>"):rep(100) .. "</x>",
  }

  local function check(outcome, what)
    local values, bytes = count(outcome.fields)
    assert.is_true(values <= VALUES and bytes <= BYTES, ("%s: %d values, %d bytes"):format(what, values, bytes))
    assert.is_true(values > 0 or what:find "name" ~= nil, what)
  end

  it("are at most 1,000 values and 16 KiB, 4 KiB a text, of answers and of failures", function()
    local client = fixtures.client "jde_ais"
    for what, write in pairs(json) do
      check(assert(read(client, "status", 200, '{"isValidSession":true,' .. write() .. "}")), what)
      local failure = "{" .. write() .. "}"
      if #failure <= 64 * KIB then
        check(select(4, read(client, "status", 400, failure)), what .. ", of a failure")
      end
    end
    for what, text in pairs(xml) do
      check(assert(read(client, "status", 200, "<r><isValidSession>true</isValidSession>" .. text .. "</r>")), what)
    end
  end)

  it("are whole, and the very values, where they are small", function()
    local answer = assert(read(fixtures.client "jde_ais", "status", 200,
      '{"isValidSession":true,"a":[1,2.5,"x",null,false,[],{"b":{"c":"d"}}],"e":"' .. ("y"):rep(4096) .. '"}'))
    local cjson = require "cjson"
    assert.are.same({ isValidSession = true, a = { 1, 2.5, "x", cjson.null, false, {}, { b = { c = "d" } } }, e = ("y"):rep(4096) }, answer.fields)
    answer = assert(read(fixtures.client "jde_ais", "status", 200,
      "<r><isValidSession>true</isValidSession><x><a>1</a><a><b/></a><a>3</a></x></r>"))
    assert.are.same({ isValidSession = "true", x = { a = { "1", { b = "" }, "3" } } }, answer.fields)
  end)

  it("lack the list that an answer is made of, and the list lacks nothing", function()
    local rows = list_of(3000, function(i) return ('{"UseriD":"user%d","SessionLogKey":"K%d"}'):format(i, i) end)
    local answer = assert(read(fixtures.client "agvance", "sessions", 200, ('{"Status":"0","Count":"3000","APIUsers":[%s]}'):format(table.concat(rows, ","))))
    assert.are.equal(3000, #answer)
    assert.are.equal("K3000", answer[3000].session_log_key)
    assert.are.same({ Status = "0", Count = "3000" }, answer.fields)
  end)
end)

describe("a number that is a secret", function()
  -- the secret, and how a server may write it
  local numbers = {
    { "4711", { "4711", "4711.0", "4.711e3", "47110", "14711", "-4711", "0.4711", "4711.5" } },
    { "044711", { "44711", "44711.0" } },
    { "12345678901234567890", { "12345678901234567890", "12345678901234567890.0", "1.2345678901234567890e19" } },
    { "9007199254740993", { "9007199254740993", "9007199254740992" } },
    { "-17.25", { "-17.25", "-1725e-2" } },
    { "1e10", { "10000000000", "1e10", "1E+10" } },
    { "K47", {}, { "4711" } },
    { "47a1", {}, { "4701" } },
  }

  local function fields_of(secret, number)
    local client = signoff.jde_ais { url = "https://ais.example", token = secret }
    return assert(read(client, "status", 200, ('{"isValidSession":true,"n":%s,"list":[{"n":%s}]}'):format(number, number))).fields
  end

  it("is hidden in fields", function()
    for _, row in ipairs(numbers) do
      for _, number in ipairs(row[2]) do
        local fields = fields_of(row[1], number)
        assert.are.equal("***", fields.n, row[1] .. " as " .. number)
        assert.are.equal("***", fields.list[1].n)
      end
      for _, number in ipairs(row[3] or { "12", "1e300", "-0.5", "81725" }) do
        assert.are.equal(tonumber(number), fields_of(row[1], number).n, row[1] .. " and " .. number)
      end
    end
  end)

  it("is hidden as a vendor's code and as the seconds to wait", function()
    local client = signoff.cisco_em { host = "ucm.example", app_id = "app", app_certificate = "4711" }
    local _, message, _, detail = read(client, "logout", 200, '<response><failure><error code="4711">no</error></failure></response>', 4711)
    assert.is_nil(message:find("4711", 1, true))
    assert.is_nil(encodings.find(detail, { number = "4711" }))
    _, _, _, detail = read(client, "logout", 200, '<response><failure><error code="18">no</error></failure></response>', 30)
    assert.are.same({ 18, 30 }, { detail.vendor_code, detail.retry_after })
  end)
end)

describe("a reply that refuses a request", function()
  after_each(peer.stop_all)

  local page = "<html><body>" .. ("<p>no</p>"):rep(100000) .. "</body></html>"
  local text = ("no "):rep(300000)
  local message = '{"message":"' .. ("no "):rep(300000) .. '"}'
  local codes = { ["400 No"] = "rejected", ["403 No"] = "denied", ["404 No"] = "not_found", ["429 No"] = "busy", ["500 No"] = "server",
    ["503 No"] = "busy" }

  it("is not read to its end, and means what its status says, also of lists", function()
    for status, code in pairs(codes) do
      for _, body in ipairs { page, text, message } do
        for _, headers in ipairs { { ["Retry-After"] = "7" }, { ["Content-Length"] = false, Connection = "close", ["Retry-After"] = "7" } } do
          local server = peer.start { { "request", { send = peer.reply(status, body, headers) }, "close" } }
          for _, kind in ipairs { "agvance", "isymphony" } do
            local operation = kind == "agvance" and "sessions" or "users"
            local client = peer.client(kind, server.url, kind == "isymphony" and { username = "manager", password = "panel-4711" } or {})
            local _, _, got, detail = client[operation](client)
            assert.are.equal(code, got, status)
            assert.are.equal(tonumber(status:match "%d+"), detail.http_status)
            assert.are.equal(7, detail.retry_after)
            assert.is_true(detail.sent)
          end
        end
      end
    end
  end)

  it("is no system's own where it is cut", function()
    local own = {
      oracle_commerce = { 401, '{"errorCode":"80000","message":"The access token is invalid"}' },
      jde_ais = { 403, '{"message":"Invalid Token","exception":"com.jde.ServiceException"}' },
    }
    for kind, row in pairs(own) do
      local answer = assert(read(fixtures.client(kind), "logout", row[1], row[2]))
      assert.is_true(answer.answer == "already_out" and answer.own_words)
      for _, more in ipairs { (" "):rep(64 * KIB), (" "):rep(64 * KIB) .. "<html>", ("no "):rep(64 * KIB) } do
        local none, _, code, detail = read(fixtures.client(kind), "logout", row[1], row[2] .. more)
        assert.is_nil(none)
        assert.are.same({ "denied", false, row[1] }, { code, detail.own_words, detail.http_status })
      end
    end
  end)

  it("shows 512 bytes of its words, whole characters, however long it is", function()
    for size = 65530, 65540 do
      local _, _, _, detail = read(fixtures.client "isymphony", "users", 500, ("x"):rep(size % 7) .. ("ä"):rep(size))
      assert.is_truthy(detail.vendor_message:find "^x*[\195\164]+$")
      assert.is_true(#detail.vendor_message >= 511 and #detail.vendor_message <= 512)
    end
  end)
end)

describe("a reply that is too large", function()
  after_each(peer.stop_all)

  it("is refused at its head, where that says so", function()
    for _, kind in ipairs { "agvance", "jde_ais" } do
      local server = peer.start { { "request", { send = "HTTP/1.1 200 OK\r\nContent-Length: 67108865\r\n\r\n" }, "stall" } }
      local client = peer.client(kind, server.url)
      local _, message, code, detail = client[kind == "agvance" and "sessions" or "status"](client)
      assert.are.equal("unusable", code)
      assert.is_true(detail.sent)
      assert.is_truthy(message:find("max_reply", 1, true), message)
    end
  end)

  local empty = '{"Status":"0","Count":"0","APIUsers":[]}'

  local function with_text(times)
    return gzip.pack('{"Status":"0","Count":"0","APIUsers":[],"Message":"' .. gzip.text(4 * KIB * KIB, times) .. '"}')
  end

  it("is refused where it expands as no list does, unless 'max_reply' says that it may", function()
    local cases = { { gzip.pack(empty, 20 * KIB * KIB), false }, { gzip.pack(empty, 400 * KIB), true }, { with_text(20), true },
      { with_text(100), false } }
    for index, case in ipairs(cases) do
      for _, headers in ipairs { {}, { ["Content-Length"] = false, ["Transfer-Encoding"] = "chunked" } } do
        local body = headers["Transfer-Encoding"] and ("%x\r\n%s\r\n0\r\n\r\n"):format(#case[1], case[1]) or case[1]
        headers["Content-Encoding"] = "gzip"
        local server = peer.start { peer.always(peer.reply("200 OK", body, headers)) }
        local client = peer.client("agvance", server.url)
        local sessions, problem, code = client:sessions()
        assert.are.equal(case[2], sessions ~= nil, ("%d: %s"):format(index, tostring(problem)))
        assert.is_true(case[2] or (code == "unusable" and problem:find("32 times", 1, true) ~= nil), problem)
        assert(client:sessions { max_reply = 32 * KIB * KIB })
      end
    end
  end)

  it("is refused where it is compressed twice, or on its way", function()
    local once, twice = gzip.pack(empty), gzip.pack(gzip.pack(empty))
    local function ask(body, headers)
      local client = peer.client("agvance", peer.start({ peer.always(peer.reply("200 OK", body, headers)) }).url)
      local sessions, message, code = client:sessions()
      assert.are.equal(sessions and "accepted" or "unusable", sessions and "accepted" or code, message)
      return message
    end
    assert.is_nil(ask(once, { ["Content-Encoding"] = "gzip" }))
    assert.is_nil(ask(once, { ["Content-Encoding"] = "x-gzip", ["content-encoding"] = "identity" }))
    assert.is_truthy(ask(twice, { ["Content-Encoding"] = "gzip, gzip" }):find("more than once", 1, true))
    assert.is_truthy(ask(twice, { ["Content-Encoding"] = "gzip", ["content-encoding"] = "gzip" }):find("more than once", 1, true))
    local chunks = ("%x\r\n%s\r\n0\r\n\r\n"):format(#once, once)
    for _, encoding in ipairs { "gzip, chunked", "gzip", "chunked, gzip", "deflate", "unknown" } do
      assert.is_truthy(ask(chunks, { ["Content-Length"] = false, ["Transfer-Encoding"] = encoding }), encoding)
    end
  end)

  it("has no more values than an answer, or than its bytes are worth", function()
    local agvance, jde = fixtures.client "agvance", fixtures.client "jde_ais"
    local function json(number) return ('{"Status":"0","Count":"0","APIUsers":[],"x":[%s1]}'):format(("1,"):rep(number)) end
    local function xml(number)
      return ("<AgvApiUser %s><APIUsers/><Count>0</Count><Status>0</Status><x>%s</x></AgvApiUser>"):format(SPACE, ("<a/>"):rep(number))
    end
    assert(read(agvance, "sessions", 200, json(30000)))
    assert(read(agvance, "sessions", 200, json(1000000)))
    assert(read(agvance, "sessions", 200, xml(100000)))
    for _, body in ipairs { json(33000):gsub('"Status"', '"isValidSession":true,"Status"'), "<r><isValidSession>true</isValidSession>" ..
      ("<a/>"):rep(33000) .. "</r>", "<r><isValidSession>true</isValidSession>" .. ("<a b='c' d='e'/>"):rep(11000) .. "</r>" } do
      assert.are.equal("unusable", (select(3, read(jde, "status", 200, body))))
    end
  end)
end)

describe("the time of a call", function()
  local long = '{"Status":"0","Count":"20000","APIUsers":[' .. ('{"UseriD":"ann","SessionLogKey":"K1"},'):rep(19999)
    .. '{"UseriD":"ann","SessionLogKey":"K1"}]}'

  it("is over while its reply is read: 'timeout', and it was sent", function()
    local client = fixtures.client "agvance"
    for _, status in ipairs { 200, 206 } do
      local call = core.within(core.build(client, "sessions"), 0.000001)
      local answer, message, code, detail = core.read(core.reply(call, status, long))
      assert.is_nil(answer)
      assert.are.equal("timeout", code)
      assert.is_truthy(message:find("before its reply was read", 1, true), message)
      assert.are.same({ true, true, status }, { detail.sent, detail.retriable, detail.http_status })
    end
    assert.are.equal(20000, #assert(core.read(core.reply(core.within(core.build(client, "sessions"), 100), 200, long))))
  end)
end)

describe("the password of a proxy from the environment", function()
  after_each(peer.stop_all)

  local PASSWORD = "p/w:d@4711 %41&<x>"

  local code = [[
    local signoff = require "signoff"
    local function show(value)
      if type(value) ~= "table" then return tostring(value) end
      local list = {}
      for name, member in pairs(value) do list[#list + 1] = show(name) .. "=" .. show(member) end
      return "{" .. table.concat(list, ",") .. "}"
    end
    local client = signoff.jde_ais { url = "http://ais.example", token = "044-token", proxy = "environment", timeout = 5 }
    for _ = 1, %d do
      local answer, message, code, detail = client:status()
      print("outcome", answer and show(answer.fields) or message .. show(detail))
    end
  ]]

  local function echoes(secret)
    local list = {}
    for _, encode in pairs(encodings.all) do
      list[#list + 1] = peer.reply("403 No", '{"message":"no ' .. encodings.json(encode(secret)) .. '"}')
      list[#list + 1] = peer.reply("200 OK", '{"isValidSession":true,"x":"' .. encodings.json(encode(secret)) .. '"}')
    end
    return list
  end

  for name, userinfo in pairs {
    ["user and password"] = { "proxyuser:%s@", PASSWORD }, ["password alone"] = { ":%s@", PASSWORD }, ["user alone"] = { "%s@", "proxykey-4711" },
  } do
    it("is never shown: " .. name, function()
      local replies = echoes(userinfo[2])
      local proxy = peer.start { peer.replies(unpack(replies)) }
      local encoded = encodings.percent(userinfo[2], "%%%02X")
      local url = "http://" .. userinfo[1]:format((encoded:gsub("%%", "%%%%"))):gsub("%%%%", "%%") .. "127.0.0.1:" .. proxy.port
      local output = child.run(code:format(#replies), "http_proxy='" .. url .. "'")
      local _, outcomes = output:gsub("outcome", "")
      assert.are.equal(#replies, outcomes, output)
      assert.is_true(select(2, output:gsub("%*%*%*", "")) >= #replies, output)
      assert.is_nil(encodings.find(output, encodings.traces(userinfo[2])))
      assert.is_truthy(proxy:requests()[1].headers["proxy-authorization"])
    end)
  end

  it("is a secret in a URL that cannot be read, too", function()
    local output = child.run([[
      local core, signoff = require "signoff.core", require "signoff"
      local client = signoff.jde_ais { url = "http://ais.example", token = "044-token", proxy = "environment" }
      print((select(2, core.read(core.reply(core.build(client, "status"), 400, '{"message":"no hunter-4711"}')))))
    ]], "https_proxy='http://user\1:hunter-4711@[:::'")
    assert.is_truthy(output:find("no ***", 1, true), output)
  end)
end)
