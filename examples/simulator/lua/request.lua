--- A request as the systems see it: the raw address and the exact bytes, nothing normalised.
local request = {}
request.__index = request

local function body_from_file()
  local path = ngx.req.get_body_file()
  if not path then return "" end
  local file = assert(io.open(path, "rb"))
  local body = file:read "*a"
  file:close()
  return body
end

--- The request of the moment. `operation`, `targets`, `decoded` and `changes` are filled in by its system.
function request.read()
  ngx.req.read_body()
  local var = ngx.var
  local uri = var.request_uri
  local path, query = uri:match "^([^?]*)%??(.*)$"
  return setmetatable({
    method = ngx.req.get_method(), uri = uri, path = path, query = query,
    body = ngx.req.get_body_data() or body_from_file(),
    raw_header = ngx.req.raw_header(),
    remote_addr = var.remote_addr, remote_port = tonumber(var.remote_port), server_port = tonumber(var.server_port),
    scheme = var.scheme, connection = tonumber(var.connection), on_connection = tonumber(var.connection_requests),
    operation = "unknown", targets = {}, decoded = {}, changes = false,
  }, request)
end

--- The value of a header, nil if it did not come.
function request.header(_, name)
  return ngx.var["http_" .. name:lower():gsub("-", "_")]
end

--- The media type of the body in lower case, without parameters; nil if none came.
function request:media_type()
  local value = self:header "Content-Type"
  return value and value:match "^%s*([^;%s]*)":lower()
end

--- The user and password of HTTP Basic; nil if there are none.
function request:basic()
  local value = self:header "Authorization" or ""
  local encoded = value:match "^[Bb][Aa][Ss][Ii][Cc]%s+(%S+)%s*$"
  local decoded = encoded and ngx.decode_base64(encoded)
  if decoded then return decoded:match "^([^:]*):(.*)$" end
end

--- The token of HTTP Bearer; nil if there is none.
function request:bearer()
  local value = self:header "Authorization" or ""
  return value:match "^[Bb][Ee][Aa][Rr][Ee][Rr]%s+(%S+)%s*$"
end

return request
