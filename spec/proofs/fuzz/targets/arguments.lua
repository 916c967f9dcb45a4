-- SPDX-License-Identifier: MIT
-- Arguments of every operation: the first line picks system, operation and encoding, the second is the target (or several, with
-- tabs between), the others are named arguments. A target is either refused, or the system reads the very same text.
local cjson = require "cjson"
local core = require "signoff.core"
local fields = require "spec.proofs.fuzz.fields"
local fixtures = require "spec.support.fixtures"

local operations = {}
for _, kind in ipairs(fields.systems) do
  operations[kind] = {}
  for name, operation in pairs(core.facts[kind].operations) do
    if not operation.filters then
      table.insert(operations[kind], name)
    end
  end
  table.sort(operations[kind])
end

local function decoded(text)
  return (text:gsub("+", " "):gsub("%%(%x%x)", function(digits) return string.char(tonumber(digits, 16)) end))
end

local names = { ["&lt;"] = "<", ["&gt;"] = ">", ["&amp;"] = "&", ["&quot;"] = '"', ["&#13;"] = "\r" }
local function plain(xml)
  return (xml:gsub("&[^;]*;", names))
end

-- The session log keys that a body of Agvance's LogOff says.
local readers = {}

function readers.json(body)
  local keys = {}
  for i, session in ipairs(cjson.decode(body)) do
    keys[i] = session.SessionLogKey
  end
  return keys
end

function readers.xml(body)
  local keys = {}
  for text in body:gmatch "<Session><SessionLogKey>([^<]*)</SessionLogKey></Session>" do
    keys[#keys + 1] = plain(text)
  end
  return keys
end

function readers.form(body)
  local keys = {}
  for number, text in body:gmatch "%%5B(%d+)%%5D%.SessionLogKey=([^&]*)" do
    keys[number + 1] = decoded(text)
  end
  return keys
end

local function check_keys(list, found)
  assert(#list == #found, ("%d keys became %d"):format(#list, #found))
  for i, key in ipairs(list) do
    assert(key == found[i], "a key became another one")
  end
end

local function check_headers(request)
  assert(request.url:find "^https?://[^/@%s%z]+/[^%s%z]*$" , "the URL is none: " .. request.url)
  for name, value in pairs(request.headers) do
    assert(not (name .. value):find "[\r\n%z]", "a header breaks its line")
  end
end

local clients = {}
for _, kind in ipairs(fields.systems) do
  clients[kind] = fixtures.client(kind)
end

local function split(text)
  local list = {}
  for item in (text .. "\t"):gmatch "([^\t]*)\t" do
    list[#list + 1] = item
  end
  return #list > 1 and list or text
end

return function(bytes)
  local first, rest = bytes:match "^([^\n]*)\n?(.*)$"
  local target, named = fields.parse(rest)
  target = split(target)
  local kind = fields.pick(fields.systems, first)
  local name = fields.pick(operations[kind], first:sub(2))
  local encoding = kind == "agvance" and fields.pick({ "json", "xml", "form" }, first:sub(3)) or nil
  local arguments = { target }
  if next(named) then
    arguments[2] = named
  end
  arguments[#arguments + 1] = encoding and { encoding = encoding }
  local fine, call = pcall(core.build, clients[kind], name, (table.unpack or unpack)(arguments)) -- luacheck: ignore 143
  if not fine then
    return fields.check_raised(call)
  end
  local request = core.request(call)
  check_headers(request)
  if encoding and name == "logout" then
    check_keys(type(target) == "table" and target or { target }, readers[encoding](request.body))
  end
end
