-- SPDX-License-Identifier: MIT

--- The answer that the `read` of a system in Lua gives: checked, with the members that its evidence needs. The core decides whether the
-- reply is whole, and masks texts.
--
-- `read` returns a table, or nil, a code and a table of more: `message`, `scope`, `retriable`, `vendor_code`, `vendor_message`,
-- `own_words`. Nil without a code means what the HTTP status and the vendor's code mean.
-- @module signoff.system.answer

local Text = require "signoff.text"

local answer = {}

local said = { accepted = true, already_out = true, undecided = true }

--- The codes that a reply may mean.
answer.codes = { denied = true, rejected = true, not_found = true, busy = true, server = true, unusable = true, unsupported = true }

--- Whom a refusal may concern.
answer.scopes = { client = true, target = true }

local function wrong(...)
  return nil, "its 'read' " .. string.format(...)
end

-- Members of an answer, and of a failure's table: what each must be, if it is there.
local types = {
  answer = "string", active = "boolean", own_words = "boolean", doubt = "string", vendor_message = "string", message = "string",
  scope = "string", retriable = "boolean", count = "number", requested = "number", vendor_code = "number or string", state = "string",
  devices = "table",
}

local function problem_of(given)
  for name, value in pairs(given) do
    local wanted, is = types[name], type(value)
    if wanted and wanted ~= is and not (name == "vendor_code" and (is == "number" or is == "string")) then
      return ("gave '%s' as a %s, where a %s must stand"):format(name, is, wanted)
    end
  end
  if given.answer and not said[given.answer] then
    return ("gave '%s' as 'answer', which is none of accepted, already_out, undecided"):format(Text.short(given.answer))
  elseif given.scope and not answer.scopes[given.scope] then
    return ("gave '%s' as 'scope', which is neither client nor target"):format(Text.short(given.scope))
  end
end

-- Rows of a list

-- Why a value is no name that can be compared with others; nil where it is one.
local function why_unreadable(value)
  if value == nil then
    return "is missing"
  elseif type(value) ~= "string" then
    return "is no text"
  end
  return not value:find "^[!-~]" and not Text.is_visible(value) and "is blank" or nil
end

local TWICE = "may stand there twice" -- a member of the reply is repeated, and nobody knows where

local function check_name(row, member, doubt, repeats)
  local why = why_unreadable(row[member]) or repeats and TWICE
  if not why then
    return
  end
  row[member] = nil
  row[doubt] = ("has a row whose '%s' %s"):format(member, why)
  row.doubt = row[doubt]
end

local function mark_own(row, own, client)
  if type(row[own.member]) == "string" then
    row.own = row[own.member] == client.options[own.option]
  end
end

-- Members that a list may have beside its rows.
local beside = { own_words = true, doubt = true, vendor_code = true, vendor_message = true }

-- Why a table is no list. Rows behind a hole, or in a member of it, would be taken to be gone.
local function why_no_list(rows)
  local members = 0
  for name in pairs(rows) do
    if not beside[name] and type(name) ~= "number" then
      return ("gave a list with a member '%s', where only rows must stand"):format(Text.short(tostring(name)))
    end
    members = members + (beside[name] and 0 or 1)
  end
  local count = 0
  for i in ipairs(rows) do
    count = i
  end
  return count ~= members and "gave a list with a hole in it" or nil
end

-- Each session of a list: what tells it, and whose it is.
local function check_rows(rows, list, about)
  local problem = why_no_list(rows)
  if problem then
    return problem
  end
  for i, row in ipairs(rows) do
    if type(row) ~= "table" or getmetatable(row) ~= nil then
      return ("gave a list whose item %d is no plain table"):format(i)
    end
    if list.own then
      mark_own(row, list.own, about.client)
    end
    check_name(row, list.key, "doubt_key", about.repeats)
    if list.user ~= list.key then
      check_name(row, list.user, "doubt_user", about.repeats)
    elseif row.doubt_key then
      row.doubt_user = row.doubt_key
    end
    row.user = row[list.user]
  end
end

local OTHERS = 100 -- unknown members of one reply: more than any has

