-- SPDX-License-Identifier: MIT
-- The same logout again and again, as a script does it: logout.lua SYSTEM PORT COUNT

local signoff = require "signoff"

local kind, port, count = arg[1], arg[2], tonumber(arg[3])

local systems = {
  jde_ais = {
    options = { url = "http://127.0.0.1:" .. port },
    target = { token = "044kbwMICIsL8P4jttMjVtpnhrrSK17i7fa2h8VjwjEMDE5MDEyMjcyMTY0MTI2", device = "leaver-laptop" },
  },
  cisco_em = {
    options = {
      url = "http://127.0.0.1:" .. port .. "/emservice/EMServiceServlet",
      app_id = "signoff",
      app_certificate = "correct horse battery",
    },
    target = "SEP001122334455",
  },
}

systems.jde_in_lua = systems.jde_ais -- the same system, described in Lua

local function constructor()
  local root = arg[0]:match "^(.*)spec/proofs/bench/" or "./"
  return signoff[kind] or dofile(("%sspec/support/%s.lua"):format(root, kind))
end

local system = systems[kind]
local client = constructor()(system.options)
for _ = 1, count do
  assert(assert(client:logout(system.target)).answer == "accepted")
end
