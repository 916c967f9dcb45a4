-- SPDX-License-Identifier: MIT

--- `watch --status`: what waits, what is held, what was done, and what nobody could be found for.
-- @module signoff.offboard.cli.watch_status

local backlog = require "signoff.receiver.backlog"
local core = require "signoff.core"
local ending = require "signoff.offboard.cli.exit"
local json = require "signoff.json"
local ledger = require "signoff.offboard.watch.ledger"
local output = require "signoff.offboard.cli.output"
local summary = require "signoff.offboard.report.summary"
local Text = require "signoff.text"
local time = require "signoff.offboard.time"

local watch_status = {}

local LATELY = 7 * 86400 -- seconds: what is older is not shown, unless it is open

local BY_HAND = { unknown_subject = true, ambiguous = true, stale = true }

local function checked(value, message)
  return value or ending.stop(ending.USAGE, message)
end

--- A run of the ledger, as a program reads it.
-- @tparam table run
-- @treturn table
function watch_status.run(run)
  local over = run.over or {}
  local state = not run.over and "open" or over.cancelled and "cancelled" or over.exit and "over" or "unknown_subject"
  return {
    run = run.number, person = run.person, began = run.at, ended = over.at, state = state, events = json.list(over.ids or run.ids),
    journal = run.journal, exit = over.exit, totals = over.totals,
  }
end

local function event_of(event, state, run)
  return {
    id = event.id, person = event.person, iss = event.iss, jti = event.jti, event = event.event, received = event.at, state = state,
    run = run and run.number,
  }
end

local function open_events(inbox, book)
  local run_of, list = {}, json.list()
  for _, run in pairs(book.runs) do
    for _, id in ipairs(run.over and {} or run.ids) do
      run_of[id] = run
    end
  end
  for i, event in ipairs(inbox:pending()) do
    local run = run_of[event.id]
    list[i] = event_of(event, event.held and "held" or run and "running" or "waiting", run)
  end
  return list
end

local function runs_of(book, since)
  local list = json.list()
  for number = 1, book.last do
    local run = book.runs[number]
    list[#list + 1] = run and (not run.over or run.at >= since) and watch_status.run(run) or nil
  end
  return list
end

local function left_to_people(inbox, since)
  local list = json.list()
  for _, event in ipairs(checked(inbox:events { since = since })) do
    local result = type(event.result) == "table" and event.result.outcome
    local why = BY_HAND[event.disposition] and event.disposition or BY_HAND[result] and result
    list[#list + 1] = why and event_of(event, why) or nil
  end
  return list
end

local function look(folder)
  local inbox, message = backlog.open(folder)
  checked(inbox, message)
  local book = checked(ledger.read(folder))
  local since, taken, holder = core.time() - LATELY, ledger.is_taken(folder)
  local found = {
    inbox = folder, actor = taken and (holder or "a process that cannot be seen from here") or nil, events = open_events(inbox, book),
    runs = runs_of(book, since), by_hand = left_to_people(inbox, since),
  }
  inbox:close()
  return found
end

-- Words

local function paragraph(title, head, list, row_of)
  if #list == 0 then
    return ""
  end
  local rows = { head }
  for i, one in ipairs(list) do
    rows[i + 1] = row_of(one)
  end
  return ("\n%s\n%s\n"):format(title, table.concat(Text.columns(rows), "\n"))
end

local function event_row(event)
  local name = tostring(event.event or ""):match "([^/:]*)$"
  return { Text.clean(event.id), event.state, Text.clean(event.person or "?"), Text.clean(name), Text.clean(event.iss or "?"),
    time.shown(event.received) or "?" }
end

--- The totals of a run in words, without verdicts that nobody got.
-- @tparam table totals
-- @treturn string
function watch_status.words(totals)
  local counts = {}
  for verdict, count in pairs(totals) do
    counts[verdict] = count > 0 and count or nil
  end
  return summary.words(counts)
end

local function run_row(run)
  local words = run.totals and watch_status.words(run.totals) or ""
  return { ("%.0f"):format(run.run), run.state, Text.clean(run.person), time.shown(run.began), tostring(#run.events), words, run.journal }
end

local function text_of(found)
  local counts = { waiting = 0, held = 0, running = 0 }
  for _, event in ipairs(found.events) do
    counts[event.state] = counts[event.state] + 1
  end
  local head = { "event", "state", "person", "what", "issuer", "received" }
  return ("actor: %s\nevents: %d waiting, %d held, %d running\n"):format(found.actor or "none is at work", counts.waiting, counts.held,
    counts.running) .. paragraph("Open events", head, found.events, event_row)
    .. paragraph("Runs", { "run", "state", "person", "began", "events", "verdicts", "journal" }, found.runs, run_row)
    .. paragraph("To do by hand: nobody was signed out for these", head, found.by_hand, event_row)
end

--- `watch --status`.
function watch_status.command(given)
  local found = look(given.subject)
  if given.json then
    output.write_json(found)
  else
    output.write(text_of(found))
  end
  return 0
end

return watch_status
