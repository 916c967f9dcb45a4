-- SPDX-License-Identifier: MIT
-- Runs commands: their output, the instructions that callgrind counts for them (time wobbles, these do not), and the middle of several.

local commands = {}

--- Gives the output of a command.
function commands.read(command)
  local pipe = assert(io.popen(command))
  local text = pipe:read "*a"
  pipe:close()
  return text
end

--- The middle one: one quick moment of the machine, or a slow one, would favour one side of a comparison.
function commands.median(list)
  table.sort(list)
  return list[math.ceil(#list / 2)]
end

--- Counts instructions by callgrind, of two commands at once.
-- @tparam {string,...} list each without quotes, and ending by itself
-- @tparam string scratch a directory for the profiles
-- @treturn {number,...} instructions
function commands.instructions(list, scratch)
  local pipes, counts = {}, {}
  local function profile(i)
    return ("%s/profile.%d"):format(scratch, i)
  end
  for i, command in ipairs(list) do
    pipes[i] = io.popen(("valgrind -q --tool=callgrind --callgrind-out-file=%s %s"):format(profile(i), command))
    if i % 2 == 0 or i == #list then
      for j = #counts + 1, i do
        local said = pipes[j]:read "*a"
        assert(pipes[j]:close(), said)
        counts[j] = assert(tonumber(commands.read("sed -n 's/^totals: //p' " .. profile(j))), said)
      end
    end
  end
  return counts
end

return commands
