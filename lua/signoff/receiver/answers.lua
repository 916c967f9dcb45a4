-- SPDX-License-Identifier: MIT

--- The answers of the three endpoints: status, headers and body of each outcome.
--
-- The sentences are fixed: no claim, no token and no name stands in them, so that a refusal tells nothing of who exists. A fault of
-- ours is 503, which makes a sender try again; 400 may make it give up.
-- @module signoff.receiver.answers

local json = require "signoff.json"

local answers = {}

local RETRY_SOON, RETRY_LATER = "1", "10" -- seconds, as the header has them

-- The statuses of each outcome. An outcome that a kind lacks is one of the first column's.
local statuses = {
  push = {
    accepted = 202, unknown_person = 202, invalid_request = 400, invalid_key = 400, invalid_issuer = 400, invalid_audience = 400,
    access_denied = 400, invalid_state = 400, replayed = 400, authentication_failed = 401,
  },
  backchannel = {
    accepted = 200, unknown_person = 200, invalid_request = 400, invalid_key = 400, invalid_issuer = 400, invalid_audience = 400,
    access_denied = 400, replayed = 400,
  },
  revocation = {
    accepted = 204, unknown_person = 404, invalid_request = 400, authentication_failed = 401, replayed = 401, access_denied = 403,
  },
}

-- Those that are alike for all.
local common = { wrong_method = 405, too_large = 413, unsupported_type = 415, busy = 503, unavailable = 503 }

local headers_of = {
  authentication_failed = { ["WWW-Authenticate"] = "Bearer" },
  wrong_method = { Allow = "POST" },
  busy = { ["Retry-After"] = RETRY_SOON },
  unavailable = { ["Retry-After"] = RETRY_LATER },
}

-- A refusal of a GTR's assertion, whose repetition with other bytes is one.
headers_of.replayed = { ["WWW-Authenticate"] = "Bearer" }

local sentences = {
  wrong_method = "this address takes POST alone",
  too_large = "the body is larger than this address takes",
  unsupported_type = "this address takes another Content-Type, and no Content-Encoding",
  busy = "the same message is being written; send it again in a second",
  unavailable = "the message cannot be taken now; send it again later",
  replayed = "the identifier of the message was used before, for another one",
  unknown_person = "no such user",
  authentication_failed = "the authorization is missing, or is not the one that was agreed upon",
  access_denied = "the issuer may not send this here",
}

local function push_body(outcome, sentence)
  local code = statuses.push[outcome] and outcome ~= "replayed" and outcome or "invalid_request"
  return { err = code, description = sentence }
end

local function oauth_body(outcome, sentence)
  return { error = outcome == "authentication_failed" and "invalid_token" or "invalid_request", error_description = sentence }
end

local bodies = { push = push_body, backchannel = oauth_body, revocation = oauth_body }

--- Makes an answer.
-- @tparam string kind "push", "backchannel" or "revocation"
-- @tparam string outcome
-- @tparam[opt] string sentence for a person at the sender's side; fixed ones alone
-- @treturn number status
-- @treturn table headers
-- @treturn string body
function answers.make(kind, outcome, sentence)
  local status = statuses[kind][outcome] or common[outcome]
  local headers = { ["Cache-Control"] = "no-store" }
  for name, value in pairs(status ~= 400 and headers_of[outcome] or {}) do
    headers[name] = value
  end
  if status < 300 then
    return status, headers, ""
  end
  headers["Content-Type"], headers["Content-Language"] = "application/json", "en"
  return status, headers, json.encode(bodies[kind](outcome, sentence or sentences[outcome]))
end

--- Whether an outcome is a refusal or a fault, so that nothing was written.
-- @tparam string kind
-- @tparam string outcome
-- @treturn boolean
function answers.refuses(kind, outcome)
  local status = statuses[kind][outcome] or common[outcome]
  return status >= 300 and outcome ~= "unknown_person"
end

return answers
