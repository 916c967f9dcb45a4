-- SPDX-License-Identifier: MIT
-- Forks with calls on their way: the child begins anew, the parent goes on, and both end as they should. fork.lua COUNT

local core = require "signoff.core"
local forking = require "forking"
local signoff = require "signoff"

local client = signoff.jde_ais { url = os.getenv "JDE_AIS_URL", ca_file = os.getenv "SIGNOFF_CA_FILE", token = "044-token" }

local function submit(channel)
  local call = core.build(client, "status")
  return call, channel:submit(call)
end

local function said(call)
  local answer, message, code = core.read(call)
  return answer and "answered" or code or message
end

local function collect(channel)
  local ends = core.now() + 10
  while channel:pending() > 0 do
    assert(core.now() < ends, "waited in vain")
    repeat until not channel:finished()
    core.sleep(0.002)
  end
end

-- The simulator does not know the token.
local function assert_answers(call)
  local found = said(call)
  assert(found == "answered" or found == "denied", found)
end

-- A port belongs to the parent: it takes no call of the child's, and gives none back.
local function check_inherited(port, sent)
  local call, number = submit(port)
  assert(not number and said(call) == "cancelled")
  assert(not port:finished())
  sent:cancel()
end

local function be_child(inherited, sent, engine, stepped)
  check_inherited(inherited, sent)
  assert(inherited:pending() == 0)
  check_inherited(engine, stepped)
  local fine, problem = pcall(engine.step, engine, 0)
  assert(not fine and problem:find "the process that made it", problem)
  local channel = core.channel()
  local call = submit(channel)
  collect(channel)
  assert_answers(call)
  client:status()
  collectgarbage()
end

for i = 1, tonumber(arg[1]) do
  local channel, calls = core.channel(), {}
  for n = 1, 10 do
    calls[n] = submit(channel)
  end
  local engine = core.engine(2)
  local stepped = submit(engine)
  engine:step(0)
  core.sleep(i % 5 / 1000)
  local child = forking.fork()
  if child == 0 then
    local fine, problem = pcall(be_child, channel, calls[1], engine, stepped)
    if not fine then
      io.stderr:write(tostring(problem), "\n")
    end
    os.exit(fine and 0 or 1, i % 2 == 0)
  end
  collect(channel)
  for n = 1, 10 do
    assert_answers(calls[n])
  end
  repeat
    engine:step(1)
  until engine:finished()
  assert_answers(stepped)
  assert(forking.wait(child) == 0, "the child failed")
end
print(arg[1] .. " forks")
