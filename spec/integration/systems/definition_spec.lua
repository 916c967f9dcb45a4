-- SPDX-License-Identifier: MIT
-- Definitions of systems in Lua, and what their functions give: every fault is named, with the system and the member or operation.

local core = require "signoff.core"
local signoff = require "signoff"

local unpack = table.unpack or unpack -- luacheck: ignore 143

local made = 0

-- A definition that is right, under a name that no other has.
local function right(more)
  made = made + 1
  local definition = {
    name = "site" .. made, title = "A site's own", default_path = "api", target = "text", by_hand = "end it there",
    operations = {
      kick = { build = function(_, target) return { method = "DELETE", path = { "sessions", target } } end,
        read = function(reply) return { answer = reply.body.done and "accepted" or "undecided" } end, changes = true },
      who = { build = function() return { path = "sessions" } end, read = function(reply) return reply.body end },
      me = { build = function() return { path = "me" } end, read = function() return {} end, target = false },
    },
    list = { operation = "who", key = "id", user = "user" },
  }
  for name, value in pairs(more or {}) do
    definition[name] = value
  end
  return definition
end

-- Puts a value at a place such as "operations.kick.build".
local function put(definition, place, value)
  local at, last = definition, nil
  for part in place:gmatch "[^.]+" do
    at, last = last and (at[last] or {}) or at, tonumber(part) or part
  end
  at[last] = value
end

local function refusal(definition)
  local fine, message = pcall(signoff.system, definition)
  return not fine and message or nil
end

local NONE = {} -- the member is taken away

local function nothing() end

