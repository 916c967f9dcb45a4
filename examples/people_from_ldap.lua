-- SPDX-License-Identifier: MIT
-- Makes the list of people who leave from Active Directory: the accounts that are disabled, and were changed since a moment. Needs
-- lua-ldap (Debian: lua-ldap). It reads only.
--
--   export LDAP_URI=ldaps://dc1.corp.example     # or ldapi://; with ldap:// the password would travel readable
--   export LDAP_BASE=DC=corp,DC=example          # where the accounts are
--   export LDAP_USER=reader@corp.example         # an account that may read them, and needs no other right
--   export LDAP_PASSWORD=...
--   export LDAPREFERRALS=off                     # other servers that this one names are said, and not asked
--   export LDAPTIMEOUT=60 LDAPNETWORK_TIMEOUT=10 # seconds; without them libldap waits for ever
--   lua5.4 people_from_ldap.lua 2026-11-29 > leavers.csv
--   lua5.4 people_from_ldap.lua 2026-11-29T18:00 'department=Sales (Berlin)' 'l=Oslo' > leavers.csv
--
-- The moment is UTC. A directory does not keep when an account was disabled, only when it was changed last: so the list has all that
-- were disabled since, and those disabled before that were changed since. LDAPTLS_CACERT names a CA of your own.
--
-- It ends with 0 when the list is whole, and else with 1 and no list. lua-ldap keeps to itself how a search ended, and a server ends one
-- after 1,000 accounts, or where it is busy: so each search is done again in two parts, whose sum must be the same.

-- Nothing is loaded from the current folder, which may be anybody's.
for _, name in ipairs { "path", "cpath" } do
  package[name] = (";" .. package[name]):gsub(";[^/;][^;]*", ""):sub(2)
end

local lualdap = require "lualdap"

-- The columns of the list: the name of a system, and a function that gives an account's target there, or nil.
local columns = {
  { "cisco_em", function(account) return "user:" .. account.sAMAccountName .. "?" end }, -- wherever they sit; the cluster may not know them
  { "agvance", function(account) return "user:" .. account.sAMAccountName end },
  { "isymphony", function(account) return account.ipPhone end }, -- its users are often called by their extension
}
local more = { "ipPhone" } -- attributes that these functions need besides sAMAccountName

local function fail(...)
  io.stderr:write("people_from_ldap: ", string.format(...), "\n")
  os.exit(1)
end

local function setting(name)
  local value = os.getenv(name)
  if not value or value == "" then
    fail("%s is not set; the head of this script says what belongs there", name)
  end
  return value
end

-- Filters: RFC 4515

local function escaped(value)
  return (value:gsub("[^A-Za-z0-9]", function(byte)
    return ("\\%02x"):format(byte:byte())
  end))
end

local function all_of(...)
  return "(&" .. table.concat { ... } .. ")"
end

local DAYS = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 }

-- "2026-11-29T18:00" as a directory has it. A time that is none would find nobody.
local function moment(text)
  local year, month, day, rest = text:match "^(%d%d%d%d)-(%d%d)-(%d%d)(.*)$"
  local hour, minute = (rest == "" and "T00:00" or rest or ""):match "^T(%d%d):(%d%d)$"
  local leap = year and (year % 4 == 0 and (year % 100 ~= 0 or year % 400 == 0)) and month == "02" and 1 or 0
  local most = DAYS[tonumber(month)]
  if not (hour and most and day + 0 >= 1 and day + 0 <= most + leap and hour + 0 < 24 and minute + 0 < 60) then
    fail("'%s' is no moment, such as 2026-11-29 or 2026-11-29T18:00", text)
  end
  return table.concat { year, month, day, hour, minute, "00.0Z" }
end

local function condition(text)
  local name, value = text:match "^([A-Za-z][A-Za-z0-9-]*)=(.+)$"
  if not name then
    fail("'%s' is no condition, such as department=Sales", text)
  end
  return ("(%s=%s)"):format(name, escaped(value))
end

local DISABLED = "(userAccountControl:1.2.840.113556.1.4.803:=2)"
local PERSON = "(sAMAccountType=805306368)" -- neither a computer nor a group

