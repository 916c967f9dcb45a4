-- SPDX-License-Identifier: MIT
-- Which event signs a person out, and which is only kept: rows 44 to 46.

local policy = { kind = "push" }

local SESSION, CREDENTIAL = "caep/event-type/session-revoked", "caep/event-type/credential-change"

local function revoked(k)
  local list = {}
  for who, outcome in pairs { user = "record", admin = "act", policy = "act", system = "act" } do
    list[#list + 1] = { 44, "session-revoked by " .. who, claims = { events = k.event(SESSION, { initiating_entity = who }) }, disposition = outcome }
  end
  local session = { format = "complex", user = { format = "email", email = "ana.silva@acme.example" }, session = { format = "opaque", id = "5e55" } }
  local more = {
    { 44, "session-revoked by nobody", claims = { events = k.event(SESSION) }, disposition = "act" },
    { 44, "session-revoked by nobody, of a session", claims = { sub_id = session, events = k.event(SESSION) }, disposition = "record" },
    { 44, "session-revoked by a robot", claims = { events = k.event(SESSION, { initiating_entity = "robot" }) }, answer = "invalid_request" },
    { 44, "session-revoked by a robot, legacy", issuer = "okta", claims = { events = k.event(SESSION, { initiating_entity = "robot" }) },
      disposition = "record" },
  }
  for _, row in ipairs(more) do
    list[#list + 1] = row
  end
  return list
end

-- By default a changed credential is only kept.
local function credentials(k)
  local list = {}
  for _, change in ipairs { "create", "revoke", "update", "delete" } do
    for _, kind in ipairs { "password", "pin", "x509", "fido2-platform", "fido2-roaming", "fido-u2f", "verifiable-credential",
      "phone-voice", "phone-sms", "app", "ALL_FACTORS", "OKTA_VERIFY_PUSH" } do
      list[#list + 1] = { 45, ("credential-change: %s of %s"):format(change, kind), disposition = "record", claims = {
        events = k.event(CREDENTIAL, { change_type = change, credential_type = kind, initiating_entity = "admin" }) } }
    end
  end
  return list
end

local function accounts(k)
  local list = {}
  for _, name in ipairs { "account-disabled", "account-purged", "sessions-revoked" } do
    list[#list + 1] = { 46, name, claims = { events = k.event("risc/event-type/" .. name) }, disposition = "act" }
  end
  list[#list + 1] = { 46, "account-disabled for hijacking", claims = { events = k.event("risc/event-type/account-disabled", { reason = "hijacking" }) },
    disposition = "act" }
  return list
end

function policy.rows(k)
  local list = {}
  for _, rows in ipairs { revoked(k), credentials(k), accounts(k) } do
    for _, row in ipairs(rows) do
      list[#list + 1] = row
    end
  end
  return list
end

return policy
