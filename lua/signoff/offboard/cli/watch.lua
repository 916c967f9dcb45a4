-- SPDX-License-Identifier: MIT

--- `watch`: signs people out as the events of an identity provider come in; says how it stands; releases what the brake held.
-- @module signoff.offboard.cli.watch

local Actor = require "signoff.offboard.watch.actor"
local backlog = require "signoff.receiver.backlog"
local Brake = require "signoff.offboard.watch.brake"
local core = require "signoff.core"
local ending = require "signoff.offboard.cli.exit"
local identity = require "signoff.offboard.cli.identity"
local json = require "signoff.json"
local ledger = require "signoff.offboard.watch.ledger"
local output = require "signoff.offboard.cli.output"
local retention = require "signoff.receiver.retention"
local Roster = require "signoff.offboard.watch.roster"
local running = require "signoff.offboard.cli.run"
local watch_status = require "signoff.offboard.cli.watch_status"

local watch = {}

local MERGE = 30 -- seconds
local GUARDED, DENIED, INTERRUPTED, UNPROVEN = 5, 4, 6, 3 -- exit statuses
local ORDER = { INTERRUPTED, DENIED, GUARDED, 1, UNPROVEN } -- of several the first one counts

local at_once = { sleep = function() end } -- the ledger is on disk before anything else goes on

local function checked(value, message)
  return value or ending.stop(ending.USAGE, message)
end

-- The messages to the operator, by what happened.

local words = {}

local function report_of(folder, run)
  return output.command { "report", ("%s/%s"):format(folder, run.journal) }
end

local function counted(events)
  return #events == 1 and "1 event" or ("%d events"):format(#events)
end

function words.begun(about)
  local event = about.run.events[1]
  return ("%s: %s from %s, run %d begins"):format(about.run.person, counted(about.run.events), tostring(event.iss), about.run.number)
end

function words.resumed(about)
  return ("%s: run %d goes on"):format(about.run.person, about.run.number)
end

function words.held(about)
  return ("%s: held, since the brake allows no more persons now; to act: %s"):format(about.person,
    output.command { "watch", about.folder, "--release", about.events[1].id })
end

function words.cancelled(about)
  return ("%s: the account was enabled again, nothing was sent for %s"):format(about.person, counted(about.events))
end

function words.again(about)
  local run = about.run
  return ("%s: run %d is planned anew, with the journal %s: %s"):format(run.person, run.number, run.journal, about.message)
end

function words.trouble(about)
  return about.run and ("%s: run %d is not over: %s"):format(about.run.person, about.run.number, about.message) or about.message
end

-- Seconds from the answer to the first event of a run to its first act.
local function delay_of(run, result)
  local event = run.events[1]
  local since = event and (event.answered or event.at)
  return since and result.first_act and (", first act %s s after the answer"):format(
    core.digits(math.floor((result.first_act - since) * 100 + 0.5) / 100)) or ""
end

function words.over(about)
  local run, result = about.run, about.result
  if result.cancelled then
    return ("%s: run %d was cancelled, nothing was sent"):format(run.person, run.number)
  elseif result.missing then
    return ("%s: is not in the list of people: an identity provider revoked that person, and nobody was signed out; do it by hand"):format(
      run.person)
  end
  return ("%s: run %d is over: %s%s; %s"):format(run.person, run.number, watch_status.words(result.totals), delay_of(run, result),
    report_of(about.folder, run))
end

-- Acting

local function site_of(given, config, folder)
  local ignore, delimiter = running.list_options(given, config)
  local options = {}
  for _, name in ipairs { "settle", "schedule", "deadline" } do
    options[name] = given[name] or config.options[name]
  end
  return {
    folder = folder, systems = config.systems, options = options, protect = running.joined(config.options.protect, given.protect),
    operator = identity.operator(config.options.operator), ticket = config.options.ticket, no_targets = config.options.no_targets,
    roster = Roster.new(given.people, config.systems, { ignore = ignore, delimiter = delimiter, say = output.say }),
  }
