-- SPDX-License-Identifier: MIT
--- The descriptors and the memory of this process.

local peer = require "spec.support.peer"

local process = {}

--- How many descriptors are open. Not by popen: its own pipe would be counted now and then.
function process.descriptors()
  local path = os.tmpname()
  os.execute("ls /proc/$PPID/fd | wc -l > " .. path)
  local count = tonumber(peer.read_file(path))
  os.remove(path)
  return count
end

--- KiB of memory, as the kernel counts what is there.
function process.resident_kib()
  return tonumber(peer.read_file("/proc/self/statm"):match "^%d+ (%d+)") * 4
end

return process
