-- SPDX-License-Identifier: MIT

--- What sightings and answers mean. Pure rules: nothing here sends, waits, or remembers. `client:verify`, `client:signout`
-- and `offboard.apply` all judge by them.
--
-- A sighting is what one look showed: `gone` (true, false, or nil when it proves nothing), `what` (for the evidence),
-- `occupant`, `own`, `absent` (the system knows no such target), `final` (looking again will not help), `unprovable`; after a
-- failure `code`, `message`, `retriable`, `retry_after`. One of a status has `status` and `wanted`.
-- @module signoff.judgement

local judgement = {}

-- How often an act is tried, by what its facts say of repeating.
local attempts = { no = 1, once = 2, paced = 5 }

local function same(a, b)
  return a:lower() == b:lower()
end

local function wanted_time(status)
  return status.return_time or (status.return_at and status.return_at * 1000)
end

--- Whether a status is the wanted one, by a reply that is whole. Only what was asked for is compared: the system fills in the rest.
function judgement.is_set(found, wanted)
  local time = wanted_time(wanted)
  return found.whole ~= false and found.name == wanted.name and found.type == wanted.type
    and (wanted.note == nil or found.note == wanted.note)
    and (time == nil or found.return_time == time)
end

--- A status in words.
function judgement.describe(status)
  return ("status '%s' (%s)"):format(status.name, status.type)
end

--- What of a status can be set again.
function judgement.settable(status)
  return { name = status.name, type = status.type, note = status.note, return_time = status.return_time }
end

