--- Percent-encoding, forms, character sets and names.
local encoding = {}

local function byte_of(hex)
  return string.char(tonumber(hex, 16))
end

function encoding.percent_decode(text)
  return (text:gsub("%%(%x%x)", byte_of))
end

local function percent(char)
  return ("%%%02X"):format(char:byte())
end

--- Everything but RFC 3986's unreserved characters.
function encoding.percent_encode(text)
  return (text:gsub("[^%w%-._~]", percent))
end

function encoding.form_decode(text)
  return encoding.percent_decode((text:gsub("+", " ")))
end

--- The pairs of a form, in their order: a list of { name, value }.
function encoding.form_pairs(body)
  local pairs_found = {}
  for piece in body:gmatch "[^&]+" do
    local name, value = piece:match "^([^=]*)=(.*)$"
    pairs_found[#pairs_found + 1] = { encoding.form_decode(name or piece), encoding.form_decode(value or "") }
  end
  return pairs_found
end

--- The first value of each name of a form.
function encoding.form_fields(body)
  local fields = {}
  for _, pair in ipairs(encoding.form_pairs(body)) do
    if fields[pair[1]] == nil then fields[pair[1]] = pair[2] end
  end
  return fields
end

local function latin1_char(char)
  local byte = char:byte()
  return string.char(0xC0 + math.floor(byte / 64), 0x80 + byte % 64)
end

function encoding.latin1_to_utf8(text)
  return (text:gsub("[\128-\255]", latin1_char))
end

--- XML in ISO-8859-1: what that lacks stands as a character reference.
function encoding.latin1_xml(text)
  return (text:gsub("[\194-\244][\128-\191]+", function(char)
    local first, code = char:byte(), 0
    for index = 2, #char do code = code * 64 + char:byte(index) % 64 end
    local high = first % 2 ^ (7 - #char) * 64 ^ (#char - 1) + code
    return high < 256 and string.char(high) or ("&#%d;"):format(high)
  end))
end

-- First byte, least second byte, most second byte, bytes that follow (RFC 3629).
local UTF8_RANGES = {
  { 0xC2, 0xDF, 0x80, 0xBF, 1 }, { 0xE0, 0xE0, 0xA0, 0xBF, 2 }, { 0xE1, 0xEC, 0x80, 0xBF, 2 }, { 0xED, 0xED, 0x80, 0x9F, 2 },
  { 0xEE, 0xEF, 0x80, 0xBF, 2 }, { 0xF0, 0xF0, 0x90, 0xBF, 3 }, { 0xF1, 0xF3, 0x80, 0xBF, 3 }, { 0xF4, 0xF4, 0x80, 0x8F, 3 },
}

--- How many bytes the character at `at` has, nil if it is none.
local function utf8_length(text, at)
  local first, second = text:byte(at, at + 1)
  for _, range in ipairs(UTF8_RANGES) do
    if first >= range[1] and first <= range[2] then
      local fits = second and second >= range[3] and second <= range[4]
      local rest = text:sub(at + 2, at + range[5])
      return fits and #rest == range[5] - 1 and not rest:find "[^\128-\191]" and range[5] + 1 or nil
    end
  end
end

function encoding.is_utf8(text)
  local at = text:find "[\128-\255]"
  while at do
    local length = utf8_length(text, at)
    if not length then return false end
    at = text:find("[\128-\255]", at + length)
  end
  return true
end

local MOST_UUIDS = 200000
local uuids, known_uuids = {}, 0

local function make_uuid(seed)
  local hex = ngx.md5(seed)
  return ("%s-%s-4%s-a%s-%s"):format(hex:sub(1, 8), hex:sub(9, 12), hex:sub(14, 16), hex:sub(18, 20), hex:sub(21, 32))
end

--- A UUID that is always the same for the same seed. Those made are remembered, up to a limit.
function encoding.uuid(seed)
  local uuid = uuids[seed]
  if uuid then return uuid end
  if known_uuids >= MOST_UUIDS then uuids, known_uuids = {}, 0 end
  uuid = make_uuid(seed)
  uuids[seed], known_uuids = uuid, known_uuids + 1
  return uuid
end

return encoding
