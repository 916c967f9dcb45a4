-- SPDX-License-Identifier: MIT

--- Who sits where, by reading only: what a system says of targets before anybody is signed out.
--
-- Each function sends one request, for as many targets as one request takes: `resolve.batches` cuts a list to that size.
-- A finding says what a look shows now; whoever acts later looks again. Its members:
--
-- `what`: for the evidence. `targets`: those that a name stands for, at least one. `rest`: `{verdict =, message =}` of what
-- may belong to the name besides, and cannot be told. `state`: of a phone or a session. `user`: who sits there. `verdict`,
-- `code`, `message`: what it would come to if nothing changed; none when there is something to sign out.
-- @module signoff.offboard.resolve

local core = require "signoff.core"
local trim = require "signoff.trim"

local resolve = {}

local function decided(verdict, message, code)
  return { verdict = verdict, message = message, code = code, what = message }
end

-- A finding each, which the state of its row decides.
local function by_state(states, rows, targets)
  local findings = {}
  for i, target in ipairs(targets) do
    findings[i] = states[rows[i].state](target, rows[i])
    findings[i].state = rows[i].state
  end
  return findings
end

-- Extension Mobility: where a user sits.

local states_of_user = {}

function states_of_user.free()
  return decided("already_out", "logged in nowhere")
end

function states_of_user.no_user(target)
  if target.optional then
    return decided("skipped", "not known on this cluster")
  end
  return decided("failed", "the cluster does not know this user", "not_found")
end

function states_of_user.unknown()
  return decided("unknown", "the reply does not say where this user is")
end

function states_of_user.logged_in(target, row)
  local found = { targets = {}, what = "logged in at " .. table.concat(row.devices, ", ") }
  for i, device in ipairs(row.devices) do
    found.targets[i] = { device = device, user = target.find }
  end
  return found
end

local function names_of(targets, member)
  local names = {}
  for i, target in ipairs(targets) do
    names[i] = target[member]
  end
  return names
end

local function find_users(rows, targets)
  return by_state(states_of_user, rows, targets)
end

-- Extension Mobility: who sits at a device.

local states_of_device = {}

function states_of_device.free()
  return decided("already_out", "nobody is logged in there")
end

function states_of_device.no_device()
  return decided("failed", "the cluster does not know this device", "not_found")
end

function states_of_device.unknown()
  return decided("unknown", "the reply does not say who sits there")
end

function states_of_device.logged_in(target, row)
  if not row.user then
    return decided("unknown", "the reply does not say who sits there")
  elseif target.user and target.user:lower() ~= row.user:lower() then
    return decided("skipped", ("%s sits there, not %s"):format(row.user, target.user))
  end
  return { what = row.user .. " sits there" }
end

local function find_occupants(rows, targets)
  local findings = by_state(states_of_device, rows, targets)
  for i, finding in ipairs(findings) do
    finding.user = rows[i].user
  end
  return findings
end

-- Agvance: one list answers for all names and keys. Whether it compares either by case is documented nowhere: names are
-- compared without, so that no session of a leaver is missed; of keys that are only alike nothing is known.

local function folded(text)
  return trim(text:lower())
end

local function index_sessions(rows)
  local index = { users = {}, keys = {}, alike = {}, nameless = not rows.whole, keyless = not rows.whole }
  for _, row in ipairs(rows) do
    local key = row.session_log_key
    if not row.doubt_user then
      local name = folded(row.user)
      index.users[name] = index.users[name] or {}
      table.insert(index.users[name], row)
    else
      index.nameless = true
    end
    if key then
      index.keys[key], index.alike[folded(key)] = row, true
    end
    index.keyless = index.keyless or row.doubt_key ~= nil
  end
  return index
end

local function own_session()
  return decided("skipped", "this client's own session, which is never logged off")
end

