--- How a reply reaches the caller: in good order, or broken in the way that a fault says.
local clock = require "clock"
local socket = require "socket"

local transmit = {}

local STALL = 60 -- seconds, unless the fault names them
local doomed = {} -- connection serial -> how its next request is ended

local function nothing() end

--- Waits without stopping the others, and goes on even if the caller has left: a real system does not notice either.
function transmit.wait(seconds)
  ngx.on_abort(nothing)
  ngx.sleep(seconds)
end

-- Replies are dated by the simulated clock.
local function date_of(reply)
  return ngx.http_time(reply.date or clock.now())
end

local function send_head(reply)
  ngx.status = reply.status
  ngx.header["Content-Type"] = reply.type
  ngx.header["Date"] = date_of(reply)
  for name, value in pairs(reply.headers or {}) do ngx.header[name] = value end
end

--- Sends a reply as it should be.
function transmit.reply(reply)
  send_head(reply)
  local body = reply.body or ""
  if reply.status ~= 204 then ngx.header["Content-Length"] = #body end
  if body ~= "" then ngx.print(body) end
end

local function head_text(reply)
  local lines = { ("HTTP/1.1 %d "):format(reply.status), "Server: nginx", "Date: " .. date_of(reply) }
  if reply.type then lines[#lines + 1] = "Content-Type: " .. reply.type end
  for name, value in pairs(reply.headers or {}) do
    for _, one in ipairs(type(value) == "table" and value or { value }) do lines[#lines + 1] = name .. ": " .. one end
  end
  lines[#lines + 1] = "Content-Length: " .. #(reply.body or "")
  return table.concat(lines, "\r\n") .. "\r\n\r\n"
end

local function send_raw(bytes)
  local raw = assert(ngx.req.socket(true))
  if bytes ~= "" then raw:send(bytes) end
end

local function disconnect(request)
  request.disconnected = true
  return ngx.exit(444) -- nginx's own meaning: close, say nothing
end

local function reset(request)
  socket.reset(request)
  return disconnect(request)
end

--- Resets after `bytes`. The pause lets them arrive first: a reset overtakes what is still on the way.
local function reset_after(request, bytes)
  send_raw(bytes)
  transmit.wait(0.05)
  return reset(request)
end

local function part_of_head(fault, reply)
  local head = head_text(reply)
  return head:sub(1, math.min(fault.at or 24, #head - 1))
end

local function part_of_body(fault, reply)
  local body = reply.body or ""
  return head_text(reply) .. body:sub(1, fault.at or math.floor(#body / 2))
end

local function send_pieces(reply, count, pause)
  local body = reply.body or ""
  local size = math.max(1, math.ceil(#body / count))
  send_head(reply)
  for at = 1, #body, size do
    ngx.print(body:sub(at, at + size - 1))
    ngx.flush(true)
    if pause > 0 then transmit.wait(pause) end
  end
end

local SENDERS = {}

function SENDERS.status(_, fault, reply)
  local answered = reply or {}
  transmit.reply {
    status = fault.status or answered.status or 500,
    type = fault.type or answered.type or "text/plain",
    headers = fault.headers or answered.headers,
    body = fault.body or (fault.body_base64 and ngx.decode_base64(fault.body_base64)) or answered.body or "",
  }
end

local REASONS = { [401] = "Unauthorized", [403] = "Forbidden", [429] = "Too Many Requests", [503] = "Service Unavailable" }

local FORMS = {
  text = function(reason) return "text/plain", reason .. "\n" end,
  json = function(reason) return "application/json", ('{"message":"%s"}'):format(reason) end,
  empty = function() return nil, "" end,
  page = function(reason) return "text/html", ("<html><body><h1>%s</h1></body></html>\n"):format(reason) end,
}

--- Something in between refuses in words of its own.
function SENDERS.gateway(_, fault)
  local status = fault.status or 403
  local media, body = FORMS[fault.form or "json"](REASONS[status] or "Error")
  transmit.reply { status = status, type = media, body = body }
end

function SENDERS.slow(_, fault, reply)
  if fault.when == "after" then transmit.wait(fault.seconds or 1) end
  transmit.reply(reply)
end

function SENDERS.stall(request, fault)
  ngx.sleep(fault.seconds or STALL)
  return disconnect(request)
end

function SENDERS.reset_before_headers(request) return reset(request) end

function SENDERS.reset_inside_headers(request, fault, reply) return reset_after(request, part_of_head(fault, reply)) end

function SENDERS.reset_inside_body(request, fault, reply) return reset_after(request, part_of_body(fault, reply)) end

function SENDERS.cut_headers(request, fault, reply)
  send_raw(part_of_head(fault, reply))
  return disconnect(request)
end

function SENDERS.cut(request, fault, reply)
  send_raw(part_of_body(fault, reply))
  return disconnect(request)
end

function SENDERS.close(request) return disconnect(request) end

function SENDERS.close_next(request, fault, reply)
  doomed[request.connection] = fault.how or "close"
  transmit.reply(reply)
end

--- A good reply that says the connection is kept, which ends a moment later: the caller's next request finds it dead.
function SENDERS.close_after(request, fault, reply)
  transmit.reply(reply)
  ngx.timer.at(fault.seconds or 0.02, function() socket.shutdown(request) end)
end

function SENDERS.drip(_, fault, reply)
  local pieces = fault.pieces or 10
  send_pieces(reply, pieces, (fault.seconds or 1) / pieces)
end

function SENDERS.chunked(_, fault, reply) send_pieces(reply, fault.pieces or 3, 0) end

function SENDERS.raw(request, fault)
  send_raw(fault.bytes or ngx.decode_base64(fault.base64 or "") or "")
  if fault.hold then ngx.sleep(fault.hold) end
  return disconnect(request)
end

--- Breaks the exchange as `fault` says. `reply` is nil where the system did not act.
function transmit.broken(request, fault, reply)
  return SENDERS[fault.fault](request, fault, reply or { status = 200, type = "text/plain", body = "" })
end

--- Ends the request at once if an earlier fault doomed its connection; true if it did.
function transmit.ended(request)
  local how = doomed[request.connection]
  if not how then return false end
  doomed[request.connection] = nil
  if how == "reset" then socket.reset(request) end
  return true
end

transmit.disconnect = disconnect

return transmit
