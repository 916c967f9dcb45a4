--- AIS tokens, as all public samples have them: 044 is the length of a run of base64; a second run says in digits, with its
--- device or address and the time, whose it is.
local token = {}

local function random_bytes(length)
  local bytes = {}
  for index = 1, length do bytes[index] = string.char(math.random(0, 255)) end
  return table.concat(bytes)
end

--- So many digits.
function token.digits(length)
  local list = {}
  for index = 1, length do list[index] = math.random(0, 9) end
  return table.concat(list)
end

--- One for a device or address: behind 32 random bytes stand how many digits come, those, three more, the name, and the time in
--- milliseconds.
function token.new(from, now)
  local count = math.random(18, 19)
  local owner = ("%03d%s%s%s%.0f"):format(count, token.digits(count), token.digits(3), from, now * 1000)
  return "044" .. ngx.encode_base64(random_bytes(32)) .. ngx.encode_base64(owner)
end

return token
