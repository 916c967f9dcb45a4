-- SPDX-License-Identifier: MIT
-- Extension Mobility once more, described in Lua: people at phones, asked for in batches, in XML with attributes.

local core = require "signoff.core"
local signoff = require "signoff"

local function escape(text)
  return (text:gsub("[&<>]", { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;" }))
end

-- A form with one document, whose root says who asks.
local function post(client, root, operation, element, names)
  local xml = { ("<%s><appInfo><appID>%s</appID><appCertificate>%s</appCertificate></appInfo><%s>"):format(root,
    escape(client.options.app_id), escape(client.options.app_certificate), operation) }
  for _, name in ipairs(names) do
    xml[#xml + 1] = ("<%s>%s</%s>"):format(element, escape(name), element)
  end
  xml[#xml + 1] = ("</%s></%s>"):format(operation, root)
  return { form = { xml = table.concat(xml) } }
end

-- One element, or several of them, as a list.
local function each(value)
  return type(value) == "table" and (value[1] and value or { value }) or {}
end

local codes = { [19] = { answer = "already_out", wording = "No user logged in" }, [26] = { code = "busy", wording = "Busy, please try again" } }

for kind, list in pairs {
  ["denied client"] = { 2, 3, 9, 10, 27, 28, 30, 41 }, ["denied target"] = { 4 }, ["rejected client"] = { 1, 8 }, ["not_found target"] = { 11, 12, 23 },
  ["rejected target"] = { 5, 18, 20, 22, 25, 31, 32, 33, 35, 36, 37, 38, 39, 42, 43, 44, 45 }, ["server again"] = { 0, 6, 7, 21, 29, 40 },
} do
  local code, scope = kind:match "^(%S+) (%S+)$"
  for _, number in ipairs(list) do
    codes[number] = { code = code, scope = scope ~= "again" and scope or nil, retriable = scope == "again", wording = "as the vendor's page says" }
  end
end

local function refusal(failure)
  local error = type(failure) == "table" and (failure.error or failure.errorMessage)
  if type(error) ~= "table" then
    return nil, "unusable", "is neither a success nor a failure"
  end
  local code = tonumber(error.code)
  return nil, not codes[code] and "rejected" or nil, { vendor_code = code, vendor_message = error.text, own_words = true }
end

local function unescape(text)
  return type(text) == "string" and (text:gsub("%%(%x%x)", function(digits) return string.char(tonumber(digits, 16)) end)) or text
end

local function read_logout(reply)
  if reply.status >= 300 or reply.body.failure then
    return refusal(reply.body.failure)
  end
  return reply.body.success and { answer = "accepted", own_words = true } or nil
end

local function row_of(entry)
  if not entry then
    return { state = "unknown", doubt = "has no row of it" }
  elseif entry.doesNotExist then
    return { state = "missing" }
  elseif entry.userID then
    return { active = true, user = unescape(entry.userID), last_user = entry.lastlogin }
  end
  local row = { last_user = entry.lastlogin, doubt = not entry.none and "says neither who is there nor that nobody is" or nil }
  row.active = entry.none and false
  return row
end

local function by_name(entries, member)
  local index = {}
  for _, entry in ipairs(each(entries)) do
    index[core.lower(unescape(entry[member] or ""))] = entry
  end
  return index
end

local function read_devices(reply, devices)
  local results = reply.body.deviceUserResults
  if reply.status >= 300 or not results then
    return refusal(reply.body.failure)
  end
  local index, rows = by_name(type(results) == "table" and results.device, "name"), {}
  for i, device in ipairs(devices) do
    rows[i] = row_of(index[core.lower(device)])
    rows[i].device = device
  end
  return rows
end

local function read_status(reply, device)
  local rows, code, more = read_devices(reply, { device })
  return rows and rows[1], code, more
end

local function read_users(reply, users)
  local results = reply.body.userDevicesResults
  if reply.status >= 300 or not results then
    return refusal(reply.body.failure)
  end
  local index, rows = by_name(type(results) == "table" and results.user, "id"), {}
  for i, user in ipairs(users) do
    local entry = index[core.lower(user)]
    local devices = {}
    for _, name in ipairs(entry and (type(entry.deviceName) == "table" and entry.deviceName or { entry.deviceName }) or {}) do
      devices[#devices + 1] = name
    end
    rows[i] = { user = user, devices = devices, state = entry and entry.doesNotExist and "missing" or nil }
    if entry and not entry.doesNotExist then
      rows[i].active = #devices > 0
    end
    rows[i].doubt = not entry and "has no row of it" or nil
  end
  return rows
end

local definition = {
  name = "cisco_in_lua",
  title = "Extension Mobility, described in Lua",
  options = { { name = "app_id", required = true }, { name = "app_certificate", required = true, secret = true } },
  target = "text",
  names = "folded", targets = "folded",
  accepts = { "text/xml" },
  operations = {
    logout = { build = function(client, device) return post(client, "request", "logout", "deviceName", { device }) end, read = read_logout,
      changes = true, retry = "once" },
    status = { build = function(client, device) return post(client, "query", "deviceUserQuery", "deviceName", { device }) end,
      read = read_status, evidence = "occupant" },
    query_devices = { build = function(client, devices) return post(client, "query", "deviceUserQuery", "deviceName", devices) end,
      read = read_devices, evidence = "occupant", batch_max = 50 },
    query_users = { build = function(client, users) return post(client, "query", "userDevicesQuery", "userID", users) end,
      read = read_users, batch_max = 50 },
  },
  resolve = { operation = "query_users", optional = "not known on this cluster" },
  doctor = { operation = "query_devices", arguments = { { "SEP000000000000" } }, shows = "the application user is known" },
  codes = codes,
  limits = { concurrency = 2, per_minute = 60 },
  words = { attributes = { "name", "id", "code" }, known = { "name", "userID", "lastlogin", "emccDevice", "id", "deviceName", "text" }, lists = { "device", "user", "deviceName", "none" } },
  by_hand = "log the phone out in Unified CM",
}

-- Busted forgets what is loaded with each file, and the core keeps a system as long as the program runs.
return core.facts[definition.name] and require("signoff.client").constructor(definition.name) or signoff.system(definition)
