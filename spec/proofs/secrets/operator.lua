-- SPDX-License-Identifier: MIT
-- `lua operator.lua FOLDER`: a night of an operator whose systems send back every secret that they are given, each time in another
-- encoding. All that the command prints, logs and writes is left in the folder, but for FOLDER/private: the list, with its tokens,
-- and what is left of it. Fails where the systems were not heard, or where a file is not its owner's alone.

package.path = "examples/simulator/?.lua;" .. package.path
local encodings = require "spec.support.encodings"
local simulator = require("control").open()
local sorted_names = require "spec.support.sorted_names"

local folder = assert(arg[1], "usage: operator.lua FOLDER")
local list, journal = folder .. "/private/leavers.csv", folder .. "/journal"

-- The words of each system beside a secret, and where. Its login is refused with it, or a target.
local systems = {
  { name = "cisco_em", secret = "CISCO_EM_APP_CERTIFICATE", operation = "logout", status = 200,
    body = function(text) return '<response><failure><error code="18">' .. encodings.xml(text) .. "</error></failure></response>" end },
  { name = "isymphony", secret = "ISYMPHONY_PASSWORD", operation = "set_status", status = 400, body = function(text) return text end },
  { name = "agvance", secret = "AGVANCE_API_KEY", operation = "logout", status = 400,
    body = function(text) return ('{"Status":"1","Count":"0","Message":"%s"}'):format(encodings.json(text)) end },
  { name = "oracle_commerce", operation = "logout", status = 400,
    body = function(text) return ('{"errorCode":"85004","message":"%s"}'):format(encodings.json(text)) end },
  { name = "jde_ais", operation = "logout", status = 400, most = 4, backwards = true, -- more of them, and it is left in peace for half a minute
    body = function(text) return ('{"message":"%s","status":"%s"}'):format(encodings.json(text), encodings.json(text)) end },
}

local function must(holds, what, ...)
  if not holds then
    error(what:format(...), 0)
  end
end

-- Runs the command with its output in a file, and as open a umask as there is.
local function run(name, wanted, words)
  local line = ("umask 0; %s examples/offboard.lua %s > %s/%s.out 2>&1; echo $?"):format(arg[-1], words, folder, name)
  local pipe = assert(io.popen(line))
  local status = pipe:read "*n"
  pipe:close()
  must(status == wanted, "%s ended with %s, not with %d; see its output", name, tostring(status), wanted)
end

local names = sorted_names(encodings.all)

-- A request that changes something is answered once with its token, or with the system's credential, in an encoding.
local function fault_of(system, secret, target, encoding)
  return { system = system.name, operation = system.operation, target = target, fault = "status", status = system.status,
    body = system.body("refused: " .. encodings.all[encoding](secret)), times = 1 }
end

local function echo()
  local faults = {}
  for _, system in ipairs(systems) do
    local state, own = simulator.state(system.name), os.getenv(system.secret or "")
    local tokens = not own and (state.tokens or state.sessions)
    for i = 1, math.min(system.most or #names, tokens and #tokens or #names) do
      local target = tokens and tokens[i].token or nil
      faults[#faults + 1] = fault_of(system, own or target, target, names[system.backwards and #names + 1 - i or i])
    end
  end
  simulator.faults(faults)
end

local function mode_of(path)
  local pipe = assert(io.popen("stat -c %a " .. path))
  local mode = pipe:read "*l"
  pipe:close()
  return mode
end

local function count_in(name, text)
  local file = assert(io.open(folder .. "/" .. name, "rb"))
  local _, count = file:read "*a":gsub(text, "")
  file:close()
  return count
end

os.execute(("mkdir -m 700 %s/private && install -m 600 examples/leavers.csv %s"):format(folder, list))
simulator.reset()
run("doctor", 0, "doctor")
run("status", 0, "status " .. list)
run("plan", 0, ("plan %s --out %s/plan"):format(list, folder))
echo()
run("apply", 1, ("apply %s/plan --people %s --journal %s --settle 0.2 --deadline 3 --max-fail 100 --failed %s/private/failed.csv --yes"):format(
  folder, list, journal, folder))
for _, format in ipairs { "text", "json", "csv" } do
  run("report." .. format, 0, ("report %s --check --format %s"):format(journal, format))
end
run("failed", 0, ("report %s --failed %s/failed.csv"):format(journal, folder))
simulator.clear_faults()
run("undo", 0, ("undo %s --journal %s/undo.journal"):format(journal, folder))
run("wrong", 2, "plan spec/nowhere.csv")
for _, name in ipairs { "plan", "journal", "undo.journal", "failed.csv", "private/failed.csv" } do
  must(mode_of(folder .. "/" .. name) == "600", "%s is not its owner's alone", name)
end
local masked = count_in("journal", "%*%*%*")
must(masked >= 20, "only %d secrets were masked in the journal: were the systems heard?", masked)
print(("%d secrets were sent back and are masked in the journal; five files are their owner's alone"):format(masked))
