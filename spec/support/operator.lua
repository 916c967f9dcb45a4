-- SPDX-License-Identifier: MIT
--- The command `signoff-offboard`, as an operator runs it: a process, with the systems of examples/systems.lua in the
-- simulator.
--
--    local operator = require "spec.support.operator"
--    before_each(operator.fresh)
--    local status, output, words = operator.run "plan leavers.csv --out plan"

local core = require "signoff.core"
local child = require "spec.support.child"
local peer = require "spec.support.peer"
local simulated = require "spec.support.simulated"

local operator = { simulator = simulated.simulator }

local ROOT = peer.output_of "pwd"
local LIMIT = 300 -- seconds that a command may take

--- A directory of its own (`operator.directory`), the simulator as it was started, and the twelve of examples/leavers.csv as
-- `leavers.csv`.
function operator.fresh()
  simulated.reset()
  operator.directory = peer.directory()
  operator.write("leavers.csv", peer.read_file "examples/leavers.csv")
  operator.write("systems.lua", peer.read_file "examples/systems.lua")
end

--- How many changes the systems were asked for.
function operator.changes()
  local count = 0
  for _, system in pairs(simulated.simulator.counters().systems or {}) do
    count = count + (system.changes or 0)
  end
  return count
end

--- For after_each.
function operator.clean()
  if operator.pid and not operator.read ".status" then
    operator.signal "KILL"
  end
  operator.pid = nil
  peer.stop_all()
end

function operator.path(name)
  return operator.directory .. "/" .. name
end

--- Writes a file that only its owner may read.
function operator.write(name, bytes)
  peer.write_file(operator.path(name), bytes)
  os.execute("chmod 600 " .. operator.path(name))
end

function operator.read(name)
  return peer.read_file(operator.path(name))
end

--- The head of the list, and the lines of those persons.
function operator.list(name, ...)
  local text = peer.read_file "examples/leavers.csv"
  local lines = { (text:match "^[^\n]*") }
  for _, person in ipairs { ... } do
    lines[#lines + 1] = assert(text:match("\n(" .. person:gsub("%.", "%%.") .. ",[^\n]*)"), person)
  end
  operator.write(name, table.concat(lines, "\n") .. "\n")
end

-- The environment of the command; a rehearsal does not wait for anybody to come back.
local function environment(more)
  return table.concat({
    '. "$SIGNOFF_SIMULATOR/environment"', "export SIGNOFF_CONFIG=" .. operator.path "systems.lua",
    "export CISCO_EM_PER_MINUTE=6000 TZ=UTC NO_COLOR=", more or "true",
  }, "; ")
end

-- Runs a script of a shell that is in the directory, with that environment.
local function script(name, more, command)
  operator.write(name, ("%s\ncd %s\n%s\n"):format(environment(more), operator.directory, command))
  return "sh " .. operator.path(name)
end

-- A command that changes something waits less than in a real night for somebody to come back, unless a spec says how long.
local function command_of(words)
  local may_act = words:find "^apply " or words:find "^resume " or words:find "^undo "
  if may_act and not words:find("--settle", 1, true) then
    words = words .. " --settle 0.2"
  end
  return ("%s %s/examples/offboard.lua %s"):format(child.interpreter, ROOT, words)
end

--- Runs it.
-- @tparam string words as a shell has them
-- @tparam[opt] string more shell commands before it: `export NAME=VALUE`
-- @tparam[opt] string streams where stdout and stderr go, instead of being kept
-- @treturn number exit status
-- @treturn string stdout
-- @treturn string stderr
function operator.run(words, more, streams)
  os.remove(operator.path ".out")
  os.remove(operator.path ".err")
  local line = script(".run", more, ("timeout %d %s </dev/null %s; echo $?"):format(LIMIT, command_of(words), streams or ">.out 2>.err"))
  local status = peer.output_of(line)
  return tonumber(status), operator.read ".out", operator.read ".err"
end

--- Starts it beside the test. `env` gives it back the signals that a shell makes its background jobs ignore.
function operator.start(words, more)
  os.remove(operator.path ".status")
  os.remove(operator.path ".pid")
  peer.spawn(script(".start", more, ("env --default-signal=INT,TERM,HUP %s >.started 2>&1 &\n"
    .. "echo $! >.pid.new; mv .pid.new .pid; wait $!; echo $? >.status.new; mv .status.new .status"):format(command_of(words))),
    operator.directory)
  operator.pid = tonumber(operator.wait_for("the command", function()
    return operator.read ".pid"
  end))
end

--- Calls `f` until it gives something, and gives that; a noisy machine may take its time.
function operator.wait_for(what, f)
  local ends = core.now() + LIMIT
  repeat
    local found = f()
    if found then
      return found
    end
    core.sleep(0.01)
  until core.now() > ends
  error(("waited in vain for %s:\n%s"):format(what, tostring(operator.read ".started")), 2)
end

function operator.signal(name)
  os.execute(("kill -%s %d"):format(name, operator.pid))
end

--- Waits for its end.
-- @treturn number exit status, as a shell tells it
-- @treturn string all that it wrote
function operator.finish()
  local status = operator.wait_for("the end of the command", function()
    return operator.read ".status"
  end)
  return tonumber(status), operator.read ".started"
end

return operator
