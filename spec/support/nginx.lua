-- SPDX-License-Identifier: MIT
--- A real nginx with a master and one worker or more, on a free loopback port, in a directory of its own.
-- NGINX_LUA_CPATH: whose modules it takes, where not those of whoever starts it; NGINX_PRELOAD: a library that it must load first.

local core = require "signoff.core"
local daemon = require "spec.support.daemon"
local peer = require "spec.support.peer"

local nginx = setmetatable({ stop_all = daemon.stop_all }, daemon)
nginx.__index = nginx

local configuration = [[
@modules@
@user@
daemon off;
pid nginx.pid;
error_log error.log notice;
worker_processes @processes@;
worker_shutdown_timeout 5s;
env TMPDIR=@tmpdir@;
@main@
thread_pool lua_thread_pool threads=2;
events { worker_connections 4096; }
http {
  access_log off;
  client_body_temp_path body;
  proxy_temp_path proxy;
  fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi;
  scgi_temp_path scgi;
  keepalive_requests 1000000;
  lua_package_path "@directory@/?.lua;@path@";
  lua_package_cpath "@cpath@";
  @http@
  server {
    listen 127.0.0.1:@port@ backlog=4096;
    location = / { return 204; }
    @server@
  }
}
]]

local function has(path)
  local file = io.open(path)
  return file and file:close()
end

-- Debian's nginx loads Lua as a module; OpenResty has it built in.
local function modules()
  for _, where in ipairs { os.getenv "NGINX_MODULES" or "/usr/lib/nginx/modules", "/usr/share/nginx/modules", "/usr/lib64/nginx/modules" } do
    if has(where .. "/ngx_http_lua_module.so") then
      return ("load_module %s/ndk_http_module.so; load_module %s/ngx_http_lua_module.so;"):format(where, where)
    end
  end
  return ""
end

-- Workers are nobody's, as everywhere, unless the checkout is closed to nobody.
local function user()
  if peer.output_of "id -u" ~= "0" then
    return ""
  end
  local readable = peer.output_of "su -s /bin/sh nobody -c 'cat lua/signoff.lua' 2>/dev/null"
  return readable == "" and "user root;" or ""
end

-- An absolute path stays, one of the checkout becomes one.
local function absolute(path)
  local here = peer.output_of "pwd"
  return (path:gsub("[^;]+", function(template)
    return template:sub(1, 1) == "/" and template or here .. "/" .. template
  end))
end

-- Where nginx finds modules: where whoever starts it does, or in the build for nginx's own Lua.
local function own_paths()
  if _VERSION == "Lua 5.1" then
    return package.path, package.cpath
  end
  return "./?.lua;lua/?.lua;;", (os.getenv "BUILD" or "build") .. "/lua5.1/?.so;;"
end

local function is_up(url)
  return peer.output_of((peer.CURL .. " -s --max-time 1 -o /dev/null -w '%%{http_code}' %s/"):format(url)) == "204"
end

local function try(options)
  local directory = peer.directory()
  os.execute("chmod 755 " .. directory .. "; mkdir -m 1777 " .. directory .. "/tmp")
  local path, cpath = own_paths()
  local values = {
    modules = modules(), user = user(), directory = directory, port = options.port or peer.free_port(), path = absolute(path),
    cpath = absolute(os.getenv "NGINX_LUA_CPATH" or cpath), tmpdir = options.tmpdir or directory .. "/tmp", server = options.server or "",
    http = options.http or "", processes = options.processes or 1, main = options.main or "",
  }
  peer.write_file(directory .. "/nginx.conf", (configuration:gsub("@(%l+)@", values)))
  for name, text in pairs(options.files or {}) do
    peer.write_file(directory .. "/" .. name, text)
  end
  local process = peer.spawn(("%s env PATH=$PATH:/usr/sbin LD_PRELOAD=\"$NGINX_PRELOAD %s\" %s nginx -e %s/error.log -p %s/ -c nginx.conf"):format(
    peer.with_descriptors(), options.preload or "", options.environment or "", directory, directory), directory)
  local self = setmetatable({
    pid = process.pid, directory = directory, url = "http://127.0.0.1:" .. values.port, tmpdir = values.tmpdir,
  }, nginx)
  daemon.note(self)
  peer.wait_for("nginx", function()
    return is_up(self.url) or not self:is_running()
  end)
  if self:is_running() then
    return self
  end
  return nil, "nginx does not start: " .. (self:log() or "")
