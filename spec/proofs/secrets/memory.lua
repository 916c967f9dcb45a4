-- SPDX-License-Identifier: MIT
-- The copies of a secret in memory when everything that held it is closed: to be run with own_heap.c loaded, which keeps
-- what our module allocates apart from everybody else's. Ends with the line that tools/sum reads.

local encodings = require "spec.support.encodings"
local mapped = require "spec.support.mapped"
local peer = require "spec.support.peer"
local signoff = require "signoff"
local checks = require "spec.support.checks"

local CANARY = 'M3mory/+&<"\'\\=?%8Zq'
local STEP = 1024 * 1024

local function check(what, fine, found)
  checks.note(fine, what .. (found and ": " .. found or ""))
end

-- Memory

local function mappings()
  local list = {}
  for line in io.lines "/proc/self/maps" do
    local first, last, mode, name = line:match "^(%x+)%-(%x+) (%S+) %S+ %S+ %S+%s*(.*)$"
    list[#list + 1] = { first = tonumber(first, 16), last = tonumber(last, 16), mode = mode, name = name }
  end
  return list
end

local function count_in(text, trace)
  local count, at = 0, 1
  while true do
    local first, last = text:find(trace, at, true)
    if not first then
      return count
    end
    count, at = count + 1, last + 1
  end
end

-- How often each of the traces stands between two addresses, by encoding.
local function scan(memory, first, last, traces, found)
  local overlap = ""
  for at = first, last - 1, STEP do
    memory:seek("set", at)
    local bytes = memory:read(math.min(STEP, last - at))
    if not bytes then
      return
    end
    local text = overlap .. bytes
    for what, trace in pairs(traces) do
      found[what] = (found[what] or 0) + count_in(text, trace)
    end
    overlap = text:sub(-60) -- a trace across the border may count twice, but never not at all
  end
end

local function own()
  for _, mapping in ipairs(mappings()) do
    if mapping.name:find("signoff-own", 1, true) then
      return mapping
    end
  end
  error "our own heap is not there: is own_heap.so loaded?"
end

local function little_endian(bytes)
  local number = 0
  for i = #bytes, 1, -1 do
    number = number * 256 + bytes:byte(i)
  end
  return number
end

-- In what our module allocated; and the bytes of that.
local function in_own(traces)
  local memory, place, found = assert(io.open("/proc/self/mem", "rb")), own(), {}
  memory:setvbuf "no"
  memory:seek("set", place.first)
  local given = little_endian(memory:read(8))
  scan(memory, place.first, place.first + given, traces, found)
  memory:close()
  return found, given
end

-- In all that others allocated: as it is, only.
local function elsewhere()
  local memory, found = assert(io.open("/proc/self/mem", "rb")), {}
  memory:setvbuf "no"
  for _, mapping in ipairs(mappings()) do
    if mapping.mode:find("^rw") and not mapping.name:find("signoff-own", 1, true) then
      scan(memory, mapping.first, mapping.last, { plain = CANARY }, found)
    end
  end
  memory:close()
  return found.plain or 0
end

local function total(found)
  local sum, names = 0, {}
  for what, count in pairs(found) do
    if count > 0 then
      sum, names[#names + 1] = sum + count, ("%d %s"):format(count, what)
    end
  end
  return sum, table.concat(names, ", ")
end

-- Uses of the secret

local directory = peer.directory()
local file = directory .. "/secret"
peer.write_file(file, CANARY .. "\n")
os.execute("chmod 600 " .. file)

-- Servers that send it back, as everything that a reader may take it for.
local function echoes()
  local steps = {}
  for _, encode in pairs(encodings.all) do
    local form = encode(CANARY)
    local json, xml = encodings.json(form), encodings.xml(form)
    for _, reply in ipairs {
      { "403 Forbidden", '{"message":"no ' .. json .. '","Message":"no ' .. json .. '","errorCode":"' .. json .. '"}' },
      { "200 OK", '{"status":"Success","result":true,"Status":"0","Count":"1","name":"' .. json .. '","type":"away"}' },
      { "200 OK", "<response><failure><error code='3'>" .. xml .. "</error></failure></response>" },
      { "200 OK", "<r><status>" .. xml .. "</status><x>" .. xml .. "</x></r>" },
      { "302 Found", form },
    } do
      steps[#steps + 1] = "request"
      steps[#steps + 1] = { send = peer.reply(reply[1], reply[2], { ["X-Echo"] = form, Location = "http://127.0.0.1:1/" .. form }) }
    end
  end
  return { { { loop = steps } } }
end

local holders = {
  { "cisco_em", { app_id = "app", app_certificate = true }, "logout", "SEP1" },
  { "isymphony", { username = "manager", password = true }, "set_status", "ann", { name = "Away", type = "away" } },
  { "isymphony", { username = "manager", password = true }, "users" },
  { "agvance", { session_id = true, headers = { ["X-Key"] = true } }, "logout", "K1" },
  { "agvance", { session_id = true, headers = { ["X-Key"] = true } }, "sessions" },
  { "agvance", {}, "logout", true },
  { "oracle_commerce", {}, "logout", true },
  { "oracle_commerce", { token = true }, "status" },
  { "jde_ais", {}, "logout", true },
  { "jde_ais", { token = true, device = "PC1", client_key_password = true }, "status" },
}

-- `true` stands for the secret.
local function with(secret, value)
  return mapped(value, function(member)
    return member == true and secret or member
  end)
end

local REPLIES = 60 -- of the server: so each client meets each of them

local usual = { isymphony = "ann", agvance = "K1" } -- targets

local function use(holder, url, secret)
  local options = with(secret, holder[2])
  options.url, options.timeout = url, 3
  local client = signoff[holder[1]](options)
  local meant = holder[2].token and { own = true } or nil -- its token stands for a target
  for _ = 1, REPLIES do
    client[holder[3]](client, with(secret, holder[4]), meant or with(secret, holder[5]))
  end
  local target = holder[4] or usual[holder[1]]
  client:verify(with(secret, target), { schedule = { 0.01 }, settle = 0, deadline = 0.1, own = meant and true,
    status = holder[1] == "isymphony" and { name = "Away", type = "away" } or nil })
  return client
end

local function through_a_proxy(port)
  local proxy = ("http://user:%s@127.0.0.1:%d"):format(encodings.percent(CANARY, "%%%02X"), port)
  local client = signoff.jde_ais { url = "http://ais.example", token = "044-token", proxy = proxy, timeout = 3 }
  client:status()
  return client
end

local function main()
  local server = peer.start(echoes())
  local traces = encodings.traces(CANARY)
  local secret, written = signoff.secret.file(file), signoff.secret.command { "/bin/cat", file }
  local _, said = pcall(signoff.jde_ais, { url = "http://h", token = CANARY .. "\n" })
  local clients = { through_a_proxy(server.port) }
  for _, holder in ipairs(holders) do
    clients[#clients + 1] = use(holder, server.url, #clients % 2 == 0 and secret or written)
  end
  local heard = #server:requests()
  check("every reply was read by every client", heard >= #holders * REPLIES, heard .. " requests")
  local open = total((in_own(traces)))
  check("the secret is found in our memory while it is in use", open > #clients, open .. " times")
  for _, client in ipairs(clients) do
    client:close()
  end
  secret:close()
  written:close()
  collectgarbage()
  collectgarbage()
  local found, given = in_own(traces)
  local left, where = total(found)
  check(("no copy of it is left in the %d bytes that we allocated, once all is closed"):format(given), left == 0,
    left > 0 and where or nil)
  check("what a refused option holds is not repeated", type(said) == "string" and not said:find(CANARY, 1, true))
  print(("elsewhere, where nothing is promised (this script's own strings, libcurl, TLS): %d copies"):format(elsewhere()))
end

local fine, problem = pcall(main)
peer.stop_all()
check("the check itself", fine, not fine and tostring(problem) or nil)
checks.close()
