-- SPDX-License-Identifier: MIT
-- Uses a file again and again, while spec/support/swap.c puts another one in its place at each call in turn: `swap.lua KIND
-- FOLDER`, with `good` and `bad` there. Prints what came of each, and ends when a use ends before the call comes.

local kinds = require "spec.integration.trust.kinds"

local name, folder = arg[1], arg[2]
local target, with = os.getenv "SWAP_PATH", os.getenv "SWAP_WITH"

local function prepare()
  assert(os.execute(("env -u LD_PRELOAD sh -c 'cp -p %s/good %s && cp -p %s/bad %s'"):format(folder, target, folder, with)))
end

local function exists(path)
  local file = io.open(path)
  return file and file:close()
end

for _, kind in ipairs(kinds) do
  local number = 0
  while kind.name == name do
    prepare()
    assert(not io.open("SWAP:" .. number))
    local fine, message = kind.use(target)
    io.open "SWAP:-1"
    if exists(with) then
      break
    end
    print(fine and "yes" or (tostring(message):gsub("\n", " ")))
    number = number + 1
  end
end
