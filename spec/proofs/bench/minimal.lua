-- SPDX-License-Identifier: MIT
-- The least that a logout can be in nginx: given bytes on a connection that is kept, a status, headers, a body of that length, and
-- its JSON. It has no limits, masks, deadlines or verdicts.

local cjson = require "cjson"

local tcp = package.loaded.ngx.socket.tcp

local POOL = { pool_size = 64 }
local TIMEOUT, KEPT = 5000, 60000 -- milliseconds

local function read_headers(socket)
  local headers = {}
  local line = assert(socket:receive())
  while line ~= "" do
    local name, value = line:match "^([^:]+):%s*(.-)%s*$"
    headers[name:lower()] = value
    line = assert(socket:receive())
  end
  return headers
end

--- Sends the bytes, and gives the status and the decoded body.
return function(host, port, bytes)
  local socket = tcp()
  socket:settimeout(TIMEOUT)
  assert(socket:connect(host, port, POOL))
  assert(socket:send(bytes))
  local status = tonumber(assert(socket:receive()):match "^HTTP/1%.1 (%d%d%d) ")
  local body = assert(socket:receive(tonumber(read_headers(socket)["content-length"])))
  assert(socket:setkeepalive(KEPT))
  return status, cjson.decode(body)
end
