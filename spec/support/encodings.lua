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

local function twice(text)
  return percent(percent(text, "%%%02X"), "%%%02x")
end

--- By name, functions of a text.
encodings.all = {
  ["as it is"] = function(text) return text end,
  ["in upper case"] = string.upper,
  ["in lower case"] = string.lower,
  ["percent-encoded"] = function(text) return percent(text, "%%%02X") end,
  ["percent-encoded in lower case"] = function(text) return percent(text, "%%%02x") end,
  ["percent-encoded twice"] = twice,
  ["escaped for XML"] = xml,
  ["escaped for XML and percent-encoded"] = function(text) return percent(xml(text), "%%%02X") end,
  ["escaped for XML and percent-encoded twice"] = function(text) return twice(xml(text)) end,
  ["escaped for JSON"] = json,
  ["escaped for JSON twice"] = function(text) return json(json(text)) end,
  ["escaped for JSON with its slashes"] = function(text) return (json(text):gsub("/", "\\/")) end,
  ["in hexadecimal"] = function(text) return hexadecimal(text, "%02x") end,
  ["in hexadecimal, upper case"] = function(text) return hexadecimal(text, "%02X") end,
}

local function lines(width, line_break)
  return function(digits)
    return (digits:gsub(("."):rep(width), "%0" .. line_break))
  end
end

-- The digits of Base64, as each encoding has them; lines have no place in a header, and stand apart.
local written = {
  ["in Base64"] = function(digits) return digits end,
  ["in Base64 behind one byte"] = function(digits) return digits end,
  ["in Base64 behind two bytes"] = function(digits) return digits end,
  ["in Base64 as URLs have it"] = function(digits) return (digits:gsub("%+", "-"):gsub("/", "_"):gsub("=", "")) end,
  ["in Base64, percent-encoded"] = function(digits) return percent(digits, "%%%02X") end,
  ["in Base64, percent-encoded twice"] = twice,
  ["in Base64, escaped for JSON with its slashes"] = function(digits) return (digits:gsub("/", "\\/")) end,
}
local broken = {
  ["in Base64 in lines of 64"] = lines(64, "\r\n"),
  ["in Base64 in lines of 76"] = lines(76, "\n"),
  ["in Base64 in lines of 76 that are folded"] = lines(76, "\r\n\t"),
  ["in Base64 in lines of 76, escaped for JSON"] = lines(76, "\\r\\n"),
  ["in Base64 in lines of 64, escaped for XML"] = lines(64, "&#13;&#10;"),
  ["in Base64 in lines of 64, percent-encoded"] = function(digits) return percent(lines(64, "\r\n")(digits), "%%%02X") end,
}
local before = { ["in Base64 behind one byte"] = ":", ["in Base64 behind two bytes"] = "u:" }

local function based(write, prefix)
  return function(text) return write(base64(prefix .. text)) end
end

for what, write in pairs(written) do
  encodings.all[what] = based(write, before[what] or "")
end

--- The same, of more than a line: what stands before it makes the first of them end inside.
encodings.lines = {}
for what, write in pairs(broken) do
  encodings.lines[what] = based(write, ("x"):rep(54))
end

--- The texts that betray a secret, by the name of its encoding: of Base64 the digits that do not depend on its surroundings.
function encodings.traces(secret)
  local traces = {}
  for what, encode in pairs(encodings.all) do
    traces[what] = encode(secret)
  end
  for what, write in pairs(written) do
    local prefix = before[what] or ""
    local first, last = math.ceil(#prefix * 8 / 6) + 1, math.floor((#prefix + #secret) * 8 / 6)
    traces[what] = write(base64(prefix .. secret):sub(first, last))
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
