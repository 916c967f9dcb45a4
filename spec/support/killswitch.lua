-- SPDX-License-Identifier: MIT
--- The cases of the kill switch: tables in spec/data/killswitch, each a token that a sender sends and the answer that it gets.
--
--    local killswitch = require "spec.support.killswitch"
--    for _, case in ipairs(killswitch.cases("claims", os.time())) do ... end
--
-- A row of a table is { row, title, changes ..., answer = code | disposition = word }; a case is what comes of it, whole:
--    row, title       the number of the row, and words for the title of a spec
--    kind             "push", "backchannel", "revocation"
--    issuer           a row of `killswitch.issuers`: the one whose keys sign
--    header, claims   tables: those of a good token with the changes of the row
--    payload          the claims as JSON, or the text of a row that JSON cannot have
--    sign, mangle     how the transmitter spoils the signature or the token (examples/simulator/transmitter); nil: not at all
--    request          method, content_type, authorization ("" is none), and `body` where it is not the token's own
--    answer           nil for what is accepted, otherwise the code of the refusal
--    status           the HTTP status
--    disposition      of the event in the inbox; nil where nothing may be there

local cjson = require "cjson".new()

local killswitch = {}

-- Words of the tables.
killswitch.absent = setmetatable({}, { __tostring = function() return "absent" end })
killswitch.null = cjson.null
killswitch.empty_array = "@[]@" -- JSON has it, lua-cjson writes none

killswitch.URI = "https://schemas.openid.net/secevent/"
killswitch.LOGOUT = "http://schemas.openid.net/event/backchannel-logout"

local site = require "spec.data.killswitch.site"
killswitch.issuers, killswitch.people, killswitch.tenant = site.issuers, site.people, site.tenant

local STATUS = {
  push = { accepted = 202, refused = 400, authentication_failed = 401, too_large = 413, unsupported_type = 415, wrong_method = 405 },
  backchannel = { accepted = 200, refused = 400, too_large = 413, unsupported_type = 415, wrong_method = 405 },
  revocation = { accepted = 204, refused = 401, invalid_request = 400, too_large = 413, unsupported_type = 415, wrong_method = 405 },
}

--- One SSF event: the members of its URI, after the common part of them.
function killswitch.event(name, members)
  return { [name:find ":" and name or killswitch.URI .. name] = members or {} }
end

local event = killswitch.event

--- A value as JSON.
function killswitch.encode(value)
  return (cjson.encode(value):gsub('"@%[%]@"', "[]"))
end

-- A good token of each kind.
local good = {}

function good.push(issuer, now, jti)
  return { alg = "RS256", typ = "secevent+jwt", kid = "rsa" }, {
    iss = issuer.issuer, aud = issuer.ssf and issuer.ssf.audience, iat = now - 5, jti = jti, txn = "txn-" .. jti,
    sub_id = { format = "email", email = "ana.silva@acme.example" },
    events = event("caep/event-type/session-revoked", {
      event_timestamp = now - 6, initiating_entity = "admin", reason_admin = { en = "contract ended" },
    }),
  }
end

function good.backchannel(issuer, now, jti)
  return { alg = "RS256", typ = "logout+jwt", kid = "rsa" }, {
    iss = issuer.issuer, aud = issuer.logout.client_id, iat = now - 5, exp = now + 115, jti = jti, sub = "sub-ana.silva",
    events = { [killswitch.LOGOUT] = {} },
  }
end

function good.revocation(issuer, now, jti)
  return { alg = "RS256", typ = "global-token-revocation+jwt", kid = "rsa" }, {
    iss = issuer.issuer, aud = issuer.revocation.audience, sub = issuer.revocation.subject, iat = now - 5, nbf = now - 300,
    exp = now + 295, jti = jti,
  }
end

local REQUESTS = {
  push = { method = "POST", content_type = "application/secevent+jwt" },
  backchannel = { method = "POST", content_type = "application/x-www-form-urlencoded" },
  revocation = { method = "POST", content_type = "application/json",
    body = '{"sub_id":{"format":"email","email":"ana.silva@acme.example"}}' },
}

