-- SPDX-License-Identifier: MIT
-- One of several threads that use a connection in every way, while its server may come and go: NUMBER URI CALLS. Prints how many calls it
-- made, and what became of them. Run by host.c.

local number, uri, most = ...
most = tonumber(most)

local core = require "signoff.core"
local signoff = require "signoff"
local connection = require "signoff.farm.connection"

local codes, calls = { fine = 0, away = 0, full = 0 }, 0

local function note(value, message, code)
  calls = calls + 1
  if value == nil and not codes[code] then
    error(message)
  end
  local kind = value == nil and code or "fine"
  codes[kind] = codes[kind] + 1
end

local function ask(c, i)
  local what = (i + number) % 50
  if what == 0 then
    note(c:query("SELECT pg_sleep(0.05)", nil, 0.02))
  elseif what == 1 then
    note(c:query("SELECT g, repeat('x', 100) FROM generate_series(1, 50) AS g", nil, 5))
  elseif what == 2 then
    c:notified(0.001)
  elseif what == 3 then
    note(c:query("NOTIFY farm, '1'", nil, 5))
  else
    note(c:call("begin_act", { number = i, record = ("r"):rep(200) }, 5))
  end
end

local function open()
  local c = assert(connection.open(nil, uri))
  c:work_as(number)
  return c
end

local function blocking(c, count)
  for i = 1, count do
    ask(c, i)
  end
end

local function in_loop(c, count)
  signoff.loop(function(loop)
    for task = 1, 8 do
      loop:spawn(function()
        for i = 1, count / 8 do
          ask(c, i + task)
        end
      end)
    end
  end)
end

-- Its tasks end in the middle, and the connection closes with statements on their way.
local function broken_off(c)
  local engine = signoff.engine()
  for i = 1, 8 do
    engine:spawn(function()
      ask(c, i)
    end)
  end
  for _ = 1, 3 do
    engine:step()
  end
  pcall(engine.close, engine)
end

while calls < most do
  do
    local c = open()
    blocking(c, 40)
    in_loop(c, 160)
    broken_off(c)
    if calls % 3 == 0 then
      c:close()
    end
  end
  collectgarbage()
end
core.sleep(0.05)
print(("%d %d %d %d"):format(calls, codes.fine, codes.away, codes.full))
