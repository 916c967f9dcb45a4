-- SPDX-License-Identifier: MIT

--- Decides which events sign a person out, and which are only recorded.
--
-- An ordinary logout must not clear anybody's desk phone: the commonest event is a person who went home. So events about the account
-- act, and revocations by an administrator, a policy or a system; a user's own, and those of one session, are recorded.
-- @module signoff.receiver.policy

local policy = {}

local SECEVENT = "https://schemas.openid.net/secevent/"
local CAEP, RISC, SSF = SECEVENT .. "caep/event-type/", SECEVENT .. "risc/event-type/", SECEVENT .. "ssf/event-type/"

local ENTITIES = { admin = true, user = true, policy = true, system = true }
local MILLISECONDS = 1e11 -- a time above is none in seconds

local function act()
  return "act"
end

local function record()
  return "record"
end

local function on_session_revoked(event)
  local by = event.values.initiating_entity
  if by == "user" then
    return "record", "the user's own act"
  elseif by ~= nil and not ENTITIES[by] then
    return "record", "an initiating_entity that is not known"
  end
  return "act"
end

-- A credential that was taken away, or a password that somebody else set.
local function on_credential_change(event, options)
  local values = event.values
  local taken = values.change_type == "revoke"
  local reset = values.change_type == "update" and values.credential_type == "password" and values.initiating_entity == "admin"
  return options.act and options.act["credential-change"] and (taken or reset) and "act" or "record"
end

local function if_chosen(name)
  return function(_, options)
    return options.act and options.act[name] and "act" or "record"
  end
end

local function of_stream()
  return "record", "the stream's own"
end

-- Every event that is understood. `stream` is about the stream and names no person; `by` has an initiating_entity.
local EVENTS = {
  [CAEP .. "session-revoked"] = { decide = on_session_revoked, by = true },
  [CAEP .. "credential-change"] = { decide = on_credential_change, by = true, needs = "change_type" },
  [RISC .. "account-disabled"] = { decide = act },
  [RISC .. "account-purged"] = { decide = act },
  [RISC .. "account-enabled"] = { decide = record },
  [RISC .. "account-credential-change-required"] = { decide = if_chosen "account-credential-change-required" },
  [RISC .. "credential-compromise"] = { decide = if_chosen "credential-compromise" },
  [SSF .. "verification"] = { decide = of_stream, stream = true },
  [SSF .. "stream-updated"] = { decide = of_stream, stream = true },
  ["urn:ietf:params:scim:event:prov:deactivate"] = { decide = act },
  ["urn:ietf:params:scim:event:prov:delete"] = { decide = act },
}

--- Events for which the option `act` may be set.
policy.optional = { ["credential-change"] = true, ["account-credential-change-required"] = true, ["credential-compromise"] = true }

-- Other names of the same event. New senders must not use them.
local ALIASES = { [RISC .. "sessions-revoked"] = CAEP .. "session-revoked" }

--- The name by which an event is known here.
-- @tparam string uri
-- @treturn string
function policy.canonical(uri)
  return ALIASES[uri] or uri
end

--- Whether an event is about the stream, and names no person.
-- @tparam string uri
-- @treturn boolean
function policy.is_of_stream(uri)
  return EVENTS[uri] ~= nil and EVENTS[uri].stream == true
end

--- Whether the event asks for what a stream's owner must confirm.
-- @tparam string uri
-- @treturn boolean
function policy.is_verification(uri)
  return uri == SSF .. "verification"
end

--- Checks the members of an event that decide about it.
-- @tparam string uri
-- @tparam table values
-- @tparam boolean legacy a sender from before the final text, whose odd values are only recorded
-- @treturn ?string a sentence of what is wrong
function policy.check(uri, values, legacy)
  local row = EVENTS[uri]
  if not row or legacy then
    return nil
  elseif row.by and values.initiating_entity ~= nil and not ENTITIES[values.initiating_entity] then
    return "the event's initiating_entity must be admin, user, policy or system"
  elseif row.needs and type(values[row.needs]) ~= "string" then
    return "the event lacks a member that says what was changed"
  elseif values.event_timestamp ~= nil and type(values.event_timestamp) ~= "number" then
    return "the event's event_timestamp must be a number"
  end
  return nil
end

--- When an event happened. Some senders write milliseconds.
-- @tparam table values
-- @treturn ?number seconds
function policy.happened(values)
  local at = values.event_timestamp
  if type(at) ~= "number" or at < 0 then
    return nil
  end
  return at > MILLISECONDS and at / 1000 or at
end

--- By whom, as the event says.
-- @tparam table values
-- @treturn ?string
function policy.entity(values)
  return ENTITIES[values.initiating_entity] and values.initiating_entity or nil
end

--- Decides by the event alone, as if its person were known.
-- @tparam table event `uri`, `values`, `narrowed` (the subject names a session, a device or an application), `several` (names)
-- @tparam table options of the issuer: `act` (a set of events), `sid` ("act": a narrowed subject counts as the whole person)
-- @treturn string "act", "record" or "not_understood"
-- @treturn ?string why
function policy.decide(event, options)
  local row = EVENTS[event.uri]
  if not row then
    return "not_understood", "an event that is not known here"
  elseif event.several then
    return "record", "several names of one event"
  end
  local decision, reason = row.decide(event, options)
  if decision == "act" and event.narrowed and options.sid ~= "act" then
    return "record", "of one " .. event.narrowed
  end
  return decision, reason
end

--- Decides about an act, by the person and the time.
-- @tparam ?string person nil where none was found
-- @tparam ?string why none was: "unknown_subject", "ambiguous" or "not_understood"
-- @tparam table about `age` (seconds), `max_age`, `protected`
-- @treturn string a disposition
-- @treturn ?string why
function policy.dispose(person, why, about)
  if not person then
    return why
  elseif about.age > about.max_age then
    return "stale", "older than max_age"
  elseif about.protected then
    return "skipped", "protected"
  end
  return "act"
end

return policy
