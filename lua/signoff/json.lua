-- SPDX-License-Identifier: MIT

--- JSON whose bytes depend on the value alone: members sorted, lists lists.
-- Strings and numbers by an instance of lua-cjson of our own: the settings of the program's are never touched.
-- @module signoff.json

local core = require "signoff.core"
local cjson = require("cjson").new()

local json = {}

local DEPTH = 32
local EXACT = 2 ^ 53 -- whole numbers below are exact, and are written with all of their digits
local list_mark = {}

cjson.decode_max_depth(DEPTH)
cjson.decode_invalid_numbers(false)
cjson.encode_invalid_numbers(false)

--- Stands for null in a list. As a member it is as good as none: decoding leaves such members out.
json.null = cjson.null

--- Marks a table as a list, so that an empty one is written as `[]`. Decoding does not tell `[]` from `{}`.
-- @tparam[opt] table items
-- @treturn table the same, or a new one
function json.list(items)
  return setmetatable(items or {}, list_mark)
end

-- Writing: each writer adds its pieces to `out`.

local write

local function fail(message)
  error("json.encode: " .. message, 0)
end

local function write_string(out, text)
  if not text:find '[^ !#-%[%]-~]' then
    out[#out + 1] = '"' .. text .. '"'
  else -- lua-cjson escapes every slash, which JSON does not ask for
    out[#out + 1] = cjson.encode(core.utf8(text)):gsub("\\/", "/")
  end
end

local function write_number(out, number)
  if number ~= number or number - number ~= 0 then
    fail "a number must be finite"
  end
  local whole = number % 1 == 0 and number > -EXACT and number < EXACT
  out[#out + 1] = whole and ("%.0f"):format(number) or cjson.encode(number)
end

local function write_list(out, items, depth)
  local count = 0
  for _ in pairs(items) do
    count = count + 1
  end
  if count ~= #items then
    fail "a list must have neither gaps nor named members"
  end
  out[#out + 1] = "["
  for i = 1, count do
    out[#out + 1] = i > 1 and "," or nil
    write(out, items[i], depth)
  end
  out[#out + 1] = "]"
end

local function sorted_names(members)
  local names = {}
  for name in pairs(members) do
    if type(name) ~= "string" then
      fail(("a member's name must be a string, not %s"):format(type(name)))
    end
    names[#names + 1] = name
  end
  table.sort(names)
  return names
end

local function write_object(out, members, depth)
  out[#out + 1] = "{"
  for i, name in ipairs(sorted_names(members)) do
    out[#out + 1] = i > 1 and "," or nil
    write_string(out, name)
    out[#out + 1] = ":"
    write(out, members[name], depth)
  end
  out[#out + 1] = "}"
end

local writers = { string = write_string, number = write_number }

function writers.boolean(out, value)
  out[#out + 1] = tostring(value)
end

function writers.table(out, value, depth)
  if depth == DEPTH then
    fail "nested too deeply, or within itself"
  end
  local is_list = getmetatable(value) == list_mark or #value > 0
  return (is_list and write_list or write_object)(out, value, depth + 1)
end

function writers.userdata(out, value)
  if value ~= json.null then
    fail "userdata has no JSON"
  end
  out[#out + 1] = "null"
end

function write(out, value, depth)
  local writer = writers[type(value)] or fail(("%s has no JSON"):format(type(value)))
  return writer(out, value, depth)
end

--- A value as JSON, on one line. What is no UTF-8 in a string becomes U+FFFD.
-- @param value a table made by `json.list`, or one with a first item, is a list; any other one an object
-- @treturn string
-- @raise for what has no JSON: functions, secrets, numbers that are not finite, lists with gaps or names
function json.encode(value)
  local out = {}
  write(out, value, 0)
  return table.concat(out)
end

-- Reading

local to_integer = math.tointeger or function() end -- Lua 5.3 and later

local tidy

local function tidy_members(members)
  for name, value in pairs(members) do
    if type(value) ~= "string" then
      value = tidy(value)
      if value == json.null and type(name) == "string" then
        value = nil
      end
      members[name] = value
    end
  end
  return members
end

-- Null members are left out, whole numbers are integers where Lua has them. Raises for a number that is too large, which
-- lua-cjson reads as infinity.
function tidy(value)
  if type(value) == "table" then
    return tidy_members(value)
  elseif type(value) == "number" then
    return value - value == 0 and (to_integer(value) or value) or error("too large", 0)
  end
  return value
end

local function why(problem)
  for _, known in ipairs { { "nested", "is nested too deeply" }, { "too large", "holds a number that is too large" } } do
    if problem:find(known[1], 1, true) then
      return known[2]
    end
  end
  return "is not valid JSON: " .. problem
end

--- The value that a JSON text stands for. Members that are null are left out.
-- @tparam string text UTF-8
-- @return the value; or nil and a message, the end of a sentence ("is not valid JSON: ...")
function json.decode(text)
  if core.utf8(text) ~= text then
    return nil, "is not valid UTF-8"
  elseif text:find("\0", 1, true) then
    return nil, "holds a NUL byte"
  end
  local fine, value = pcall(cjson.decode, text)
  if fine then
    fine, value = pcall(tidy, value)
  end
  if not fine then
    return nil, why(value)
  end
  return value
end

return json
