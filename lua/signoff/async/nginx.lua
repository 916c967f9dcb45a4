-- SPDX-License-Identifier: MIT

--- The runtime in nginx: calls are carried by the module's own thread, and handlers wait without stopping the worker.
--
-- One light thread (the pump) waits for all calls of this Lua state. It lives while there are any, and a second longer
-- where there was more than one, so that reloads, and `lua_code_cache off`, leave nothing behind.
-- @module signoff.async.nginx

local core = require "signoff.core"
local semaphore = require "ngx.semaphore"

local ngx = package.loaded.ngx
local get_phase = ngx.get_phase

local nginx = {}

-- Phases whose handlers may wait. In `init` there is nobody yet to be kept waiting.
local waiting_phases = {
  server_rewrite = true, rewrite = true, access = true, content = true, timer = true, preread = true,
  ssl_cert = true, ssl_client_hello = true, ssl_session_fetch = true,
}

local function may_wait()
  local phase = get_phase()
  if waiting_phases[phase] then
    return true
  elseif phase ~= "init" then
    core.raise(("signoff cannot wait in nginx's phase '%s': call it in rewrite, access or content, or in a timer (ngx.timer.at)")
      :format(phase))
  end
  return false
end

local PATIENCE = 1 -- seconds that one wait on a semaphore takes at most
local SILENCE = 10 -- seconds that the socket may say nothing, which beats every second
local GLANCE = 0.02 -- seconds between looks, where there is no socket, or no pump
local SPARE = 64 -- waiters that are kept for others

local channel
local waiters = setmetatable({}, { __mode = "v" }) -- by number; gone when the handler's coroutine is
local spare = {} -- waiters that nobody uses
local logged = {} -- by number: the call that somebody wants to hear of, even where nobody is left to read it
local unread = {} -- such calls by their waiter, to whom they were handed, and who has not run since
local pump -- whatever stands for the one that runs
local pump_seen, served = 0, 0 -- when it was last awake, and how many calls were submitted since it began
local complained -- that there is no socket

-- A handler that was ended by nginx is collected at some time: what has not begun by then is not sent. A call that nobody
-- wants to hear of is collected with its handler, which cancels it.
local tickets = setmetatable({}, { __mode = "k" })
local prototype = newproxy(true)
getmetatable(prototype).__gc = function(ticket)
  local call = tickets[ticket]
  if call then
    call:cancel()
  end
end

local function ticket_of(call)
  local ticket = newproxy(prototype)
  tickets[ticket] = call
  return ticket
end

local function leave(flight)
  flight.left(flight.call, flight.about)
end

local function hand_over(waiter, flight)
  waiter.done = true
  waiter.semaphore:post(1)
  if flight then
    unread[waiter] = flight
    flight.since = core.now()
  end
end

-- Hands over what is finished.
local function deliver()
  local number = channel:finished()
  while number do
    local flight, waiter = logged[number], waiters[number]
    logged[number], waiters[number] = nil, nil
    if waiter then
      hand_over(waiter, flight)
    elseif flight then
      leave(flight)
    end
    number = channel:finished()
  end
end

-- Who has not taken a call long after it was handed over never will.
local function leave_unread()
  local now, late = core.now(), {}
  for waiter, flight in pairs(unread) do
    if now - flight.since > PATIENCE / 2 then
      late[waiter] = flight
    end
  end
  if not next(late) then
    return
  end
  ngx.sleep(0.001) -- whoever still waits has its turn
  for waiter, flight in pairs(late) do
    if unread[waiter] == flight then -- it was not taken
      unread[waiter] = nil
      leave(flight)
    end
  end
end

local function open_socket()
  local path, message = channel:listen()
  if not path then
    return nil, message
  end
  local socket = ngx.socket.tcp()
  socket:settimeout(SILENCE * 1000)
  local fine, problem = socket:connect("unix:" .. path) -- does not wait: somebody listens already
  if fine then
    fine, problem = channel:accept()
  end
  if not fine then
    channel:disconnect()
    return nil, problem
  end
  return socket
end

-- Once all is handed over: at once after a single call, else when a second has passed without another.
local function is_over(quiet_since)
  if channel:pending() > 0 or next(unread) then
    return false
  end
  return served < 2 or ngx.worker.exiting() or core.now() - quiet_since > PATIENCE
