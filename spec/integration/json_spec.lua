-- SPDX-License-Identifier: MIT
-- JSON whose bytes depend on the value alone.

local core = require "signoff.core"
local fixtures = require "spec.support.fixtures"
local json = require "signoff.json"
local signoff = require "signoff"

local function refuses(value, words)
  local fine, problem = pcall(json.encode, value)
  assert.is_false(fine)
  assert(problem:find(words, 1, true), problem)
end

-- Values of one member each: then both ways write the same bytes.
local one_member = {
  ["an empty list"] = json.list {}, ["an empty object"] = {}, ["empty ones further down"] = { { json.list {}, {} } },
  ["a text with braces"] = "a {} b", ["a text like an exponent"] = "1e+20 e+", ["an exponent"] = 1e300, ["below zero"] = -1e300,
  ["14 digits"] = 99999999999999, ["15 digits"] = 100000000000000, ["the last whole one"] = 9007199254740991, ["one more digit"] = 2 ^ 60,
  ["a fraction"] = 1760000000.25, ["a small one"] = 1e-7, ["no UTF-8"] = "\255", ["a text"] = "é\0\"\\", ["yes"] = true, ["null"] = json.null,
}

describe("json.encode_unsorted", function()
  for what, value in pairs(one_member) do
    it("writes " .. what .. " as json.encode does", function()
      assert.are.equal(json.encode { a = value }, json.encode_unsorted { a = value })
    end)
  end

  it("refuses numbers that are not finite", function()
    for _, number in ipairs { 1 / 0, -1 / 0, 0 / 0 } do
      assert.is_false(pcall(json.encode_unsorted, { a = number }))
    end
  end)
end)

describe("json.encode_between", function()
  for what, value in pairs(one_member) do
    it("writes " .. what .. " as json.encode does", function()
      assert.are.equal('{"x":' .. json.encode { a = value } .. ',"at":0.5}', json.encode_between('{"x":', { a = value }, ',"at":0.5}'))
    end)
  end

  it("writes the value alone, however often", function()
    for _ = 1, 20000 do
      assert(json.encode_between("<", { a = { 1, "]" } }, ">") == '<{"a":[1,"]"]}>')
    end
  end)

  it("writes each byte at each place of a text, and each length", function()
    for length = 0, 20 do
      for place = 1, length do
        for byte = 0, 255, length < 10 and 1 or 7 do
          local value = { a = ("x"):rep(place - 1) .. string.char(byte) .. ("y"):rep(length - place) }
          local text = json.encode_between("", value, "")
          assert.are.same(core.json_decode(json.encode(value)), (core.json_decode(text)))
        end
      end
    end
    local long = { a = ("\n"):rep(9000) }
    assert.are.equal(json.encode(long), json.encode_between("", long, ""))
  end)

  it("writes numbers as core.json_encode does", function()
    for i = 1, 5000 do
      for _, number in ipairs { 1e9 + i * 791234.56789, 1790000000 + i / 10000, 1790000000 + i / 100000, i, -i, i * 1e9, i / 7, 2 ^ (i % 60), 1e9 - i / 100, 9e9 - i / 50000 } do
        local text = json.encode_between("", { a = number }, "")
        assert.are.equal(core.json_decode(json.encode { a = number }).a, core.json_decode(text).a)
        assert.are.equal(core.json_decode(core.json_encode { number })[1], core.json_decode("[" .. core.digits(number) .. "]")[1])
      end
    end
  end)

  it("writes 31 objects within one another, and no more", function()
    local value = { a = 1 }
    for _ = 2, 31 do
      value = { a = value }
    end
    assert.are.equal(json.encode(value), json.encode_between("", value, ""))
    assert.is_nil(json.encode_between("", { a = value }, ""))
  end)

  it("writes 31 tables within one another", function()
    local value = { 1 }
    for _ = 2, 31 do
      value = { value }
    end
    assert.are.equal(("["):rep(31) .. 1 .. ("]"):rep(31), json.encode_between("", value, ""))
    assert.is_nil(json.encode_between("", { value }, ""))
  end)
end)

