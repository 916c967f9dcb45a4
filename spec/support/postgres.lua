-- SPDX-License-Identifier: MIT
--- A real PostgreSQL in a directory of its own, as another user than root (initdb refuses root), on a unix socket, and on a loopback port
-- where one is asked for. Everything that was started ends with `postgres.stop_all`, for after_each, before `peer.stop_all`; and by itself
-- after 15 minutes.

local core = require "signoff.core"
local peer = require "spec.support.peer"

local postgres = {}
postgres.__index = postgres

postgres.BIN = "/usr/lib/postgresql/15/bin"
postgres.AS_USER = "setpriv --reuid postgres --regid postgres --clear-groups"

local SUPERUSER = "postgres"
local LIMIT = 900 -- seconds until a server ends by itself

local running = {}

local function run(command)
  local output = peer.output_of(command .. " 2>&1; echo =$?")
  local text, status = output:match "^(.-)\n?=(%d+)$"
  assert(status == "0", command .. ": " .. text)
  return text
end

local function own_directory()
  local directory = peer.directory()
  run(("chown postgres: %s && chmod 711 %s"):format(directory, directory))
  return directory
end

local function init(directory)
  run(("cd %s && %s %s/initdb -D %s/data --no-sync --wal-segsize=1 -A trust -U %s -E UTF8 --locale=C"):format(
    directory, postgres.AS_USER, postgres.BIN, directory, SUPERUSER))
end

-- A cluster as initdb makes it, copied: that is much faster. All copies have one system identifier.
local function copy_template(directory)
  local template = (os.getenv "BUILD" or "build") .. "/postgresql-15-small"
  if not peer.read_file(template .. "/PG_VERSION") then
    local made = own_directory()
    init(made)
    run(("mkdir -p $(dirname %s) && cp -a %s/data %s.$$ && { mv -T %s.$$ %s || rm -r %s.$$; }"):format(
      template, made, template, template, template, template))
  end
  run(("cp -a %s %s/data"):format(template, directory))
end