--- Panel logins in words, and as members of evidence. A status closes none of them.
function judgement.panels(logins)
  local places = {}
  for i, login in ipairs(logins) do
    places[i] = ("%s:%s"):format(login.ip or "?", login.port or "?")
  end
  return ("%d panel logins remain: %s"):format(#logins, table.concat(places, ", ")), { logins = #logins }
end

--- What a reply shows, by the kind of proof that the operation's facts name. Each takes the answer and what is known of the
-- target: `before` (who sat there at the first look: another one now means that the first is out), `alive` (whether it was
-- seen alive from here), `status` (the wanted one).
judgement.readings = {}

function judgement.readings.occupant(answer, known)
  local what = answer.state .. (answer.user and (" as " .. answer.user) or "")
  local sighting = { gone = nil, what = what, occupant = answer.user, absent = answer.state == "no_device" }
  if answer.active == false then
    sighting.gone = true
  elseif answer.active then
    local other = known.before ~= nil and answer.user ~= nil and answer.whole and not same(known.before, answer.user)
    sighting.gone = other or false
  end
  return sighting
end

function judgement.readings.session(answer)
  if answer.active == nil then
    return { what = "the list of sessions " .. answer.doubt }
  end
  local what = answer.active and "in the list of sessions" or "not in the list of sessions"
  return { gone = not answer.active, what = what, own = answer.own }
end

function judgement.readings.token(answer, known)
  if answer.active then
    return { gone = false, what = "alive" }
  elseif answer.active == nil then
    -- a refusal that fits a wrong device as well will fit it for ever; a reply that says nothing is no evidence at all
    return { what = "the reply proves nothing", final = true, unprovable = answer.http_status >= 400 }
  elseif known.alive then
    return { gone = true, what = "refused" }
  end
  return { what = "refused, but never seen alive from here", final = true }
end

function judgement.readings.logins(answer)
  if #answer == 0 and not answer.whole then
    return { what = "the reply " .. answer.doubt }
  end
  return { gone = #answer == 0, what = ("%d panel logins"):format(#answer) }
end

--- Here "gone" means that the status is the wanted one.
function judgement.readings.setting(answer, known)
  if not answer.whole then
    return { what = "the reply " .. answer.doubt }
  end
  return {
    gone = judgement.is_set(answer, known.status), what = judgement.describe(answer), status = answer, wanted = known.status,
  }
end

--- The sighting of a look that failed.
function judgement.failed(message, detail)
  return {
    what = message, code = detail.code, message = message, retriable = detail.retriable, retry_after = detail.retry_after,
    final = not detail.retriable,
  }
end

-- Where somebody must sit, somebody else does, or nobody knows who.
local function another_user(sighting, user)
  if sighting.occupant then
    return "skipped", { reason = "other_person", message = ("%s sits there, not %s"):format(sighting.occupant, user) }
  end
  return "unknown", { code = sighting.code, message = "who sits there is not known: " .. sighting.what }
end

--- The verdict that a first look is enough for.
-- @tparam string proves what the look's facts say it proves
-- @tparam table sighting
-- @tparam[opt] string user who must sit there, where somebody sits
-- @treturn[opt] string verdict; nil when it takes an act
-- @treturn[opt] table why `code`, `message`, and of what is skipped `reason`
function judgement.first(proves, sighting, user)
  if sighting.absent then
    return judgement.last(sighting)
  elseif sighting.own then
    return "skipped", { reason = "own", message = "this client's own session, which is never logged off" }
  elseif sighting.gone then
    return proves == "setting" and "status_set" or "already_out"
  elseif user and proves == "occupant" and not (sighting.occupant and same(user, sighting.occupant)) then
    return another_user(sighting, user)
  elseif sighting.code and sighting.code ~= "unsupported" then
    return "failed", sighting
  end
end

--- What a last sighting means by itself.
-- @treturn string verdict
-- @treturn[opt] table why `code`, `message`, and of what is skipped `reason`
function judgement.last(sighting)
  if sighting.settled then
    return "ended"
  elseif sighting.gone then
    return "unverified", { message = "seen gone once; the deadline left no time for the second look after 'settle'" }
  elseif sighting.gone == false then
    return "still_active", { message = "still there: " .. sighting.what }
  elseif sighting.absent then
    return "failed", { code = "not_found", message = "the system knows no such target" }
  elseif sighting.code == "unsupported" then
    return "unverified", { code = sighting.code, message = sighting.message }
  end
  return "unknown", { code = sighting.code, message = sighting.message or sighting.what }
end

--- What the last reading of a status means by itself.
function judgement.last_setting(sighting)
  if sighting.gone then
    return "status_set"
  elseif sighting.status then
    local message = ("asked for %s, found %s"):format(judgement.describe(sighting.wanted), judgement.describe(sighting.status))
    return "failed", { code = "server", message = message }
  end
  return "unknown", { code = sighting.code, message = sighting.message or sighting.what }
end

-- A status that is set counts, whatever was said; what was not set for a reason failed for that reason.
local function conclude_setting(sighting, answer, failure)
  local verdict, why = judgement.last_setting(sighting)
  if verdict ~= "status_set" and not answer then
    return "failed", failure
  end
  return verdict, why
end

--- What it comes to after an act: what was found counts; what was said only explains it.
-- @tparam string proves what the look's facts say it proves
-- @tparam table sighting the last one
-- @tparam[opt] table answer to the act
-- @tparam[opt] table failure of the act: its detail
-- @treturn string verdict
-- @treturn[opt] table why `code`, `message`, and of what is skipped `reason`
function judgement.conclude(proves, sighting, answer, failure)
  if proves == "setting" then
    return conclude_setting(sighting, answer, failure)
  end
  local verdict, why = judgement.last(sighting)
  if verdict == "ended" then
    return verdict
  elseif not answer then
    return "failed", failure
  elseif sighting.unprovable and answer.answer == "accepted" then
    return "unverified", why
  elseif verdict == "unverified" and answer.answer ~= "accepted" then
    return "unknown", { message = why.message } -- neither accepted nor to be proved
  end
  return verdict, why
end

--- Whether an act that failed may be tried again, once it was looked up where it may have acted.
-- @tparam table operation its facts
-- @tparam table detail of the failure
-- @tparam number tried how often it was
function judgement.may_repeat(operation, detail, tried)
  local slipped = not (tried > 1 and detail.code == "server") -- what failed twice has not just slipped
  return detail.retriable and slipped and tried < attempts[operation.retry] or false
end

return judgement
