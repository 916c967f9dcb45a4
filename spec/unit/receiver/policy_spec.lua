-- SPDX-License-Identifier: MIT
-- Which event signs a person out, and which is only recorded.

local covered = require "spec.support.covered"
local support = require "spec.support.receiver"

local CAEP, RISC, SSF = support.URI .. "caep/event-type/", support.URI .. "risc/event-type/", support.URI .. "ssf/event-type/"
local SESSION, CREDENTIAL = CAEP .. "session-revoked", CAEP .. "credential-change"
local PROV = "urn:ietf:params:scim:event:prov:"

describe("receiver.policy", function()
  local policy, counted, reaches_every_line = covered "signoff.receiver.policy"
  local decide = counted(function(...) return policy.decide(...) end)
  local check = counted(function(...) return policy.check(...) end)

  local all = { act = { ["credential-change"] = true, ["account-credential-change-required"] = true, ["credential-compromise"] = true } }
  local rows = {
    { "44 by user", SESSION, { initiating_entity = "user" }, "record" }, { "44 by admin", SESSION, { initiating_entity = "admin" }, "act" },
    { "44 by policy", SESSION, { initiating_entity = "policy" }, "act" }, { "44 by system", SESSION, { initiating_entity = "system" }, "act" },
    { "44 by nobody", SESSION, {}, "act" }, { "44 by a robot", SESSION, { initiating_entity = "robot" }, "record" },
    { "40 by nobody, of a session", SESSION, {}, "record", narrowed = "session" },
    { "40 by admin, of a session", SESSION, { initiating_entity = "admin" }, "record", narrowed = "session" },
    { "40 by admin, of a device", SESSION, { initiating_entity = "admin" }, "record", narrowed = "device" },
    { '40 by admin, of a session, sid = "act"', SESSION, { initiating_entity = "admin" }, "act", narrowed = "session", options = { sid = "act" } },
    { "46 account-disabled", RISC .. "account-disabled", {}, "act" }, { "46 account-purged", RISC .. "account-purged", {}, "act" },
    { "46 sessions-revoked", policy.canonical(RISC .. "sessions-revoked"), {}, "act" },
    { "46 deactivated by SCIM", PROV .. "deactivate", {}, "act" }, { "46 deleted by SCIM", PROV .. "delete", {}, "act" },
    { "47 account-enabled", RISC .. "account-enabled", {}, "record" },
    { "65 verification", SSF .. "verification", {}, "record" }, { "66 stream-updated", SSF .. "stream-updated", {}, "record" },
    { "28 an unknown event", "https://vendor.example/lunch", {}, "not_understood" }, { "28 http", (SESSION:gsub("https", "http")), {}, "not_understood" },
    { "28 two names of one", SESSION, { initiating_entity = "admin" }, "record", several = true },
    { "a change that is required", RISC .. "account-credential-change-required", {}, "record" },
    { "a change that is required, chosen", RISC .. "account-credential-change-required", {}, "act", options = all },
    { "a compromise", RISC .. "credential-compromise", {}, "record" }, { "a compromise, chosen", RISC .. "credential-compromise", {}, "act", options = all },
  }
  for _, change in ipairs { "create", "revoke", "update", "delete", "ALL" } do
    for _, kind in ipairs { "password", "pin", "x509", "fido2-platform", "ALL_FACTORS" } do
      local chosen = (change == "revoke" or change == "update" and kind == "password") and "act" or "record"
      local values = { change_type = change, credential_type = kind, initiating_entity = "admin" }
      rows[#rows + 1] = { ("45 credential-change: %s of %s"):format(change, kind), CREDENTIAL, values, "record" }
      rows[#rows + 1] = { ("45 credential-change: %s of %s, chosen"):format(change, kind), CREDENTIAL, values, chosen, options = all }
    end
  end
  rows[#rows + 1] = { "45 the user's own new password, chosen", CREDENTIAL,
    { change_type = "update", credential_type = "password", initiating_entity = "user" }, "record", options = all }

  for _, row in ipairs(rows) do
    it(row[1], function()
      local event = { uri = row[2], values = row[3], narrowed = row.narrowed, several = row.several }
      assert.are.equal(row[4], (decide(event, row.options or { sid = "record" })))
    end)
  end

  for _, row in ipairs {
    { "44 by a robot", SESSION, { initiating_entity = "robot" }, true }, { "44 by a number", SESSION, { initiating_entity = 7 }, true },
    { "44 by a robot, legacy", SESSION, { initiating_entity = "robot" }, false, true }, { "44 by nobody", SESSION, {}, false },
    { "45 without change_type", CREDENTIAL, {}, true }, { "45 with change_type", CREDENTIAL, { change_type = "revoke" }, false },
    { "31 a time that is a text", SESSION, { event_timestamp = "1" }, true }, { "an unknown event", "x", { event_timestamp = "1" }, false },
  } do
    it(row[1] .. ", checked", function()
      assert.are.equal(row[4] and "string" or "nil", type(check(row[2], row[3], row[5])))
    end)
  end

  it("31 reads seconds and milliseconds", function()
    local happened = counted(function(...) return policy.happened(...) end)
    assert.are.equal(1615304991.643, happened { event_timestamp = 1615304991643 })
    assert.are.equal(1615304991, happened { event_timestamp = 1615304991 })
    assert.is_nil(happened {})
    assert.is_nil(happened { event_timestamp = -1 })
    assert.is_nil(happened { event_timestamp = "1" })
  end)

  it("knows the stream's own events", function()
    local is_of_stream = counted(function(...) return policy.is_of_stream(...) end)
    local is_verification = counted(function(...) return policy.is_verification(...) end)
    assert.are.same({ true, true, false, false },
      { is_of_stream(SSF .. "verification"), is_of_stream(SSF .. "stream-updated"), is_of_stream(SESSION), is_of_stream "x" })
    assert.are.same({ true, false }, { is_verification(SSF .. "verification"), is_verification(SSF .. "stream-updated") })
  end)

  it("tells by whom an event was begun", function()
    local entity = counted(function(...) return policy.entity(...) end)
    assert.are.equal("admin", entity { initiating_entity = "admin" })
    assert.is_nil(entity { initiating_entity = "robot" })
  end)

  for _, row in ipairs {
    { "a person", "ana", nil, {}, "act" }, { "nobody", nil, "unknown_subject", {}, "unknown_subject" }, { "two", nil, "ambiguous", {}, "ambiguous" },
    { "26 an event of 40 days ago", "ana", nil, { age = 40 * 86400 }, "stale" }, { "43 a protected person", "ana", nil, { protected = true }, "skipped" },
    { "26 as old as is allowed", "ana", nil, { age = 86400 }, "act" },
  } do
    it(row[1] .. ", disposed of", function()
      local dispose = counted(function(...) return policy.dispose(...) end)
      assert.are.equal(row[5], (dispose(row[2], row[3], { age = row[4].age or 0, max_age = 86400, protected = row[4].protected })))
    end)
  end

  it("gives other names of an event", function()
    local canonical = counted(function(...) return policy.canonical(...) end)
    assert.are.equal(SESSION, canonical(RISC .. "sessions-revoked"))
    assert.are.equal("x", canonical "x")
  end)

  reaches_every_line(it)
end)
