-- SPDX-License-Identifier: MIT
-- Our own opinion: judge.lua KEYS.json < tokens, a JSON string a line > a line each, "yes" or why not.

local cjson = require "cjson".new()
local files = require "spec.support.files"
local jose = require "signoff.jose"

local ALGORITHMS = { "RS256", "PS256", "ES256" }
local keys = assert(jose.key_set(files.read(arg[1])))

for line in io.lines() do
  local token = cjson.decode("[" .. line .. "]")[1]
  local parsed, code, sentence = jose.parse(token, ALGORITHMS)
  local payload
  if parsed then
    payload, code, sentence = keys:verify(token)
  end
  print(payload and "yes" or ("no: %s: %s"):format(code, sentence))
end
