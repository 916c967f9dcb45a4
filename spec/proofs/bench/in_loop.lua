-- SPDX-License-Identifier: MIT
-- That many logouts in one event loop, while a timer of the same loop ticks every millisecond: in_loop.lua LOOP PORT COUNT CONCURRENCY.
-- LOOP: signoff (signoff.loop), luv, cqueues, luasocket. Prints the processor's seconds, and by how many milliseconds the timer was
-- late: 99 of 100 times it was less.

local core = require "signoff.core"
local signoff = require "signoff"

local name, port, count, in_flight = arg[1], arg[2], tonumber(arg[3]), tonumber(arg[4])
local TICK = 0.001

local client = signoff.jde_ais { url = "http://127.0.0.1:" .. port }
local begun, accepted = 0, 0

local function log_out()
  begun = begun + 1
  local token = ("044kbwMICIsL8P4jttMjVtpnhrrSK17i7fa2h8VjwjEMDE5MDEy%08d"):format(begun)
  local answer = assert(client:logout { token = token, device = "leaver-laptop" })
  accepted = accepted + (answer.answer == "accepted" and 1 or 0)
end

-- The clock runs from when all connections are there.
local late, armed, clock

local function arm()
  armed = core.now()
end

local function tick()
  late[#late + 1] = core.now() - armed - TICK
  arm()
end

local function go(spawn)
  collectgarbage()
  begun, accepted, late, clock = 0, 0, {}, os.clock()
  arm()
  for _ = 1, count do
    spawn(log_out)
  end
end

local function is_over()
  return late and accepted == count
end

-- As `main` of a task: the connections first.
local function main(spawn)
  local first = {}
  for i = 1, in_flight do
    first[i] = spawn(log_out)
  end
  for i = 1, in_flight do
    first[i]:join()
  end
  go(spawn)
end

local loops = {}

function loops.signoff()
  signoff.loop(function(loop)
    local function spawn(f)
      return loop:spawn(f)
    end
    loop:spawn(main, spawn)
    while not is_over() do
      loop:sleep(TICK)
      if late then tick() end
    end
  end, { concurrency = in_flight })
end

-- Calls `run(engine)` with an engine that has all to do.
local function with_engine(run)
  local engine = signoff.engine { concurrency = in_flight }
  engine:spawn(main, function(f)
    return engine:spawn(f)
  end)
  run(engine)
  engine:close()
end

function loops.luv()
  with_engine(function(engine)
    local uv = require "luv"
    local timer = uv.new_timer()
    timer:start(1, 1, function()
      if late then tick() end
      if is_over() then timer:close() end
    end)
    require "signoff.with.luv"(engine)
    uv.run()
  end)
end

function loops.cqueues()
  with_engine(function(engine)
    local cqueues = require "cqueues"
    local loop = cqueues.new()
    loop:wrap(function()
      while not is_over() do
        cqueues.sleep(TICK)
        if late then tick() end
      end
    end)
    require "signoff.with.cqueues"(engine, loop)
    assert(loop:loop())
  end)
end

function loops.luasocket()
  with_engine(function(engine)
    local socket = require "socket"
    local watched, due = { engine }, core.now() + TICK
    while not is_over() do
      local timeout, left = engine:timeout() or TICK, math.max(0, due - core.now())
      local ready = socket.select(watched, nil, math.min(timeout, left))
      if ready[1] or timeout <= left then engine:step() end
      if core.now() >= due then
        if late then tick() end
        due = core.now() + TICK
      end
    end
  end)
end

loops[name]()
local seconds = os.clock() - clock
assert(accepted == count)
table.sort(late)
print(("%.6f %.6f"):format(seconds, math.max(0, late[math.ceil(#late * 0.99)]) * 1000))
