-- SPDX-License-Identifier: MIT

--- Push delivery of Security Event Tokens (RFC 8935), with the events of CAEP and RISC.
-- @module signoff.receiver.push

local claims = require "signoff.receiver.claims"
local core = require "signoff.core"
local policy = require "signoff.receiver.policy"
local subject = require "signoff.receiver.subject"
local token = require "signoff.receiver.token"

local push = { kind = "push", content_type = "application/secevent+jwt", largest = 64 * 1024 }

local DAY = 86400
local KEPT = 30 * DAY -- seconds that an identifier is remembered, or more where older events are acted upon

local FINAL = { ["secevent+jwt"] = true }
local LEGACY = { ["secevent+jwt"] = true, jwt = true, [""] = true }

local function types_of(section)
  return section.profile == "legacy" and LEGACY or FINAL
end

-- Authorization -------------------------------------------------------------------------------------------------------

-- A header is compared by its digest under a random key, so that the time tells nothing of the secret.
local key

local function digest_of(bytes)
  if not key then
    local file = assert(io.open("/dev/urandom", "rb"))
    key = file:read(32)
    file:close()
  end
  return core.sha256(key .. bytes)
end

--- Prepares the headers that the issuers' streams send.
-- @tparam table issuers by URL
-- @treturn {table,...} `issuer`, `digest`
function push.authorizations(issuers)
  local list = {}
  for url, entry in pairs(issuers) do
    for _, value in ipairs(entry.ssf and entry.ssf.authorization or {}) do
      list[#list + 1] = { issuer = url, digest = digest_of(core.bytes(value)) }
    end
  end
  return list
end

-- The issuers whose header was sent: a set, empty where it is nobody's.
local function authorized(list, header)
  local set, digest = {}, header and #list > 0 and digest_of(header)
  for _, one in ipairs(list) do
    if one.digest == digest then
      set[one.issuer] = true
    end
  end
  return set
end

-- Checks that the issuer's own stream was authorized. A header of another one's stream does not fit: it says that the token is on the
-- wrong stream.
local function check_stream(entry, given, request)
  if request.issuer and request.issuer ~= entry.issuer then
    return "access_denied"
  elseif not entry.ssf.authorization then
    return next(given) and "access_denied" or nil
  elseif not given[entry.issuer] then
    return next(given) and "access_denied" or "authentication_failed"
  end
end

-- Whether no stream at all would take the request.
local function is_refused(parts, given)
  if next(given) then
    return false
  end
  for _, entry in pairs(parts.issuers) do
    if entry.ssf and not entry.ssf.authorization then
      return false
    end
  end
  return true
end

-- Events --------------------------------------------------------------------------------------------------------------

-- A stream's own event: it names no person.
local function check_verification(uri, values, section)
  if policy.is_verification(uri) and section.state and values.state ~= nil and values.state ~= section.state then
    return "invalid_state", "the state is not the one that was asked for"
  end
end

local function read_subject(draft, set, values, legacy)
  if policy.is_of_stream(draft.uri) then
    return check_verification(draft.uri, values, draft.section)
  end
  local sent, sentence = subject.of_event(set, values, legacy)
  if sent then
    draft.sent = sent
    draft.subject, sentence = subject.read(sent, legacy)
  end
  if not draft.subject then
    return "invalid_request", sentence
  end
  draft.narrowed = draft.subject.narrowed
end

-- Decides about an event, as if its person were known.
local function decide(draft)
  return policy.decide(draft, draft.section)
end

-- The draft of an event, of a token that was opened.
local function read_event(opened, now, max_age)
  local section, set = opened.issuer.ssf, opened.claims
  local legacy = section.profile == "legacy"
  local fine, code, sentence = claims.check_event(set, { audience = section.audience, legacy = legacy }, now)
  if not fine then
    return nil, code, sentence
  end
  local uri, values, several = claims.event(set, policy.canonical)
  if not uri then
    return nil, values, several
  end
  sentence = policy.check(uri, values, legacy)
  if sentence then
    return nil, "invalid_request", sentence
  end
  local draft = {
    kind = push.kind, issuer = opened.issuer, section = section, claims = set, uri = uri, values = values, several = several,
    decide = decide, token = opened, sha256 = opened.sha256, keep_until = now + math.max(KEPT, max_age + DAY),
  }
  code, sentence = read_subject(draft, set, values, legacy)
  if code then
    return nil, code, sentence, opened
  end
  return draft
end

--- Reads a request.
-- @tparam table parts of the receiver: as `token.open` has them, and `authorizations`, `max_age`, `now()`
-- @tparam table request `body`, `authorization`, `issuer` (the only one whose stream ends here)
-- @treturn ?table a draft of the event; nil, an outcome, a sentence
function push.read(parts, request)
  local given = authorized(parts.authorizations, request.authorization)
  if is_refused(parts, given) then
    return nil, "authentication_failed"
  end
  local opened, code, sentence, entry = token.open(parts, request.body, "ssf", types_of)
  entry = opened and opened.issuer or entry
  local wrong = entry and check_stream(entry, given, request)
  if wrong then
    return nil, wrong, nil, opened
  elseif not opened then
    return nil, code, sentence
  end
  return read_event(opened, parts.now(), parts.max_age)
end

return push
