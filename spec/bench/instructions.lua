-- SPDX-License-Identifier: MIT
-- What callgrind counts for some commands, two at once: where time wobbles, this does not.

local function read(command)
  local pipe = assert(io.popen(command))
  local text = pipe:read "*a"
  pipe:close()
  return text
end

--- @tparam {string,...} commands each without quotes, and ending by itself
-- @tparam string scratch a directory for the profiles
-- @treturn {number,...} instructions
return function(commands, scratch)
  local pipes, counts = {}, {}
  local function profile(i)
    return ("%s/profile.%d"):format(scratch, i)
  end
  for i, command in ipairs(commands) do
    pipes[i] = io.popen(("valgrind -q --tool=callgrind --callgrind-out-file=%s %s"):format(profile(i), command))
    if i % 2 == 0 or i == #commands then
      for j = #counts + 1, i do
        local said = pipes[j]:read "*a"
        assert(pipes[j]:close(), said)
        counts[j] = assert(tonumber(read("sed -n 's/^totals: //p' " .. profile(j))), said)
      end
    end
  end
  return counts
end
