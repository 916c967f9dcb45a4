-- SPDX-License-Identifier: MIT
-- To be run by every interpreter that starts (LUA_INIT): its command line, and that of the shell that started it, go to the file
-- that SIGNOFF_COMMAND_LINES names.

local function read(path)
  local file = io.open(path, "rb")
  local bytes = file and file:read "*a" or ""
  return file and file:close() and bytes or bytes
end

local log = assert(io.open(os.getenv "SIGNOFF_COMMAND_LINES", "ab"))
local parent = read "/proc/self/status":match "PPid:%s+(%d+)"
log:write(read "/proc/self/cmdline":gsub("%z", " "), "\n", read("/proc/" .. parent .. "/cmdline"):gsub("%z", " "), "\n")
log:close()