-- The place of a member, what stands there, and how the message ends.
local wrong = {
  { "name", NONE, "'name' is missing" }, { "name", 4, "'name' must be a name: letters, digits and '_', 40 at most, not number" },
  { "name", "", "'name' must be a name" }, { "name", "a b", "'name' must be a name" }, { "name", ("a"):rep(41), "'name' must be a name" },
  { "name", "Mail", "'name' must be in small letters" }, { "name", "a\nb", "'name' must be a name" },
  { "name", "../../x", "'name' must be a name" }, { "name", "_x", "'name' must be a name" },
  { "title", NONE, "'title' is missing" }, { "title", "", "'title' must be a text with something in it, not ''" },
  { "title", {}, "'title' must be a text with something in it, not table" }, { "default_path", 3, "'default_path' must be a text" },
  { "default_path", "a\0b", "'default_path' must be a text" }, { "by_hand", NONE, "'by_hand' is missing" },
  { "by_hand", " ", "'by_hand' must be a text with something in it" }, { "color", 1, "unknown member 'color'; known are accepts, by_hand" },
  { "options", "x", "'options' must be a table, not 'x'" }, { "options", { 1 }, "'options' must be a list of tables, and holds a number" },
  { "options", { key = {} }, "'options' must be a list of tables, and has a member 'key'" },
  { "options", { {} }, "row 1 of 'options': 'name' is missing" },
  { "options", { { name = "a", type = "text" } }, "row 1 of 'options': 'type' is 'text': none of string, number, boolean, list" },
  { "options", { { name = "a", secret = "yes" } }, "row 1 of 'options': 'secret' must be true or false, not 'yes'" },
  { "options", { { name = "a", required = 1 } }, "row 1 of 'options': 'required' must be true or false" },
  { "options", { { name = "a", typ = "string" } }, "row 1 of 'options': unknown member 'typ'" },
  { "options", { { name = "a" }, { name = "a" } }, "option 'a' is there twice" },
  { "options", { { name = "url" } }, "option 'url' is one that all clients have" },
  { "options", { { name = "log" } }, "option 'log' is one that all clients have" },
  { "options", { { name = "headers" } }, "option 'headers' is one that all clients have" },
  { "options", { { name = "close" } }, "option 'close' has the name of a method" },
  { "options", { { name = "signout" } }, "option 'signout' has the name of a method" },
  { "options", { { name = "kick" } }, "option 'kick' has the name of a method" },
  { "options", { { name = "n", type = "number", secret = true } }, "option 'n' is a secret, and must be a string" },
  { "options", { { name = "n", type = "number", fallback = "3" } }, "option 'n': 'fallback' must be a number" },
  { "target", NONE, "'target' is missing" }, { "target", 3, "'target' must be \"text\", \"token\" or a table, not number" },
  { "target", "user", "'target' is 'user': neither \"text\" nor \"token\"" }, { "target", {}, "'members' is missing" },
  { "target", { members = {} }, "'target.members' is empty" },
  { "target", { members = { { name = "a" }, { name = "b" } } }, "'target.read' is missing" },
  { "target", { members = { { name = "a" }, { name = "b" } }, read = nothing }, "'target.write' is missing" },
  { "target", { members = { { name = "a", secret = true } } }, "the first one is a secret, and must be called 'token', not 'a'" },
  { "target", { members = { { name = "a" }, { name = "a" } }, read = nothing, write = nothing }, "'target.members' has 'a' twice" },
  { "target", { members = { { name = "a" }, { name = "b", secret = true } }, read = nothing, write = nothing },
    "'b' is a secret behind the first member, and no route" },
  { "target", { members = { { name = "a" } }, reads = nothing }, "unknown member 'reads'" },
  { "target", { members = { { name = "a" } }, read = nothing }, "'target.read' and 'target.write' are for targets of several members" },
  { "statuses", 1, "'statuses' must be a table" }, { "statuses", { [200] = { code = "busy" } }, "'statuses' must be tables by the HTTP status" },
  { "statuses", { [404] = "busy" }, "'statuses' must be tables" }, { "statuses", { [404] = {} }, "'statuses', 404: 'code' is missing" },
  { "statuses", { [404] = { code = "gone" } }, "'statuses', 404: 'code' is 'gone', which is none that a reply may mean" },
  { "operations", NONE, "'operations' is missing" }, { "operations", "x", "'operations' must be a table" },
  { "operations", {}, "no operation has 'changes': none signs anybody out" },
  { "operations.kick", 7, "operation 'kick' must be a table, not number" },
  { "operations.Kick", {}, "'operations' has a member whose name is none" }, { "operations.7", {}, "'operations' has a member whose name is none" },
  { "operations.close", {}, "operation 'close' has the name of a method that all clients have" },
  { "operations.verify", {}, "operation 'verify' has the name of a method that all clients have" },
  { "operations.kick.build", NONE, "operation 'kick': 'build' is missing" },
  { "operations.kick.build", "x", "operation 'kick': 'build' must be a function, not 'x'" },
  { "operations.who.read", NONE, "operation 'who': 'read' is missing" },
  { "operations.kick.changes", "yes", "operation 'kick': 'changes' must be true or false, not 'yes'" },
  { "operations.kick.changes", NONE, "no operation has 'changes'" }, { "operations.me.changes", true, "'signs_out' is missing: both 'kick' and 'me' change something" },
  { "operations.kick.repeatable", 1, "operation 'kick': 'repeatable' must be true or false" },
  { "operations.kick.retry", "often", "operation 'kick': 'retry' is 'often': none of no, once, paced" },
  { "operations.me.evidence", "proof", "operation 'me': 'evidence' is 'proof': none of session, token, occupant, setting" },
  { "operations.kick.evidence", "session", "operation 'kick' changes something, and is no evidence" },
  { "operations.me.evidence", "session", "operation 'me' has evidence \"session\", and 'list' does not name it" },
  { "operations.me.evidence", "occupant", "no operation is called 'status'" },
  { "operations.kick.batch_max", 0, "operation 'kick': 'batch_max' must be a whole number from 1" },
  { "operations.kick.batch_max", 2.5, "operation 'kick': 'batch_max' must be a whole number from 1" },
  { "operations.kick.batch_max", 1001, "operation 'kick': 'batch_max' is at most 1000" },
  { "operations.kick.speed", 1, "operation 'kick': unknown member 'speed'" },
  { "operations.status", { build = nothing, read = nothing }, "operation 'status' follows from 'list'" },
  { "signs_out", "go", "'signs_out' is 'go', which is no operation that changes anything" },
  { "signs_out", "who", "'signs_out' is 'who', which is no operation that changes anything" },
  { "codes", 1, "'codes' must be a table" }, { "codes", { [true] = {} }, "'codes' must be tables by the vendor's code" },
  { "codes", { [7] = "x" }, "'codes' must be tables by the vendor's code" }, { "codes", { [7] = { code = "busy" } }, "'codes', 7: 'wording' is missing" },
  { "codes", { [7] = { wording = "x" } }, "'codes', 7: one of 'code' and 'answer' must be there" },
  { "codes", { [7] = { wording = "x", code = "gone" } }, "'codes', 7: 'code' is 'gone', which is none that a reply may mean" },
  { "codes", { [7] = { wording = "x", answer = "yes" } }, "'codes', 7: 'answer' is 'yes': none of accepted" },
  { "codes", { [7] = { wording = "x", code = "busy", scope = "all" } }, "'codes', 7: 'scope' is 'all': none of client, target" },
  { "codes", { [7] = { wording = "x", code = "busy", retriable = 1 } }, "'codes', 7: 'retriable' must be true or false" },
  { "limits", 8, "'limits' must be a table" }, { "limits", { concurrency = 0 }, "'limits': 'concurrency' must be a whole number from 1" },
  { "limits", { per_minute = -1 }, "'limits': 'per_minute' must be a number above 0" }, { "limits", { a = 1 }, "'limits': unknown member 'a'" },
  { "list", 1, "'list' must be a table" }, { "list", {}, "'list': 'key' is missing" },
  { "list", { operation = "nobody", key = "id" }, "'list.operation' is 'nobody', which is no operation here" },
  { "list", { operation = "kick", key = "id" }, "'list.operation' is 'kick', which changes something" },
  { "list", { operation = "who", key = "id", own = { option = "x", member = "y" } }, "'list.own.option' is 'x', which is no option here" },
  { "list", { operation = "who", key = "id", own = {} }, "'list.own': 'member' is missing" },
  { "list", NONE, "'doctor' is missing: which operation shows that the credentials work" },
  { "resolve", 1, "'resolve' must be a table" }, { "resolve", { operation = "me" }, "'resolve.operation' is not for a system with a 'list'" },
  { "resolve", { target_at = 1 }, "'resolve': 'target_at' must be a function" }, { "resolve", { optional = "" }, "'resolve': 'optional' must be a text" },
  { "doctor", 1, "'doctor' must be a table" }, { "doctor", { operation = "me" }, "'doctor': 'shows' is missing" },
  { "doctor", { operation = "nobody", shows = "x" }, "'doctor.operation' is 'nobody', which is no operation here" },
  { "doctor", { operation = "kick", shows = "x" }, "'doctor.operation' is 'kick', which changes something" },
  { "doctor", { operation = "me", shows = "x", remark = "y" }, "'doctor': 'remark' must be a function" },
  { "words", { data = "x" }, "'words': 'data' must be a list of texts" }, { "words", { errors = { 1 } }, "'words': 'errors' must be a list of texts" },
  { "accepts", {}, "'accepts' must be a list of media types" }, { "accepts", { "a\nb" }, "'accepts' must be" },
  { "accepts", { "text/plain" }, "'accepts' must be" }, { "names", "loose", "'names' is 'loose'" },
  { "targets", "loose", "'targets' is 'loose'" },
  { "sticky", 1, "'sticky' must be true or false" }, { "renewable", "no", "'renewable' must be true or false" },
}

