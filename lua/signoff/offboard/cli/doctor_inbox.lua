-- SPDX-License-Identifier: MIT

--- The inbox of a receiver, for `doctor`: whether it can be written and is whole, whether an actor is at work, how much room the brake has,
-- and how old the issuers' keys are.
-- @module signoff.offboard.cli.doctor_inbox

local backlog = require "signoff.receiver.backlog"
local Brake = require "signoff.offboard.watch.brake"
local core = require "signoff.core"
local jwks_cache = require "signoff.receiver.jwks_cache"
local key_files = require "signoff.receiver.key_files"
local ledger = require "signoff.offboard.watch.ledger"
local segments = require "signoff.receiver.segments"
local Text = require "signoff.text"
local time = require "signoff.offboard.time"

-- A check gives a state (`"ok"`, `"warn"`, `"fail"`) and a message.
local checks = {}

function checks.folder(about)
  local path = about.folder .. "/doctor"
  local fine, message = segments.check_folder(about.folder)
  if fine then
    fine, message = core.save(path, "\n")
    os.remove(path)
  end
  return fine and "ok" or "fail", message or "can be written, and is closed to others"
end

function checks.contents(about)
  if not about.inbox then
    return "fail", about.message
  end
  return "ok", "whole: no line was changed or removed"
end

function checks.events(about)
  local held, latest = about.counts.held, about.inbox.latest
  local last = latest and "the last one came at " .. time.shown(latest) or "none came yet: send one about yourself"
  if held > 0 then
    return "warn", ("%s; %d held: signoff-offboard watch %s --status"):format(last, held, about.folder)
  end
  return "ok", last
end

function checks.actor(about)
  local taken, holder = ledger.is_taken(about.folder)
  if taken then
    return "ok", holder or "is at work"
  elseif about.counts.waiting > 0 then
    return "fail", ("none is at work, and %d events wait: start signoff-watch.service"):format(about.counts.waiting)
  end
  return "warn", "none is at work: start signoff-watch.service"
end

function checks.brake(about)
  local book, message = ledger.read(about.folder)
  if not book then
    return "fail", message
  end
  local brake = Brake.new(about.limit)
  brake:note_runs(book.runs)
  local count = brake:count_persons(about.now)
  local text = ("%d of %d persons within %d s"):format(count, about.limit.count, about.limit.seconds)
  if count >= about.limit.count then
    return "warn", text .. ": more are held, until a person releases them"
  end
  return "ok", text
end

-- The state of an issuer's keys, as they were fetched last.
local function look_at_keys(kept, now)
  local cache = jwks_cache.new()
  cache:put({}, kept, 0)
  local state = cache:state(now, 0) == "none" and "fail" or cache:is_late(now, 0) and "warn" or "ok"
  local text = ("%s: fetched at %s"):format(Text.clean(kept.issuer), time.shown(kept.fetched))
  return state, state == "ok" and text or text .. ": they cannot be fetched any more; nginx's error log says why"
end

local ORDER, NEEDS_CONTENTS = { "folder", "contents", "events", "actor", "brake" }, { events = true, actor = true }

local function counts_of(inbox)
  local counts = { held = 0, waiting = 0 }
  for _, event in ipairs(inbox and inbox:pending() or {}) do
    local state = event.held and "held" or "waiting"
    counts[state] = counts[state] + 1
  end
  return counts
end

--- Checks an inbox.
-- @tparam string folder
-- @tparam table limit of the brake, as `signoff.offboard.watch.brake` parses it
-- @treturn {table,...} rows, as those of `doctor`
return function(folder, limit)
  local rows, about = {}, { folder = folder, limit = limit, now = core.time() }
  about.inbox, about.message = backlog.open(folder)
  about.counts = counts_of(about.inbox)
  local function row(check, state, message)
    rows[#rows + 1] = { system = "inbox", check = check, state = state, message = message }
  end
  for _, check in ipairs(ORDER) do
    if about.inbox or not NEEDS_CONTENTS[check] then
      row(check, checks[check](about))
    end
  end
  for _, kept in ipairs(key_files.list(folder)) do
    row("keys", look_at_keys(kept, about.now))
  end
  if about.inbox then
    about.inbox:close()
  end
  return rows
end
