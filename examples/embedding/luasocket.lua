-- SPDX-License-Identifier: MIT
-- A program with a loop of its own, on LuaSocket's `select`, that ends sessions (JD Edwards) meanwhile, and says what was found.
--
--   export JDE_AIS_URL=https://ais.example
--   export SIGNOFF_CA_FILE=/etc/ssl/ais.pem    # optional: the CA, where the certificate comes from one of your own
--   lua5.4 luasocket.lua < tokens              # a token a line, and behind a tab its device

-- Nothing is loaded from the current folder, which may be anybody's.
for _, name in ipairs { "path", "cpath" } do
  package[name] = (";" .. package[name]):gsub(";[^/;][^;]*", ""):sub(2)
end

local signoff = require "signoff"
local socket = require "socket"

local jde = signoff.jde_ais { url = os.getenv "JDE_AIS_URL", ca_file = os.getenv "SIGNOFF_CA_FILE" }
local settle = tonumber(os.getenv "SIGNOFF_SETTLE") -- seconds between the two observations that prove it; nil is 10
local engine = signoff.engine { concurrency = 16 }

for line in io.lines() do
  local token, device = line:match "^(%S+)\t(.+)$"
  token = token or line
  engine:spawn(jde.signout, jde, { token = token, device = device }, { settle = settle }):done(function(fine, result)
    print(signoff.fingerprint(token), fine and result.verdict or result)
  end)
end

-- The program's loop: its other sockets would be in this list, and its own time would shorten the waiting.
local watched = { engine }
while engine:step() > 0 do
  socket.select(watched, nil, engine:timeout())
end
engine:close()