describe("a definition is refused:", function()
  for _, row in ipairs(wrong) do
    it(("%s, %s"):format(row[1], row[3]), function()
      local definition = right()
      put(definition, row[1], row[2] ~= NONE and row[2] or nil)
      local message = assert(refusal(definition))
      assert.is_truthy(message:find(row[3], 1, true), message)
      assert.is_truthy(message:find("^spec/integration/systems/definition_spec.lua:%d+: signoff.system: "), message)
      if type(definition.name) == "string" and #definition.name < 40 and not definition.name:find "[%c]" then
        assert.is_truthy(message:find("'" .. definition.name .. "'", 1, true), message)
      end
      assert.is_nil(core.facts[definition.name or ""])
    end)
  end

  it("what is no table", function()
    for _, value in ipairs { 1, "x", print, false } do
      assert.is_truthy(refusal(value):find("a definition is a table, not", 1, true))
    end
    assert.is_truthy(refusal(nil):find("a definition is a table, not nil", 1, true))
  end)

  it("a name that another system has", function()
    assert.is_nil(refusal(right { name = "taken_once" }))
    for _, name in ipairs { "taken_once", "jde_ais", "cisco_em", "isymphony", "agvance", "oracle_commerce" } do
      assert.is_truthy(refusal(right { name = name }):find("there is a system of that name already", 1, true))
    end
  end)

  it("and stays as it was made, whatever becomes of its tables", function()
    local definition = right { words = { data = { ("data"):rep(20) } }, options = { { name = "mode", choices = { ("choice"):rep(20) } } } }
    local new = signoff.system(definition)
    local client = new { url = "http://127.0.0.1:1" }
    definition.words.data[1], definition.options[1].choices[1], definition.operations.kick, definition.list.key = nil, nil, nil, "other"
    for i = 1, 3 do
      collectgarbage()
      local _ = { ("y"):rep(80) .. i, ("z"):rep(120) .. i }
    end
    assert.are.equal("DELETE", core.request((core.build(client, "kick", "T1"))).method)
    local _, message = pcall(new, { url = "http://127.0.0.1:1", mode = "none" })
    assert.is_truthy(message:find("none of " .. ("choice"):rep(20), 1, true), message)
  end)

  it("and is taken when it is right", function()
    assert.is_nil(refusal(right()))
    assert.is_truthy(core.facts["site" .. made])
  end)
end)

-- Functions `build`, and how the message about them ends.
local function raise() error("broken here") end

