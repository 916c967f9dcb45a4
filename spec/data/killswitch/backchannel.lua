-- SPDX-License-Identifier: MIT
-- Back-channel logout: rows 90 to 96 and 98. A named session is kept and signs nobody out; a subject without one does.

local backchannel = { kind = "backchannel" }

local BAD = "invalid_request"

local function suite(k)
  return {
    { 90, "good" },
    { 90, "with an unknown claim", claims = { colour = "red" } },
    { 90, "with another parameter", request = { body = "state=x&logout_token=TOKEN&more=%20" } },
    { 90, "typ JWT, as Keycloak did", header = { typ = "JWT" } },
    { 90, "typ absent", header = { typ = k.absent } },
    { 91, "alg none", header = { alg = "none" }, sign = "none", answer = BAD },
    { 91, "alg not taken", issuer = "okta", header = { alg = "ES256", kid = "ec" }, answer = BAD },
    { 91, "no event", claims = { events = k.absent }, answer = BAD },
    { 91, "another event", claims = { events = k.event "risc/event-type/account-disabled" }, answer = BAD },
    { 91, "the event a string", claims = { events = { [k.LOGOUT] = "yes" } }, answer = BAD },
    { 91, "with a nonce", claims = { nonce = "n" }, answer = BAD },
    { 91, "another audience", claims = { aud = "else" }, answer = BAD },
    { 91, "another issuer", claims = { iss = "https://evil.example" }, answer = BAD },
    { 91, "a bad signature", mangle = "flip", answer = BAD },
  }
end

local function subjects(k)
  return {
    { 92, "only sub" },
    { 92, "only sid", claims = { sub = k.absent, sid = "5e55" }, disposition = "record" },
    { 92, "sub and sid", claims = { sid = "5e55" }, disposition = "record" },
    { 92, "neither", claims = { sub = k.absent }, answer = BAD },
    { 92, "sub null", claims = { sub = k.null }, answer = BAD },
    { 92, "sid null", claims = { sid = k.null }, answer = BAD },
    { 92, "sub a number", claims = { sub = 7 }, answer = BAD },
    { 92, "sid a number", claims = { sid = 7 }, answer = BAD },
    { 98, "an unknown sub", claims = { sub = "nobody" }, disposition = "unknown_subject" },
  }
end

local function times(k, now)
  return {
    { 93, "no exp, iat fresh", claims = { exp = k.absent } },
    { 93, "no exp, iat of 10 minutes ago", claims = { exp = k.absent, iat = now - 600 }, answer = BAD },
    { 93, "exp 30 s ago", claims = { exp = now - 30, iat = now - 90 } },
    { 93, "exp 90 s ago", claims = { exp = now - 90, iat = now - 200 }, answer = BAD },
    { 93, "exp two days after iat", claims = { exp = now + 2 * 86400 }, answer = BAD },
    { 93, "exp a string", claims = { exp = tostring(now + 100) }, answer = BAD },
    { 94, "aud an array, ours and another", claims = { aud = { "signoff", "else" } }, answer = BAD },
    { 94, "aud an array, ours alone", claims = { aud = { "signoff" } } },
    { 95, "an ID token", header = { typ = "JWT" }, claims = { events = k.absent, nonce = "n", auth_time = now - 9 }, answer = BAD },
    { 95, "an access token", header = { typ = "at+jwt" }, claims = { events = k.absent, client_id = "signoff" }, answer = BAD },
    { 95, "a Security Event Token", header = { typ = "secevent+jwt" }, answer = BAD },
  }
end

local function requests()
  local form = "application/x-www-form-urlencoded"
  return {
    { 96, "GET", request = { method = "GET", body = "" }, answer = "wrong_method" },
    { 96, "PUT", request = { method = "PUT" }, answer = "wrong_method" },
    { 96, "a body of JSON", request = { content_type = "application/json", body = '{"logout_token":"TOKEN"}' }, answer = "unsupported_type" },
    { 96, "multipart", request = { content_type = "multipart/form-data; boundary=x", body = "--x--" }, answer = "unsupported_type" },
    { 96, "logout_token twice", request = { body = "logout_token=TOKEN&logout_token=TOKEN" }, answer = BAD },
    { 96, "logout_token empty", request = { body = "logout_token=" }, answer = BAD },
    { 96, "no logout_token", request = { body = "token=TOKEN" }, answer = BAD },
    { 96, "64 KiB and one byte", request = { body = "logout_token=" .. ("a"):rep(64 * 1024 + 1 - 13) }, answer = "too_large" },
    { 96, "a charset in the type", request = { content_type = form .. "; charset=UTF-8" } },
  }
end

function backchannel.rows(k, now)
  local list = {}
  for _, rows in ipairs { suite(k), subjects(k), times(k, now), requests() } do
    for _, row in ipairs(rows) do
      list[#list + 1] = row
    end
  end
  return list
end

return backchannel
