-- SPDX-License-Identifier: MIT

--- The changes of one system: each waits until the rate allows it and others grant it, is recorded, sent, and its outcome given to the
-- state machine of each of its targets.
-- @module signoff.offboard.executor.acting

local Change_queue = require "signoff.offboard.executor.change_queue"
local core = require "signoff.core"
local exchange = require "signoff.offboard.executor.exchange"
local items = require "signoff.offboard.executor.items"
local machine = require "signoff.signout.state_machine"
local refusals = require "signoff.offboard.executor.refusals"

local acting = {}

-- Stops the system when it refuses all tokens right after they were alive (rule L2).
local function count_token(worker, batch, answer)
  local counts = worker.evidence == "token" and answer and batch[1].item.state.seen
  local why = counts and worker.system:count_token(answer.answer)
  if why then
    worker:stop_alone("refused_at_once", why)
  end
end

-- Takes the outcome of an act, for each of its targets.
local function acted(worker, batch, answer, detail)
  local first = batch[1]
  local delay = detail and worker.system:delay(detail, first.item.state.targets[first.id].tries)
  local outcome, what = exchange.outcome(worker, answer, detail, delay)
  local done, now, at = {}, worker.clock.now(), core.time()
  for _, entry in ipairs(batch) do
    exchange.note_act(entry, what, at)
    Change_queue.finish(entry, done, machine.acted(entry.item.state, entry.id, outcome, entry.item.context, now))
  end
  worker:follow(done)
end

-- An act that may not begin.
local function refused(worker, batch, refusal)
  worker.system:withdrawn()
  if refusal then
    return worker:follow(refusals.follow(worker, batch, refusal))
  end
  exchange.release(worker, batch)
end

-- Whether the next act is asked for only when this one may begin: others decide how many may.
local function is_asking(worker)
  return worker.share.pacing and worker.share.pacing.paced or nil
end

-- Asks for leave to act. Leave that is given too late is not used.
local function granted(worker, batch)
  local grant, refusal = exchange.begin_act(worker, batch)
  if grant and not worker.share:may_send(grant) then
    refusal = exchange.withdraw(worker, batch, grant) and worker.share:put_off(grant) or nil
    grant = nil
  end
  if is_asking(worker) then
    worker.awaiting = nil
  end
  if not grant then
    refused(worker, batch, refusal)
    return nil
  end
  worker:await_change()
  return grant
end

-- Makes one request that changes something. Nothing is sent that the journal did not take: resume would not know of it.
local function change(worker, batch)
  local grant = granted(worker, batch)
  if not grant then
    return
  end
  local answer, detail = exchange.act(worker, batch, grant)
  local recorded = exchange.end_act(worker, batch, grant, answer, detail)
  local ended = worker:heard(detail)
  if not recorded then
    return
  elseif ended then
    exchange.release(worker, batch, detail.sent ~= false)
    return worker:leave(items.of_entries(batch), detail)
  end
  count_token(worker, batch, answer)
  acted(worker, batch, answer, detail)
end

-- Makes a change, while the job of the next one already waits. Where others give leave, it waits until they have.
local function start_change(worker, batch)
  worker.awaiting = #batch > 0 and is_asking(worker) or nil
  if #batch > 0 then
    worker.system:start_act()
    worker.under_way = worker.under_way + 1
    worker:await_change()
    change(worker, batch)
    worker.under_way = worker.under_way - 1
  end
end

--- Makes the next change, when the rate allows it.
function acting.perform(worker, job)
  local seconds = worker.system:until_act()
  if worker.stopped then
    return
  elseif seconds > 0 then
    return worker:put_off(job, seconds)
  end
  local batch, done = worker.changes:take(worker.clock.now(), core.time())
  if #batch > 0 and not worker:may_ask(job) then
    worker.changes:put_back(batch)
  else
    start_change(worker, batch)
  end
  worker:follow(done)
end

return acting
