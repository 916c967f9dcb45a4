-- SPDX-License-Identifier: MIT

--- The claims of the three kinds of token: Security Event Tokens, logout tokens, and the assertions of Global Token Revocation.
--
-- Each claim is checked by type before it is used. The checks give the code of a refusal and a fixed sentence. They are pure: the
-- time is an argument.
-- @module signoff.receiver.claims

local claims = {}

local SKEW = 60 -- seconds that clocks may differ
local LONGEST_LIFE = 3600 -- seconds from iat to exp
local WITHOUT_EXP = 300 -- seconds that a logout token without exp is fresh
local LONGEST_TEXT = 255 -- bytes of jti, sub and sid
local LOGOUT = "http://schemas.openid.net/event/backchannel-logout"

local function is_text(value)
  return type(value) == "string" and value ~= "" and #value <= LONGEST_TEXT
end

local function is_time(value)
  return type(value) == "number" and value >= 0
end

local function is_object(value)
  return type(value) == "table" and value[1] == nil
end

-- Checks --------------------------------------------------------------------------------------------------------------

-- Whether `aud` names us; with a set of trusted audiences it may name those besides, and nobody else.
local function names_us(aud, audience, trusted)
  if type(aud) ~= "table" then
    return aud == audience
  end
  local ours, count = false, 0
  for _, one in pairs(aud) do
    count = count + 1
    if type(one) ~= "string" or (trusted and one ~= audience and not trusted[one]) then
      return false
    end
    ours = ours or one == audience
  end
  return ours and count == #aud
end

local function check_audience(set, rule)
  if not names_us(set.aud, rule.audience, rule.trusted) then
    return "invalid_audience", "the claim aud does not name this receiver alone, as it is configured here"
  end
end

local function check_jti(set)
  if not is_text(set.jti) then
    return "invalid_request", "the claim jti must be a text of 1 to 255 bytes"
  end
end

local function check_issued(set, _, now)
  if not is_time(set.iat) then
    return "invalid_request", "the claim iat must be a time, in seconds since 1970"
  elseif set.iat > now + SKEW then
    return "invalid_request", "the claim iat lies in the future; a clock is wrong"
  end
end

local function check_nonce(set)
  if set.nonce ~= nil then
    return "invalid_request", "the claim nonce is there: an ID token was sent, or something made to be taken for one"
  end
end

local function check_expiry(set, _, now)
  if not is_time(set.exp) then
    return "invalid_request", "the claim exp must be a time, in seconds since 1970"
  elseif set.exp < now - SKEW then
    return "invalid_request", "the token has expired"
  elseif set.exp - set.iat > LONGEST_LIFE then
    return "invalid_request", "the token lives for more than an hour, from iat to exp"
  end
end

local function check_begun(set, _, now)
  if set.nbf ~= nil and not (is_time(set.nbf) and set.nbf <= now + SKEW) then
    return "invalid_request", "the token is not valid yet, or its claim nbf is no time"
  end
end

-- Those of an event that are forbidden, so that nobody takes an ID token or an access token for one.
local function check_forbidden(set, rule, now)
  if set.sub ~= nil then
    return "invalid_request", "the claim sub must not stand in a security event token; the subject is sub_id"
  elseif set.exp ~= nil and not rule.legacy then
    return "invalid_request", "the claim exp must not stand in a security event token"
  elseif set.exp ~= nil and not (is_time(set.exp) and set.exp >= now - SKEW) then
    return "invalid_request", "the token has expired, or its claim exp is no time"
  end
end

local function check_session(set)
  if set.sub == nil and set.sid == nil then
    return "invalid_request", "a logout token needs sub, or sid, or both"
  elseif (set.sub ~= nil and not is_text(set.sub)) or (set.sid ~= nil and not is_text(set.sid)) then
    return "invalid_request", "the claims sub and sid must be texts of 1 to 255 bytes"
  end
end

local function check_logout_event(set)
  if not (is_object(set.events) and is_object(set.events[LOGOUT])) then
    return "invalid_request", "the claim events must have the member of back-channel logout, an object"
  end
end

local function check_freshness(set, rule, now)
  if set.exp ~= nil or rule.strict then
    return check_expiry(set, rule, now)
  elseif set.iat < now - WITHOUT_EXP - SKEW then
    return "invalid_request", "the token has no exp, and was issued more than five minutes ago"
  end
end

local function check_client(set, rule)
  if set.sub ~= rule.subject then
    return "invalid_request", "the claim sub is not the client that is configured here"
  end
end

local SET = { check_forbidden, check_nonce, check_issued, check_jti, check_audience }
local LOGOUT_TOKEN = { check_nonce, check_issued, check_jti, check_audience, check_logout_event, check_session, check_freshness }
local ASSERTION = { check_issued, check_jti, check_audience, check_client, check_begun, check_expiry }

local function run(checks, set, rule, now)
  for i = 1, #checks do
    local code, sentence = checks[i](set, rule, now)
    if code then
      return nil, code, sentence
    end
  end
  return true
end

--- Checks the claims of a Security Event Token.
-- @tparam table set as `jose.claims` gives them
-- @tparam table rule `audience`, `legacy` (a future exp may be there)
-- @tparam number now
-- @treturn ?boolean true; nil, the code of the refusal and a sentence
function claims.check_event(set, rule, now)
  return run(SET, set, rule, now)
end

--- Checks the claims of a logout token.
-- @tparam table set
-- @tparam table rule `audience`, `trusted` (a set of other audiences that may stand beside), `strict` (exp must be there)
-- @tparam number now
-- @treturn ?boolean true; nil, the code of the refusal and a sentence
function claims.check_logout(set, rule, now)
  return run(LOGOUT_TOKEN, set, rule, now)
end

--- Checks the claims of an assertion that authenticates a revocation.
-- @tparam table set
-- @tparam table rule `audience`, `subject` (the client that the issuer knows us by)
-- @tparam number now
-- @treturn ?boolean true; nil, the code of the refusal and a sentence
function claims.check_assertion(set, rule, now)
  return run(ASSERTION, set, rule, now)
end

-- Events --------------------------------------------------------------------------------------------------------------

local function event_names(events)
  local names = {}
  for name, values in pairs(events) do
    if type(name) ~= "string" or not is_object(values) then
      return nil
    end
    names[#names + 1] = name
  end
  return names
end

--- The one event of a token. Several names may stand there as names of the same event.
-- @tparam table set
-- @tparam function canonical gives the name by which an event is known here
-- @treturn ?string its URI; nil, the code of the refusal and a sentence
-- @treturn table its members
-- @treturn ?boolean true where it has several names
function claims.event(set, canonical)
  local names = type(set.events) == "table" and event_names(set.events)
  if not names or #names == 0 then
    return nil, "invalid_request", "the claim events must be an object with one event, and the event an object"
  end
  local uri = canonical(names[1])
  for i = 2, #names do
    if canonical(names[i]) ~= uri then
      return nil, "invalid_request", "the claim events must have one event; several names may stand for the same one alone"
    end
  end
  return uri, set.events[uri] or set.events[names[1]], #names > 1 or nil
end

--- When a token is worthless, so that nobody needs to remember it.
-- @tparam table set
-- @treturn number
function claims.over(set)
  return set.exp or set.iat + WITHOUT_EXP
end

return claims
