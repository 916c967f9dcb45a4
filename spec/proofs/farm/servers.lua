-- SPDX-License-Identifier: MIT
--- Two PostgreSQL servers, a primary and its asynchronous standby, that are killed, stopped, promoted and made again.

local core = require "signoff.core"
local files = require "spec.support.files"
local peer = require "spec.support.peer"

local servers = {}
servers.__index = servers

local USER = "postgres"
local LIMIT = 60 -- seconds that a server may take to start or to end

local SETTINGS = [[
listen_addresses = '%s'
port = %d
unix_socket_directories = '%s'
max_connections = %d
shared_buffers = 64MB
wal_level = replica
wal_keep_size = 256MB
max_wal_senders = 4
wal_receiver_timeout = 5s
wal_retrieve_retry_interval = 200ms
hot_standby = on
synchronous_commit = on
log_min_messages = warning
log_lock_waits = on
deadlock_timeout = 200ms
tcp_keepalives_idle = 2
tcp_keepalives_interval = 1
tcp_keepalives_count = 2
logging_collector = off
]]

local function output(command)
  return peer.output_of(("{ %s; } 2>&1"):format(command))
end

-- The newest of Debian's, or that of the PATH.
local function programs()
  return peer.output_of "ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1"
end

local function free_ports(count)
  local list = {}
  for i = 1, count do
    list[i] = peer.free_port()
  end
  return list
end

-- Before a command: PostgreSQL refuses root.
local AS_USER = ("setpriv --reuid=%s --regid=%s --clear-groups env LC_ALL=C "):format(USER, USER)

local function as_user(self, command)
  return ("cd %s && %s%s"):format(self.directory, AS_USER, command)
end

local function configure(self, index)
  local folder = self.folders[index]
  files.write(folder .. "/signoff.conf", SETTINGS:format(self.address, self.ports[index], self.directory, self.connections))
  os.execute(("chown %s %s/signoff.conf"):format(USER, folder))
end

--- Makes the first server in a fresh directory, and starts it.
-- @tparam string address that it listens on
-- @tparam[opt] table options `connections` (60), `directory` (of an own one), `initdb` (more of its options)
function servers.open(address, options)
  options = options or {}
  local self = setmetatable({ address = address, bin = programs(), directory = options.directory or peer.directory() }, servers)
  self.connections, self.pause = options.connections or 60, core.sleep
  self.ports, self.primary, self.standby = free_ports(2), 1, 2
  self.folders = { self.directory .. "/one", self.directory .. "/two" }
  os.execute(("chmod 755 %s && chown %s %s"):format(self.directory, USER, self.directory))
  local said = output(as_user(self, ("%s/initdb -D %s -A trust -U postgres -E UTF8 --no-sync %s"):format(
    self.bin, self.folders[1], options.initdb or "")))
  assert(files.find(self.folders[1] .. "/PG_VERSION"), said)
  os.execute(("echo \"include 'signoff.conf'\" >> %s/postgresql.conf"):format(self.folders[1]))
  os.execute(("echo 'host all all 10.77.0.0/16 trust\nhost replication all 10.77.0.0/16 trust' >> %s/pg_hba.conf"):format(self.folders[1]))
  configure(self, 1)
  self:start(1)
  return self
end

function servers:postmaster(index)
  return tonumber((files.find(self.folders[index] .. "/postmaster.pid") or ""):match "^%d+")
end

local function is_alive(pid)
  local state = pid and files.find(("/proc/%d/stat"):format(pid))
  return state ~= nil and not state:match "^%d+ %b() Z"
end

--- Its answer to a question, as text without its end; nil where it cannot be asked.
function servers:ask(sql, index, database)
  local path = self.directory .. "/question.sql"
  files.write(path, sql)
  os.execute("chmod 644 " .. path)
  local said = output(("timeout 20 psql -X -q -A -t -v ON_ERROR_STOP=1 -h %s -p %d -U postgres -d %s -f %s; echo =$?"):format(
    self.directory, self.ports[index or self.primary], database or self.database or "postgres", path))
  local text, status = said:match "^(.-)\n?=(%d+)$"
  if status ~= "0" then
    return nil, text
  end
  return text
end

--- The same; raises where it cannot be asked.
function servers:tell(sql, database)
  local text, problem = self:ask(sql, nil, database)
  assert(text, problem)
  return text
