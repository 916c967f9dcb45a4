-- SPDX-License-Identifier: MIT
-- A worker of a farm that speaks its SQL and nothing else of ours but the clients of systems: one target at a time, blocking.
-- It judges the functions of the schema apart from the executor.
--
--   plain_worker.lua FOLDER HOST RUN SYSTEM
--
-- FOLDER/farm.lua says where the servers and the systems are, and lists the items.

package.path = "./?.lua;" .. package.path
local core = require "signoff.core"
local json = require "signoff.json"
local signoff = require "signoff"
local wire = require "spec.proofs.farm.wire"

local folder, host, run, name = arg[1], arg[2], arg[3], arg[4]
local farm = dofile(folder .. "/farm.lua")
local me = { seq = 0, kept = {}, holds = 0 }
local connection

local function literal(value)
  return "'" .. json.encode(value):gsub("'", "''") .. "'"
end

local function log(...)
  io.stderr:write(("%.3f "):format(core.time()), table.concat({ ... }, " "), "\n")
end

local function connect()
  local opened = wire.open(farm.address, farm.ports, farm.user, farm.database, 2)
  if not opened then
    core.sleep(0.1)
    return
  end
  if me.worker then
    local said = json.decode(opened:query(("select farm.reattach(%.0f, %s)"):format(me.worker, literal {
      seq = me.acknowledged or 0, identity = me.identity }))[1])
    log("reattached", json.encode(said))
    me.identity = said.identity
    local lost = {}
    for seq, record in pairs(me.kept) do
      if said.have and seq > said.have then
        lost[#lost + 1] = { seq = seq, record = record }
      end
    end
    table.sort(lost, function(a, b) return a.seq < b.seq end)
    for _, one in ipairs(lost) do
      opened:query(("select farm.append(%.0f, %s)"):format(me.worker, literal { records = { one.record }, seq = one.seq }))
    end
  end
  connection = opened
end

-- Calls a function until the farm answers. Gives the answer, and the seconds since before the question that was answered.
local function call(f, given)
  while true do
    if not connection then
      pcall(connect)
    end
    if connection then
      local began = core.now()
      local sql = f == "join_run" and ("select farm.join_run(%s)"):format(literal(given))
        or ("select farm.%s(%.0f, %s)"):format(f, me.worker, literal(given))
      local fine, rows = pcall(connection.query, connection, sql)
      if fine then
        return json.decode(rows[1]), core.now() - began
      end
      log(f, tostring(rows.away or rows.sqlstate), tostring(rows.message))
      if rows.sqlstate and not rows.sqlstate:find "^57" and not rows.sqlstate:find "^08" and rows.sqlstate ~= "25006" then
        error(f .. ": " .. rows.message, 0)
      end
      connection:close()
      connection = nil
    end
  end
end

local function numbered(record)
  me.seq = me.seq + 1
  local text = json.encode(record)
  me.kept[me.seq] = text
  return text, me.seq
end

local function systems_of()
  local list = {}
  for _, system in ipairs(farm.systems) do
    list[#list + 1] = { name = system.name, kind = system.name, url = system.url, per_window = system.per_window, window = 60,
      at_once = system.at_once }
  end
  return json.list(list)
end

local function join()
  local answer = call("join_run", { run = run, digest = "sha256:" .. run, start = json.encode { event = "start", version = 1, at = core.time() },
    host = host, pid = 0, version = "plain", operator = "storm", systems = systems_of(), create = true })
  if answer.refused then
    log("refused", answer.refused, answer.message)
    os.exit(answer.refused == "over" and 0 or 3)
  end
  me.worker, me.identity = answer.worker, answer.identity
  me.heartbeat, me.grant, me.poll = answer.heartbeat, answer.grant, answer.poll
  me.system = answer.systems[name].id
  me.state = answer.state
end

local function fill()
  local items = {}
  for _, item in ipairs(farm.items) do
    items[#items + 1] = { n = item.n, system = item.system, target_key = item.target, record = json.encode { event = "item", item = item } }
  end
  call("fill", { items = json.list(items), last = true })
end

local client = signoff[name](farm.clients[name])

-- Whether anybody is in: true, false; nil where that is not known.
local readers = {}

function readers.cisco_em(item)
  local found = client:status(item.target)
  return found and found.active and (not item.user or found.user == item.user), found and found.state ~= "unknown"
end

function readers.agvance(item)
  local found = client:status(item.target)
  return found and found.active, found and found.active ~= nil
end

function readers.jde_ais(item)
  local found = client:status { token = farm.tokens[item.n], device = item.device }
  return found and found.active, found and found.active ~= nil
end

local changes = {}

function changes.cisco_em(item)
  return client:logout(item.target)
end

changes.agvance = changes.cisco_em

function changes.jde_ais(item)
  return client:logout { token = farm.tokens[item.n], device = item.device }
end

local renewed = 0

local function renew()
  if core.now() - renewed >= me.heartbeat then
    renewed = core.now()
    local key = tostring(me.system)
    local answer = call("renew", { in_use = { [key] = 0 }, want = { [key] = 1 } })
    me.slots = answer["places"] and (answer["places"][key] or answer["places"][me.system]) or 0
    if answer.unknown then
      log "unknown"
      os.exit(4)
    end
    return answer
  end
end

local function verdict(job, item, word)
  local text, seq = numbered { event = "verdict", item = item.n, row = { item = item.n, verdict = word, target = item.target } }
  local answer = call("finish", { jobs = { { job.job, job.epoch } }, records = { text }, seq = seq })
  me.acknowledged = me.seq
  if answer.fenced and #answer.fenced > 0 then
    me.kept[seq] = nil
  end
end

-- Asks until that is clear, or the target's time is over.
local function look(item)
  for _ = 1, 20 do
    local alive, known = readers[name](item)
    if known then
      return alive
    end
    core.sleep(0.2)
  end
end

local function ask_to_begin(job, item, seen)
  while true do
    local text, seq = numbered { event = "intent", items = { item.n }, act = "logout", attempt = 1 }
    local answer, age = call("begin_act", { system = me.system, jobs = { { job.job, job.epoch } }, targets = { item.target }, record = text,
      seq = seq, looked = core.now() - seen })
    me.acknowledged = me.seq
    if answer.go and age < me.grant then
      return answer
    end
    if answer.go then
      local result, after = numbered { event = "result", items = { item.n }, error = "too late" }
      call("end_act", { act = answer.go, sent = false, record = result, seq = after })
      return nil, "again"
    end
    me.kept[seq] = nil
    local pause = answer.wait or answer.held
    if not pause then
      return nil, answer.fenced and "fenced" or answer.busy and "busy" or "stopped"
    end
    core.sleep(math.min(pause, 0.5))
    renew()
    if pause > 1 or core.now() - seen > 2 then
      return nil, "again"
    end
  end
end

local function act(job, item, answer)
  local reply, message = changes[name](item)
  local text, seq = numbered { event = "result", items = { item.n }, answer = reply and (reply.answer or "accepted") or nil,
    error = message }
  call("end_act", { act = answer.go, sent = true, answer = reply and "accepted" or "failed", record = text, seq = seq })
  me.acknowledged = me.seq
  return job
end

local function work(job)
  local item, acted = farm.items[job.n], false
  if job.begun then
    call("history", { jobs = { job.job } })
  end
  for _ = 1, 12 do
    renew()
    local seen = core.now()
    local alive = look(item)
    if job.begun then
      call("recover", { jobs = { { job.job, job.epoch } } })
    end
    if not alive then
      return verdict(job, item, (acted or job.begun) and "ended" or "already_out")
    elseif acted then
      break
    end
    local answer, why = ask_to_begin(job, item, seen)
    if answer then
      act(job, item, answer)
      acted = true
    elseif why == "fenced" then
      return
    elseif why == "busy" then
      core.sleep(0.3)
    end
  end
  verdict(job, item, "failed")
end

join()
if me.state == "filling" then
  fill()
end
while true do
  local answer = renew() or {}
  if answer.over then
    break
  end
  if (me.slots or 0) > 0 then
    local claimed = call("claim", { system = me.system, count = farm.claim })
    for _, job in ipairs(claimed.jobs or {}) do
      work(job)
    end
    if claimed.left == 0 then
      if call("end_run", { record = json.encode { event = "end", exit = 0, at = core.time() } }).ended then
        break
      end
    end
    if #(claimed.jobs or {}) == 0 then
      core.sleep(0.2)
    end
  else
    core.sleep(0.2)
  end
end
call("leave", {})
