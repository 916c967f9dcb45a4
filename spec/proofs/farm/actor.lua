-- SPDX-License-Identifier: MIT
-- One connection that begins and ends changes, one after the other, and writes how long each `begin_act` took.
--
--   actor.lua FOLDER NUMBER

package.path = "./?.lua;" .. package.path
local core = require "signoff.core"
local files = require "spec.support.files"
local json = require "signoff.json"
local wire = require "spec.proofs.farm.wire"

local folder, number = arg[1], tonumber(arg[2])
local farm = dofile(folder .. "/farm.lua")
local connection = assert(wire.open(farm.address, farm.ports, "storm", farm.database, 60))

local function call(f, worker, given)
  local arguments = (worker and ("%.0f, "):format(worker) or "") .. "'" .. json.encode(given):gsub("'", "''") .. "'"
  return json.decode(connection:query(("select farm.%s(%s)"):format(f, arguments))[1])
end

local terms = call("join_run", nil, {
  run = farm.run, digest = "sha256:bench", start = '{"event":"start","version":1}', host = "actor" .. number, pid = number, version = "bench",
  schema = tonumber(connection:query("select farm.schema_version()")[1]), create = true,
  systems = { { name = "bench", kind = "jde_ais", url = "http://bench/" .. farm.run, per_window = 1000000, window = 60, at_once = 100 } },
})
local worker, system = terms.worker, terms.systems.bench.id
if number == 1 then
  local items = {}
  for n = 1, farm.count do
    items[n] = { n = n, system = "bench", target_key = "target " .. n, record = ('{"event":"item","item":{"n":%d}}'):format(n) }
  end
  call("fill", worker, { items = json.list(items), last = true })
end

local jobs = {}
while #jobs < farm.share do
  local answer = call("claim", worker, { system = system, count = farm.share - #jobs })
  for _, job in ipairs(answer.jobs) do
    jobs[#jobs + 1] = job
  end
  if #answer.jobs == 0 then
    core.sleep(0.1)
  end
end
files.write(("%s/ready.%d"):format(folder, number), "")
while not files.find(folder .. "/go") do
  core.sleep(0.005)
end

local times, seq = {}, 0

local function beginning(job)
  seq = seq + 1
  return { f = "begin_act", system = system, jobs = { { job.n, job.epoch } }, targets = { "target " .. job.n },
    record = ('{"event":"intent","items":[%d],"act":"logout"}'):format(job.n), seq = seq }
end

local function ending(job, answer)
  seq = seq + 1
  return { f = "end_act", act = answer.go, sent = true, answer = "accepted", seq = seq,
    record = ('{"event":"result","items":[%d],"answer":"accepted"}'):format(job.n) }
end

-- The end of an act goes with the beginning of the next, as it does in a run; or each goes by itself.
local open
for i, job in ipairs(jobs) do
  local calls = json.list { farm.together and open or nil }
  calls[#calls + 1] = beginning(job)
  local began = core.now()
  local answers = call("calls", worker, calls)
  times[i] = ("%.6f"):format(core.now() - began)
  local answer = answers[#answers]
  assert(answer.go, json.encode(answer))
  open = ending(job, answer)
  if not farm.together then
    call("calls", worker, json.list { open })
  end
end
files.write(("%s/new.%d"):format(folder, number), table.concat(times, "\n") .. "\n")
os.rename(("%s/new.%d"):format(folder, number), ("%s/times.%d"):format(folder, number))
