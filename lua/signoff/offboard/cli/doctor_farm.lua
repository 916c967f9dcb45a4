-- SPDX-License-Identifier: MIT

--- The farm, for `doctor`: whether its server can be reached and keeps what it acknowledges, whether the schema is ours, whether this
-- account may do its work and nothing else, and what is lost where a standby takes over.
-- @module signoff.offboard.cli.doctor_farm

local core = require "signoff.core"
local farm_connection = require "signoff.offboard.cli.farm_connection"

local CLOCKS_DIFFER, WAKES_WITHIN = 60, 3 -- seconds

-- One row with all that the checks need; functions and views that every account may use.
local FACTS = [[
SELECT current_setting('server_version'), session_user::text, coalesce(host(inet_server_addr()), 'a local socket'),
  current_database()::text, pg_is_in_recovery(), (SELECT coalesce(bool_or(s.ssl), false) FROM pg_stat_ssl s WHERE s.pid = pg_backend_pid()),
  inet_server_addr() IS NULL OR inet_server_addr() << inet '127.0.0.0/8' OR inet_server_addr() = inet '::1',
  current_setting('fsync'), current_setting('synchronous_commit'), current_setting('full_page_writes'),
  current_setting('synchronous_standby_names'), (SELECT count(*) FROM pg_stat_replication), extract(epoch FROM clock_timestamp()),
  current_setting('max_connections')::int - (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'),
  (SELECT rolsuper FROM pg_roles WHERE rolname = current_user)]]

local NAMES = { "version", "account", "address", "database", "standby", "tls", "near", "fsync", "synchronous_commit", "full_page_writes",
  "synchronous_standby_names", "standbys", "time", "free", "superuser" }

-- The rights of the account: execute, as a worker and as a reader; and the tables that it may write, which must be none.
local RIGHTS = [[
SELECT has_schema_privilege('farm', 'USAGE'),
  coalesce((SELECT bool_and(has_function_privilege(p.oid, 'EXECUTE')) FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
    WHERE n.nspname = 'farm' AND p.proname IN ('calls', 'join_run', 'lines', 'status')), false),
  coalesce((SELECT string_agg(c.relname::text, ', ' ORDER BY c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = 'farm' AND c.relkind = 'r' AND has_table_privilege(c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE')), '')]]

-- A check gives a state (`"ok"`, `"warn"`, `"fail"`) and a message.
local checks = {}

function checks.reachable(facts)
  local text = ("PostgreSQL %s at %s, database %s, as %s"):format(facts.version, facts.address, facts.database, facts.account)
  if facts.standby == "t" then
    return "fail", text .. ": it is a standby, which takes no writes; name all servers, and target_session_attrs=read-write"
  end
  return "ok", text
end

function checks.TLS(facts)
  if facts.tls == "t" or facts.near == "t" then
    return "ok", facts.tls == "t" and "the connection is encrypted; sslmode=verify-full also checks whom it leads to"
      or "none, on this machine"
  end
  return "warn", "none: names and targets travel readable; use sslmode=verify-full"
end

function checks.durability(facts)
  for _, name in ipairs { "fsync", "synchronous_commit", "full_page_writes" } do
    if facts[name] == "off" then
      return "fail", name .. " is off: a crash of the server loses acts that were acknowledged; set it to on"
    end
  end
  return "ok", "what is acknowledged is on disk (fsync, synchronous_commit, full_page_writes)"
end

function checks.replication(facts)
  local standbys = core.number(facts.standbys)
  if standbys == 0 then
    return "warn", "no standby is connected: a lost disk takes the journals with it"
  elseif facts.synchronous_standby_names == "" or facts.synchronous_commit == "local" then
    return "warn", ("asynchronous, %d standbys: one that takes over may lack the last lines; hosts at work write theirs again, and every "
      .. "system is held for one window; those of a host that is lost, too, are looked up, and their lines are gone"):format(standbys)
  end
  return "ok", ("synchronous (%s): one that takes over has all that was acknowledged"):format(facts.synchronous_standby_names)
end

function checks.clock(facts)
  local differs = core.number(facts.time) - core.time()
  if math.abs(differs) <= CLOCKS_DIFFER then
    return "ok", "as here"
  end
  return "warn", ("%d s %s of this machine: check NTP on both; the farm counts by the server's clock alone, times in evidence are ours")
    :format(math.floor(math.abs(differs)), differs > 0 and "ahead" or "behind")
end

function checks.connections(facts)
  local free = core.number(facts.free)
  return free < 5 and "warn" or "ok", ("%d free; each process needs one"):format(free)
end

-- The same farm, by a connection of its own: a process has one for each URI.
local function second(farm)
  local glue = not farm.uri:find "^postgres[ql]*://" and " " or farm.uri:find("?", 1, true) and "&" or "?"
  return { uri = farm.uri .. glue .. "application_name=signoff-doctor", shown = farm.shown }
end

-- The word of another one must be heard: a connection behind a pool hears itself alone.
local function wakes(connection, farm)
  for _ = 1, 5 do -- what was told before this, or may have been
    if not connection:notified(0.3) then
      break
    end
  end
  local other = farm_connection.open(second(farm))
  local fine, message = other:query("SELECT pg_notify('farm', 'doctor')", {}, WAKES_WITHIN)
  local heard = fine and connection:notified(WAKES_WITHIN)
  other:close()
  if heard then
    return "ok", "a host hears of new work at once"
  end
  return "warn", (not fine and message or "nothing was heard")
    .. ": hosts ask every 2 s instead; a pool in transaction mode lets no notification through"
end

local function schema(connection)
  local known = require("signoff.farm.schema").version
  local rows, message, code = connection:query("SELECT farm.schema_version()", {}, 15)
  if not rows then
    return "fail", message .. ": signoff-offboard farm init creates the schema; GRANT signoff_worker lets this account in", code
  end
  local version = core.number(rows[1][1])
  if version == known then
    return "ok", ("%d, as this signoff knows it"):format(version)
  end
  return "fail", ("%d, and this signoff knows %d: %s"):format(version, known,
    version < known and "run signoff-offboard farm init" or "upgrade signoff on this machine")
end

local function rights(connection, facts)
  local rows, message, code = connection:query(RIGHTS, {}, 15)
  if not rows then
    return "fail", message, code
  end
  local usage, executes, writes = rows[1][1], rows[1][2], rows[1][3]
  if usage ~= "t" or executes ~= "t" then
    return "fail", ("%s may not execute the farm's functions: GRANT signoff_worker TO %s"):format(facts.account, facts.account)
  elseif facts.superuser == "t" or writes ~= "" then
    return "fail", ("%s may write the farm's tables, and so the journals: use an account that has the role signoff_worker alone"):format(
      facts.account)
  end
  return "ok", facts.account .. " may execute the functions, and write no table"
end

local ORDER = { "reachable", "TLS", "durability", "replication", "clock", "connections" }

local function facts_of(row)
  local facts = {}
  for i, name in ipairs(NAMES) do
    facts[name] = row[i]
  end
  return facts
end

local function examine(connection, farm, row)
  local rows, message, code = connection:query(FACTS, {}, 15)
  if not rows then
    return row("reachable", "fail", message, code)
  end
  local facts = facts_of(rows[1])
  for _, check in ipairs(ORDER) do
    row(check, checks[check](facts))
  end
  row("schema", schema(connection))
  row("rights", rights(connection, facts))
  row("wakes", wakes(connection, farm))
end

--- Checks a farm.
-- @tparam table farm as `farm_selection.farm` gives it
-- @treturn {table,...} rows, as those of `doctor`
return function(farm)
  local rows = {}
  local connection = farm_connection.open(farm)
  examine(connection, farm, function(check, state, message, code)
    rows[#rows + 1] = { system = "farm", check = check, state = state, message = message, code = code }
  end)
  connection:close()
  return rows
end
