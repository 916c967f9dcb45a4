-- SPDX-License-Identifier: MIT

--- The runtime in nginx: calls are carried by the module's own thread, and handlers wait without stopping the worker.
--
-- One light thread (the pump) waits for all calls of this Lua state. It lives while there are any, and a second longer
-- where there was more than one at once, or the state is older than its first request, so that reloads, and
-- `lua_code_cache off`, leave nothing behind.
-- @module signoff.async.nginx

local core = require "signoff.core"
local light_threads = require "signoff.async.light_threads"
local semaphore = require "ngx.semaphore"

local ngx = package.loaded.ngx
local get_phase = ngx.get_phase

local nginx = {}

-- Phases whose handlers may wait. In `init` calls block: there are no requests yet.
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

local LONGEST_WAIT = 1 -- seconds that one wait on a semaphore takes at most
local SILENCE = 10 -- seconds that the socket may say nothing, which has a byte to say every second
local POLL = 0.02 -- seconds between polls, where there is no socket, or no pump
local KEPT = 64 -- waiters that are kept
local IDLE = 60 -- seconds that one wait of a waiter takes at most

local channel
local tasks = {} -- by number: functions that are told when the disk has done its work
local waiters = setmetatable({}, { __mode = "v" }) -- by number; gone when the handler's coroutine is
local unused = {} -- waiters that are kept
local logged = {} -- by number: calls with a log hook, which hears of them also when their handler has ended
local unread = {} -- by waiter: such calls that were handed to it and that it has not taken yet
local pump -- stands for the one that runs
local pump_seen, served = 0, 0 -- when it was last awake, and how many calls were submitted since it began
local first_call -- when it was submitted: a state that serves one request ends soon after
local complained -- that there is no socket

-- A handler that was ended by nginx is collected at some time: a call that has not begun by then is not sent. A call without a
-- log hook is collected with its handler, which cancels it.
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

local function leave(entry)
  entry.left(entry.call, entry.about)
end

local function hand_over(waiter, entry)
  waiter.done = true
  waiter.semaphore:post(1)
  if entry then
    unread[waiter] = entry
    entry.since = core.now()
  end
end

-- Hands over the calls that are finished.
local function deliver()
  local number = channel:finished()
  while number do
    local entry, waiter = logged[number], waiters[number]
    logged[number], waiters[number] = nil, nil
    if waiter then
      hand_over(waiter, entry)
    elseif entry then
      leave(entry)
    end
    number = channel:finished()
  end
end

-- Tells of the work of the disk that is done.
local function report_worked()
  local number, fine, message, reason = channel:worked()
  while number do
    local done = tasks[number]
    tasks[number] = nil
    done(fine, message, reason)
    number, fine, message, reason = channel:worked()
  end
end

-- Gives up calls that were handed over long ago and not taken: nginx has ended their handlers.
local function leave_unread()
  local now, late = core.now(), {}
  for waiter, entry in pairs(unread) do
    if now - entry.since > LONGEST_WAIT / 2 then
      late[waiter] = entry
    end
  end
  if not next(late) then
    return
  end
  ngx.sleep(0.001) -- handlers that still wait run now
  for waiter, entry in pairs(late) do
    if unread[waiter] == entry then -- it was not taken
      unread[waiter] = nil
      leave(entry)
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

-- Whether the pump ends: all is handed over, and it was a single call of a new state, or a second has passed without another.
local function is_over(quiet_since)
  if channel:pending() > 0 or next(unread) then
    return false
  end
  local now = core.now()
  return (served < 2 and now - first_call < LONGEST_WAIT) or ngx.worker.exiting() or now - quiet_since > LONGEST_WAIT
end

-- Waits until there may be something to do: where there is no socket, for a while.
local function wait(socket)
  if socket then
    return socket:receive(1)
  end
  ngx.sleep(POLL)
  return true
end

-- Hands over finished calls until there is nothing to wait for, or another pump has taken over.
local function work(socket, own)
  local quiet_since, before = core.now(), 0
  while pump == own do
    pump_seen = core.now()
    deliver()
    report_worked()
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

