-- SPDX-License-Identifier: MIT
-- A helper of busted: every secret that any spec gives to any client is looked for in all that is said about it, each time
-- something is said. Everybody logs, as much as there is to log.
--
-- SIGNOFF_WATCH names a directory: "hits" there gets a line for each secret that was shown, "secrets" all that there were
-- (the output of the specs is searched for them afterwards), "counts" how often was looked.

local core = require "signoff.core" -- before anything else takes functions out of it
local encodings = require "spec.support.encodings"

local directory = assert(os.getenv "SIGNOFF_WATCH")
local SHORTEST = 4 -- bytes; what is shorter is documented as not masked

local unpack = table.unpack or unpack -- luacheck: ignore 143 (5.1 has the global only)
local held = setmetatable({}, { __mode = "k" }) -- secrets by client and by call
local all, traces, counts = {}, {}, { outcomes = 0, logs = 0, errors = 0, results = 0 }
local hits = assert(io.open(directory .. "/hits", "w"))

local function pack(...)
  return { n = select("#", ...), ... }
end

local function traces_of(secret)
  traces[secret] = traces[secret] or encodings.traces(secret)
  return traces[secret]
end

local function look(kind, value, secrets, place)
  counts[kind] = counts[kind] + 1
  for secret in pairs(secrets or {}) do
    local found = encodings.find(value, traces_of(secret), place)
    if found then
      hits:write(found:gsub("%c", " "), "\n")
      hits:flush()
    end
  end
end

-- Which secrets there are

local function add(list, value)
  local fine, bytes = pcall(core.bytes, value)
  if fine and bytes and #bytes >= SHORTEST then
    list[bytes], all[bytes] = true, true
  end
end

local function add_tokens(list, facts, value)
  for _, argument in ipairs(facts.arguments) do
    if argument.secret then
      add(list, type(value) == "table" and value[argument.name] or value)
    end
  end
end

local function add_secrets(list, value)
  if type(value) == "userdata" then
    add(list, value)
  end
  for _, member in pairs(type(value) == "table" and value or {}) do
    if type(member) == "userdata" then
      add(list, member)
    end
  end
end

local function secrets_of_options(kind, options)
  local list = {}
  for _, parameters in ipairs { core.facts[kind].options, core.facts[kind].common_options } do
    for _, option in ipairs(parameters) do
      if option.secret and option.name ~= "proxy" then
        add(list, options[option.name])
      end
    end
  end
  local proxy = type(options.proxy) == "string" and options.proxy:match "^%a+://[^/@]*:([^/@]+)@"
  add(list, proxy)
  for _, value in pairs(type(options.headers) == "table" and options.headers or {}) do
    add(list, value)
  end
  return list
end

local function with_arguments(list, kind, operation, ...)
  local together = {}
  for secret in pairs(list or {}) do
    together[secret] = true
  end
  local facts = core.facts[kind].operations[operation]
  for i = 1, select("#", ...) do
    local value = select(i, ...)
    add_secrets(together, value)
    if facts and i == 1 then
      add_tokens(together, facts, value)
    end
  end
  return together
end

-- Where something is said

local real = { client = core.client, open = core.open, build = core.build, read = core.read }

function core.client(kind, anchor)
  local client, log
  log, anchor.log = anchor.log, nil
  client = real.client(kind, anchor)
  function anchor.log(...)
    look("logs", { ... }, held[anchor] or held[client], "log")
    return log and log(...)
  end
  return client
end

function core.open(client, options)
  held[client] = secrets_of_options(client:kind(), options)
  return real.open(client, options)
end

function core.build(client, operation, ...)
  local result = pack(real.build(client, operation, ...))
  held[result[1]] = with_arguments(held[client], client:kind(), operation, ...)
  held[core.anchor(client)] = held[result[1]]
  return unpack(result, 1, result.n)
end

-- The members of an answer are data, which stay as they came; what is said of it is not.
function core.read(call)
  local secrets = held[call]
  local result = pack(real.read(call))
  local answer = result[1]
  look("outcomes", answer and { answer.fields, answer.vendor_message, answer.vendor_code } or result, secrets, "outcome")
  return unpack(result, 1, result.n)
end

local signoff = require "signoff"

-- `f`, whose errors are looked at.
local function watched(f, place, secrets_of, on_result)
  return function(...)
    local result = pack(pcall(f, ...))
    if not result[1] then
      look("errors", result[2], secrets_of(...), place)
      error(result[2], 0)
    elseif on_result then
      on_result(result[2], secrets_of(...))
    end
    return unpack(result, 2, result.n)
  end
end

local function look_at_result(result, secrets)
  look("results", result, secrets, "result")
end

for kind, methods in pairs(core.methods) do
  signoff[kind] = watched(signoff[kind], kind, function(options)
    return type(options) == "table" and secrets_of_options(kind, options) or {}
  end)
  for name, method in pairs(methods) do
    local proves = name == "verify" or name == "signout"
    methods[name] = watched(method, name, function(client, ...)
      return with_arguments(held[client], kind, proves and core.facts[kind].signs_out or name, ...)
    end, proves and look_at_result)
  end
end

-- The end

local function write(name, values, line)
  local file = assert(io.open(directory .. "/" .. name, "wb"))
  for key, value in pairs(values) do
    file:write(line(key, value), "\n")
  end
  file:close()
end

require "busted".subscribe({ "suite", "end" }, function()
  local command = io.open "/proc/self/cmdline":read "*a"
  counts.command_lines = 0
  local long = {}
  for secret in pairs(all) do
    long[secret] = #secret >= 8 or nil -- shorter ones may be words
  end
  look("command_lines", command, long, "the command line")
  write("secrets", all, function(secret)
    return (secret:gsub(".", function(byte)
      return ("%02x"):format(byte:byte())
    end))
  end)
  write("counts", counts, function(name, count)
    return name .. " " .. count
  end)
  hits:close()
  return nil, true
end)
