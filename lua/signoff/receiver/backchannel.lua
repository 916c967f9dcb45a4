-- SPDX-License-Identifier: MIT

--- OpenID Connect Back-Channel Logout 1.0: a form with a logout token.
--
-- A token with `sid` ends one session: such a logout is recorded, and clears nobody's phone. A token without it ends all sessions of the
-- person.
-- @module signoff.receiver.backchannel

local claims = require "signoff.receiver.claims"
local subject = require "signoff.receiver.subject"
local token = require "signoff.receiver.token"

local backchannel = { kind = "backchannel", content_type = "application/x-www-form-urlencoded", largest = 64 * 1024 }

local DAY = 86400
local EVENT = "http://schemas.openid.net/event/backchannel-logout"
local TYPES = { ["logout+jwt"] = true, jwt = true, [""] = true }

local function types_of()
  return TYPES
end

local function byte_of(digits)
  return string.char(tonumber(digits, 16))
end

local function decoded(text)
  return (text:gsub("+", " "):gsub("%%(%x%x)", byte_of))
end

--- The token of a form; other parameters are ignored.
-- @tparam string body
-- @treturn ?string nil and a sentence where there is none, or more than one
function backchannel.token_of(body)
  local found
  for pair in body:gmatch "[^&]+" do
    local name, value = pair:match "^([^=]*)=?(.*)$"
    if decoded(name) == "logout_token" then
      if found then
        return nil, "the form has logout_token twice"
      end
      found = decoded(value)
    end
  end
  if not found or found == "" then
    return nil, "the form has no logout_token"
  end
  return found
end

-- The subject as a framework event would have it.
local function subject_of(set)
  local user = set.sub and { format = "iss_sub", iss = set.iss, sub = set.sub } or nil
  if not set.sid then
    return user
  end
  return { format = "complex", user = user, session = { format = "opaque", id = set.sid } }
end

-- Decides about a logout, as if its person were known.
local function decide(draft)
  if draft.claims.sid and draft.section.sid ~= "act" then
    return "record", "of one session"
  end
  return "act"
end

--- Reads a request.
-- @tparam table parts of the receiver, as `token.open` has them, and `now()`
-- @tparam table request `body`
-- @treturn ?table a draft of the event; nil, an outcome, a sentence
function backchannel.read(parts, request)
  local compact, problem = backchannel.token_of(request.body)
  if not compact then
    return nil, "invalid_request", problem
  end
  local opened, code, sentence = token.open(parts, compact, "logout", types_of)
  if not opened then
    return nil, code, sentence
  end
  local section, set, now = opened.issuer.logout, opened.claims, parts.now()
  local rule = { audience = section.client_id, trusted = section.trusted_audiences, strict = section.strict }
  local fine
  fine, code, sentence = claims.check_logout(set, rule, now)
  if not fine then
    return nil, code, sentence
  end
  local sent = subject_of(set)
  return {
    kind = backchannel.kind, issuer = opened.issuer, section = section, claims = set, uri = EVENT, values = set.events[EVENT],
    token = opened, sha256 = opened.sha256, sent = sent, subject = subject.read(sent), decide = decide,
    keep_until = claims.over(set) + DAY,
  }
end

return backchannel
