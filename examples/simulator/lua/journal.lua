--- The requests that were received, in a ring: the oldest entries go when there are too many, or when they hold too many bytes.
local json = require "json"
local encoding = require "encoding"

local journal = {}

local DEFAULTS = { enabled = true, limit = 100000, max_bytes = 256 * 1024 * 1024 }

local options = {}
local entries = {} -- number -> entry, from `first` to `last`
local first, last, bytes = 1, 0, 0

local function size_of(entry)
  return #entry.raw_header + #entry.body + #entry.uri
end

local function drop_oldest()
  bytes = bytes - size_of(entries[first])
  entries[first] = nil
  first = first + 1
end

--- Notes a request as it arrives; `status` and the rest of the outcome are filled in later. Nil when switched off.
function journal.open(request, in_flight, now)
  if not options.enabled then return nil end
  last = last + 1
  local entry = {
    number = last, time = ngx.now(), simulated_time = now, system = request.system.name, operation = request.operation,
    method = request.method, uri = request.uri, scheme = request.scheme, body = request.body, raw_header = request.raw_header,
    decoded = request.decoded, targets = request.targets, changes = request.changes,
    remote_addr = request.remote_addr, remote_port = request.remote_port, server_port = request.server_port,
    connection = request.connection, on_connection = request.on_connection, in_flight = in_flight,
  }
  entries[last] = entry
  bytes = bytes + size_of(entry)
  while last - first >= options.limit or (bytes > options.max_bytes and first < last) do drop_oldest() end
  return entry
end

function journal.clear()
  entries, first, last, bytes = {}, 1, 0, 0
end

function journal.configure(given)
  for name, value in pairs(given) do options[name] = value end
end

--- Forgets, and takes the default options again.
function journal.reset()
  journal.clear()
  journal.configure(DEFAULTS)
end

function journal.options()
  return options
end

--- The headers: every name in lower case with its values, joined by ", " where it came more than once.
local function headers(raw)
  local found = {}
  for name, value in raw:gmatch "\n([^:\r\n]+):[ \t]*([^\r\n]*)" do
    local key = name:lower()
    found[key] = found[key] and found[key] .. ", " .. value or value
  end
  return found
end

local function show(entry)
  local shown = {}
  for name, value in pairs(entry) do shown[name] = value end
  shown.targets = json.list(entry.targets)
  shown.headers = headers(entry.raw_header)
  shown.body = encoding.is_utf8(entry.body) and entry.body or nil
  shown.body_base64 = ngx.encode_base64(entry.body)
  return shown
end

local function wanted(entry, filter)
  return (filter.system == nil or entry.system == filter.system)
    and (filter.operation == nil or entry.operation == filter.operation)
end

--- The entries after `filter.after`, oldest first, at most `filter.limit`; and the number of the last one looked at.
function journal.read(filter)
  local found = json.list {}
  local at = math.max(first, (filter.after or 0) + 1)
  while at <= last and #found < (filter.limit or 10000) do
    local entry = entries[at]
    if wanted(entry, filter) then found[#found + 1] = show(entry) end
    at = at + 1
  end
  return { entries = found, first = first, last = last, read_to = at - 1 }
end

journal.reset()

return journal
