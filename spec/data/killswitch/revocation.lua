-- SPDX-License-Identifier: MIT
-- Global Token Revocation, as Okta's Universal Logout sends it: rows 99 to 103.

local revocation = { kind = "revocation" }

local function body(text)
  return { body = text }
end

local EMAIL = '{"format":"email","email":"ana.silva@acme.example"}'

local function good()
  return {
    { 99, "sub_id by e-mail" },
    { 99, "sub_id by iss_sub", request = body '{"sub_id":{"format":"iss_sub","iss":"https://idp.example","sub":"sub-ana.silva"}}' },
    { 99, "subject, as on Okta's older page, legacy", issuer = "okta", request = body('{"subject":' .. EMAIL .. "}") },
    { 99, "subject, final", request = body('{"subject":' .. EMAIL .. "}"), answer = "invalid_request" },
    { 101, "other members beside", request = body('{"sub_id":' .. EMAIL .. ',"colour":"red"}') },
  }
end

local function assertions(k, now)
  local bad = "authentication_failed"
  return {
    { 100, "typ of a SET", header = { typ = "secevent+jwt" }, answer = bad },
    { 100, "typ absent", header = { typ = k.absent }, answer = bad },
    { 100, "aud of another URL", claims = { aud = "https://else.example/global-token-revocation" }, answer = bad },
    { 100, "sub of another client", claims = { sub = "0oa2client" }, answer = bad },
    { 100, "iss of nobody", claims = { iss = "https://evil.example" }, answer = bad },
    { 100, "exp past", claims = { exp = now - 90, iat = now - 300 }, answer = bad },
    { 100, "exp absent", claims = { exp = k.absent }, answer = bad },
    { 100, "nbf in the future", claims = { nbf = now + 90 }, answer = bad },
    { 100, "jti absent", claims = { jti = k.absent }, answer = bad },
    { 100, "a bad signature", mangle = "flip", answer = bad },
    { 100, "no Authorization", request = { authorization = "" }, answer = bad },
    { 100, "a static bearer", request = { authorization = "Bearer 0123456789abcdef" }, answer = bad },
    { 100, "Basic", request = { authorization = "Basic TOKEN" }, answer = bad },
  }
end

local function bodies()
  local bad = "invalid_request"
  return {
    { 101, "no JSON", request = body "sub_id", answer = bad },
    { 101, "empty", request = body "", answer = bad },
    { 101, "an array", request = body "[]", answer = bad },
    { 101, "no sub_id", request = body "{}", answer = bad },
    { 101, "an unknown format", request = body '{"sub_id":{"format":"badge","badge":"12"}}', answer = bad },
    { 101, "two sub_id", request = body('{"sub_id":' .. EMAIL .. ',"sub_id":' .. EMAIL .. "}"), answer = bad },
    { 101, "sub_id and subject", issuer = "okta",
      request = body('{"sub_id":' .. EMAIL .. ',"subject":{"format":"email","email":"ben.okafor@acme.example"}}'), answer = bad },
    { 101, "16 KiB and one byte", request = body('{"sub_id":' .. EMAIL .. ',"x":"' .. ("x"):rep(16 * 1024) .. '"}'), answer = "too_large" },
    { 101, "a form", request = { content_type = "application/x-www-form-urlencoded" }, answer = "unsupported_type" },
  }
end

local function strangers()
  return {
    { 102, "one tenant asks for a person of another", issuer = "other", disposition = "unknown_subject", status = 404,
      request = body '{"sub_id":{"format":"iss_sub","iss":"https://idp.example","sub":"sub-ana.silva"}}' },
    { 103, "nobody, by a list that is the authority", request = body '{"sub_id":{"format":"email","email":"nobody@acme.example"}}',
      disposition = "unknown_subject", status = 404 },
  }
end

function revocation.rows(k, now)
  local list = {}
  for _, rows in ipairs { good(), assertions(k, now), bodies(), strangers() } do
    for _, row in ipairs(rows) do
      list[#list + 1] = row
    end
  end
  return list
end

return revocation
