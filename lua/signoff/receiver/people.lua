-- SPDX-License-Identifier: MIT

--- The directory: which person an identifier stands for, by the columns of the list of people.
--
-- The list is the one that offboarding reads, CSV or JSON lines; it is read again when it has changed. A list that cannot be read then
-- leaves the one before in force. Identifiers are compared exactly; of addresses alone the letters A to Z are folded.
-- @module signoff.receiver.people

local coroutines = require "signoff.async.coroutine"
local core = require "signoff.core"
local source = require "signoff.offboard.people.file"
local readers = require "signoff.offboard.people.reader"

local people = {}

local RECHECK = 30 -- seconds between checks whether the file has changed
local AT_ONCE = 200 -- rows that are read before others may run: a millisecond

local Directory = {}
Directory.__index = Directory

-- Keys ----------------------------------------------------------------------------------------------------------------

local function exact(text)
  return text
end

-- `acct:user@host`: of the host letters are folded.
local function account(text)
  local user, host = text:gsub("^[Aa][Cc][Cc][Tt]:", ""):match "^(.*)@([^@]*)$"
  return user and user .. "@" .. core.lower(host) or text
end

local foldings = { email = core.lower, account = account }

-- The columns that identify, each with its folding: `name` and `fold`, by the name of a kind of identifier.
local function columns_of(identities)
  local columns = {}
  for format, column in pairs(identities.by_format) do
    columns[format] = { name = column, fold = foldings[format] or exact }
  end
  for issuer, column in pairs(identities.iss_sub) do
    columns["iss_sub " .. issuer] = { name = column, fold = exact }
  end
  for issuer, column in pairs(identities.opaque) do
    columns["opaque " .. issuer] = { name = column, fold = exact }
  end
  return columns
end

-- The kind and the text of an identifier that an issuer sends. An `iss` that is not configured has no column.
local function column_of(identifier, issuer)
  local format = identifier.format
  if format == "iss_sub" then
    return "iss_sub " .. identifier.iss, identifier.sub
  elseif format == "scim" then
    return "iss_sub " .. issuer, identifier.external_id
  elseif format == "opaque" then
    return "opaque " .. issuer, identifier.id
  end
  return format, identifier[format == "account" and "uri" or format]
end

-- Reading -------------------------------------------------------------------------------------------------------------

-- An index: `rows` by kind and key (a key that two rows have is false: ambiguous), and `members`: by kind the set of persons that have
-- an identifier there.
local function new_index(columns)
  local index = { rows = {}, members = {} }
  for name in pairs(columns) do
    index.rows[name], index.members[name] = {}, {}
  end
  return index
end

local function enter(index, columns, person, values)
  for name, column in pairs(columns) do
    local value = values[column.name]
    value = type(value) == "string" and core.trim(value) or ""
    if value ~= "" then
      local key, rows = column.fold(value), index.rows[name]
      rows[key] = rows[key] == nil and person or false
      index.members[name][person] = true
    end
  end
end

local function missing_column(reader, columns)
  local there = {}
  for _, name in ipairs(reader.columns or {}) do
    there[name] = true
  end
  for name, column in pairs(reader.columns and columns or {}) do
    if not there[column.name] then
      return ("has no column '%s', which the option 'identities' names for %s"):format(column.name, name)
    end
  end
end

local function read_rows(reader, columns, where, pause)
  local index, named, count = new_index(columns), {}, 0
  for values, line, message in reader.next do
    local person = not message and type(values.person) == "string" and core.trim(values.person) or ""
    if message or person == "" then
      return nil, ("%s:%d: %s"):format(where, line, message or "names nobody in the column 'person'")
    elseif named[person] then
      return nil, ("%s:%d: '%s' stands also at line %d; one person has one line"):format(where, line, person, named[person])
    end
    named[person], count = line, count + 1
    enter(index, columns, person, values)
    if pause and count % AT_ONCE == 0 then
      pause()
    end
  end
  return index
end

