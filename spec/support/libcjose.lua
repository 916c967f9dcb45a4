-- SPDX-License-Identifier: MIT
--- The word of libcjose alone on keys and tokens.

local peer = require "spec.support.peer"

local function hex(bytes)
  return (bytes:gsub(".", function(byte) return ("%02x"):format(byte:byte()) end))
end

--- Compiles spec/proofs/killswitch/bare.c, and asks it.
-- @tparam table pairs { jwk as JSON, token or nil } each
-- @treturn table "accepts" or "refuses" for each
return function(pairs)
  local folder = peer.directory()
  local status = peer.output_of(("cc -o %s/bare spec/proofs/killswitch/bare.c $(pkg-config --cflags --libs cjose) >&2; echo $?"):format(folder))
  assert(tonumber(status) == 0, "bare.c does not compile")
  local file = assert(io.open(folder .. "/lines", "w"))
  for _, pair in ipairs(pairs) do
    file:write(hex(pair[1]), " ", hex(pair[2] or ""), "\n")
  end
  file:close()
  local answers = {}
  for answer in peer.output_of(("%s/bare < %s/lines"):format(folder, folder)):gmatch "%a+" do
    answers[#answers + 1] = answer
  end
  return answers
end
