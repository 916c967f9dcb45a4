-- SPDX-License-Identifier: MIT
-- The running simulator of the five systems, and clients that may use it.
--
--    local simulated = require "spec.support.simulated"
--    before_each(simulated.reset)
--    local client = simulated.client("agvance", "https", { chunk = 2 })

local fixtures = require "spec.support.fixtures"

if not os.getenv "SIGNOFF_SIMULATOR" then
  error("no simulator: run make test, or examples/simulator/simulator with COMMAND", 0)
end

package.path = "examples/simulator/?.lua;" .. package.path
local control = require "control"

local simulated = { simulator = control.open(), schemes = { "http", "https" } }
local simulator = simulated.simulator

simulated.systems = { "cisco_em", "isymphony", "agvance", "oracle_commerce", "jde_ais" }

-- Agvance's, as examples/simulator/people.json has them.
simulated.headers = {
  ["X-Api-Key"] = "agvance-key", ["X-Database-Id"] = "agvance-database", ["X-Session-Id"] = "session-own",
}

-- The options of each client besides an address.
local credentials = {
  cisco_em = { app_id = "offboarding", app_certificate = "em-password" },
  isymphony = { username = "manager", password = "manag3rpa55word" },
  agvance = { headers = simulated.headers },
}

--- The address of a system; Extension Mobility's is the servlet's own.
function simulated.url(system, scheme)
  return simulator[scheme or "http"] .. (system == "cisco_em" and "/emservice/EMServiceServlet" or "")
end

-- Copies of systems that are described in Lua: in place of the systems in C where DESCRIBED is set.
local copies = { jde_ais = "jde_in_lua", agvance = "agvance_in_lua", cisco_em = "cisco_in_lua", isymphony = "isymphony_in_lua" }

--- Whether clients are made of the copies.
simulated.described = os.getenv "DESCRIBED" ~= nil

--- Whether a system has a copy in Lua.
function simulated.has_copy(system)
  return copies[system] ~= nil
end

--- The kind of the clients that are made for a system.
function simulated.kind(system)
  return simulated.described and copies[system] or system
end

local function constructor(system)
  local kind = simulated.kind(system)
  return kind ~= system and require("spec.support." .. kind) or require "signoff"[system]
end

--- A client with the right credentials. `options` are added, or take the place of one of them.
function simulated.client(system, scheme, options)
  local merged = { url = simulated.url(system, scheme), ca_file = simulator.ca_file }
  for _, source in ipairs { credentials[system] or {}, options or {} } do
    for name, value in pairs(source) do
      merged[name] = value
    end
  end
  return constructor(system)(merged)
end

--- As the simulator was started: for before_each.
function simulated.reset()
  simulator.reset()
end

--- The requests to a system, oldest first; with `operation` only those.
function simulated.journal(system, operation)
  return simulator.journal { system = system, operation = operation }
end

--- The last request that a system received.
function simulated.last(system)
  local entries = simulated.journal(system)
  return (assert(entries[#entries], "nothing was received"))
end

--- The operations that a system was asked for, in order: "query_devices logout".
function simulated.heard(system)
  local names = {}
  for index, entry in ipairs(simulated.journal(system)) do
    names[index] = entry.operation
  end
  return table.concat(names, " ")
end

--- A row of what a system knows now, nil if it knows none such.
function simulated.row(system, list, key, value)
  for _, row in ipairs(simulator.state(system)[list]) do
    if row[key] == value then
      return row
    end
  end
end

--- Makes `names` of that length: "PREFIX1", "PREFIX2", ...
function simulated.names(prefix, count)
  local names = {}
  for index = 1, count do
    names[index] = prefix .. index
  end
  return names
end

--- Texts that a careless writer or reader damages.
simulated.awkward = {
  "Zo\195\171 \229\144\141\229\137\141 \240\159\152\128", "a&b &amp; &#65;", "<logout/>", "\"double\" 'single'", "a]]>b",
  "100% %41 %zz", "a+b c", "/usr/../etc?x=1#y;z", "back\\slash {json: [1]}", "line\nbreak\ttab", "k=v&xml=<request/>",
}

local function explain(place, message)
  return message and place .. ": " .. message
end

--- Raises unless `found` has all that `wanted` has; `absent` names members that it must not have.
function simulated.check(wanted, found, absent)
  local same, difference = fixtures.contains(found, wanted)
  assert(same, explain("difference", difference))
  for _, name in ipairs(absent or {}) do
    assert(found[name] == nil, ("%s is %s, and should not be there"):format(name, tostring(found[name])))
  end
end

--- Raises unless those are the values of a failed call, with all that `wanted` says of the detail. A member that
-- `wanted` has as "none" must not be there.
function simulated.check_failure(wanted, answer, message, code, detail)
  assert(answer == nil, "an answer, where a failure was expected")
  assert(message == detail.message and code == detail.code, "message and code stand in the detail as well")
  local values, absent = {}, {}
  for name, value in pairs(wanted) do
    if value == "none" then
      absent[#absent + 1] = name
    else
      values[name] = value
    end
  end
  simulated.check(values, detail, absent)
  return detail
end

--- Whether any member of `value` is, or holds, `wanted`.
function simulated.mentions(value, wanted)
  if type(value) ~= "table" then
    return tostring(value):find(tostring(wanted), 1, true) ~= nil
  end
  for _, member in pairs(value) do
    if simulated.mentions(member, wanted) then
      return true
    end
  end
  return false
end

--- Whether one of the `secrets` stands in any text of `value`, names of members included; the place of the first.
function simulated.leak(value, secrets, place)
  place = place or "result"
  if type(value) == "table" then
    for name, member in pairs(value) do
      local found = simulated.leak(name, secrets, place) or simulated.leak(member, secrets, place .. "." .. tostring(name))
      if found then
        return found
      end
    end
    return nil
  end
  for _, secret in ipairs(secrets) do
    if tostring(value):find(secret, 1, true) then
      return place
    end
  end
end

return simulated
