-- SPDX-License-Identifier: MIT
--- The simulator's transmitter: tokens for cases of spec/support/killswitch.lua, public keys, and its server.

local cjson = require "cjson".new()
local files = require "spec.support.files"
local killswitch = require "spec.support.killswitch"
local peer = require "spec.support.peer"

local transmitter = {}

local PROGRAM = "LD_PRELOAD= examples/simulator/transmitter/transmitter"

--- A fresh folder of keys; `peer.stop_all` removes it.
function transmitter.folder()
  return peer.directory()
end

--- The tokens of cases, in their order.
-- @tparam string folder of the keys
-- @tparam {table,...} cases
function transmitter.sign(folder, cases)
  local lines = {}
  for i, case in ipairs(cases) do
    lines[i] = killswitch.line(case)
  end
  files.write(folder .. "/lines", table.concat(lines, "\n") .. "\n")
  local pipe = assert(io.popen(("%s sign %s < %s/lines"):format(PROGRAM, folder, folder)))
  local tokens = {}
  for line in pipe:lines() do
    tokens[#tokens + 1] = cjson.decode("[" .. line .. "]")[1]
  end
  assert(pipe:close(), "the transmitter failed")
  assert(#tokens == #cases, "a token is missing")
  return tokens
end

--- The public keys of an issuer, a text of JSON.
function transmitter.jwks(folder, name)
  return peer.output_of(("%s jwks %s %s"):format(PROGRAM, folder, name))
end

--- Starts the server of metadata and keys, which `peer.stop_all` ends.
-- @tparam string folder
-- @tparam[opt] string tls what belongs to TLS: "--certificate FILE --key FILE"
-- @treturn table `pid`, `url`
function transmitter.serve(folder, tls)
  local root = peer.output_of "pwd"
  local process = peer.spawn(("env %s/examples/simulator/transmitter/transmitter serve %s %s"):format(root, folder, tls or ""), folder)
  process.url = peer.wait_for("the transmitter", function()
    return (files.find(process.output) or ""):match "^(https?://%S+)\n"
  end)
  return process
end

return transmitter
