-- SPDX-License-Identifier: MIT
-- The process behind spec/support/peer.lua: `lua5.4 peer_server.lua DIRECTORY`. Reads DIRECTORY/plan.lua, writes the
-- port to DIRECTORY/port and all that connection N sends to DIRECTORY/N.received before it does anything with it.
-- It ends with the process that started it, however slow the machine is.

local socket = require "socket"

local directory = arg[1]
local plan = dofile(directory .. "/plan.lua")

local function is_wanted()
  local file = io.open("/proc/" .. plan.owner .. "/stat")
  return file and file:close()
end

local steps = {}

local function wait_until(connection, time)
  connection.wakes = time
  coroutine.yield()
  connection.wakes = nil
end

-- False when the client has closed.
local function receive(connection)
  connection.reads = true
  coroutine.yield()
  connection.reads = nil
  local bytes, problem, part = connection.socket:receive(65536)
  bytes = bytes or part
  connection.file:write(bytes)
  connection.file:flush()
  connection.buffer = connection.buffer .. bytes
  return bytes ~= "" or problem == "timeout"
end

local function request_size(buffer)
  local head = buffer:match "^.-\r\n\r\n"
  return head and #head + (tonumber(head:lower():match "\r\ncontent%-length: *(%d+)") or 0)
end

local function send(connection, bytes)
  connection.socket:settimeout(2)
  local sent = connection.socket:send(bytes)
  connection.socket:settimeout(0)
  return sent ~= nil
end

-- Each gives false when the connection is over.

function steps.request(connection)
  local size = request_size(connection.buffer)
  while not size or #connection.buffer < size do
    if not receive(connection) then
      return false
    end
    size = request_size(connection.buffer)
  end
  connection.request, connection.buffer = connection.buffer:sub(1, size), connection.buffer:sub(size + 1)
  return true
end

-- Until something comes; it is not read, so that closing now resets.
function steps.arrival(connection)
  connection.reads = true
  coroutine.yield()
  connection.reads = nil
  return true
end

function steps.stall(connection)
  while receive(connection) do
    connection.buffer = ""
  end
  return false
end

function steps.close()
  return false
end

function steps.reset(connection)
  connection.socket:setoption("linger", { on = true, timeout = 0 })
  return false
end

function steps.send(connection, step)
  return send(connection, step.send)
end

function steps.wait(connection, step)
  wait_until(connection, socket.gettime() + step.wait)
  return true
end

-- Makes DIRECTORY/NAME: the test knows then that all bytes before have reached the other socket, here on loopback.
function steps.note(_, step)
  assert(io.open(directory .. "/" .. step.note, "w")):close()
  return true
end

-- One byte, then another.
function steps.drip(connection, step)
  for byte in step.drip:gmatch "." do
    if not send(connection, byte) then
      return false
    end
    wait_until(connection, socket.gettime() + step.every)
  end
  return true
end

-- The same again and again.
function steps.flood(connection, step)
  while send(connection, step.flood) do
    wait_until(connection, socket.gettime() + step.every)
  end
  return false
end

local function name_of(step)
  for _, name in ipairs { "send", "wait", "note", "drip", "flood", "tunnel", "relay" } do
    if step[name] then
      return name
    end
  end
  return "loop"
end

local function run_steps(connection, list)
  for _, step in ipairs(list) do
    local name = type(step) == "table" and name_of(step) or step
    if not steps[name](connection, step) then
      return false
    end
  end
  return true
end

function steps.loop(connection, step)
  while run_steps(connection, step.loop) do
  end
  return false
end

local function serve(connection)
  if run_steps(connection, connection.steps) then
    steps.stall(connection)
  end
end

local connections, count = {}, 0

local function steps_for(listener)
  return plan.addresses and plan.addresses[listener.address] or plan.connections[count] or plan.connections.rest
end

local function accept(listener)
  count = count + 1
  local connection = { socket = listener.socket:accept(), buffer = "", steps = steps_for(listener) }
  connection.socket:settimeout(0)
  connection.socket:setoption("tcp-nodelay", true)
  connection.file = assert(io.open(("%s/%d.received"):format(directory, count), "wb"))
  connection.thread = coroutine.create(serve)
  connections[connection.socket] = connection
  return connection
end

local function resume(connection)
  assert(coroutine.resume(connection.thread, connection))
  if coroutine.status(connection.thread) == "dead" then
    connections[connection.socket] = nil
    connection.socket:close()
    connection.file:close()
  end
end