local built = {
  { raise, "its 'build' failed: ", "broken here" }, { function() error({}) end, "its 'build' failed: an error that is no text" },
  { function() return nil, "no such domain" end, ".kick: no such domain" }, { coroutine.yield, "its 'build' failed: ", "attempt to yield", "(it cannot wait)" },
  { function() return signoff.jde_ais { url = "http://127.0.0.1:1" }:status { token = "t" } end, "functions of a system in Lua cannot make calls" },
  { function() end, "its 'build' must return a table, not nil" }, { function() return "GET /" end, "its 'build' must return a table, not string" },
  { function() return { verb = "GET" } end, "its 'build' gave an unknown member 'verb'" },
  { function() return { method = "get" } end, "a 'method' that is none of GET, POST, PUT, DELETE, PATCH" },
  { function() return { method = "TRACE" } end, "a 'method' that is none of GET" }, { function() return { method = 1 } end, "'method' as a number" },
  { function() return { path = 1 } end, "'path' as a number" }, { function() return { path = { {} } } end, "a 'path' with a segment that is no text" },
  { function() return { path = { "a", "" } } end, "a 'path' with a segment that is no text, or empty" },
  { function() return { path = "../admin" } end, "'path' that holds a '.' or '..' segment" },
  { function() return { path = "a/%2e%2e/b" } end, "'path' that holds a '.' or '..' segment" },
  { function() return { path = { "a", ".." } } end, "'path' that holds a '.' or '..' segment" },
  { function() return { path = "a?b=c" } end, "'path' that holds a character that a URL's path has not" },
  { function() return { path = "a#b" } end, "'path' that holds a character" }, { function() return { path = "a\r\nb" } end, "'path' that holds a character" },
  { function() return { path = "a\0b" } end, "'path' that holds a NUL byte" }, { function() return { path = "%zz" } end, "'path' that holds a '%'" },
  { function() return { path = "http://other.example/x" } end, "a 'path' that is a whole URL" },
  { function() return { path = "//other.example/x" } end, "a 'path' that is a whole URL" },
  { function() return { path = ("a"):rep(2000) } end, "'path' that is longer than" },
  { function() return { query = "a=b" } end, "'query' as a string" }, { function() return { query = { a = {} } } end, "'query' with a member that is no name and text" },
  { function() return { query = { "a" } } end, "'query' with a member that is no name" },
  { function() return { query = { a = ("b"):rep(9000) } } end, "'query' that is longer than the 8,000 bytes" },
  { function() return { headers = "X: y" } end, "'headers' as a string" }, { function() return { headers = { "x" } } end, "'headers' with a name that is no text" },
  { function() return { headers = { ["X-A"] = "b\r\nX-C: d" } } end, "'X-A' holds a line break" },
  { function() return { headers = { ["X-A"] = "b\0" } } end, "'X-A' holds a NUL byte" }, { function() return { headers = { ["X A"] = "b" } } end, "a name is no header's name" },
  { function() return { headers = { ["X\r\nA"] = "b" } } end, "a name is no header's name" },
  { function() return { headers = { ["X-A"] = 1 } } end, "'X-A' must be a string or a secret, not number" },
  { function() return { headers = { ["X-A"] = " b" } } end, "'X-A' begins or ends with a blank" },
  { function() return { headers = { Host = "x" } } end, "'Host' is set by the module itself" },
  { function() return { headers = { ["content-LENGTH"] = "1" } } end, "is set by the module itself" },
  { function() return { headers = { ["X-Own"] = "1" } } end, "which the client's option 'headers' has as well" },
  { function() return { headers = { Cookie = "a=b; c" } } end, "'Cookie' that" },
  { function() return { json = {}, form = {} } end, "two bodies, 'form' and 'json'" }, { function() return { method = "GET", json = {} } end, "a body with the method GET" },
  { function() return { method = "POST", json = print } end, "json.encode: " }, { function() return { xml = 1 } end, "'xml' as a number" },
  { function() return { form = { a = print } } end, "'form' with a member" }, { function() return { body = {} } end, "'body' as a table" },
  { function() return { content_type = "text/plain" } end, "a 'content_type' without a body" },
  { function() return { body = "x", content_type = "a\nb" } end, "'content_type' that holds a line break" },
  { function() return { username = "u" } end, "one of 'username' and 'password' without the other" },
  { function() return { username = "a:b", password = "c" } end, "'username' that holds a colon" },
}

local function client_with(operation, options)
  local definition = right { options = { { name = "key", secret = true } } }
  for name, value in pairs(operation) do
    definition.operations.kick[name] = value
  end
  local merged = { url = "http://127.0.0.1:1", key = "secret-4711", headers = { ["X-Own"] = "2" } }
  for name, value in pairs(options or {}) do
    merged[name] = value
  end
  return signoff.system(definition)(merged), definition.name
end

describe("a 'build' is refused:", function()
  for _, row in ipairs(built) do
    it(row[2] .. (row[3] or ""), function()
      local client, name = client_with { build = row[1] }
      local fine, message = pcall(client.kick, client, "T1")
      assert.is_false(fine)
      for i = 2, #row do
        assert.is_truthy(message:find(row[i], 1, true), message)
      end
      assert.is_truthy(message:find(name .. ".kick: ", 1, true), message)
    end)
  end

  it("whose error tells a secret, without it", function()
    local client = client_with { build = function(view) error("wrong key " .. view.options.key) end }
    local _, message = pcall(client.kick, client, "T1")
    assert.is_truthy(message:find("wrong key %*%*%*"), message)
    assert.is_nil(message:find("secret-4711", 1, true))
  end)

  it("that takes all of the time, before anything is sent", function()
    local client = client_with { build = function()
      local ends = core.now() + 0.05
      while core.now() < ends do end
      return {}
    end }
    local _, message, code, detail = client:kick("T1", { deadline = 0.01 })
    assert.are.equal("timeout", code)
    assert.is_truthy(message:find("before its request was built", 1, true))
    assert.is_false(detail.sent)
  end)
end)

