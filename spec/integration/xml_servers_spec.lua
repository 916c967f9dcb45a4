-- SPDX-License-Identifier: MIT
-- XML as servers send it, not as it should be.

local core = require "signoff.core"
local fixtures = require "spec.support.fixtures"
local peer = require "spec.support.peer"
local signoff = require "signoff"

local client = fixtures.client "cisco_em"
local function list(user, last)
  return ("<response><deviceUserResults><device name=\"SEP1\"><userID>%s</userID><lastlogin>%s</lastlogin></device></deviceUserResults></response>")
    :format(user, last or "x")
end

local function read(body, content_type)
  return core.read(core.reply(core.build(client, "query_devices", { "SEP1" }), 200, body, -1, content_type))
end

describe("how characters are encoded", function()
  local declared = '<?xml version="1.0" encoding="%s"?>'
  -- label, declaration, the bytes of a name; the name (nil: the reply cannot be read)
  local rows = {
    { "text/xml", "", "m\195\188", "m\195\188" }, { nil, "", "m\195\188", "m\195\188" }, { nil, "", "m\252" }, { "text/xml", "", "m\252" },
    { "text/xml; charset=ISO-8859-1", "", "m\252", "m\195\188" }, { "text/xml;charset=iso-8859-1", "", "m\252", "m\195\188" },
    { 'text/xml; charset="ISO-8859-1"', "", "m\252", "m\195\188" }, { "text/xml; Charset=latin1", "", "m\252", "m\195\188" },
    { "text/xml; charset=windows-1252", "", "\128\252", "\226\130\172\195\188" }, { "text/xml; charset=ISO-8859-15 ; q=1", "", "\164", "\226\130\172" },
    { "text/xml; charset=ISO-8859-1", '<?xml version="1.0"?>', "m\252", "m\195\188" },
    { "text/xml; charset=ISO-8859-1", "\n\n<?xml version='1.0'?>", "m\252", "m\195\188" },
    { "text/xml; charset=ISO-8859-1", "", "m\195\188", "m\195\188" }, -- bytes that are UTF-8 are no accident
    { "text/xml; charset=ISO-8859-1", declared:format "UTF-8", "m\195\188", "m\195\188" },
    { "text/xml; charset=ISO-8859-1", declared:format "UTF-8", "m\252" },
    { "text/xml; charset=UTF-8", declared:format "ISO-8859-1", "m\252", "m\195\188" },
    { "text/xml; charset=UTF-8", "", "m\252" }, { "text/xml; charset=utf-16", "", "m\195\188", "m\195\188" },
    { "text/xml; charset=EUC-JP", "", "m\252" }, { "text/xml; charset=", "", "m\252" }, { "text/xml; charset=x", "", "m\252" },
    { "text/xml; charset=" .. ("x"):rep(5000), "", "m\252" }, { "text/xml; charset=UTF-7", "", "m\252" },
    { nil, declared:format "utf-16", "m\195\188", "m\195\188" }, { nil, declared:format "UTF-16", "m", "m" },
    { nil, declared:format "UTF-16LE", "m\195\188", "m\195\188" }, { "text/xml; charset=utf-16", declared:format "utf-16", "m", "m" },
    { "text/xml; charset=ISO-8859-1", declared:format "utf-16", "m\252", "m\195\188" }, { nil, declared:format "utf-16", "m\252" },
    { nil, declared:format "ISO-10646-UCS-2", "m\195\188", "m\195\188" }, { nil, declared:format "unicode", "m\195\188", "m\195\188" },
    { nil, declared:format "UCS-2", "m", "m" }, { nil, declared:format "utf-32", "m\195\188", "m\195\188" }, { nil, declared:format "UTF-32", "m\252" },
    { "text/xml; charset = iso-8859-1", "", "m\252", "m\195\188" }, { "text/xml; charset='iso-8859-1'", "", "m\252", "m\195\188" },
    { "text/xml; xcharset=utf-8; charset=iso-8859-1", "", "m\252", "m\195\188" }, { "text/xml; version=1; charset=cp1252", "", "\128", "\226\130\172" },
  }
  for number, row in ipairs(rows) do
    it(("row %d"):format(number), function()
      local answer, message, code, detail = read(row[2] .. list(row[3]), row[1])
      if row[4] then
        assert.are.equal(row[4], assert(answer, message)[1].user)
      else
        assert.are.equal("unusable", code)
        assert.is_true(detail.malformed)
        assert(message:find("line 1 has bytes that are no text in its encoding; ", 1, true), message)
      end
    end)
  end

  it("is taken from the wire", function()
    for _, row in ipairs { { "text/xml; charset=ISO-8859-1", "m\195\188" }, { "text/xml" } } do
      local body = list "m\252"
      local server = peer.start { { "request", { send = ("HTTP/1.1 200 OK\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s"):format(row[1],
        #body, body) }, "close" } }
      local em = signoff.cisco_em { url = server.url, app_id = "a", app_certificate = "b-4711" }
      local answer, _, code = em:query_devices { "SEP1" }
      assert.are.equal(row[2], answer and answer[1].user)
      assert.are.equal(not row[2] and "unusable" or nil, code)
    end
    peer.stop_all()
  end)
end)

describe("what stands around and inside", function()
  local rows = {
    { "\n" .. '<?xml version="1.0"?>' }, { "\r\n \t" .. '<?xml version="1.0" encoding="UTF-8"?>' }, { "\239\187\191" .. '<?xml version="1.0"?>' },
    { "\239\187\191\n\n" .. '<?xml version="1.0"?>' }, { "\n\n" }, { "\239\187\191" }, { "", "\n\n" },
  }
  for number, row in ipairs(rows) do
    it(("passes: row %d"):format(number), function()
      assert.are.equal("ana", assert(read(row[1] .. list "ana" .. (row[2] or "")))[1].user)
    end)
  end

  it("is trimmed", function()
    for _, text in ipairs { "\n  ana\n", " ana", "ana\t\r\n" } do
      local row = assert(read(list(text, "\n  bo \n")))[1]
      assert.are.same({ "ana", "bo" }, { row.user, row.last_user })
    end
  end)

  local mistakes = {
    { list "a\1b", "line 1 has a character that XML forbids" }, { list "a&#1;b", "line 1 has a character that XML forbids" },
    { "<response>\n<deviceUserResults>\n</device></response>", "line 3 has the end of another element" }, { list "a&nbsp;b", "an entity that XML does not know" },
    { "<response>\n\n<deviceUserResults>", "line 3 has its end, inside an element" }, { list "a & b", "that is not escaped" }, { list "a < b", "not escaped" },
    { list "a" .. "x", "something behind its end" }, { "<!-- -->\n<?xml version='1.0'?>" .. list "a", "line 2 has an XML declaration" },
    { "\n\n<?xml version='1.0'?>\n" .. list "a&b", "line 4 has" },
  }
  for number, row in ipairs(mistakes) do
    it(("is told by line and reason: row %d"):format(number), function()
      local _, message = read(row[1])
      local at = assert(message:find(row[2], 1, true), message)
      assert((message:find("url", at, true)), message)
    end)
  end
end)

-- Fifty phones, of which some have a row that makes any reply with it unreadable.
describe("a list with rows that cannot be read", function()
  local function names(count)
    local made = {}
    for i = 1, count do
      made[i] = "SEP" .. i
    end
    return made
  end

  -- The question for `run`, and its answer.
  local function system(bad)
    local asked = 0
    return function(_, devices)
      asked = asked + 1
      local rows = { whole = true, http_status = 200 }
      for i, device in ipairs(devices) do
        if bad[device] or bad.all then
          local detail = { message = "the reply is not well-formed XML", code = "unusable", malformed = bad.all ~= "other" or nil }
          return nil, detail.message, detail.code, detail
        end
        rows[i] = { device = device, state = "free", whole = true, active = false }
      end
      return rows
    end, function() return asked end
  end

  local halves = require "signoff.bisection"
  local rows = {
    { "one of fifty", 50, { "SEP33" }, 16 }, { "the first", 50, { "SEP1" }, 16 }, { "the last", 50, { "SEP50" }, 16 }, { "one of two", 2, { "SEP2" }, 3 },
    { "two together", 50, { "SEP7", "SEP8" }, 20 }, { "two apart", 50, { "SEP2", "SEP44" }, 26 }, { "none", 50, {}, 1 },
  }
  for _, row in ipairs(rows) do
    it(row[1] .. " leaves the others known", function()
      local bad = {}
      for _, name in ipairs(row[3]) do
        bad[name] = true
      end
      local run, asked = system(bad)
      local answer = assert(halves(core.facts.cisco_em.operations.query_devices, run)(client, names(row[2])))
      assert.are.equal(row[2], #answer)
      for i, found in ipairs(answer) do
        assert.are.equal("SEP" .. i, found.device)
        assert.are.equal(bad[found.device] and "unknown" or "free", found.state)
        assert.are.equal(not bad[found.device], found.whole)
      end
      assert.are.equal(#row[3] == 0, answer.whole)
      assert(asked() <= row[4], asked())
    end)
  end

  it("gives up where no reply can be read, or the failure is another", function()
    for _, row in ipairs { { true, 7 }, { "other", 1 } } do
      local run, asked = system { all = row[1] }
      local answer, _, code = halves(core.facts.cisco_em.operations.query_devices, run)(client, names(50))
      assert.is_nil(answer)
      assert.are.equal("unusable", code)
      assert(asked() <= row[2], asked())
    end
  end)

  it("are found by a client's method", function()
    local function reply(devices)
      local made = {}
      for device in devices:gmatch "%d+" do
        made[#made + 1] = ('<device name="SEP%s"><%s/></device>'):format(device, device == "3" and "none>\252<" or "none")
      end
      local body = "<response><deviceUserResults>" .. table.concat(made) .. "</deviceUserResults></response>"
      return { "request", { send = ("HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s"):format(#body, body) }, "close" }
    end
    local server = peer.start { reply "1 2 3 4", reply "1 2", reply "3 4", reply "3", reply "4" }
    local em = signoff.cisco_em { url = server.url, app_id = "a", app_certificate = "b-4711" }
    local answer = assert(em:query_devices { "SEP1", "SEP2", "SEP3", "SEP4" })
    local states = {}
    for i, row in ipairs(answer) do
      states[i] = row.device .. " " .. row.state
    end
    assert.are.same({ "SEP1 free", "SEP2 free", "SEP3 unknown", "SEP4 free" }, states)
    assert(answer[3].doubt:find("line 1", 1, true), answer[3].doubt)
    peer.stop_all()
  end)
end)