local function filter_of(words)
  local parts = { "(sAMAccountName=*)", PERSON, DISABLED, ("(whenChanged>=%s)"):format(moment(words[1] or "")) }
  for i = 2, #words do
    parts[#parts + 1] = condition(words[i])
  end
  return all_of(table.concat(parts))
end

-- Searching

local directory, elsewhere = nil, {}

local function connect()
  local uri, user, password = setting "LDAP_URI", setting "LDAP_USER", setting "LDAP_PASSWORD"
  if not uri:find "^ldaps://" and not uri:find "^ldapi://" then
    fail("%s: the password would travel readable; use ldaps://", uri)
  elseif os.getenv "LDAPREFERRALS" ~= "off" then
    fail "LDAPREFERRALS must be off: anybody whom the directory names could add people to the list"
  end
  setting "LDAPTIMEOUT"
  local opened, message = lualdap.initialize(uri)
  if opened then
    opened, message = opened:bind_simple(user, password)
  end
  return opened or fail("%s: %s", uri, message)
end

-- The number of values that an iterator gave, the name of an entry and its attributes.
local function one(...)
  return select("#", ...), ...
end

-- One attribute of all that a filter finds; a list of two ends the process with lua-ldap 1.3.
local function search(scope, filter, attribute)
  local found, following = {}, directory:search {
    base = setting "LDAP_BASE", scope = scope, filter = filter, attrs = { attribute or "sAMAccountName" },
    timeout = tonumber(os.getenv "LDAPTIMEOUT"),
  }
  while true do
    local count, name, values = one(following())
    if count == 0 then
      return found
    elseif not name then
      fail("%s: %s", setting "LDAP_URI", tostring(values))
    elseif values then
      values.dn, found[#found + 1] = name, values
    else
      elsewhere[name] = true -- another server's address
    end
  end
end

local function check_base()
  if #search("base", "(objectClass=*)") ~= 1 then
    fail("%s: there is no %s, or %s may not read it", setting "LDAP_URI", setting "LDAP_BASE", setting "LDAP_USER")
  end
end

local function from(name)
  return ("(sAMAccountName>=%s)"):format(escaped(name))
end

-- The accounts of a filter in two parts: those with names from a certain one on, and the others; some of `found` are in both.
local function halves(filter, found)
  local names = {}
  for i, account in ipairs(found) do
    names[i] = account.sAMAccountName
  end
  table.sort(names)
  for _, place in ipairs { math.floor(#names / 2) + 1, 1 } do
    local below, above = all_of(filter, "(!" .. from(names[place]) .. ")"), all_of(filter, from(names[place]))
    local first = search("subtree", below)
    if #first > 0 then
      return below, first, above, search("subtree", above)
    end
  end
  fail "the directory cannot compare sAMAccountName, so whether all accounts were found is not known"
end

local CHANGES = "the directory says something else each time it is asked; try again"

-- The same accounts with their other attributes.
local function complete(filter, found)
  local by_dn = {}
  for _, account in ipairs(found) do
    by_dn[account.dn] = account
  end
  for _, attribute in ipairs(more) do
    local again = search("subtree", filter, attribute)
    for _, values in ipairs(again) do
      local account = by_dn[values.dn] or fail(CHANGES)
      account[attribute] = values[attribute]
    end
    if #again ~= #found then
      fail(CHANGES)
    end
  end
  return found
end

-- One account, or none: then nobody else may be found.
local function check_last(filter, account)
  local others = account and ("(!(sAMAccountName=%s))"):format(escaped(account.sAMAccountName)) or ""
  if #search("subtree", all_of(filter, others)) > 0 then
    fail(CHANGES)
  end
end

-- All accounts that a filter finds. `found`: those that a search gave, perhaps not all.
local function accounts(filter, found)
  if #found < 2 then
    check_last(filter, found[1])
    return complete(filter, found)
  end
  local below, first, above, second = halves(filter, found)
  if #first + #second < #found then
    fail "the directory cannot compare sAMAccountName, or ends searches early; whether all accounts were found is not known"
  elseif #first + #second == #found then
    return complete(filter, found)
  end
  local all = accounts(below, first)
  for _, account in ipairs(accounts(above, second)) do
    all[#all + 1] = account
  end
  return all
end

-- The list: RFC 4180

local function quoted(text)
  return text:find '[",;\r\n]' and '"' .. text:gsub('"', '""') .. '"' or text
end

-- Several targets stand in a cell with `;` between: one that holds a `;` says so.
local function line(account)
  local cells = { quoted(account.sAMAccountName) }
  for i, column in ipairs(columns) do
    local target = column[2](account) or ""
    cells[i + 1] = quoted((target:gsub(";", "\\;")))
  end
  return table.concat(cells, ",") .. "\r\n"
end

local function write(list)
  local head = { "person" }
  for i, column in ipairs(columns) do
    head[i + 1] = column[1]
  end
  local lines = { table.concat(head, ",") .. "\r\n" }
  for i, account in ipairs(list) do
    lines[i + 1] = line(account)
  end
  table.sort(lines, function(a, b)
    return a ~= b and (a == lines[1] or b ~= lines[1] and a < b)
  end)
  return table.concat(lines)
end

local filter = filter_of(arg)
directory = connect()
check_base()
local list = accounts(filter, search("subtree", filter))
check_base() -- it still answers
for address in pairs(elsewhere) do
  io.stderr:write("people_from_ldap: not asked: ", address, " (the directory says that it knows more)\n")
end
if #list == 0 then
  fail "nobody: no account is disabled and was changed since, or LDAP_USER may not read userAccountControl and whenChanged"
end
local written, message = io.stdout:write(write(list))
if not written or not io.stdout:flush() then
  fail("the list cannot be written: %s", message or "the disk may be full")
end
io.stderr:write(("people_from_ldap: %d people\n"):format(#list))
