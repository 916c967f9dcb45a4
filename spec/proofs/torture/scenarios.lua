-- SPDX-License-Identifier: MIT
-- Scenarios for memory that runs out: each has `replies`, what the peer says to one request after the other, and `run`, which
-- gives what a method gave (`loose`: only its code is always the same; `unharmed`: the allocator that never fails). A client is made once and used again and again: what failed must not spoil it.
-- Run by host.c in a state of its own; also read by torture.lua, for the replies.

local url = ("http://127.0.0.1:%d"):format(port)

local function http(status, body, headers)
  body = body or ""
  return ("HTTP/1.1 %s\r\nContent-Length: %d\r\n%s\r\n%s"):format(status, #body, headers or "", body)
end

-- Rows between two texts.
local function rows(count, head, row, between, tail)
  local list = {}
  for i = 1, count do
    list[i] = row:gsub("@", i)
  end
  return head .. table.concat(list, between) .. tail
end

local replies = {
  em_success = http("200 OK", '<?xml version="1.0" encoding="UTF-8"?><response><success/></response>'),
  em_code_19 = http("200 OK", '<response><failure><error code="19">No user logged in</error></failure></response>'),
  em_code_3 = http("200 OK", '<response><failure><error code="3">bad app-password-4711 of signoff-app</error></failure></response>'),
  em_rita = http("200 OK", '<query-response><deviceUserResults><device name="SEP1"><userID>rita%20stone</userID><lastLoggedInUser>ann</lastLoggedInUser></device></deviceUserResults></query-response>'),
  em_free = http("200 OK", '<response><deviceUserResults><device name="SEP1"><none/></device></deviceUserResults></response>'),
  em_here = http("200 OK", '<response><deviceUserResults><device name="SEP1"><userID>rita</userID></device></deviceUserResults></response>'),
  em_many = http("200 OK", rows(60, "<response><deviceUserResults>", '<device name="SEP@"><userID>user@</userID></device>', "", "</deviceUserResults></response>")),
  panel_status = http("200 OK", '{"id":"8d1c","configurationId":"c1","name":"Gone home","type":"away","note":"\\u00fcber","returnTime":-1,"userCreated":true}'),
  panel_users = http("200 OK", rows(120, "[", '{"id":"u@","configurationId":"c@","userName":"user.@","displayedName":"User @","permissionId":"p"}', ",", "]")),
  panel_user = http("200 OK", '{"id":"u1","configurationId":"c1","userName":"rita","displayedName":"Rita","permissionId":"p"}'),
  panel_logins = http("200 OK", '[{"id":"l1","ip":"192.0.2.7","port":52299,"timeConnected":1700000000000}]'),
  none = http "204 No Content",
  ag_one = http("200 OK", '{"APIUsers":null,"Count":"1","Message":"OK, session-own","Status":"0"}'),
  ag_two = http("200 OK", '{"APIUsers":null,"Count":"2","Message":"OK","Status":"0"}'),
  ag_xml = http("200 OK", '<AgvApiUser xmlns:i="http://www.w3.org/2001/XMLSchema-instance" xmlns="http://schemas.datacontract.org/2004/07/AgvWebAPICSharp.Models.User"><APIUsers i:nil="true"/><Count>1</Count><Message>OK &amp; done</Message><Status>0</Status></AgvApiUser>'),
  ag_list = http("200 OK", rows(120, '{"Status":"0","Message":"OK","Count":"120","APIUsers":[', '{"UseriD":"u@","Application":"Dispatch","SessionLogKey":"K@","SessionID":"S@"}', ",", "]}")),
  ag_xml_list = http("200 OK", rows(60, '<AgvApiUser xmlns="http://schemas.datacontract.org/2004/07/AgvWebAPICSharp.Models.User"><APIUsers>', "<ApiUser><Application>Dispatch</Application><SessionID>S@</SessionID><SessionLogKey>K@</SessionLogKey><UseriD>u@</UseriD></ApiUser>", "", "</APIUsers><Count>60</Count><Message>OK</Message><Status>0</Status></AgvApiUser>")),
  ag_none = http("200 OK", '{"Status":"0","Message":"OK","Count":"0","APIUsers":[]}'),
  oracle_done = http("200 OK", '{"result":true,"links":[]}'),
  oracle_error = http("400 Bad Request", '{"errorCode":"85004","message":"eyToken-of-a-test is wrong","errors":[{"errorCode":"1","message":"m"}]}'),
  oracle_alive = http("200 OK", '{"success":true}'),
  jde_done = http("200 OK", '{"status":"Success"}'),
  jde_xml = http("200 OK", "<logout><status>Success</status></logout>"),
  jde_alive = http("200 OK", '{"isValidSession":true}'),
  jde_invalid = http("444 Invalid token", '{"message":"Invalid token 044Token","exception":"x"}'),
  type_wanted = http("415 Unsupported Media Type", '{"message":"no"}'),
  page = http("401 Unauthorized", "<html><body>Log in</body></html>", "Content-Type: text/html\r\n"),
  forbidden = http("403 Forbidden", "no licence"),
  busy = http("503 Service Unavailable", "later", "Retry-After: 7\r\n"),
  redirect = http("302 Found", "", "Location: https://other.example/login?token=1\r\n"),
  broken_json = http("200 OK", '{"status":"Success",}'),
  broken_xml = http("200 OK", "<response><success>"),
  doctype = http("200 OK", '<!DOCTYPE a [<!ENTITY b "c">]><response><success/></response>'),
  chunks = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n8\r\n{"status\r\nb\r\n":"Success"}\r\n0\r\nX-T: 1\r\n\r\n',
  closed = "",
}

-- The part of a client that people see, without one: the driver has no module.
local signoff = torture == nil and require "signoff"
local core = signoff and require "signoff.core"

local options = {
  cisco_em = { url = url .. "/em", app_id = "signoff-app", app_certificate = "app-password-4711" },
  isymphony = { url = url, username = "manager", password = "panel-password-4711" },
  agvance = { url = url, headers = { ["X-Api-Key"] = "agvance-key-4711" }, chunk = 2 },
  oracle_commerce = { url = url, token = "eyToken-of-a-test" },
  jde_ais = { url = url, token = "044Token", device = "PC-1", ca_file = "/etc/hostname", client_cert = "/etc/hostname" }, -- not used without TLS
  jde_in_lua = { url = url, token = "044Token", device = "PC-1" },
  agvance_in_lua = { url = url, headers = { ["X-Api-Key"] = "agvance-key-4711" } },
}

-- Systems that are described in Lua are described once in a state.
local described = {}

local function constructor(kind)
  local file = kind:find "_in_lua$" and "spec/support/" .. kind .. ".lua"
  described[kind] = described[kind] or (file and dofile(file) or signoff[kind])
  return described[kind]
end

local function with(kind, more)
  local all = { timeout = 3 }
  for _, source in ipairs { options[kind], more or {} } do
    for name, value in pairs(source) do
      all[name] = value
    end
  end
  return all
end

-- With what it makes once, when something is first shown.
local function client(kind, more)
  local made = signoff and constructor(kind)(with(kind, more))
  return made and core.mask(made, "") and made
end

local scenarios = {}

-- A method of a client that is kept.
local function calls(name, list, kind, more, method, ...)
  local arguments, kept = { ... }, client(kind, more)
  scenarios[name] = {
    replies = list,
    run = function()
      return kept[method](kept, (table.unpack or unpack)(arguments)) -- luacheck: ignore 143
    end,
  }
end

-- Anything else.
local function does(name, list, run)
  scenarios[name] = { replies = list, run = run }
end

-- The deadline is never what ends it: after some observations the schedule asks for more time than there is.
local quick = { settle = 0, schedule = { 0.001, 0.001, 0.001, 60 }, deadline = 5 }
local function quickly(more)
  local all = {}
  for _, source in ipairs { quick, more } do
    for name, value in pairs(source) do
      all[name] = value
    end
  end
  return all
end

does("compare names", {}, function()
  return ("%s %s %s"):format(core.compare("em%40Corp.example", "EM@corp.example\194\160", "folded"), core.compare("ana", "\208\176na"))
end)

does("keys of a name", {}, function()
  return ("%s %s"):format(core.name_key(("CORP\\\239\183\186"):rep(40), "exact"))
end)

-- Constructors, with all that they may be given
-- A system in Lua has its client before the module is loaded once more, which forgets it: see its calls.
for kind in pairs(options) do
  if not kind:find "_in_lua$" then
    does("make " .. kind, {}, function()
      return tostring(constructor(kind)(with(kind)))
    end)
  end
end
does("make with every option", {}, function()
  local made = signoff.jde_ais {
    url = url .. "/prefix/", path = "api", token = signoff.secret.new "044-secret", device = "PC", proxy = "http://user:password@proxy.example:3128",
    no_proxy = "a.example", ca_file = "/etc/hostname", ca_dir = "/etc", client_cert = "/etc/hostname", client_key = "/etc/hostname",
    client_key_password = "key-password", headers = function() return { ["X-One"] = "value-one", ["X-Two"] = signoff.secret.new "value-two" } end,
    accept = "xml", user_agent = "torture/1", verify = false, max_reply = 1000, log = function() end,
  }
  return core.mask(made, "user:password value-two")
end)
does("refuse options", {}, function()
  local problems = {}
  for i, wrong in ipairs { { url = "ftp://x" }, { url = url, nonsense = 1 }, { url = url, timeout = "x" }, { url = url, accept = "text/plain" } } do
    local _, problem = pcall(signoff.jde_ais, wrong)
    if tostring(problem):find "not enough memory" then
      error(problem, 0)
    end
    problems[i] = problem
  end
  return table.concat(problems, "; ")
end)
does("set defaults", {}, function()
  local now = signoff.defaults { timeout = 5, user_agent = "x" }
  signoff.defaults { timeout = false, user_agent = false }
  return now.user_agent
end)

-- Every operation
calls("cisco_em logout", { replies.em_success }, "cisco_em", nil, "logout", "SEP1")
calls("cisco_em logout, nobody there", { replies.em_code_19 }, "cisco_em", nil, "logout", "SEP1")
calls("cisco_em logout, refused with our password", { replies.em_code_3 }, "cisco_em", nil, "logout", "SEP1")
calls("cisco_em status", { replies.em_rita }, "cisco_em", nil, "status", "SEP1")
calls("cisco_em query_devices, 60", { replies.em_many }, "cisco_em", nil, "query_devices", { "SEP1", "SEP2", "SEP60", "SEP99" })
calls("cisco_em login", { replies.em_success }, "cisco_em", nil, "login", { device = "SEP1", user = "r&d <x>", minutes = 5 })
calls("isymphony status", { replies.panel_status }, "isymphony", nil, "status", "rita stone")
calls("isymphony set_status", { replies.none }, "isymphony", nil, "set_status", "rita", { name = "Gone", type = "away", note = "a\n\"b\"" })
calls("isymphony users, 120", { replies.panel_users }, "isymphony", nil, "users")
calls("isymphony logins", { replies.panel_logins }, "isymphony", nil, "logins", { id = "u1", user_name = "rita" })
calls("isymphony, no licence", { replies.forbidden, replies.panel_user }, "isymphony", nil, "status", "rita")
calls("isymphony, an id that is stale", { http("404 Not Found", "x"), replies.panel_status }, "isymphony", nil, "status", { id = "u1", user_name = "rita" })
calls("agvance logout", { replies.ag_one }, "agvance", nil, "logout", "K1")
calls("agvance logout in XML", { replies.ag_xml }, "agvance", { accept = "xml", encoding = "xml" }, "logout", { "K<1>", "K&2" })
calls("agvance logout as a form", { replies.ag_two }, "agvance", { encoding = "form" }, "logout", { "K 1", "K/2" })
calls("agvance logout in three chunks", { replies.ag_two, replies.ag_two, replies.ag_one }, "agvance", nil, "logout", { "K1", "K2", "K3", "K4", "K5" })
calls("agvance logout but for our own", { replies.ag_list, replies.ag_two }, "agvance", { session_id = "S3" }, "logout", { "K1", "K2", "K3" })
calls("agvance sessions, 120", { replies.ag_list }, "agvance", { session_id = "S3" }, "sessions")
calls("agvance sessions in XML, 60", { replies.ag_xml_list }, "agvance", { accept = "text/xml" }, "sessions")
calls("agvance status of three", { replies.ag_list }, "agvance", nil, "status", { "K1", "K77", "K999" })
calls("oracle_commerce logout", { replies.oracle_done }, "oracle_commerce", nil, "logout")
calls("oracle_commerce logout, refused with our token", { replies.oracle_error }, "oracle_commerce", nil, "logout")
calls("oracle_commerce status", { replies.oracle_alive }, "oracle_commerce", nil, "status")
calls("jde_ais logout", { replies.jde_done }, "jde_ais", nil, "logout")
calls("jde_ais logout, XML", { replies.jde_xml }, "jde_ais", { accept = "xml" }, "logout", { token = "044Other", device = "PC-2" })
calls("jde_ais logout, chunked", { replies.chunks }, "jde_ais", nil, "logout")
calls("jde_ais logout, invalid token", { replies.jde_invalid }, "jde_ais", nil, "logout", { token = "044Token", device = "PC-1" })
calls("jde_ais logout, a type is wanted", { replies.type_wanted, replies.jde_done }, "jde_ais", nil, "logout")
calls("jde_ais status", { replies.jde_alive }, "jde_ais", nil, "status")

calls("jde_in_lua logout", { replies.jde_done }, "jde_in_lua", nil, "logout")
calls("jde_in_lua logout, XML", { replies.jde_xml }, "jde_in_lua", { accept = "xml" }, "logout", { token = "044Other", device = "PC-2" })
calls("jde_in_lua logout, invalid token", { replies.jde_invalid }, "jde_in_lua", nil, "logout", { token = "044Token", device = "PC-1" })
calls("jde_in_lua status", { replies.jde_alive }, "jde_in_lua", nil, "status")
calls("jde_in_lua, a page", { replies.page }, "jde_in_lua", nil, "status")
calls("agvance_in_lua logout", { replies.ag_two }, "agvance_in_lua", nil, "logout", { "K1", "K2" })
calls("agvance_in_lua sessions, 120", { replies.ag_list }, "agvance_in_lua", nil, "sessions")
calls("agvance_in_lua status of three", { replies.ag_list }, "agvance_in_lua", nil, "status", { "K1", "K77", "K999" })
does("describe a system", {}, function()
  local _, problem = pcall(signoff.system, { name = "broken", title = "It", by_hand = "x", target = "text", operations = {} })
  if tostring(problem):find "not enough memory" then
    error(problem, 0)
  end
  return problem
end)

-- Replies that are errors
calls("a page for people", { replies.page }, "jde_ais", nil, "status")
calls("busy, with Retry-After", { replies.busy }, "oracle_commerce", nil, "logout")
calls("a redirect", { replies.redirect }, "oracle_commerce", nil, "logout")
calls("JSON that is none", { replies.broken_json }, "jde_ais", nil, "logout")
calls("XML that is none", { replies.broken_xml }, "cisco_em", nil, "logout", "SEP1")
calls("XML with a DOCTYPE", { replies.doctype }, "cisco_em", nil, "logout", "SEP1")
calls("closed without a reply", { replies.closed }, "jde_ais", nil, "status")
scenarios["closed without a reply"].loose = true -- what is said of it depends on whether the connection was new
calls("a reply that is too large", { replies.panel_users }, "isymphony", { max_reply = 2000 }, "users")
calls("credentials that are renewed", { replies.page, replies.ag_none }, "agvance",
  { headers = function() return { ["X-Api-Key"] = "agvance-key-4711" } end }, "sessions")
calls("a log that is kept", { replies.jde_done }, "jde_ais", { log = function(_, message, fields) return message .. tostring(fields.code) end }, "logout")
calls("another operation's system", {}, "jde_ais", nil, "users")

-- Proof
calls("verify", { replies.em_here, replies.em_free }, "cisco_em", nil, "verify", "SEP1", quick)
calls("signout of cisco_em", { replies.em_here, replies.em_success, replies.em_free }, "cisco_em", nil, "signout", "SEP1", quickly { user = "rita" })
calls("signout of agvance", { replies.ag_list, replies.ag_one, replies.ag_none }, "agvance", nil, "signout", "K1", quick)
calls("signout of isymphony", { replies.panel_user, replies.none, replies.panel_status, replies.panel_logins }, "isymphony", nil, "signout", "rita",
  quickly { status = { name = "Gone home", type = "away" } })

-- Many at once, and what is written down
local function must(value, message)
  return value or error(message, 0)
end

local fresh = client("jde_ais", {})

-- As one value, for a task that gives it.
local function status_of_fresh()
  local answer, message, code, detail = fresh:status()
  return answer or { message = message, code = code, detail = detail }
end

does("a loop of three tasks", { replies.jde_alive, replies.jde_alive, replies.jde_alive }, function()
  return signoff.loop(function(loop)
    local tasks, answers = {}, {}
    for i = 1, 3 do
      tasks[i] = loop:spawn(function()
        local answer = status_of_fresh()
        loop:sleep(0)
        return answer
      end)
    end
    for i, task in ipairs(tasks) do
      answers[i] = task:join()
      if answers[i].code then
        return nil, answers[i].message, answers[i].code, answers[i].detail
      end
    end
    return answers
  end)
end)
does("an engine of three tasks", { replies.jde_alive, replies.jde_alive, replies.jde_alive }, function()
  local engine, answers, problem = signoff.engine(), {}, nil
  for i = 1, 3 do
    engine:spawn(status_of_fresh):done(function(fine, answer)
      answers[i], problem = answer, not fine and answer or problem
    end)
  end
  while engine:step() > 0 do
    core.sleep(0.001)
  end
  engine:close()
  for i = 1, problem and 0 or 3 do
    if answers[i].code then
      return nil, answers[i].message, answers[i].code, answers[i].detail
    end
  end
  return not problem and answers or error(problem, 0)
end)

local written = (os.getenv "TORTURE_SECRET" or "") .. ".journal"
local journal = signoff and require "signoff.journal"
does("a journal that is written, torn, read and gone on with", {}, function()
  os.remove(written)
  local env = { sleep = function() end }
  local writer = must(journal.create(env, written))
  for i = 1, 5 do
    must(writer:write { event = "intent", items = { i } })
  end
  must(writer:sync())
  must(writer:close())
  local file = must(io.open(written, "ab"))
  file:write '{"prev":"'
  file:close()
  writer = must(journal.reopen(env, written))
  must(writer:write { event = "end" })
  must(writer:close())
  return must(journal.check(written))
end)

local offboard = signoff and require "signoff.offboard"
local site = signoff and { agvance = { client = client "agvance" } }
does("plan and apply, with a journal", { replies.ag_list, replies.ag_list, replies.ag_one, replies.ag_none, replies.ag_none }, function()
  os.remove(written)
  local people = { { person = "rita", agvance = "K1" } }
  local plan = must(offboard.plan(site, people))
  local result = must(offboard.apply(plan, site, { journal = written, settle = 0.001, schedule = { 0.001, 0.001, 0.001, 60 }, deadline = 5 }))
  must(journal.check(written))
  return { verdict = result.results[1].verdict, exit = result.exit }
end)

-- libcurl 7.88.1 divides by zero inside of curl_multi_socket_action when its own memory runs out there.
for _, name in ipairs { "a loop of three tasks", "an engine of three tasks", "plan and apply, with a journal" } do
  scenarios[name].unharmed = "libcurl"
end

-- Secrets, closing, and the module itself
does("secrets", {}, function()
  local secret, file = signoff.secret.new "044-secret", signoff.secret.file(os.getenv "TORTURE_SECRET")
  local text = tostring(secret) .. signoff.fingerprint(secret) .. signoff.fingerprint(file) .. signoff.fingerprint(signoff.secret.env "TORTURE_SECRET")
    .. signoff.fingerprint(signoff.secret.command { "/bin/echo", "044-secret" })
  secret:close()
  return text
end)
does("make, ask, close", { replies.jde_alive }, function()
  local one = signoff.jde_ais(with "jde_ais")
  local answer, message, code, detail = one:status()
  one:close()
  return answer, message, code, detail
end)
does("a call that is built and dropped", {}, function()
  local one = signoff.agvance(with "agvance")
  local request = core.request(core.build(one, "logout", { "K1", "K2" }))
  one:close()
  return request.body
end)
does("load the module", {}, function()
  local kept, ours = {}, {}
  for name, module in pairs(package.loaded) do
    kept[name] = module
    ours[name] = name:find "^signoff" and true or nil
  end
  for name in pairs(ours) do
    package.loaded[name] = false -- not nil: to put them back must take no memory, or two of each would be about
  end
  local fine, problem = pcall(require, "signoff")
  for name in pairs(package.loaded) do
    package.loaded[name] = kept[name]
  end
  return fine and problem._VERSION or error(problem, 0)
end)

-- The outcome of a method, in words that are the same for the same.
local function words(value, depth)
  if type(value) ~= "table" or depth > 5 then
    return tostring(value)
  end
  local list = {}
  for name, member in pairs(value) do
    if name ~= "evidence" then -- of verify and signout: times
      list[#list + 1] = ("%s=%s"):format(tostring(name), words(member, depth + 1))
    end
  end
  table.sort(list)
  return "{" .. table.concat(list, " ") .. "}"
end

local function describe(answer, _, code, detail)
  if answer == nil then
    return ("%s: %s"):format(code, words(detail, 0))
  elseif type(answer) == "table" and answer.verdict then
    return ("verdict %s: %s"):format(answer.verdict, words(answer, 0))
  end
  return "answer: " .. words(answer, 0)
end

return scenarios, describe