-- Adds the texts of a reply whose members nobody knows, however deep.
local function add_others(others, body, known)
  for name, value in pairs(body) do
    if type(value) == "table" then
      add_others(others, value, known)
    elseif type(name) == "string" and not known[name] and (type(value) == "string" or type(value) == "number") and #others < OTHERS then
      others[#others + 1] = { name = name, text = tostring(value) }
    end
  end
  return others
end

-- The state of a place, and its occupant; where a target is a user, that one. Where nobody is, `others` are the unknown members beside
-- it: one may name somebody (rule L1).
local function complete_occupant(given, about, user)
  local repeats = about.repeats
  if user then
    given.user = given.active and user or nil
  elseif given.active == false then
    about.others = about.others or add_others({}, type(about.body) == "table" and about.body or {}, about.known)
    given.others = about.others
    given.doubt = given.doubt or given.user ~= nil and "names somebody where nobody is" or
      #about.others == OTHERS and "has more members than any answer" or nil
  end
  given.state = given.state or given.active == nil and "unknown" or given.active and "logged_in" or "free"
  if repeats or given.user ~= nil and why_unreadable(given.user) then
    given.user, given.doubt = nil, given.doubt or "does not say readably who is there"
  end
end

-- One answer a target, in order.
local function check_listed(rows, operation, system, about)
  local target = about.target
  for i = 1, math.max(#rows, #target) do
    local row = rows[i]
    if type(row) ~= "table" or #rows > #target then
      return ("must give one answer for each of %d targets, in order, and gave %d"):format(#target, #rows)
    end
    local problem = problem_of(row)
    if problem then
      return problem
    end
    complete_occupant(row, about, system.by_user and target[i])
    row.whole = row.doubt == nil
    row.devices = operation.finds and (row.devices or {}) or nil
  end
end

-- Of a change, what the system said; a change of several targets also how many there were.
local function complete_change(given, operation, target)
  given.answer = given.answer or "undecided"
  if operation.batch_max > 1 then
    given.requested = given.requested or #target
    given.partial = given.count ~= nil and (given.count < given.requested or given.count ~= given.count) or nil -- NaN counts nothing
  end
end

local function check_answer(given, operation, system, about)
  if operation.name == (system.list or {}).operation then
    return check_rows(given, system.list, about)
  elseif operation.changes then
    return complete_change(given, operation, about.target)
  elseif operation.list and operation.batch_max > 1 then
    return check_listed(given, operation, system, about)
  elseif operation.evidence == "occupant" then
    complete_occupant(given, about, system.by_user and about.target)
  end
end

local function copy_of(given)
  local copy = {}
  for name, value in pairs(given) do
    copy[name] = value
  end
  return copy
end

local function succeeded(given, operation, system, about)
  if getmetatable(given) ~= nil then
    return wrong "gave a table with a metatable"
  elseif given == about.body then
    given = copy_of(given) -- the reply's own members stay as they are
  end
  local row = system.codes[given.vendor_code]
  if row and row.answer and given.answer == nil then
    given.answer = row.answer
  end
  local problem = problem_of(given) or check_answer(given, operation, system, about)
  if problem then
    return wrong("%s", problem)
  end
  return given, {
    said = operation.changes and given.answer or nil, own_words = given.own_words, doubt = given.doubt, vendor_code = given.vendor_code,
    vendor_message = given.vendor_message,
  }
end

-- Scope and repetition where neither the script nor its table of codes says them.
local scope_of = { denied = "client", unsupported = "client" }

local function failed(code, more, operation, system, about)
  if code ~= nil and not answer.codes[code] then
    return wrong("gave '%s' as a code, which is none that a reply may mean", Text.short(code))
  elseif type(more) == "string" then
    more = { message = more }
  elseif more ~= nil and type(more) ~= "table" then
    return wrong("gave a %s behind the code, where a table must stand", type(more))
  end
  more = more or {}
  local problem = problem_of(more)
  if problem then
    return wrong("%s", problem)
  end
  local row = system.codes[more.vendor_code]
  if row and row.answer and code == nil then
    return succeeded({ answer = row.answer, vendor_code = more.vendor_code, vendor_message = more.vendor_message,
      own_words = more.own_words ~= false }, operation, system, about)
  end
  row = row or {}
  code = code or row.code
  local retriable = more.retriable
  if retriable == nil then
    retriable = row.retriable
  end
  return nil, {
    code = code, message = more.message or row.wording, scope = more.scope or row.scope or scope_of[code],
    retriable = retriable == nil and code == "busy" or retriable, own_words = more.own_words == nil and row.code ~= nil or more.own_words,
    vendor_code = more.vendor_code, vendor_message = more.vendor_message, doubt = more.doubt,
  }
end

--- Checks what `read` gave.
-- @tparam table operation `name`, `changes`, `evidence`, `batch_max`, `list`, `finds`
-- @tparam table system `list`, `codes`, `by_user`
-- @tparam table about `body` of the reply, whether a member of it `repeats`, the names of its `known` members, `target`, `client`
-- @param given
-- @param code
-- @param more
-- @treturn ?table the answer; nil
-- @treturn table what the core needs of it: `said`, `own_words`, `doubt`, `code`, `message`, `scope`, `retriable`, `vendor_code`,
-- `vendor_message`; or a text, what is wrong
function answer.shape(operation, system, about, given, code, more)
  if type(given) == "table" then
    return succeeded(given, operation, system, about)
  elseif given ~= nil then
    return wrong("must return a table, or nil and a code, not a %s", type(given))
  end
  return failed(code, more, operation, system, about)
end

return answer
