-- SPDX-License-Identifier: MIT
-- `lua search.lua SECRETS FILE...` fails when a file holds one of the secrets, in any encoding. SECRETS has one a line, in
-- hexadecimal. Those that are shorter than eight bytes may be words, and are left out.

local encodings = require "spec.support.encodings"
local files = require "spec.support.files"

local count, found = 0, 0
for line in io.lines(arg[1]) do
  local secret = line:gsub("%x%x", function(digits)
    return string.char(tonumber(digits, 16))
  end)
  if #secret >= 8 then
    count = count + 1
    local traces = encodings.traces(secret)
    for i = 2, #arg do
      local place = encodings.find(files.read(arg[i]), traces, arg[i])
      if place then
        found = found + 1
        print("a secret stands in " .. place:gsub(":.*", ""))
      end
    end
  end
end
print(("%d secrets, %d files"):format(count, #arg - 1))
os.exit(count > 0 and found == 0 and 0 or 1)
