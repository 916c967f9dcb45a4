-- SPDX-License-Identifier: MIT

--- Takes a message that was found good: finds its person, decides, and writes it to the inbox. Nothing is acted on here.
--
-- The answer is given when the event is on disk. A fault of ours is "unavailable", so that the sender tries again.
-- @module signoff.receiver.intake

local core = require "signoff.core"
local coroutines = require "signoff.async.coroutine"
local policy = require "signoff.receiver.policy"
local protect = require "signoff.offboard.plan.protect"
local subject = require "signoff.receiver.subject"
local text = require "signoff.text"

local intake = {}

local SHOWN = 200 -- cells of a reason that a sender gives
local ID_DIGITS = 32
local LONGEST_TXN = 255 -- bytes; what is longer is cut off
local DECISIONS = { act = true, record = true }

-- Levels at which a person is told of a disposition.
local LEVELS = { stale = "warn", unknown_subject = "warn", ambiguous = "warn", held = "warn", skipped = "warn" }

-- The reason that the sender's administrator wrote, in English or the first language, on one line and harmless.
local function reason_of(values)
  local given = values.reason_admin
  if type(given) == "table" then
    local names = {}
    for name in pairs(given) do
      names[#names + 1] = tostring(name)
    end
    given = given.en or given[core.sort(names)[1]]
  end
  return type(given) == "string" and text.short(given, SHOWN) or nil
end

-- The name under which an event is known: the same in every inbox that it reaches.
local function id_of(draft)
  local set = draft.claims
  return core.sha256(table.concat({ draft.kind, set.iss, set.jti }, "\0")):sub(1, ID_DIGITS)
end

local function txn_of(set)
  return type(set.txn) == "string" and set.txn:sub(1, LONGEST_TXN) or nil
end

-- The member by which a subject is less than the person, unless the site takes it for the whole one.
local function narrowed(draft)
  return draft.section.sid ~= "act" and draft.subject and draft.subject.narrowed or nil
end

local function event_of(draft, now)
  local set, values = draft.claims, draft.values
  return {
    id = id_of(draft), at = now, kind = draft.kind, iss = set.iss, jti = set.jti, txn = txn_of(set), event = draft.uri,
    event_timestamp = policy.happened(values), initiating_entity = policy.entity(values), reason_admin = reason_of(values),
    subject = draft.sent, narrowed = narrowed(draft), iat = set.iat, alg = draft.token.alg, kid = draft.token.kid, sha256 = draft.sha256,
  }
end

local function find_person(identifier, rule)
  return rule.people:find(identifier, rule.issuer)
end

-- The person, or why there is none.
local function find(parts, draft)
  local rule = { tenant = draft.issuer.tenant, critical = draft.section.critical, people = parts.people, issuer = draft.issuer }
  return subject.find(draft.subject, rule, find_person)
end

-- The decision of the site's own policy: "act", "record", or nothing; "held" where it fails, so that a person decides.
local function ask_script(parts, event)
  if not parts.policy then
    return nil
  end
  local copy = {}
  for name, value in pairs(event) do
    copy[name] = value
  end
  local fine, decision = coroutines.pcall(parts.policy, copy)
  if fine and (decision == nil or DECISIONS[decision]) then
    return decision, decision and "by the option 'policy'"
  end
  parts.fault(event.at, "the option 'policy' failed, and the event is held: " .. (fine and "it must return 'act', 'record' or nil"
    or text.short(decision, SHOWN)), { kind = event.kind, iss = event.iss, jti = event.jti })
  return "held", "the option 'policy' failed"
end

local function age_of(event, now)
  return now - math.min(event.event_timestamp or event.iat, event.iat)
end

-- The disposition of an event, and why.
local function dispose(parts, draft, event, why, now)
  local decision, reason = draft.decide(draft)
  if decision == "not_understood" or why == "not_understood" then
    return "not_understood", reason
  end
  event.disposition = decision
  local own, by = ask_script(parts, event)
  decision, reason = own or decision, own and by or reason
  if decision == "record" then
    return decision, reason
  end
  local protected = event.person and protect.holds(parts.protect, event.person)
  local disposition, cause = policy.dispose(event.person, why, { age = age_of(event, now), max_age = parts.max_age, protected = protected })
  if disposition ~= "act" then
    return disposition, cause
  elseif decision == "act" and parts.brake and not parts.brake:take(event.person, now) then
    return "held", "the brake allows no more persons now"
  end
  return decision, reason
end

local function complete(parts, draft, now)
  local event = event_of(draft, now)
  if policy.is_of_stream(draft.uri) then
    event.disposition, event.reason = draft.decide(draft)
    return event
  end
  local person, why, message = find(parts, draft)
  if why == "failed" then
    return nil, message
  end
  event.person = person
  local foreign = why == "foreign"
  event.disposition, event.reason = dispose(parts, draft, event, foreign and "unknown_subject" or why, now)
  event.reason = event.reason or event.disposition ~= "act" and message or nil
  return event, nil, foreign
end

-- Says in the log that an event was written: no subject, no person. An issuer that tells of everybody in the world fills no disk: the
-- inbox has all of them.
local function tell(parts, event, foreign)
  local level = foreign and "error" or LEVELS[event.disposition] or "info"
  local message = foreign and "an issuer asks for a person of another one" or "event: " .. event.disposition
  local fields = { kind = event.kind, iss = event.iss, jti = event.jti, disposition = event.disposition, id = event.id }
  message = event.reason and ("%s (%s)"):format(message, event.reason) or message
  if parts.told[level] then
    return parts.told[level](event.at, message, fields)
  end
  parts.log(level, message, fields)
end

local WITHOUT_PERSON = { unknown_subject = true }

-- The outcome of an event that is on disk. That of another issuer's person is that of nobody: it tells nothing of who exists.
local function outcome_of(parts, event)
  local unknown = event.kind == "revocation" and WITHOUT_PERSON[event.disposition]
  return unknown and parts.authoritative and "unknown_person" or "accepted"
end

local OUTCOMES = { other = "replayed", writing = "busy" }

--- Takes a draft.
-- @tparam table parts of the receiver: `people`, `inbox`, `policy`, `protect`, `max_age`, `authoritative`,
-- `brake`, `log`, `told`, `fault`, `now()`
-- @tparam table draft as the `read` of a kind gives it
-- @treturn string outcome
-- @treturn ?table the event that is in the inbox
function intake.take(parts, draft)
  local now = parts.now()
  local event, message, foreign = complete(parts, draft, now)
  if not event then
    parts.fault(now, "the person of an event cannot be found now: " .. tostring(message), { kind = draft.kind, iss = draft.claims.iss })
    return "unavailable"
  end
  event.worker = parts.worker
  local state
  state, message = parts.inbox:add(event, {
    kind = draft.kind, iss = event.iss, jti = event.jti, sha256 = draft.sha256, keep_until = draft.keep_until,
  })
  if state == "added" or state == "same" then
    if state == "added" then
      tell(parts, event, foreign)
    end
    return outcome_of(parts, event), event
  elseif not state then
    parts.fault(now, "an event cannot be written: " .. tostring(message), { kind = draft.kind, iss = event.iss, jti = event.jti })
  end
  return OUTCOMES[state] or "unavailable"
end

return intake
