-- SPDX-License-Identifier: MIT
-- XML that libxml2 is given piece by piece.

local core = require "signoff.core"
local fixtures = require "spec.support.fixtures"

local client = fixtures.client "cisco_em"
local ROW = '<device name="SEP&#x31;&amp;é"><userID>r&amp;d <![CDATA[<é>]]></userID></device>'

local function read(body)
  return core.read(core.reply(core.build(client, "query_devices", { "SEP1&é", "SEP2" }), 200, body))
end

local function list(inside)
  return "<response><deviceUserResults>" .. inside .. "</deviceUserResults></response>"
end

describe("XML in pieces", function()
  it("is the same wherever a piece ends", function()
    local whole = assert(read(list(ROW)))
    assert.equal("r&d <é>", whole[1].user)
    for padding = 3000, 4100 do
      assert.same(whole, assert(read(list("<!--" .. (" "):rep(padding) .. "-->" .. ROW))))
    end
  end)

  it("is read to its end", function()
    local rows = {}
    for i = 1, 5000 do
      rows[i] = ('<device name="SEP%d"><userID>user.%d</userID></device>'):format(i + 2, i)
    end
    assert.equal("r&d <é>", assert(read(list(table.concat(rows) .. ROW)))[1].user)
    local answer, _, code = read(list(table.concat(rows) .. ROW) .. "x")
    assert.is_nil(answer)
    assert.equal("unusable", code)
  end)

  it("may have prefixes that nobody declared, and comments without end", function()
    assert.equal("r&d <é>", assert(read(list(("<a:b/>"):rep(1000) .. ROW)))[1].user)
    assert.equal("r&d <é>", assert(read(list(("<!-- a --><?b c?>"):rep(10000) .. ROW)))[1].user)
    assert.equal("r&d <é>", assert(read(list(("<a xmlns:b='c'/>"):rep(1000) .. ROW)))[1].user)
  end)

  local function refused(inside, why)
    local answer, message, code, detail = read(list(inside .. ROW))
    assert.is_nil(answer)
    assert.equal("unusable", code)
    assert.is_truthy(message:find(why, 1, true), message)
    assert.is_false(detail.retriable)
  end

  it("is read in the encodings that systems use", function()
    local function in_encoding(name, user)
      return ('<?xml version="1.0"\n encoding=%s?>'):format(name) .. list(('<device name="SEP2"><userID>%s</userID></device>'):format(user))
    end
    for _, name in ipairs { "'ISO-8859-1'", '"iso-8859-1"', "'latin1'", "'windows-1252'", "'CP1252'", "'ISO-8859-15'", "'ISO8859-1'", "'ISO8859_1'", "'l1'" } do
      assert.equal("é", assert(read(in_encoding(name, "\233")))[2].user, name)
    end
    for _, name in ipairs { "'UTF-8'", '"utf8"', " = 'UTF-8' standalone='yes'" } do
      assert.equal("é", assert(read((in_encoding(name, "é"):gsub("encoding= =", "encoding ="))))[2].user, name)
    end
    for _, name in ipairs { "'UTF-7'", "'IBM037'", "'EUC-JP'", "'x'", "''", "'UTF-7" .. (" "):rep(300) .. "'", (" "):rep(300) .. "'UTF-8'" } do
      local answer, message, code = read(in_encoding(name, "e"))
      assert.is_nil(answer)
      assert.equal("unusable", code)
      assert.is_truthy(message:find("encoding", 1, true), message)
    end
  end)

  it("is refused with a crowd in a tag", function()
    local crowd, spaces = {}, {}
    for i = 1, 257 do
      crowd[i], spaces[i] = (" a%d=''"):format(i), (" xmlns:a%d='b'"):format(i)
    end
    refused(("<a x='>'%s/>"):format(table.concat(crowd)), "more attributes")
    refused(("<a%s/>"):format(table.concat(spaces)), "more attributes")
    refused(("<a%s>"):format(table.concat(spaces, "", 1, 2)):rep(200), "more attributes")
    local undeclared = {}
    for i = 1, 200 do
      undeclared[i] = (" p:a%d=''"):format(i)
    end
    refused(("<a%s%s/>"):format(("b"):rep(10000), table.concat(undeclared)):rep(50), "more mistakes")
    assert.is_truthy(read("<?xml-stylesheet href='a?encoding=none'?>" .. list(ROW)))
    for _, sizes in ipairs { 100, 12000 } do
      refused(("<a b='%s'/>"):format(("x"):rep(sizes * 1000)), "longer than")
      refused(("<!--%s-->"):format(("x"):rep(sizes * 1000)), "longer than")
    end
  end)
end)