describe("json.encode", function()
  it("sorts members, however they came", function()
    local letters, members = {}, {}
    for byte = ("z"):byte(), ("a"):byte(), -1 do
      letters[#letters + 1] = ('"%c":%d'):format(219 - byte, 219 - byte)
      members[string.char(byte)] = byte
    end
    assert.are.equal("{" .. table.concat(letters, ",") .. "}", json.encode(members))
  end)

  it("writes lists and objects as what they are", function()
    assert.are.equal('{"a":[],"b":{},"c":[1,[2,{}]],"d":[{"e":[]}]}',
      json.encode { a = json.list(), b = {}, c = { 1, { 2, {} } }, d = json.list { { e = json.list {} } } })
  end)

  it("refuses what would be lost in a list", function()
    refuses({ 1, 2, name = 3 }, "neither gaps nor named members")
    refuses({ 1, nil, 3 }, "neither gaps nor named members")
    refuses({ [5] = 1 }, "a member's name must be a string, not number")
  end)

  it("writes numbers exactly or as near as lua-cjson does", function()
    local numbers = { 0, -1, 7, 2.5, 1760000000.25, 9007199254740991, -9007199254740991, 1e300, 1e-7, 2 ^ 60 }
    local text = json.encode(numbers)
    assert.are.equal("[0,-1,7,2.5,1760000000.25,9007199254740991,-9007199254740991,1e+300,1e-07,1.1529215046068e+18]", text)
    for i = 1, 9 do
      assert.are.equal(numbers[i], json.decode(text)[i])
    end
    for _, number in ipairs { 1 / 0, -1 / 0, 0 / 0 } do
      refuses({ number }, "finite")
    end
  end)

  it("writes any bytes as valid JSON on one line", function()
    for byte = 0, 127 do
      local text = json.encode(string.char(byte, byte))
      assert.is_nil(text:find "[%c\127]")
      assert.are.equal(string.char(byte, byte), json.decode(text))
    end
    assert.are.equal('"\\u0000"', json.encode "\0")
    assert.are.equal('"a/b\\\\/\\""', json.encode 'a/b\\/"')
    assert.are.equal('"é€𐍈"', json.encode "é€𐍈")
  end)

  it("replaces what is no UTF-8", function()
    local bad = "\239\191\189"
    for given, expected in pairs {
      ["\255"] = bad, ["a\195"] = "a" .. bad, ["\195\40"] = bad .. "(", ["\237\160\128"] = bad:rep(3), ["\192\175"] = bad:rep(2),
      ["é\128é"] = "é" .. bad .. "é",
    } do
      assert.are.equal(expected, core.utf8(given))
      assert.are.equal(expected, json.decode(json.encode { x = given }).x)
      assert.are.equal(1, json.decode(json.encode { [given] = 1 })[expected])
    end
  end)

  it("refuses what has no JSON, secrets above all", function()
    refuses({ a = print }, "function has no JSON")
    refuses({ a = signoff.secret.new "hunter22" }, "userdata has no JSON")
    refuses(nil, "nil has no JSON")
    local circle = {}
    circle.circle = circle
    refuses(circle, "nested too deeply, or within itself")
  end)

  it("keeps null in lists, and takes it as a member", function()
    assert.are.equal('[null,1,{"a":null}]', json.encode { json.null, 1, { a = json.null } })
  end)

  it("writes more names than it keeps", function()
    for i = 1, 2000 do
      assert.are.equal(('{"name %d":%d}'):format(i, i), json.encode { ["name " .. i] = i })
    end
  end)
end)

describe("json.decode", function()
  it("leaves null members out, and keeps false", function()
    local value = json.decode '{"a":null,"b":false,"c":[null,{"d":null}],"e":{"f":1.5}}'
    assert.are.same({ b = false, c = { json.null, {} }, e = { f = 1.5 } }, value)
    assert.are.equal(false, json.decode "false")
  end)

  it("gives whole numbers as integers where Lua has them", function()
    local value = json.decode '{"n":3,"list":[4]}'
    assert.are.equal("3 4", value.n .. " " .. value.list[1])
  end)

  it("says why it refuses", function()
    for text, words in pairs {
      [""] = "is not valid JSON", ["{"] = "is not valid JSON", ["{} x"] = "is not valid JSON", ["{'a':1}"] = "is not valid JSON",
      ["[NaN]"] = "is not valid JSON", ["[0x10]"] = "is not valid JSON", ["[Infinity]"] = "is not valid JSON",
      ['{"a":[1e999]}'] = "holds a number that is too large", ["-1e999"] = "holds a number that is too large",
      ["[" .. ("9"):rep(400) .. "]"] = "holds a number that is too large",
      [("["):rep(33) .. ("]"):rep(33)] = "is nested too deeply", ['"\255"'] = "is not valid UTF-8", ["1\0"] = "holds a NUL byte",
    } do
      local value, problem = json.decode(text)
      assert.is_nil(value)
      assert(problem:find(words, 1, true), problem)
      assert.is_nil(problem:find("json.lua", 1, true))
    end
    assert.is_table(json.decode(("["):rep(32) .. ("]"):rep(32)))
  end)

  it("leaves the settings of the program's lua-cjson alone, and is left alone by them", function()
    local cjson = require "cjson"
    local depth, precision = cjson.encode_max_depth(), cjson.encode_number_precision()
    cjson.encode_number_precision(3)
    cjson.decode_max_depth(1)
    local text, value = json.encode { 1.23456789 }, json.decode '{"a":[1]}'
    cjson.encode_number_precision(precision)
    cjson.decode_max_depth(1000)
    assert.are.equal("[1.23456789]", text)
    assert.are.same({ a = { 1 } }, value)
    assert.are.equal(depth, cjson.encode_max_depth())
  end)
end)

describe("json.decode_exact", function()
  it("keeps null, and whole numbers as they are", function()
    local value = json.decode_exact '{"a":null,"b":[null,{"c":null}],"n":3}'
    assert.are.same({ a = json.null, b = { json.null, { c = json.null } }, n = 3 }, value)
  end)

  for _, text in ipairs { "", "{", "{}{}", '{"a":1,"a":2}', '{"a":{"b":1,"b":1}}', '{"a":1e999}', '{"a":"\255"}', '{"a":"\0"}', '{"a":"\\ud800"}', "\239\187\191{}",
    ("["):rep(33) .. ("]"):rep(33) } do
    it("refuses " .. ("%q"):format(text:sub(1, 20)), function()
      assert.is_nil(json.decode_exact(text))
    end)
  end
end)

describe("a reply that is no JSON", function()
  local rows = {
    { "{", "is not valid JSON: line 1 ends before what was opened is closed" }, { '{"a":1,\n"b":"x', "line 2 ends before what was opened" },
    { "{'a':1}", "is not valid JSON: line 1 has something else where a member's name must stand" }, { '{"a":1,}', "where a member's name must stand" },
    { '{"a":1\n,"b" 2}', "line 2 has no ':' behind a member's name" }, { '{"a":\r\n\r\n"\\q"}', "line 3 has an escape that is none" },
    { '{"a":01}', "has a number that begins with a 0" }, { '{"a":-}', "has a number without a digit" }, { '{"a":1.}', "has a number without a digit" },
    { '{"a":nil}', "has something else where a value must stand" }, { "[1,]", "where a value must stand" }, { '{"a":[1 2]}', "has neither ',' nor an end behind a value" },
    { '{"a":"x}', "has a text that does not end" }, { '{"a":1}\n{"b":2}', "line 2 has something behind the end" }, { '{"a":1} x}', "has something behind the end" },
    { '{"a":\n1e999}', "holds a number that is too large (line 2)" }, { '{"a":"\255"}', "is not valid UTF-8 (line 1)" },
    { '{"a":\n\n"\0"}', "holds a NUL byte (line 3)" }, { ("["):rep(33) .. ("]"):rep(33), "is nested too deeply (line 1)" },
  }
  for number, row in ipairs(rows) do
    it(("says line and reason: row %d"):format(number), function()
      local client = fixtures.client("jde_ais", { token = "token-4711" })
      local answer, message, code = fixtures.read(client, "status", {}, { status = 200, headers = {}, body = row[1] })
      assert.is_nil(answer)
      assert.are.equal("unusable", code)
      local said, advice = message:find(row[2], 1, true), message:find("; check that url", 1, true)
      assert(said and advice and said < advice, message)
    end)
  end
end)
