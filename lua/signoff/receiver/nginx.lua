-- SPDX-License-Identifier: MIT

--- Reads a request of nginx, and writes an answer: for the handlers of a receiver.
--
-- A body that nginx put into a file is not read: tokens do not belong on a disk, and the configuration is to be mended.
-- @module signoff.receiver.nginx

local core = require "signoff.core"

local nginx = {}

-- A header that was sent once; one that was sent twice is none that can be trusted.
local function single(value)
  if type(value) == "table" then
    return #value == 1 and value[1] or ""
  end
  return value
end

local function length_of(headers)
  return core.number(single(headers["content-length"]) or "")
end

--- Reads the request that is being handled.
-- @tparam table ngx
-- @tparam number largest bytes of a body
-- @treturn table for `receiver:accept`: `method`, `body`, `content_type`, `content_encoding`, `authorization`, `too_large`, `in_file`
function nginx.request(ngx, largest)
  local headers = ngx.req.get_headers()
  local request = {
    method = ngx.req.get_method(), content_type = single(headers["content-type"]), content_encoding = single(headers["content-encoding"]),
    authorization = single(headers["authorization"]), body = "",
  }
  if request.method ~= "POST" then
    return request
  elseif (length_of(headers) or 0) > largest then
    request.too_large = true
    return request
  end
  ngx.req.read_body()
  request.body = ngx.req.get_body_data() or ""
  request.in_file = ngx.req.get_body_file() ~= nil
  return request
end

--- Writes an answer.
-- @tparam table ngx
-- @tparam number status
-- @tparam table headers
-- @tparam string body
function nginx.answer(ngx, status, headers, body)
  ngx.status = status
  for name, value in pairs(headers) do
    ngx.header[name] = value
  end
  if body ~= "" then
    ngx.header["Content-Length"] = #body
    ngx.print(body)
    return
  elseif status ~= 204 then
    ngx.header["Content-Length"] = 0
  end
  ngx.send_headers()
end

return nginx
