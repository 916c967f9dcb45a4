-- SPDX-License-Identifier: MIT
-- Every function of the binding, called while finalizers close, read and drop what it was given. Each has `make`, which gives
-- the objects, and `run`, which is what is watched; `of` is the function that it shows, where its name says more. `loose`: what it
-- gives depends on time. `keeps`: it leaves something that stays, so that each allocation is tried in a child; `most`: allocations that
-- are tried at most. Read by functions.lua.

local core = require "signoff.core"
local signoff = require "signoff"

local folder = assert(os.getenv "LIFETIME_FOLDER")
local TOKEN = "044-token-of-a-test"
local DEAD = "http://127.0.0.1:1" -- nobody listens there

local options = {
  cisco_em = { url = DEAD, app_id = "signoff-app", app_certificate = "app-password-4711" },
  isymphony = { url = DEAD, username = "manager", password = "panel-password-4711" },
  agvance = { url = DEAD, headers = { ["X-Api-Key"] = "agvance-key-4711" }, session_id = "S3" },
  oracle_commerce = { url = DEAD, token = "eyToken-of-a-test" },
  jde_ais = { url = DEAD, token = TOKEN, device = "PC-1" },
}

local function client_of(kind)
  return signoff[kind](options[kind])
end

local list = {}

local function add(name, make, run, more)
  local scenario = more or {}
  scenario.name, scenario.make, scenario.run = name, make, run
  scenario.of = scenario.of or name:match "^[%w_.:]+"
  list[#list + 1] = scenario
end

-- Clients

local function client(kind)
  return function()
    return { client = client_of(kind or "jde_ais") }
  end
end

local function client_and_secret()
  return { client = client_of "jde_ais", secret = signoff.secret.new(TOKEN .. ("x"):rep(3000)) }
end

local described = 0

-- A system that was described stays until the state is closed: finalizers that describe one at each of 450 allocations make 20 MB of them.
add("core.define", function() return {} end, function()
  described = described + 1
  return type(signoff.system {
    name = "site" .. described, title = "A site's own", by_hand = "end it there", target = "text", options = { { name = "key", secret = true } },
    operations = {
      kick = { build = function(_, target) return { path = { target } } end, read = function() return {} end, changes = true },
      who = { build = function() return {} end, read = function(reply) return reply.body end },
    },
    list = { operation = "who", key = "id" }, words = { data = { "a", "b" } }, statuses = { [444] = { code = "denied" } },
  })
end, { loose = true, keeps = true, most = 30 })

add("core.client", function() return {} end, function()
  return core.client("jde_ais", {})
end)
add("core.open", function()
  local made = client_and_secret()
  made.options = { url = DEAD, token = made.secret, headers = { ["X-Key"] = made.secret }, user_agent = "one" }
  return made
end, function(o)
  return nil ~= core.open(o.client, o.options)
end)
add("core.open, numbers for texts", client(), function(o)
  return nil ~= core.open(o.client, { url = DEAD, token = 12345678 })
end)
for name, wrong in pairs {
  ["an unknown option"] = { url = DEAD, nonsense = 1 }, ["a wrong URL"] = { url = "ftp://x" }, ["a wrong number"] = { url = DEAD, timeout = 0 },
  ["a wrong type"] = { url = DEAD, timeout = "x" }, ["no media type of its"] = { url = DEAD, accept = "text/plain" },
  ["a file that is not there"] = { url = DEAD, ca_file = "/nonsense/ca.pem" }, ["a header that is ours"] = { url = DEAD, headers = { Host = "x" } },
  ["a wrong header"] = { url = DEAD, headers = { ["X-One"] = "a\nb" } }, ["a member without a name"] = { "x" },
} do
  add("core.open, " .. name, client(), function(o)
    return core.open(o.client, wrong)
  end)
end
add("core.anchor", client(), function(o) return core.anchor(o.client) end, { loose = true })
add("core.is_open", client(), function(o) return core.is_open(o.client) end)
add("core.option", client "agvance", function(o) return core.option(o.client, "chunk") end)
add("core.option, how many", function()
  return { client = signoff.jde_ais { url = DEAD, token = TOKEN, nodes = { DEAD, "http://127.0.0.1:2" } } }
end, function(o)
  return core.option(o.client, "nodes")
end)
add("core.option, a number for a name", client "agvance", function(o) return core.option(o.client, 50) end)
add("core.mask", client(), function(o)
  return core.mask(o.client, ("a "):rep(20) .. TOKEN .. " b")
end)
add("core.mask, a number", client(), function(o) return core.mask(o.client, 4711.25) end)
add("core.check_defaults", function() return { secret = signoff.secret.new "key-password" } end, function(o)
  return core.check_defaults { timeout = 3, client_key_password = o.secret, user_agent = 12 }
end)
add("core.check_defaults, an unknown one", function() return {} end, function()
  return core.check_defaults { nonsense = 1 }
end)
add("client:close", client(), function(o) return o.client:close() end)
add("client:kind", client(), function(o) return o.client:kind() end)
add("client:__tostring", client(), function(o) return tostring(o.client) end)

-- Building

local device = { device = "SEP1", user = "r&d <x>", minutes = 5 }
local status = { name = "Gone", type = "away", note = "a\n\"b\"" }
for name, row in pairs {
  ["XML in a form"] = { "cisco_em", "logout", "SEP1" }, ["XML"] = { "cisco_em", "login", device }, ["a list"] = { "cisco_em", "query_devices", { "SEP1", "SEP2" } },
  ["JSON"] = { "isymphony", "set_status", "rita", status }, ["JSON of a list"] = { "agvance", "logout", { "K1", "K2" } },
  ["XML of a list"] = { "agvance", "logout", { "K<1>", "K&2" }, { encoding = "xml" } }, ["a form"] = { "agvance", "logout", { "K 1" }, { encoding = "form" } },
  ["a header"] = { "oracle_commerce", "logout", { token = "eyOther" } }, ["overrides"] = { "jde_ais", "logout", TOKEN, { timeout = 3, deadline = 5, max_reply = 1000 } },
  ["a reference"] = { "isymphony", "status", { id = "u1", user_name = "rita" } }, ["a number for a text"] = { "cisco_em", "logout", 4711 },
  ["too many arguments"] = { "jde_ais", "logout", TOKEN, {}, 3 }, ["a wrong argument"] = { "cisco_em", "logout", "a\0b" }, ["an unknown argument"] = { "cisco_em", "login", { nonsense = 1 } },
  ["an operation that is none"] = { "jde_ais", "nonsense" }, ["a number for an operation"] = { "jde_ais", 12 },
} do
  for _, builder in ipairs { "build", "refusal" } do
    add(("core.%s, %s"):format(builder, name), client(row[1]), function(o)
      return (core[builder](o.client, row[2], row[3], row[4], row[5]))
    end)
  end
end
for _, builder in ipairs { "build", "refusal" } do
  add(("core.%s, a secret"):format(builder), function()
    local made = client_and_secret()
    made.target = { token = made.secret, device = "PC-2" }
    return made
  end, function(o)
    return (core[builder](o.client, "logout", o.target))
  end)
end

add("core.build, a cookie and a node", function()
  local made = { client = signoff.jde_ais { url = DEAD, token = TOKEN, nodes = { DEAD }, headers = { Cookie = "route=7" } } }
  made.target = { token = TOKEN, device = "PC-2" }
  made.overrides = { cookie = signoff.secret.new "JSESSIONID=0123456789", node = 1 }
  return made
end, function(o)
  return (core.build(o.client, "logout", o.target, o.overrides))
end)

-- A call on its way

local function built(kind, operation, ...)
  local arguments = { ... }
  return function()
    local made = client_of(kind or "jde_ais")
    return { client = made, call = (core.build(made, operation or "logout", (table.unpack or unpack)(arguments))) } -- luacheck: ignore 143
  end
end

add("core.total_timeout", built(), function(o) return core.total_timeout(o.call) end)
add("core.within", built(), function(o) return nil ~= core.within(o.call, "2.5") end)
add("core.give_up", built(), function(o) return nil ~= core.give_up(o.call, "timeout") end)
add("core.give_up, a number for a name", built(), function(o) return nil ~= core.give_up(o.call, 12) end)
add("core.reply", built(), function(o) return nil ~= core.reply(o.call, "200", "{}", "7") end)
add("core.reply, a number for a body", built(), function(o) return nil ~= core.reply(o.call, 200, 12.5) end)
add("core.request", built("isymphony", "set_status", "rita", status), function(o) return core.request(o.call) end)
add("core.inspect", built(), function(o) return nil ~= core.inspect(o.call) end)
add("core.inspected", built(), function(o) return core.inspected(o.call) end)
add("core.carry", built(), function(o) return nil ~= core.carry(o.call) end)
add("core.carry and read", built(), function(o) return core.read(core.carry(o.call)) end, { of = "core.read" })
add("core.page", built(), function(o) return core.page(core.reply(o.call, 200, ("x"):rep(3000))) end)
add("core.page, of none", built(), function(o) return core.page(core.carry(o.call)) end)
add("call:__tostring", built(), function(o) return tostring(o.call) end)

-- Reading

local function rows(count, head, row, tail, between)
  local made = {}
  for i = 1, count do
    made[i] = row:gsub("@", i)
  end
  return head .. table.concat(made, between or "") .. tail
end

local devices = rows(20, "<response><deviceUserResults>", '<device name="SEP@"><userID>user@</userID></device>', "</deviceUserResults></response>")
local sessions = rows(20, '{"Status":"0","Message":"OK","Count":"20","APIUsers":[', '{"UseriD":"u@","Application":"Dispatch","SessionLogKey":"K@","SessionID":"S@"}', "]}", ",")
for name, row in pairs {
  ["JSON"] = { "jde_ais", "logout", {}, 200, '{"status":"Success","more":[1,2.5,true,null,{"a":"b"}]}' },
  ["JSON with a secret"] = { "jde_ais", "logout", {}, 444, '{"message":"Invalid token ' .. TOKEN .. '","' .. TOKEN .. '":"x","list":["' .. TOKEN .. '"]}' },
  ["JSON, many rows"] = { "agvance", "sessions", {}, 200, sessions },
  ["JSON, a list"] = { "isymphony", "users", {}, 200, '[{"id":"u1","userName":"rita","permissionId":7}]' },
  ["JSON, an infinite number"] = { "jde_ais", "logout", {}, 200, '{"status":1e999}' },
  ["JSON that is none"] = { "jde_ais", "logout", {}, 200, '{"status":"Success",}' },
  ["XML"] = { "cisco_em", "logout", { "SEP1" }, 200, "<response><success/></response>" },
  ["XML with a secret"] = { "cisco_em", "logout", { "SEP1" }, 200, '<response><failure><error code="3">bad app-password-4711 of signoff-app</error></failure></response>' },
  ["XML, many rows"] = { "cisco_em", "query_devices", { { "SEP1", "SEP2", "SEP99" } }, 200, devices },
  ["XML, one name twice"] = { "agvance", "logout", { "K1" }, 200, "<A><Status>0</Status><Count>1</Count><B><C>1</C></B><B><C>2</C></B><B/></A>" },
  ["XML that is none"] = { "cisco_em", "logout", { "SEP1" }, 200, "<response><success>" },
  ["nothing"] = { "isymphony", "set_status", { "rita", status }, 204, "" },
  ["a page"] = { "jde_ais", "status", {}, 401, "<html><body>" .. TOKEN .. "</body></html>" },
  ["an error"] = { "oracle_commerce", "logout", {}, 400, '{"errorCode":"85004","message":"eyToken-of-a-test is wrong","errors":[{"errorCode":"1","message":"m"}]}' },
} do
  local make = built(row[1], row[2], (table.unpack or unpack)(row[3])) -- luacheck: ignore 143
  add("core.read, " .. name, function()
    local made = make()
    core.reply(made.call, row[4], row[5], 3)
    return made
  end, function(o)
    return core.read(o.call)
  end)
end
add("core.read, given up", function()
  local made = built()()
  core.give_up(made.call, "cancelled")
  return made
end, function(o)
  return core.read(o.call)
end)

-- Secrets

local function secret()
  return { secret = signoff.secret.new(TOKEN .. ("x"):rep(3000)) }
end

add("core.secret_new", secret, function() return core.secret_new(TOKEN) end)
add("core.secret_new, a number", secret, function() return core.secret_new(12.5) end)
add("core.secret_env", secret, function() return core.secret_env "LIFETIME_FOLDER" end)
add("core.secret_env, one that is not there", secret, function() return core.secret_env "NONSENSE" end)
add("core.secret_file", secret, function() return core.secret_file(folder .. "/secret") end)
add("core.secret_file, one that is not there", secret, function() return core.secret_file(folder .. "/nonsense") end)
add("core.secret_credential", secret, function() return core.secret_credential "secret" end)
add("core.secret_credential, one that is not there", secret, function() return core.secret_credential "nonsense" end)
add("core.secret_command", secret, function() return core.secret_command({ "/bin/echo", "abcd" }, 60) end)
add("core.secret_command, a secret as an argument", secret, function(o)
  local argv = { "/bin/echo", o.secret or signoff.secret.new(TOKEN) } -- it may be dropped before
  return core.secret_command(argv, 60)
end)
add("core.bytes", secret, function(o) return core.bytes(o.secret) end)
add("core.bytes, a number", secret, function() return core.bytes(12.5) end)
add("core.fingerprint", secret, function(o) return core.fingerprint(o.secret) end)
add("secret:close", secret, function(o) return o.secret:close() end)
add("secret:__tostring", secret, function(o) return tostring(o.secret) end)

-- Names

add("core.compare", secret, function() return core.compare("Rita Stone", "rita stone", "folded") end)
add("core.compare, a secret", function()
  return { secret = signoff.secret.new(TOKEN), other = signoff.secret.new(TOKEN:upper()) }
end, function(o)
  return core.compare(o.secret, o.other, "exact")
end)
add("core.compare, no name", secret, function() return core.compare("rita", 12) end)
add("core.name_key", secret, function() return core.name_key("Rita \195\169", "key") end)
add("core.name_key, no rule", secret, function() return core.name_key("rita", "nonsense") end)

-- Files

local function file()
  return { file = assert(core.file(folder .. "/secret")) }
end

add("core.file", function() return {} end, function() return nil ~= core.file(folder .. "/secret") end)
add("core.file, of nothing", function() return {} end, function() return core.file(folder .. "/nonsense") end)
add("file:about", file, function(o) return o.file:about().size end)
add("file:trust", file, function(o) return o.file:trust() end)
add("file:read", file, function(o) return o.file:read() end)
add("file:seek", file, function(o) return o.file:seek "1" end)
add("file:close", file, function(o) return o.file:close() end)
add("file:__tostring", file, function(o) return tostring(o.file) end)

-- Journals

local function journal(mode, more)
  return function()
    local path = folder .. "/journal"
    os.remove(path)
    local made = assert(core.journal(path, "create"))
    if mode == "append" then
      made:close()
      made = assert(core.journal(path, "append"))
    end
    if more then
      more(made)
    end
    return { journal = made }
  end
end

local function appended(made)
  assert(made:append '{"a":1}')
end

add("core.journal", function() os.remove(folder .. "/journal") return {} end, function()
  return core.journal(folder .. "/journal", "create")
end)
add("core.journal, where none can be", function() return {} end, function()
  return core.journal(folder .. "/nonsense/journal", "create")
end)
add("journal:append", journal "create", function(o) return o.journal:append '{"a":1}' end)
add("journal:append, a number", journal "create", function(o) return o.journal:append(12.5) end)
add("journal:commit", journal("create", appended), function(o) return o.journal:commit() end)
add("journal:head", journal("create", appended), function(o) return o.journal:head() end)
add("journal:continue", journal "append", function(o) return o.journal:continue("0", ("0"):rep(64)) end)
add("journal:continue, a number", journal "append", function(o) return o.journal:continue(0, 12.5) end)
add("journal:read", journal "append", function(o) return o.journal:read() end)
add("journal:append to one that failed", journal("create", function(made)
  appended(made)
  os.remove(folder .. "/journal")
  assert(not made:commit())
end), function(o)
  return o.journal:append '{"a":1}'
end)
add("journal:close", journal "create", function(o) return o.journal:close() end)
add("journal:__tostring", journal "create", function(o) return tostring(o.journal) end)

-- Engines and channels

local function submitting(start)
  return function()
    local made = built()()
    start(made)
    return made
  end
end

local function with_engine(made)
  made.engine = core.engine(4)
end

local function with_two_calls(made)
  with_engine(made)
  made.more = (core.build(made.client, "status"))
  made.number = made.engine:submit(made.call)
  made.engine:submit(made.more)
end

local function all_of_engine(o)
  local count, ends = 0, core.now() + 20
  while count < 2 and core.now() < ends do
    o.engine:step(0.2)
    count = count + (o.engine:finished() and 1 or 0)
  end
  return count
end

add("core.engine", function() return {} end, function() return core.engine(2) end, { loose = true })
add("port:submit, an engine", submitting(with_engine), function(o) return o.engine:submit(o.call) end)
add("port:step", submitting(with_two_calls), function(o) return o.engine:step(0.01) end)
add("port:start", submitting(with_two_calls), function(o) return o.engine:start() end)
add("port:descriptor", submitting(with_engine), function(o) return o.engine:descriptor() > 0 end)
add("port:due", submitting(with_two_calls), function(o) return o.engine:due() end)
add("port:wake", submitting(with_two_calls), function(o) return o.engine:wake() end)
add("port:misuse", submitting(with_two_calls), function(o) return o.engine:misuse() end)
add("port:finished, an engine", submitting(with_two_calls), all_of_engine, { loose = true })
add("call:cancel, on an engine", submitting(with_two_calls), function(o) return o.call:cancel() end)
add("port:close, an engine", submitting(with_two_calls), function(o) return o.engine:close() end)

local function with_channel(made)
  made.channel = core.channel()
end

local function submitted(made)
  with_channel(made)
  made.calls = {}
  for i = 1, 5 do
    made.calls[i] = (core.build(made.client, "status"))
    made.channel:submit(made.calls[i])
  end
  core.sleep(0.02) -- most have come by then: how many does not matter
end

local function all_finished(o)
  local count, ends = 0, core.now() + 20
  while o.channel:pending() > 0 and core.now() < ends do
    while o.channel:finished() do
      count = count + 1
    end
    core.sleep(0.001)
  end
  return count
end

add("core.channel", function() return {} end, function() return core.channel() end, { loose = true })
add("port:submit, a channel", submitting(with_channel), function(o) return o.channel:submit(o.call) end)
add("call:cancel, on a channel", submitting(submitted), function(o) return o.calls[1]:cancel() end, { loose = true })
add("port:finished, a channel", submitting(submitted), all_finished, { loose = true })
add("port:pending", submitting(with_channel), function(o) return o.channel:pending() end)
add("port:listen", submitting(with_channel), function(o)
  local path, message = o.channel:listen()
  return path and "a path" or message, path and #path > 2 and path:sub(-2) == "/s"
end, { loose = true })
add("port:accept", submitting(with_channel), function(o) return o.channel:accept() end)
add("port:disconnect", submitting(with_channel), function(o) return o.channel:disconnect() end)

-- The end of the channel's one task, if it comes: who closes the channel ends it, too.
local function worked(channel, id)
  local ends = core.now() + 20
  while id and channel:pending() and core.now() < ends do
    local done, fine = channel:worked()
    if done then
      return fine
    end
    core.sleep(0.001)
  end
end

local function with_lines(made)
  with_channel(made)
  os.remove(folder .. "/lines")
  made.journal = assert(core.journal(folder .. "/lines", "create"))
  made.journal:append '{"a":1}'
end

add("port:create", submitting(with_channel), function(o)
  os.remove(folder .. "/lines")
  return worked(o.channel, (o.channel:create(folder .. "/lines")))
end, { loose = true })
add("port:commit", submitting(with_lines), function(o) return worked(o.channel, o.channel:commit(o.journal)) end, { loose = true })
add("port:save", submitting(with_channel), function(o) return worked(o.channel, o.channel:save(folder .. "/saved", 12.5)) end, { loose = true })
add("port:remove", submitting(with_channel), function(o) return worked(o.channel, o.channel:remove(folder .. "/nothing")) end, { loose = true })
add("port:worked", submitting(with_channel), function(o) return o.channel:worked() end)
add("port:close, a channel", submitting(submitted), function(o) return o.channel:close() end)

-- The rest

local function nothing()
  return {}
end

add("core.raise", nothing, function() return core.raise(12.5) end)
add("core.now", nothing, function() return core.now() > 0 end)
add("core.time", nothing, function() return core.time() > 0 end)
add("core.sleep", nothing, function() return core.sleep "0" end)
add("core.save", nothing, function() return core.save(folder .. "/saved", 12.5) end)
add("core.save, where nothing can be", nothing, function() return core.save(folder .. "/nonsense/saved", "x") end)
add("core.publish", nothing, function() return core.publish(folder .. "/published", 12.5) end)
add("core.publish, where nothing can be", nothing, function() return core.publish(folder .. "/nonsense/published", "x") end)
add("core.real_path", nothing, function() return core.real_path(folder .. "/../" .. folder:match "[^/]*$" .. "/secret") end)
add("core.real_path, of nothing", nothing, function() return core.real_path(folder .. "/nonsense") end)
add("core.command_check", nothing, function() return core.command_check "/bin/cat" end)
add("core.command_check, of no program", nothing, function() return core.command_check(folder .. "/secret") end)
add("core.command_feed", nothing, function() return core.command_feed({ "/bin/cat" }, { "NAME=value" }, 12.5, 60) end)
add("core.command_feed, a program that fails", nothing, function() return core.command_feed({ "/bin/false" }, { "NAME=value" }, "x", 60) end)
add("core.save_begin", nothing, function() os.remove(core.save_begin(folder .. "/saved", 12.5)) return true end)
add("core.save_begin, where nothing can be", nothing, function() return core.save_begin(folder .. "/nonsense/saved", "x") end)
add("core.save_end", function() return { made = core.save_begin(folder .. "/saved", "x") } end, function(o)
  return core.save_end(o.made, folder .. "/saved", 12.5)
end)
add("core.save_end, of nothing", nothing, function() return core.save_end(folder .. "/nonsense", folder .. "/saved", "x") end)

local function saving(more)
  return function()
    local made = assert(core.saving(folder .. "/saved"))
    if more then
      more(made)
    end
    return { saving = made }
  end
end

add("core.saving", nothing, function()
  core.saving(folder .. "/saved"):close()
  return true
end)
add("core.saving, where nothing can be", nothing, function() return core.saving(folder .. "/nonsense/saved") end)
add("saving:write", saving(), function(o) return o.saving:write(12.5) end)
add("saving:complete", saving(), function(o) return o.saving:complete() end)
add("saving:rename", saving(function(made)
  assert(made:complete())
end), function(o) return o.saving:rename() end)
add("saving:close", saving(), function(o) return o.saving:close() end)
add("saving:__tostring", saving(), function(o) return tostring(o.saving) end)

add("core.stat", nothing, function() return core.stat(folder .. "/secret") end, { loose = true })
add("core.stat, of nothing", nothing, function() return core.stat(folder .. "/nonsense") end)
add("core.list", nothing, function() return #core.list(folder) > 0 end, { loose = true })
add("core.list, of nothing", nothing, function() return core.list(folder .. "/nonsense") end)
add("core.unhex", nothing, function() return core.unhex "6a6B" end)
add("core.sha256", nothing, function() return core.sha256(12.5) end)
add("core.lower", nothing, function() return core.lower(("aB\195\132"):rep(2000)) end)
add("core.digits", nothing, function() return core.digits(-0.25) end)
add("core.number", nothing, function() return core.number "-2.5e-1", core.number "2,5" end)
add("core.before", nothing, function() return core.before("B", "a") end)
add("core.sort", nothing, function() return table.concat(core.sort { "b", "a", "B", "" }, ",") end)
add("core.sort, of no texts", nothing, function() return core.sort { "b", 2 } end)
add("core.json_encode", nothing, function() return core.json_encode { 0.5, { "x" } } end)
add("core.json_between", nothing, function() return core.json_between("a", { a = 0.5, b = { c = "x\n" } }, "b") end)
add("core.json_encode, of a function", nothing, function() return core.json_encode { print } end)
add("core.json_decode", nothing, function() return core.json_decode '[0.5,{"a":"x"}]' end)
add("core.json_decode, of none", nothing, function() return core.json_decode '[0.5,{"a":1.5.2}]' end)
add("core.printable", nothing, function() return core.printable(("a"):rep(2000)) end)
add("core.trim", nothing, function() return core.trim((" "):rep(2000) .. "a ") end)
add("core.utf8", nothing, function() return core.utf8(("a\255"):rep(2000)) end)
add("core.json_repeats", nothing, function() return core.json_repeats('{"a":1,"a":2}') end)
add("core.shown", nothing, function() return core.shown(("a\255\27"):rep(2000)) end)
add("core.shown, a number", nothing, function() return core.shown(12.5) end)
add("core.width", nothing, function() return core.width(12.5) end)
add("core.cut", nothing, function() return core.cut(12.5, "2") end)
add("core.is_verbatim", nothing, function() return core.is_verbatim(12.5) end)
add("core.interrupt", nothing, function() return core.interrupt(false) end)
add("core.interrupted", nothing, function() return core.interrupted() end)
add("core.hold_standard", nothing, function() return core.hold_standard() end)
add("core.zone", nothing, function() return core.zone(os.getenv "TZ" or "") end)
add("core.terminal", nothing, function() return core.terminal "99" end)
add("core.process_users", nothing, function() return core.process_users() end)
add("core.libraries", nothing, function() return core.libraries() end)
add("core.thread", nothing, function() return type(core.thread()) end)
add("core.called_by", nothing, function()
  core.called_by(core.thread())
  core.called_by(nil)
end)
add("core.called_by, no coroutine", nothing, function() return core.called_by "x" end)
add("core.account", nothing, function() return core.account(0) end)
add("core.account, of nobody", nothing, function() return core.account "nonsense" end)

return list
