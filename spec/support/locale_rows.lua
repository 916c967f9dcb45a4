-- SPDX-License-Identifier: MIT
-- The results that must be the same in every locale, a row each: prints the name and what came of it. Run as a script, in_locale.lua before it.

local when = os.getenv "WHEN"
if when then
  dofile "spec/support/in_locale.lua"
end

local core = require "signoff.core"
local files = require "spec.support.files"
local fixtures = require "spec.support.fixtures"
local json = require "signoff.json"
local peer = require "spec.support.peer"
local signoff = require "signoff"

local folder = peer.directory()

-- One reply that a server sends with these headers.
local function received(headers, body)
  local server = peer.start { { "request", { send = "HTTP/1.1 200 OK\r\n" .. headers .. "\r\n\r\n" .. (body or "") }, "close" } }
  local client = signoff.jde_ais { url = server.url, token = "token-4711" }
  local answer, message, code, detail = client:status()
  local about = answer or detail
  return json.encode { code or "answer", message and message:gsub("%d%d%d%d+", "PORT") or "", tostring(about.stale), tostring(about.date) }
end

local function em_reply(declaration, name)
  local client = fixtures.client "cisco_em"
  local reply = { status = 200, headers = {}, body = declaration .. "<response><userDevicesResults><user id=\"" .. name
    .. "\"><none/></user></userDevicesResults></response>" }
  local answer, message = fixtures.read(client, "query_users", { { "ana" } }, reply)
  return answer and json.encode(answer.fields) or message
end

local function ais_reply(body)
  local answer, message = fixtures.read(fixtures.client("jde_ais", { token = "token-4711" }), "status", {}, { status = 200, headers = {}, body = body })
  return answer and json.encode(answer) or message
end

local function people(list, options)
  local path = folder .. "/people.csv"
  files.write(path, list)
  os.execute("chmod 600 " .. path)
  local plan, message = require("signoff.offboard").plan({ isymphony = { client = fixtures.client "isymphony",
    status = { name = "Gone", type = "unavailable" } } }, path, options or {})
  return plan and "planned" or (message:gsub("/[^ ]-/people", "people"))
end

local values = function(name) return require("signoff.offboard.cli.values")[name] end

