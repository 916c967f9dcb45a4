-- SPDX-License-Identifier: MIT
-- The shapes that senders really use, where they differ from the final text: rows 31, 32, 35; and the events of every kind, row 66.

local senders = { kind = "push" }

-- As the page of Okta's API prints it: no sub_id, a complex subject without "format", milliseconds.
local function okta(k)
  return {
    sub_id = k.absent, txn = k.absent, iat = 1615305159,
    events = k.event("caep/event-type/session-revoked", {
      event_timestamp = 1615304991643,
      subject = { user = { format = "iss_sub", iss = "https://acme.okta.example", sub = "sub-ana.silva" } },
    }),
  }
end

-- authentik before its final form: a session and a user beside one another.
local function authentik(k, now)
  return {
    sub_id = k.absent,
    events = k.event("caep/event-type/session-revoked", {
      event_timestamp = now - 1, initiating_entity = "user",
      subject = { session = { format = "opaque", id = ("5e"):rep(32) }, user = { format = "email", email = "ana.silva@acme.example" } },
    }),
  }
end

local function google(k)
  return {
    sub_id = k.absent, txn = k.absent,
    events = k.event("risc/event-type/account-disabled", {
      reason = "hijacking",
      subject = { subject_type = "iss-sub", iss = "https://accounts.google.example", sub = "sub-ana.silva" },
    }),
  }
end

-- Every event of the final texts that names a person, and what comes of it.
local EVENTS = {
  { "caep/event-type/session-revoked", { initiating_entity = "policy" }, "act" },
  { "caep/event-type/session-established", {}, "not_understood" },
  { "caep/event-type/session-presented", {}, "not_understood" },
  { "caep/event-type/token-claims-change", { claims = { role = "none" } }, "not_understood" },
  { "caep/event-type/credential-change", { credential_type = "password", change_type = "update" }, "record" },
  { "caep/event-type/assurance-level-change", { namespace = "x", current_level = "low" }, "not_understood" },
  { "caep/event-type/device-compliance-change", { current_status = "not-compliant", previous_status = "compliant" }, "not_understood" },
  { "caep/event-type/risk-level-change", { principal = "USER", current_level = "HIGH" }, "not_understood" },
  { "risc/event-type/account-credential-change-required", {}, "record" },
  { "risc/event-type/credential-compromise", { credential_type = "password" }, "record" },
  { "risc/event-type/account-purged", {}, "act" },
  { "risc/event-type/account-disabled", { reason = "hijacking" }, "act" },
  { "risc/event-type/sessions-revoked", {}, "act" },
  { "risc/event-type/identifier-changed", { ["new-value"] = "a@acme.example" }, "not_understood" },
  { "risc/event-type/identifier-recycled", {}, "not_understood" },
  { "risc/event-type/opt-in", {}, "not_understood" },
  { "risc/event-type/opt-out-initiated", {}, "not_understood" },
  { "risc/event-type/opt-out-cancelled", {}, "not_understood" },
  { "risc/event-type/opt-out-effective", {}, "not_understood" },
  { "risc/event-type/recovery-activated", {}, "not_understood" },
  { "risc/event-type/recovery-information-changed", {}, "not_understood" },
  { "urn:ietf:params:scim:event:prov:deactivate", {}, "act" },
  { "urn:ietf:params:scim:event:prov:delete", {}, "act" },
}

function senders.rows(k, now)
  local list = {
    { 31, "Okta's sample as printed in 2021, legacy", issuer = "okta", header = { typ = k.absent }, claims = okta(k), disposition = "stale" },
    { 31, "Okta's sample of today, legacy", issuer = "okta", header = { typ = k.absent }, claims = {
      sub_id = k.absent, events = k.event("caep/event-type/session-revoked", { event_timestamp = (now - 2) * 1000,
        subject = { user = { format = "iss_sub", iss = "https://acme.okta.example", sub = "sub-ana.silva" } } }) } },
    { 31, "Okta's sample, final", claims = okta(k), answer = "invalid_request" },
    { 32, "authentik's old form, of a user who went home", issuer = "authentik", header = { typ = k.absent },
      claims = authentik(k, now), disposition = "record" },
    { 32, "Google's subject_type", issuer = "google", header = { typ = "JWT" }, claims = google(k) },
    { 35, "HS256 by the client's secret, as authentik without a signing key", issuer = "authentik", header = { alg = "HS256", kid = k.absent },
      claims = authentik(k, now), sign = "hmac:client-secret", answer = "invalid_key" },
  }
  for _, one in ipairs(EVENTS) do
    list[#list + 1] = { 66, one[1], claims = { events = k.event(one[1], one[2]) }, disposition = one[3] }
  end
  return list
end

return senders