-- The request that a `build` makes.
local requests = {
  { function() return {} end, { method = "GET", url = "/api" } },
  { function() return { path = "/a/b" } end, { url = "/api/a/b" } }, { function() return { path = { "a b", "c/d", "ü" } } end, { url = "/api/a%20b/c%2Fd/%C3%BC" } },
  { function() return { path = "x", query = { b = "1&2", a = true, c = 3 } } end, { url = "/api/x?a=true&b=1%262&c=3" } },
  { function() return { query = {} } end, { url = "/api" } }, { function() return { json = { a = { 1, 2 } } } end, { method = "POST", body = '{"a":[1,2]}' } },
  { function() return { method = "PUT", xml = "<a/>" } end, { method = "PUT", body = "<a/>", type = "application/xml" } },
  { function() return { form = { b = "x y", a = "ü" } } end, { body = "a=%C3%BC&b=x%20y", type = "application/x-www-form-urlencoded" } },
  { function() return { body = "\1\0\2", content_type = "text/x" } end, { body = "\1\0\2", type = "text/x" } },
  { function() return { method = "PATCH", json = "x" } end, { method = "PATCH", body = '"x"', type = "application/json" } },
  { function(view, target) return { username = target, password = view.options.key } end, { username = "T1", password = "secret-4711" } },
}

describe("a 'build' makes", function()
  for i, row in ipairs(requests) do
    it("request " .. i, function()
      local client = client_with { build = row[1] }
      local request = core.request((core.build(client, "kick", "T1")))
      request.url, request.type = request.url:gsub("^http://127.0.0.1:1", ""), request.headers["Content-Type"]
      for name, value in pairs(row[2]) do
        assert.are.equal(value, request[name])
      end
    end)
  end
end)

-- Functions `read`, and how the message about them ends.
local function gave(...)
  local values, count = { ... }, select("#", ...)
  return function() return unpack(values, 1, count) end
end

local OBJECT = '{"done":true}'

local reads = {
  { raise, "its 'read' failed: ", "broken here" }, { coroutine.yield, "its 'read' failed: ", "attempt to yield", "(it cannot wait)" },
  { function() return signoff.jde_ais { url = "http://127.0.0.1:1" }:status { token = "t" } end, "functions of a system in Lua cannot make calls" },
  { gave "accepted", "its 'read' must return a table, or nil and a code, not a string" }, { gave(true), "not a boolean" }, { gave(7), "not a number" },
  { gave(false), "not a boolean" }, { gave { answer = "yes" }, "gave 'yes' as 'answer', which is none of accepted, already_out, undecided" },
  { gave { answer = true }, "gave 'answer' as a boolean, where a string must stand" }, { gave { own_words = 1 }, "gave 'own_words' as a number" },
  { gave { doubt = true }, "gave 'doubt' as a boolean" }, { gave { vendor_code = {} }, "gave 'vendor_code' as a table" },
  { gave { vendor_message = 1 }, "gave 'vendor_message' as a number" }, { gave { state = {} }, "gave 'state' as a table" },
  { gave { devices = "" }, "gave 'devices' as a string" }, { gave { count = "1" }, "gave 'count' as a string" },
  { gave(setmetatable({ answer = "accepted" }, {})), "gave a table with a metatable" },
  { gave(nil, "gone"), "gave 'gone' as a code, which is none that a reply may mean" }, { gave(nil, 26), "gave '26' as a code" },
  { gave(nil, "timeout"), "gave 'timeout' as a code" }, { gave(nil, "busy", 1), "gave a number behind the code, where a table must stand" },
  { gave(nil, "busy", { scope = "all" }), "gave 'all' as 'scope'" }, { gave(nil, "busy", { retriable = 1 }), "gave 'retriable' as a number" },
  { gave(nil, "busy", { message = {} }), "gave 'message' as a table" },
}

local function reply(client, operation, status, body, ...)
  local call = core.build(client, operation, ...)
  core.reply(call, status, body)
  return core.read(call)
end

