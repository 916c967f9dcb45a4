-- SPDX-License-Identifier: MIT
-- Lists of replies, as the `read` of a system in Lua sees them: one element is a list too, and an empty object is none.

local core = require "signoff.core"
local signoff = require "signoff"

local made = 0

-- A system whose `read` gives the rows of `sessions.session`, of `sessions`, or of the body, as a script does that trusts the form.
local function new_client(words, pick)
  made = made + 1
  local seen = {}
  local client = signoff.system {
    name = "lists" .. made, title = "It lists", by_hand = "look", target = "text", words = words,
    operations = {
      kick = { changes = true, build = function() return {} end, read = function() return { answer = "accepted" } end },
      who = { build = function() return {} end, read = function(reply)
        seen.body = reply.body
        local rows = {}
        for i, row in ipairs(pick(reply.body)) do
          rows[i] = { id = type(row) == "table" and row.id or nil }
        end
        return rows
      end },
    },
    list = { operation = "who", key = "id" },
  } { url = "http://127.0.0.1:1" }
  return client, seen
end

local function within(body)
  local sessions = body.sessions
  return sessions and sessions.session or {}
end

local function direct(body)
  return type(body.sessions) == "table" and body.sessions or {}
end

local function whole(body)
  return body
end

-- The ids that a reply is read as, the view of it, and why nothing that is not in it counts as gone.
local function ids_of(words, pick, text, operation)
  local client, seen = new_client(words, pick)
  local answer, message = core.read(core.reply(core.build(client, operation or "who", operation and "s1" or nil), 200, text))
  if not answer then
    return message
  end
  local ids = {}
  for i, row in ipairs(answer) do
    ids[i] = tostring(row.id)
  end
  return table.concat(ids, " "), answer.doubt, seen.body
end

local LISTS = { lists = { "session" } }

-- A body of XML, and the ids that stand in it.
local xml = {
  { "two elements", "<r><sessions><session><id>1</id></session><session><id>2</id></session></sessions></r>", "1 2" },
  { "one element", "<r><sessions><session><id>1</id></session></sessions></r>", "1" },
  { "one element between others", "<r><sessions><a>x</a><session><id>1</id></session><b>y</b></sessions></r>", "1" },
  { "none", "<r><sessions/></r>", "" },
  { "none, with another element", "<r><sessions><a>x</a></sessions></r>", "" },
}

-- A body of JSON, and the doubt that it leaves; false: it is whole.
local NONE = "has something else than a list as 'sessions'"
local json = {
  { "an empty array", '{"sessions":[]}', false }, { "an array", '{"sessions":[{"id":"1"}]}', false }, { "null", '{"sessions":null}', false },
  { "an array behind blanks", '{"sessions" : \n [ ] }', false }, { "no such member", '{"count":0}', false },
  { "an empty object", '{"sessions":{}}', NONE }, { "an empty object behind blanks", '{"sessions" :\n { }}', NONE },
  { "an object", '{"sessions":{"id":"1"}}', NONE }, { "a text", '{"sessions":""}', NONE }, { "a number", '{"sessions":0}', NONE },
  { "false", '{"sessions":false}', NONE }, { "an empty object further down", '{"sessions":[],"more":[{"sessions":{}}]}', NONE },
  { "its name as a text", '{"a":"sessions","b":{}}', false }, { "its name in a text", '{"a":"\\"sessions\\":{}"}', false },
  { "a longer name", '{"sessions2":{},"xsessions":{},"session":{}}', false },
}

describe("a list of a reply", function()
  for _, case in ipairs(xml) do
    it("of XML is one, however many elements there are: " .. case[1], function()
      local ids, doubt, body = ids_of(LISTS, within, case[2])
      assert.equal(case[3], ids)
      assert.is_nil(doubt)
      local sessions = type(body.sessions) == "table" and body.sessions.session
      assert.equal(select(2, case[3]:gsub("%d", "")), sessions and #sessions or 0)
    end)
  end

  it("of XML is none where it is not said: one element stands for itself", function()
    local ids, _, body = ids_of(nil, within, xml[2][2])
    assert.equal("", ids)
    assert.same({ sessions = { session = { id = "1" } } }, body)
  end)

  it("of XML has texts, and elements with attributes, as items", function()
    local _, _, body = ids_of({ lists = { "s" }, attributes = { "id" } }, within, '<r><s id="7">x</s><t><s>y</s></t><u><s/></u></r>')
    assert.same({ s = { { id = "7", text = "x" } }, t = { s = { "y" } }, u = { s = { "" } } }, body)
  end)

  for _, words in ipairs { { lists = { "sessions" } }, { rows = "sessions" }, { lists = { "other", "sessions" }, rows = "others" } } do
    for _, case in ipairs(json) do
      it(("of JSON, as %s, is an array: %s"):format(next(words), case[1]), function()
        local _, doubt = ids_of(words, direct, case[2])
        assert.equal(case[3] or nil, doubt)
      end)
    end
  end

  for name, case in pairs {
    ["an empty array"] = { "[]" }, ["an empty object"] = { "{}", "is an empty object, which lists nobody" }, ["rows"] = { '[{"id":"1"}]' },
    ["an empty element"] = { "<r/>" },
  } do
    it("that is all of it: " .. name, function()
      local _, doubt = ids_of(nil, whole, case[1])
      assert.equal(case[2], doubt)
    end)
  end

  it("leaves a change without a success where it is none", function()
    local client = new_client({ lists = { "sessions" } }, direct)
    local answer = assert(core.read(core.reply(core.build(client, "kick", "s1"), 200, '{"sessions":{}}')))
    assert.equal("undecided " .. NONE, answer.answer .. " " .. answer.doubt)
  end)
end)
