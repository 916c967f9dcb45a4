-- SPDX-License-Identifier: MIT

--- Observations: the finding of one look at a target. Pure: nothing here sends, waits, or reads a clock.
--
-- Presence is read leniently, absence strictly (rule L1): `present` is true as soon as a reply shows somebody there, false
-- only by a whole reply, and nil where the look proves nothing. The members of an observation:
--
-- `present`; `whole` (the reply was); `what` (for the evidence); `occupant` (who is there, as the system spells it); `targets`
-- (ids of what can be acted on: the phone, the key, the token; for a name all its phones or keys); `known` (the system itself
-- says that it knows the target); `cleared` (neither the key nor a session of its user is there); `missing` (the system knows
-- no such target); `own` (our own session); `status` (of a setting); `unprovable`, `final` (looking again will not help).
-- Of a look that failed: `code`, `message`, `retriable`, `retry_after`, and `delay` where it may be made again.
-- The caller adds `asked` and `replied` (a clock that runs while the machine sleeps), `asked_wall` (Unix seconds) and
-- `date` (the server's clock).
-- @module signoff.signout.observation

local core = require "signoff.core"

local observation = {}

--- The observation of a look that failed: it proves nothing, and a refusal in foreign words is such a look (rule L3).
-- @tparam string message
-- @tparam table detail of the error
-- @treturn table observation
function observation.failed(message, detail)
  return {
    what = message, message = message, code = detail.code, retriable = detail.retriable or false, retry_after = detail.retry_after,
    final = not detail.retriable, own_words = detail.own_words,
  }
end

--- The observation of a reply that a cache kept: a failed look (rule L4).
-- @tparam string why what shows that it is old
-- @treturn table observation
function observation.stale(why)
  local message = "the reply is an old one: " .. why
  return observation.failed(message, { code = "stale", retriable = true })
end

local function unreadable(what, state)
  return { what = what, state = state }
end

--- Takes an absence back that a control contradicts: it proves nothing (rule L2).
-- @tparam table seen an observation
-- @tparam ?boolean holds whether the control held; nil where there is none
-- @tparam[opt] string why it did not
-- @treturn table observation
function observation.controlled(seen, holds, why)
  if seen.present ~= false or holds ~= false then
    return seen
  end
  return unreadable(("%s, but %s: nothing is absent"):format(seen.what, why or "the control failed"))
end

-- Settings

local function wanted_time(status)
  return status.return_time or (status.return_at and status.return_at * 1000)
end

-- Line ends are the system's, and what blanks stand at the end of a text shows nowhere.
local function settled_text(text)
  return type(text) == "string" and text:gsub("\r\n?", "\n"):gsub("[ \t\n]+$", "") or text
end

local function shown(value)
  return type(value) == "string" and ("'%s'"):format(value) or value == nil and "none" or core.digits(value)
end

--- The difference between a status and the wanted one: "note 'here' in place of 'gone'"; nil for none. Only what was asked for is
-- compared: the system fills in the rest.
function observation.difference(found, wanted)
  local rows = { { "name", wanted.name, found.name }, { "type", wanted.type, found.type }, { "note", wanted.note, found.note },
    { "return_time", wanted_time(wanted), found.return_time } }
  local parts = {}
  for _, row in ipairs(rows) do
    local needed = row[2] ~= nil or row[1] == "name" or row[1] == "type"
    if needed and settled_text(row[2]) ~= settled_text(row[3]) then
      parts[#parts + 1] = ("%s %s in place of %s"):format(row[1], shown(row[3]), shown(row[2]))
    end
  end
  return #parts > 0 and table.concat(parts, ", ") or nil
end

--- A status that was found, in words that tell it from the wanted one.
function observation.found(found, wanted)
  local words, difference = observation.describe(found), observation.difference(found, wanted)
  if difference and words == observation.describe(wanted) then
    return "it with " .. difference
  end
  return words
end

--- Whether a status is the wanted one.
function observation.is_set(found, wanted)
  return observation.difference(found, wanted) == nil
end

--- A status in words.
function observation.describe(status)
  return ("status '%s' (%s)"):format(tostring(status.name), tostring(status.type))
end

--- The members of a status that can be set again.
function observation.settable(status)
  return { name = status.name, type = status.type, note = status.note, return_time = status.return_time }
end

--- Panel logins in words, and as members of evidence. A status closes none of them.
function observation.panels(logins)
  local addresses = {}
  for i, login in ipairs(logins) do
    addresses[i] = ("%s:%s"):format(login.ip or "?", login.port or "?")
  end
  return ("%d panel logins remain: %s"):format(#logins, table.concat(addresses, ", ")), { logins = #logins }
end

--- A status: here "absent" means that nothing else than the wanted status is there, by a whole reply (rule L1).
-- @tparam table answer of `status`
-- @tparam table about `wanted`, `id`
-- @treturn table observation
function observation.setting(answer, about)
  local set = observation.is_set(answer, about.wanted)
  local seen = { what = observation.describe(answer), status = observation.settable(answer), whole = answer.whole == true }
  seen.present = not set
  if set and not seen.whole then
    seen.present, seen.what = nil, seen.what .. ", but the reply " .. (answer.doubt or "is not whole")
  end
  seen.targets = { about.id }
  return seen
end

--- Panel logins: none of them is absence.
function observation.logins(answer)
  local seen = { what = ("%d panel logins"):format(#answer), whole = answer.whole == true }
  seen.present = #answer > 0 or nil
  if #answer == 0 and seen.whole then
    seen.present, seen.known = false, true
  end
  return seen
end

-- Tokens

--- Whether a token is alive. A refusal counts only in a whole reply (rule L1) and in the system's own words, which the backend checks
-- (rule L3).
-- @tparam table answer of `status`
-- @tparam table about `id`
-- @treturn table observation
function observation.token(answer, about)
  if answer.active then
    local what = answer.device_from and "alive, asked with the device that its token names" or "alive"
    return { present = true, what = what, targets = { about.id }, whole = answer.whole == true }
  elseif answer.active ~= false or answer.whole ~= true then
    -- a refusal that fits a wrong device as well will fit it for ever; a reply that says nothing is no evidence at all
    local what = answer.doubt and "the reply proves nothing: it " .. answer.doubt or "the reply proves nothing"
    return { what = what, final = true, unprovable = (answer.http_status or 0) >= 400, targets = { about.id } }
  end
  return { present = false, whole = true, what = "refused" }
end

-- Phones

-- Finds an unknown member of a phone's row that holds the person's name: she may be there in a way that we cannot read (rule L1).
local function names_person(row, about)
  for _, other in ipairs(row.others or {}) do
    for _, name in ipairs { about.user or false, about.occupant or false, about.person or false } do
      if name and other.text and about.compare(other.text, name) ~= "different" then
        return other.name
      end
    end
  end
end

local function words_of(row)
  return row.state .. (row.user and " as " .. row.user or "")
end

-- The states of a target that the system does not know.
local missing = { no_device = true, no_user = true, missing = true }

local function is_missing(row)
  return missing[row.state] or false
end

--- The occupant of a phone. Nobody is there only where a whole row says so, of a phone that the system knows (rule L1).
-- @tparam table row of `query_devices` or `status`
-- @tparam table about `id`, `person`, `user`, `occupant`, `compare`
-- @treturn table observation
function observation.occupant(row, about)
  if row.active then
    local seen = { present = true, occupant = row.user, known = true, whole = row.whole == true, targets = { about.id } }
    seen.what, seen.state = row.user and words_of(row) or "somebody sits there, and the reply does not say who", row.state
    return seen
  elseif row.whole ~= true or row.active == nil and not is_missing(row) then
    return unreadable(row.doubt and "the reply " .. row.doubt or row.state, row.state)
  elseif is_missing(row) then
    return { missing = true, what = row.state, state = row.state, message = "the system knows no such device" }
  end
  local member = names_person(row, about)
  if member then
    return unreadable(("free, but its member '%s' names the person"):format(member), "unknown")
  end
  return { present = false, whole = true, known = true, what = row.state, state = row.state }
end

--- Where somebody sits: the name's answer (rule V2), whole where it is nowhere (rule L1).
-- @tparam table row of `query_users`
-- @treturn table observation
function observation.phones_of(row)
  if row.devices and #row.devices > 0 then
    local seen = { present = true, known = true, whole = row.whole == true, targets = row.devices, state = row.state }
    seen.what = "logged in at " .. table.concat(row.devices, ", ")
    return seen
  elseif row.active then
    return { present = true, whole = false, targets = {}, what = "logged in, and the reply does not say where" }
  elseif row.whole ~= true or row.active == nil and not is_missing(row) then
    return unreadable(row.doubt and "the reply " .. row.doubt or "the reply does not say where this user is", row.state)
  elseif is_missing(row) then
    return { missing = true, what = row.state, state = row.state, message = "the cluster does not know this user" }
  end
  return { present = false, whole = true, known = true, what = "logged in nowhere", state = row.state }
end

-- Lists of sessions: one reply answers for all keys and names.

-- The key by which texts are nearly the same; nil for what is no text, and for a text that shows nothing.
local function near_key(text, rule)
  return type(text) == "string" and (core.name_key(text, rule)) or nil
end

local function add(map, key, value)
  local list = map[key]
  if not list then
    list = {}
    map[key] = list
  end
  list[#list + 1] = value
end

local function index_row(index, row, rules)
  local id = row[index.key]
  local key = not row.doubt_key and near_key(id, rules.target) or nil
  local user = not row.doubt_user and near_key(row.user, rules.name) or nil
  index.own, index.own_key = index.own or row.own, index.own_key or (row.own and key ~= nil)
  if key then
    add(index.keys, id, row)
    index.near_keys[key] = true
  else
    index.keyless[#index.keyless + 1] = { user = user and row.user }
  end
  if user then
    add(index.users, user, row)
  else
    index.nameless = index.nameless + 1
  end
end

--- A list of sessions, ready to be asked for any number of keys and names.
-- @tparam {table,...} rows of `sessions`, and `whole`, `doubt` of their reply
-- @tparam table rules by which the system compares: `name`, `target`
-- @tparam string key the rows' member that tells a session
-- @treturn table index
function observation.index(rows, rules, key)
  local index = {
    rules = rules, key = key, keys = {}, near_keys = {}, users = {}, keyless = {}, nameless = 0, whole = rows.whole == true,
    doubt = rows.doubt,
  }
  for _, row in ipairs(rows) do
    index_row(index, row, rules)
  end
  return index
end

-- Rules L1 and L2: why a key that is not in the list may be there all the same, or nil.
local function key_may_hide(index, about)
  if not index.whole then
    return "the list " .. (index.doubt or "is not whole")
  elseif about.has_own and not index.own then
    return "our own session is not in the list either: it is no list of this login"
  end
  if index.near_keys[near_key(about.id, index.rules.target) or about.id] then
    return "the list has a key that is nearly this"
  end
  local expected = about.user or about.occupant
  for _, row in ipairs(index.keyless) do
    if not row.user or not expected or about.compare(row.user, expected) ~= "different" then
      return "the list has a session without a key, which may be this one"
    end
  end
end

local function occupant_of(rows)
  local user = rows[1].user
  for _, row in ipairs(rows) do
    if row.doubt_user or row.user ~= user then
      return nil
    end
  end
  return near_key(user) and user or nil
end

-- Whether a row may be our own session: it does not say whose it is, and no other row is ours.
local function may_be_own(index, row, about)
  return about.has_own and row.own == nil and not index.own_key
end

--- Whether a session is in a list.
-- @tparam table index
-- @tparam table about `id` (the key), `user`, `occupant`, `compare`, `has_own` (the client names its own session)
-- @treturn table observation
function observation.session(index, about)
  local rows = index.keys[about.id]
  if rows then
    local user = not may_be_own(index, rows[1], about) and occupant_of(rows) or nil
    return {
      present = true, state = "listed", occupant = user, own = rows[1].own, whole = index.whole and #rows == 1, targets = { about.id },
      what = user and "a session of " .. user .. " is in the list" or "in the list of sessions, without a user",
    }
  end
  local hidden = key_may_hide(index, about)
  if hidden then
    return unreadable(hidden, "not_listed")
  end
  local user = near_key(about.user, index.rules.name) -- nil also for a user that shows nothing: it clears nothing
  local others = user and index.users[user]
  local seen = { present = false, whole = true, state = "not_listed", what = "not in the list of sessions" }
  seen.cleared = user ~= nil and not others and index.nameless == 0
  if others then
    seen.what = ("not in the list of sessions, which has %d of %s under other keys"):format(#others, about.user)
  end
  return seen
end

-- Rules L1 and L2: why somebody who has no session in the list may have one all the same, or nil.
local function why_name_may_hide(index, near, about)
  if not index.whole then
    return "the list " .. (index.doubt or "is not whole")
  elseif near then
    return ("the list has a session of '%s', who may be the same person"):format(near)
  elseif index.nameless > 0 then
    return "the list has a session without a user, which may be this person's"
  elseif about.has_own and not index.own then
    return "our own session is not in the list either: it is no list of this login"
  end
end

local function targets_of(index, about)
  local targets, counts = {}, { own = 0, keyless = 0 }
  for _, row in ipairs(index.users[near_key(about.id, index.rules.name) or false] or {}) do
    if about.compare(row.user, about.id) ~= "same" then
      counts.near = row.user
    elseif row.own then
      counts.own = counts.own + 1
    elseif not row.doubt_key and near_key(row[index.key], index.rules.target) and not may_be_own(index, row, about) then
      targets[#targets + 1] = row[index.key]
    else
      counts.keyless = counts.keyless + 1
    end
  end
  return targets, counts
end

--- The sessions of somebody: the name's answer (rule V2).
-- @tparam table index
-- @tparam table about `id` (the name), `compare`, `has_own`
-- @treturn table observation
function observation.sessions_of(index, about)
  local targets, counts = targets_of(index, about)
  if #targets > 0 or counts.keyless > 0 then
    local what = ("%d in the list of sessions"):format(#targets + counts.keyless)
    what = counts.keyless > 0 and ("%s, %d of them without a key"):format(what, counts.keyless) or what
    return { present = true, known = true, whole = index.whole, targets = targets, what = what, keyless = counts.keyless > 0 or nil }
  elseif counts.own > 0 then
    return { present = true, own = true, whole = index.whole, targets = {}, what = "this client's own session" }
  end
  local hidden = why_name_may_hide(index, counts.near, about)
  if hidden then
    return unreadable(hidden)
  end
  return { present = false, whole = true, what = "has no session" }
end

return observation