end

local function open_inbox(folder)
  local inbox, message = backlog.open(folder)
  return checked(inbox, message)
end

local function exit_of(given, done)
  local applies = {}
  for _, run in ipairs(done.ended) do
    applies[run.over.cancelled and 0 or run.over.exit or UNPROVEN] = true
  end
  for _, trouble in pairs(done.troubles) do
    applies[trouble.code == "denied" and DENIED or GUARDED] = true
  end
  applies[given.once and done.counts.held > 0 and GUARDED or 0] = true
  applies[done.stopped and done.counts.running + done.counts.waiting > 0 and INTERRUPTED or 0] = true
  for _, code in ipairs(ORDER) do
    if applies[code] then
      return code
    end
  end
  return 0
end

-- The work that was done, as a program reads it.
local function document_of(done, exit)
  local document = { runs = json.list(), troubles = json.list(), exit = exit, stopped = done.stopped }
  document.waiting, document.held = done.counts.waiting, done.counts.held
  for i, run in ipairs(done.ended) do
    document.runs[i] = watch_status.run(run)
  end
  for _, trouble in pairs(done.troubles) do
    table.insert(document.troubles, { run = trouble.run.number, person = trouble.run.person, message = trouble.message })
  end
  return document
end

local function act(given, config)
  checked(given.people, "watch needs --people FILE: the list of people with their targets")
  local folder = given.subject
  local inbox, site = open_inbox(folder), site_of(given, config, folder)
  checked(site.roster:refresh())
  local book = checked(ledger.open(at_once, folder, site.operator))
  local actor = Actor.new {
    inbox = inbox, ledger = book, site = site, once = given.once, merge = given.merge or config.options.merge or MERGE,
    prune = retention.daily(folder), brake = Brake.new(given.brake or config.options.brake or Brake.usual),
    tell = function(what, about)
      about.folder = folder
      if not given.quiet or what == "held" or what == "trouble" or what == "again" then
        output.say("%s", words[what](about))
      end
    end,
  }
  core.interrupt(true)
  local done = actor:run()
  book:close()
  inbox:close()
  checked(not done.problem, done.problem)
  local exit = exit_of(given, done)
  if given.json then
    output.write_json(document_of(done, exit))
  end
  return exit
end

-- Releasing

-- All events of the persons that some events are of: a person is released, or not.
local function of_their_persons(inbox, ids)
  local wanted, persons, list = {}, {}, {}
  for _, id in ipairs(ids) do
    wanted[id] = true
  end
  for _, event in ipairs(inbox:pending()) do
    if event.held and wanted[event.id] then
      persons[event.person], wanted[event.id] = true, nil
    end
  end
  local missing = next(wanted)
  checked(not missing, missing and ("there is no event '%s' that is held; signoff-offboard watch --status lists them"):format(missing))
  for _, event in ipairs(inbox:pending()) do
    list[#list + 1] = event.held and persons[event.person] and event.id or nil
  end
  return list
end

local function release(given)
  local inbox = open_inbox(given.subject)
  local ids = given.release[1] == "all" and "all" or of_their_persons(inbox, given.release)
  local released, message = inbox:release(ids)
  inbox:close()
  checked(released, message)
  if given.json then
    output.write_json { released = json.list(released) }
  else
    output.say("released: %s", #released > 0 and table.concat(released, ", ") or "nothing was held")
  end
  return 0
end

--- Whether the arguments ask for nothing that needs systems.
function watch.only_asks(given)
  return given.status or given.release ~= nil
end

--- `watch`.
function watch.command(given, config)
  if given.status and given.release or given.once and watch.only_asks(given) then
    ending.stop(ending.USAGE, "--once, --status and --release: name one of them")
  elseif given.status then
    return watch_status.command(given)
  elseif given.release then
    return release(given)
  end
  return act(given, config)
end

return watch
