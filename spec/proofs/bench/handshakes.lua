-- SPDX-License-Identifier: MIT
-- The price of trusting nobody for what was true earlier: a server that closes each connection, so that every call begins with
-- a full handshake and with reading the CAs, beside curl, which goes on with its TLS session; and a connection that is kept, beside
-- one that is not. Prints rows for table.lua. Run in the checkout: handshakes.lua SCRATCH; by itself: handshakes.lua ask URL CA COUNT.

package.path = "./?.lua;" .. package.path

local function ask(url, ca_file, count)
  local client = require "signoff".jde_ais { url = url, ca_file = ca_file, token = "044-token", timeout = 60, connect_timeout = 60 }
  for _ = 1, count do
    assert(client:status())
  end
end

if arg[1] == "ask" then
  return ask(arg[2], arg[3], tonumber(arg[4]))
end

local instructions = dofile("spec/proofs/bench/commands.lua").instructions
local peer = require "spec.support.peer"
local tls = require "spec.support.tls"

local SYSTEM_CAS = "/etc/ssl/certs/ca-certificates.crt" -- Debian's, Ubuntu's

local function by_signoff(url, ca_file, count)
  return ("lua5.4 spec/proofs/bench/handshakes.lua ask %s %s %d"):format(url, ca_file, count)
end

local function by_curl(url, ca_file, count)
  return ("curl -q -s --output-dir /dev -o null --cacert %s %s/[1-%d]"):format(ca_file, url, count)
end

-- Of one call. Starting is in both counts, and falls out.
local function per_call(command, url, ca_file, calls)
  local counts = instructions({ command(url, ca_file, 1), command(url, ca_file, 1 + calls) }, arg[1])
  return (counts[2] - counts[1]) / calls
end

local function row(what, ours, against, theirs)
  print(table.concat({ what, "instructions", ours, against, theirs, "at_most -" }, "\t"))
end

local function count_cas(path)
  return select(2, peer.read_file(path):gsub("BEGIN CERTIFICATE", ""))
end

local function measure(directory)
  tls.authority(directory, "ca")
  tls.certificate(directory, "ca", "good", "IP:127.0.0.1")
  local url = ("https://127.0.0.1:%d"):format(tls.serve_kept_alive(directory, "good").port)
  local closing, our_ca, what = url .. "/closing", directory .. "/ca.pem", "jde_ais over TLS, a connection for each, %s: one look, Lua 5.4"
  local each = per_call(by_signoff, closing, our_ca, 20)
  row(what:format "our own CA", each, "curl, which resumes TLS sessions", per_call(by_curl, closing, our_ca, 20))
  row("jde_ais over TLS, a connection for all: one look, Lua 5.4", per_call(by_signoff, url, our_ca, 500), "a connection for each", each)
  local system_cas, all = peer.read_file(SYSTEM_CAS), directory .. "/all.pem"
  if system_cas then
    peer.write_file(all, system_cas .. peer.read_file(our_ca))
    row(what:format(count_cas(all) .. " CAs"), per_call(by_signoff, closing, all, 2), "our own CA", each)
  end
end

local fine, problem = pcall(measure, peer.directory())
peer.stop_all()
assert(fine, problem)