local function changed(original, changes)
  local result = {}
  for name, value in pairs(original) do
    result[name] = value
  end
  for name, value in pairs(changes or {}) do
    result[name] = value ~= killswitch.absent and value or nil
    if value == false then result[name] = false end
  end
  return result
end

local function status_of(case)
  local statuses = STATUS[case.kind]
  if case.answer then
    return statuses[case.answer] or statuses.refused
  end
  return statuses.accepted
end

local function expand(row, kind, now, number)
  local issuer = assert(killswitch.issuers[row.issuer or "final"], row.issuer)
  local jti = ("row-%d-%d"):format(row[1], number)
  local header, claims = good[kind](issuer, now, jti)
  local case = changed(row, {
    row = row[1], title = ("%d %s"):format(row[1], row[2]), kind = kind, issuer = issuer,
    header = changed(header, row.header), claims = changed(claims, row.claims),
    request = changed(REQUESTS[kind], row.request),
  })
  if kind == "push" and not case.request.authorization then
    case.request.authorization = issuer.ssf.authorization
  end
  case.status = row.status or status_of(case)
  case.payload = row.payload or killswitch.encode(case.claims)
  case.disposition = row.disposition or (not case.answer and "act" or nil)
  return case
end

--- The cases of a table, for a time.
-- @tparam string name "gate", "claims", "subjects", "policy", "senders", "backchannel", "revocation"
-- @tparam number now
function killswitch.cases(name, now)
  local data = require("spec.data.killswitch." .. name)
  local list = {}
  for number, row in ipairs(data.rows(killswitch, now)) do
    list[number] = expand(row, row.kind or data.kind, now, number)
  end
  return list
end

local tables = { "gate", "claims", "senders", "subjects", "policy", "backchannel", "revocation" }

--- The cases of all tables.
-- @tparam number now
function killswitch.all_cases(now)
  local list = {}
  for _, name in ipairs(tables) do
    for _, case in ipairs(killswitch.cases(name, now)) do
      list[#list + 1] = case
    end
  end
  return list
end

--- The options of `receiver.new` for the site of the cases.
-- @tparam string folder with NAME.jwks for each issuer, and people.csv
-- @tparam string|table inbox
function killswitch.options(folder, inbox)
  local issuers, identities = {}, { email = "email", phone_number = "phone", account = "account" }
  for name, row in pairs(killswitch.issuers) do
    local entry = changed(row, { keys = ("%s/%s.jwks"):format(folder, name) })
    entry.name = nil
    issuers[#issuers + 1] = entry
    if name ~= "other" then
      identities[row.issuer] = "okta_id"
    end
  end
  return {
    inbox = inbox, people = folder .. "/people.csv", identities = identities, issuers = issuers, protect = site.protect, authoritative = true,
  }
end

local COLUMNS = { "person", "email", "phone", "account", "okta_id" }

--- The list of people, as CSV.
function killswitch.people_csv()
  local lines = { table.concat(COLUMNS, ",") }
  for _, person in ipairs(killswitch.people) do
    local cells = {}
    for i, column in ipairs(COLUMNS) do
      cells[i] = person[column] or ""
    end
    lines[#lines + 1] = table.concat(cells, ",")
  end
  return table.concat(lines, "\n") .. "\n"
end

--- A case as the transmitter wants it, a line of JSON.
function killswitch.line(case)
  return cjson.encode {
    header = case.raw_header or killswitch.encode(case.header), payload = case.payload,
    sign = case.sign, mangle = case.mangle, key = case.key or case.header.kid, keys = case.signed_by or case.issuer.name,
  }
end

local function with_token(text, token)
  return (text:gsub("TOKEN", (token:gsub("%%", "%%%%"))))
end

local BODIES = { push = "TOKEN", backchannel = "logout_token=TOKEN" }

--- The request that carries a token: `method`, `content_type`, `authorization` (or nil), `body`.
function killswitch.request(case, token)
  local given = case.request
  local authorization = given.authorization or case.kind == "revocation" and "Bearer TOKEN" or ""
  return {
    method = given.method, content_type = given.content_type, body = with_token(given.body or BODIES[case.kind], token),
    authorization = authorization ~= "" and with_token(authorization, token) or nil,
  }
end

return killswitch