local function settings_of(self, options)
  local lines = {
    ("unix_socket_directories = '%s'"):format(self.directory), ("port = %d"):format(self.port),
    ("listen_addresses = '%s'"):format(options.port and "127.0.0.1" or ""), "max_connections = 60", "shared_buffers = 32MB",
    "wal_level = replica", "max_wal_size = 64MB", "min_wal_size = 32MB", "max_wal_senders = 5", "hot_standby = on", "log_line_prefix = '%m [%p] '", "timezone = UTC",
  }
  if not options.durable then
    lines[#lines + 1] = "fsync = off"
  end
  for name, value in pairs(options.settings or {}) do
    lines[#lines + 1] = ("%s = '%s'"):format(name, value)
  end
  return table.concat(lines, "\n") .. "\n"
end

-- The postmaster, when it serves.
local function postmaster(self)
  local lines = {}
  for line in (peer.read_file(self.data .. "/postmaster.pid") or ""):gmatch "([^\n]*)\n" do
    lines[#lines + 1] = line
  end
  local state = lines[8] or ""
  return state:find "^ready" and tonumber(lines[1]) or state:find "^standby" and tonumber(lines[1])
end

local function exists(pid)
  local state = peer.read_file(("/proc/%d/stat"):format(pid))
  return state ~= nil and not state:match "^%d+ %b() Z"
end

--- Starts a server that was made, and waits until it serves.
function postgres:begin()
  os.remove(self.data .. "/postmaster.pid") -- of one that was killed
  self.process = peer.spawn(("%s timeout --kill-after=5 %d %s %s/postgres -D %s"):format(
    peer.with_descriptors(), self.options.limit or LIMIT, postgres.AS_USER, postgres.BIN, self.data), self.directory)
  self.output = self.process.output
  local found = peer.wait_for("PostgreSQL", function()
    return postmaster(self) or not exists(self.process.pid) and "ended"
  end)
  assert(found ~= "ended", "PostgreSQL does not start: " .. tostring(peer.read_file(self.output)))
  self.pid = found
  return self
end

local function new(options)
  local directory = options.directory or own_directory()
  local self = setmetatable({ directory = directory, data = directory .. "/data", options = options }, postgres)
  self.port = options.port and (type(options.port) == "number" and options.port or peer.free_port()) or 5432
  running[#running + 1] = self
  return self
end

--- Makes a server and starts it.
-- @tparam[opt] table options `durable` (fsync is on), `port` (true: on 127.0.0.1 as well), `settings` (a table), `fresh` (a system
-- identifier of its own; else all have the same), `limit` (seconds until it ends by itself), `directory` (that postgres owns: nothing is removed with it)
-- @treturn table `directory` (of its socket), `port`, `data`, `pid` of the postmaster, `output`
function postgres.start(options)
  options = options or {}
  local self = new(options)
  if options.fresh then
    init(self.directory)
  else
    copy_template(self.directory)
  end
  peer.write_file(self.data .. "/postgresql.conf", settings_of(self, options))
  return self:begin()
end

--- A standby that follows a primary.
-- @tparam[opt] table options those of `start`, and `name`: its application_name, for `synchronous_standby_names`
function postgres.standby(primary, options)
  options = options or {}
  local self = new(options)
  run(("cd %s && %s %s/pg_basebackup -D %s -R -X stream --checkpoint=fast -d '%s'"):format(self.directory, postgres.AS_USER, postgres.BIN,
    self.data, primary:uri("postgres", nil, options.name)))
  peer.write_file(self.data .. "/postgresql.conf", settings_of(self, options))
  return self:begin()
end

--- Ends the replication of a standby: what its primary commits from now on is lost when it is promoted.
function postgres:detach()
  self:sql "ALTER SYSTEM SET primary_conninfo = ''"
  self:sql "SELECT pg_reload_conf()"
  peer.wait_for("the end of a replication", function()
    return self:sql "SELECT count(*) FROM pg_stat_wal_receiver" == "0"
  end)
end

--- Makes a standby the primary of a history of its own.
function postgres:promote()
  assert(self:sql "SELECT pg_promote()" == "t")
end

--- Waits until a standby has all that its primary has committed.
function postgres:catch_up(primary)
  local wanted = primary:sql "SELECT pg_current_wal_lsn()"
  peer.wait_for("a standby", function()
    return self:sql(("SELECT pg_last_wal_replay_lsn() >= '%s'"):format(wanted)) == "t"
  end)
end

-- Ends -------------------------------------------------------------------------------------------------------------------------

--- The processes of a server: the postmaster first.
function postgres:processes()
  local list = { self.pid }
  for _, child in ipairs(peer.children(self.pid)) do
    list[#list + 1] = child
  end
  return list
end

function postgres:signal(name, pids)
  os.execute(("kill -%s %s 2>/dev/null"):format(name, table.concat(pids or self:processes(), " ")))
end

local function wait_for_end(self, pids)
  peer.wait_for("the end of PostgreSQL", function()
    for _, pid in ipairs(pids) do
      if exists(pid) then
        return false
      end
    end
    return true
  end)
  self.pid = nil
end

--- Ends a server: "fast" (by default), "immediate" (as after a loss of power, with what is on the disk), or "kill" (all of its processes
-- at once).
function postgres:stop(how)
  if self.pid then
    local pids = self:processes()
    self:signal("CONT", pids)
    self:signal(({ immediate = "QUIT", kill = "KILL" })[how] or "INT", how == "kill" and pids or { self.pid })
    wait_for_end(self, pids)
  end
end

--- Ends it that way, and starts it again.
function postgres:restart(how)
  self:stop(how)
  return self:begin()
end

--- Stops all of its processes where they are; `thaw` lets them go on.
function postgres:freeze()
  self:signal "STOP"
end

function postgres:thaw()
  self:signal "CONT"
end

--- For after_each, before `peer.stop_all`: kills all that was started.
function postgres.stop_all()
  local list = running
  running = {}
  for _, one in ipairs(list) do
    if one.pid or one.process then
      local children = one.pid and one:processes() or {}
      children[#children + 1] = one.process and one.process.pid
      one:signal("KILL", children)
      one.pid, one.process = nil, nil
    end
  end
end

-- Use --------------------------------------------------------------------------------------------------------------------------

--- The text that libpq takes to connect, by the socket; or by TCP where `over_tcp`.
function postgres:uri(database, role, application, over_tcp)
  return ("host=%s port=%d dbname=%s user=%s%s"):format(over_tcp and "127.0.0.1" or self.directory, self.port, database or "postgres",
    role or SUPERUSER, application and " application_name=" .. application or "")
end

local asked = 0

local function psql(uri, text, flags)
  asked = asked + 1
  local path = os.tmpname()
  peer.write_file(path, text)
  local output = peer.output_of(("PGOPTIONS='-c client_min_messages=warning' %s/psql -X -A -t -q %s -v ON_ERROR_STOP=1 -f %s '%s' 2>&1; echo =$?"):format(
    postgres.BIN, flags or "", path, uri)) -- not the Perl in /usr/bin
  os.remove(path)
  local answer, status = output:match "^(.-)\n?=(%d+)$"
  return answer, status == "0"
end

--- Executes SQL and gives the rows as text, without headings; raises where it fails.
-- @tparam string text
-- @tparam[opt] string database
-- @tparam[opt] string role
function postgres:sql(text, database, role)
  local answer, fine = psql(self:uri(database, role), text)
  if not fine then
    error(answer, 2)
  end
  return answer
end

--- The same; nil and the message where it fails.
function postgres:try(text, database, role)
  local answer, fine = psql(self:uri(database, role), text, "-v VERBOSITY=verbose")
  if fine then
    return answer
  end
  return nil, answer
end

--- Executes SQL at any address.
-- @treturn ?string rows; nil and a message
function postgres.ask(uri, text)
  local answer, fine = psql(uri, text, "-v VERBOSITY=verbose")
  if fine then
    return answer
  end
  return nil, answer
end

--- Makes a database with the farm's schema in it.
-- @tparam string name
-- @tparam[opt] number scale of windows, leases and heartbeats: 0.1 makes them ten times shorter
function postgres:farm(name, scale)
  self:sql(("CREATE DATABASE %s"):format(name))
  self:sql((require("signoff.farm.installer").script {}), name)
  if scale then
    self:sql(("UPDATE farm.setting SET value = CASE name WHEN 'window_scale' THEN %g WHEN 'grant' THEN value ELSE value * %g END"):format(scale, scale), name)
  end
  return name
end

-- Sessions -----------------------------------------------------------------------------------------------------------------------

local session = {}
session.__index = session

--- A connection that stays: several of them at once are several hosts.
function postgres:session(database, role, uri)
  asked = asked + 1
  local pipe = ("%s/session-%d"):format(self.directory, asked)
  run(("mkfifo %s"):format(pipe))
  local process = peer.spawn(("env PGOPTIONS='-c client_min_messages=warning' %s/psql -X -A -t -q '%s'"):format(
    postgres.BIN, uri or self:uri(database, role)), self.directory, "<>" .. pipe)
  local input = assert(io.open(pipe, "w"))
  input:setvbuf "no"
  return setmetatable({ process = process, input = input, asked = 0, from = 1 }, session)
end

--- Sends SQL without waiting for the answer.
function session:send(text)
  self.asked = self.asked + 1
  self.input:write(text, ";\n\\echo =", self.asked, "\n")
end

-- The answer to the last that was sent, when it is there.
local function answered(self)
  local output = peer.read_file(self.process.output) or ""
  local answer, after = output:sub(self.from):match("^(.-)=" .. self.asked .. "\n()")
  if answer then
    self.from = self.from + after - 1
  end
  return answer and answer:gsub("%s+$", "")
end

--- The answer to the last that was sent; waits for it that long at most (by default two minutes).
function session:answer(seconds)
  return peer.wait_for("an answer of PostgreSQL", function()
    return answered(self)
  end, seconds)
end

--- Whether the last that was sent is answered after so many seconds: false while it waits for a lock.
function session:waits(seconds)
  core.sleep(seconds or 0.2)
  local output = peer.read_file(self.process.output) or ""
  return not output:sub(self.from):find("=" .. self.asked .. "\n", 1, true)
end

--- Sends SQL and gives the answer.
function session:sql(text)
  self:send(text)
  return self:answer()
end

function session:close()
  self.input:close()
  self.process:stop()
end

return postgres
