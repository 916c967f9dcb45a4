--- JSON: reading by lua-cjson; writing here, so that lists stay lists, keys have an order, and any byte can be shown.
local cjson = require("cjson").new()
local encoding = require "encoding"

cjson.decode_invalid_numbers(false)
cjson.encode_number_precision(14)

local json = { null = cjson.null }

local LIST = {}

--- Marks a table as a list, also when it is empty.
function json.list(items)
  return setmetatable(items, LIST)
end

function json.is_list(value)
  return type(value) == "table" and (getmetatable(value) == LIST or #value > 0)
end

--- The decoded text, or nil and why not.
function json.decode(text)
  local ok, value = pcall(cjson.decode, text)
  if ok then return value end
  return nil, value
end

function json.string(text)
  return (cjson.encode(text):gsub("\\/", "/"))
end

-- Writing appends small pieces to `out`, which is joined once at the end. Long strings that are nearly alike, such as one
-- per entry of a list, are what Lua's string table is slowest at.
local write

local function write_list(out, items)
  out[#out + 1] = "["
  for index, item in ipairs(items) do
    if index > 1 then out[#out + 1] = "," end
    write(out, item)
  end
  out[#out + 1] = "]"
end

local function write_object(out, object)
  local names = {}
  for name in pairs(object) do names[#names + 1] = name end
  table.sort(names, function(one, other) return tostring(one) < tostring(other) end)
  out[#out + 1] = "{"
  for index, name in ipairs(names) do
    if index > 1 then out[#out + 1] = "," end
    out[#out + 1] = json.string(tostring(name))
    out[#out + 1] = ":"
    write(out, object[name])
  end
  out[#out + 1] = "}"
end

--- A string as it is; one that is not UTF-8, which JSON cannot carry, as {"base64": "..."}.
local function text_of(text)
  if encoding.is_utf8(text) then return json.string(text) end
  return '{"base64":"' .. ngx.encode_base64(text) .. '"}'
end

local function number_of(value)
  return value % 1 == 0 and ("%.0f"):format(value) or cjson.encode(value)
end

local SCALARS = { string = text_of, number = number_of }

function write(out, value)
  if type(value) == "table" then
    local write_table = json.is_list(value) and write_list or write_object
    return write_table(out, value)
  end
  local scalar = SCALARS[type(value)] or cjson.encode
  out[#out + 1] = scalar(value)
end

function json.encode(value)
  local out = {}
  write(out, value)
  return table.concat(out)
end

--- An object whose members keep the order of `names`; members that are nil are left out.
function json.ordered(object, names)
  local parts = {}
  for _, name in ipairs(names) do
    if object[name] ~= nil then parts[#parts + 1] = json.string(name) .. ":" .. json.encode(object[name]) end
  end
  return "{" .. table.concat(parts, ",") .. "}"
end

return json