local rows = {
  { "a journal's line", function()
    local path = folder .. "/journal"
    local journal = require "signoff.journal"
    local writer = assert(journal.create({ sleep = function() end }, path))
    assert(writer:write { event = "result", at = 1795900308.1564, B = 0.5, a = -1e-7 })
    assert(writer:close())
    local again = assert(journal.read(path))
    return files.read(path):match "17959%d+[.,]?%d*" .. tostring(again and require("signoff.journal").check(path) ~= nil)
  end },
  { "JSON is written", function() return json.encode { 0.5, 1e300, -2.25e-7, 17 } .. json.encode_unsorted { at = 0.1 } end },
  { "JSON is read", function() return json.encode(json.decode '[0.5,-1.25e3,1e-7,0.001,-0.0,12345.678901234,"1.5","\\"2.5",[10.10,0e0]]') end },
  { "JSON with a number that is none", function() return json.encode { json.decode '[1.5.2]' or 0, json.decode '[01.5]' or 0, json.decode '[+1.5]' or 0, json.decode '[1.]' or 0, json.decode '{"a":"1.5,}' or 0 } end },
  { "members are sorted", function() return json.encode { b = 1, a = 2, B = 3, A = 4, ["\195\164"] = 5, _x = 6, ["-y"] = 7, ["0"] = 8 } end },
  { "a list to protect", function() return table.concat(require("signoff.offboard.plan.protect").list { "IDA", "ida", "Zoe", "\195\132ra", "ab", "a-c", "aD" }, "|") end },
  { "systems begin by name", function()
    local systems = {}
    for _, name in ipairs { "b", "A-x", "a", "Ab", "\195\164" } do
      systems[#systems + 1] = { name = name, kind = "isymphony", after = {} }
    end
    local names = {}
    for i, system in ipairs(require "signoff.offboard.order"(systems)) do
      names[i] = system.name
    end
    return table.concat(names, " ")
  end },
  { "people are counted by name", function()
    local list = {}
    for i, name in ipairs { "b", "A", "a", "Z", "-c", "\195\164" } do
      list[i] = { person = name, system = "x", verdict = "ended" }
    end
    local names = {}
    for i, person in ipairs(require("signoff.offboard.report.summary").count(list).people) do
      names[i] = person.name
    end
    return table.concat(names, " ")
  end },
  { "a device's identity", function() return require("signoff.offboard.people.target").identity("cisco_em", { device = "SEPI-\195\132" }) end },
  { "somebody's identity", function() return require("signoff.offboard.people.target").identity("agvance", { find = "ISABEL" }) end },
  { "blanks around a text", function() return ("%q"):format(require("signoff.text").trim(" \t\195\160\n")) .. ("%q"):format(require("signoff.text").trim "\194\133x\194\160") end },
  { "controls in a text", function() return (require("signoff.text").short("a\195\137\1\226\130\172b")) .. require("signoff.text").clean("a\195\137\1\226\130\172b") end },
  { "somebody twice", function() return people "person,isymphony\nISA,isa\nisa,isa\n" end },
  { "a column nearly", function() return people "person,ISYMPHONI\nisa,isa\n" end },
  { "a name that is a blank in Latin-1", function() return people "person,isymphony\n\194\160,isa\n" end },
  { "a delimiter", function() return people("person;isymphony\nisa;isa\n", { delimiter = ";" }) .. tostring(values "delimiter" "\164") .. tostring(values "delimiter" "i") end },
  { "a span, a share, a schedule", function()
    return json.encode { values "span" "1.5h", values "share" "0.5%", values "schedule" "1.5,2, 3" }
  end },
  { "a schedule with decimal commas", function() return json.encode(values "schedule" "1,5") end },
  { "part of the targets that may fail", function()
    return tostring(require("signoff.offboard.options").rules and true) .. tostring(values "share" "1,5%")
  end },
  { "words of a shell", function() return require("signoff.offboard.cli.output").command({ "plan", "\195\132.csv", "IDA" }, {}) end },
  { "which option was meant", function() return select(2, pcall(require("signoff.offboard").plan, {}, {}, { TICKETI = 1 })):match "^[^\n]*" end },
  { "names", function() return core.compare("ISABEL", "isabel", "folded") .. core.compare("\196\177da", "IDA", "folded") end },
  { "a secret number", function()
    local client = fixtures.client("oracle_commerce", { token = "1234567.25" })
    return core.mask(client, '{"token":1234567.25}') .. ais_reply '{"note":0.25}'
  end },
  { "a secret in a reply's numbers", function()
    local client = fixtures.client("jde_ais", { token = "1234567.25" })
    local answer, message, _, detail = fixtures.read(client, "status", {}, { status = 500, headers = {}, body = '{"note":1234567.25,"other":2.5}' })
    return json.encode { answer = answer and answer.fields, message = message, fields = detail and detail.fields }
  end },
  { "a reply with fractions", function() return ais_reply '{"isValidSession":true,"seconds":12.75,"more":[0.5,1e-3]}' end },
  { "a number that is a text", function() return ais_reply '{"isValidSession":"TRUE","status":"200.5"}' end },
  { "an encoding's name", function() return em_reply('<?xml version="1.0" encoding="iso-8859-1"?>', "zo\235") end },
  { "an encoding's name in capitals", function() return em_reply('<?xml version="1.0" encoding="ISO-8859-1"?>', "zo\235") end },
  { "one of Windows", function() return em_reply('<?xml version="1.0" encoding="windows-1252"?>', "zo\128") end },
  { "how a body is written", function()
    local call = core.build(fixtures.client("agvance", { encoding = "form" }), "logout", { "i" })
    return core.request(call).body
  end },
  { "headers in capitals", function() return received("X-CACHE: HIT\r\nCONTENT-LENGTH: 2\r\nCONTENT-ENCODING: IDENTITY\r\nDATE: Sun, 06 Nov 1994 08:49:37 GMT", "{}") end },
  { "headers in small letters", function() return received("x-from-cache: 1\r\ncontent-length: 2\r\nage: 5\r\ntransfer-encoding: IDENTITY", "{}") end },
  { "two lengths", function() return received("CONTENT-LENGTH: 2\r\ncontent-length: 3", "{}") end },
  { "a handshake that breaks off", function()
    local server = peer.start { { "arrival", "reset" } }
    local client = signoff.jde_ais { url = (server.url:gsub("http", "https")), token = "token-4711" }
    local _, message, code = client:status()
    return code .. ": " .. message:gsub("%d%d%d%d+", "PORT")
  end },
  { "a server that is not there", function()
    local client = signoff.jde_ais { url = "http://127.0.0.1:9", token = "token-4711" }
    local _, message, code = client:status()
    return code .. ": " .. message:gsub("%d+ ms", "MS")
  end },
  { "an option out of its range", function() return select(2, pcall(fixtures.client, "jde_ais", { timeout = -0.5 })):gsub("^.-: ", "") end },
  { "what is wrong with a file", function() return select(2, core.file(("x"):rep(300))) end },
  { "a status's times", function()
    local client = fixtures.client "isymphony"
    local call = core.build(client, "set_status", { id = "i" }, { name = "I", type = "away", note = "n", return_time = 1795900308000 })
    return json.encode(json.decode(core.request(call).body))
  end },
  { "how fast a plan goes", function()
    local plan = assert(require("signoff.offboard").plan({ cisco_em = { client = signoff.cisco_em { host = "127.0.0.1:9", app_id = "a",
      app_certificate = "b", tls = false }, per_minute = 2.5 } }, { { person = "isa", cisco_em = "user:isa?" } }, {}))
    return (tostring(plan):gsub("Plan of[^\n]*", ""):gsub("Digest[^\n]*", ""):gsub("%d+ ms", "MS"))
  end },
  { "numbers in the systems' file", function()
    local path = folder .. "/systems.lua"
    files.write(path, [[local signoff = require "signoff"
      return { systems = { jde_ais = { client = signoff.jde_ais { url = "https://ais.example", token = "token-4711" }, per_minute = 2.5 } },
        options = { max_age = 1.5, settle = 2.5, max_fail = 5, schedule = { 0.5, 1.5 } } }]])
    os.execute("chmod 600 " .. path)
    return json.encode(require("signoff.offboard.cli.config").load(path).options)
  end },
  { "moments", function()
    local time = require "signoff.offboard.time"
    return time.shown(1795900308.1564) .. time.offset(1795900308)
  end },
  { "a report as CSV", function()
    local row = { person = "IDA", system = "x", target = "t", verdict = "failed", code = "denied", message = "0.5 s; =I", evidence = { { at = 1795900308.1564, what = "I" } } }
    return require("signoff.offboard").report({ results = { row }, started = 1, ended = 2 }, { format = "csv" })
  end },
  { "a report as text", function()
    local row = { person = "IDA", system = "x", target = "t", verdict = "failed", code = "denied", message = "0.5 s", evidence = { { at = 1795900308.1564, what = "I" } } }
    return require("signoff.offboard").report({ results = { row }, started = 1.5, ended = 2.25, settle = 0.1 }, { format = "text" })
  end },
  { "a token with something around it", function() return require("signoff.check").token "AUTHORIZATION: Bearer I" .. require("signoff.check").token "BASIC I" end },
  { "what a spreadsheet spoilt", function() return people "person,isymphony\nisa,\"1,5E+15\"\nida,#DIV/0!\n" end },
  { "a reply that is no JSON", function() return ais_reply '{"a":0.5,\n"b":1,5}' end },
  { "a label of characters", function()
    local client = fixtures.client "cisco_em"
    local call = core.build(client, "query_users", { "ana" })
    local answer, message = core.read(core.reply(call, 200, "<response><userDevicesResults><user id=\"ana\"><none/></user></userDevicesResults><x>\252</x></response>", -1,
      "text/xml; CHARSET=ISO-8859-1"))
    return answer and json.encode(answer.fields) or message
  end },
  { "how often gone was seen", function()
    return require("signoff.offboard").report({ results = {}, settle = 2.5, started = 1, ended = 2 }, { format = "text" })
  end },
}

local function shown(text)
  return (tostring(text):gsub("[^\32-\126]", function(byte)
    return ("\\%03d"):format(byte:byte())
  end))
end

for _, row in ipairs(rows) do
  local fine, came = pcall(row[2])
  io.write(row[1], "\t", fine and "" or "raised: ", shown(came), "\n")
end
peer.stop_all()
