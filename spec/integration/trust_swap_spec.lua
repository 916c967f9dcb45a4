-- SPDX-License-Identifier: MIT
-- A file that somebody exchanges while it is opened, checked and read: what is used is what was checked, or nothing.

local child = require "spec.support.child"
local kinds = require "spec.integration.trust.kinds"
local peer = require "spec.support.peer"

local NOBODY = 65534

-- Of what was put there nothing may be said: it was never read.
local refusals = {
  "belongs to user 65534", "became another file while it was opened", "changed while it was read", "there is no such file",
  "was deleted while it was in use", "others can read it", "can be read by others", "may write to it",
}

local theirs = { config = "error 'IT RAN'", list = "person,jde_ais\nmallory,their-token@PC\n" }

local function is_refusal(answer)
  for _, words in ipairs(refusals) do
    if answer:find(words, 1, true) then
      return true
    end
  end
  return false
end

local function swapped(kind, bad)
  local folder = peer.directory()
  peer.write_file(folder .. "/good", kind.bytes())
  peer.write_file(folder .. "/bytes", theirs[kind.name] or "of somebody else\n")
  os.execute(("cd %s && chmod 600 good && %s"):format(folder, bad))
  local library = folder .. "/swap.so"
  assert.are.equal("", peer.output_of(("cc -shared -fPIC -o %s spec/support/swap.c -ldl 2>&1"):format(library)))
  local output = peer.output_of(('LUA_PATH="$PWD/?.lua;$LUA_PATH" LD_PRELOAD="$LD_PRELOAD %s" SWAP_PATH=%s/file SWAP_WITH=%s/with timeout 300 %s %s %q %s 2>&1'):format(
    library, folder, folder, child.interpreter, "spec/integration/trust/swap.lua", kind.name, folder))
  local answers = {}
  for answer in output:gmatch "[^\n]+" do
    answers[#answers + 1] = answer
  end
  return answers
end

describe("a file that is exchanged at any call", function()
  after_each(peer.stop_all)

  for _, kind in ipairs(kinds) do
    for what, bad in pairs {
      ["somebody else's"] = ("install -o %d -m 600 bytes bad"):format(NOBODY), ["one for all to write"] = "install -m 666 bytes bad",
    } do
      if not kind.by_name then
        it(("for %s, as %s"):format(what, kind.name), function()
          if peer.output_of "id -u" ~= "0" then
            return pending "only root can make the files of others"
          end
          local taken, refused = 0, 0
          for number, answer in ipairs(swapped(kind, bad)) do
            if answer == "yes" then
              taken = taken + 1
            else
              refused = refused + 1
              assert(is_refusal(answer), ("%d: %s"):format(number, answer))
            end
          end
          assert(refused > 0 and taken > 0, ("%d taken, %d refused"):format(taken, refused))
        end)
      end
    end
  end
end)
