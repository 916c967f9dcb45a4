-- SPDX-License-Identifier: MIT
-- Whatever is put into an option or an argument arrives as it is, or is refused before anything is sent.

local cjson = require "cjson"
local core = require "signoff.core"
local lxp = require "lxp"
local signoff = require "signoff"
local fixtures = require "spec.support.fixtures"

local unpack = table.unpack or unpack -- luacheck: ignore 143 (5.1 has the global only)

local systems = { "cisco_em", "isymphony", "agvance", "oracle_commerce", "jde_ais" }

-- Values that a careless client changes.
local nasty = {
  ["a line break"] = "a\r\nX-Injected: 1", ["CR"] = "a\rb", ["LF"] = "a\nb", ["a final LF"] = "a\n", ["NUL"] = "a\0b",
  ["a final NUL"] = "a\0", ["a tab"] = "a\tb", ["a control character"] = "a\27b", ["DEL"] = "a\127b",
  ["the end of CDATA"] = "a]]>b", ["a tag"] = "</deviceName><x>", ["an ampersand"] = "a&b=c", ["an entity"] = "&lt;&#10;",
  ["quotes"] = "a\"b'c", ["a backslash"] = "a\\b\\u0041", ["percent-encoded line breaks"] = "%0d%0aX: 1", ["a percent"] = "100%",
  ["a dot"] = ".", ["two dots"] = "..", ["a way up"] = "../../x", ["an encoded way up"] = "%2e%2e%2f", ["a query"] = "a?b=c",
  ["a fragment"] = "a#b", ["a semicolon"] = "a;b=c", ["slashes"] = "/a//b/", ["a colon"] = "a:b", ["an at sign"] = "a@b",
  ["a plus and blanks"] = "a+b c", ["blanks around"] = " a ", ["a blank"] = " ", ["an umlaut"] = "M\195\188ller",
  ["beyond the first plane"] = "\240\159\146\190", ["overlong UTF-8"] = "\192\175", ["a surrogate"] = "\237\160\128",
  ["Latin-1"] = "M\252ller", ["cut UTF-8"] = "M\195", ["U+FFFE"] = "\239\191\190", ["beyond Unicode"] = "\244\144\128\128",
  ["64 KiB"] = ("x"):rep(65536), ["64 KiB of umlauts"] = ("\195\188"):rep(32768), ["two bytes"] = "ok",
  ["a shell's"] = "$(id)`id`", ["a format"] = "%s%n%d", ["braces"] = "{a}[b]",
}

-- Options that stay here: a request is the same with and without them.
local at_home = {
  ca_file = true, ca_dir = true, client_cert = true, client_key = true, client_key_password = true, proxy = true,
  no_proxy = true, session_id = true,
}

local function set(list)
  local all = {}
  for _, value in ipairs(list) do
    all[value] = true
  end
  return all
end

local function percent_decoded(text)
  return (text:gsub("%%(%x%x)", function(digits)
    return string.char(tonumber(digits, 16))
  end))
end

