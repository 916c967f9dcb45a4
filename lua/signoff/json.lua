-- SPDX-License-Identifier: MIT

--- Canonical JSON: its bytes depend on the value alone; members are sorted, lists are lists.
-- Strings and numbers by lua-cjson, in the instance that replies are read with.
-- @module signoff.json

local core = require "signoff.core"
local is_list = require("signoff.list").is_list

local json = {}

local DEPTH = 32
local NAMES = 500 -- of members, whose quoted form is kept
local EXACT = 2 ^ 53 -- whole numbers below are exact, and are written with all of their digits
local list_mark = {}

--- Stands for null in a list. As a member it is as good as none: decoding leaves such members out.
json.null = core.json_null

--- Marks a table as a list, so that an empty one is written as `[]`. Decoding does not tell `[]` from `{}`.
-- @tparam[opt] table items
-- @treturn table the same, or a new one
function json.list(items)
  return setmetatable(items or {}, list_mark)
end

-- Writing: each writer puts its pieces into `out` and gives the index of the last one.

local write

local function fail(message)
  error("json.encode: " .. message, 0)
end

-- A text as it stands between quotes.
local function escaped(text)
  if core.is_verbatim(text) then
    return text
  end
  local quoted = core.json_encode(core.utf8(text)):gsub("\\/", "/") -- lua-cjson escapes every slash, which JSON does not ask for
  return quoted:sub(2, -2)
end

local function write_list(out, place, items, depth)
  if not is_list(items) then
    fail "a list must have neither gaps nor named members"
  end
  local count = #items
  for i = 1, count do
    out[place + 1] = i == 1 and "[" or ","
    place = write(out, place + 1, items[i], depth)
  end
  out[place + 1] = count == 0 and "[]" or "]"
  return place + 1
end

-- The text before a member's value. The names that records have are few; a table whose keys are data is not kept.
local openings, kept = {}, 0

local function opening_of(name)
  local opening = '"' .. escaped(name) .. '":'
  if kept < NAMES then
    openings[name], kept = opening, kept + 1
  end
  return opening
end

local function sorted_names(members)
  local names, count = {}, 0
  for name in pairs(members) do
    if type(name) ~= "string" then
      fail(("a member's name must be a string, not %s"):format(type(name)))
    end
    count = count + 1
    names[count] = name
  end
  return core.sort(names)
end

local function write_members(out, place, members, names, depth)
  local before = "{"
  for i = 1, #names do
    local name = names[i]
    local value = members[name]
    if value ~= nil then
      out[place + 1] = before .. (openings[name] or opening_of(name))
      place = write(out, place + 1, value, depth)
      before = ","
    end
  end
  out[place + 1] = before == "{" and "{}" or "}"
  return place + 1
end

local function write_object(out, place, members, depth)
  return write_members(out, place, members, sorted_names(members), depth)
end

local writers = {}

function writers.string(out, place, text)
  out[place + 1], out[place + 2], out[place + 3] = '"', escaped(text), '"'
  return place + 3
end

function writers.number(out, place, number)
  if number - number ~= 0 then
    fail "a number must be finite"
  end
  local whole = number % 1 == 0 and number > -EXACT and number < EXACT
  out[place + 1] = whole and ("%.0f"):format(number) or core.json_encode(number)
  return place + 1
end

function writers.boolean(out, place, value)
  out[place + 1] = value and "true" or "false"
  return place + 1
end

function writers.table(out, place, value, depth)
  if depth == DEPTH then
    fail "nested too deeply, or within itself"
  end
  local as_list = value[1] ~= nil or getmetatable(value) == list_mark
  return (as_list and write_list or write_object)(out, place, value, depth + 1)
end

function writers.userdata(out, place, value)
  if value ~= json.null then
    fail "userdata has no JSON"
  end
  out[place + 1] = "null"
  return place + 1
end

function write(out, place, value, depth)
  local writer = writers[type(value)] or fail(("%s has no JSON"):format(type(value)))
  return writer(out, place, value, depth)
end

local scratch = {} -- pieces of what is written: nothing waits meanwhile

--- A value as JSON, on one line. Bytes of a string that are no UTF-8 become U+FFFD.
-- @param value a table made by `json.list`, or one with a first item, is a list; any other one an object
-- @treturn string
-- @raise for what has no JSON: functions, secrets, numbers that are not finite, lists with gaps or names
function json.encode(value)
  return table.concat(scratch, "", 1, write(scratch, 0, value, 0))
end

--- As `encode`, of an object whose members have these names and no others: for many that are alike.
-- @tparam table value
-- @tparam {string,...} names sorted; of those that it lacks nothing is written
-- @treturn string
function json.encode_members(value, names)
  return table.concat(scratch, "", 1, write_members(scratch, 0, value, names, 1))
end

-- lua-cjson has one form for an empty list and an empty object, and an exponent where a number has more digits than it writes; a text that
-- seems so goes the longer way, too.
local function is_told_apart(text)
  return not (text:find("{}", 1, true) or text:find("e+", 1, true))
end

--- As `encode`, but members may stand in any order, and it takes a fifth of the time: for what is written often and
-- compared never.
-- @tparam table value without tables within themselves
-- @treturn string
function json.encode_unsorted(value)
  local text = core.json_encode(value)
  return is_told_apart(text) and core.utf8(text) or json.encode(value)
end

--- Whether a value is nested more deeply than so many tables. One that is nested in 32 or more cannot stand in a record that is read again.
-- @param value without tables within themselves
-- @tparam number most
-- @treturn boolean
function json.is_deeper(value, most)
  if type(value) ~= "table" then
    return false
  elseif most == 0 then
    return true
  end
  for _, member in pairs(value) do
    if json.is_deeper(member, most - 1) then
      return true
    end
  end
  return false
end

--- As `encode_unsorted`, between two texts: for many of one length that differ in the second one's end.
-- @tparam string before
-- @tparam table value
-- @tparam string after
-- @treturn ?string nil for a value that is nested in more than 31 tables
function json.encode_between(before, value, after)
  local text = core.json_between(before, value, after)
  if text or json.is_deeper(value, DEPTH - 1) then
    return text
  end
  return before .. json.encode(value) .. after
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
  local value, problem = core.json_decode(text)
  if problem then
    return nil, why(problem)
  end
  local fine
  fine, value = pcall(tidy, value)
  if not fine then
    return nil, why(value)
  end
  return value
end

--- As `decode`, of what people and programs write by hand: an object with a member twice is refused, since it says two things.
-- @tparam string text UTF-8
-- @return the value; or nil and a message
function json.decode_once(text)
  local value, message = json.decode(text)
  if value ~= nil and core.json_repeats(text) then
    return nil, "has a member twice in one object, or more than 64 members"
  end
  return value, message
end

--- As `decode_once`, of a message that is only read: members that are null stay, as `json.null`, and it takes half of the time.
-- @tparam string text UTF-8
-- @return the value; or nil where it is not valid, or has a member twice
function json.decode_exact(text)
  if core.json_repeats(text) then -- the scan refuses as well what is no JSON, bytes that are no UTF-8, and numbers that are too large
    return nil
  end
  return (core.json_decode(text))
end

return json
