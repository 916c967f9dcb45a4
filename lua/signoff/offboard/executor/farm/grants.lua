-- SPDX-License-Identifier: MIT

--- Grants of a farm: each change of a share is asked for. One commit of the server decides whether the job is still this process's,
-- whether there is room and whether it is its turn, and records the intent.
-- @module signoff.offboard.executor.farm.grants

local grants = {}

-- Seconds until the next question after a grant that came too late, and at most; how many of these in a row stop the system.
local PAUSE, LONGEST_PAUSE = 0.5, 30
local MOST_LATE = 10

-- The key of the target of an entry. That of the target which its plan names may be there already.
local function key_of(share, entry)
  local item = entry.item
  return entry.id == item.context.target.id and item.key or share.key(entry.id)
end

-- The server's list of targets; one that stands twice in a request is told apart.
local function targets_of(share, batch)
  local jobs, keys, known = {}, {}, {}
  for i, entry in ipairs(batch) do
    local key, job = key_of(share, entry), entry.item.job
    while known[key] do
      key = key .. " (again)"
    end
    known[key], keys[i], jobs[i] = true, key, { job.n, job.epoch }
  end
  return jobs, keys
end

--- Closes what another process left open on the targets of these jobs, which were looked at since.
function grants.recover(share, jobs)
  local lost = {}
  for _, job in ipairs(jobs) do
    lost[#lost + 1] = job.begun and job or nil
  end
  if #lost == 0 then
    return
  end
  local answer = share.session:ask("recover", { jobs = share.claims.pairs_of(lost) })
  for _, job in ipairs(answer and answer.recovered and lost or {}) do
    job.begun = false
  end
end

local function jobs_in(batch)
  local list, known = {}, {}
  for _, entry in ipairs(batch) do
    local job = entry.item.job
    if not known[job] then
      known[job], list[#list + 1] = true, job
    end
  end
  return list
end

-- The numbers of the jobs of a request that others have, as far as is known here; false stands for one that is not known any more.
local function dropped_in(batch)
  local set
  for _, entry in ipairs(batch) do
    local job = entry.item.job
    if not job or job.dropped then
      set = set or {}
      set[job and job.n or false] = true
    end
  end
  return set
end

-- Why an act may not begin, for the worker.
local function refusal_of(share, answer)
  if answer.fenced then
    return { fenced = share.claims:drop(answer.fenced) }
  elseif answer.held then
    share:hold(answer.held)
  end
  local seconds = share.pacing:heed(answer)
  if seconds then
    return { wait = seconds }
  end
  return { busy = answer.busy, stopped = answer.stopped }
end

local function granted(share, answer, asked, before)
  share.session.outbox:acknowledge(asked.seq, { asked.record })
  share.coordinator.in_flight = share.coordinator.in_flight + 1
  local terms = share.coordinator.terms
  return { act = answer.go, asked = before, seconds = terms.lease - terms.grant }
end

-- Whether the server has begun an act or not is not known: it is asked once more, and what was begun is ended unsent.
local function resolve(share, asked, record)
  if not share.session:wait_back() then
    return nil, share.session.ended
  end
  local answer = share.session:ask("begin_act", asked)
  if answer and answer.go then
    grants.withdraw(share, granted(share, answer, asked), record.items)
    return nil, { wait = 0 }
  elseif answer then
    return nil, refusal_of(share, answer)
  end
  return resolve(share, asked, record)
end

-- Seconds since the oldest look that the act rests on was asked for, by the clock that says more: another run may have acted since.
local function age_of(share, batch)
  local clock, age = share.doer.clock, 0
  local now, wall = clock.now(), clock.time()
  for _, entry in ipairs(batch) do
    local looked = entry.item.state.looked
    age = math.max(age, now - looked.asked, looked.asked_wall and wall - looked.asked_wall or 0)
  end
  return age
end

--- Asks whether an act may begin, and records its intent.
-- @tparam table share
-- @tparam {table,...} batch entries of the act: `item`, `id`
-- @tparam table record
-- @treturn ?table a grant
-- @return where there is none a refusal, or a message where the run is at its end
function grants.begin_act(share, batch, record)
  local dropped = dropped_in(batch)
  if dropped then
    return nil, { fenced = dropped }
  end
  grants.recover(share, jobs_in(batch))
  local jobs, keys = targets_of(share, batch)
  local text, seq, before = share.coordinator:encode(record), share.session.outbox:number(1), share.session.clock()
  local asked = { system = share.id, jobs = jobs, targets = keys, record = text, seq = seq, looked = age_of(share, batch) }
  local answer = share.session:ask("begin_act", asked)
  if not answer then
    return resolve(share, asked, record)
  elseif not answer.go then
    return nil, refusal_of(share, answer)
  end
  return granted(share, answer, asked, before)
end

--- Whether a grant is young enough to send the act. Those that are not are counted.
function grants.may_send(share, grant)
  grant.age = share.session.clock() - grant.asked
  local may_send = grant.age <= share.coordinator.terms.grant
  share.late = may_send and 0 or share.late + 1
  return may_send
end

--- Refuses an act whose grant came too late. The server is asked again after a pause that grows; one that stays slow stops the system here.
-- @tparam table share
-- @tparam table grant
-- @treturn table the refusal
function grants.put_off(share, grant)
  if share.late >= MOST_LATE then
    share.doer:stop_alone("slow", ("the farm's server answers too slowly (%d ms)"):format(math.floor(grant.age * 1000)))
  end
  return { wait = share.pacing:heed { wait = math.min(PAUSE * 2 ^ (share.late - 1), LONGEST_PAUSE) } }
end

--- Records what came of an act. Its number goes as a text: many have 15 digits, and a number of 15 digits takes long to write.
-- @tparam table grant
-- @tparam table record
-- @treturn ?boolean true; nil and a message where it was not taken
function grants.end_act(share, grant, record)
  share.coordinator.in_flight = share.coordinator.in_flight - 1
  local text = share.coordinator:encode(record)
  local answer, message = share.session:send("end_act", {
    act = ("%.0f"):format(grant.act), sent = record.sent ~= false, answer = record.answer, record = text,
  }, { text })
  if answer and answer.missing then -- the server lost the act, and gets its records again, the result with them
    share.session:repeat_recent()
  end
  return answer and true, message
end

--- Ends an act that was granted and is not sent.
-- @tparam table grant
-- @tparam {number,...} numbers of its items
-- @treturn ?boolean true; nil and a message where it was not taken
function grants.withdraw(share, grant, numbers)
  return grants.end_act(share, grant, {
    event = "result", items = numbers, code = "cancelled", message = "the farm's answer came too late: it was not sent", sent = false,
    retriable = true,
  })
end

--- Closes each act of a silent process on a target that was looked at.
-- @tparam table item
-- @tparam string key of the target
function grants.recover_silent(share, item, key)
  share.session:ask("recover", { system = share.id, targets = { key }, jobs = share.claims.pairs_of { item.job } })
end

return grants
