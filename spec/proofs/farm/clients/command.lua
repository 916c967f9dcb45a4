-- SPDX-License-Identifier: MIT
--- Hosts that run the command, as operators do: the first creates the run, the others join it, and so does each that is started again.

local expected = require "spec.proofs.farm.expected"
local files = require "spec.support.files"
local journal = require "signoff.journal"
local limits = require "spec.proofs.farm.limits"
local network = require "spec.proofs.farm.network"
local peer = require "spec.support.peer"
local schema = require "spec.proofs.farm.schema"
local simulated = require "spec.support.simulated"
local site = require "spec.proofs.farm.site"
local witness = require "spec.proofs.farm.witness"

local command = {}

local ROOT = peer.output_of "pwd"

function command.init(storm)
  schema.init(storm.servers)
end

local clients = {
  cisco_em = [[signoff.cisco_em { url = "%s/emservice/EMServiceServlet", app_id = "offboarding", app_certificate = "em-password" }]],
  agvance = [[signoff.agvance { url = "%s", headers = { %s } }]],
  jde_ais = [[signoff.jde_ais { url = "%s" }]],
}

local function headers()
  local list = {}
  for name, value in pairs(simulated.headers) do
    list[#list + 1] = ("[%q] = %q"):format(name, value)
  end
  return table.concat(list, ", ")
end

local function write_systems(path, form)
  local address = ("http://%s:%d"):format(network.ADDRESS, site.simulator.port)
  local lines = { 'local signoff = require "signoff"', "signoff.defaults { timeout = 5 }", 'return { environment = "storm", systems = {' }
  for _, kind in ipairs(site.kinds) do
    if form.counts[kind] then
      local bears = limits.of(form, kind)
      lines[#lines + 1] = ("%s = { client = %s, concurrency = %d, per_minute = %s, at_once = %d },"):format(kind,
        clients[kind]:format(address, headers()), bears.concurrency, bears.per_window or "false", bears.at_once)
    end
  end
  lines[#lines + 1] = '}, options = { max_people = 100000, max_age = "24h" } }'
  files.write(path, table.concat(lines, "\n") .. "\n")
end

-- A line for a shell that runs the command on a host, with the storm's systems.
local function line(storm, words)
  return ("sh -c 'cd %s && SIGNOFF_CONFIG=%s/systems.lua exec lua5.4 examples/offboard.lua %s'"):format(ROOT, storm.folder, words)
end

local function run_on(storm, host, words)
  local output = peer.output_of(("timeout 120 %s %s 2>&1; echo =$?"):format(network.on(host.name), line(storm, words)))
  local said, status = output:match "^(.-)\n?=(%d+)$"
  return tonumber(status), said
end

command.run_on = run_on

function command.prepare(storm)
  write_systems(storm.folder .. "/systems.lua", storm.form)
  site.write_people(storm.folder .. "/people.csv", storm.form.counts)
  local status, said = run_on(storm, storm.hosts[1], ("plan %s/people.csv --out %s/plan"):format(storm.folder, storm.folder))
  assert(status <= 1, said)
end

-- The members of every line that goes on with a run.
local function run_words(storm, run)
  local rules = site.rules
  return ("--people %s/people.csv --farm \"%s\" --run %s --settle %g --schedule %s --deadline %g"):format(storm.folder,
    storm.uri or storm.servers:uri "storm", run, rules.settle, table.concat(rules.schedule, ","), rules.deadline)
end

function command.commands(storm, host, run)
  return { (host.before or "") .. line(storm, ("apply %s/plan --yes --or-resume %s"):format(storm.folder, run_words(storm, run))) }
end

--- The line of a host without a farm.
function command.alone(storm)
  local rules = site.rules
  return line(storm, ("apply %s/plan --yes --people %s/people.csv --journal %s/own.journal --settle %g --schedule %s --deadline %g"):format(
    storm.folder, storm.folder, storm.folder, rules.settle, table.concat(rules.schedule, ","), rules.deadline))
end

--- The line that goes on with a run.
function command.resume(storm, _, run)
  return line(storm, "resume " .. run_words(storm, run))
end

--- Writes a run's journal, by the command.
function command.export(storm, run, path)
  local status, said = run_on(storm, storm.hosts[1], ("journal export %s --farm \"%s\" --out %s"):format(run, storm.servers:uri "storm", path))
  assert(status == 0, said)
end

local function rows_of(path)
  local rows = {}
  for _, one in assert(journal.read(path)):records() do
    if one.event == "verdict" then
      rows[#rows + 1] = one.row
    end
  end
  return rows
end

-- The verdict on a token whose act was under way when its host was lost: it may have been renewed.
local LOST = { ["unknown moved"] = true }
-- Those where the act's lines are lost as well: the next look finds the target out.
local FORGOTTEN = { ["already_out "] = true, ["unknown moved"] = true }

-- The target as the simulator has it.
local function target_of(name)
  local token = name:match "^jde_ais .*@PC(%d+)"
  return (token and site.targets.jde_ais(tonumber(token)) or name:match " (%S+)"):lower()
end

local function differences(found, wanted, forgotten)
  local list, lost = {}, 0
  for name, verdict in pairs(wanted) do
    local other = found[name]
    if other ~= verdict and (LOST[other] and name:find "^jde_ais " or FORGOTTEN[other] and forgotten[target_of(name)]) then
      lost = lost + 1
    elseif other ~= verdict then
      list[#list + 1] = ("%s: %s, in a run that nobody disturbs %s"):format(name, tostring(other), verdict)
    end
  end
  return list, lost
end

--- Judges a run by its exported journal and by the command's own check of it.
function command.judge(storm, run, path, list, add)
  local status, said = run_on(storm, storm.hosts[1], ("report %s --check"):format(path))
  add(status > 3 and said, "report --check takes the exported journal")
  if storm.wanted and not storm.form.unlike and not storm.form.partial then
    local others, lost = differences(expected.of(rows_of(path)), storm.wanted, witness.forgotten(list, storm.log))
    add(others, "the verdicts of %s are those of a run that nobody disturbs, but for %d whose host was lost with the reply", run, lost)
  end
end

return command
