-- SPDX-License-Identifier: MIT
-- The three endpoints as a whole, with tokens, keys, inbox and clock of our own.

local counted_folder = require "spec.support.counted_folder"
local json = require "signoff.json"
local secret = require("signoff").secret
local support = require "spec.support.receiver"

local NOW, IDP, OKTA, OTHER, URI = support.NOW, support.IDP, support.OKTA, support.OTHER, support.URI
local absent, event, EMAIL = support.absent, support.event, support.EMAIL

local function email(address)
  return { format = "email", email = address }
end

local function subject(sub_id)
  return { sub_id = sub_id }
end

local function complex(members)
  members.format, members.user = "complex", EMAIL
  return subject(members)
end

local function opaque(id)
  return { format = "opaque", id = id }
end

-- A value within so many tables.
local function deep(count)
  local value = 1
  for _ = 1, count do
    value = { a = value }
  end
  return value
end

local FILES = { "signoff/receiver.lua" }
for i, name in ipairs { "push", "backchannel", "revocation", "intake", "log", "nginx" } do
  FILES[i + 1] = ("signoff/receiver/%s.lua"):format(name)
end

describe("receiver:accept", function()
  local receiver, counted, reaches_every_line = counted_folder("signoff.receiver", FILES)
  local modules = { receiver = receiver }
  local new = counted(function(changes) return support.new(changes, modules) end)
  local send = counted(function(site, kind, row) return site:send(kind, row) end)

  -- The site of a row, which may have options of its own.
  local function site_of(row)
    local changes = row.options
    if row.section then
      local options = support.options()
      local entry = options.issuers[1]
      for name, more in pairs(row.section) do
        entry[name] = more ~= absent and support.changed(entry[name], more) or nil
      end
      changes = support.changed(options, changes)
    end
    return new(changes)
  end

  local ACCEPTED = { push = 202, backchannel = 200, revocation = 204 }

  local function check_refusal(kind, row, answer, site)
    local status = row.status or kind == "revocation" and 401 or 400
    assert.are.equal(status, answer.status)
    if kind == "push" and status == 400 then
      assert.are.equal(row.code or "invalid_request", answer.json.err)
    end
    assert.are.same({ 0, nil }, { #site.events, answer.event })
    assert.are.equal("no-store", answer.headers["Cache-Control"])
    assert.are.equal("warn", site.log[#site.log].level)
  end

  local function check_event(kind, row, answer, site)
    assert.are.same({ row.status or ACCEPTED[kind], 1 }, { answer.status, #site.events })
    local added = site.events[1]
    assert.are.equal(row.disposition or "act", added.disposition)
    assert.are.equal(row.person ~= false and (row.person or "ana.silva") or nil, added.person)
    assert.are.equal(added.id, answer.event.id)
    assert.are.equal(row.narrowed, added.narrowed)
    assert.is_truthy(not row.reason or added.reason:find(row.reason, 1, true), added.reason)
    assert.is_truthy(row.disposition == nil or row.quiet or added.reason, "no reason")
    assert.are.equal(row.level or "info", site.log[#site.log].level)
  end

  local function describe_rows(kind, rows)
    for _, row in ipairs(rows) do
      it(("%s (%s)"):format(row[1], kind), function()
        local site = site_of(row)
        local check = (row.code or row.refused or row.status and row.status ~= 404) and check_refusal or check_event
        check(kind, row, send(site, kind, row), site)
      end)
    end
  end

  local LEGACY = { typ = absent }
  local function okta(values, more)
    return support.changed({ iss = OKTA, sub_id = absent, events = event(values) }, more)
  end

  describe_rows("push", {
    { "1 good" },
    { "20 typ absent", refused = true, header = LEGACY }, { "21 typ absent, legacy", header = LEGACY, claims = { iss = OKTA } },
    { "21 typ JWT, legacy", header = { typ = "JWT" }, claims = { iss = OKTA } }, { "21 typ logout+jwt, legacy", refused = true, header = { typ = "logout+jwt" }, claims = { iss = OKTA } },
    { "22 exp, final", refused = true, claims = { exp = NOW + 9 } }, { "22 exp, legacy", claims = { iss = OKTA, exp = NOW + 9 } },
    { "23 iss other", code = "invalid_issuer", claims = { iss = "https://evil.example" } },
    { "24 aud other", code = "invalid_audience", claims = { aud = "x" } },
    { "25 on the stream of another", code = "access_denied", request = { issuer = OTHER } }, { "25 on its own stream", request = { issuer = IDP } },
    { "25 an issuer that sends no events", code = "access_denied", section = { ssf = absent } },
    { "26 of 40 days ago", disposition = "stale", level = "warn", claims = { iat = NOW - 40 * 86400 } },
    { "26 that happened 40 days ago", disposition = "stale", level = "warn", claims = { events = event { event_timestamp = NOW - 40 * 86400 } } },
    { "26 within a max_age of 60 days", claims = { iat = NOW - 40 * 86400 }, options = { max_age = "60d" } },
    { "28 two events", refused = true, claims = { events = { x = {}, y = {} } } }, { "28 an unknown one", disposition = "not_understood", claims = { events = event({}, "x:y") } },
    { "28 two names of one", disposition = "record", claims = { events = { [support.SESSION] = {}, [URI .. "risc/event-type/sessions-revoked"] = {} } } },
    { "16 a subject that is 31 deep", refused = true, claims = subject { format = "email", email = EMAIL.email, more = deep(30) } },
    { "30 two subjects that differ", refused = true, claims = { events = event { subject = email "x@acme.example" } } },
    { "31 Okta's sample, legacy", header = LEGACY, disposition = "stale", level = "warn",
      claims = okta { event_timestamp = 1615304991643, subject = { user = { format = "iss_sub", iss = OKTA, sub = "sub-ana" } } } },
    { "31 Okta's sample of today, legacy", header = LEGACY,
      claims = okta { event_timestamp = NOW * 1000 - 7, subject = { user = { format = "iss_sub", iss = OKTA, sub = "sub-ana" } } } },
    { "31 Okta's sample, final", refused = true,
      claims = { sub_id = absent, events = event { subject = { user = { format = "iss_sub", iss = OKTA, sub = "sub-ana" } } } } },
    { "32 authentik's old form, of a user who went home", header = LEGACY, disposition = "record", narrowed = "session", claims = okta {
      initiating_entity = "user", subject = { session = opaque "5e55", user = EMAIL } } },
    { "32 Google's subject_type", header = { typ = "JWT" }, claims = okta(nil, {
      events = event({ subject = { subject_type = "iss-sub", iss = OKTA, sub = "sub-ana" } }, "risc/event-type/account-disabled") }) },
    { "33 unknown members", header = { colour = "red" }, claims = { colour = {}, events = event { colour = "red", initiating_entity = "admin" } } },
    { "34 64 KiB and a byte", status = 413, request = { body = ("x"):rep(64 * 1024 + 1) } },
    { "36 a malformed subject", refused = true, claims = subject { format = "email" } }, { "36 no subject", refused = true, claims = subject(absent) },
    { "36 an opaque one", claims = subject(opaque "dev-ana") },
    { "37 a sub of nobody's", quiet = true, disposition = "unknown_subject", level = "warn", person = false, claims = subject { format = "iss_sub", iss = "https://evil.example", sub = "sub-ana" } },
    { "102 a sub of another issuer of ours", disposition = "unknown_subject", level = "error", person = false, claims = subject { format = "iss_sub", iss = OTHER, sub = "other-ben" } },
    { "38 a dot at its end", disposition = "unknown_subject", level = "warn", quiet = true, person = false, claims = subject(email "ana.silva@acme.example.") },
    { "38 two rows", disposition = "ambiguous", level = "warn", person = false, claims = subject(email "shared@acme.example") },
    { "39 our tenant", claims = complex { tenant = opaque "acme" } }, { "39 another tenant", disposition = "record", person = false, claims = complex { tenant = opaque "globex" } },
    { "40 a session", disposition = "record", narrowed = "session", reason = "of one session", claims = complex { session = opaque "5e55" } },
    { '40 a session, sid = "act"', claims = complex { session = opaque "5e55" }, section = { ssf = { sid = "act" } } },
    { "41 a critical member", disposition = "not_understood", person = false, reason = "critical", claims = complex { group = opaque "g" }, section = { ssf = { critical = { "group" } } } },
    { "42 aliases of two", disposition = "ambiguous", level = "warn", person = false, claims = subject { format = "aliases", identifiers = { EMAIL, email "ben.okafor@acme.example" } } },
    { "43 a protected person", disposition = "skipped", level = "warn", reason = "protected", person = "rita.stone", claims = subject(email "rita.stone@acme.example") },
    { "44 by the user", disposition = "record", claims = { events = event { initiating_entity = "user" } } },
    { "44 by a robot", refused = true, claims = { events = event { initiating_entity = "robot" } } },
    { "44 by a robot, legacy", disposition = "record", claims = { iss = OKTA, events = event { initiating_entity = "robot" } } },
    { "45 a credential revoked", disposition = "record", quiet = true, claims = { events = event({ change_type = "revoke" }, "caep/event-type/credential-change") } },
    { "45 a credential revoked, chosen", claims = { events = event({ change_type = "revoke" }, "caep/event-type/credential-change") }, section = { ssf = { act = { "credential-change" } } } },
    { "46 account-disabled", claims = { events = event({}, "risc/event-type/account-disabled") } },
    { "47 account-enabled", disposition = "record", quiet = true, claims = { events = event({}, "risc/event-type/account-enabled") } },
    { "47 account-enabled, of a device", disposition = "record", quiet = true, narrowed = "device",
      claims = support.changed(complex { device = opaque "d" }, { events = event({}, "risc/event-type/account-enabled") }) },
    { "65 unsolicited verification", disposition = "record", person = false, claims = { sub_id = opaque "stream", events = event({}, "ssf/event-type/verification") } },
    { "70 verification with our state", disposition = "record", person = false, section = { ssf = { state = "s" } }, claims = { sub_id = opaque "stream", events = event({ state = "s" }, "ssf/event-type/verification") } },
    { "70 verification with another state", code = "invalid_state", section = { ssf = { state = "s" } }, claims = { sub_id = opaque "stream", events = event({ state = "x" }, "ssf/event-type/verification") } },
    { "66 stream-updated", disposition = "record", person = false, claims = { sub_id = opaque "stream", events = event({ status = "paused" }, "ssf/event-type/stream-updated") } },
    { "96 GET", status = 405, request = { method = "GET" } }, { "96 JSON", status = 415, request = { content_type = "application/json" } },
    { "96 no type", status = 415, request = { content_type = absent } }, { "96 packed", status = 415, request = { content_encoding = "gzip" } },
    { "96 not packed, and a charset", request = { content_encoding = "identity", content_type = "Application/SecEvent+JWT ; charset=utf-8" } },
  })

  local sub_and_sid = { sid = "5e55" }
  describe_rows("backchannel", {
    { "90 good" }, { "90 with an unknown claim and parameter", claims = { colour = "red" }, request = { body = "a=b&logout%5Ftoken=TOKEN&c" } },
    { "91 no event", refused = true, claims = { events = absent } }, { "91 wrong iss", refused = true, claims = { iss = "https://evil.example" } },
    { "91 wrong aud", refused = true, claims = { aud = "x" } }, { "91 nonce", refused = true, claims = { nonce = "n" } },
    { "92 sid alone", disposition = "record", person = false, claims = { sub = absent, sid = "5e55" } }, { "92 both", disposition = "record", narrowed = "session", claims = sub_and_sid },
    { '92 both, sid = "act"', claims = sub_and_sid, section = { logout = { sid = "act" } } },
    { '92 sid alone, sid = "act"', disposition = "unknown_subject", level = "warn", quiet = true, person = false, claims = { sub = absent, sid = "5e55" }, section = { logout = { sid = "act" } } },
    { "93 without exp, strict", refused = true, claims = { exp = absent }, section = { logout = { strict = true } } }, { "93 without exp", claims = { exp = absent } },
    { "94 a trusted audience", claims = { aud = { "signoff", "x" } }, section = { logout = { trusted_audiences = { "x" } } } },
    { "94 a foreign audience", refused = true, claims = { aud = { "signoff", "x" } } },
    { "95 an event's token", refused = true, header = { typ = "secevent+jwt" } }, { "95 an access token", refused = true, header = { typ = "at+jwt" } },
    { "90 typ JWT", header = { typ = "JWT" } }, { "90 typ absent", header = { typ = absent } },
    { "96 GET", status = 405, request = { method = "GET" } }, { "96 PUT", status = 405, request = { method = "PUT" } },
    { "96 JSON", status = 415, request = { content_type = "application/json" } }, { "96 multipart", status = 415, request = { content_type = "multipart/form-data; boundary=x" } },
    { "96 logout_token twice", refused = true, request = { body = "logout_token=TOKEN&logout_token=TOKEN" } }, { "96 empty", refused = true, request = { body = "logout_token=" } },
    { "96 nothing", refused = true, request = { body = "" } }, { "96 64 KiB and a byte", status = 413, request = { body = ("x"):rep(64 * 1024 + 1) } },
    { "98 an unknown sub", disposition = "unknown_subject", level = "warn", quiet = true, person = false, claims = { sub = "nobody" } },
  })

  local function body(value)
    return { body = type(value) == "string" and value or json.encode(value) }
  end

  describe_rows("revocation", {
    { "99 by address" }, { "99 by iss_sub", request = body { sub_id = { format = "iss_sub", iss = IDP, sub = "sub-ana" } } },
    { "99 the older form, legacy", claims = { iss = OKTA }, request = body { subject = EMAIL } }, { "99 the older form, final", status = 400, request = body { subject = EMAIL } },
    { "100 typ other", refused = true, header = { typ = "JWT" } }, { "100 aud other", refused = true, claims = { aud = "x" } },
    { "100 sub other", refused = true, claims = { sub = "x" } }, { "100 exp past", refused = true, claims = { exp = NOW - 61 } },
    { "100 nbf to come", refused = true, claims = { nbf = NOW + 61 } }, { "100 no Authorization", refused = true, request = { authorization = absent } },
    { "100 a static bearer", refused = true, request = { authorization = "Bearer x" } }, { "100 another scheme", refused = true, request = { authorization = "Basic TOKEN" } },
    { "100 an issuer that may not", status = 403, section = { revocation = absent } },
    { "101 no JSON", status = 400, request = body "x" }, { "101 an array", status = 400, request = body "[]" }, { "101 empty", status = 400, request = body "" },
    { "101 unknown members", request = body { sub_id = EMAIL, colour = "red" } }, { "101 an unknown format", status = 400, request = body { sub_id = { format = "badge" } } },
    { "101 a format by which nobody is found", status = 400, request = body { sub_id = { format = "uri", uri = "x" } } },
    { "101 a malformed subject", status = 400, request = body { sub_id = { format = "email" } } }, { "101 null", status = 400, request = body '{"sub_id":null}' },
    { "101 two ids", status = 400, request = body { sub_id = EMAIL, subject = EMAIL } }, { "101 sub_id twice", status = 400, request = body '{"sub_id":1,"sub_id":2}' },
    { "101 16 KiB and a byte", status = 413, request = body(("x"):rep(16 * 1024 + 1)) },
    { "102 a person of another issuer", status = 404, disposition = "unknown_subject", level = "error", person = false, request = body { sub_id = email "olga.berg@other.example" } },
    { "16 a body that is 32 deep", status = 400, refused = true, request = body { sub_id = { format = "email", email = EMAIL.email, more = deep(30) } } },
    { "103 nobody, and the list is the authority", status = 404, disposition = "unknown_subject", level = "warn", quiet = true, person = false, request = body { sub_id = email "x@acme.example" } },
    { "103 nobody, and it is not", disposition = "unknown_subject", level = "warn", quiet = true, person = false, request = body { sub_id = email "x@acme.example" }, options = { authoritative = false } },
    { "102 a person of another issuer, and it is not", disposition = "unknown_subject", level = "error", person = false,
      request = body { sub_id = email "olga.berg@other.example" }, options = { authoritative = false } },
    { "43 a protected person", disposition = "skipped", level = "warn", person = "rita.stone", request = body { sub_id = email "rita.stone@acme.example" } },
  })

  -- Authorization ------------------------------------------------------------------------------------------------------

  local guarded = { section = { ssf = { authorization = { secret.new "Bearer new", "Bearer old" } } } }
  for _, row in ipairs {
    { "68 the header", "Bearer new", 202 }, { "68 the header before it", "Bearer old", 202 }, { "68 no header", nil, 401 }, { "68 another header", "Bearer x", 401 },
    { "68 the value without its scheme", "new", 401 },
  } do
    it(row[1] .. " (authorization)", function()
      local site = site_of(guarded)
      local answer = send(site, "push", { request = { authorization = row[2] } })
      assert.are.equal(row[3], answer.status)
      assert.are.equal(row[3] == 401 and "Bearer" or nil, answer.headers["WWW-Authenticate"])
      assert.are.equal(row[3] == 401 and "authentication_failed" or nil, answer.json and answer.json.err)
    end)
  end

  it("25 refuses an issuer's token with the header of another one's stream", function()
    local options = support.options()
    options.issuers[1].ssf.authorization, options.issuers[2].ssf.authorization = "Bearer a", "Bearer b"
    local site = new(options)
    local answer = send(site, "push", { request = { authorization = "Bearer b" } })
    assert.are.same({ 400, "access_denied" }, { answer.status, answer.json.err })
    answer = send(site, "push", { claims = { iss = OKTA }, request = { authorization = "Bearer b" } })
    assert.are.same({ 400, "access_denied" }, { answer.status, answer.json.err })
    assert.are.equal(202, send(site, "push", { claims = { iss = OKTA }, request = { authorization = "Bearer of nobody" } }).status)
  end)

  it("68 opens no token where every stream has a header, and none was sent", function()
    local options = support.options()
    options.issuers[1].ssf.authorization, options.issuers[2].ssf, options.issuers[3].ssf = "Bearer a", nil, nil
    local site = new(options)
    assert.are.same({ 401, 0 }, { send(site, "push").status, site.verified })
    assert.are.same({ 202, 1 }, { send(site, "push", { request = { authorization = "Bearer a" } }).status, site.verified })
  end)

  -- The inbox ----------------------------------------------------------------------------------------------------------

  it("1 writes a line that traces the event back", function()
    local site = new()
    local values = { initiating_entity = "admin", event_timestamp = NOW - 9, reason_admin = { de = "nein", en = "contract\nended \27[2J" } }
    local answer = send(site, "push", { claims = { events = event(values) } })
    local added, token = site.events[1], next(site.tokens)
    assert.are.same({
      id = added.id, at = NOW, kind = "push", iss = IDP, jti = "j-1", txn = "t-1", event = support.SESSION, event_timestamp = NOW - 9,
      initiating_entity = "admin", reason_admin = "contract\\nended \\u{1b}[2J", subject = EMAIL, person = "ana.silva", disposition = "act", alg = "RS256",
      kid = "k1", sha256 = token, worker = 0, iat = NOW - 5,
    }, added)
    assert.are.same({ kind = "push", iss = IDP, jti = "j-1", sha256 = token, keep_until = NOW + 30 * 86400 }, site.inbox.about)
    assert.are.same({ 32, 202, "" }, { #added.id, answer.status, answer.body })
  end)

  it("34 keeps 255 bytes of a txn", function()
    local site = new()
    send(site, "push", { claims = { txn = ("t"):rep(60000) } })
    assert.are.equal(("t"):rep(255), site.events[1].txn)
  end)

  it("34 shows a reason of one language, or none", function()
    for _, row in ipairs { { { de = "b", aa = "a" }, "a" }, { "plain", "plain" }, { 7 }, { { en = 7 } }, { {} } } do
      local site = new()
      send(site, "push", { claims = { txn = 7, events = event { initiating_entity = "admin", reason_admin = row[1] } } })
      assert.are.same({ row[2], nil }, { site.events[1].reason_admin, site.events[1].txn })
    end
  end)

  it("keeps identifiers of events as long as these are acted upon, and a day", function()
    for max_age, days in pairs { ["1h"] = 30, ["29d"] = 30, ["60d"] = 61 } do
      local site = new { max_age = max_age }
      send(site, "push")
      assert.are.equal(NOW + days * 86400, site.inbox.about.keep_until)
    end
  end)

  it("keeps identifiers as long as their tokens live, and a day", function()
    local site = new()
    send(site, "backchannel", { claims = { exp = NOW + 115 } })
    assert.are.equal(NOW + 115 + 86400, site.inbox.about.keep_until)
    send(site, "revocation")
    assert.are.equal(NOW + 295 + 86400, site.inbox.about.keep_until)
  end)

  for kind, status in pairs(ACCEPTED) do
    it("50 takes the same twice, and writes it once: " .. kind, function()
      local site = new()
      for _ = 1, 100 do
        assert.are.equal(status, send(site, kind).status)
      end
      assert.are.equal(1, #site.events)
      assert.are.equal(1, #site.log)
    end)

    it("52 refuses the same identifier with other bytes: " .. kind, function()
      local site = new()
      send(site, kind)
      assert.are.equal(kind == "revocation" and 401 or 400, send(site, kind, { claims = { iat = NOW - 6 } }).status)
      assert.are.equal(1, #site.events)
    end)

    it("53 takes the same identifier from two issuers: " .. kind, function()
      local site = new()
      send(site, kind)
      send(site, kind, { claims = { iss = OTHER } })
      assert.are.equal(2, #site.events)
      assert.are_not.equal(site.events[1].id, site.events[2].id)
    end)

    it("50 asks for a second while the same is being written: " .. kind, function()
      local site = new()
      site.inbox.fails = { "writing" }
      local answer = send(site, kind)
      assert.are.same({ 503, "1" }, { answer.status, answer.headers["Retry-After"] })
    end)

    it("55 answers 503 where the disk fails, and takes it when it does not: " .. kind, function()
      local site = new()
      site.inbox.fails = { nil, "No space left on device" }
      local answer = send(site, kind)
      assert.are.same({ 503, "10", nil }, { answer.status, answer.headers["Retry-After"], answer.event })
      assert.is_truthy(site.log[1].message:find("No space left on device", 1, true))
      site.inbox.fails = nil
      assert.are.equal(status, send(site, kind).status)
    end)

    it("84 answers 503 where the keys were never had: " .. kind, function()
      local site = new()
      site.trouble = "unavailable"
      assert.are.same({ 503, 0 }, { send(site, kind).status, #site.events })
    end)

    it("11 refuses a bad signature: " .. kind, function()
      local site = new()
      site.trouble = "invalid_key"
      local answer = send(site, kind)
      assert.are.same({ kind == "revocation" and 401 or 400, 0 }, { answer.status, #site.events })
      assert.are.equal(kind == "push" and "invalid_key" or nil, answer.json.err)
    end)

    it("answers 503 after an error of ours: " .. kind, function()
      local site = new()
      local answer = send(site, kind, { broken = true })
      assert.are.same({ 503, "error" }, { answer.status, site.log[1].level })
      assert.is_truthy(site.log[1].message:find("out of order", 1, true))
    end)

    it("answers 503 where the people cannot be asked: " .. kind, function()
      local site = new { people = function() return nil, "LDAP is down" end }
      local answer = send(site, kind)
      assert.are.same({ 503, 0 }, { answer.status, #site.events })
      assert.is_truthy(site.log[1].message:find("LDAP is down", 1, true))
    end)
  end

  it("100 refuses an assertion that comes again with another body", function()
    local site = new()
    assert.are.equal(204, send(site, "revocation").status)
    assert.are.equal(204, send(site, "revocation").status)
    assert.are.equal(401, send(site, "revocation", { request = { body = json.encode { sub_id = email "ben.okafor@acme.example" } } }).status)
    assert.are.equal(1, #site.events)
  end)

  -- Refusals tell nothing ---------------------------------------------------------------------------------------------

  it("114 refuses known and unknown subjects alike, byte for byte", function()
    local known, unknown = new(), new()
    local function same(kind, of_known, of_unknown)
      local a, b = send(known, kind, of_known), send(unknown, kind, of_unknown)
      assert.are.same({ a.status, a.headers, a.body }, { b.status, b.headers, b.body })
      return a.status
    end
    local stranger = email "nobody@acme.example"
    for _, site in ipairs { known, unknown } do
      site.trouble = "invalid_key"
    end
    assert.are.equal(400, same("push", {}, { claims = { sub_id = stranger } }))
    assert.are.equal(400, same("backchannel", {}, { claims = { sub = "nobody" } }))
    assert.are.equal(401, same("revocation", {}, { request = { body = json.encode { sub_id = stranger } } }))
    for _, site in ipairs { known, unknown } do
      site.trouble = nil
    end
    for _, claims in ipairs { { aud = "x" }, { iat = -1 }, { jti = absent }, { iss = "x" } } do
      local other = support.changed(claims, { sub_id = stranger })
      assert.are.equal(400, same("push", { claims = claims }, { claims = other }))
      assert.are.equal(400, same("backchannel", { claims = claims }, { claims = support.changed(claims, { sub = "nobody" }) }))
      assert.are.equal(401, same("revocation", { claims = claims }, { claims = claims, request = { body = json.encode { sub_id = stranger } } }))
    end
    assert.are.equal(202, same("push", {}, { claims = { sub_id = stranger } }))
    assert.are.equal(200, same("backchannel", {}, { claims = { sub = "nobody" } }))
  end)

  it("114 says neither subject nor token in the log", function()
    local site = new()
    for kind in pairs(ACCEPTED) do
      send(site, kind)
      send(site, kind, { claims = { aud = "x" } })
      send(site, kind, { claims = { jti = "j-2", sub_id = email "canary@acme.example" }, request = kind == "revocation" and { body = json.encode { sub_id = email "canary@acme.example" } } or nil })
    end
    local said = json.encode(site.log)
    for _, secret_text in ipairs { "ana.silva", "sub-ana", "canary", (next(site.tokens)) } do
      assert.is_nil(said:find(secret_text, 1, true))
    end
  end)

  it("112 says ten refusals a second, and how many more there were", function()
    local site = new()
    for _ = 1, 200 do
      send(site, "push", { claims = { aud = "x" } })
    end
    assert.are.equal(10, #site.log)
    site.now = NOW + 1
    send(site, "push", { claims = { aud = "x" } })
    assert.are.equal(12, #site.log)
    assert.is_truthy(site.log[11].message:find("190 more within a second", 1, true))
  end)

  for name, row in pairs {
    ["of nobody"] = { email "x@acme.example", 10 }, ["of another issuer's person"] = { email "olga.berg@other.example", 10 }, ["that acts"] = { EMAIL, 200 },
  } do
    it(("112 says of 200 events %s within a second %d, and has all of them"):format(name, row[2]), function()
      local site = new()
      for number = 1, 200 do
        assert.are.equal(202, send(site, "push", { claims = { jti = "n-" .. number, sub_id = row[1] } }).status)
      end
      assert.are.same({ row[2], 200 }, { #site.log, #site.events })
    end)
  end

  -- The site's own policy ---------------------------------------------------------------------------------------------

  for _, row in ipairs {
    { "records what would act", function() return "record" end, {}, "record", "by the option 'policy'" },
    { "acts on what would be recorded", function() return "act" end, { claims = { events = event { initiating_entity = "user" } } }, "act", "by the option 'policy'" },
    { "has nothing to say", function() end, {}, "act" },
    { "fails", function() error("no", 0) end, {}, "held", "the option 'policy' failed" },
    { "returns something else", function() return "maybe" end, {}, "held", "the option 'policy' failed" },
    { "cannot make a person of nobody", function() return "act" end, { claims = { sub_id = email "x@acme.example" } }, "unknown_subject" },
    { "fails for nobody", function() error("no", 0) end, { claims = { sub_id = email "x@acme.example" } }, "unknown_subject" },
    { "fails for a protected person", function() error("no", 0) end, { claims = { sub_id = email "rita.stone@acme.example" } }, "skipped", "protected" },
    { "fails for a stale one", function() error("no", 0) end, { claims = { iat = NOW - 2 * 86400 } }, "stale", "older than max_age" },
    { "cannot have a protected person", function() return "act" end, { claims = { sub_id = email "rita.stone@acme.example" } }, "skipped", "protected" },
    { "cannot make a stale one fresh", function() return "act" end, { claims = { iat = NOW - 2 * 86400 } }, "stale", "older than max_age" },
    { "is not asked of events that are not understood", function() return "act" end, { claims = { events = event({}, "x:y") } }, "not_understood", "an event that is not known here" },
  } do
    it("lets the site decide: it " .. row[1], function()
      local site = new { policy = row[2] }
      assert.are.equal(202, send(site, "push", row[3]).status)
      assert.are.same({ row[4], row[5] }, { site.events[1].disposition, site.events[1].reason })
    end)
  end

  it("48 holds the events of more persons than the brake allows, and no others", function()
    local site, dispositions = new { brake = "2/h" }, {}
    local persons = { "ana.silva", "ben.okafor", "olga.berg", "ana.silva", "rita.stone", "nobody" }
    for i, person in ipairs(persons) do
      local claims = { jti = "j-" .. i, sub_id = email(person .. "@acme.example") }
      if person == "olga.berg" then
        claims = { jti = "j-" .. i, iss = OTHER, sub_id = email "olga.berg@other.example" }
      end
      assert.are.equal(202, send(site, "push", { claims = claims }).status)
      dispositions[i] = site.events[i].disposition
    end
    assert.are.same({ "act", "act", "held", "act", "skipped", "unknown_subject" }, dispositions)
    assert.are.same({ "the brake allows no more persons now", "olga.berg" }, { site.events[3].reason, site.events[3].person })
    site.now = NOW + 3600
    send(site, "push", { claims = { jti = "later", iss = OTHER, sub_id = email "olga.berg@other.example", iat = site.now } })
    assert.are.equal("act", site.events[7].disposition)
  end)

  it("gives the site's policy a copy of the event", function()
    local seen
    local site = new { policy = function(given) seen = given given.person = "somebody" end }
    send(site, "push")
    assert.are.same({ "act", support.SESSION, IDP }, { seen.disposition, seen.event, seen.iss })
    assert.are.equal("ana.silva", site.events[1].person)
  end)

  -- Starting and misuse -----------------------------------------------------------------------------------------------

  local raises = counted(function(f, ...)
    local fine, message = pcall(f, ...)
    assert.is_false(fine)
    return tostring(message)
  end)

  it("raises for misuse", function()
    local fresh = receiver.new(support.options())
    assert.is_truthy(raises(fresh.accept, fresh, "push", { body = "" }):find("call receiver:start first", 1, true))
    assert.is_truthy(raises(fresh.accept, fresh, "pull", { body = "" }):find("no kind is called 'pull'", 1, true))
    assert.is_truthy(raises(fresh.accept, fresh, "push", {}):find("must be a table with a body", 1, true))
    assert.is_truthy(raises(receiver.new, {}):find("receiver.new: option", 1, true))
    fresh = receiver.new(support.options { people = "/nowhere/people.csv" })
    assert.is_truthy(raises(fresh.start, fresh, {}):find("receiver:start: /nowhere/people.csv", 1, true))
    assert.is_truthy(raises(fresh.accept, fresh, "push", { body = "" }):find "receiver:accept: .*receiver:start: /nowhere/people.csv")
  end)

  it("knows a kind by the name of its handler, too", function()
    local site = new()
    local refused = site.receiver:accept("backchannel_logout", { body = "", content_type = "application/x-www-form-urlencoded" })
    assert.are.same({ 400, 401 }, { refused, (site.receiver:accept("global_token_revocation", { body = "", content_type = "application/json" })) })
  end)

  it("opens nothing when it is made", function()
    assert.is_table(receiver.new(support.options { people = "/nowhere/people.csv" }))
  end)

  it("keeps the people that it has where their file is lost", function()
    local files, path = require "spec.support.files", os.tmpname()
    files.write(path, "person,email\nana.silva,ana.silva@acme.example\n")
    local options = support.options { people = path, identities = { email = "email" } }
    local site = new(options)
    os.remove(path)
    site.now = NOW + 60
    assert.are.same({ 202, "ana.silva" }, { send(site, "push").status, site.events[1].person })
    assert.is_truthy(site.log[1].message:find("the one before stays", 1, true))
  end)

  -- Its parts, as they are where none are given.
  local LAZY = { "signoff.jose", "signoff.receiver.keys", "signoff.receiver.inbox", "signoff.receiver.backlog" }
  local function with_modules(f)
    local before, opened = {}, {}
    for _, name in ipairs(LAZY) do
      before[name] = package.loaded[name]
    end
    package.loaded["signoff.jose"] = { claims = function() return nil, "invalid_request", "No." end }
    package.loaded["signoff.receiver.keys"] = { new = function(options) opened.keys = options return { refresh = function() opened.refreshed = true end } end }
    package.loaded["signoff.receiver.inbox"] = { open = function(path, options) opened.inbox = { path, options } return opened.message == nil and { add = function() end } or nil, opened.message end }
    package.loaded["signoff.receiver.backlog"] = { open = function(path) opened.backlog = path end }
    local fine, problem = pcall(f, opened)
    for _, name in ipairs(LAZY) do
      package.loaded[name] = before[name]
    end
    assert(fine, problem)
  end

  it("opens inbox, keys and verifier of its own", function()
    with_modules(counted(function(opened)
      local site = receiver.new(support.options())
      site:start()
      assert.are.equal("/var/lib/signoff/inbox", opened.inbox[1])
      assert.are.same({ "/var/lib/signoff/inbox", IDP }, { opened.keys.folder, opened.keys.issuers[1].issuer })
      assert.are.equal(400, (site:accept("push", { body = "x", content_type = "application/secevent+jwt" })))
      receiver.inbox "/somewhere"
      assert.are.same({ "/somewhere", { worker = 0 } }, { opened.backlog, opened.inbox[2] })
      local inbox = { add = function() end }
      opened.inbox = nil
      receiver.new(support.options { inbox = inbox }):start()
      assert.are.same({ nil, nil }, { opened.inbox, opened.keys.folder })
    end))
  end)

  it("56 needs nginx's shared dictionary, and an inbox that can be opened", function()
    with_modules(counted(function(opened)
      local files, path, every = require "spec.support.files", os.tmpname(), nil
      files.write(path, "person,email\n")
      local site, pauses = receiver.new(support.options { people = path, identities = { email = "email" } }), 0
      local ngx = { shared = {}, worker = { id = function() return 3 end }, timer = { every = function(...) every = { ... } return true end }, sleep = function() pauses = pauses + 1 end }
      package.loaded.ngx = ngx
      local fine, message = pcall(site.start, site)
      ngx.shared.signoff_seen = {}
      local started = pcall(site.start, site)
      local given = opened.inbox[2]
      opened.message = "/var/lib/signoff/inbox: No such file or directory"
      local open, problem = pcall(site.start, site)
      package.loaded.ngx = nil
      assert.are.same({ false, true, false }, { fine, started, open })
      every[2](true)
      assert.is_nil(opened.refreshed)
      local rows = { "person,email" }
      for i = 1, 200 do
        rows[i + 1] = ("p%d,p%d@b.example"):format(i, i)
      end
      files.write(path, table.concat(rows, "\n"))
      site.parts.people.checked = 0
      every[2]()
      os.remove(path)
      assert.are.equal(1, pauses)
      assert.are.same({ 31, true, ngx.shared.signoff_seen }, { every[1], opened.refreshed, opened.keys.shared })
      assert.is_truthy(message:find("lua_shared_dict signoff_seen 16m;", 1, true), message)
      assert.are.same({ worker = 3, shared = ngx.shared.signoff_seen }, given)
      assert.is_truthy(tostring(problem):find("receiver:start: /var/lib/signoff/inbox: No such", 1, true), problem)
    end))
  end)

  -- nginx ---------------------------------------------------------------------------------------------------------------

  -- A request of an nginx that is not there.
  local function new_ngx(request)
    local ngx = { header = {}, said = {}, DEBUG = 8, INFO = 7, WARN = 5, ERR = 4 }
    ngx.req = {
      get_headers = function() return request.headers end, get_method = function() return request.method or "POST" end,
      read_body = request.read_body or function() ngx.was_read = true end,
      get_body_data = function() return request.body end, get_body_file = function() return request.file end,
    }
    ngx.worker = { id = function() return 3 end }
    function ngx.print(text) ngx.printed = text end
    function ngx.send_headers() ngx.sent = true end
    function ngx.log(_, first, message, blank, fields) ngx.said[#ngx.said + 1] = first .. message .. blank .. tostring(fields) end
    return ngx
  end

  local handle = counted(function(site, handler, request, ...)
    local ngx = new_ngx(request)
    package.loaded.ngx = ngx
    local fine, problem = pcall(site.receiver[handler], site.receiver, ...)
    package.loaded.ngx = nil
    assert(fine, problem)
    return ngx
  end)

  local function request_of(site, kind, changes)
    local token = site:token(kind, {})
    local requests = {
      push = { body = token, headers = { ["content-type"] = "application/secevent+jwt" } },
      backchannel = { body = "logout_token=" .. token, headers = { ["content-type"] = "application/x-www-form-urlencoded" } },
      revocation = { body = json.encode { sub_id = EMAIL }, headers = { ["content-type"] = "application/json", authorization = "Bearer " .. token } },
    }
    local request = support.changed(requests[kind], changes)
    request.headers = support.changed(requests[kind].headers, changes and changes.headers)
    return request
  end

  local handlers = { push = "push", backchannel = "backchannel_logout", revocation = "global_token_revocation" }
  for kind, handler in pairs(handlers) do
    it("handles in nginx: " .. kind, function()
      local site = new()
      local ngx = handle(site, handler, request_of(site, kind))
      assert.are.same({ ACCEPTED[kind], true, nil, "no-store" }, { ngx.status, ngx.sent, ngx.printed, ngx.header["Cache-Control"] })
      assert.are.equal(kind ~= "revocation" and 0 or nil, ngx.header["Content-Length"])
      assert.are.equal(1, #site.events)
    end)
  end

  for _, row in ipairs {
    { "96 GET, whose body is not read", { method = "GET" }, 405 }, { "96 no body", { body = absent }, 400 },
    { "34 a length of 64 KiB and a byte, which is not read", { headers = { ["content-length"] = "65537" } }, 413 },
    { "a length of 64 KiB", { headers = { ["content-length"] = "65536" } }, 202 }, { "a body in a file", { body = absent, file = "/tmp/body" }, 503 },
    { "a type that was sent twice", { headers = { ["content-type"] = { "application/secevent+jwt", "x" } } }, 415 },
    { "a type that was sent once, as a list", { headers = { ["content-type"] = { "application/secevent+jwt" } } }, 202 },
    { "an error while it is read", { read_body = function() error "lost" end }, 503 },
  } do
    it(row[1] .. " (nginx)", function()
      local site = new()
      local ngx = handle(site, "push", request_of(site, "push", row[2]))
      assert.are.equal(row[3], ngx.status)
      assert.are.equal(row[3] < 300, ngx.printed == nil)
      assert.are.equal(row[3] < 300 and 0 or #(ngx.printed or ""), ngx.header["Content-Length"])
      assert.is_true(row[3] == 202 or row[3] == 503 or row[3] == 400 or row[3] == 415 or not ngx.was_read)
    end)
  end

  it("25 handles in nginx: the stream of one issuer", function()
    local site = new()
    assert.are.equal(400, handle(site, "push", request_of(site, "push"), OTHER).status)
    assert.are.equal(202, handle(site, "push", request_of(site, "push"), IDP).status)
  end)

  it("handles nothing before it was started, and outside of nginx", function()
    local site = { receiver = receiver.new(support.options()) }
    assert.is_truthy(raises(site.receiver.push, site.receiver):find("this is a handler of nginx", 1, true))
  end)

  it("55 starts again in nginx where it could not, ten seconds later", function()
    local files, path = require "spec.support.files", os.tmpname()
    os.remove(path)
    local said = {}
    local site = { receiver = receiver.new(support.options { people = path, identities = { email = "email" }, log = function(...) said[#said + 1] = { ... } end }) }
    with_modules(function()
      assert.is_false((pcall(site.receiver.start, site.receiver)))
      files.write(path, "person,email\nana.silva,ana.silva@acme.example\n")
      local request = { headers = { ["content-type"] = "application/secevent+jwt" }, body = "x" }
      assert.are.equal(503, handle(site, "push", request).status)
      assert.is_truthy(said[1][2]:find(path, 1, true))
      site.receiver.failed_at = site.receiver.failed_at - 10
      assert.are.equal(400, handle(site, "push", request).status)
    end)
    os.remove(path)
  end)

  it("answers 503 before it was started, and says so in nginx's log", function()
    local options = support.options()
    local ngx = handle({ receiver = receiver.new(options) }, "push", { headers = {}, body = "x" })
    assert.are.equal(503, ngx.status)
    assert.is_truthy(ngx.said[1]:find("signoff.receiver: a request could not be handled: .*call receiver:start first.* kind=push"), ngx.said[1])
  end)

  it("ignores what the site's log raises", function()
    local site = new { log = function() error "no" end }
    assert.are.equal(202, send(site, "push").status)
  end)

  reaches_every_line(it)
end)