local function open_file(path)
  local file, message = source.read(path)
  if not file then
    return nil, message
  end
  local reader, line
  reader, line, message = readers.of_text(file.text)
  return reader, message and ("%s:%d: %s"):format(path, line, message)
end

-- The index of a list; nil and a message.
local function load(from, columns, pause)
  local reader, message
  if type(from) == "string" then
    reader, message = open_file(from)
  else
    reader, message = readers.of_list(from)
  end
  if not reader then
    return nil, message
  end
  local where = type(from) == "string" and from or "people"
  message = missing_column(reader, columns)
  if message then
    return nil, where .. ": " .. message
  end
  return read_rows(reader, columns, where, pause)
end

local function version_of(path)
  local about = type(path) == "string" and core.stat(path)
  return about and ("%s %.0f %.0f"):format(about.id, about.size, about.mtime)
end

--- Reads the list again if it has changed, at most every 30 s.
-- @tparam number now
-- @tparam[opt] function pause called between rows, to let others run
-- @treturn ?string a message where it cannot be read; the one before stays
function Directory:refresh(now, pause)
  if self.ask or now - self.checked < RECHECK and now >= self.checked then
    return nil
  end
  self.checked = now
  local version = version_of(self.from)
  if version and version == self.version then
    return nil
  end
  local index, message = load(self.from, self.columns, pause)
  if not index then
    return message
  end
  self.index, self.version = index, version
end

-- Finding -------------------------------------------------------------------------------------------------------------

local function ask_script(self, identifier, issuer)
  local fine, person, why, message = coroutines.pcall(self.ask, identifier, issuer)
  if not fine then
    return nil, "failed", tostring(person)
  elseif type(person) == "string" and person ~= "" then
    return person
  elseif person == nil and (why == "unknown" or why == "ambiguous") then
    return nil, why == "unknown" and "unknown_subject" or why, message
  end
  return nil, "failed", type(why) == "string" and why or "the option 'people' returned neither a name, nor nil and why"
end

-- Whether a person is the issuer's: one that has no identifier of its own there is not.
function Directory:belongs(person, issuer)
  local members = self.index.members["iss_sub " .. issuer]
  return not members or members[person] == true
end

--- Finds the person of an identifier.
-- @tparam table identifier `format` and its members
-- @tparam table issuer `issuer`, and `speaks_for`: a set of issuers whose `sub` it may name, itself among them
-- @treturn ?string person
-- @treturn ?string why there is none: "unknown_subject", "ambiguous", "foreign" (another issuer's) or "failed"
-- @treturn ?string a message
function Directory:find(identifier, issuer)
  if identifier.format == "iss_sub" and not issuer.speaks_for[identifier.iss] then
    local known = self.columns and self.columns["iss_sub " .. identifier.iss]
    return nil, known and "foreign" or "unknown_subject", "its iss is not one that this issuer speaks for"
  elseif self.ask then
    return ask_script(self, identifier, issuer.issuer)
  end
  local name, text = column_of(identifier, issuer.issuer)
  local column = self.columns[name]
  local person
  if column and text then
    person = self.index.rows[name][column.fold(text)]
  end
  if not person then
    return nil, person == false and "ambiguous" or "unknown_subject", person == false and "several rows have its identifier" or nil
  elseif not self:belongs(person, issuer.issuer) then
    return nil, "foreign", "the person has no identifier of this issuer"
  end
  return person
end

--- Makes a directory.
-- @param from the path of a list, a list of rows, or a function(identifier, issuer) that gives a person; nil and "unknown" or "ambiguous";
-- or nil and a message
-- @tparam table identities columns: `by_format`, `iss_sub` and `opaque` by issuer
-- @tparam number now
-- @treturn ?table nil and a message where the list cannot be read
function people.open(from, identities, now)
  if type(from) == "function" then
    return setmetatable({ ask = from }, Directory)
  end
  local new = setmetatable({ from = from, columns = columns_of(identities), checked = -math.huge }, Directory)
  local message = new:refresh(now)
  if message then
    return nil, message
  end
  return new
end

return people