end

--- @tparam table options `processes`: the number of workers (1); `port` (nil: a free one); `server`, `http`, `main`: what to add there;
-- `tmpdir`; `files`: by name, in its directory; `preload`: a library; `environment`: assignments, as a shell has them before a command
function nginx.start(options)
  local server, problem
  for _ = 1, 3 do -- somebody else may ask for the same port
    server, problem = try(options)
    if server then
      return server
    end
  end
  error(problem, 2)
end

--- The worker's answer at that path.
function nginx:get(path, more)
  return peer.output_of((peer.CURL .. " -s --max-time 20 %s '%s%s'"):format(more or "", self.url, path))
end

--- The same `count` times at once; the answers with how often each came, and the seconds it took.
function nginx:get_many(path, count)
  local started = core.now()
  local output = peer.output_of((peer.CURL .. " -s --max-time 20 -Z --parallel-immediate --parallel-max %d '%s%s?[1-%d]' 2>/dev/null"):format(
    count, self.url, path, count))
  local seconds, answers = core.now() - started, {}
  for line in output:gmatch "[^\n]+" do
    answers[line] = (answers[line] or 0) + 1
  end
  return answers, seconds
end

--- The same in the background; gives a function that waits for the answers.
function nginx:begin(path, count)
  local output = os.tmpname()
  os.execute(("{ " .. peer.CURL .. " -s --max-time 20 -Z --parallel-immediate --parallel-max %d '%s%s?[1-%d]' >%s 2>/dev/null; echo end >>%s; } &"):format(
    count, self.url, path, count, output, output))
  return function()
    local text = peer.wait_for("answers", function()
      local text = peer.read_file(output)
      return text:match "^(.*)end\n$"
    end)
    os.remove(output)
    local answers = {}
    for line in text:gmatch "[^\n]+" do
      answers[line] = (answers[line] or 0) + 1
    end
    return answers
  end
end

--- The pids of the workers, oldest first.
function nginx:workers()
  return peer.children(self.pid)
end

--- Reloads, and waits until the workers from before are gone.
-- @tparam[opt] number seconds that this may take
function nginx:reload(seconds)
  local before = self:workers()[1]
  self:signal "HUP"
  peer.wait_for("the end of the old worker", function()
    local now = self:workers()
    return #now == 1 and now[1] ~= before
  end, seconds)
end

local function count(path)
  return tonumber(peer.output_of(("ls %s | wc -l"):format(path)))
end

-- Connections of a process to the port of that URL.
local function connections(pid, url)
  local port, list, found = ("%04X"):format(url:match "%d+$"), peer.output_of(("ls -l /proc/%d/fd"):format(pid)), 0
  for line in io.lines(("/proc/%d/net/tcp"):format(pid)) do
    local remote, inode = line:match "^ *%d+: %x+:%x+ %x+:(%x+) %x+ %x+:%x+ %x+:%x+ %x+ *%d+ *%d+ (%d+)"
    if remote == port and list:find(("socket:[%s]"):format(inode), 1, true) then
      found = found + 1
    end
  end
  return found
end

--- Descriptors and threads of the worker, once they do not change any more for a while.
-- @tparam[opt] string url connections there do not count: some are kept for the next call, as many as were used at once
-- @treturn string
-- @treturn number connections that do not count
function nginx:holdings(url)
  local pid, before, since = self:workers()[1], nil, core.now()
  local kept
  return peer.wait_for("a quiet worker", function()
    kept = url and connections(pid, url) or 0
    local now = ("%d descriptors, %d threads"):format(count(("/proc/%d/fd"):format(pid)) - kept, count(("/proc/%d/task"):format(pid)))
    if now ~= before then
      before, since = now, core.now()
    end
    return core.now() - since > 2.2 and now
  end), kept
end

function nginx:log()
  return peer.read_file(self.directory .. "/error.log")
end

--- For scripts: calls `f`, ends all that was started, and exits with what `f` raised, if anything. LuaJIT's `xpcall` is needed.
function nginx.script(f, ...)
  local fine, problem = xpcall(f, debug.traceback, ...)
  nginx.stop_all()
  peer.stop_all()
  if not fine then
    io.stderr:write(problem, "\n")
    os.exit(1)
  end
end

return nginx
