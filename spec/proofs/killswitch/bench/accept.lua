-- SPDX-License-Identifier: MIT
-- Gate, signature and claims of one token, as a receiver does them: accept.lua FOLDER ALGORITHM SECONDS prints nanoseconds of processor time
-- for each. With COUNT:n in the place of SECONDS: n of them. A fourth argument stops behind "gate" or "signature".

local jose = require "signoff.jose"

local function read(name)
  local file = assert(io.open(arg[1] .. "/" .. name, "rb"))
  local bytes = file:read "*a"
  file:close()
  return bytes
end

local token, set, algorithms = read "token", assert(jose.key_set(read "jwks")), { arg[2] }

local steps = {
  gate = function() return jose.parse(token, algorithms) end,
  signature = function()
    local parsed = jose.parse(token, algorithms)
    return parsed and set:verify(token)
  end,
  claims = function()
    local opened = jose.claims(token, algorithms)
    return opened and set:signed(token) and opened.claims.iss
  end,
}

local step = steps[arg[4] or "claims"]
assert(step())
local most = tonumber(arg[3]:match "^COUNT:(%d+)$")
local start, count, spent = os.clock(), 0
repeat
  for _ = 1, most or 100 do
    step()
  end
  count = count + (most or 100)
  spent = os.clock() - start
until most or spent >= tonumber(arg[3])
print(("%.1f"):format(spent / math.max(count, 1) * 1e9))
