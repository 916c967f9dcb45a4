-- SPDX-License-Identifier: MIT
-- Messages of identity providers, well signed: the first byte is the sender (F final, L legacy, B back-channel, R revocation), the rest is
-- the token's claims; of a revocation, the body behind the first line's end. Each has an answer of its kind, and no error of ours.
local json = require "signoff.json"
local support = require "spec.support.receiver"

local SENDERS = { F = "push", L = "push", B = "backchannel", R = "revocation" }
local STATUSES = {
  push = { [202] = true, [400] = true }, backchannel = { [200] = true, [400] = true },
  revocation = { [204] = true, [400] = true, [401] = true, [403] = true, [404] = true },
}

local people = {}
for _, row in ipairs(support.people()) do
  people[row.person] = true
end

local said, added
local site = support.new { log = function(level, message) said = level == "error" and message or said end }
function site.inbox.add(_, event, about)
  assert(about.jti == event.jti and about.sha256 == event.sha256 and about.keep_until > support.NOW - 86400, "an event that is not what is remembered")
  assert(json.decode(json.encode_unsorted(event)), "an event that cannot be written")
  added = event
  return "added"
end

local function check_event(event, kind)
  assert(event.kind == kind and #event.id == 32 and event.at == support.NOW, "an event without its traces")
  assert(event.disposition ~= "act" or people[event.person] and event.person ~= "rita.stone", "an act on nobody, or on somebody protected")
  assert(event.disposition ~= "act" or math.min(event.event_timestamp or event.iat, event.iat) >= support.NOW - 86400, "an act on a stale event")
  assert(not event.reason_admin or not event.reason_admin:find "[%z\1-\31\127]", "a reason that steers a terminal")
end

return function(bytes)
  local sender, rest = bytes:match "^([FLBR])(.*)$"
  if not sender then
    return
  end
  local kind = SENDERS[sender]
  local claims, body = rest, nil
  if kind == "revocation" then
    claims, body = rest:match "^([^\n]*)\n?(.*)$"
  end
  said, added, site.tokens = nil, nil, {}
  local header = sender == "L" and { typ = "JWT" } or nil
  local answer = site:send(kind, { payload = claims, header = header, request = body and { body = body } })
  assert(STATUSES[kind][answer.status], answer.status)
  assert(not said or said:find("an issuer asks for a person of another one", 1, true), said)
  local written = answer.status < 300 or answer.status == 404
  assert(written == (added ~= nil), "an answer that does not fit the inbox")
  if added then
    check_event(added, kind)
  end
end, true
