-- SPDX-License-Identifier: MIT
--- A receiver without nginx, disk and keys: tokens are names of what they hold, the verifier and the inbox are tables, the clock is ours.
--
--    local site = require "spec.support.receiver".new()
--    local answer = site:push { claims = { jti = "other" } }
--    answer.status, answer.headers, answer.body, answer.event; site.events, site.log

local json = require "signoff.json"

local support = {}

support.NOW = 1800000000
support.IDP, support.OKTA, support.OTHER = "https://idp.example", "https://acme.okta.example", "https://other.example"
support.URI = "https://schemas.openid.net/secevent/"
support.SESSION = support.URI .. "caep/event-type/session-revoked"
support.LOGOUT = "http://schemas.openid.net/event/backchannel-logout"
support.absent = setmetatable({}, { __tostring = function() return "absent" end })

local EMAIL = { format = "email", email = "ana.silva@acme.example" }
support.EMAIL = EMAIL

local function issuer(url, more)
  local entry = {
    issuer = url, algorithms = { "RS256", "ES256" }, ssf = { audience = "https://signoff.example/ssf" }, logout = { client_id = "signoff" },
    revocation = { audience = "https://signoff.example/revocation", subject = "0oa1client" },
  }
  for name, value in pairs(more or {}) do
    entry[name] = value
  end
  return entry
end

--- The list of people.
function support.people()
  return {
    { person = "ana.silva", email = "Ana.Silva@acme.example ", okta_id = "sub-ana", phone = "+15550100001", account = "acct:ana.silva@ACME.example", device = "dev-ana" },
    { person = "ben.okafor", email = "ben.okafor@acme.example", okta_id = "sub-ben", other_id = "other-ben" },
    { person = "elif.demir", email = "shared@acme.example", okta_id = "sub-elif" },
    { person = "farid.haddad", email = "shared@acme.example", okta_id = "sub-farid" },
    { person = "rita.stone", email = "rita.stone@acme.example", okta_id = "sub-rita" },
    { person = "olga.berg", email = "olga.berg@other.example", other_id = "other-olga" },
  }
end

--- The options of the site, which a spec may change.
function support.options(changes)
  local options = {
    inbox = "/var/lib/signoff/inbox", people = support.people(), protect = { "rita.stone" }, authoritative = true,
    identities = {
      email = "email", phone_number = "phone", account = "account", opaque = { [support.IDP] = "device" },
      [support.IDP] = "okta_id", [support.OKTA] = "okta_id", [support.OTHER] = "other_id",
    },
    issuers = {
      issuer(support.IDP, { tenant = "acme" }), issuer(support.OTHER),
      issuer(support.OKTA, {
        ssf = { audience = "https://signoff.example/ssf", profile = "legacy" },
        revocation = { audience = "https://signoff.example/revocation", subject = "0oa1client", profile = "legacy" },
      }),
    },
  }
  for name, value in pairs(changes or {}) do
    options[name] = value
  end
  return options
end

