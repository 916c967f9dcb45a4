-- SPDX-License-Identifier: MIT
--- Compressed texts, and texts that can be compressed so many times.

local peer = require "spec.support.peer"

local gzip = {}

--- @tparam string text
-- @tparam[opt] number blanks that follow it
function gzip.pack(text, blanks)
  local directory = peer.directory()
  peer.write_file(directory .. "/plain", text)
  os.execute(("cd %s && { cat plain; head -c %d /dev/zero | tr '\\0' ' '; } | gzip >packed"):format(directory, blanks or 0))
  return peer.read_file(directory .. "/packed")
end

-- Numbers by chance, the same each time.
local function dice()
  local state = 4711
  return function(sides)
    state = (state * 1103515245 + 12345) % 2147483648
    return math.floor(state / 65536) % sides + 1
  end
end

--- Pieces one after the other, each of them one of several, by chance.
function gzip.mix(count, pieces)
  local throw, made = dice(), {}
  for i = 1, count do
    made[i] = pieces[throw(#pieces)]
  end
  return table.concat(made)
end

--- A text of that size that is compressed about so many times, 20 to 200.
function gzip.text(size, times)
  local throw, made = dice(), {}
  local length = 16 * times
  for i = 1, math.ceil(size / length) do
    made[i] = ("%04x%04x%04x%04x%04x%04x"):format(throw(65536) - 1, throw(65536) - 1, throw(65536) - 1, throw(65536) - 1, throw(65536) - 1,
      throw(65536) - 1) .. ("x"):rep(length - 24)
  end
  return table.concat(made):sub(1, size)
end

return gzip