describe("a 'read' is refused:", function()
  for _, row in ipairs(reads) do
    it(row[2] .. (row[3] or ""), function()
      local client, name = client_with { read = row[1] }
      local _, message, code, detail = reply(client, "kick", 200, OBJECT, "T1")
      assert.are.equal("unusable", code)
      assert.is_true(detail.sent) -- it may have acted
      for i = 2, #row do
        assert.is_truthy(message:find(row[i], 1, true), message)
      end
      assert.is_truthy(message:find(name .. ".kick: ", 1, true), message)
    end)
  end

  it("that takes all of the time, and what it says with it", function()
    local client = client_with { read = function()
      local ends = core.now() + 0.05
      while core.now() < ends do end
      return { answer = "accepted" }
    end }
    local _, message, code, detail = reply(client, "kick", 200, OBJECT, "T1", { timeout = 0.01 })
    assert.are.same({ "timeout", true }, { code, detail.sent })
    assert.is_truthy(message:find("before its reply was read", 1, true), message)
  end)

  it("whose error tells a secret, without it", function()
    local client = client_with { read = function() error "the key was secret-4711" end }
    local _, message = reply(client, "kick", 200, OBJECT, "T1")
    assert.is_truthy(message:find("the key was %*%*%*"), message)
  end)
end)

-- The answer of a change: HTTP status, body, what `read` gives, and what it becomes.
local changes = {
  { 200, OBJECT, gave { answer = "accepted" }, { answer = "accepted", whole = true, own_words = false } },
  { 200, OBJECT, gave { answer = "accepted", own_words = true, more = 7 }, { answer = "accepted", own_words = true, more = 7 } },
  { 200, OBJECT, gave {}, { answer = "undecided" } }, { 200, OBJECT, gave { answer = "undecided" }, { answer = "undecided" } },
  { 200, OBJECT, gave { answer = "accepted", whole = true, doubt = "is odd" }, { answer = "undecided", whole = false, doubt = "is odd" } },
  { 200, '{"done":true,"error":"no"}', gave { answer = "accepted", whole = true }, { answer = "undecided", whole = false } },
  { 200, '{"done":true,"success":false}', gave { answer = "accepted" }, { answer = "undecided" } },
  { 200, '{"done":false,"done":true}', gave { answer = "accepted" }, { answer = "undecided", whole = false } },
  { 204, "", gave { answer = "accepted" }, { answer = "accepted", http_status = 204, own_words = false } },
  { 204, "", gave { answer = "accepted", own_words = true }, { own_words = false } }, -- an empty body has no words
  { 444, '{"code":7}', gave { answer = "already_out", own_words = true }, { answer = "already_out", own_words = true } },
  { 404, '{"code":7}', gave { answer = "already_out", own_words = true, doubt = "may be another's" }, { answer = "undecided" } },
  { 200, '{"error":"none","code":7}', gave { answer = "already_out", own_words = true }, { answer = "already_out", own_words = true } },
  { 200, '{"error":"none","code":7}', gave { answer = "already_out" }, { answer = "undecided" } },
  { 203, '{"code":7}', gave { answer = "already_out", own_words = true }, { answer = "undecided" } },
  { 404, '{"code":7,"code":7}', gave { answer = "already_out", own_words = true }, { answer = "undecided" } },
  { 409, '{"code":7}', gave(nil, nil, { vendor_code = 7 }), { answer = "already_out", vendor_code = 7, own_words = true } },
  { 409, '{"code":8}', gave(nil, nil, { vendor_code = 8, vendor_message = "later" }), nil,
    { code = "busy", retriable = true, vendor_code = 8, vendor_message = "later", own_words = true, scope = nil } },
  { 200, OBJECT, gave(nil, nil, { vendor_code = "E9" }), nil, { code = "denied", scope = "client", retriable = false, vendor_code = "E9" } },
  { 200, OBJECT, gave(nil, "rejected", { vendor_code = "E9", scope = "target" }), nil, { code = "rejected", scope = "target" } },
  { 200, OBJECT, gave(nil, "busy", "not now"), nil, { code = "busy", retriable = true, sent = true } },
  { 200, OBJECT, gave(nil, "server"), nil, { code = "server", retriable = false } }, { 200, OBJECT, gave(), nil, { code = "unusable" } },
  { 200, OBJECT, gave(nil), nil, { code = "unusable" } }, { 503, OBJECT, gave(), nil, { code = "busy", retriable = true, scope = nil } },
  { 404, OBJECT, gave(), nil, { code = "not_found", scope = "client" } }, { 403, OBJECT, gave(), nil, { code = "denied", own_words = false } },
  { 200, OBJECT, gave { answer = "accepted", vendor_code = 1e300 }, { vendor_code = 1e300 } },
  { 200, OBJECT, gave { answer = "accepted", vendor_code = 2.5 }, { vendor_code = 2.5 } },
  { 401, OBJECT, gave(nil, nil, { own_words = true }), nil, { code = "denied", scope = "client", own_words = true } },
}

