-- SPDX-License-Identifier: MIT
-- The claims of a Security Event Token: rows 20 to 30, 33, 34.

local claims = { kind = "push" }

local function typ_rows(k)
  return {
    { 20, "typ absent", header = { typ = k.absent }, answer = "invalid_request" },
    { 20, "typ JWT", header = { typ = "JWT" }, answer = "invalid_request" },
    { 20, "typ logout+jwt", header = { typ = "logout+jwt" }, answer = "invalid_request" },
    { 20, "typ with its prefix, and in capitals", header = { typ = "Application/SecEvent+JWT" } },
    { 21, "no typ, legacy", issuer = "okta", header = { typ = k.absent } },
  }
end

local function forbidden_rows(k, now)
  return {
    { 22, "sub present", claims = { sub = "sub-ana.silva" }, answer = "invalid_request" },
    { 22, "exp present", claims = { exp = now + 600 }, answer = "invalid_request" },
    { 22, "nonce present", claims = { nonce = "n" }, answer = "invalid_request" },
    { 22, "exp in the future, legacy", issuer = "okta", claims = { exp = now + 600 } },
    { 22, "exp past, legacy", issuer = "okta", claims = { exp = now - 600 }, answer = "invalid_request" },
    { 22, "sub present, legacy", issuer = "okta", claims = { sub = "sub-ana.silva" }, answer = "invalid_request" },
    { 22, "nonce present, legacy", issuer = "okta", claims = { nonce = "n" }, answer = "invalid_request" },
    { 30, "sub_id and inner subject agree", issuer = "okta", claims = {
      events = k.event("caep/event-type/session-revoked", { initiating_entity = "admin",
        subject = { format = "email", email = "ana.silva@acme.example" } }) } },
    { 30, "sub_id and inner subject differ", issuer = "okta", claims = {
      events = k.event("caep/event-type/session-revoked", { initiating_entity = "admin",
        subject = { format = "email", email = "ben.okafor@acme.example" } }) }, answer = "invalid_request" },
  }
end

local function issuer_rows(k)
  return {
    { 23, "iss other", claims = { iss = "https://evil.example" }, answer = "invalid_issuer" },
    { 23, "iss with a slash more", claims = { iss = "https://idp.example/" }, answer = "invalid_issuer" },
    { 23, "iss in capitals", claims = { iss = "https://IDP.example" }, answer = "invalid_issuer" },
    { 23, "iss absent", claims = { iss = k.absent }, answer = "invalid_issuer" },
    { 23, "iss an array", claims = { iss = { "https://idp.example" } }, answer = "invalid_issuer" },
    { 24, "aud absent", claims = { aud = k.absent }, answer = "invalid_audience" },
    { 24, "aud other", claims = { aud = "https://else.example/ssf" }, answer = "invalid_audience" },
    { 24, "aud an array with ours", claims = { aud = { "https://signoff.example/ssf" } } },
    { 24, "aud an array without ours", claims = { aud = { "https://else.example/ssf" } }, answer = "invalid_audience" },
    { 24, "aud an empty array", claims = { aud = k.empty_array }, answer = "invalid_audience" },
    { 24, "aud a number", claims = { aud = 7 }, answer = "invalid_audience" },
    { 25, "a token of one issuer on the stream of another", request = { authorization = k.issuers.other.ssf.authorization },
      answer = "access_denied" },
    { 68, "with the stream's authorization" },
    { 68, "without authorization", request = { authorization = "" }, answer = "authentication_failed" },
    { 68, "with another authorization", request = { authorization = "Bearer guess-0123456789abcdef" }, answer = "authentication_failed" },
  }
end

local function time_rows(k, now)
  return {
    { 26, "iat absent", claims = { iat = k.absent }, answer = "invalid_request" },
    { 26, "iat a string", claims = { iat = tostring(now) }, answer = "invalid_request" },
    { 26, "iat with a fraction", claims = { iat = now - 0.5 } },
    { 26, "iat -1", claims = { iat = -1 }, answer = "invalid_request" },
    { 26, "iat 90 s ahead", claims = { iat = now + 90 }, answer = "invalid_request" },
    { 26, "iat 30 s ahead", claims = { iat = now + 30 } },
    { 26, "iat 40 days old", claims = { iat = now - 40 * 86400, events = k.event("risc/event-type/account-disabled") }, disposition = "stale" },
    { 27, "jti absent", claims = { jti = k.absent }, answer = "invalid_request" },
    { 27, "jti empty", claims = { jti = "" }, answer = "invalid_request" },
    { 27, "jti of 256 bytes", claims = { jti = ("j"):rep(256) }, answer = "invalid_request" },
    { 27, "jti of 255 bytes", claims = { jti = ("j"):rep(255) } },
    { 27, "jti a number", claims = { jti = 12 }, answer = "invalid_request" },
  }
end

local function event_rows(k)
  local URI = k.URI
  return {
    { 28, "events absent", claims = { events = k.absent }, answer = "invalid_request" },
    { 28, "events empty", claims = { events = {} }, answer = "invalid_request" },
    { 28, "events an array", claims = { events = { "caep" } }, answer = "invalid_request" },
    { 28, "two events", claims = { events = { [URI .. "risc/event-type/account-disabled"] = {},
      [URI .. "caep/event-type/session-revoked"] = { initiating_entity = "admin" } } }, answer = "invalid_request" },
    { 28, "an unknown event", claims = { events = { ["https://vendor.example/lunch"] = {} } }, disposition = "not_understood" },
    { 28, "a known event with http", claims = { events = { [(URI:gsub("https", "http")) .. "risc/event-type/account-disabled"] = {} } },
      disposition = "not_understood" },
    { 29, "the event a string", claims = { events = k.event("risc/event-type/account-disabled", "yes") }, answer = "invalid_request" },
    { 29, "the event null", claims = { events = k.event("risc/event-type/account-disabled", k.null) }, answer = "invalid_request" },
    { 33, "unknown members everywhere", header = { colour = "red" }, claims = { colour = "red", toe = 7,
      sub_id = { format = "email", email = "ana.silva@acme.example", colour = "red" },
      events = k.event("caep/event-type/session-revoked", { initiating_entity = "admin", colour = { deep = true } }) } },
    { 34, "reason_admin of 100 KiB", claims = { events = k.event("caep/event-type/session-revoked", { initiating_entity = "admin",
      reason_admin = { en = ("r"):rep(100 * 1024) } }) }, answer = "too_large" },
    { 34, "reason_admin with ESC, right-to-left and a line's end", claims = { events = k.event("caep/event-type/session-revoked", {
      initiating_entity = "admin", reason_admin = { en = "\27[2J\226\128\174dne\nout" } }) } },
  }
end

function claims.rows(k, now)
  local list = {}
  for _, rows in ipairs { typ_rows, forbidden_rows, issuer_rows, time_rows, event_rows } do
    for _, row in ipairs(rows(k, now)) do
      list[#list + 1] = row
    end
  end
  return list
end

return claims
