-- SPDX-License-Identifier: MIT
--- Hosts, a network of its own each, and the workers that run there: processes that are started again when they were killed.

local core = require "signoff.core"
local files = require "spec.support.files"
local network = require "spec.proofs.farm.network"
local peer = require "spec.support.peer"

local hosts = {}

local worker = {}
worker.__index = worker

--- Adds a host: `name`, `address`.
function hosts.add(name)
  return { name = name, address = network.add(name) }
end

--- A worker of a host; it does not run yet.
-- @tparam table host
-- @tparam string folder where it runs
-- @tparam string command one program and its arguments
function hosts.worker(host, folder, command)
  return setmetatable({ host = host, folder = folder, command = command, starts = 0, ends = {} }, worker)
end

function worker:start()
  local process = peer.spawn(("%s %s"):format(network.on(self.host.name), self.command), self.folder)
  self.pid, self.output, self.starts, self.busy = process.pid, process.output, self.starts + 1, false
end

function worker:is_running()
  local state = self.pid and files.find(("/proc/%d/stat"):format(self.pid))
  return state and not state:match "^%d+ %b() Z" or false
end

function worker:signal(name)
  os.execute(("kill -%s %d 2>/dev/null"):format(name, self.pid))
end

--- The end of what it said last.
function worker:said(lines)
  return peer.output_of(("tail -n %d %s 2>/dev/null"):format(lines or 5, self.output))
end

--- Waits for its end. Gives false where that takes too long.
function worker:wait(seconds)
  local ends = core.now() + seconds
  while self:is_running() do
    if core.now() > ends then
      return false
    end
    core.sleep(0.05)
  end
  return true
end

return hosts
