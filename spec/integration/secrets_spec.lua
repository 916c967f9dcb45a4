-- SPDX-License-Identifier: MIT
-- Secrets go where they must and nowhere else, whatever a server does with them.

local core = require "signoff.core"
local signoff = require "signoff"
local child = require "spec.support.child"
local encodings = require "spec.support.encodings"
local fixtures = require "spec.support.fixtures"
local peer = require "spec.support.peer"

local secret = signoff.secret
local unpack = table.unpack or unpack -- luacheck: ignore 143 (5.1 has the global only)

local CANARY = 'C4nary/+&<"\'\\=?%7Z'
local systems = { "cisco_em", "isymphony", "agvance", "oracle_commerce", "jde_ais" }

local percent, xml, json, base64 = encodings.percent, encodings.xml, encodings.json, encodings.base64
local traces = encodings.traces(CANARY)

local function assert_clean(value, where)
  local found = encodings.find(value, traces, where)
  assert(not found, found and "shows the secret: " .. found)
end

describe("the canary", function()
  it("is found in every form", function()
    for _, encode in pairs(encodings.all) do
      assert.is_false((pcall(assert_clean, { deep = { "x" .. encode(CANARY) .. "x" } }, "it")))
    end
    assert.are.equal("bWFuYWdlcjpwYXNz", base64 "manager:pass")
    assert.are.equal("YQ==", base64 "a")
  end)
end)

-- The texts of an outcome beside the answer's own members: those are data that scripts compare, and stay as they came.
local function said_of(answer, message, code, detail)
  return answer and { answer.fields, answer.vendor_message, answer.vendor_code } or { message, code, detail }
end

-- The holders of secrets: options and arguments that the facts call secret, and headers.

local usual = {
  logout = { cisco_em = { "SEP1" }, agvance = { "K1" } }, status = { cisco_em = { "SEP1" }, isymphony = { "ann" } },
  query_devices = { cisco_em = { { "SEP1" } } }, query_users = { cisco_em = { { "ann" } } },
  login = { cisco_em = { { device = "SEP1", user = "ann" } } }, user = { isymphony = { "ann" } },
  logins = { isymphony = { "ann" } }, set_status = { isymphony = { "ann", { name = "Away", type = "away" } } },
}

local function merged(...)
  local all = {}
  for _, list in ipairs { ... } do
    for name, value in pairs(list) do
      all[name] = value
    end
  end
  return all
end

