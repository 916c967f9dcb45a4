-- SPDX-License-Identifier: MIT

--- The systems of a site: a client and the limits of each.
-- @module signoff.offboard.systems

local core = require "signoff.core"
local identity = require "signoff.offboard.identity"
local suggest = require "signoff.offboard.people.suggest"
local order = require "signoff.offboard.order"
local vendor = require "signoff.offboard.vendor"

local systems = {}

local function raise(name, ...)
  core.raise(("systems: '%s': "):format(name) .. string.format(...))
end

local function is_whole(value)
  return type(value) == "number" and value >= 1 and value == math.floor(value) and value < math.huge
end

local function check_after(name, after)
  if type(after) ~= "table" then
    raise(name, "'after' must be a list of systems' names, not %s", type(after))
  end
  for _, other in pairs(after) do
    if type(other) ~= "string" then
      raise(name, "'after' must be a list of systems' names, and holds a %s", type(other))
    end
  end
end

local function check_breaker(name, breaker)
  local known = { failures = true, pause = true, probes = true }
  if type(breaker) ~= "table" then
    raise(name, "'breaker' must be a table, not %s", type(breaker))
  end
  for member, value in pairs(breaker) do
    if not known[member] then
      raise(name, "'breaker' has an unknown member '%s'; known are failures, pause, probes", tostring(member))
    elseif type(value) ~= "number" or value < 0 or (member ~= "pause" and not is_whole(value)) then
      raise(name, "'breaker.%s' is no number of %s", member, member == "pause" and "seconds" or member)
    end
  end
end

-- The members of an entry: what each must be.
local members = {}

function members.client(name, client)
  local fine, open = pcall(core.is_open, client)
  if not fine then
    raise(name, "'client' must be a client of signoff, not %s", type(client))
  elseif not open then
    raise(name, "its client is closed")
  end
end

function members.concurrency(name, value)
  if not is_whole(value) then
    raise(name, "'concurrency' must be a whole number from 1")
  end
end

-- Checks the rate of an entry; `false` means that it is not paced, though the vendor's default is.
function members.per_minute(name, value)
  if value ~= false and (type(value) ~= "number" or not (value > 0 and value < math.huge)) then
    raise(name, "'per_minute' must be a number above 0, or false for no pacing")
  end
end

function members.column(name, value)
  if type(value) ~= "string" or value == "" or value == "person" then
    raise(name, "'column' must be the name of a column, and not 'person'")
  end
end

function members.targets(name, value)
  if type(value) ~= "function" then
    raise(name, "'targets' must be a function, not %s", type(value))
  end
end

function members.status(name, value, entry)
  local kind = entry.client:kind()
  if core.facts[kind].signs_out ~= "set_status" then
    raise(name, "'status' is not for %s, which has none to set", kind)
  end
  core.build(entry.client, "set_status", name, value) -- raises what is wrong with it
end

members.after = check_after
members.breaker = check_breaker

local function member_names()
  local names = {}
  for member in pairs(members) do
    names[#names + 1] = member
  end
  return names
end

local function check_entry(name, entry)
  if type(name) ~= "string" or name == "" then
    core.raise(("systems: a name must be a text, not %s"):format(type(name)))
  elseif name:find("\0", 1, true) then
    core.raise "systems: a name holds a NUL byte"
  elseif type(entry) ~= "table" then
    raise(name, "must be a table with 'client', not %s", type(entry))
  end
  for member in pairs(entry) do
    if not members[member] then
      raise(name, "unknown member '%s'%s", tostring(member), suggest.hint(tostring(member), member_names()))
    end
  end
  members.client(name, entry.client)
  for member, value in pairs(entry) do
    members[member](name, value, entry)
  end
  local kind = entry.client:kind()
  if core.facts[kind].signs_out == "set_status" and not entry.status then
    raise(name, "'status' ({name =, type =}) is missing: nobody can be signed out of %s, it is set instead", kind)
  end
end

-- Scheme, host and port of a client's system.
local function host_of(client)
  return (tostring(client):match "^[^ ]+ [^ ]+ (.*)$")
end

local function column_of(name, entry)
  local column = entry.column or name
  if column == "person" then
    raise(name, "the column 'person' holds the people; give this system another 'column'")
  end
  return column
end

local function normalised(name, entry)
  local kind = entry.client:kind()
  local default = vendor.of(kind).limits
  local per_minute = entry.per_minute
  if per_minute == nil then
    per_minute = default.per_minute
  end
  return {
    name = name, kind = kind, client = entry.client, host = host_of(entry.client), identity = identity.of(entry.client),
    concurrency = entry.concurrency or default.concurrency, per_minute = per_minute or nil,
    status = entry.status, column = column_of(name, entry), targets = entry.targets,
    after = entry.after or {}, breaker = entry.breaker,
  }
end

local function check_names(list, by_name)
  for _, system in ipairs(list) do
    for _, other in ipairs(system.after) do
      if not by_name[other] then
        local known = {}
        for name in pairs(by_name) do
          known[#known + 1] = name
        end
        raise(system.name, "'after' names '%s', which is no system here%s", other, suggest.hint(other, known))
      end
    end
  end
end

local checked = setmetatable({}, { __mode = "k" })

--- The checked systems, with the defaults, in order. A list that this returned comes back as it is.
-- @tparam table map name → `{client =, concurrency =, per_minute =, status =, column =, targets =, after =, breaker =}`;
-- `per_minute = false`: without the vendor's default
-- @treturn {table,...} those whose tokens age first, the others by name, `after` respected; also indexed by name
-- @raise for an unknown member, one of a wrong type, a missing `status`, a circle of `after`, naming it
function systems.check(map)
  if checked[map] then
    return map
  elseif type(map) ~= "table" or next(map) == nil then
    core.raise(("systems: a table of name = {client =, ...} is needed, not %s"):format(
      type(map) == "table" and "an empty one" or type(map)))
  end
  local list, by_name = {}, {}
  for name, entry in pairs(map) do
    check_entry(name, entry)
    list[#list + 1] = normalised(name, entry)
    by_name[name] = true
  end
  check_names(list, by_name)
  local ordered = order(list)
  checked[ordered] = true
  return ordered
end

return systems
