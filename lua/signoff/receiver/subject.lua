-- SPDX-License-Identifier: MIT

--- Reads the subject of an event, and finds its person: exactly, or not at all.
--
-- A subject becomes a list of simple identifiers that all stand for one person. Nothing is guessed: two persons are ambiguous, a tenant
-- that is not the configured one is somebody else, and an identifier without its column finds nobody.
-- @module signoff.receiver.subject

local json = require "signoff.json"

local subject = {}

local LONGEST = 1024 -- bytes of a member
local MOST = 16 -- identifiers of one subject
local DEEPEST = 16 -- tables within one another; it is kept as it was sent, in a record that must be readable

-- The members of each format of RFC 9493, of the framework's own, and of SCIM's events. All are texts.
local FORMATS = {
  account = { "uri" }, did = { "url" }, email = { "email" }, iss_sub = { "iss", "sub" }, opaque = { "id" },
  phone_number = { "phone_number" }, uri = { "uri" }, jwt_id = { "iss", "jti" }, saml_assertion_id = { "issuer", "assertion_id" },
  scim = { "uri" },
}

-- Those that can name a person here. The others are read, and find nobody.
local FINDABLE = { account = true, email = true, iss_sub = true, opaque = true, phone_number = true, scim = true }

-- The members of a complex subject, and those of them that make it less than the whole person.
local PARTS = { "user", "device", "session", "application", "tenant", "org_unit", "group" }
local NARROWING = { "session", "device", "application" }
local PROCESSED = { user = true, device = true, session = true, application = true, tenant = true }

local MALFORMED = "the subject is malformed: a member is missing, or has the wrong type"
local TOO_DEEP = "the subject is nested too deeply"

local function is_text(value)
  return type(value) == "string" and value ~= "" and #value <= LONGEST
end

local function is_object(value)
  return type(value) == "table" and value[1] == nil
end

-- The format that a subject names. Senders from before the final text have another member, with hyphens, or none at all.
local function format_of(raw, legacy)
  local format = raw.format
  if format == nil and legacy then
    format = type(raw.subject_type) == "string" and raw.subject_type:gsub("-", "_") or nil
    for i = 1, format and 0 or #PARTS do
      format = format or raw[PARTS[i]] ~= nil and "complex" or nil
    end
  end
  return format
end

-- A simple identifier; nil where it is malformed; false where nobody knows its format.
local function read_simple(raw, legacy)
  local format = is_object(raw) and format_of(raw, legacy)
  local members = FORMATS[format]
  if format == "ip-addresses" then
    return type(raw["ip-addresses"]) == "table" and { format = format } or nil
  elseif not members then
    local unknown = is_text(format) and format ~= "complex" and format ~= "aliases"
    if unknown then
      return false
    end
    return nil
  end
  local identifier = { format = format }
  for _, name in ipairs(members) do
    if not is_text(raw[name]) then
      return nil
    end
    identifier[name] = raw[name]
  end
  identifier.external_id = format == "scim" and is_text(raw.externalId) and raw.externalId or nil
  return identifier
end

