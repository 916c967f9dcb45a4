-- SPDX-License-Identifier: MIT
-- The observation of each reply: rows of a function, its arguments, and its whole result.

local people = require "spec.support.model.worlds.people"
local store = require "spec.support.model.store"

local ANA = people.ana
local compare = people.comparison "exact"
local rules = { name = "exact", target = "key" }
local gone, lunch = { name = "Gone", type = "away" }, { name = "Lunch", type = "meal" }

local function phone(changes)
  local about = { id = "P", person = ANA, compare = compare }
  for name, value in pairs(changes or {}) do
    about[name] = value or nil
  end
  return about
end

local function member(text)
  return { active = false, state = "free", whole = true, others = { { name = "who", text = text } } }
end

-- A list of sessions, and one that is asked for.
local function listed(observation, rows, about, reading)
  return observation[reading or "session"](observation.index(rows, rules, "session_log_key"), about)
end

local mine = { session_log_key = "K0", user = "service", own = true }
local hers = { session_log_key = "K1", user = ANA, own = false }
local another = { session_log_key = "K2", user = "bob", own = false }

local function list(...)
  return { whole = true, ... }
end

local function unsure(...)
  return { whole = false, doubt = "counts more sessions", ... }
end

local function key(changes)
  local about = { id = "K1", compare = compare }
  for name, value in pairs(changes or {}) do
    about[name] = value or nil
  end
  return about
end

local function name(changes)
  local about = key(changes)
  about.id, about.by_name = ANA, true
  return about
end

local alive = { present = true, what = "alive", targets = { "P" }, whole = true }
local refused = { present = false, whole = true, what = "refused" }
local free = { present = false, whole = true, known = true, what = "free", state = "free" }
local nowhere = { present = false, whole = true, known = true, what = "logged in nowhere", state = "free" }
local not_listed = { present = false, whole = true, state = "not_listed", what = "not in the list of sessions", cleared = false }
local no_session = { present = false, whole = true, what = "has no session" }
local no_key_hides = { state = "not_listed", what = "the list has a session without a key, which may be this one" }
local not_ours = "our own session is not in the list either: it is no list of this login"

local function nothing(what, unprovable)
  return { what = what, final = true, unprovable = unprovable, targets = { "P" } }
end

local function sits(whole)
  return { present = true, occupant = ANA, known = true, whole = whole, targets = { "P" }, what = "logged_in as " .. ANA, state = "logged_in" }
end

local function session(changes)
  local seen = { present = true, state = "listed", occupant = ANA, own = false, whole = true, targets = { "K1" }, what = "a session of " .. ANA .. " is in the list" }
  for member_name, value in pairs(changes or {}) do
    if value == "none" then
      value = nil
    end
    seen[member_name] = value
  end
  return seen
end

local function sessions(changes)
  local seen = { present = true, known = true, whole = true, targets = { "K1" }, what = "1 in the list of sessions" }
  for member_name, value in pairs(changes or {}) do
    seen[member_name] = value
  end
  return seen
end

local unnamed = { occupant = "none", what = "in the list of sessions, without a user" }

