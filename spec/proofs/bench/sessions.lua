-- SPDX-License-Identifier: MIT
-- Reading a long list, against the usual way to read it in Lua. Prints rows for table.lua.

local cjson = require "cjson"
local core = require "signoff.core"
local lxp = require "lxp"
local signoff = require "signoff"

local median = dofile(arg[0]:match "^.*/" .. "commands.lua").median

local SESSIONS, ROUNDS = 50000, 15

local SPACE = "http://schemas.datacontract.org/2004/07/AgvWebAPICSharp.Models.User"

local members = { UseriD = "user", Application = "application", SessionLogKey = "session_log_key", SessionID = "session_id" }

-- The replies

local function each_session(write)
  local applications = { "Agvance Mobile", "Dispatch", "Grain Portal", "Scale House" }
  local list = {}
  for i = 1, SESSIONS do
    list[i] = write(
      applications[i % #applications + 1],
      ("%08x-5e55-4a1d-9c0d-%012x"):format(i * 40503 % 2 ^ 32, i),
      ("%08x-1060-4ffe-8bad-%012x"):format(i * 30011 % 2 ^ 32, i),
      ("user%05d"):format(i % 20000)
    )
  end
  return list
end

local function json_reply()
  local list = each_session(function(application, id, key, user)
    return ('{"UseriD":"%s","Application":"%s","SessionLogKey":"%s","SessionID":"%s"}'):format(user, application, key, id)
  end)
  return ('{"Status":"0","Message":"OK","Count":"%d","APIUsers":[%s]}'):format(SESSIONS, table.concat(list, ","))
end

local function xml_reply()
  local list = each_session(function(application, id, key, user)
    return ("<ApiUser><Application>%s</Application><SessionID>%s</SessionID><SessionLogKey>%s</SessionLogKey>"
      .. "<UseriD>%s</UseriD></ApiUser>"):format(application, id, key, user)
  end)
  return ('<AgvApiUser xmlns:i="http://www.w3.org/2001/XMLSchema-instance" xmlns="%s"><APIUsers>%s</APIUsers>'
    .. "<Count>%d</Count><Message>OK</Message><Status>0</Status></AgvApiUser>"):format(SPACE, table.concat(list), SESSIONS)
end

-- The ways to read them: each gives a function without arguments that returns the sessions

local client = signoff.agvance { url = "http://127.0.0.1:1" }

-- All of `client:sessions()` that comes after the network.
local function by_signoff(body)
  local call = core.reply(core.build(client, "sessions"), 200, body)
  return function()
    return assert(core.read(call))
  end
end

local function by_cjson(body)
  return function()
    local rows = {}
    for i, session in ipairs(cjson.decode(body).APIUsers) do
      rows[i] = {
        user = session.UseriD,
        application = session.Application,
        session_log_key = session.SessionLogKey,
        session_id = session.SessionID,
        own = false,
      }
    end
    return rows
  end
end

local function by_expat(body)
  return function()
    local rows, count, row, member = {}, 0, nil, nil
    local parser = lxp.new {
      StartElement = function(_, name)
        member = members[name]
        if not member and name == "ApiUser" then
          row = { own = false }
        end
      end,
      CharacterData = function(_, text)
        if member then
          row[member] = text
        end
      end,
      EndElement = function(_, name)
        member = nil
        if name == "ApiUser" then
          count = count + 1
          rows[count] = row
        end
      end,
    }
    assert(parser:parse(body))
    assert(parser:parse())
    parser:close()
    return rows
  end
end

-- Measuring

local function same(ours, theirs)
  assert(#ours == SESSIONS and #theirs == SESSIONS)
  for i, row in ipairs(theirs) do
    for name, value in pairs(row) do
      assert(ours[i][name] == value, name)
    end
    for name in pairs(ours[i]) do
      assert(row[name] ~= nil, name)
    end
  end
end

local function milliseconds(way, body)
  local run = way(body)
  collectgarbage()
  collectgarbage()
  local started = os.clock()
  local rows = run()
  local seconds = os.clock() - started
  assert(#rows == SESSIONS)
  return seconds * 1000
end

-- One after the other, so that other work on the machine meets both.
local function compare(body, way)
  same(by_signoff(body)(), way(body)())
  local ours, theirs = {}, {}
  for round = 1, ROUNDS do
    ours[round] = milliseconds(by_signoff, body)
    theirs[round] = milliseconds(way, body)
  end
  return median(ours), median(theirs)
end

local host = type(jit) == "table" and "LuaJIT" or _VERSION
local is_measured = host == "Lua 5.4" -- the targets are for it; elsewhere the figures are for comparison

local contests = {
  { format = "JSON", reply = json_reply, way = by_cjson, against = "cjson.decode, renamed in Lua", kind = "at_most", limit = "1.3" },
  { format = "XML", reply = xml_reply, way = by_expat, against = "LuaExpat", kind = "at_least", limit = "1.5" },
}

for _, contest in ipairs(contests) do
  local body = contest.reply()
  local ours, theirs = compare(body, contest.way)
  local what = ("reading %d sessions, %s, %.1f MB, %s"):format(SESSIONS, contest.format, #body / 1e6, host)
  local target = contest.kind .. " " .. (is_measured and contest.limit or "-")
  print(table.concat({ what, "ms", ours, contest.against, theirs, target }, "\t"))
end
