-- SPDX-License-Identifier: MIT

--- Checks the options of a receiver, and names what is wrong. It opens nothing.
-- @module signoff.receiver.options

local check = require "signoff.check"
local core = require "signoff.core"
local policy = require "signoff.receiver.policy"
local suggest = require "signoff.offboard.people.suggest"
local time = require "signoff.offboard.time"

local options = {}

local WHERE = "receiver.new"
local ALGORITHMS = { RS256 = true, PS256 = true, ES256 = true, ES384 = true }
local DAY = 86400

local function fail(...)
  core.raise(WHERE .. ": " .. string.format(...))
end

local function names_of(set)
  local names = {}
  for name in pairs(set) do
    names[#names + 1] = name
  end
  return core.sort(names)
end

-- Kinds of values -----------------------------------------------------------------------------------------------------

-- Each takes the option's name, for the message, and its value, and gives what is kept.
local kinds = {}

function kinds.text(name, value)
  if type(value) ~= "string" or value == "" then
    fail("option '%s' must be a text that is not empty", name)
  end
  return value
end

function kinds.flag(name, value)
  if type(value) ~= "boolean" then
    fail("option '%s' must be true or false", name)
  end
  return value
end

function kinds.script(name, value)
  if type(value) ~= "function" then
    fail("option '%s' must be a function, not %s", name, type(value))
  end
  return value
end

function kinds.span(name, value)
  local seconds, message = value, nil
  if type(value) == "string" then
    seconds, message = time.span(value)
  end
  if message or type(seconds) ~= "number" or not (seconds > 0 and seconds < math.huge) then
    fail("option '%s': %s", name, message or "must be a span of time such as 24h, or seconds")
  end
  return seconds
end

-- "25/h": that many in an hour.
function kinds.rate(name, value)
  local count, unit = tostring(value):match "^([0-9]+)/([smhd])$"
  count = count and core.number(count)
  if not count or count < 1 then
    fail("option '%s' must be a number of persons in a time, such as 25/h", name)
  end
  return { count = count, seconds = time.span("1" .. unit) }
end

function kinds.url(name, value)
  kinds.text(name, value)
  if not value:find "^https?://[^/ \t-\r]" then
    fail("option '%s' must be an address that begins with https://", name)
  end
  return value
end

-- A choice of texts: the first one is the default.
local function one_of(...)
  local choices = { ... }
  return function(name, value)
    for _, choice in ipairs(choices) do
      if value == choice then
        return value
      end
    end
    fail("option '%s' must be '%s'", name, table.concat(choices, "' or '"))
  end
end

local function set_of(known, word)
  return function(name, value)
    local set = check.texts(("%s: option '%s'"):format(WHERE, name), value)
    for text in pairs(set) do
      if known and not known[text] then
        fail("option '%s' holds '%s', which is no %s; known are %s", name, text, word, table.concat(names_of(known), ", "))
      end
    end
    return set
  end
end

function kinds.algorithms(name, value)
  local set = set_of(ALGORITHMS, "algorithm that is taken")(name, value)
  local list = names_of(set)
  if #list == 0 then
    fail("option '%s' must name an algorithm, such as RS256", name)
  end
  return list
end

-- A header's value, or two of them while one replaces the other.
function kinds.credentials(name, value)
  local list = type(value) == "table" and value or { value }
  for _, one in ipairs(list) do
    if type(one) ~= "userdata" and (type(one) ~= "string" or one == "") then
      fail("option '%s' must be a secret or a text, or a list of two", name)
    end
  end
  if #list == 0 or #list > 2 then
    fail("option '%s' must be a value, or a list of two while one replaces the other", name)
  end
  return list
end

-- The folder of the inbox, or an object with its methods.
function kinds.inbox(name, value)
  if type(value) == "table" and type(value.add) == "function" then
    return value
  elseif type(value) ~= "string" or value:sub(1, 1) ~= "/" then
    fail("option '%s' must be the absolute path of a folder, or an object with the methods of an inbox", name)
  end
  return value
end

function kinds.people(name, value)
  if type(value) ~= "string" and type(value) ~= "table" and type(value) ~= "function" then
    fail("option '%s' must be the path of a list, a list, or a function", name)
  end
  return value
end

function kinds.tenant(name, value)
  if type(value) == "table" and next(value) then
    return value
  end
  return kinds.text(name, value)
end

-- Columns by format, by issuer, and of opaque identifiers by issuer.
function kinds.identities(name, value)
  if type(value) ~= "table" then
    fail("option '%s' must be a table: format or issuer = column", name)
  end
  local kept = { by_format = {}, iss_sub = {}, opaque = {} }
  for key, column in pairs(value) do
    local place = ("%s['%s']"):format(name, tostring(key))
    if key == "opaque" and type(column) == "table" then
      for issuer, its in pairs(column) do
        kept.opaque[issuer] = kinds.text(place, its)
      end
    elseif key == "email" or key == "phone_number" or key == "account" then
      kept.by_format[key] = kinds.text(place, column)
    elseif type(key) == "string" and key:find "^https?://" then
      kept.iss_sub[key] = kinds.text(place, column)
    else
      fail("option '%s': '%s' is neither email, phone_number, account, opaque (a table) nor an issuer", name, tostring(key))
    end
  end
  return kept
end

-- Tables of options ---------------------------------------------------------------------------------------------------

-- Checks the members of a table: { name = { kind, required =, default = } }.
local function members(prefix, given, schema)
  if type(given) ~= "table" then
    fail("'%s' must be a table, not %s", prefix, type(given))
  end
  local kept = {}
  for name, value in pairs(given) do
    local row = schema[name]
    if not row then
      fail("unknown option '%s%s'%s", prefix and prefix .. "." or "", tostring(name), suggest.hint(tostring(name), names_of(schema)))
    end
    kept[name] = row[1](prefix and prefix .. "." .. name or name, value)
  end
  for name, row in pairs(schema) do
    if kept[name] == nil and row.required then
      fail("option '%s%s' is missing: %s", prefix and prefix .. "." or "", name, row.required)
    elseif kept[name] == nil then
      kept[name] = row.default
    end
  end
  return kept
end

local SSF = {
  audience = { kinds.text, required = "the stream's aud" }, authorization = { kinds.credentials },
  profile = { one_of("final", "legacy"), default = "final" }, sid = { one_of("record", "act"), default = "record" },
  critical = { set_of(nil) }, act = { set_of(policy.optional, "event that may act") }, state = { kinds.text },
}

local LOGOUT = {
  client_id = { kinds.text, required = "the client that the issuer knows this site by" },
  sid = { one_of("record", "act"), default = "record" }, trusted_audiences = { set_of(nil), default = {} }, strict = { kinds.flag },
}

local REVOCATION = {
  audience = { kinds.text, required = "the URL of this endpoint, as the issuer has it" },
  subject = { kinds.text, required = "the client that the issuer knows this site by" },
  profile = { one_of("final", "legacy"), default = "final" },
}

local function section(schema)
  return function(name, value)
    return members(name, value, schema)
  end
end

local ISSUER = {
  issuer = { kinds.url, required = "its URL, as the claim iss has it" }, algorithms = { kinds.algorithms, default = { "RS256" } },
  jwks_uri = { kinds.url }, keys = { kinds.text }, ca_file = { kinds.text }, proxy = { kinds.text }, tenant = { kinds.tenant },
  speaks_for = { set_of(nil), default = {} },
  ssf = { section(SSF) }, logout = { section(LOGOUT) }, revocation = { section(REVOCATION) },
}

local function check_issuer(place, given)
  local entry = members(place, given, ISSUER)
  if entry.jwks_uri and entry.keys then
    fail("'%s' has jwks_uri and keys; give one of them", place)
  elseif not (entry.ssf or entry.logout or entry.revocation) then
    fail("'%s' needs ssf, logout or revocation: what this issuer may send", place)
  end
  local speaks_for = { [entry.issuer] = true }
  for issuer in pairs(entry.speaks_for) do
    speaks_for[issuer] = true
  end
  entry.speaks_for = speaks_for
  return entry
end

function kinds.issuers(name, value)
  if type(value) ~= "table" or #value == 0 then
    fail("option '%s' must be a list of issuers", name)
  end
  local list, seen = {}, {}
  for i, given in ipairs(value) do
    list[i] = check_issuer(("%s[%d]"):format(name, i), given)
    if seen[list[i].issuer] then
      fail("'%s[%d]' is the issuer of '%s[%d]' again; one entry has all that it may send", name, i, name, seen[list[i].issuer])
    end
    seen[list[i].issuer] = i
  end
  return list
end

local TOP = {
  inbox = { kinds.inbox, required = "the folder in which events are kept" },
  people = { kinds.people, required = "the list of people, or a function" },
  identities = { kinds.identities }, authoritative = { kinds.flag, default = false },
  issuers = { kinds.issuers, required = "who may send" }, protect = { set_of(nil), default = {} },
  max_age = { kinds.span, default = DAY }, brake = { kinds.rate }, policy = { kinds.script }, log = { kinds.script },
}


-- The column of an issuer that can never be asked for is a mistake in its name.
local function check_identities(checked)
  local known = {}
  for _, entry in ipairs(checked.issuers) do
    for issuer in pairs(entry.speaks_for) do
      known[issuer] = true
    end
  end
  for _, columns in pairs { checked.identities.iss_sub, checked.identities.opaque } do
    for issuer in pairs(columns) do
      if not known[issuer] then
        fail("option 'identities' names '%s', which is no issuer of 'issuers', nor one that they speak for%s", tostring(issuer),
          suggest.hint(tostring(issuer), names_of(known)))
      end
    end
  end
end

--- Checks the options of `receiver.new`.
-- @tparam table given
-- @treturn table the same with defaults, spans in seconds, lists as sets; `by_issuer`, and `algorithms`: those of all issuers
-- @raise naming the option and what it must be
function options.check(given)
  if type(given) ~= "table" then
    fail("a table of options is needed, not %s", type(given))
  end
  local checked = members(nil, given, TOP)
  if not checked.identities and type(checked.people) ~= "function" then
    fail("option 'identities' is missing: the columns of 'people' by which a subject is found")
  end
  checked.identities = checked.identities or { by_format = {}, iss_sub = {}, opaque = {} }
  check_identities(checked)
  local all = {}
  checked.by_issuer = {}
  for _, entry in ipairs(checked.issuers) do
    checked.by_issuer[entry.issuer] = entry
    for _, algorithm in ipairs(entry.algorithms) do
      all[algorithm] = true
    end
  end
  checked.algorithms = names_of(all)
  return checked
end

return options