local function add_url(values, url)
  values[#values + 1] = url
  local path = url:match "^%a+://[^/]*(.*)$"
  values[#values + 1] = url:match "^%a+://([^/]*)"
  for segment in path:gmatch "[^/]+" do
    values[#values + 1] = percent_decoded(segment)
  end
  for at in path:gmatch "()/" do -- `path` and `verify_path` are written as they travel
    for last in path:gmatch("()/", at + 1) do
      values[#values + 1] = path:sub(at + 1, last - 1)
    end
    values[#values + 1] = path:sub(at + 1)
  end
end

local function add_json(values, decoded)
  if type(decoded) ~= "table" then
    values[#values + 1] = decoded
    return
  end
  for _, member in pairs(decoded) do
    add_json(values, member)
  end
end

local function add_xml(values, xml)
  local text = {}
  local parser = lxp.new {
    StartElement = function()
      text = {}
    end,
    CharacterData = function(_, data)
      text[#text + 1] = data
    end,
    EndElement = function()
      values[#values + 1] = table.concat(text)
      text = {}
    end,
  }
  assert(parser:parse(xml))
  assert(parser:parse())
end

local function add_form(values, body)
  for pair in body:gmatch "[^&]+" do
    local name, value = pair:match "^([^=]*)=(.*)$"
    assert(name and value and not value:find("[^%w%%%-%._~+]"), "no form: " .. pair:sub(1, 80))
    value = percent_decoded((value:gsub("+", " ")))
    values[#values + 1] = value
    if name == "xml" then
      add_xml(values, value)
    end
  end
end

local function add_body(values, request)
  local kind = request.headers["Content-Type"] or ""
  if not request.body then
    return
  elseif kind:find("json", 1, true) then
    add_json(values, cjson.decode(request.body))
  elseif kind:find("xml", 1, true) then
    add_xml(values, request.body)
  else
    add_form(values, request.body)
  end
end

-- All that the other side reads in a request, each value as it reads it.
local function values_of(request)
  local values = { request.username, request.password or nil }
  add_url(values, request.url)
  for name, value in pairs(request.headers) do
    assert(not value:find "[%c\127-\255]", name .. " holds what no header may")
    values[#values + 1] = value
    values[#values + 1] = value:match "^Bearer (.*)$"
    values[#values + 1] = value:match "^JSESSIONID=(.*)$"
  end
  add_body(values, request)
  return set(values)
end

local function copy(list)
  local all = {}
  for name, value in pairs(list) do
    all[name] = value
  end
  return all
end

-- The value of each argument, where it is not the one that is tried out.
local usual = {
  device = "SEP001122334455", user = "ann", name = "Away", type = "away", token = "044-token", devices = { "SEP1" },
  users = { "ann" }, keys = { "K1" },
}

-- The arguments of an operation, as a call takes them.
local function arguments_of(operation, name, value)
  local given, named = {}, {}
  for index, argument in ipairs(operation.arguments) do
    local this = argument.name == name and value or (argument.required or argument.name == "token") and usual[argument.name]
    if argument.name ~= name and this == false then
      this = nil
    end
    if operation.positional >= 0 and index <= operation.positional then
      given[index] = this
    else
      named[argument.name] = this or nil
    end
  end
  if operation.positional < #operation.arguments then
    given[math.max(operation.positional, 0) + 1] = named
  end
  return given
end

-- The request of that operation; or nil and the error that was raised.
local function build(kind, options, operation, given, overrides)
  local fine, result = pcall(function()
    local client = signoff[kind](options)
    if overrides then
      given = copy(given)
      given[#given + 1] = overrides
    end
    return core.request(core.build(client, operation, unpack(given)))
  end)
  return fine and result or nil, not fine and tostring(result) or nil
end

local function operations_of(kind)
  local list = {}
  for name, operation in pairs(core.facts[kind].operations) do
    if not operation.internal and not operation.filters then
      list[name] = operation
    end
  end
  return list
end

-- Where an option is found again, if not as a value of its own. Some are of one operation only.
local found_in = {}

function found_in.url(request, value)
  return request.url:sub(1, #value) == value
end

function found_in.path(request, value)
  return request.url:find(value:gsub("^/+", ""):gsub("/+$", ""), 1, true)
end

function found_in.query_url(request, value, operation)
  return operation == "logout" or operation == "login" or request.url == value
end

function found_in.verify_path(request, value, operation)
  return operation ~= "status" or request.url:find("/" .. value, 1, true)
end

local function carries(request, value)
  return values_of(request)[value]
end

-- A value arrived, or its refusal names where it was.
local function check(what, value, name, request, problem)
  if not request then
    assert.is_truthy(problem:find("'" .. name .. "'", 1, true), ("%s: the error names no '%s': %s"):format(what, name,
      problem:sub(1, 300)))
    assert.is_true(#problem < 2000, what .. ": the error repeats the whole value")
    return false
  end
  assert.is_truthy(carries(request, value), ("%s was not carried as '%s'"):format(what, name))
  return true
end

local function is_text(parameter)
  return parameter.type == "string" or parameter.type == "list" or parameter.type == "reference"
end

-- The encodings of request bodies, each once; one nil where there are none.
local function encodings_of(kind)
  local list = core.facts[kind].encodings
  return #list > 0 and list or { false }
end

for _, kind in ipairs(systems) do
  describe("bad input to " .. kind, function()
    local facts = core.facts[kind]

    for name, operation in pairs(operations_of(kind)) do
      for _, argument in ipairs(operation.arguments) do
        if is_text(argument) then
          it(("argument '%s' of %s"):format(argument.name, name), function()
            local carried = 0
            for what, value in pairs(nasty) do
              for _, encoding in ipairs(encodings_of(kind)) do
                local options = copy(fixtures.options[kind])
                options.encoding = encoding or nil
                local forms = { value, argument.secret and signoff.secret.new(value) or nil }
                forms[#forms + 1] = argument.type == "list" and { "first", value } or nil
                for _, form in ipairs(forms) do
                  local request, problem = build(kind, options, name, arguments_of(operation, argument.name, form))
                  carried = carried + (check(what, value, argument.name, request, problem) and 1 or 0)
                end
              end
            end
            assert.is_true(carried > 0 or argument.choices ~= nil, "nothing at all is taken")
          end)
        end
      end
    end

    local function check_option(option, name, operation)
      local plain = assert(build(kind, fixtures.options[kind], name, arguments_of(operation)))
      for what, value in pairs(nasty) do
        local options = copy(fixtures.options[kind])
        options[option.name] = value
        options.host = option.name ~= "url" and options.host or nil
        local given = option.name == "token" and {} or arguments_of(operation)
        local request, problem = build(kind, options, name, given)
        if not request then
          check(what, value, option.name, request, problem)
        elseif at_home[option.name] then
          assert.are.same(plain, request)
        else
          local arrived = (found_in[option.name] or carries)(request, value, name)
          assert.is_truthy(arrived, ("%s was not carried as '%s'"):format(what, option.name))
        end
      end
    end

    for _, list in ipairs { facts.common_options, facts.options } do
      for _, option in ipairs(list) do
        if option.type == "string" then
          it(("option '%s'"):format(option.name), function()
            for name, operation in pairs(operations_of(kind)) do
              check_option(option, name, operation)
            end
          end)
        end
      end
    end

    it("option 'headers': names and values", function()
      local name, operation = next(operations_of(kind))
      for what, value in pairs(nasty) do
        for _, given in ipairs { value, (signoff.secret.new(value)) } do
          local options = copy(fixtures.options[kind])
          options.headers = { ["X-Key"] = given }
          local request, problem = build(kind, options, name, arguments_of(operation))
          check(what, value, "headers", request, problem)
          assert.is_true(request == nil or request.headers["X-Key"] == value)
        end
        local options = copy(fixtures.options[kind])
        options.headers = { [value] = "x" }
        local request, problem = build(kind, options, name, arguments_of(operation))
        assert.is_truthy(request and request.headers[value] == "x" or problem and problem:find("'headers'", 1, true), what)
      end
    end)

    it("headers that the module sets itself", function()
      local name, operation = next(operations_of(kind))
      for _, header in ipairs { "Host", "content-length", "Transfer-Encoding", "Connection", "Content-Type", "accept" } do
        local options = copy(fixtures.options[kind])
        options.headers = { [header] = "x" }
        local _, problem = build(kind, options, name, arguments_of(operation))
        assert.is_truthy(problem and problem:find(header, 1, true), header)
      end
    end)

    -- Wrong types

    local wrong = {
      string = { 12, true, {}, print, coroutine.create(function() end) },
      number = { "12", true, {}, print, "" },
      boolean = { "true", 1, {}, print },
      table = { "x", 12, true },
      list = { 12, true, print },
      reference = { 12, true, print, {}, { name = "ann" }, { id = 12 } },
    }

    for name, operation in pairs(core.facts[kind].operations) do
      for _, argument in ipairs(operation.arguments) do
        it(("argument '%s' of %s with a wrong type"):format(argument.name, name), function()
          local method = signoff[kind](fixtures.options[kind])
          for _, value in ipairs(wrong[argument.type]) do
            local fine, problem
            if operation.internal then
              fine, problem = pcall(core.build, method, name, unpack(arguments_of(operation, argument.name, value)))
            else
              fine, problem = pcall(method[name], method, unpack(arguments_of(operation, argument.name, value)))
            end
            assert.is_false(fine, ("%s is taken"):format(tostring(value)))
            problem = tostring(problem)
            assert.is_truthy(problem:find("'" .. argument.name .. "'", 1, true), problem)
            assert.is_truthy(problem:find(kind .. "." .. (operation.public_name or name), 1, true), problem)
          end
        end)
      end
    end

    for _, list in ipairs { facts.common_options, facts.options } do
      for _, option in ipairs(list) do
        it(("option '%s' with a wrong type"):format(option.name), function()
          for _, value in ipairs(wrong[option.type]) do
            local options = copy(fixtures.options[kind])
            options[option.name] = value
            local fine, problem = pcall(signoff[kind], options)
            assert.is_false(fine, tostring(value))
            assert.is_truthy(problem:find("'" .. option.name .. "'", 1, true), problem)
            assert.is_truthy(problem:find("signoff." .. kind, 1, true), problem)
          end
        end)

        if option.required then
          it(("without the required option '%s'"):format(option.name), function()
            local options = copy(fixtures.options[kind])
            options[option.name] = nil
            local fine, problem = pcall(signoff[kind], options)
            assert.is_false(fine)
            assert.is_truthy(problem:find("signoff." .. kind .. ": option '" .. option.name .. "' is missing", 1, true),
              problem)
          end)
        end
      end
    end

    it("unknown options, of clients and of calls", function()
      local options = copy(fixtures.options[kind])
      options.timeuot = 3
      local fine, problem = pcall(signoff[kind], options)
      assert.is_false(fine)
      assert.is_truthy(problem:find("signoff." .. kind, 1, true) and problem:find("'timeuot'", 1, true), problem)
      for name, operation in pairs(operations_of(kind)) do
        local _, refusal = build(kind, fixtures.options[kind], name, arguments_of(operation), { timeuot = 3 })
        assert.is_truthy(refusal and refusal:find("'timeuot'", 1, true), name)
        _, refusal = build(kind, fixtures.options[kind], name, arguments_of(operation), { url = "http://x" })
        assert.is_truthy(refusal and refusal:find("'url'", 1, true), name)
      end
    end)

    it("options without a name, and no table", function()
      local options = copy(fixtures.options[kind])
      options[1] = "x"
      for _, given in ipairs { options, "https://x", 12, true } do
        local fine, problem = pcall(signoff[kind], given)
        assert.is_false(fine)
        assert.is_truthy(problem:find("signoff." .. kind, 1, true), problem)
      end
      assert.is_false((pcall(signoff[kind])))
    end)

    it("too many arguments", function()
      local client = signoff[kind](fixtures.options[kind])
      for name, operation in pairs(facts.operations) do
        if not operation.internal then
          local given = arguments_of(operation)
          local most = math.max(operation.positional, 0) + (operation.positional < #operation.arguments and 1 or 0)
          given[most + 1], given[most + 2] = { timeout = 0.01 }, "one more"
          local fine, problem = pcall(client[name], client, unpack(given, 1, most + 2))
          assert.is_false(fine, name)
          assert.is_truthy(tostring(problem):find(kind .. "." .. name, 1, true), tostring(problem))
        end
      end
    end)

    it("a missing argument", function()
      local client = signoff[kind](fixtures.options[kind])
      for name, operation in pairs(facts.operations) do
        local first = operation.arguments[1]
        if first and not operation.internal then
          local fine, problem = pcall(client[name], client)
          assert.is_false(fine, name)
          assert.is_truthy(tostring(problem):find("'" .. first.name .. "'", 1, true), tostring(problem))
        end
      end
    end)

    local ranges = {
      timeout = { 0, -1, 1 / 0, -1 / 0, 0 / 0, 86401 }, connect_timeout = { 0, -1, 1 / 0, 0 / 0, 86401 },
      max_reply = { 0, -1, 1.5, 1 / 0, 0 / 0, 2 ^ 31 },
    }
    for name, values in pairs(ranges) do
      it(("'%s' out of its range"):format(name), function()
        local operation_name, operation = next(operations_of(kind))
        for _, value in ipairs(values) do
          local options = copy(fixtures.options[kind])
          options[name] = value
          local fine, problem = pcall(signoff[kind], options)
          assert.is_false(fine, tostring(value))
          assert.is_truthy(problem:find("'" .. name .. "'", 1, true), problem)
          local _, refusal = build(kind, fixtures.options[kind], operation_name, arguments_of(operation), { [name] = value })
          assert.is_truthy(refusal and refusal:find("'" .. name .. "'", 1, true), tostring(value))
        end
      end)
    end
  end)
end

local function refused(kind, method, names, ...)
  local client = signoff[kind](fixtures.options[kind])
  local fine, problem = pcall(client[method], client, ...)
  assert.is_false(fine, "it was taken")
  problem = tostring(problem)
  for _, name in ipairs(names) do
    assert.is_truthy(problem:find(name, 1, true), problem)
  end
end

describe("a list", function()
  local lists = {
    { "cisco_em", "query_devices", "devices" }, { "cisco_em", "query_users", "users" }, { "agvance", "logout", "keys" },
    { "agvance", "status", "keys" },
  }
  local bad = {
    ["that is empty"] = {}, ["with a hole"] = { "a", nil, "c" }, ["that begins with a hole"] = { nil, "b" },
    ["with a name in it"] = { "a", x = "b" }, ["with a number in it"] = { "a", 12 }, ["with an empty text in it"] = { "a", "" },
    ["with a list in it"] = { "a", { "b" } },
  }
  for _, case in ipairs(lists) do
    for what, list in pairs(bad) do
      it(("%s is refused by %s.%s"):format(what, case[1], case[2]), function()
        refused(case[1], case[2], { case[1] .. "." .. case[2], "'" .. case[3] .. "'" }, list)
      end)
    end
  end

  it("with one item twice is sent as it is where the order counts", function()
    local client = signoff.cisco_em(fixtures.options.cisco_em)
    local request = core.request(core.build(client, "query_devices", { "SEP1", "SEP1" }))
    local _, count = percent_decoded(request.body):gsub("<deviceName>SEP1</deviceName>", "")
    assert.are.equal(2, count)
  end)
end)

describe("a number", function()
  it("of keys a request has a range", function()
    for _, chunk in ipairs { 0, -1, 1.5, 501, 1 / 0, 0 / 0 } do
      local fine, problem = pcall(signoff.agvance, { url = "https://x", chunk = chunk })
      assert.is_false(fine, tostring(chunk))
      assert.is_truthy(problem:find("'chunk'", 1, true), problem)
    end
  end)

  it("of minutes has a range", function()
    for _, minutes in ipairs { -1, 1.5, 2 ^ 31, 1 / 0, 0 / 0 } do
      refused("cisco_em", "login", { "'minutes'" }, { device = "SEP1", user = "ann", minutes = minutes })
    end
  end)

  it("of minutes and no end at once are refused, naming both", function()
    refused("cisco_em", "login", { "'minutes'", "'indefinite'" },
      { device = "SEP1", user = "ann", minutes = 5, indefinite = true })
  end)

  local function status(more)
    more.name, more.type = "Away", "away"
    return more
  end

  it("of milliseconds that JSON would round is refused", function()
    for _, time in ipairs { 123456789012345, 2 ^ 53, 1e15, -2, 1.5, 1 / 0, 0 / 0 } do
      refused("isymphony", "set_status", { "'return_time'" }, "ann", status { return_time = time })
    end
  end)

  it("of seconds that would be rounded is refused by its own name", function()
    for _, time in ipairs { 1e12, 123456789012, 1.5, 1 / 0, -1 } do
      refused("isymphony", "set_status", { "'return_at'" }, "ann", status { return_at = time })
    end
  end)

  it("of milliseconds arrives digit by digit", function()
    local client = signoff.isymphony(fixtures.options.isymphony)
    for _, time in ipairs { -1, 0, 1, 499132800, 1436471084211, 99999999999999 } do
      local body = core.request(core.build(client, "set_status", "ann", status { return_time = time })).body
      assert.are.equal(("%.0f"):format(time), body:match '"returnTime":(-?[%d%.eE+]+)')
    end
    local body = core.request(core.build(client, "set_status", "ann", status { return_at = 1436471084 })).body
    assert.are.equal("1436471084000", body:match '"returnTime":(-?[%d%.eE+]+)')
  end)

  it("of milliseconds beside one of seconds is refused, naming both", function()
    refused("isymphony", "set_status", { "'return_time'", "'return_at'" }, "ann",
      status { return_time = 1436471084211, return_at = 1436471084 })
  end)
end)

describe("options of verify and signout", function()
  local bad = {
    { "settle", -1 }, { "settle", 0 / 0 }, { "settle", "1" }, { "deadline", -1 }, { "deadline", true }, { "schedule", 3 },
    { "schedule", {} }, { "schedule", { 0 } }, { "schedule", { -1 } }, { "schedule", { "1" } }, { "user", 12 },
    { "status", "away" }, { "nonsense", 1 },
  }
  for index, case in ipairs(bad) do
    it(("are checked: %s (%d)"):format(case[1], index), function()
      for _, method in ipairs { "verify", "signout" } do
        refused("cisco_em", method, { "cisco_em." .. method, "'" .. case[1] .. "'" }, "SEP1", { [case[1]] = case[2] })
      end
    end)
  end

  it("are a table", function()
    refused("cisco_em", "verify", { "cisco_em.verify" }, "SEP1", 12)
    refused("cisco_em", "signout", { "cisco_em.signout" }, "SEP1", "ann")
  end)
end)