end

-- Until there may be something to do: where there is no socket, after a while.
local function wait(socket)
  if socket then
    return socket:receive(1)
  end
  ngx.sleep(GLANCE)
  return true
end

-- Hands over and looks after what is finished, until there is nothing to wait for, or another pump has taken over.
local function work(socket, own)
  local quiet_since, before = core.now(), 0
  while pump == own do
    pump_seen = core.now()
    deliver()
    leave_unread()
    if served ~= before then
      quiet_since, before = pump_seen, served
    end
    if is_over(quiet_since) or not wait(socket) then
      break
    end
  end
end

local function run_pump(_, own)
  local socket, message = open_socket()
  if not socket and not complained then
    complained = true
    ngx.log(ngx.ERR, "signoff: calls take longer, since there is no ", message)
  end
  work(socket, own)
  if socket then
    socket:close()
  end
  if pump == own then
    channel:disconnect()
    pump = nil
  end
end

-- Where no timer can be had, those who wait look for themselves.
local function start_pump()
  local now = core.now()
  if pump and now - pump_seen < 3 * PATIENCE then
    return
  end
  pump, pump_seen, served = {}, now, 0
  if not ngx.timer.at(0, run_pump, pump) then
    pump = nil
  end
end

local function get_waiter()
  local waiter = table.remove(spare) or { semaphore = semaphore.new() }
  waiter.done = false
  return waiter
end

-- What is posted to one that nobody waits on any more would wake the next who uses it.
local function give_back(waiter)
  if #spare < SPARE and waiter.semaphore:count() == 0 then
    waiter.ticket = nil
    spare[#spare + 1] = waiter
  end
end

local function wait_for(waiter)
  repeat
    local woken = waiter.semaphore:wait(pump and PATIENCE or GLANCE)
    if not woken then
      deliver()
      start_pump()
    end
  until waiter.done
end

--- Brings the reply into the call, and gives the call.
-- @param call
-- @tparam[opt] function left `left(call, about)`: what to do with the call where nobody is left to read it
-- @param[opt] about
-- @raise in a phase that cannot wait, naming those that can
function nginx.carry(call, left, about)
  if not may_wait() then
    return core.carry(call)
  end
  local problem
  if not channel then
    channel, problem = core.channel()
  end
  if not channel then
    return core.give_up(call, "busy", problem)
  end
  local number = channel:submit(call)
  if not number then
    return call
  end
  start_pump()
  served = served + 1
  local waiter = get_waiter()
  waiters[number] = waiter
  if left then
    waiter.ticket = ticket_of(call)
    logged[number] = { call = call, left = left, about = about }
  end
  wait_for(waiter)
  unread[waiter] = nil
  give_back(waiter)
  return call
end

--- Waits for that many seconds.
-- @raise in a phase that cannot wait
function nginx.sleep(seconds)
  if may_wait() then
    ngx.sleep(math.max(seconds, 0.001))
  else
    core.sleep(seconds)
  end
end

-- Conditions

local Condition = {}
Condition.__index = Condition

local LONGEST_WAIT = 60 -- seconds that one wait on a semaphore takes at most

--- Makes a condition: light threads wait until another one signals it.
function nginx.condition()
  return setmetatable({ semaphore = semaphore.new(), waiters = 0 }, Condition)
end

--- Waits for the next signal.
-- @tparam[opt] number seconds the time limit
-- @treturn boolean whether it came; false at the time limit
-- @raise in a phase that cannot wait
function Condition:wait(seconds)
  may_wait()
  local own, ends = self.semaphore, seconds and core.now() + seconds or math.huge
  self.waiters = self.waiters + 1
  repeat
    local left = ends - core.now()
    own:wait(math.max(math.min(left, LONGEST_WAIT), 0.001))
  until self.semaphore ~= own or left <= LONGEST_WAIT
  if self.semaphore ~= own then
    return true
  end
  self.waiters = self.waiters - 1
  return false
end

--- Wakes all that wait for it. They had this semaphore; those that wait from now on have another one.
function Condition:signal()
  local own, count = self.semaphore, self.waiters
  if count > 0 then
    self.semaphore, self.waiters = semaphore.new(), 0
    own:post(count)
  end
end

return nginx