-- Replies that no script sees, and the code of their failure.
local hidden = {
  { 302, OBJECT, "rejected" }, { 304, "", "rejected" }, { 206, OBJECT, "unusable" }, { 407, OBJECT, "denied" }, { 500, "", "server" },
  { 404, "", "not_found" }, { 403, "<html>no</html>", "denied" }, { 503, "[1]", "busy" }, { 500, "null", "server" }, { 502, "<a/>", "server" },
  { 200, "<html><body>Welcome</body></html>", "unusable" }, { 200, "Welcome", "unusable" }, { 200, '{"done":', "unusable" },
  { 200, "<a><b></a>", "unusable" }, { 200, "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "unusable" },
  { 200, ("["):rep(40) .. ("]"):rep(40), "unusable" }, { 200, '{"a":1e999}', "unusable" }, { 200, "[" .. ("1,"):rep(40000) .. "1]", "unusable" },
  { 400, "<html/>", "rejected" }, { 500, '{"a":' .. ('"b'):rep(40000), "server" },
}

describe("a place that nobody is at", function()
  local function status_of(words)
    local definition = right { words = words }
    definition.list = nil
    definition.doctor = { operation = "me", shows = "it" }
    definition.operations.who = nil
    definition.operations.status = { evidence = "occupant", build = function() return {} end,
      read = function(given) return { active = given.body.user ~= nil, user = given.body.user } end }
    return definition
  end

  it("needs to know what else a reply may say", function()
    assert.is_truthy(refusal(status_of(nil)):find("'words.known' is missing", 1, true))
    local client = signoff.system(status_of { known = { "user", "name" } }) { url = "http://127.0.0.1:1" }
    local found = assert(reply(client, "status", 200, '{"name":"P1","deep":[{"seat":"ana","count":3}]}', "P1"))
    table.sort(found.others, function(a, b) return a.name < b.name end)
    assert.are.same({ false, "free", { { name = "count", text = "3" }, { name = "seat", text = "ana" } } }, { found.active, found.state,
      { { name = found.others[1].name, text = found.others[1].text:sub(1, 1) }, found.others[2] } })
    found = assert(reply(client, "status", 200, '{"user":"ana"}', "P1"))
    assert.are.same({ true, "logged_in", "ana" }, { found.active, found.state, found.user })
    found = assert(reply(client, "status", 200, '{"user":"ana","user":"ben"}', "P1"))
    assert.are.same({ true, false }, { found.active, found.whole })
    assert.is_nil(found.user)
  end)

  it("is none where the answer names somebody", function()
    local definition = status_of { known = { "user" } }
    definition.operations.status.read = function(given) return { active = false, user = given.body.user } end
    local found = assert(reply(signoff.system(definition) { url = "http://127.0.0.1:1" }, "status", 200, '{"user":"ana"}', "P1"))
    assert.are.same({ false, "names somebody where nobody is" }, { found.whole, found.doubt })
    assert.is_nil(found.active)
  end)
end)

local codes = {
  [7] = { answer = "already_out", wording = "no such session" }, [8] = { code = "busy", wording = "come back" },
  E9 = { code = "denied", wording = "no licence" },
}

describe("a 'read' of a change", function()
  for i, row in ipairs(changes) do
    it(("is taken as it is allowed to be, row %d"):format(i), function()
      local definition = right { codes = codes }
      definition.operations.kick.read = row[3]
      local client = signoff.system(definition) { url = "http://127.0.0.1:1" }
      local answer, message, code, detail = reply(client, "kick", row[1], row[2], "T1")
      local found = row[4] and assert(answer, message) or detail
      for name, value in pairs(row[4] or row[5]) do
        assert.are.equal(value, found[name], name)
      end
      assert.are.equal(row[5] and row[5].code, code)
    end)
  end

  for i, row in ipairs(hidden) do
    it(("sees no reply that is none of the system's, row %d"):format(i), function()
      local calls = 0
      local client = client_with { read = function() calls = calls + 1 return { answer = "accepted" } end }
      local answer, _, code = reply(client, "kick", row[1], row[2], "T1")
      assert.is_nil(answer)
      assert.are.equal(row[3], code)
      assert.are.equal(0, calls)
    end)
  end

  it("sees XML as 'fields' has it, and JSON as lua-cjson decodes it", function()
    local seen
    local client = client_with { read = function(given, target) seen = { given, target } return {} end }
    assert(reply(client, "kick", 200, "<a><b>1</b><c><d>x</d><d/></c></a>", "T1"))
    assert.are.same({ { status = 200, format = "xml", body = { b = "1", c = { d = { "x", "" } } } }, "T1" }, seen)
    assert(reply(client, "kick", 200, '{"b":[1,null],"c":{"d":"x"}}', "T1"))
    assert.are.same({ { status = 200, format = "json", body = { b = { 1, core.json_null }, c = { d = "x" } } }, "T1" }, seen)
    local definition = right { words = { attributes = { "id", "b" } } }
    definition.operations.kick.read = function(given) seen = given.body return {} end
    assert(reply(signoff.system(definition) { url = "http://127.0.0.1:1" }, "kick", 200,
      '<a id="1" x="2"><b id="3">c</b><d id="4"/><e x="5">f</e><g b="6"><b>7</b></g></a>', "T1"))
    assert.are.same({ id = "1", b = { id = "3", text = "c" }, d = { id = "4", text = "" }, e = "f", g = { b = "7" } }, seen)
    assert(reply(client, "kick", 204, "", "T1"))
    assert.are.same({ { status = 204, format = "none", body = {} }, "T1" }, seen)
  end)
end)

-- Rows of a list as `read` gives them, and what is known of them.
local lists = {
  { { { id = "A", user = "ana" }, { id = "B", user = "ben" } }, { whole = true } }, { {}, { whole = true } },
  { { "A" }, nil, "gave a list whose item 1 is no plain table" }, { { { id = "A", user = "ana" }, 7 }, nil, "whose item 2 is no plain table" },
  { { setmetatable({ id = "A" }, {}) }, nil, "whose item 1 is no plain table" },
  { { sessions = { { id = "A", user = "ana" } } }, nil, "gave a list with a member 'sessions', where only rows must stand" },
  { { { id = "A", user = "ana" }, count = 2 }, nil, "a member 'count'" }, { { id = "A", user = "ana" }, nil, "gave a list with a member" },
  { { [2] = { id = "B", user = "ben" } }, nil, "a list with a hole in it" }, { { [0] = { id = "A", user = "ana" } }, nil, "a hole" },
  { { [0] = {}, { id = "A", user = "ana" }, [3] = { id = "B", user = "ben" } }, nil, "a hole" }, { { [1.5] = {} }, nil, "a hole" },
  { { { id = "A", user = "ana" }, own_words = true, vendor_code = 1, vendor_message = "fine" }, { whole = true } },
  { { { user = "ana" } }, { doubt_key = "has a row whose 'id' is missing" } }, { { { id = 7, user = "ana" } }, { doubt_key = "has a row whose 'id' is no text" } },
  { { { id = " \194\160", user = "ana" } }, { doubt_key = "has a row whose 'id' is blank" } },
  { { { id = "A" } }, { doubt_user = "has a row whose 'user' is missing" } }, { { { id = "A", user = {} } }, { doubt_user = "has a row whose 'user' is no text" } },
}

-- HTTP statuses with which the system's own words refuse a token, or do not.
local refusals = { { 200, true }, { 203, false }, { 400, true }, { 401, true }, { 404, true }, { 429, false }, { 444, true }, { 503, false } }

describe("a token", function()
  for _, row in ipairs(refusals) do
    it(("is %s with HTTP %d in the system's own words"):format(row[2] and "refused" or "not refused", row[1]), function()
      local definition = right { target = "token" }
      definition.list, definition.operations.who = nil, nil
      definition.operations.kick.build = nothing
      definition.operations.status = { evidence = "token", build = function() return {} end, read = gave { active = false, own_words = true } }
      local found = assert(reply(signoff.system(definition) { url = "http://127.0.0.1:1" }, "status", row[1], OBJECT, "T1"))
      assert.are.equal(row[2], found.whole)
      assert.are.equal(row[2], found.active == false)
    end)
  end
end)

describe("a 'read' of a list", function()
  for i, row in ipairs(lists) do
    it(("is taken as it is allowed to be, row %d"):format(i), function()
      local definition = right()
      definition.operations.who.read = gave(row[1])
      local rows, message, code = reply(signoff.system(definition) { url = "http://127.0.0.1:1" }, "who", 200, OBJECT)
      if row[3] then
        assert.are.equal("unusable", code)
        assert.is_truthy(message:find(row[3], 1, true), message)
        return
      end
      assert.is_true(rows.whole)
      for name, value in pairs(row[2]) do
        assert.are.equal(value, rows[name] or rows[1][name], name)
      end
    end)
  end

  for _, status in ipairs { 203, 401, 403, 404, 409, 429, 500, 503 } do
    it("is not whole with HTTP " .. status .. ", in whose words it may be", function()
      local definition = right()
      definition.operations.who.read = gave { own_words = true }
      local rows = assert(reply(signoff.system(definition) { url = "http://127.0.0.1:1" }, "who", status, OBJECT))
      assert.are.same({ false, ("came with HTTP %d, not 200"):format(status) }, { rows.whole, rows.doubt })
    end)
  end

  it("takes 100,000 rows", function()
    local client = signoff.system(right()) { url = "http://127.0.0.1:1" }
    local texts = {}
    for i = 1, 100000 do
      texts[i] = ('{"id":"S%d","user":"u%d","since":%d}'):format(i, i % 1000, i)
    end
    local rows = assert(reply(client, "who", 200, "[" .. table.concat(texts, ",") .. "]"))
    assert.are.equal(100000, #rows)
    assert.is_true(rows.whole)
    assert.are.same({}, rows.fields)
    assert.are.equal("S100000", rows[100000].id)
  end)
end)
