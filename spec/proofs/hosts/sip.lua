-- SPDX-License-Identifier: MIT
-- Sends one OPTIONS by SIP over UDP: sip.lua PORT USER

local port, user = arg[1], arg[2]
local call = tostring(math.random(1000000000))
local message = table.concat({
  ("OPTIONS sip:%s@127.0.0.1:%s SIP/2.0"):format(user, port),
  "Via: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bK" .. call,
  "Max-Forwards: 9",
  "From: <sip:check@127.0.0.1>;tag=" .. call,
  ("To: <sip:%s@127.0.0.1>"):format(user),
  "Call-ID: " .. call,
  "CSeq: 1 OPTIONS",
  "Content-Length: 0",
  "\r\n",
}, "\r\n")
assert(require "socket".udp():sendto(message, "127.0.0.1", port))
