-- SPDX-License-Identifier: MIT
-- The first line is a secret, the rest a text in which it may stand, as it is and in every encoding.
local core = require "signoff.core"
local signoff = require "signoff"

local alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

local function base64(text)
  local digits = {}
  for i = 1, #text, 3 do
    local a, b, c = text:byte(i, i + 2)
    local number = a * 65536 + (b or 0) * 256 + (c or 0)
    for place = 1, 4 do
      local digit = math.floor(number / 64 ^ (4 - place)) % 64 + 1
      digits[#digits + 1] = ((place == 3 and not b) or (place == 4 and not c)) and "=" or alphabet:sub(digit, digit)
    end
  end
  return table.concat(digits)
end

local function each(text, format)
  return (text:gsub(".", function(byte) return format:format(byte:byte()) end))
end

local encodings = {
  function(secret) return secret end,
  function(secret) return each(secret, "%%%02X") end,
  function(secret) return each(secret, "%%%02x") end,
  function(secret) return each(secret, "&#%d;") end,
  base64,
}

local function check(client, secret, text)
  local masked = core.mask(client, text)
  assert(type(masked) == "string")
  for number, encode in ipairs(encodings) do
    assert(not masked:find(encode(secret), 1, true), ("a secret is shown (encoding %d)"):format(number))
  end
end

return function(bytes)
  local secret, text = bytes:match "^([^\n]*)\n(.*)$"
  if not secret or #secret < 4 or secret:find "*" then -- "***" stands for what was masked
    return
  end
  local fine, client = pcall(signoff.jde_ais, { url = "https://ais.example", token = secret })
  if not fine then -- refused: no header can carry it
    return
  end
  check(client, secret, text)
  for _, encode in ipairs(encodings) do
    check(client, secret, "before " .. encode(secret) .. text)
    check(client, secret, text .. encode(secret))
  end
end
