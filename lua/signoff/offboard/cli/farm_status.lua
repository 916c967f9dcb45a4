-- SPDX-License-Identifier: MIT

--- `farm status`: the hosts at work, the runs, what is open in each system, and what a person must look at.
-- @module signoff.offboard.cli.farm_status

local core = require "signoff.core"
local farm_connection = require "signoff.offboard.cli.farm_connection"
local json = require "signoff.json"
local Text = require "signoff.text"
local time = require "signoff.offboard.time"

local farm_status = {}

local LATE = 120 -- seconds: an act that is open for longer is left by everybody

local function round(seconds)
  return seconds and math.floor(seconds * 10 + 0.5) / 10
end

-- The part of the farm's answer that programs may rely on, with names as everywhere.
local function system_of(row)
  return {
    key = row.key, kind = row.kind, url = row.url, per_window = row.per_window, window = row.window, at_once = row.at_once,
    open = row.open, recent = row.recent, oldest = round(row.oldest), held = round(row.held), stopped = row.stopped,
  }
end

local function hosts_of(run)
  local list = json.list()
  for i, row in ipairs(run.hosts or {}) do
    list[i] = {
      run = run.name, host = row.host, pid = row.pid, version = row.version, joined = row.joined, jobs = row.jobs,
      state = row.silent and "silent" or row.draining and "draining" or "at_work",
    }
  end
  return list
end

local function run_of(row)
  local left = 0
  for _, system in pairs(row.systems or {}) do
    left = left + system.left
  end
  return {
    name = row.name, state = row.state, plan_digest = row.digest, operator = row.operator, lines = row.lines, journal_head = row.head,
    created = row.created, ended = row.ended, left = left, open = row.open,
  }
end

-- Things that a person must look at, each as a sentence.
local function attention_of(found)
  local list, at_work = json.list(), {}
  local function add(format, ...)
    list[#list + 1] = format:format(...)
  end
  for _, host in ipairs(found.hosts) do
    at_work[host.run] = at_work[host.run] or host.state ~= "silent"
    if host.state == "silent" and host.jobs > 0 then
      add("%s is silent in run %s, with %d targets; other hosts take them up", host.host, host.run, host.jobs)
    end
  end
  for _, run in ipairs(found.runs) do
    if not run.ended and not at_work[run.name] then
      add("run %s is open and no host is at work on it: signoff-offboard resume --run %s", run.name, run.name)
    end
  end
  for _, system in ipairs(found.systems) do
    if system.stopped then
      add("%s is stopped (%s: %s): signoff-offboard farm admit '%s' once that is put right", system.key, system.stopped.code,
        system.stopped.why or "no reason was given", system.key)
    end
    if (system.oldest or 0) > LATE then
      add("%s: a change is open for %d s", system.key, system.oldest)
    end
  end
  return list
end

--- Reads the state of a farm.
-- @tparam table farm as `farm_selection.farm` gives it
-- @treturn table `farm`, `server`, `schema`, `now`, lists `hosts`, `runs`, `systems`, `attention`
function farm_status.look(farm)
  local given = farm_connection.status(farm)
  local found = {
    farm = farm.shown, server = given.server, schema = given.schema, now = given.now,
    hosts = json.list(), runs = json.list(), systems = json.list(),
  }
  for i, row in ipairs(given.systems) do
    found.systems[i] = system_of(row)
  end
  for i, row in ipairs(given.runs) do
    found.runs[i] = run_of(row)
    for _, host in ipairs(hosts_of(row)) do
      table.insert(found.hosts, host)
    end
  end
  found.attention = attention_of(found)
  return found
end

-- Words

local function paragraph(title, head, list, row_of)
  if #list == 0 then
    return ("\n%s: none\n"):format(title)
  end
  local rows = { head }
  for i, one in ipairs(list) do
    rows[i + 1] = row_of(one)
  end
  return ("\n%s\n%s\n"):format(title, table.concat(Text.columns(rows), "\n"))
end

local function digits(number)
  return number and core.digits(number) or "-"
end

local function host_row(host)
  return { Text.clean(host.host), digits(host.pid), Text.clean(host.run), host.state:gsub("_", " "), digits(host.jobs),
    time.shown(host.joined), Text.clean(host.version or "-") }
end

local function run_row(run)
  return { Text.clean(run.name), run.state, digits(run.left), digits(run.open), digits(run.lines), time.shown(run.created),
    run.ended and time.shown(run.ended) or "-", Text.clean(run.operator or "-") }
end

local function system_row(system)
  local changes = digits(system.recent + system.open)
  local ceiling = system.per_window
    and ("%s of %s in %s s"):format(changes, digits(system.per_window), digits(system.window)) or "no ceiling"
  local state = system.stopped and "stopped: " .. system.stopped.code
    or system.held and ("held for %s s"):format(digits(system.held)) or "open"
  return { Text.clean(system.kind), Text.clean(system.url), ("%s of %s"):format(digits(system.open), digits(system.at_once)), ceiling,
    system.oldest and digits(system.oldest) .. " s" or "-", Text.clean(state) }
end

--- The same for people.
-- @tparam table found as `look` gives it
-- @treturn string
function farm_status.text(found)
  local text = ("farm: %s, PostgreSQL %s, schema %s\n"):format(found.farm, tostring(found.server), digits(found.schema))
    .. paragraph("Hosts", { "host", "pid", "run", "state", "targets", "joined", "version" }, found.hosts, host_row)
    .. paragraph("Runs", { "run", "state", "left", "open", "lines", "created", "ended", "operator" }, found.runs, run_row)
    .. paragraph("Systems", { "kind", "url", "at once", "changes", "oldest", "state" }, found.systems, system_row)
  if #found.attention > 0 then
    text = text .. "\nTo look at\n  " .. Text.clean_lines(table.concat(found.attention, "\n  ")) .. "\n"
  end
  return text
end

return farm_status