-- An inbox that remembers, or fails as a spec wants it to (`fails`: what `add` gives).
local function new_inbox(events)
  local inbox, seen = {}, {}
  function inbox.add(_, event, about)
    if inbox.fails then
      return inbox.fails[1], inbox.fails[2]
    end
    local key = table.concat({ about.kind, about.iss, about.jti }, "\0")
    if seen[key] then
      return seen[key] == about.sha256 and "same" or "other"
    end
    seen[key] = about.sha256
    events[#events + 1], inbox.about = json.decode(json.encode(event)), about
    return "added"
  end
  return inbox
end

local Site = {}
Site.__index = Site

--- Starts a receiver.
-- @tparam[opt] table changes of the options
-- @tparam[opt] table modules `receiver`: the module, where its lines are counted
function support.new(changes, modules)
  local receiver = modules and modules.receiver or require "signoff.receiver"
  local site = setmetatable({ now = support.NOW, tokens = {}, events = {}, log = {}, verified = 0 }, Site)
  local options = support.options(changes)
  if options.log == nil then
    function options.log(level, message, fields)
      site.log[#site.log + 1] = { level = level, message = message, fields = fields }
    end
  end
  site.inbox = new_inbox(site.events)
  site.receiver = receiver.new(options)
  site.receiver:start {
    now = function() return site.now end, inbox = site.inbox, keys = site,
    parse = function(token, algorithms) return site:parse(token, algorithms) end,
  }
  return site
end

function Site:parse(token)
  local known = self.tokens[token]
  if not known then
    return nil, "invalid_request", "The token is no compact JWS."
  elseif known.broken then
    error "out of order"
  end
  local claims = known.payload:find "^%s*{" and json.decode_exact(known.payload)
  if not claims then
    return nil, "invalid_request", "The payload is no JSON object."
  end
  return { alg = known.header.alg, typ = known.header.typ, kid = "k1", claims = claims, sha256 = token }
end

-- The verifier: `site.trouble` is what it says instead of yes.
function Site:verify(issuer_url)
  self.verified, self.asked = self.verified + 1, issuer_url
  if self.trouble then
    return nil, self.trouble, "The keys say no."
  end
  return true, "k1"
end

--- A table with changes; `absent` takes a member away.
function support.changed(original, changes)
  local result = {}
  for name, value in pairs(original) do
    result[name] = value
  end
  for name, value in pairs(changes or {}) do
    result[name] = value
    if value == support.absent then
      result[name] = nil
    end
  end
  return result
end

local function event(values, name)
  return { [name and (name:find ":" and name or support.URI .. name) or support.SESSION] = values or { initiating_entity = "admin" } }
end
support.event = event

local good = {}

function good.push(now)
  return { alg = "RS256", typ = "secevent+jwt" }, {
    iss = support.IDP, aud = "https://signoff.example/ssf", iat = now - 5, jti = "j-1", txn = "t-1", sub_id = EMAIL, events = event(),
  }
end

function good.backchannel(now)
  return { alg = "RS256", typ = "logout+jwt" },
    { iss = support.IDP, aud = "signoff", iat = now - 5, exp = now + 115, jti = "j-1", sub = "sub-ana", events = { [support.LOGOUT] = {} } }
end

function good.revocation(now)
  return { alg = "RS256", typ = "global-token-revocation+jwt" }, {
    iss = support.IDP, aud = "https://signoff.example/revocation", sub = "0oa1client", iat = now - 5, nbf = now - 300, exp = now + 295,
    jti = "j-1",
  }
end

support.good = good

--- Registers a token. Its name stands for it in a request.
function Site:token(kind, row)
  local header, claims = good[kind](self.now)
  local payload = row.payload or json.encode(support.changed(claims, row.claims))
  header = support.changed(header, row.header)
  local name = require("signoff.core").sha256(json.encode { header, payload })
  self.tokens[name] = { header = header, payload = payload, signed = row.signed, broken = row.broken }
  return name
end

local requests = {}

function requests.push(token)
  return { body = token, content_type = "application/secevent+jwt" }
end

function requests.backchannel(token)
  return { body = "logout_token=" .. token, content_type = "application/x-www-form-urlencoded; charset=UTF-8" }
end

function requests.revocation(token)
  return { body = json.encode { sub_id = EMAIL }, content_type = "application/json", authorization = "Bearer " .. token }
end

--- Sends a good message with the changes of a row: `header`, `claims`, `payload`, `request`.
function Site:send(kind, row)
  row = row or {}
  local token = self:token(kind, row)
  local request = support.changed(requests[kind](token), row.request)
  request.body = request.body:gsub("TOKEN", token)
  local status, headers, body, added = self.receiver:accept(kind, request)
  return { status = status, headers = headers, body = body, event = added, json = body ~= "" and json.decode(body) or nil }
end

return support
