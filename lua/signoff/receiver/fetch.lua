-- SPDX-License-Identifier: MIT

--- Fetches a public document of an issuer: its key set, its metadata. The module's own carrier does it: in nginx no worker waits, the
-- server's certificate and name are checked, nothing is followed, and nothing large is read.
-- @module signoff.receiver.fetch

local core = require "signoff.core"
local context = require "signoff.async.context"
local defaults = require "signoff.defaults"
local runtime = require "signoff.async.runtime"

local fetch = {}

local KIND = "issuer_document"
local LARGEST = 256 * 1024 -- bytes

-- A document is neither JSON nor XML here, but bytes: `core.page` gives them, and nothing is read of them.
core.define({
  name = KIND, title = "an issuer", path = "", options = {}, accepts = { "application/json" }, data = {}, errors = {}, lists = {},
  statuses = {}, operations = { {
    name = "get", positional = 2, safe = true, retry = "no", batch_max = 1,
    arguments = { { name = "path", type = "string", may_be_empty = true }, { name = "query", type = "string", may_be_empty = true } },
  } },
}, {
  context = context,
  build = function(_, _, arguments)
    return { method = "GET", path = arguments.path, query = arguments.query ~= "" and arguments.query or nil, headers = {} }
  end,
})

-- Origin, path and query of an address.
local function split(url)
  local origin, rest = url:match "^(https://[^/?#@ \t-\r]+)([^# \t-\r]*)$"
  if not origin then
    return nil
  end
  local path, query = rest:match "^([^?]*)%??(.*)$"
  return origin, path, query
end

local function client_for(origin, options)
  local merged = defaults.merge { url = origin, timeout = options.timeout, connect_timeout = options.timeout, max_reply = LARGEST,
    ca_file = options.ca_file, proxy = options.proxy }
  merged.log, merged.headers = nil, nil
  return core.open(core.client(KIND, {}), merged)
end

--- Fetches a document.
-- @tparam string url https
-- @tparam[opt] table options `timeout`: seconds; `ca_file`; `proxy`
-- @treturn ?number HTTP status; nil, message: no reply came, or none that is read
-- @treturn ?{max_age=number} the seconds that it may be kept, where it says so
-- @treturn ?string the body
function fetch.get(url, options)
  local origin, path, query = split(url)
  if not origin then
    return nil, ("%s: is no https address; issuers publish their keys over https only"):format(url)
  end
  local client = client_for(origin, options or {})
  local status, body, max_age = core.page(runtime.carry(core.build(client, "get", path, query)))
  client:close()
  if not status then
    return nil, body
  end
  return status, { max_age = max_age }, body
end

return fetch