end

--- Starts one, and waits until it answers. Memory that a killed one left may keep it from starting for a while.
function servers:start(index)
  index = index or self.primary
  local ends = core.now() + LIMIT
  repeat
    local process = peer.spawn(("%s%s %s/postgres -D %s"):format(AS_USER, peer.with_descriptors(), self.bin, self.folders[index]),
      self.directory)
    repeat
      self.pause(0.05)
      if self:ask("select 1", index, "postgres") then
        return
      end
    until not is_alive(process.pid) or core.now() > ends
    self.said = files.find(process.output)
  until core.now() > ends
  error("PostgreSQL does not start: " .. tostring(self.said))
end

local function processes_of(pid)
  local list = { pid }
  for _, child in ipairs(peer.children(pid)) do
    list[#list + 1] = child
  end
  return list
end

-- Waits as the caller does: a storm goes on meanwhile.
local function wait_for(self, what, f)
  local ends = core.now() + LIMIT
  while not f() do
    assert(core.now() < ends, "waited in vain for " .. what)
    self.pause(0.05)
  end
end

local function wait_for_ends(self, list)
  wait_for(self, "the end of PostgreSQL", function()
    for _, pid in ipairs(list) do
      if is_alive(pid) then
        return false
      end
    end
    return true
  end)
end

-- How a server ends.
local ways = {}

--- All of its processes at once: the machine is gone.
function ways.all(_, list)
  os.execute("kill -9 " .. table.concat(list, " ") .. " 2>/dev/null")
end

--- The postmaster alone: its children notice.
function ways.postmaster(_, list)
  os.execute("kill -9 " .. list[1] .. " 2>/dev/null")
end

--- An immediate stop: no checkpoint, as after a loss of power.
function ways.immediate(_, list)
  os.execute("kill -QUIT " .. list[1] .. " 2>/dev/null")
end

function ways.fast(_, list)
  os.execute("kill -INT " .. list[1] .. " 2>/dev/null")
end

--- Ends a server that way, and waits for that.
function servers:stop(way, index)
  local pid = self:postmaster(index or self.primary)
  if not is_alive(pid) then
    return
  end
  local list = processes_of(pid)
  ways[way](self, list)
  wait_for_ends(self, list)
end

--- Makes the standby anew, from the primary.
function servers:build_standby()
  self:stop("all", self.standby)
  local folder = self.folders[self.standby]
  os.execute("rm -rf " .. folder)
  local copy = peer.spawn(("%stimeout 60 %s/pg_basebackup -h %s -p %d -U postgres -D %s -X stream -R -c fast --no-sync"):format(
    AS_USER, self.bin, self.directory, self.ports[self.primary], folder), self.directory)
  wait_for_ends(self, { copy.pid })
  assert(files.find(folder .. "/standby.signal"), files.find(copy.output))
  configure(self, self.standby)
  self:start(self.standby)
  self:wait_for_standby()
end

local CAUGHT_UP = "select count(*) from pg_stat_replication where state = 'streaming' and replay_lsn >= pg_current_wal_lsn() - 1000000::numeric"

function servers:wait_for_standby()
  wait_for(self, "the standby", function()
    return (tonumber((self:ask(CAUGHT_UP))) or 0) > 0
  end)
end

--- The standby hears nothing from now on.
function servers:lag()
  self.sender = self:tell "select pid from pg_stat_replication"
  os.execute("kill -STOP " .. self.sender)
end

--- The standby hears again.
function servers:go_on()
  os.execute("kill -CONT " .. self.sender)
end

--- The primary is gone, with all that the standby has not heard; the standby takes its place.
function servers:promote()
  self:stop "all"
  self.primary, self.standby = self.standby, self.primary
  assert(self:ask("select pg_promote(true, 30)", nil, "postgres") == "t", "the standby does not become the primary")
end

--- An address for libpq with both servers, whichever takes writes.
function servers:uri(user)
  return ("postgresql://%s@%s:%d,%s:%d/%s?target_session_attrs=read-write&connect_timeout=2"):format(
    user, self.address, self.ports[1], self.address, self.ports[2], self.database)
end

function servers:close()
  for index = 1, 2 do
    pcall(self.stop, self, "all", index)
  end
end

return servers
