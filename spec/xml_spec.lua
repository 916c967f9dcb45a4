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

  it("is refused where mistakes go on and on", function()
    local answer = assert(read(list("<a:b/>" .. ROW)))
    assert.equal("r&d <é>", answer[1].user)
    local nothing, _, code = read(list(("<a:b/>"):rep(101) .. ROW))
    assert.is_nil(nothing)
    assert.equal("unusable", code)
  end)
end)
