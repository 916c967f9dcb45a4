-- SPDX-License-Identifier: MIT
--- A secret in every way that somebody may write it, and whether a text holds it in one of them.

local encodings = {}

local function percent(text, format)
  return (text:gsub("[^%w%-%._~]", function(byte)
    return format:format(byte:byte())
  end))
end

local function hexadecimal(text, format)
  return (text:gsub(".", function(byte)
    return format:format(byte:byte())
  end))
end

local function xml(text)
  return (text:gsub('[&<>"]', { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;" }))
end

local function json(text)
  return (text:gsub('[\\"]', "\\%0"))
end

local function base64(text)
  local digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
  return (text:gsub("..?.?", function(three)
    local a, b, c = three:byte(1, 3)
    local number = a * 65536 + (b or 0) * 256 + (c or 0)
    local made = {}
    for i = 1, 4 do
      local digit = math.floor(number / 64 ^ (4 - i)) % 64 + 1
      made[i] = i > #three + 1 and "=" or digits:sub(digit, digit)
    end
    return table.concat(made)
  end))
end

encodings.percent, encodings.xml, encodings.json, encodings.base64 = percent, xml, json, base64

--- By name, functions of a text.
encodings.all = {
  ["as it is"] = function(text) return text end,
  ["percent-encoded"] = function(text) return percent(text, "%%%02X") end,
  ["percent-encoded in lower case"] = function(text) return percent(text, "%%%02x") end,
  ["escaped for XML"] = xml,
  ["escaped for XML and percent-encoded"] = function(text) return percent(xml(text), "%%%02X") end,
  ["escaped for JSON"] = json,
  ["escaped for JSON with its slashes"] = function(text) return (json(text):gsub("/", "\\/")) end,
  ["in Base64"] = base64,
  ["in Base64 behind one byte"] = function(text) return base64(":" .. text) end,
  ["in Base64 behind two bytes"] = function(text) return base64("u:" .. text) end,
  ["in hexadecimal"] = function(text) return hexadecimal(text, "%02x") end,
  ["in hexadecimal, upper case"] = function(text) return hexadecimal(text, "%02X") end,
}

local before = { ["in Base64"] = 0, ["in Base64 behind one byte"] = 1, ["in Base64 behind two bytes"] = 2 }

--- What betrays a secret, by the name of its encoding: of Base64 the digits that do not depend on its surroundings.
function encodings.traces(secret)
  local traces = {}
  for what, encode in pairs(encodings.all) do
    local form, bytes = encode(secret), before[what]
    traces[what] = bytes and form:sub(math.ceil(bytes * 8 / 6) + 1, math.floor((bytes + #secret) * 8 / 6)) or form
  end
  return traces
end

--- The place in `value`, a text or a table of them, and the encoding that shows one of the traces; nil where none does.
function encodings.find(value, traces, place, seen)
  place, seen = place or "it", seen or {}
  if type(value) ~= "table" then
    local text = tostring(value)
    for what, trace in pairs(traces) do
      if text:find(trace, 1, true) then
        return ("%s, %s: %s"):format(place, what, text:sub(1, 400))
      end
    end
  elseif not seen[value] then
    seen[value] = true
    for name, member in pairs(value) do
      local found = encodings.find(name, traces, place .. " (a name)", seen)
        or encodings.find(member, traces, ("%s.%s"):format(place, tostring(name)), seen)
      if found then
        return found
      end
    end
  end
end

return encodings
