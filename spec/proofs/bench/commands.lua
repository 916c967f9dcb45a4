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

--- Starts a system whose replies take that long. Gives its port, and a function that ends it.
-- @tparam string programs the folder of `crowd`
-- @tparam number milliseconds
function commands.start_crowd(programs, milliseconds)
  local file = programs .. "/crowd.port"
  os.remove(file)
  local pid = commands.read(("%s/crowd application/json '{\"status\": \"Success\"}' %g >%s 2>/dev/null & echo $!"):format(
    programs, milliseconds, file)):match "%d+"
  for _ = 1, 100 do
    os.execute "sleep 0.05"
    local port = io.open(file)
    local number = port and port:read "*n"
    if port then
      port:close()
    end
    if number then
      return number, function()
        os.execute("kill " .. pid)
      end
    end
  end
  os.execute("kill " .. pid)
  error "crowd does not start"
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