-- Starts the pump. Where no timer can be had, handlers that wait poll.
local function start_pump()
  local now = core.now()
  if pump and now - pump_seen < 3 * LONGEST_WAIT then
    return
  end
  pump, pump_seen, served, first_call = {}, now, 0, first_call or now
  if not ngx.timer.at(0, run_pump, pump) then
    pump = nil
  end
end

local function get_waiter()
  local waiter = table.remove(unused) or { semaphore = semaphore.new() }
  waiter.done = false
  return waiter
end

-- Keeps a waiter for later, unless something was posted to it since: that would wake the next one that uses it.
local function give_back(waiter)
  if #unused < KEPT and waiter.semaphore:count() == 0 then
    waiter.ticket = nil
    unused[#unused + 1] = waiter
  end
end

-- Waits until the waiter is done, or for that many seconds.
local function wait_for(waiter, seconds)
  local ends = seconds and core.now() + seconds or math.huge
  repeat
    local woken = waiter.semaphore:wait(pump and LONGEST_WAIT or POLL)
    if not woken then
      deliver()
      report_worked()
      start_pump()
    end
  until waiter.done or core.now() > ends
end

local function get_channel()
  local problem
  if not channel then
    channel, problem = core.channel()
  end
  return channel, problem
end

--- Brings the reply into the call, and gives the call.
-- @param call
-- @tparam[opt] function left `left(call, about)`: receives the call where nobody is left to read it
-- @param[opt] about
-- @raise in a phase that cannot wait, naming those that can
function nginx.carry(call, left, about)
  if not may_wait() then
    return core.carry(call)
  end
  local there, problem = get_channel()
  if not there then
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

local Waiter = {}
Waiter.__index = Waiter

--- Makes a waiter: `wait(seconds)` returns when `wake()` was called, or after the seconds; nil in a phase where calls block.
-- @raise in a phase that cannot wait
function nginx.new_waiter()
  return may_wait() and setmetatable({ semaphore = semaphore.new(), woken = false }, Waiter) or nil
end

function Waiter:wait(seconds)
  local ends = seconds and core.now() + seconds or math.huge
  repeat
    local left = ends - core.now()
    self.semaphore:wait(math.max(math.min(left, IDLE), 0.001))
  until self.woken or left <= IDLE
end

--- Nothing cancels a handler but nginx, which ends it.
function Waiter.check_cancelled() end

function Waiter:wake()
  self.woken = true
  self.semaphore:post(1)
end

-- Waits for a disk, as `signoff.async.disk` has it, for phases whose handlers may wait.
local disk = {}

-- Hands a task over to the method of the channel that has this name, which gives its number, or nil and a message.
local function hand_over_task(name, done, ...)
  local there, problem = get_channel()
  if not there then
    return done(nil, problem, "failed")
  end
  local number, more = there[name](there, ...)
  if not number then
    return done(nil, more, "failed")
  end
  tasks[number] = done
  start_pump()
  served = served + 1
  return more
end

function disk.create(path, done)
  local journal
  journal = hand_over_task("create", function(fine, message, reason)
    done(fine and journal, message, reason)
  end, path)
end

function disk.commit(journal, done)
  hand_over_task("commit", done, journal)
end

function disk.save(path, bytes, done)
  hand_over_task("save", done, path, bytes)
end

function disk.remove(path, done)
  hand_over_task("remove", done, path)
end

local Outcome = {}
Outcome.__index = Outcome

function disk.outcome()
  return setmetatable({ waiter = get_waiter() }, Outcome)
end

function Outcome:set(...)
  self.values = { ... }
  self.waiter.done = true
  self.waiter.semaphore:post(1)
end

function Outcome:wait(seconds)
  wait_for(self.waiter, seconds)
  if not self.values then
    return nil, "late"
  end
  give_back(self.waiter)
  return self.values[1], self.values[2], self.values[3]
end

--- The disk for this phase; nil where it blocks, since its handlers cannot wait.
function nginx.disk()
  return waiting_phases[get_phase()] and disk
end

--- See `signoff.async.light_threads`.
nginx.run = light_threads.run

return nginx
