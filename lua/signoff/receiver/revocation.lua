-- SPDX-License-Identifier: MIT

--- Global Token Revocation: the subject stands in the body, and a signed assertion in `Authorization` says who asks.
--
-- Any fault of the assertion is 401. A fault of the body is told after the assertion was found good.
-- @module signoff.receiver.revocation

local claims = require "signoff.receiver.claims"
local core = require "signoff.core"
local json = require "signoff.json"
local subject = require "signoff.receiver.subject"
local token = require "signoff.receiver.token"

local revocation = { kind = "revocation", content_type = "application/json", largest = 16 * 1024 }

local DAY = 86400
local EVENT = "global-token-revocation"
local TYPES = { ["global-token-revocation+jwt"] = true }

local function types_of()
  return TYPES
end

-- Those that are no fault of the assertion.
local OTHER_OUTCOMES = { access_denied = true, unavailable = true }

local function outcome_of(code)
  return OTHER_OUTCOMES[code] and code or "authentication_failed"
end

-- The assertion that authenticates; whatever is wrong with it has one answer.
local function authenticate(parts, header, now)
  local compact = type(header) == "string" and header:match "^[Bb][Ee][Aa][Rr][Ee][Rr] +([^ ]+) *$"
  if not compact then
    return nil, "authentication_failed"
  end
  local opened, code, sentence = token.open(parts, compact, "revocation", types_of)
  if not opened then
    return nil, outcome_of(code), sentence
  end
  local fine
  fine, code, sentence = claims.check_assertion(opened.claims, opened.issuer.revocation, now)
  if not fine then
    return nil, outcome_of(code), sentence
  end
  return opened
end

-- The subject of a body, as it was sent. An older form calls it `subject`.
local function sent_of(body, legacy)
  local value = body:find "^[ \t\r\n]*{" and json.decode_exact(body)
  if not value then
    return nil, "the body is no JSON object, or has a member twice"
  elseif value.sub_id ~= nil and value.subject ~= nil then
    return nil, "the body names two subjects"
  end
  local sent = value.sub_id
  if sent == nil and legacy then
    sent = value.subject
  end
  return sent, sent == nil and "the body has no sub_id" or nil
end

local function read_body(body, legacy)
  local sent, sentence = sent_of(body, legacy)
  if sent == nil then
    return nil, sentence
  end
  local read
  read, sentence = subject.read(sent, legacy)
  if read and not subject.is_findable(read) then
    return nil, "the subject has a format by which nobody is found here"
  end
  return read, sentence, sent
end

-- Decides about a revocation, as if its person were known: it always asks for an act.
local function decide()
  return "act"
end

--- Reads a request.
-- @tparam table parts of the receiver, as `token.open` has them, and `now()`
-- @tparam table request `body`, `authorization`
-- @treturn ?table a draft of the event; nil, an outcome, a sentence
function revocation.read(parts, request)
  local opened, outcome, sentence = authenticate(parts, request.authorization, parts.now())
  if not opened then
    return nil, outcome, sentence
  end
  local section = opened.issuer.revocation
  local read, sent
  read, sentence, sent = read_body(request.body, section.profile == "legacy")
  if not read then
    return nil, "invalid_request", sentence
  end
  return {
    kind = revocation.kind, issuer = opened.issuer, section = section, claims = opened.claims, uri = EVENT, values = {}, decide = decide,
    token = opened,
    sha256 = core.sha256(opened.sha256 .. request.body), sent = sent, subject = read, keep_until = claims.over(opened.claims) + DAY,
  }
end

return revocation