local rows = {
  -- Reads that failed
  { "a failure", "failed", { "no", { code = "denied", retriable = false, retry_after = 3 } },
    { what = "no", message = "no", code = "denied", retriable = false, retry_after = 3, final = true } },
  { "a failure that may pass", "failed", { "no", { code = "busy", retriable = true } }, { what = "no", message = "no", code = "busy", retriable = true, final = false } },
  { "a failure that says nothing of it", "failed", { "no", { code = "busy" } }, { what = "no", message = "no", code = "busy", retriable = false, final = true } },
  { "an old reply", "stale", { "Age 9" }, { what = "the reply is an old one: Age 9", message = "the reply is an old one: Age 9", code = "stale", retriable = true, final = false } },
  -- Controls
  { "absent, and the control fails", "controlled", { refused, false, "our token is refused" }, { what = "refused, but our token is refused: nothing is absent" } },
  { "absent, and the control fails without a word", "controlled", { refused, false }, { what = "refused, but the control failed: nothing is absent" } },
  { "absent, and the control holds", "controlled", { refused, true }, refused },
  { "absent, and there is no control", "controlled", { refused }, refused },
  { "present, and the control fails", "controlled", { alive, false }, alive },
  { "nothing is known, and the control fails", "controlled", { nothing("x", false), false }, nothing("x", false) },
  -- Statuses
  { "the same status", "is_set", { gone, gone }, true },
  { "another name", "is_set", { lunch, { name = "Gone", type = "meal" } }, false },
  { "another type", "is_set", { gone, { name = "Gone", type = "meal" } }, false },
  { "its note was not asked for", "is_set", { { name = "Gone", type = "away", note = "x" }, gone }, true },
  { "another note", "is_set", { gone, { name = "Gone", type = "away", note = "x" } }, false },
  { "the same note", "is_set", { { name = "Gone", type = "away", note = "x" }, { name = "Gone", type = "away", note = "x" } }, true },
  { "the same time, given in seconds", "is_set", { { name = "Gone", type = "away", return_time = 5000 }, { name = "Gone", type = "away", return_at = 5 } }, true },
  { "another time", "is_set", { { name = "Gone", type = "away", return_time = 5000 }, { name = "Gone", type = "away", return_time = 6000 } }, false },
  { "the time goes before the seconds", "is_set", { { name = "Gone", type = "away", return_time = 6000 }, { name = "Gone", type = "away", return_time = 6000, return_at = 5 } }, true },
  { "its time was not asked for", "is_set", { { name = "Gone", type = "away", return_time = 5000 }, gone }, true },
  { "line ends are the system's", "is_set", { { name = "Gone", type = "away", note = "a\nb" }, { name = "Gone", type = "away", note = "a\r\nb" } }, true },
  { "blanks at the end", "is_set", { { name = "Gone ", type = "away", note = "a" }, { name = "Gone", type = "away", note = "a \r\n" } }, true },
  { "a blank at the beginning", "is_set", { { name = "Gone", type = "away", note = " a" }, { name = "Gone", type = "away", note = "a" } }, false },
  { "no note", "is_set", { gone, { name = "Gone", type = "away", note = "" } }, false },
  { "another status, in words", "found", { { name = "Lunch", type = "meal", note = "x" }, { name = "Gone", type = "away", note = "y" } }, "status 'Lunch' (meal)" },
  { "another note, in words", "found", { { name = "Gone", type = "away", note = "x" }, { name = "Gone", type = "away", note = "y" } }, "it with note 'x' in place of 'y'" },
  { "no note, in words", "found", { gone, { name = "Gone", type = "away", note = "y" } }, "it with note none in place of 'y'" },
  { "another time, in words", "found", { { name = "Gone", type = "away", return_time = -1 }, { name = "Gone", type = "away", return_at = 5 } }, "it with return_time -1 in place of 5000" },
  { "the same, in words", "found", { gone, gone }, "status 'Gone' (away)" },
  { "what can be set again", "settable", { { name = "Gone", type = "away", note = "n", return_time = 1, other = 2 } }, { name = "Gone", type = "away", note = "n", return_time = 1 } },
  { "the wanted status", "setting", { { name = "Gone", type = "away", whole = true }, { id = "P", wanted = gone } },
    { present = false, whole = true, what = "status 'Gone' (away)", status = gone, targets = { "P" } } },
  { "another status", "setting", { { name = "Lunch", type = "meal", whole = true }, { id = "P", wanted = gone } },
    { present = true, whole = true, what = "status 'Lunch' (meal)", status = lunch, targets = { "P" } } },
  { "another status beside an error", "setting", { { name = "Lunch", type = "meal", whole = false }, { id = "P", wanted = gone } },
    { present = true, whole = false, what = "status 'Lunch' (meal)", status = lunch, targets = { "P" } } },
  { "the wanted status beside an error", "setting", { { name = "Gone", type = "away", whole = false, doubt = "has an error" }, { id = "P", wanted = gone } },
    { whole = false, what = "status 'Gone' (away), but the reply has an error", status = gone, targets = { "P" } } },
  { "the wanted status, and nobody says that it is whole", "setting", { { name = "Gone", type = "away" }, { id = "P", wanted = gone } },
    { whole = false, what = "status 'Gone' (away), but the reply is not whole", status = gone, targets = { "P" } } },
  { "no panel", "logins", { { whole = true } }, { what = "0 panel logins", whole = true, present = false, known = true } },
  { "no panel, in a reply that is not whole", "logins", { {} }, { what = "0 panel logins", whole = false } },
  { "a panel", "logins", { { whole = true, {} } }, { what = "1 panel logins", whole = true, present = true } },
  { "a panel, in a reply that is not whole", "logins", { { whole = false, {} } }, { what = "1 panel logins", whole = false, present = true } },
  -- Tokens
  { "alive", "token", { { active = true, whole = true }, phone() }, alive },
  { "alive, beside an error", "token", { { active = true, whole = false }, phone() }, { present = true, what = "alive", targets = { "P" }, whole = false } },
  { "refused", "token", { { active = false, whole = true }, phone() }, refused },
  { "refused, beside an error", "token", { { active = false, whole = false, doubt = "has an error", http_status = 200 }, phone() }, nothing("the reply proves nothing: it has an error", false) },
  { "refused, and nobody says that it is whole", "token", { { active = false, http_status = 399 }, phone() }, nothing("the reply proves nothing", false) },
  { "neither, with a status of its own", "token", { { whole = true, http_status = 400 }, phone() }, nothing("the reply proves nothing", true) },
  { "neither, without a status", "token", { { whole = true }, phone() }, nothing("the reply proves nothing", false) },
  -- Phones
  { "she sits there", "occupant", { { active = true, state = "logged_in", user = ANA, whole = true }, phone() }, sits(true) },
  { "she sits there, beside an error", "occupant", { { active = true, state = "logged_in", user = ANA, whole = false }, phone() }, sits(false) },
  { "somebody sits there", "occupant", { { active = true, state = "logged_in", whole = true }, phone() },
    { present = true, known = true, whole = true, targets = { "P" }, what = "somebody sits there, and the reply does not say who", state = "logged_in" } },
  { "free", "occupant", { { active = false, state = "free", whole = true }, phone() }, free },
  { "free, beside an error", "occupant", { { active = false, state = "free", whole = false, doubt = "is cut" }, phone() }, { what = "the reply is cut", state = "free" } },
  { "free, and nobody says that it is whole", "occupant", { { active = false, state = "free" }, phone() }, { what = "free", state = "free" } },
  { "nobody knows", "occupant", { { state = "unknown", whole = true }, phone() }, { what = "unknown", state = "unknown" } },
  { "no such phone", "occupant", { { state = "no_device", whole = true }, phone() }, { missing = true, what = "no_device", state = "no_device", message = "the system knows no such device" } },
  { "no such phone, beside an error", "occupant", { { state = "no_device", whole = false, doubt = "is cut" }, phone() }, { what = "the reply is cut", state = "no_device" } },
  { "a member holds the person's name", "occupant", { member(ANA), phone() }, { what = "free, but its member 'who' names the person", state = "unknown" } },
  { "a member holds nearly the person's name", "occupant", { member "ANA.SILVA@x", phone() }, { what = "free, but its member 'who' names the person", state = "unknown" } },
  { "a member holds the list's user", "occupant", { member "as", phone { user = "as" } }, { what = "free, but its member 'who' names the person", state = "unknown" } },
  { "a member holds the one who was seen", "occupant", { member "as", phone { occupant = "as" } }, { what = "free, but its member 'who' names the person", state = "unknown" } },
  { "a member holds somebody else", "occupant", { member "bob", phone { user = "as", occupant = ANA } }, free },
  { "a member holds nothing", "occupant", { member(nil), phone() }, free },
  { "a member, and nobody to compare it with", "occupant", { member(ANA), phone { person = false } }, free },
  -- Names, at phones
  { "at two phones", "phones_of", { { active = true, state = "logged_in", devices = { "P", "Q" }, whole = true } },
    { present = true, known = true, whole = true, targets = { "P", "Q" }, state = "logged_in", what = "logged in at P, Q" } },
  { "at a phone, beside an error", "phones_of", { { active = true, state = "logged_in", devices = { "P" }, whole = false } },
    { present = true, known = true, whole = false, targets = { "P" }, state = "logged_in", what = "logged in at P" } },
  { "somewhere", "phones_of", { { active = true, state = "logged_in", devices = {}, whole = true } }, { present = true, whole = false, targets = {}, what = "logged in, and the reply does not say where" } },
  { "nowhere", "phones_of", { { active = false, state = "free", devices = {}, whole = true } }, nowhere },
  { "nowhere, without a list", "phones_of", { { active = false, state = "free", whole = true } }, nowhere },
  { "nowhere, beside an error", "phones_of", { { active = false, state = "free", devices = {}, whole = false, doubt = "is cut" } }, { what = "the reply is cut", state = "free" } },
  { "nowhere, and nobody says that it is whole", "phones_of", { { active = false, state = "free", devices = {} } }, { what = "the reply does not say where this user is", state = "free" } },
  { "nobody knows where", "phones_of", { { state = "unknown", devices = {}, whole = true } }, { what = "the reply does not say where this user is", state = "unknown" } },
  { "no such target, in general words", "occupant", { { state = "missing", whole = true }, phone() }, { missing = true, what = "missing", state = "missing", message = "the system knows no such device" } },
  { "no such user", "phones_of", { { state = "no_user", devices = {}, whole = true } }, { missing = true, what = "no_user", state = "no_user", message = "the cluster does not know this user" } },
  { "no such user, beside an error", "phones_of", { { state = "no_user", devices = {}, whole = false } }, { what = "the reply does not say where this user is", state = "no_user" } },
  -- Keys
  { "a key in the list", listed, { list(mine, hers), key() }, session() },
  { "a key in a list that is not whole", listed, { unsure(mine, hers), key() }, session { whole = false } },
  { "a key in a list of which nobody says that it is whole", listed, { { hers }, key() }, session { whole = false } },
  { "a key of our own session", listed, { list(mine), key { id = "K0", has_own = true } }, session { targets = { "K0" }, own = true, occupant = "service", what = "a session of service is in the list" } },
  { "a key twice, of one user", listed, { list(hers, hers), key() }, session { whole = false } },
  { "a key twice, of two users", listed, { list(hers, { session_log_key = "K1", user = "bob", own = false }), key() }, session { whole = false, occupant = "none", what = unnamed.what } },
  { "a key without a user", listed, { list { session_log_key = "K1", own = false }, key() }, session(unnamed) },
  { "a key with a blank user", listed, { list { session_log_key = "K1", user = " ", own = false }, key() }, session(unnamed) },
  { "a key whose user cannot be read", listed, { list { session_log_key = "K1", user = ANA, doubt_user = "x", own = false }, key() }, session(unnamed) },
  { "a key that may be our own", listed, { list { session_log_key = "K1", user = ANA }, key { has_own = true } }, session { occupant = "none", own = "none", what = unnamed.what } },
  { "a key, and our own is another", listed, { list(mine, { session_log_key = "K1", user = ANA }), key { has_own = true } }, session { own = "none" } },
  { "a key, and our own session has none", listed, { list({ user = "service", own = true, doubt_key = "x" }, { session_log_key = "K1", user = ANA }), key { has_own = true } },
    session { own = "none", occupant = "none", what = unnamed.what } },
  { "a key that nobody says to be ours or not, without our own", listed, { list { session_log_key = "K1", user = ANA }, key() }, session { own = "none" } },
  { "not in the list", listed, { list(mine, another), key() }, not_listed },
  { "not in the list, and neither is her user", listed, { list(mine, another), key { user = ANA } }, { present = false, whole = true, state = "not_listed", what = "not in the list of sessions", cleared = true } },
  { "not in the list, which has her user", listed, { list(mine, { session_log_key = "K3", user = ANA }), key { user = ANA } },
    { present = false, whole = true, state = "not_listed", what = "not in the list of sessions, which has 1 of ana.silva under other keys", cleared = false } },
  { "not in the list, which has nearly her user", listed, { list(mine, { session_log_key = "K3", user = "ANA.SILVA@x" }), key { user = ANA } },
    { present = false, whole = true, state = "not_listed", what = "not in the list of sessions, which has 1 of ana.silva under other keys", cleared = false } },
  { "not in the list, which has a session of nobody", listed, { list(mine, { session_log_key = "K3" }), key { user = ANA } }, not_listed },
  { "not in a list that is not whole", listed, { unsure(mine), key() }, { state = "not_listed", what = "the list counts more sessions" } },
  { "not in a list of which nobody says that it is whole", listed, { { mine }, key() }, { state = "not_listed", what = "the list is not whole" } },
  { "not in a list without our own session", listed, { list(another), key { has_own = true } }, { state = "not_listed", what = not_ours } },
  { "not in the list, which has our own session", listed, { list(mine), key { has_own = true } }, not_listed },
  { "nearly in the list", listed, { list(mine, { session_log_key = "k1", user = ANA }), key() }, { state = "not_listed", what = "the list has a key that is nearly this" } },
  { "nearly in the list, behind a blank", listed, { list(mine, { session_log_key = "K1\194\160", user = ANA }), key() }, { state = "not_listed", what = "the list has a key that is nearly this" } },
  { "a key that shows nothing", listed, { list(mine), key { id = " " } }, not_listed },
  { "a session without a key", listed, { list(mine, { user = ANA, doubt_key = "x" }), key() }, no_key_hides },
  { "a session with a key that cannot be read", listed, { list(mine, { session_log_key = "K9", user = ANA, doubt_key = "x" }), key() }, no_key_hides },
  { "a session with a number for a key", listed, { list(mine, { session_log_key = 5, user = ANA }), key() }, no_key_hides },
  { "her session without a key", listed, { list(mine, { user = "ANA.silva", doubt_key = "x" }), key { user = ANA } }, no_key_hides },
  { "without a key, of the one who was seen", listed, { list(mine, { user = ANA, doubt_key = "x" }), key { occupant = ANA } }, no_key_hides },
  { "without a key, of nobody", listed, { list(mine, { doubt_key = "x" }), key { user = ANA } }, no_key_hides },
  { "without a key, of somebody whose name cannot be read", listed, { list(mine, { user = "bob", doubt_user = "x", doubt_key = "x" }), key { user = ANA } }, no_key_hides },
  { "without a key, of somebody else", listed, { list(mine, { user = "bob", doubt_key = "x" }), key { occupant = ANA } }, not_listed },
  { "our own without a key", listed, { list { user = "service", own = true, doubt_key = "x" }, key() }, no_key_hides },
  { "our own without a key, and a key of hers", listed, { list { user = "service", own = true, doubt_key = "x" }, key { user = ANA } }, { present = false, whole = true, state = "not_listed", what = not_listed.what, cleared = true } },
  -- Names, in the list of sessions
  { "her sessions", listed, { list(mine, hers, another), name(), "sessions_of" }, sessions() },
  { "her sessions, in a list that is not whole", listed, { unsure(mine, hers), name(), "sessions_of" }, sessions { whole = false } },
  { "her sessions, one without a key", listed, { list(mine, hers, { user = ANA, own = false, doubt_key = "x" }), name(), "sessions_of" },
    sessions { what = "2 in the list of sessions, 1 of them without a key", keyless = true } },
  { "her only session has no key", listed, { list(mine, { user = ANA, own = false }), name(), "sessions_of" },
    sessions { what = "1 in the list of sessions, 1 of them without a key", keyless = true, targets = {} } },
  { "her session with a key that cannot be read", listed, { list(mine, { session_log_key = "K9", user = ANA, own = false, doubt_key = "x" }), name(), "sessions_of" },
    sessions { what = "1 in the list of sessions, 1 of them without a key", keyless = true, targets = {} } },
  { "her session may be our own", listed, { list { session_log_key = "K1", user = ANA }, name { has_own = true }, "sessions_of" },
    sessions { what = "1 in the list of sessions, 1 of them without a key", keyless = true, targets = {} } },
  { "she is who we log in as", listed, { list { session_log_key = "K1", user = ANA, own = true }, name { has_own = true }, "sessions_of" },
    { present = true, own = true, whole = true, targets = {}, what = "this client's own session" } },
  { "she is who we log in as, and has another session", listed, { list({ session_log_key = "K0", user = ANA, own = true }, hers), name { has_own = true }, "sessions_of" }, sessions() },
  { "she has none", listed, { list(mine, another), name { has_own = true }, "sessions_of" }, no_session },
  { "she has none, and we have no own", listed, { list(another), name(), "sessions_of" }, no_session },
  { "somebody nearly she has one", listed, { list(mine, { session_log_key = "K1", user = "ANA.SILVA", own = false }), name(), "sessions_of" },
    { what = "the list has a session of 'ANA.SILVA', who may be the same person" } },
  { "somebody nearly she has one besides", listed, { list(mine, hers, { session_log_key = "K2", user = "ANA.SILVA", own = false }), name(), "sessions_of" }, sessions() },
  { "a session has no user", listed, { list(mine, { session_log_key = "K1" }), name(), "sessions_of" }, { what = "the list has a session without a user, which may be this person's" } },
  { "a session has a user that cannot be read", listed, { list(mine, { session_log_key = "K1", user = "bob", doubt_user = "x" }), name(), "sessions_of" },
    { what = "the list has a session without a user, which may be this person's" } },
  { "none in a list that is not whole", listed, { unsure(mine), name(), "sessions_of" }, { what = "the list counts more sessions" } },
  { "none in a list of which nobody says that it is whole", listed, { { mine }, name(), "sessions_of" }, { what = "the list is not whole" } },
  { "a name where none is wanted", "difference", { { name = "Gone", type = "away" }, { type = "away" } }, "name 'Gone' in place of none" },
  { "a type where none is wanted", "difference", { { name = "Gone", type = "away" }, { name = "Gone" } }, "type 'away' in place of none" },
  { "none in a list without our own session", listed, { list(another), name { has_own = true }, "sessions_of" }, { what = not_ours } },
}

local function check(row, modules)
  local observation = modules.observation
  local found
  if type(row[2]) == "function" then
    found = row[2](observation, (table.unpack or unpack)(row[3], 1, 3)) -- luacheck: ignore 143
  else
    found = observation[row[2]]((table.unpack or unpack)(row[3], 1, 3)) -- luacheck: ignore 143
  end
  if store.text(found) ~= store.text(row[4]) then
    return store.text(found) .. ", not " .. store.text(row[4])
  end
end

-- Panel logins give two values.
rows[#rows + 1] = { "panels in words", function(observation, logins)
  local words, more = observation.panels(logins)
  return { words, more }
end, { { { ip = "10.0.0.1", port = 80 }, {} } }, { "2 panel logins remain: 10.0.0.1:80, ?:?", { logins = 2 } } }

return { check = check, rows = rows }
