-- SPDX-License-Identifier: MIT
--- A real server: told to end and waited for, and killed with all of its processes where it does not.

local core = require "signoff.core"
local peer = require "spec.support.peer"

local daemon = {}
daemon.__index = daemon

local running = {}

--- Notes that `self`, with `pid` and `directory`, is running.
function daemon.note(self)
  running[#running + 1] = self
  return self
end

--- Starts a command in a process group of its own, which ends by itself after five minutes, and waits until the server serves.
-- @tparam string name for messages
-- @tparam string command
-- @tparam string directory that it runs in
-- @tparam function ready gives whether it serves
-- @treturn table with `pid`, `directory`, `output`
function daemon.start(name, command, directory, ready)
  local process = peer.spawn(("%s timeout --kill-after=5 300 %s"):format(peer.with_descriptors(), command), directory)
  local self = daemon.note(setmetatable({ pid = process.pid, directory = directory, output = process.output }, daemon))
  peer.wait_for(name, function()
    return ready() or not self:is_running()
  end)
  assert(self:is_running(), name .. " does not start: " .. peer.read_file(self.output))
  return self
end

function daemon:signal(name)
  os.execute(("kill -%s %d"):format(name, self.pid))
end

function daemon:is_running()
  local state = peer.read_file(("/proc/%d/stat"):format(self.pid))
  return state ~= nil and not state:match "^%d+ %b() Z"
end

--- Ends it, waits for that, and gives the seconds that it took.
function daemon:stop(signal)
  local started = core.now()
  if self:is_running() then
    self:signal(signal or "TERM")
    peer.wait_for("the end of a server", function()
      return not self:is_running()
    end)
  end
  return core.now() - started
end

--- For after_each, before `peer.stop_all`. Raises where a server did not end in time, and was killed with its whole group.
function daemon.stop_all()
  local list, problem = running, nil
  running = {}
  for _, one in ipairs(list) do
    local fine, why = pcall(one.stop, one)
    if not fine then
      os.execute(("kill -KILL -%d %d 2>/dev/null"):format(one.pid, one.pid))
      problem = why
    end
  end
  assert(not problem, problem)
end

return daemon
