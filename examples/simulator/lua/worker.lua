--- The start of the process: loads the people, says that it is ready, and watches the process that started it.
local ffi = require "ffi"
local state = require "state"

ffi.cdef [[
int kill(int pid, int sig);
int getpid(void);
]]

local SIGTERM = 15

local worker = {}

local function read_file(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read "*a"
  file:close()
  return text
end

local function write_file(path, text)
  local file = assert(io.open(path, "wb"))
  file:write(text)
  file:close()
end

--- Ends this process once `parent` is gone, even if that was killed and could not say goodbye.
local function watch(parent)
  local function look()
    if ffi.C.kill(parent, 0) ~= 0 then ffi.C.kill(ffi.C.getpid(), SIGTERM) end
  end
  assert(ngx.timer.every(1, look))
end

function worker.start()
  local directory = ngx.config.prefix()
  state.defaults(read_file(directory .. "people.json"))
  local parent = tonumber(os.getenv "SIMULATOR_PARENT" or "")
  if parent then watch(parent) end
  write_file(directory .. "ready", "ready\n")
end

return worker
