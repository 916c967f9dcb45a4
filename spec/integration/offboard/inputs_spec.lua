-- SPDX-License-Identifier: MIT
-- CSV, JSON lines and Lua lists are checked alike, at every depth: what one refuses, all refuse that can say it.

local json = require "signoff.json"
local offboard = require "signoff.offboard"
local people = require "signoff.offboard.people.people"
local signoff = require "signoff"
local site = require "spec.support.site"
local targets = require "signoff.offboard.people.target"

local systems = site.systems()

after_each(site.clean)

-- A cell's value as CSV has it, where it can say it.
local function quoted(text)
  return '"' .. text:gsub('"', '""') .. '"'
end

local inputs = {}

function inputs.csv(person, column, value)
  if type(person) ~= "string" or type(value) ~= "string" then
    return nil
  end
  return site.file("person," .. column .. "\n" .. quoted(person) .. "," .. quoted((value:gsub(";", "\\;"))) .. "\n")
end

-- JSON as others write it: every byte of a text that has a short form stays.
local function encoded(value)
  if type(value) == "string" then
    return '"' .. value:gsub('[%z\1-\31\\"]', function(byte) return ("\\u%04x"):format(byte:byte()) end) .. '"'
  elseif type(value) == "userdata" and value ~= json.null then
    return nil
  elseif type(value) == "table" and value[1] ~= nil then
    local parts = {}
    for i, element in ipairs(value) do
      parts[i] = encoded(element)
      if not parts[i] then
        return nil
      end
    end
    return "[" .. table.concat(parts, ",") .. "]"
  elseif type(value) == "table" then
    local parts = {}
    for name, member in pairs(value) do
      local text = encoded(member)
      if not text then
        return nil
      end
      parts[#parts + 1] = ("%s:%s"):format(encoded(name), text)
    end
    return "{" .. table.concat(parts, ",") .. "}"
  end
  return value == json.null and "null" or tostring(value)
end

function inputs.json(person, column, value)
  local first, second = encoded(person), encoded(value)
  return first and second and site.file(('{"person":%s,"%s":%s}\n'):format(first, column, second))
end

function inputs.list(person, column, value)
  return { { person = person, [column] = value } }
end

inputs["list of lists"] = function(person, column, value)
  return { { person = person, [column] = { value } } }
end

inputs["json list of lists"] = function(person, column, value)
  return inputs.json(person, column, { value })
end

-- Person, column, value of the cell, and a part of the message; where it is not checked at all, why.
local BREAK = "holds a line break or a control character"
local ok = "SEP1"
local cases = {
  { "an empty name", "", "cisco_em", ok, "names nobody" },
  { "a blank name", " \t ", "cisco_em", ok, "names nobody" },
  { "a number for a name", 7, "cisco_em", ok, "names nobody" },
  { "a yes for a name", true, "cisco_em", ok, "names nobody" },
  { "null for a name", json.null, "cisco_em", ok, "names nobody" },
  { "a list for a name", { "ana" }, "cisco_em", ok, "names nobody" },
  { "a line break in a name", "ana\nben", "cisco_em", ok, BREAK },
  { "an escape in a name", "a\27[2Jna", "cisco_em", ok, BREAK },
  { "a C1 control in a name", "a\194\155na", "cisco_em", ok, BREAK },
  { "a line separator in a name", "a\226\128\168na", "cisco_em", ok, BREAK },
  { "a NUL byte in a name", "a\0na", "cisco_em", ok, "NUL byte" },
  { "a name that is no UTF-8", "Ren\233", "cisco_em", ok, "is not" },
  { "a name that became an error", "#REF!", "cisco_em", ok, "is a spreadsheet's error" },
  { "an unknown column", "ana", "cisco_me", ok, "unknown column 'cisco_me'" },
  { "a number", "ana", "agvance", 7, "is a number, where a text" },
  { "a yes", "ana", "agvance", true, "is a boolean, where a text" },
  { "an object", "ana", "cisco_em", { device = "SEP1" }, "a table" },
  { "a line break in a target", "ana", "cisco_em", "SEP\n1", BREAK },
  { "a carriage return in a target", "ana", "agvance", "K\r1", BREAK },
  { "a tab in a target", "ana", "cisco_em", "SEP\t1", BREAK },
  { "a C1 control in a target", "ana", "isymphony", "a\194\133na", BREAK },
  { "a paragraph separator in a target", "ana", "isymphony", "a\226\128\169na", BREAK },
  { "a NUL byte in a target", "ana", "agvance", "K\0", "NUL byte" },
  { "a target that is no UTF-8", "ana", "isymphony", "Ren\233", "is not" },
  { "a line break in a token", "ana", "oracle_commerce", "to\nken", BREAK },
  { "a line break in a token with a device", "ana", "jde_ais", "to\nken@PC", BREAK },
  { "an escape in a device", "ana", "jde_ais", "token@P\27C", BREAK },
  { "no device", "ana", "cisco_em", "=ana", "no device stands before '='" },
  { "no user", "ana", "cisco_em", "SEP1=", "no user stands after '='" },
  { "nobody named", "ana", "cisco_em", "user:", "nobody is named" },
  { "no token", "ana", "jde_ais", "@PC", "no token stands before '@'" },
  { "no device of a token", "ana", "jde_ais", "token@", "no device stands after '@'" },
  { "User:", "ana", "cisco_em", "User:ana", "begins with 'User:'" },
  { "USER :", "ana", "agvance", "USER : ana", "begins with 'USER:'" },
  { "user: in full width", "ana", "cisco_em", "user\239\188\154ana", "begins with 'user:'" },
  { "a shortened number", "ana", "agvance", "1.2E+05", "a number that a spreadsheet shortened" },
  { "an error of a spreadsheet", "ana", "cisco_em", "#VALUE!", "is a spreadsheet's error" },
  { "more than 64 KiB", "ana", "agvance", ("k"):rep(65537), "64 KiB" },
  { "parts with a line break in the token", "ana", "jde_ais", { token = "to\nken", device = "PC" }, BREAK },
  { "parts with a line break in the device", "ana", "jde_ais", { token = "token", device = "P\nC" }, BREAK },
  { "parts with an empty device", "ana", "jde_ais", { token = "token", device = "" }, "its device is empty" },
  { "parts with a blank device", "ana", "jde_ais", { token = "token", device = " " }, "its device is empty" },
  { "parts with a blank token", "ana", "jde_ais", { token = " " }, "its token is neither" },
  { "parts with a number for a device", "ana", "jde_ais", { token = "token", device = 7 }, "its device is a number" },
  { "parts with a number for a token", "ana", "jde_ais", { token = 7 }, "its token is neither" },
  { "parts with another member", "ana", "jde_ais", { token = "token", devise = "PC" }, "has a member 'devise'" },
  { "parts where no token belongs", "ana", "cisco_em", { token = "token" }, "has a member 'token'" },
  { "a secret with a line break", "ana", "oracle_commerce", signoff.secret.new "to\nken", BREAK },
  { "a secret with a NUL byte", "ana", "oracle_commerce", signoff.secret.new "to\0ken", "NUL byte" },
  { "a secret in parts with a control", "ana", "jde_ais", { token = signoff.secret.new "t\1", device = "PC" }, BREAK },
  { "a secret where a text belongs", "ana", "cisco_em", signoff.secret.new "SEP1", "is a secret, where a text must stand" },
}

for kind, make in pairs(inputs) do
  describe(kind .. " refuses", function()
    for _, case in ipairs(cases) do
      local column, value = case[3], case[4]
      if kind == "csv" and (type(case[2]) ~= "string" or type(value) ~= "string") then
        value = nil -- CSV has texts alone
      elseif kind:find "lists$" and type(value) == "table" and value.token == nil then
        value = nil -- a list in a list is another case
      elseif kind:find "^json" and (type(value) == "userdata" or type(value) == "table" and type(value.token) == "userdata") then
        value = nil -- JSON has no secrets
      end
      if value ~= nil then
        it(case[1], function()
          local list, message = people.read(make(case[2], column, value), systems)
          assert.is_nil(list)
          local elements = kind:find "lists$" and message:find("element 1 is a", 1, true)
          assert(message:find(case[5], 1, true) or elements, message)
          assert.is_nil(message:find("[%z\1-\9\11-\31]"), message)
          assert.is_nil(column ~= "cisco_em" and message:find("'to", 1, true) or nil) -- a token is not shown
        end)
      end
    end
  end)
end

describe("a name twice", function()
  for name, text in pairs {
    ["in CSV"] = "person,cisco_em,cisco_em\nana,SEP1,SEP2\n",
    ["in CSV, with blanks"] = "person,cisco_em, cisco_em \nana,SEP1,SEP2\n",
    ["in JSON"] = '{"person":"ana","cisco_em":"SEP1","cisco_em":"SEP2"}\n',
    ["in JSON, the person"] = '{"person":"ana","cisco_em":"SEP1","person":"ben"}\n',
    ["in JSON, escaped"] = '{"person":"ana","cisco_em":"SEP1","cisco\\u005fem":"SEP2"}\n',
    ["in JSON, in parts"] = '{"person":"ana","jde_ais":{"token":"t","device":"A","device":"B"}}\n',
    ["in JSON, in parts in a list"] = '{"person":"ana","jde_ais":["x@y",{"token":"t","token":"u"}]}\n',
    ["in JSON, ignored"] = '{"person":"ana","cisco_em":"SEP1","manager":{"a":1,"a":2}}\n',
  } do
    it("is refused " .. name, function()
      local list, message = people.read(site.file(text), systems, { ignore = { "manager" } })
      assert.is_nil(list)
      assert(message:find("two columns are called", 1, true) or message:find(":1: has a member twice in one object", 1, true), message)
    end)
  end

  it("is none where two objects have it", function()
    assert(people.read(site.file '{"person":"ana","jde_ais":[{"token":"t"},{"token":"u"}]}\n{"person":"ben","cisco_em":"SEP1"}\n', systems))
  end)
end)

describe("a Lua list", function()
  local gap = { { person = "ana", cisco_em = "SEP1" } }
  gap[3] = { person = "ben", cisco_em = "SEP2" }
  for name, list in pairs {
    ["with a gap"] = gap, ["that is a person"] = { person = "ana", cisco_em = "SEP1" },
    ["with a named person"] = { { person = "ana", cisco_em = "SEP1" }, last = { person = "ben" } },
  } do
    it(name .. " is refused, since it would lose somebody", function()
      local found, message = people.read(list, systems)
      assert.is_nil(found)
      assert(message:find("gaps or named members", 1, true), message)
    end)
  end

  it("of cells with a gap is refused", function()
    local cell = { "SEP1" }
    cell[3] = "SEP3"
    local found, message = people.read({ { person = "ana", cisco_em = cell } }, systems)
    assert.is_nil(found)
    assert(message:find("is a table that is no list of targets", 1, true), message)
  end)
end)

describe("the same targets come of", function()
  for kind, make in pairs(inputs) do
    it(kind, function()
      for _, value in ipairs { " SEP1 ", "SEP1=ana", "user:ana?", "a;b" } do
        local cell = (kind == "json" or kind == "list") and value:gsub(";", "\\;") or value
        local list = assert(people.read(make(" ana ", "cisco_em", cell), systems))
        local texts = require("signoff.offboard.people.cells").split(list[1].cells.cisco_em)
        assert.are.same({ "ana", { (value:gsub("^ (.*) $", "%1")) } }, { list[1].person, texts })
      end
    end)
  end

  it("parts with blanks around them", function()
    local client = systems.jde_ais.client
    local target = assert(targets.understand("jde_ais", client, { token = " t ", device = " PC " }))
    assert.are.same({ token = "t", device = "PC" }, target)
    assert.are.same({ token = "t", device = "PC" }, assert(targets.understand("jde_ais", client, "t@PC")))
  end)
end)

describe("what is asked for late", function()
  it("is checked as a list is", function()
    local client = systems.cisco_em.client
    for _, value in ipairs { "SEP\n1", { "SEP1", "User:ana" }, 7, { "Ren\233" }, "#REF!", { token = "t" } } do
      assert.is_nil(targets.late(client, value))
    end
  end)

  it("is checked in a person of offboard.run", function()
    for _, person in ipairs { { person = "a\nna", cisco_em = "SEP1" }, { person = "ana", cisco_em = "User:ana" }, { person = "ana", cisco_em = { "a", 7 } } } do
      local result, message = offboard.run(site.map(nil, { cisco_em = true }), person)
      assert.is_nil(result)
      assert(message:find("people[1]", 1, true), message)
    end
  end)
end)
