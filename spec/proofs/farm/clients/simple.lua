-- SPDX-License-Identifier: MIT
--- Workers that speak the SQL of the farm, and nothing else of ours: a process for each system on every host.

local files = require "spec.support.files"
local limits = require "spec.proofs.farm.limits"
local network = require "spec.proofs.farm.network"
local schema = require "spec.proofs.farm.schema"
local simulated = require "spec.support.simulated"
local site = require "spec.proofs.farm.site"

local plain = {}

--- Makes the database.
function plain.init(storm)
  schema.init(storm.servers)
end

local function written(value)
  if type(value) ~= "table" then
    return type(value) == "string" and ("%q"):format(value) or tostring(value)
  end
  local members = {}
  for name, member in pairs(value) do
    members[#members + 1] = ("[%s] = %s"):format(written(name), written(member))
  end
  return "{" .. table.concat(members, ", ") .. "}"
end

local function address()
  return ("http://%s:%d"):format(network.ADDRESS, site.simulator.port)
end

local function items_of(counts)
  local items, tokens = {}, {}
  for _, kind in ipairs(site.kinds) do
    for i = 1, counts[kind] or 0 do
      local n = #items + 1
      local key = site.targets[kind](i)
      items[n] = { n = n, person = "p" .. i, system = kind, action = "logout", target = kind == "jde_ais" and "token-" .. i or key,
        device = kind == "jde_ais" and "PC" .. i or nil }
      if kind == "cisco_em" and i % 17 == 1 then
        items[n].user = ("leaver.%05d"):format(i)
      end
      tokens[n] = kind == "jde_ais" and key or nil
    end
  end
  return items, tokens
end

local clients = {
  cisco_em = { app_id = "offboarding", app_certificate = "em-password", timeout = 5 },
  agvance = { headers = simulated.headers, timeout = 5 }, jde_ais = { timeout = 5 },
}

function plain.prepare(storm)
  local systems = {}
  for i, kind in ipairs(site.kinds) do
    local bears = limits.of(storm.form, kind)
    systems[i] = { name = kind, url = address(), per_window = bears.per_window, at_once = bears.at_once }
    clients[kind].url = address() .. (kind == "cisco_em" and "/emservice/EMServiceServlet" or "")
  end
  local items, tokens = items_of(storm.form.counts)
  files.write(storm.folder .. "/farm.lua", "return " .. written {
    address = network.ADDRESS, ports = storm.servers.ports, user = "storm", database = storm.servers.database,
    claim = storm.form.claim or 2, systems = systems, clients = clients, items = items, tokens = tokens,
  })
end

function plain.commands(storm, host, run)
  local list = {}
  local root = require("spec.support.peer").output_of "pwd"
  for _, kind in ipairs(site.kinds) do
    for _ = 1, storm.form.counts[kind] and (storm.form.workers or 2) or 0 do
      list[#list + 1] = ("sh -c 'cd %s && exec lua5.4 spec/proofs/farm/plain_worker.lua %s %s %s %s'"):format(
        root, storm.folder, host.name, run, kind)
    end
  end
  return list
end

--- Writes a run's journal.
function plain.export(storm, run, path)
  files.write(path, storm.servers:tell(
    ("select body from farm.line l join farm.run r on r.id = l.run where r.name = '%s' order by n"):format(run)) .. "\n")
end

return plain