local function pass_on(from, to)
  repeat
    local sent = send(to, from.buffer)
    from.buffer = ""
  until not sent or not receive(from)
  return false
end

-- All that comes, to that port, and its answers back.
function steps.tunnel(connection, step)
  local far = { socket = assert(socket.connect("127.0.0.1", step.tunnel)), buffer = "", file = assert(io.open("/dev/null", "w")) }
  far.socket:settimeout(0)
  far.thread = coroutine.create(function()
    pass_on(far, connection)
  end)
  connections[far.socket] = far
  resume(far)
  pass_on(connection, far)
  far.socket:shutdown()
  return false
end

-- Whole replies only: a head with a length, and as many bytes.
local function reply_of(far)
  local head = ""
  repeat
    local line = assert(far:receive "*l")
    head = head .. line .. "\r\n"
  until line == ""
  return head .. assert(far:receive(tonumber(head:lower():match "\r\ncontent%-length: *(%d+)")))
end

-- One request to that port and its reply back; one that has that text is not passed on, and gets `reply`.
function steps.relay(connection, step)
  if not steps.request(connection) then
    return false
  elseif connection.request:find(step.unless, 1, true) then
    return send(connection, step.reply)
  end
  local far = assert(socket.connect("127.0.0.1", step.relay))
  far:settimeout(5)
  assert(far:send(connection.request))
  local reply = reply_of(far)
  far:close()
  return send(connection, reply)
end

local function waiting(listeners)
  local readers, next_time = {}, socket.gettime() + 1
  for _, listener in ipairs(listeners) do
    readers[#readers + 1] = listener.socket
  end
  for _, connection in pairs(connections) do
    if connection.reads then
      readers[#readers + 1] = connection.socket
    end
    next_time = math.min(next_time, connection.wakes or next_time)
  end
  return readers, math.max(0, next_time - socket.gettime())
end

local function turn(listeners)
  local readers, seconds = waiting(listeners)
  local ready = socket.select(readers, nil, seconds)
  for _, one in ipairs(ready) do
    resume(listeners[one] and accept(listeners[one]) or connections[one])
  end
  local due = {}
  for _, connection in pairs(connections) do
    if connection.wakes and connection.wakes <= socket.gettime() then
      due[#due + 1] = connection
    end
  end
  for _, connection in ipairs(due) do
    resume(connection)
  end
end

-- Ports below those that connections out get by themselves: what was free there stays so, but for who asks for it by name.
-- Lua's own seed is one second's, where a sanitizer puts everything at the same addresses.
local function bind_aside(listener, ip)
  math.randomseed(math.floor(socket.gettime() * 1e6))
  local file = io.open "/proc/sys/net/ipv4/ip_local_port_range"
  local lowest = file and file:read "n" or 32768
  for _ = 1, 100 do
    if listener:bind(ip, math.random(lowest // 2, lowest - 1)) then
      return true
    end
  end
  return nil, "no free port"
end

local function bind(listener, ip, port)
  if port == "aside" then
    return bind_aside(listener, ip)
  end
  return listener:bind(ip, port)
end

local function listen(address, port)
  local listener = assert(socket.tcp4())
  assert(listener:setoption("reuseaddr", true))
  assert(bind(listener, "127.0.0." .. address, port))
  assert(listener:listen(plan.black_hole and 0 or 1024))
  return { socket = listener, address = address, port = tonumber((select(2, listener:getsockname()))) }
end

-- One, or one for each address of the plan, all with the same port; found by number and by socket.
local function listen_all()
  local listeners = { listen(1, plan.port or 0) }
  for address = 2, plan.addresses and #plan.addresses or 1 do
    listeners[address] = listen(address, listeners[1].port)
  end
  for _, listener in ipairs(listeners) do
    listeners[listener.socket] = listener
  end
  return listeners
end

local function publish(listener)
  local file = assert(io.open(directory .. "/port.new", "w"))
  file:write(listener.port)
  file:close()
  assert(os.rename(directory .. "/port.new", directory .. "/port"))
end

-- With its queue of connections full, Linux drops what else would connect: nobody ever answers.
local function be_a_black_hole(listener)
  local fill = {}
  for i = 1, 4 do
    fill[i] = socket.tcp4()
    fill[i]:settimeout(0.05)
    fill[i]:connect("127.0.0.1", listener.port)
  end
  publish(listener)
  while is_wanted() do
    socket.sleep(1)
  end
end

local listeners = listen_all()
if plan.black_hole then
  be_a_black_hole(listeners[1])
else
  publish(listeners[1])
  while is_wanted() do
    turn(listeners)
  end
end
