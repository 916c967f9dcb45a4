-- SPDX-License-Identifier: MIT
-- Replies that contradict themselves, or leave open what they are about, prove nothing.

local core = require "signoff.core"
local fixtures = require "spec.support.fixtures"

local unpack = table.unpack or unpack
local AGVANCE = "http://schemas.datacontract.org/2004/07/AgvWebAPICSharp.Models.User"
local TARGET = { token = "044-token-4711", device = "PHONE1" }

local function em_device(inside)
  return ('<response><deviceUserResults><device name="SEP1">%s</device></deviceUserResults></response>'):format(inside)
end

local function em_user(inside)
  return ('<response><userDevicesResults><user id="ann">%s</user></userDevicesResults></response>'):format(inside)
end

local function agvance(inside)
  return ('<AgvApiUser xmlns="%s">%s</AgvApiUser>'):format(AGVANCE, inside)
end

-- system, operation, its argument, HTTP status, body; what must not be claimed follows from `check`
local silent = {
  { "cisco_em", "status", "SEP1", 200, em_device "<userID><b>john</b></userID><none/>" },
  { "cisco_em", "status", "SEP1", 200, em_device "<userID/><none/>" },
  { "cisco_em", "logout", "SEP1", 200, '<response><failure><error code="19">a</error><error code="3">b</error></failure></response>' },
  { "cisco_em", "logout", "SEP1", 200, '<response><failure><error code="19"/></failure><failure><error code="3"/></failure></response>' },
  { "cisco_em", "logout", "SEP1", 200, "<response><success/><success/></response>" },
  { "cisco_em", "logout", "SEP1", 206, "<response><success/></response>" },
  { "agvance", "logout", "K1", 200, agvance "<Count>1</Count><Status>0</Status><Status>1</Status>" },
  { "agvance", "sessions", nil, 200, agvance "<APIUsers/><APIUsers/><Status>0</Status>" },
  { "agvance", "logout", "K1", 206, '{"Status":"0","Count":"1"}' },
  { "oracle_commerce", "logout", "tok-4711", 200, '{"result":"true"}' },
  { "oracle_commerce", "status", "tok-4711", 200, '{"success":"false"}' },
  { "oracle_commerce", "logout", "tok-4711", 401, "<html>Log in</html>" },
  { "oracle_commerce", "status", "tok-4711", 401, "\n<!DOCTYPE html><html></html>" },
  { "jde_ais", "logout", TARGET, 200, "<r><status>Success</status><status>ERROR</status></r>" },
  { "jde_ais", "logout", TARGET, 200, '{"status":"Success","exception":"E","message":"Invalid Token"}' },
  { "jde_ais", "logout", TARGET, 403, "<html>Web application firewall</html>" },
  { "jde_ais", "status", TARGET, 403, "<html>Web application firewall</html>" },
  { "jde_ais", "logout", TARGET, 206, '{"status":"Success"}' },
}

