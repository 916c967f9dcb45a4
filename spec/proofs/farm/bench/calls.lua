-- SPDX-License-Identifier: MIT
-- The cost of a call for the process of its client: calls.lua URI TOGETHER ROUNDS KIND; KIND: "loop", "blocking", or "nothing" (a loop whose tasks
-- do all but ask). Prints the microseconds of CPU that a call took, those of the connection's thread included.

local uri, together, rounds, kind = ...
together, rounds = tonumber(together), tonumber(rounds)

local signoff = require "signoff"
local connection = require "signoff.farm.connection"
local json = require "signoff.json"

local list = json.list
local c = assert(connection.open(nil, uri))
assert(c:query "SELECT 1")
c:work_as(7)

local record = json.encode {
  kind = "intent", item = 1234, at = "2026-11-30T19:25:32Z", operation = "logout", target = ("x"):rep(64), system = "cucm", attempt = 1,
  note = ("y"):rep(150),
}

local function given(i)
  return { system = 1, jobs = list { list { i, 1 } }, targets = list { ("x"):rep(64) }, record = record, seq = i }
end

local function ask(i)
  local answer, message = c:call("begin_act", given(i))
  assert(answer and answer.go == 123, message)
end

local began = os.clock()
if kind == "blocking" then
  for i = 1, rounds do
    ask(i)
  end
else
  signoff.loop(function(loop)
    for _ = 1, together do
      loop:spawn(function()
        for i = 1, rounds do
          if kind == "loop" then
            ask(i)
          else
            json.encode_unsorted(given(i))
            loop:sleep(0)
          end
        end
      end)
    end
  end)
end
if rounds > 0 then
  print(("%.1f"):format((os.clock() - began) / rounds / together * 1e6))
end