local function operations_of(kind)
  local list = {}
  for name, operation in pairs(core.facts[kind].operations) do
    if not operation.internal and not operation.filters then
      list[#list + 1] = name
    end
  end
  return list
end

local function holders(kind)
  local list = {}
  local token = (kind == "oracle_commerce" or kind == "jde_ais") and { token = "044-another" } or {}
  local function add(what, options, arguments, operation)
    list[#list + 1] = { what = what, options = merged(fixtures.options[kind], token, options), operation = operation,
      arguments = arguments }
  end
  for _, options in ipairs { core.facts[kind].options, core.facts[kind].common_options } do
    for _, option in ipairs(options) do
      if option.secret and option.name ~= "proxy" then
        add(("option '%s'"):format(option.name), { [option.name] = CANARY })
        add(("option '%s' as a secret"):format(option.name), { [option.name] = secret.new(CANARY) })
      end
    end
  end
  add("a header", { headers = { ["X-Key"] = CANARY } })
  add("a header as a secret", { headers = { ["X-Key"] = secret.new(CANARY) } })
  for _, name in ipairs(operations_of(kind)) do
    for _, argument in ipairs(core.facts[kind].operations[name].arguments) do
      if argument.secret then
        add(("argument '%s' of %s"):format(argument.name, name), {}, { CANARY }, name)
        add(("argument '%s' of %s as a secret"):format(argument.name, name), {}, { secret.new(CANARY) }, name)
      end
    end
  end
  return list
end

-- The forms that a server may give it.

local bodies = {
  function(form) return "refused: " .. form .. " is not known" end,
  function(form) return ('{"message":"no %s","Message":"no %s","status":"%s","errorCode":"%s","Status":"%s"}'):gsub("%%s",
    (json(form):gsub("%%", "%%%%"))) end,
  function(form) return ('{"%s":1,"a":{"%s":["x %s y"]},"error":"%s","result":"%s","isValidSession":"%s"}'):gsub("%%s",
    (json(form):gsub("%%", "%%%%"))) end,
  function(form) return ('{"name":"%s","type":"%s","note":"%s","id":"%s","userName":"%s"}'):gsub("%%s",
    (json(form):gsub("%%", "%%%%"))) end,
  function(form) return ('<response><failure><error code="%s">%s</error></failure></response>'):gsub("%%s",
    (xml(form):gsub("%%", "%%%%"))) end,
  function(form) return ('<response><failure><error code="3">app %s</error></failure></response>'):gsub("%%s",
    (xml(form):gsub("%%", "%%%%"))) end,
  function(form) return ('<Error><Message>no %s</Message><a b="%s">%s<c>%s</c></a></Error>'):gsub("%%s",
    (xml(form):gsub("%%", "%%%%"))) end,
  function(form) return ('<html><body><h1>%s</h1></body></html>'):gsub("%%s", (xml(form):gsub("%%", "%%%%"))) end,
}
local statuses = { "200 OK", "400 Bad Request", "401 Unauthorized", "403 Forbidden", "500 Server Error", "302 Found" }

-- Each of them as bytes; the headers and the reason show it, too.
local function echoes()
  local list = {}
  for _, encode in pairs(encodings.all) do
    local form = encode(CANARY)
    for index, body in ipairs(bodies) do
      local headers = { ["X-Echo"] = form, ["WWW-Authenticate"] = "Bearer error=" .. form, ["Retry-After"] = form,
        ["Location"] = "http://127.0.0.1:1/" .. form }
      local status = statuses[index % #statuses + 1]
      list[#list + 1] = peer.reply("200 OK", (body(form)))
      list[#list + 1] = peer.reply(status .. " " .. form, (body(form)), headers)
    end
  end
  return list
end

local function arguments_of(kind, holder, operation)
  if holder.arguments and holder.operation == operation then
    return holder.arguments
  end
  return usual[operation] and usual[operation][kind] or {}
end

for _, kind in ipairs(systems) do
  describe("secrets of " .. kind, function()
    after_each(peer.stop_all)

    for _, holder in ipairs(holders(kind)) do
      it(holder.what .. ": never in a URL, a name or an outcome", function()
        local client = signoff[kind](holder.options)
        assert_clean(tostring(client), "tostring")
        for _, operation in ipairs(holder.operation and { holder.operation } or operations_of(kind)) do
          for _, bytes in ipairs(echoes()) do
            local reply = fixtures.parse_reply(bytes)
            local call = core.build(client, operation, unpack(arguments_of(kind, holder, operation)))
            assert_clean(core.request(call).url, "the URL")
            assert_clean(tostring(call), "tostring of a call")
            assert_clean(said_of(core.read(core.reply(call, reply.status, reply.body))), operation)
          end
        end
      end)
    end

    it("never in an outcome or the log, when a server sends them back", function()
      local holder = holders(kind)[1]
      local log = {}
      local operation = core.facts[kind].signs_out
      local replies = echoes()
      local server = peer.start { peer.replies(unpack(replies)) }
      local options = merged(holder.options, { url = server.url, headers = { ["X-Key"] = CANARY }, timeout = 3,
        log = function(...)
          log[#log + 1] = { ... }
        end })
      options.host, options.session_id = nil, nil
      local client = signoff[kind](options)
      local count = 0
      while count < #replies do
        local outcome = { client[operation](client, unpack(usual[operation] and usual[operation][kind] or {})) }
        assert_clean(outcome, operation)
        local before = count
        count = #server:requests()
        assert(count > before, outcome[2])
      end
      assert.is_true(#log >= #replies)
      assert_clean(log, "the log")
    end)
  end)
end

describe("a refusal of a bad secret", function()
  it("does not repeat it", function()
    for _, kind in ipairs(systems) do
      for _, tail in ipairs { "\nX", "\r\nX: 1", "\0", "\255", "\27" } do
        for _, wrap in ipairs { tostring, secret.new } do
          local value = wrap(CANARY .. tail)
          for _, option in ipairs(core.facts[kind].options) do
            if option.secret then
              local _, problem = pcall(signoff[kind], merged(fixtures.options[kind], { [option.name] = value }))
              assert_clean(tostring(problem), "the error")
            end
          end
          local fine, problem = pcall(signoff[kind], merged(fixtures.options[kind], { headers = { ["X-Key"] = value } }))
          assert.is_false(fine)
          assert_clean(problem, "the error")
        end
      end
    end
  end)

  it("of an argument does not repeat it", function()
    for _, kind in ipairs { "oracle_commerce", "jde_ais" } do
      local client = signoff[kind](fixtures.options[kind])
      for _, method in ipairs { "logout", "status", "verify", "signout" } do
        local fine, problem = pcall(client[method], client, CANARY .. "\n")
        assert.is_false(fine)
        assert_clean(tostring(problem), "the error")
      end
    end
  end)
end)

describe("a proxy's password", function()
  after_each(peer.stop_all)

  local function ask(url, log)
    return { signoff.jde_ais { url = "http://ais.example", token = "044-token", proxy = url, timeout = 3, log = log }:status() }
  end

  it("is never shown, when the proxy is not there or sends it back", function()
    local userinfo = "//proxyuser:" .. percent(CANARY, "%%%02X") .. "@"
    assert_clean(ask("http:" .. userinfo .. "127.0.0.1:" .. peer.free_port()), "refused")
    local log = {}
    local replies = echoes()
    replies[#replies + 1] = peer.reply("407 No", "not " .. base64("proxyuser:" .. CANARY))
    local proxy = peer.start { peer.replies(unpack(replies)) }
    for _ = 1, #replies do
      assert_clean(ask((proxy.url:gsub("//", (userinfo:gsub("%%", "%%%%")))), function(...)
        log[#log + 1] = { ... }
      end), "echoed")
    end
    assert.are.equal(#replies, #proxy:requests())
    assert_clean(log, "the log")
  end)

  it("is not in the refusal of a bad proxy", function()
    for _, url in ipairs { "http://u:" .. CANARY .. "@h", CANARY, "http://u:C4nary\n@h" } do
      local fine, problem = pcall(ask, url)
      assert_clean(problem, "the error")
      assert.is_true(not fine or problem[1] == nil)
    end
  end)
end)

describe("results of verify and signout", function()
  after_each(peer.stop_all)

  local quick = { schedule = { 0.01 }, settle = 0, deadline = 0.15 }

  local function check(kind, options, target, replies)
    local log = {}
    local settings = target == nil and merged(quick, { own = true }) or quick
    for _, method in ipairs { "verify", "signout" } do
      local server = peer.start { peer.replies(unpack(replies)) }
      local plain = kind == "cisco_em" and { host = "127.0.0.1:" .. server.port, tls = false } or {}
      local client = signoff[kind](merged(fixtures.options[kind], options, plain, { url = server.url, timeout = 0.2,
        log = function(...)
          log[#log + 1] = { ... }
        end }))
      local result = client[method](client, target, kind == "isymphony" and merged(quick, {
        status = { name = "Away", type = "away" } }) or settings)
      assert.is_string(result.verdict)
      assert(#result.evidence > 0)
      assert_clean(result, method)
      peer.stop_all()
    end
    assert_clean(log, "the log")
  end

  local refused = peer.reply("403 Forbidden", '{"message":"no ' .. json(CANARY) .. '"}')
  local alive = peer.reply("200 OK", '{"isValidSession":true,"success":true,"token":"' .. json(CANARY) .. '"}')

  it("name a token by its fingerprint", function()
    for _, kind in ipairs { "jde_ais", "oracle_commerce" } do
      for _, target in ipairs { CANARY, (secret.new(CANARY)), { token = CANARY } } do
        check(kind, {}, target, { alive, refused, refused, refused })
      end
      check(kind, { token = CANARY }, nil, { alive, refused, refused, refused })
    end
  end)

  it("show no credential that a server took for a user", function()
    local occupied = peer.reply("200 OK", ("<response><deviceUserResults><device name='SEP1'><userID>%s</userID></device>"
      .. "</deviceUserResults></response>"):format(xml(percent(CANARY, "%%%02X"))))
    check("cisco_em", { app_certificate = CANARY }, "SEP1", { occupied, occupied, occupied, occupied })
  end)

  it("show no credential that a server took for a status", function()
    local body = ('{"name":"%s","type":"away","note":"%s"}'):gsub("%%s", (json(CANARY):gsub("%%", "%%%%")))
    local status = peer.reply("200 OK", body)
    check("isymphony", { password = CANARY }, "ann", { status, status, status, status })
  end)
end)

describe("a secret", function()
  after_each(peer.stop_all)

  local function file(bytes, mode)
    local path = peer.directory() .. "/secret"
    peer.write_file(path, bytes)
    os.execute(("chmod %s %s"):format(mode or "600", path))
    return path
  end

  local function assert_raises(text, f, ...)
    local fine, problem = pcall(f, ...)
    assert.is_false(fine)
    assert.is_truthy(tostring(problem):find(text, 1, true), tostring(problem))
  end

  it("shows as stars, and hides its inside", function()
    local held = secret.new(CANARY)
    assert.are.equal("secret: ***", tostring(held))
    assert.is_not_table(getmetatable(held))
    assert.is_false((pcall(function()
      return "x" .. held
    end)))
    assert.is_false((pcall(function()
      return #held
    end)))
    assert.is_nil(held.bytes)
    assert.is_false((pcall(require "cjson".encode, { held })))
  end)

  it("has a fingerprint of 12 digits of SHA-256", function()
    assert.are.equal("sha256:ba7816bf8f01", signoff.fingerprint "abc")
    assert.are.equal("sha256:ba7816bf8f01", signoff.fingerprint(secret.new "abc"))
    assert.are.equal("sha256:e3b0c44298fc", signoff.fingerprint "")
    assert.is_false((pcall(signoff.fingerprint)))
    assert.is_false((pcall(signoff.fingerprint, {})))
  end)

  it("in a file loses one final newline", function()
    for written, kept in pairs { ["abc"] = "abc", ["abc\n"] = "abc", ["a\nbc\n"] = "a\nbc", ["a\rbc"] = "a\rbc", ["a\0b"] = "a\0b", [" abc "] = " abc " } do
      assert.are.equal(signoff.fingerprint(kept), signoff.fingerprint(secret.file(file(written))))
    end
  end)

  it("in a file is its owner's alone", function()
    for _, mode in ipairs { "600", "400", "700" } do
      assert.are.equal("secret: ***", tostring(secret.file(file("abc", mode))))
    end
    for _, mode in ipairs { "640", "604", "610", "601", "620", "602", "644", "666" } do
      local path = file(CANARY, mode)
      assert_raises(path, secret.file, path)
      assert_raises("chmod", secret.file, path)
      assert_clean(select(2, pcall(secret.file, path)), "the error")
    end
  end)

  it("in a file that is not there, empty, too large, or no file, raises and names it", function()
    local directory = peer.directory()
    for _, path in ipairs { directory .. "/none", directory, file "", file "\n", file(("x"):rep(70000)) } do
      assert_raises(path, secret.file, path)
    end
  end)

  it("in the environment", function()
    local program = [[
      local signoff = require "signoff"
      print(pcall(function() return signoff.fingerprint(signoff.secret.env "SIGNOFF_SPEC") end))
    ]]
    assert.are.equal("true\tsha256:ba7816bf8f01", child.run(program, "SIGNOFF_SPEC=abc"))
    for _, environment in ipairs { "", "SIGNOFF_SPEC=" } do
      local output = child.run(program, environment)
      assert.is_truthy(output:find "^false" and output:find("'SIGNOFF_SPEC'", 1, true), output)
    end
  end)

  it("is read when made", function()
    local path = file "abc"
    local held = secret.file(path)
    os.remove(path)
    assert.are.equal("sha256:ba7816bf8f01", signoff.fingerprint(held))
  end)

  it("must be a text that is not empty", function()
    for _, value in ipairs { "", 12, {}, false } do
      assert.is_false((pcall(secret.new, value ~= 12 and value or {})))
    end
    assert.is_false((pcall(secret.new)))
  end)

  it("that was closed is refused, and its clients keep what they have", function()
    local held = secret.new "044-token-of-a-secret"
    local client = signoff.jde_ais { url = "http://ais.example", token = held }
    held:close()
    held:close()
    assert_raises("closed", signoff.fingerprint, held)
    assert_raises("closed", signoff.jde_ais, { url = "http://ais.example", token = held })
    assert.are.equal("044-token-of-a-secret", core.request(core.build(client, "logout")).headers["jde-AIS-Auth"])
  end)

  it("may stand where a key does", function()
    local server = peer.start { peer.always(peer.reply("200 OK", '{"Status":"0","Count":"1","APIUsers":[{"SessionLogKey":"K1"}]}')) }
    local client = signoff.agvance { url = server.url }
    assert(client:logout(secret.new "K1"))
    assert(client:logout { secret.new "K1" })
    assert.are.equal('[{"SessionLogKey":"K1"}]', server:requests()[1].body)
    assert.is_true(assert(client:status(secret.new "K1")).active)
    assert.is_true(assert(client:status { secret.new "K1" })[1].active)
  end)
end)