describe("a reply", function()
  for index, row in ipairs(silent) do
    it(("of %s to %s claims nothing (%d)"):format(row[1], row[2], index), function()
      local call = core.build(fixtures.client(row[1]), row[2], unpack({ row[3] }, 1, row[3] and 1 or 0))
      local answer, _, code = core.read(core.reply(call, row[4], row[5]))
      if answer then
        assert.is_not_equal("accepted", answer.answer)
        assert.is_not_equal("already_out", answer.answer)
        assert.is_not_equal(false, answer.active)
        assert.is_true(#answer == 0 and answer.state ~= "free")
      else
        assert.is_string(code)
      end
    end)
  end

  it("that names a device without a name leaves the user unknown", function()
    local call = core.build(fixtures.client "cisco_em", "query_users", { "ann" })
    local row = assert(core.read(core.reply(call, 200, em_user "<deviceName><x/></deviceName><none/>")))[1]
    assert.are.equal("unknown", row.state)
    assert.is_nil(row.active)
  end)

  it("with many digits in a text is an answer", function()
    local call = core.build(fixtures.client "jde_ais", "logout", TARGET)
    local body = ('{"status":"Success","x":"\\"%s","%s":1}'):format(("7"):rep(5000), ("8"):rep(300))
    assert.are.equal("accepted", assert(core.read(core.reply(call, 200, body))).answer)
  end)

  it("of a status that HTTP does not have is unusable", function()
    for _, status in ipairs { 0, 100, 600, 999, 1000 } do
      local call = core.build(fixtures.client "jde_ais", "logout", TARGET)
      assert.are.equal("unusable", (select(3, core.read(core.reply(call, status, "")))))
    end
  end)
end)

-- Names by chance, of few letters, the same each time: an object of them, and whether one stands twice in it.
local function object_by_chance(dice)
  local seen, list, twice = {}, {}, false
  local longest = ({ 3, 12, 40 })[dice(3)]
  for i = 1, dice(63) do
    local meant, written = {}, {}
    for j = 1, dice(longest + 1) - 1 do
      meant[j] = ({ "a", "b", "0", "1" })[dice(4)]
      written[j] = dice(10) == 1 and ("\\u00%02x"):format(meant[j]:byte()) or meant[j]
    end
    local name = table.concat(meant)
    twice, seen[name] = twice or seen[name] or false, true
    list[i] = ('"%s":1'):format(table.concat(written))
  end
  return "{" .. table.concat(list, ",") .. "}", twice
end

describe("a JSON text", function()
  local function members(count, name)
    local list = {}
    for i = 1, count do
      list[i] = ('"%s":%d'):format((name or "m%d"):gsub("%%d", i), i)
    end
    return "{" .. table.concat(list, ",") .. "}"
  end

  -- a value that stands inside the reply, and whether some object in it has a member twice
  local texts = {
    { "{}", false }, { "[]", false }, { '{"a":1,"b":1}', false }, { '{"a":1,"A":1}', false }, { '{"":1,"a":1}', false },
    { '[{"a":1},{"a":1}]', false }, { '{"a":{"a":{"a":1}},"b":{"a":1}}', false }, { '{"a":"b","b":"a"}', false },
    { '{"a":"x\\",\\"a\\":1"}', false }, { '{"a":"\\\\","b":1}', false }, { '{"a\\"":1,"a":1}', false }, { '["a","a"]', false },
    { '{"a":["a","b",{"b":1}],"b":":"}', false }, { '{"a\\u0000":1,"a":1}', false }, { '{"\\ud83d\\ude00":1,"\\ud83d\\ude01":1}', false },
    { members(63), false }, { members(63, "%d%d"), false }, { members(63, ("n"):rep(7) .. "%d"), false },
    { members(63, ("n"):rep(40) .. "%d%d" .. ("n"):rep(40)), false }, { members(63, "%d\\n"), false }, { members(63, "\\u00e9%d"), false }, { ("["):rep(25) .. ("]"):rep(25), false }, { ('{"a":'):rep(25) .. "1" .. ("}"):rep(25), false },
    { '{"a":1,"a":1}', true }, { '{"a":1,"b":1,"a":2}', true }, { '{"":1,"":2}', true }, { '{"a" : 1 , "a"\n:2}', true },
    { '[[[{"a":1,"a":1}]]]', true }, { '{"a":{"b":1,"b":2}}', true }, { '{"a":[],"b":{},"a":[]}', true }, { '{"a":{"x":1},"a":{"y":1}}', true },
    { '{"a":1,"\\u0061":1}', true }, { '{"\\u0061b":1,"a\\u0062":1}', true }, { '{"a/b":1,"a\\/b":1}', true }, { '{"\\n":1,"\\u000a":1}', true },
    { '{"\\u00e9":1,"\195\169":1}', true }, { '{"\\u20ac":1,"\226\130\172":1}', true }, { '{"\\ud83d\\ude00":1,"\240\159\152\128":1}', true },
    { '{"a\\"":1,"a\\u0022":1}', true }, { ('{"a":'):rep(24) .. '{"b":1,"b":1}' .. ("}"):rep(24), true }, { members(65), true },
    { ('{"%s\\n":1,"%s\\t":1}'):format(("x"):rep(300), ("x"):rep(300)), true }, -- too long to tell
  }
  it("has a member twice where two names are equal, and only there", function()
    local state, counts = 4711, { [true] = 0, [false] = 0 }
    local function dice(sides)
      state = (state * 1103515245 + 12345) % 2147483648
      return math.floor(state / 65536) % sides + 1
    end
    for _ = 1, 2000 do
      local object, twice = object_by_chance(dice)
      local call = core.build(fixtures.client "jde_ais", "status", TARGET)
      assert.are.equal(not twice, assert(core.read(core.reply(call, 200, ('{"isValidSession":false,"x":%s}'):format(object)))).whole, object)
      counts[twice] = counts[twice] + 1
    end
    assert.is_true(counts[true] > 200 and counts[false] > 200)
  end)

  for index, row in ipairs(texts) do
    it(("%s a member twice (%d)"):format(row[2] and "has" or "has not", index), function()
      local call = core.build(fixtures.client "jde_ais", "status", TARGET)
      local answer = assert(core.read(core.reply(call, 200, ('{"isValidSession":false,"x":%s}'):format(row[1]))))
      assert.are.equal(not row[2], answer.whole, answer.doubt)
      assert.are.equal(row[2] and "has a member twice, or more members than any answer" or nil, answer.doubt)
    end)
  end
end)

describe("a list of sessions", function()
  local peer = require "spec.support.peer"
  after_each(peer.stop_all)

  it("that has nearly this key does not tell whether it is absent", function()
    local body = '{"Status":"0","Count":"1","APIUsers":[{"UseriD":"ann","SessionLogKey":"ABC-DEF"}]}'
    local server = peer.start { peer.always(peer.reply("200 OK", body)) }
    local client = fixtures.client("agvance", { url = server.url })
    assert.is_true(client:status("ABC-DEF").active)
    for _, key in ipairs { "abc-def", " ABC-DEF " } do
      assert.is_nil(assert(client:status(key)).active)
    end
    assert.is_false(client:status("ABC").active)
  end)

  it("that has our own session without its key lets nothing be logged off", function()
    local body = '{"Status":"0","Count":"1","APIUsers":[{"UseriD":"ann","SessionID":"ours-4711","SessionLogKey":null}]}'
    local server = peer.start { peer.always(peer.reply("200 OK", body)) }
    local client = fixtures.client("agvance", { url = server.url, session_id = "ours-4711" })
    local answer, _, code, detail = client:logout "K1"
    assert.are.same({ nil, "unusable", false }, { answer, code, detail.sent })
  end)
end)

describe("a reply on the wire", function()
  local peer = require "spec.support.peer"
  after_each(peer.stop_all)

  it("that ends inside its headers is unusable", function()
    for _, head in ipairs { "HTTP/1.1 444 Invalid\r\nConte", "HTTP/1.1 444 Invalid\r\nContent-Length: 0\r\n", "HTTP/1.1 200 OK\r\n" } do
      local server = peer.start { { "request", { send = head }, "close" } }
      local client = fixtures.client("jde_ais", { url = server.url })
      local answer, _, code, detail = client:logout(TARGET)
      assert.are.same({ nil, "unusable", true }, { answer, code, detail.sent })
    end
  end)
end)

describe("a token that was seen alive with one device", function()
  local peer = require "spec.support.peer"
  after_each(peer.stop_all)

  it("proves nothing when it is refused with another", function()
    local alive = peer.reply("200 OK", '{"isValidSession":true}', { Connection = "close" })
    local refused = peer.reply("444 Invalid", '{"message":"Invalid Token","exception":"Exception"}')
    local server = peer.start { { "request", { send = alive }, "close" }, peer.always(refused) }
    local client = fixtures.client("jde_ais", { url = server.url })
    assert.is_true(client:status(TARGET).active)
    local result = client:signout({ token = TARGET.token, device = "OTHER" }, { settle = 0, deadline = 1 })
    assert.are.equal("unknown", result.verdict)
  end)
end)
