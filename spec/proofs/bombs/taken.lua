-- SPDX-License-Identifier: MIT
-- `lua taken.lua ROUNDS TIMES` reads replies that are taken, and has lua-cjson decode the same bytes, one after the other, and prints a line for each:
-- its size, the milliseconds of the processor that either took in its quickest round, and how many times as long ours took as
-- lua-cjson beside it, in the middle one of all rounds. Where the answer is a list, its rows are renamed in Lua, too. Where that is
-- over TIMES, the rounds are made again, four times at most: others on the machine take the processor's caches away.

local cjson = require "cjson".new()
local core = require "signoff.core"
local fixtures = require "spec.support.fixtures"

local unpack = table.unpack or unpack -- luacheck: ignore 143 (5.1 has the global only)

local function guid(number, middle)
  return ("%08x-%s-%012x"):format(number * 40503 % 2 ^ 32, middle, number)
end

local function each(count, write)
  local list = {}
  for i = 1, count do
    list[i] = write(i)
  end
  return table.concat(list, ",")
end

local function session(i)
  return ('{"UseriD":"user%05d","Application":"Dispatch","SessionLogKey":"%s","SessionID":"%s"}'):format(i, guid(i, "1060-4ffe-8bad"),
    guid(i, "5e55-4a1d-9c0d"))
end

local function user(i)
  return ('{"id":"%s","configurationId":"%s","userName":"user%05d","displayedName":"User %d","permissionId":"p%d"}'):format(
    guid(i, "1060-4ffe-8bad"), guid(i, "5e55-4a1d-9c0d"), i, i, i % 10)
end

local function sessions_of(value)
  local rows = {}
  for i, item in ipairs(value.APIUsers) do
    rows[i] = { user = item.UseriD, application = item.Application, session_log_key = item.SessionLogKey, session_id = item.SessionID, own = false }
  end
  return rows
end

local function users_of(value)
  local rows = {}
  for i, item in ipairs(value) do
    rows[i] = { id = item.id, configuration_id = item.configurationId, user_name = item.userName, displayed_name = item.displayedName,
      permission_id = item.permissionId }
  end
  return rows
end

local function status(body)
  return { "jde_ais", "status", { { token = "token-4711", device = "PC1" } }, '{"isValidSession":true,' .. body .. "}" }
end

local replies = {
  ["a list of sessions"] = { "agvance", "sessions", {}, ('{"Status":"0","Message":"OK","Count":"1500","APIUsers":[%s]}'):format(each(1500, session)),
    rename = sessions_of },
  ["a list of users"] = { "isymphony", "users", {}, "[" .. each(1500, user) .. "]", rename = users_of },
  ["a long text"] = status('"x":"' .. ("nobody is logged in any more, "):rep(9000) .. '"'),
  ["a long text with accents"] = status('"x":"' .. ("personne n'est plus connecté à présent, "):rep(7000) .. '"'),
  ["a long text in Cyrillic"] = status('"x":"' .. ("сессия уже завершена, и никто не "):rep(5000) .. '"'),
  ["a long text in Chinese"] = status('"x":"' .. ("会话已经结束，没有人"):rep(9000) .. '"'),
  ["a long text with escapes"] = status('"x":"' .. ([[nobody is \"logged in\" any more, and \u00c9ric went home at six; ]]):rep(5000) .. '"'),
  ["a long text in Hindi"] = status('"x":"' .. ("सत्र समाप्त हो गया है, कोई नहीं है "):rep(4000) .. '"'),
  ["a long text with emoji"] = status('"x":"' .. ("nobody is here any more 👋🏽😀, "):rep(7000) .. '"'),
  ["objects of 20 members"] = status('"x":[' .. each(1500, function(i) return "{" .. each(20, function(j) return ('"m%02d":"value %d of %d"'):format(j, j, i) end) .. "}" end) .. "]"),
  ["sessions that lack members"] = { "agvance", "sessions", {}, ('{"Status":"0","Count":"1500","APIUsers":[%s]}'):format(each(1500, function(i)
    return ('{"UseriD":"user%05d","Application":null,"SessionLogKey":"%s"}'):format(i, guid(i, "1060-4ffe-8bad"))
  end)), rename = sessions_of },
  ["many members"] = status(each(8000, function(i) return ('"member%d":"value number %d"'):format(i, i) end)),
  ["many numbers"] = status('"x":[' .. each(30000, tostring) .. "]"),
}

local function decode(reply)
  local value = cjson.decode(reply[4])
  return reply.rename and reply.rename(value) or value
end

local function seconds(f, ...)
  collectgarbage()
  collectgarbage "stop" -- it would run when it likes
  local started = os.clock()
  f(...)
  local taken = os.clock() - started
  collectgarbage "restart"
  return taken
end

local function measure(reply)
  local call = core.reply(core.build(reply.client, reply[2], unpack(reply[3])), 200, reply[4])
  local ours, theirs = seconds(function() assert(core.read(call)) end), seconds(decode, reply)
  reply.ours, reply.theirs = math.min(reply.ours, ours), math.min(reply.theirs, theirs)
  table.insert(reply.times, ours / theirs)
end

local function middle(list)
  table.sort(list)
  return list[math.ceil(#list / 2)]
end

local rounds, most = tonumber(arg[1]), tonumber(arg[2])
for _, reply in pairs(replies) do
  reply.client = fixtures.client(reply[1], { headers = { ["X-Login"] = "site-login-4711" } })
  reply.ours, reply.theirs, reply.middle = math.huge, math.huge, math.huge
end
for _ = 1, 5 do
  for _, reply in pairs(replies) do
    reply.times = {}
  end
  for _ = 1, rounds do
    for _, reply in pairs(replies) do
      if reply.middle > most then
        measure(reply)
      end
    end
  end
  for _, reply in pairs(replies) do
    reply.middle = math.min(reply.middle, #reply.times > 0 and middle(reply.times) or math.huge)
  end
end
for name, reply in pairs(replies) do
  print(("%s\t%d\t%.3f\t%.3f\t%.3f"):format(name, #reply[4], reply.ours * 1000, reply.theirs * 1000, reply.middle))
end