local function read_aliases(raw, legacy)
  local list = raw.identifiers
  if type(list) ~= "table" or #list == 0 or #list > MOST then
    return nil
  end
  local identifiers = {}
  for _, one in ipairs(list) do
    local identifier = read_simple(one, legacy)
    if identifier == nil then
      return nil
    end
    identifiers[#identifiers + 1] = identifier or nil
  end
  return { identifiers = identifiers, unknown_format = #identifiers == 0 or nil }
end

-- One that is not complex: a table with its identifiers.
local function read_plain(raw, legacy)
  if format_of(raw, legacy) == "aliases" then
    return read_aliases(raw, legacy)
  end
  local identifier = read_simple(raw, legacy)
  if identifier == nil then
    return nil
  end
  return { identifiers = { identifier or nil }, unknown_format = identifier == false or nil }
end

-- The member that makes a subject less than a person.
local function narrowing(raw)
  for _, name in ipairs(NARROWING) do
    if raw[name] ~= nil then
      return name
    end
  end
end

local function is_whole(raw)
  for _, name in ipairs(PARTS) do
    if raw[name] ~= nil and not is_object(raw[name]) then
      return false
    end
  end
  return true
end

local function read_complex(raw, legacy)
  if not is_whole(raw) then
    return nil
  end
  local read = raw.user == nil and { identifiers = {} } or read_plain(raw.user, legacy)
  if read then
    read.complex, read.narrowed, read.tenant = raw, raw.user and narrowing(raw), raw.tenant
  end
  return read
end

--- Reads a subject.
-- @param raw as it was sent
-- @tparam[opt] boolean legacy older forms are taken, too
-- @treturn ?table `identifiers` (a list; several are aliases of one person), `narrowed` ("session", "device", "application"), `tenant`,
-- `complex`, `unknown_format`; nil where it is malformed
-- @treturn ?string a sentence
function subject.read(raw, legacy)
  if not is_object(raw) then
    return nil, MALFORMED
  elseif json.is_deeper(raw, DEEPEST) then
    return nil, TOO_DEEP
  end
  local read = format_of(raw, legacy) == "complex" and read_complex or read_plain
  local result = read(raw, legacy)
  if not result then
    return nil, MALFORMED
  end
  return result
end

--- The subject of a Security Event Token: `sub_id`; in an older form it stands in the event.
-- @tparam table set the claims
-- @tparam table values the event's members
-- @tparam[opt] boolean legacy
-- @return the subject as it was sent; nil where there is none, or there are two that differ
-- @treturn ?string a sentence
function subject.of_event(set, values, legacy)
  local outer, inner = set.sub_id, values.subject
  if outer == nil and (inner == nil or not legacy) then
    return nil, "the claim sub_id, the subject, is missing"
  elseif outer ~= nil and inner ~= nil and json.encode { outer } ~= json.encode { inner } then
    return nil, "the token names two subjects that differ"
  end
  return outer == nil and inner or outer
end

-- Finding -------------------------------------------------------------------------------------------------------------

-- Whether a tenant is the configured one: a text is its `id`, `uri` or `iss`; a table holds all the members that it must have.
local function is_tenant(given, wanted)
  if type(wanted) == "table" then
    for name, value in pairs(wanted) do
      if given[name] ~= value then
        return false
      end
    end
    return true
  end
  return given.id == wanted or given.uri == wanted or given.iss == wanted
end

-- A member that the sender calls critical, and that nothing is done about here.
local function unprocessed(read, critical)
  for name in pairs(read.complex and critical or {}) do
    if read.complex[name] ~= nil and not PROCESSED[name] then
      return true
    end
  end
end

-- The one person of all identifiers. Those that find nobody do not count.
local function find_one(identifiers, rule, find)
  local person, why = nil, "unknown_subject"
  for _, identifier in ipairs(identifiers) do
    local found, reason, message = nil, "unknown_subject", nil
    if FINDABLE[identifier.format] then
      found, reason, message = find(identifier, rule)
    end
    if not found and reason ~= "unknown_subject" then
      return nil, reason, message
    elseif found and person and found ~= person then
      return nil, "ambiguous", "its identifiers lead to two persons"
    end
    person = person or found
  end
  return person, not person and why or nil
end

--- Finds the person of a subject.
-- @tparam table read as `read` gives it
-- @tparam table rule of the issuer: `tenant`, `critical` (a set of members)
-- @tparam function find `find(identifier, rule)`: the person; nil and "unknown_subject", "ambiguous", "foreign" or "failed", and a message
-- @treturn ?string person
-- @treturn ?string why there is none: one of these, "not_understood", or "record" (it is known to be nobody's here)
-- @treturn ?string a message
function subject.find(read, rule, find)
  if unprocessed(read, rule.critical) then
    return nil, "not_understood", "its subject has a critical member that is not known here"
  elseif read.tenant and rule.tenant == nil then
    return nil, "unknown_subject", "it names a tenant, and the issuer's option 'tenant' is not set"
  elseif read.tenant and not is_tenant(read.tenant, rule.tenant) then
    return nil, "record", "it is of another tenant"
  end
  return find_one(read.identifiers, rule, find)
end

--- Whether all identifiers of a subject are of formats that can name a person.
-- @tparam table read
-- @treturn boolean
function subject.is_findable(read)
  for _, identifier in ipairs(read.identifiers) do
    if not FINDABLE[identifier.format] then
      return false
    end
  end
  return not read.complex and not read.unknown_format
end

return subject