local function find_sessions(index, target)
  local found, own, keyless = {}, false, false
  for _, row in ipairs(index.users[folded(target.find)] or {}) do
    if row.own then
      own = true
    elseif not row.doubt_key then
      found[#found + 1] = { key = row.session_log_key }
    else
      keyless = true
    end
  end
  local rest
  if keyless then
    rest = decided("unknown", "the list has a session of this user without its key")
  elseif index.nameless then
    rest = decided("unknown", "the list has a session without a user")
  end
  if #found > 0 then
    return { targets = found, rest = rest, what = ("%d in the list of sessions"):format(#found) }
  elseif own then
    return rest or own_session()
  end
  return rest or decided("already_out", "has no session")
end

local function find_names(rows, targets)
  local index, findings = index_sessions(rows), {}
  for i, target in ipairs(targets) do
    findings[i] = find_sessions(index, target)
  end
  return findings
end

local function find_key(index, key)
  local row = index.keys[key]
  if row and row.own then
    return own_session()
  elseif row then
    return { what = row.user and "a session of " .. row.user or "in the list of sessions" }
  elseif index.keyless or index.alike[folded(key)] then
    return decided("unknown", "the list has a session without a key, or with one that is nearly this")
  end
  return decided("already_out", "not in the list of sessions")
end

local function find_keys(rows, targets)
  local index, findings = index_sessions(rows), {}
  for i, target in ipairs(targets) do
    local row = index.keys[target.key]
    findings[i] = find_key(index, target.key)
    findings[i].state, findings[i].user = row and "listed" or "not_listed", row and row.user
    findings[i].own = row and row.own
  end
  return findings
end

-- What each kind of system can be asked: `operation` takes the targets' `member`s, or lists everything where `lists` is set.
local kinds = {
  cisco_em = {
    find = { operation = "query_users", member = "find", read = find_users },
    occupants = { operation = "query_devices", member = "device", read = find_occupants },
  },
  agvance = {
    find = { operation = "sessions", member = "find", read = find_names, lists = true },
    occupants = { operation = "sessions", member = "key", read = find_keys, lists = true },
  },
}

--- How `question` (`"find"` or `"occupants"`) is asked of a system of this kind: `operation`, `member`, `lists`; nil where it
-- cannot be.
function resolve.row(kind, question)
  return kinds[kind] and kinds[kind][question]
end

--- Lists of at most as many targets as one request takes.
-- @param client
-- @tparam string question `"find"` or `"occupants"`
-- @tparam {table,...} targets
-- @treturn {table,...} lists
function resolve.batches(client, question, targets)
  local kind = client:kind()
  local size = core.facts[kind].operations[resolve.row(kind, question).operation].covers
  if size == 0 then
    return #targets > 0 and { targets } or {}
  end
  local batches = {}
  for i, target in ipairs(targets) do
    local number = math.floor((i - 1) / size) + 1
    batches[number] = batches[number] or {}
    table.insert(batches[number], target)
  end
  return batches
end

--- What one reply says of targets.
-- @tparam string kind of the system
-- @tparam string question
-- @tparam table rows the reply of the operation
-- @tparam {table,...} targets that it was asked for
-- @treturn {table,...} a finding each
function resolve.read(kind, question, rows, targets)
  return resolve.row(kind, question).read(rows, targets)
end

--- One request, and its reply.
-- @treturn ?table rows; nil, message, code, detail
function resolve.ask(client, question, targets)
  local row = resolve.row(client:kind(), question)
  if row.lists then
    return client[row.operation](client)
  end
  return client[row.operation](client, names_of(targets, row.member))
end

--- The targets that names stand for.
-- @param client of Extension Mobility or Agvance
-- @tparam {table,...} finds targets `{find = NAME, optional =}`; as many as one request takes
-- @treturn ?{table,...} a finding each; nil, message, code, detail when the request failed
function resolve.find(client, finds)
  local rows, message, code, detail = resolve.ask(client, "find", finds)
  if not rows then
    return nil, message, code, detail
  end
  return resolve.read(client:kind(), "find", rows, finds)
end

return resolve
