-- SPDX-License-Identifier: MIT
-- A directory server of our own: slapd in a folder of its own, on a socket there, with accounts as Active Directory has them.
--
--    local server = require "spec.proofs.directory.server"
--    local address = server.start({ { name = "ana", phone = "4711" } }, { limit = 1000 })
--    server.stop()

local core = require "signoff.core"
local lualdap = require "lualdap"
local files = require "spec.support.files"
local peer = require "spec.support.peer"

local server = { base = "dc=corp,dc=example", user = "cn=reader,dc=corp,dc=example", password = "reader-4711" }

local LIMIT = 30 -- seconds that it may take to begin

local CONFIGURATION = [[
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
include %s
modulepath /usr/lib/ldap
moduleload back_mdb
sizelimit %d
pidfile %s/pid
database mdb
maxsize 268435456
dbnosync
suffix "dc=corp,dc=example"
directory %s
access to attrs=userPassword by anonymous auth by * none
access to dn.base="dc=corp,dc=example" by users read by * none
access to * by dn.exact="cn=reader,dc=corp,dc=example" read by * none
]]

local HEAD = [[
dn: dc=corp,dc=example
objectClass: domain
dc: corp

dn: cn=reader,dc=corp,dc=example
objectClass: inetOrgPerson
cn: reader
sn: reader
userPassword: reader-4711

dn: cn=blind,dc=corp,dc=example
objectClass: inetOrgPerson
cn: blind
sn: blind
userPassword: blind-4711

]]

local REFERRAL = "dn: ou=far,dc=corp,dc=example\nobjectClass: referral\nobjectClass: extensibleObject\nou: far\nref: %s\n\n"

local DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

-- A value as LDIF has any bytes.
local function base64(bytes)
  local out = {}
  for i = 1, #bytes, 3 do
    local a, b, c = bytes:byte(i, i + 2)
    local number = a * 65536 + (b or 0) * 256 + (c or 0)
    for place = 3, 0, -1 do
      local digit = math.floor(number / 64 ^ place) % 64
      out[#out + 1] = (place == 1 and not b or place == 0 and not c) and "=" or DIGITS:sub(digit + 1, digit + 1)
    end
  end
  return table.concat(out)
end

local MEMBERS = { name = "sAMAccountName", phone = "ipPhone", department = "department" }

-- An account: `name`, `phone`, `department`, `enabled`, `changed` ("20261129180000.0Z"), `type`.
local function entry(number, account)
  local lines = {
    ("dn: cn=%d,%s"):format(number, server.base), "objectClass: user", ("cn: %d"):format(number),
    ("userAccountControl: %d"):format(account.enabled and 512 or 514), "sAMAccountType: " .. (account.type or 805306368),
    "whenChanged: " .. (account.changed or "20261129180000.0Z"),
  }
  for member, attribute in pairs(MEMBERS) do
    lines[#lines + 1] = account[member] and ("%s:: %s"):format(attribute, base64(account[member]))
  end
  return table.concat(lines, "\n") .. "\n\n"
end

local function load_accounts(folder, list, options)
  local parts = { HEAD, options.referral and REFERRAL:format(options.referral) or "" }
  for number, account in ipairs(list) do
    parts[#parts + 1] = entry(number, account)
  end
  files.write(folder .. "/accounts.ldif", table.concat(parts))
  local problem = peer.output_of(("/usr/sbin/slapadd -q -f %s/slapd.conf -l %s/accounts.ldif 2>&1"):format(folder, folder))
  assert(problem == "", problem)
end

--- Starts it.
-- @tparam {table,...} list accounts
-- @tparam[opt] table options `limit` (entries that a search may give: 1000), `referral` (an address that it names), `unordered` (it
-- cannot compare names)
-- @treturn string its address
function server.start(list, options)
  options = options or {}
  local folder = peer.directory()
  local schema = files.read "spec/proofs/directory/accounts.schema"
  if options.unordered then
    schema = schema:gsub("ORDERING caseIgnoreOrderingMatch ", "")
  end
  files.write(folder .. "/accounts.schema", schema)
  os.execute(("mkdir %s/data"):format(folder))
  files.write(folder .. "/slapd.conf", CONFIGURATION:format(folder .. "/accounts.schema", options.limit or 1000, folder, folder .. "/data"))
  load_accounts(folder, list, options)
  local address = "ldapi://" .. (folder .. "/socket"):gsub("/", "%%2F")
  server.process = peer.spawn(("/usr/sbin/slapd -f %s/slapd.conf -h %s -d 0"):format(folder, address), folder)
  peer.wait_for("the directory", function()
    local client = core.stat(folder .. "/socket") and lualdap.initialize(address)
    local bound = client and client:bind_simple(server.user, server.password)
    if client then
      client:close() -- one that is closed when the server is gone ends this process
    end
    return bound
  end, LIMIT)
  return address
end

--- Ends it, and what it left.
function server.stop()
  peer.stop_all()
end

return server
